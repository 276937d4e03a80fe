//! What no single resource can know to be wrong: references, cycles, settings that contradict each other.

mod access;
mod fallback;
mod models;
mod names;
mod policies;
mod providers;
mod server;

use std::sync::Arc;

use crate::doc::Config;
use crate::reading::Reading;

/// Reports everything that is wrong between resources; `file` is the first one, for what no line is to blame for.
pub(crate) fn all(config: &Config, file: &Arc<str>, cx: &Reading<'_>) {
    server::check(config, cx);
    providers::check(config, file, cx);
    models::check(config, cx);
    fallback::check(config, cx);
    access::check(config, cx);
    policies::check(config, cx);
}

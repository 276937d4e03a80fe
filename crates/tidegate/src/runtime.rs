//! The asynchronous runtime. One worker gets a runtime of its own kind: with nobody to share with there is nothing to steal and
//! nobody to wake (docs/adr/0005-runtime.md).

use std::thread::available_parallelism;
use tokio::runtime::{Builder, Runtime};

/// A runtime with `workers` threads; without a wish, one for each core the process may use.
pub(crate) fn start(workers: Option<usize>) -> anyhow::Result<Runtime> {
    let workers = workers.unwrap_or_else(|| available_parallelism().map_or(1, usize::from));
    let mut builder = if workers == 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    if workers > 1 {
        builder.worker_threads(workers).thread_name("worker");
    }
    Ok(builder.enable_all().build()?)
}

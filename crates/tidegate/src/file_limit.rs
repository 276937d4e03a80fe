//! Open files: every caller and every provider's connection is one, and the usual soft limit is 1,024.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Raises the soft limit to the hard one, which is the administrator's word. Gives what holds now.
pub(crate) fn raise() -> Option<u64> {
    let mut limit = getrlimit(Resource::Nofile);
    let before = limit.current;
    limit.current = limit.maximum;
    if setrlimit(Resource::Nofile, limit).is_ok() { limit.current } else { before }
}

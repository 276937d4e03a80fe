//! Configuration from anywhere: it loads, or it is explained why not; never both, never neither.
#![no_main]

use std::io;
use std::path::Path;

use config::{Environment, Source, load};
use libfuzzer_sys::fuzz_target;

struct Empty;

impl Environment for Empty {
    fn var(&self, name: &str) -> Option<String> {
        (name == "SET").then(|| "value".to_owned())
    }

    fn read_file(&self, _: &Path) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }
}

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data).into_owned();
    let loaded = load(&[Source { name: "fuzz.yaml".to_owned(), text }], &Empty);
    let refused = loaded.diagnostics.iter().any(config::Diagnostic::is_error);
    assert_eq!(loaded.config.is_none(), refused, "refused exactly when there is an error");
    assert_eq!(loaded.report().is_empty(), loaded.diagnostics.is_empty());
});

//! Providers, models, prices and quirks as data files with a typed view.
#![forbid(unsafe_code)]

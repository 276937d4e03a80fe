//! The pipeline and every built-in policy, one file each.
#![forbid(unsafe_code)]

//! The subcommands, one file each.

pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod sim;

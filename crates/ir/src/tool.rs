//! Tools a model may call, and how it is told to choose.

use crate::{CacheMark, Ext, Foreign};
use stdx::{RawJson, Str};

#[derive(Clone, Debug, PartialEq)]
pub enum Tool {
    Function(FunctionTool),
    /// A tool the provider runs itself, or a kind only one dialect has.
    Foreign(Foreign),
}

#[derive(Clone, Debug, PartialEq)]
pub struct FunctionTool {
    pub name: Str,
    pub description: Option<Str>,
    /// JSON Schema of the arguments; absent where the caller gave none.
    pub parameters: Option<RawJson>,
    pub strict: Option<bool>,
    pub cache: Option<CacheMark>,
    pub ext: Ext,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum ToolChoice {
    /// The caller said nothing.
    #[default]
    Unset,
    Auto,
    None,
    /// Some tool must be called.
    Required,
    /// This tool must be called.
    Named(Str),
    Foreign(Foreign),
}

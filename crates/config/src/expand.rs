//! `${NAME}` and `${NAME:-default}` in texts; `$${` stands for a `${` that is meant as such.

use std::borrow::Cow;

use crate::diagnostic::Diagnostic;
use crate::place::Place;
use crate::source::Environment;

/// Why a text could not be completed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ExpandFault {
    /// The variable is not set, and there is no default.
    Unset(String),
    /// A `${` without `}`.
    Open,
    /// What stands between the braces is not a variable's name.
    Name(String),
}

impl ExpandFault {
    /// The finding, at the text's place.
    pub(crate) fn diagnostic(&self, place: &Place) -> Diagnostic {
        match self {
            ExpandFault::Unset(name) => {
                let message = format!("the environment variable `{name}` is not set");
                Diagnostic::error("unset-variable", place, message)
                    .help(format!("set it, or give a default: `${{{name}:-default}}`"))
            }
            ExpandFault::Open => Diagnostic::error("variable-syntax", place, "`${` has no closing `}`")
                .help("write `$${` for a `${` that is not a variable"),
            ExpandFault::Name(name) => {
                let message = format!("`{name}` is not the name of an environment variable");
                Diagnostic::error("variable-syntax", place, message)
                    .help("write `${NAME}` or `${NAME:-default}`; `$${` for a `${` that is not a variable")
            }
        }
    }
}

/// Puts the variables' values in. What a value contains is not looked at again. Borrowed if there was nothing
/// to put in.
pub(crate) fn expand<'a>(text: &'a str, env: &dyn Environment) -> Result<Cow<'a, str>, ExpandFault> {
    let mut whole = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, after) = rest.split_at(at);
        let after = after.strip_prefix("${").unwrap_or(after);
        if let Some(before) = before.strip_suffix('$') {
            whole.push_str(before);
            whole.push_str("${");
            rest = after;
            continue;
        }
        let (inside, behind) = after.split_once('}').ok_or(ExpandFault::Open)?;
        whole.push_str(before);
        whole.push_str(&value(inside, env)?);
        rest = behind;
    }
    if rest.len() == text.len() {
        return Ok(Cow::Borrowed(text));
    }
    whole.push_str(rest);
    Ok(Cow::Owned(whole))
}

/// The value of `NAME` or `NAME:-default`. As in a shell, the default also stands in for an empty value.
fn value(inside: &str, env: &dyn Environment) -> Result<String, ExpandFault> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(letter) || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(ExpandFault::Name(name.chars().filter(|c| !c.is_control()).take(40).collect()));
    }
    match (env.var(name), default) {
        (Some(value), None) => Ok(value),
        (Some(value), Some(_)) if !value.is_empty() => Ok(value),
        (_, Some(default)) => Ok(default.to_owned()),
        (None, None) => Err(ExpandFault::Unset(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Machine;

    fn check(text: &str, expected: Result<&str, ExpandFault>) {
        let env = Machine::new().var("KEY", "value").var("EMPTY", "").var("NESTED", "${KEY}");
        assert_eq!(expand(text, &env).as_deref(), expected.as_ref().map(|text| *text), "{text}");
    }

    #[test]
    fn variables_are_put_in_once() {
        check("a ${KEY} b ${KEY}", Ok("a value b value"));
        check("${NESTED}", Ok("${KEY}"));
        check("no variable: $KEY $ {KEY}", Ok("no variable: $KEY $ {KEY}"));
    }

    #[test]
    fn a_default_stands_in_for_unset_and_empty() {
        check("${NONE:-other}", Ok("other"));
        check("${EMPTY:-other}", Ok("other"));
        check("${KEY:-other}", Ok("value"));
        check("${EMPTY}", Ok(""));
        check("${NONE:-}", Ok(""));
    }

    #[test]
    fn a_doubled_dollar_keeps_the_braces() {
        check("$${KEY}", Ok("${KEY}"));
        check("$$${KEY}", Ok("$${KEY}"));
    }

    #[test]
    fn mistakes_are_named() {
        check("${NONE}", Err(ExpandFault::Unset("NONE".into())));
        check("${KEY", Err(ExpandFault::Open));
        check("${}", Err(ExpandFault::Name(String::new())));
        check("${a-b}", Err(ExpandFault::Name("a-b".into())));
        check("${1A}", Err(ExpandFault::Name("1A".into())));
    }
}

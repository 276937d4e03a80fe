//! Scalars: text, truth, numbers, and texts with a form of their own.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use stdx::Money;
use stdx::money::PerMillion;

use super::{Read, Reading};
use crate::diagnostic::Diagnostic;
use crate::source::Source;
use crate::units::{Cidr, parse_duration, parse_money, parse_rate, parse_size};
use crate::yaml::{Node, Value};

use crate::yaml::Text;

/// The scalar's text, or a report that `expected` (with article) is not here.
pub(crate) fn text<'n>(node: &'n Node, cx: &Reading<'_>, expected: &str) -> Option<&'n Text> {
    match &node.value {
        Value::Text(text) => Some(text),
        _ => {
            cx.mismatch(node, expected);
            None
        }
    }
}

impl Text {
    /// The text for a message, or that it came from a variable and is not for showing.
    pub(crate) fn quoted(&self) -> String {
        const SHOWN: usize = 60;
        match (self.expanded, self.text.chars().count() > SHOWN) {
            (true, _) => "the value of the variable".to_owned(),
            (false, true) => {
                format!("`{}…`", self.text.chars().take(SHOWN).collect::<String>().escape_debug())
            }
            (false, false) => format!("`{}`", self.text.escape_debug()),
        }
    }
}

/// A text with a form of its own. `parse` says what would be right.
pub(crate) fn parsed<T>(
    node: &Node,
    cx: &Reading<'_>,
    what: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Option<T> {
    let found = text(node, cx, what)?;
    cx.show(node);
    match parse(&found.text) {
        Ok(value) => Some(value),
        Err(help) => {
            let message = format!("{} is not {what}", found.quoted());
            cx.report(Diagnostic::error("wrong-value", &node.place, message).help(help));
            None
        }
    }
}

/// A whole number within bounds.
pub(crate) fn number(node: &Node, cx: &Reading<'_>, least: u32, most: u32) -> Option<u32> {
    parsed(node, cx, "a number that can stand here", |text| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.then(|| text.parse().ok()).flatten();
        number.filter(|number| (least..=most).contains(number)).ok_or_else(|| match most {
            u32::MAX => format!("a whole number from {least} up"),
            _ => format!("a whole number from {least} to {most}"),
        })
    })
}

impl Read for String {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<String> {
        parsed(node, cx, "a text", |text| match text.trim() {
            "" => Err("it is empty".to_owned()),
            _ => Ok(text.to_owned()),
        })
    }
}

impl Read for bool {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<bool> {
        let found = text(node, cx, "true or false")?;
        cx.show(node);
        match found.text.as_str() {
            "true" if found.plain || found.expanded => return Some(true),
            "false" if found.plain || found.expanded => return Some(false),
            "true" | "false" => {
                let message = "expected true or false, found text";
                cx.report(
                    Diagnostic::error("wrong-type", &node.place, message).help("write it without quotes"),
                );
            }
            _ => {
                let message = format!("{} is neither true nor false", found.quoted());
                cx.report(Diagnostic::error("wrong-value", &node.place, message));
            }
        }
        None
    }
}

/// A number from 1 up.
impl Read for u32 {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<u32> {
        number(node, cx, 1, u32::MAX)
    }
}

/// Zero or longer.
impl Read for Duration {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Duration> {
        parsed(node, cx, "a duration", parse_duration)
    }
}

/// A duration longer than zero: there is no way to wait forever.
pub(crate) struct Timeout(pub(crate) Duration);

impl Read for Timeout {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Timeout> {
        parsed(node, cx, "a timeout", |text| match parse_duration(text)? {
            Duration::ZERO => Err("a timeout is longer than zero; give a long one to be generous".to_owned()),
            duration => Ok(Timeout(duration)),
        })
    }
}

/// Bytes, at least one.
pub(crate) struct Size(pub(crate) u64);

impl Read for Size {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Size> {
        parsed(node, cx, "a size", |text| match parse_size(text)? {
            0 => Err("a size is at least one byte".to_owned()),
            size => Ok(Size(size)),
        })
    }
}

impl Read for PerMillion {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<PerMillion> {
        parsed(node, cx, "an amount", parse_rate)
    }
}

impl Read for Money {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Money> {
        parsed(node, cx, "an amount", parse_money)
    }
}

impl Read for Cidr {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Cidr> {
        parsed(node, cx, "a network", str::parse)
    }
}

/// A path, taken from the folder of the file that names it.
impl Read for PathBuf {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<PathBuf> {
        let path = String::read(node, cx)?;
        Some(Source::resolve(&node.place.file, &path))
    }
}

impl Read for SystemTime {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<SystemTime> {
        parsed(node, cx, "a point in time", |text| match text.parse::<jiff::Timestamp>() {
            Ok(time) => Ok(time.into()),
            Err(_) => Err("write date, time and zone, such as `2027-01-31T00:00:00Z`".to_owned()),
        })
    }
}

//! Findings as a person reads them: what, where, the line itself with a mark under the spot, and what to do.

use std::fmt::Write as _;

use crate::diagnostic::{Diagnostic, Severity};
use crate::mask;
use crate::place::Place;
use crate::source::Source;

/// Widest excerpt of a line, in characters.
const WIDTH: usize = 110;

/// All findings, one after the other, and a line that counts them. The sources are those that were loaded;
/// what may be secret in them is starred out by the look of it. [`Loaded::render`](crate::Loaded::render) knows
/// better what is, and is preferable where it is at hand.
pub fn render(diagnostics: &[Diagnostic], sources: &[Source]) -> String {
    let told: Vec<Source> = sources
        .iter()
        .filter(|source| diagnostics.iter().any(|diagnostic| *diagnostic.place.file == *source.name))
        .map(|source| Source { name: source.name.clone(), text: mask::guessed(&source.text) })
        .collect();
    page(diagnostics, &told)
}

/// The same with sources that may be shown as they are.
pub(crate) fn page(diagnostics: &[Diagnostic], sources: &[Source]) -> String {
    let mut page = String::new();
    for diagnostic in diagnostics {
        one(&mut page, diagnostic, sources);
        page.push('\n');
    }
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    match (errors, diagnostics.len() - errors) {
        (0, 0) => return page,
        (0, warnings) => page.push_str(&count(warnings, "warning")),
        (errors, 0) => page.push_str(&count(errors, "error")),
        (errors, warnings) => {
            page.push_str(&format!("{}, {}", count(errors, "error"), count(warnings, "warning")));
        }
    }
    page.push('\n');
    page
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

// Writing to a string cannot fail, so the results of `write!` are dropped throughout.
fn one(page: &mut String, diagnostic: &Diagnostic, sources: &[Source]) {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let _ = writeln!(page, "{severity}[{}]: {}", diagnostic.code, diagnostic.message);
    let place = &diagnostic.place;
    let gutter = place.line.to_string().len();
    if !place.file.is_empty() {
        let _ = writeln!(page, "{:gutter$}--> {place}", "");
    }
    if let Some(line) = line(place, sources) {
        let (line, column) = window(&line, place);
        let marks =
            usize::try_from(place.len).unwrap_or(1).min(line.chars().count().saturating_sub(column)).max(1);
        let _ = writeln!(page, "{:gutter$} |", "");
        let _ = writeln!(page, "{} | {line}", place.line);
        let _ = writeln!(page, "{:gutter$} | {:column$}{}", "", "", "^".repeat(marks));
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(page, "{:gutter$} = help: {help}", "");
    }
}

/// The line a place is on, with tabs as single spaces so that columns keep their width.
fn line(place: &Place, sources: &[Source]) -> Option<String> {
    let number = usize::try_from(place.line.checked_sub(1)?).ok()?;
    let source = sources.iter().find(|source| *source.name == *place.file)?;
    let line = source.text.lines().nth(number)?;
    Some(line.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect())
}

/// The part of the line around the place, and the place's column in it from 0.
fn window(line: &str, place: &Place) -> (String, usize) {
    let column = usize::try_from(place.column.saturating_sub(1)).unwrap_or(0);
    let length = line.chars().count();
    if length <= WIDTH {
        return (line.trim_end().to_owned(), column);
    }
    let start = column.saturating_sub(WIDTH / 2).min(length - WIDTH);
    let part: String = line.chars().skip(start).take(WIDTH).collect();
    let (left, right) = (if start > 0 { "…" } else { "" }, if start + WIDTH < length { "…" } else { "" });
    (format!("{left}{part}{right}"), column - start + left.chars().count())
}

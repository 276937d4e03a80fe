//! Functions are read whole. One that needs scrolling is two, except a flat `match` over a wire format, which is listed.

use super::Text;
use crate::Problems;

/// Lines a function may have, from its signature to its closing brace.
const LIMIT: usize = 80;

/// Functions that may be longer: path, name, reason.
const LONG: &[(&str, &str, &str)] = &[];

pub(super) fn check(file: &Text) -> Problems {
    if !file.is_rust() {
        return Problems::new();
    }
    let long = functions(&file.text).into_iter().filter(|function| function.lines > LIMIT);
    long.filter(|function| !LONG.iter().any(|(path, name, _)| *path == file.path && *name == function.name))
        .map(|f| {
            format!("{}:{}: `{}` has {} lines, {LIMIT} are allowed", file.path, f.start, f.name, f.lines)
        })
        .collect()
}

struct Function<'a> {
    name: &'a str,
    start: usize,
    lines: usize,
}

/// Functions of formatted code: a `fn` and the next closing brace at its own indentation.
fn functions(text: &str) -> Vec<Function<'_>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(name) = declared(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let closes =
            |line: &&str| line.len() == indent + 1 && line.ends_with('}') && line.trim_start() == "}";
        let rest = lines.get(index..).unwrap_or_default();
        // A body on one line, or a declaration without one, closes nothing.
        let Some(length) = rest.iter().position(closes) else { continue };
        let bodiless = rest
            .iter()
            .take_while(|line| !line.ends_with('{'))
            .any(|line| line.ends_with(';') || line.ends_with('}'));
        if !bodiless {
            found.push(Function { name, start: index + 1, lines: length + 1 });
        }
    }
    found
}

/// The name of the function that a line begins to declare.
fn declared(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let qualifier =
        |word: &&str| matches!(*word, "pub" | "const" | "async" | "extern") || word.starts_with("pub(");
    let first = words.by_ref().find(|word| !qualifier(word))?;
    let name = if first == "fn" { words.next()? } else { return None };
    name.split(['(', '<']).next()
}

#[cfg(test)]
mod tests {
    use super::super::text;
    use super::*;

    fn function(body: usize) -> String {
        format!(
            "impl A {{\n    pub(crate) async fn long<T>(&self) {{\n{}    }}\n}}\n",
            "        go();\n".repeat(body)
        )
    }

    #[test]
    fn a_function_over_the_limit_is_named_with_its_length() {
        let found = check(&text("a.rs", &function(LIMIT - 1)));
        assert_eq!(found, ["a.rs:2: `long` has 81 lines, 80 are allowed"]);
        assert!(check(&text("a.rs", &function(LIMIT - 2))).is_empty());
    }

    #[test]
    fn declarations_and_one_liners_have_no_length() {
        let far = "    // far\n".repeat(2 * LIMIT);
        let text_of = format!("trait A {{\n    fn a(&self);\n    fn b() {{ 1 }}\n{far}}}\n");
        assert!(check(&text("a.rs", &text_of)).is_empty());
    }
}

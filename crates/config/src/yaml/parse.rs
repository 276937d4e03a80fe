//! From YAML events to the tree. Hostile input costs a bounded amount: bytes, depth and nodes are capped, and
//! an alias is a pointer whose repetition counts as if it were written out.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span as Marks};

use super::merge_key;
use super::{Entry, Node, Span, Text, Value};
use crate::diagnostic::Diagnostic;
use crate::expand::expand;
use crate::place::Place;
use crate::source::Environment;

/// Largest text taken, in bytes: far beyond ten thousand models.
pub(crate) const MAX_BYTES: usize = 8 << 20;
/// Deepest nesting; the deepest resource needs seven.
const MAX_DEPTH: usize = 32;
/// Most nodes, aliases written out.
const MAX_NODES: usize = 1_000_000;

/// What came of a text.
pub(crate) struct Parsed {
    /// The tree; `None` if the text is not YAML.
    pub(crate) root: Option<Rc<Node>>,
    /// Span of each scalar, by [`Node::scalar`].
    pub(crate) scalars: Vec<Span>,
    /// Entries left out because their name was given before.
    pub(crate) dropped: Vec<Entry>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Reads one source. All duplicate names and missing variables are reported; the first syntax error ends it.
pub(crate) fn parse(name: &Arc<str>, text: &str, env: &dyn Environment) -> Parsed {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder {
        file: name,
        env,
        stack: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        root: None,
        parsed: Parsed { root: None, scalars: Vec::new(), dropped: Vec::new(), diagnostics: Vec::new() },
    };
    let outcome = unreadable(name, text).and_then(|()| builder.run(text));
    let mut parsed = builder.parsed;
    match outcome {
        Ok(()) => {
            parsed.root = Some(builder.root.unwrap_or_else(|| Rc::new(Node::empty(Place::file(name)))));
        }
        Err(diagnostic) => parsed.diagnostics.push(*diagnostic),
    }
    parsed
}

/// Finds what no YAML text may contain, before the parser does in its own words.
fn unreadable(name: &Arc<str>, text: &str) -> Result<(), Box<Diagnostic>> {
    if text.len() > MAX_BYTES {
        let message = format!("the file is larger than {} MiB", MAX_BYTES >> 20);
        return Err(Box::new(Diagnostic::error("too-large", &Place::file(name), message)));
    }
    for (line, content) in (1..).zip(text.split('\n')) {
        let control = |c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\u{85}');
        if let Some((column, found)) = (1..).zip(content.chars()).find(|(_, c)| control(*c)) {
            let place = Place { file: Arc::clone(name), line, column, len: 1 };
            let message =
                format!("the control character U+{:04X} cannot stand in a YAML file", u32::from(found));
            return Err(Box::new(Diagnostic::error("syntax", &place, message)));
        }
    }
    Ok(())
}

/// A collection that is not complete yet.
struct Frame {
    place: Place,
    anchor: usize,
    weight: usize,
    collection: Collection,
}

enum Collection {
    List(Vec<Rc<Node>>),
    Map { entries: Vec<Entry>, seen: HashMap<String, usize>, name: Option<(String, Place)> },
}

struct Builder<'a> {
    file: &'a Arc<str>,
    env: &'a dyn Environment,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Rc<Node>>,
    nodes: usize,
    root: Option<Rc<Node>>,
    parsed: Parsed,
}

type Outcome = Result<(), Box<Diagnostic>>;

impl Builder<'_> {
    fn run(&mut self, text: &str) -> Outcome {
        let options =
            granit_parser::options! { flow_nesting_limit: MAX_DEPTH, block_nesting_limit: MAX_DEPTH };
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) = event.map_err(|fault| {
                let place = self.place(Marks::empty(*fault.marker()));
                Box::new(syntax(&place, &fault.kind().to_string(), text))
            })?;
            self.event(event, span)?;
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'_>, span: Marks) -> Outcome {
        let place = self.place(span);
        let (tag, anchor) = match &event {
            Event::Scalar(_, _, anchor, tag)
            | Event::SequenceStart(_, anchor, tag)
            | Event::MappingStart(_, anchor, tag) => (tag.is_some(), *anchor),
            _ => (false, 0),
        };
        if tag {
            return Err(Box::new(Diagnostic::error("syntax", &place, "YAML tags have no meaning here")));
        }
        match event {
            Event::Scalar(text, style, ..) => self.scalar(text, style, anchor, span, place),
            Event::SequenceStart(..) => self.open(place, anchor, Collection::List(Vec::new())),
            Event::MappingStart(..) => {
                let empty = Collection::Map { entries: Vec::new(), seen: HashMap::new(), name: None };
                self.open(place, anchor, empty)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(id) => self.alias(id, &place),
            Event::DocumentStart(..) if self.root.is_some() => Err(Box::new(
                Diagnostic::error("syntax", &place, "a second document begins here")
                    .help("put it in a file of its own: all files of a folder are read together"),
            )),
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        anchor: usize,
        span: Marks,
        place: Place,
    ) -> Outcome {
        if let Some(Frame { collection: Collection::Map { name: name @ None, .. }, .. }) =
            self.stack.last_mut()
        {
            *name = Some((text.into_owned(), place));
            return Ok(());
        }
        let plain = style == ScalarStyle::Plain;
        let value = if plain && matches!(text.as_ref(), "" | "~" | "null") {
            Value::Null
        } else {
            self.text(&text, plain, &place)
        };
        let scalar = Some(self.parsed.scalars.len());
        self.parsed.scalars.push(Span { start: line_and_column(span.start), end: line_and_column(span.end) });
        self.complete(Node { value, place, scalar, weight: 1 }, anchor)
    }

    fn text(&mut self, text: &str, plain: bool, place: &Place) -> Value {
        match expand(text, self.env) {
            Ok(Cow::Borrowed(same)) => Value::Text(Text { text: same.to_owned(), plain, expanded: false }),
            Ok(Cow::Owned(text)) => Value::Text(Text { text, plain, expanded: true }),
            Err(fault) => {
                self.parsed.diagnostics.push(fault.diagnostic(place));
                Value::Broken
            }
        }
    }

    fn open(&mut self, place: Place, anchor: usize, collection: Collection) -> Outcome {
        if let Some(Frame { collection: Collection::Map { name: None, .. }, .. }) = self.stack.last() {
            return Err(Box::new(braces(&place)));
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(Box::new(too_deep(&place)));
        }
        self.stack.push(Frame { place, anchor, weight: 1, collection });
        Ok(())
    }

    fn close(&mut self) -> Outcome {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let value = match frame.collection {
            Collection::List(items) => Value::List(items),
            Collection::Map { entries, .. } => Value::Map(merge_key::resolve(entries)?),
        };
        let node = Node { value, place: frame.place, scalar: None, weight: frame.weight };
        self.complete(node, frame.anchor)
    }

    fn alias(&mut self, id: usize, place: &Place) -> Outcome {
        match self.anchors.get(&id) {
            Some(node) => {
                let node = Rc::clone(node);
                self.count(node.weight, place)?;
                self.attach(node, place)
            }
            None => {
                Err(Box::new(Diagnostic::error("syntax", place, "the alias stands inside what it repeats")))
            }
        }
    }

    fn complete(&mut self, node: Node, anchor: usize) -> Outcome {
        self.count(1, &node.place)?;
        let node = Rc::new(node);
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        let place = node.place.clone();
        self.attach(node, &place)
    }

    fn count(&mut self, weight: usize, place: &Place) -> Outcome {
        self.nodes = self.nodes.saturating_add(weight);
        if self.nodes > MAX_NODES {
            let message = format!("the file has more than {MAX_NODES} values, aliases written out");
            return Err(Box::new(Diagnostic::error("too-large", place, message)));
        }
        Ok(())
    }

    fn attach(&mut self, node: Rc<Node>, place: &Place) -> Outcome {
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.weight = frame.weight.saturating_add(node.weight);
        match &mut frame.collection {
            Collection::List(items) => items.push(node),
            Collection::Map { entries, seen, name } => {
                let Some((name, at)) = name.take() else { return Err(Box::new(braces(place))) };
                match seen.get(&name).and_then(|number| entries.get(*number)) {
                    Some(first) => {
                        self.parsed.diagnostics.push(twice(&name, &at, Some(&first.place)));
                        self.parsed.dropped.push(Entry { name, place: at, value: node });
                    }
                    None => {
                        seen.insert(name.clone(), entries.len());
                        entries.push(Entry { name, place: at, value: node });
                    }
                }
            }
        }
        Ok(())
    }

    /// The part of the span on its first line.
    fn place(&self, span: Marks) -> Place {
        let (line, column) = line_and_column(span.start);
        let (end_line, end_column) = line_and_column(span.end);
        let len = if end_line == line { end_column.saturating_sub(column) } else { 1 };
        Place { file: Arc::clone(self.file), line, column, len: len.max(1) }
    }
}

/// Line and column, both from 1.
fn line_and_column(marker: Marker) -> (u32, u32) {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    (number(marker.line()), number(marker.col()).saturating_add(1))
}

/// A name that stands twice in a mapping, or in two files.
pub(crate) fn twice(name: &str, place: &Place, first: Option<&Place>) -> Diagnostic {
    let said = first.map(|first| format!("it is already given at {first}; keep one of the two"));
    Diagnostic::error("duplicate", place, format!("`{name}` is given twice")).maybe_help(said)
}

fn braces(place: &Place) -> Diagnostic {
    Diagnostic::error("syntax", place, "a name is expected before the colon, found a list, mapping or alias")
        .help("put a text that contains braces or brackets in quotes, such as \"${NAME}\"")
}

fn too_deep(place: &Place) -> Diagnostic {
    Diagnostic::error("too-deep", place, format!("the nesting is deeper than {MAX_DEPTH}"))
}

fn syntax(place: &Place, what: &str, text: &str) -> Diagnostic {
    if what == granit_parser::ErrorKind::RecursionLimitExceeded.to_string() {
        return too_deep(place);
    }
    let line = text.lines().nth(usize::try_from(place.line.saturating_sub(1)).unwrap_or(usize::MAX));
    let line = line.unwrap_or_default();
    let diagnostic = Diagnostic::error("syntax", place, format!("this is not YAML: {what}"));
    if line.trim_start().starts_with('\t') || line.starts_with('\t') {
        return diagnostic.help("indent with spaces, not with tabs");
    }
    let braces =
        line.contains("${").then(|| "put a text with `${…}` in quotes, such as \"${NAME}\"".to_owned());
    diagnostic.maybe_help(braces)
}

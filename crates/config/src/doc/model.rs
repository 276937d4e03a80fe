//! A name clients use, and what stands behind it.

use schemars::{JsonSchema, Schema};
use serde_json::json;

use crate::diagnostic::Diagnostic;
use crate::doc::{Policies, Price, Retries, Target, Timeouts};
use crate::place::Place;
use crate::reading::{Object, Read, Reading, choice};
use crate::units::schema::{TextOr, add_fields};
use crate::yaml::{Entry, Node};

/// A name clients use, and what stands behind it.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields, transform = target)]
pub struct Model {
    /// The name clients use; may end in `*`.
    #[schemars(skip)]
    pub name: String,
    /// What stands behind the name, in order.
    #[schemars(with = "Vec<TextOr<Target>>", length(min = 1))]
    pub targets: Vec<Target>,
    /// How to choose among targets of the same priority: `priority` takes them in order, `weighted` draws one by
    /// weight and goes on to the others when it fails.
    #[schemars(extend("default" = "priority"))]
    pub strategy: Strategy,
    /// Models to go to, in order, when every target has failed: names of this configuration or `provider/model`.
    #[schemars(default, with = "Vec<String>")]
    pub fallback: Vec<Name>,
    /// Timeouts for every target of this model.
    #[schemars(default)]
    pub timeouts: Timeouts,
    /// When to try again.
    #[schemars(default)]
    pub retries: Retries,
    /// Further names for the same model.
    #[schemars(default, with = "Vec<String>")]
    pub aliases: Vec<Name>,
    /// What it costs, instead of the catalog's price.
    pub price: Option<Price>,
    /// Overrules the `strict_translation` of the whole file.
    pub strict_translation: Option<bool>,
    /// Policies for requests to this model.
    #[schemars(default)]
    pub policies: Policies,
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
}

impl Model {
    /// What names begin with to be taken by this model, if its name ends in `*`.
    pub fn prefix(&self) -> Option<&str> {
        self.name.strip_suffix('*')
    }

    /// Whether a client asking for `name` means this model, by name or alias.
    pub fn takes(&self, name: &str) -> bool {
        match self.prefix() {
            Some(prefix) => name.starts_with(prefix),
            None => self.name == name || self.aliases.iter().any(|alias| alias.name == name),
        }
    }
}

/// A name with the place it is written at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub place: Place,
}

/// How to choose among targets of the same priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Strategy {
    /// In order.
    Priority,
    /// Drawn by weight; the others follow when it fails.
    Weighted,
}

impl Model {
    /// Reads a model with its name.
    pub(crate) fn read(entry: &Entry, cx: &Reading<'_>) -> Model {
        let mut object = Object::open(&entry.value, cx);
        let model = Model {
            name: entry.name.clone(),
            targets: targets(&mut object),
            strategy: object.or("strategy", Strategy::Priority),
            fallback: object.or_default("fallback"),
            timeouts: object.or_default("timeouts"),
            retries: object.or_default("retries"),
            aliases: object.or_default("aliases"),
            price: object.optional("price"),
            strict_translation: object.optional("strict_translation"),
            policies: object.or_default("policies"),
            place: entry.place.clone(),
        };
        object.finish();
        model
    }
}

fn target(schema: &mut Schema) {
    let description =
        "What stands behind the name, when it is one: `provider/model`, or a target with settings.";
    let one =
        json!({ "description": description, "anyOf": [{ "type": "string" }, { "$ref": "#/$defs/Target" }] });
    add_fields(schema, &[("target", one)]);
    schema.remove("required");
    schema.insert("oneOf".to_owned(), json!([{ "required": ["target"] }, { "required": ["targets"] }]));
}

/// `targets` or `target`, whichever is there; one of them must be.
fn targets(object: &mut Object<'_, '_>) -> Vec<Target> {
    let several: Option<Vec<Target>> = object.optional("targets");
    let one: Option<Target> = object.optional("target");
    match (object.has("targets"), object.has("target")) {
        (true, true) => {
            let message = "`target` and `targets` exclude each other";
            let diagnostic = Diagnostic::error("conflict", object.name_place("target"), message);
            object.cx.report(diagnostic.help("list all targets under `targets`"));
        }
        (false, false) => object.missing("the model has no target", "target: openai/gpt-4.1"),
        (true, false) if object.is_empty("targets") => {
            let place = object.name_place("targets");
            object.cx.report(Diagnostic::error("empty", place, "`targets` is empty"));
        }
        _ => {}
    }
    several.unwrap_or_else(|| one.into_iter().collect())
}

impl Read for Name {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Name> {
        Some(Name { name: String::read(node, cx)?, place: node.place.clone() })
    }
}

impl Read for Strategy {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Strategy> {
        let choices = [("priority", Strategy::Priority), ("weighted", Strategy::Weighted)];
        choice(node, cx, "a strategy", &choices)
    }
}

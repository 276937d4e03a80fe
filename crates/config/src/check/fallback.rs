//! Where a model's requests go when all its targets fail, and that this does not go in a circle.

use super::names::{Meaning, Names};
use crate::diagnostic::Diagnostic;
use crate::doc::{Config, Name};
use crate::nearest::suggest;
use crate::reading::Reading;

pub(super) fn check(config: &Config, cx: &Reading<'_>) {
    let names = Names::of(config);
    let edges: Vec<Vec<(usize, &Name)>> = config
        .models
        .iter()
        .map(|model| model.fallback.iter().filter_map(|name| step(name, &names, cx)).collect())
        .collect();
    circles(config, &edges, cx);
}

/// The model a fallback leads to, if it is one of the configuration.
fn step<'a>(name: &'a Name, names: &Names<'_>, cx: &Reading<'_>) -> Option<(usize, &'a Name)> {
    if name.name.contains('*') {
        let message = format!("`{}` is a pattern, and a fallback is one model", name.name);
        cx.report(Diagnostic::error("wildcard", &name.place, message).help("write the name to ask for"));
        return None;
    }
    match names.find(&name.name) {
        Some(Meaning::Model(number)) => Some((number, name)),
        Some(Meaning::Direct(_)) => None,
        None => {
            let help = suggest(&name.name, names.all(), "models", "no other model is configured");
            let message = format!("no model is named `{}`", name.name);
            cx.report(Diagnostic::error("unknown-model", &name.place, message).help(help));
            None
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    OnPath,
    Done,
}

/// Walks the graph depth first, without recursion since its depth is the operator's choice, and reports each
/// edge that leads back to where the walk is.
fn circles(config: &Config, edges: &[Vec<(usize, &Name)>], cx: &Reading<'_>) {
    let mut marks = vec![Mark::New; edges.len()];
    for start in 0..edges.len() {
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        while let Some((model, next)) = path.last_mut() {
            let here = *model;
            let first_visit = *next == 0;
            let edge = edges.get(here).and_then(|edges| edges.get(*next)).copied();
            *next += 1;
            let Some(mark) = marks.get_mut(here) else { break };
            if first_visit && *mark != Mark::New {
                path.pop();
                continue;
            }
            *mark = Mark::OnPath;
            let Some((to, name)) = edge else {
                *mark = Mark::Done;
                path.pop();
                continue;
            };
            match marks.get(to) {
                Some(Mark::OnPath) => cx.report(circle(config, &path, to, name)),
                Some(Mark::New) => path.push((to, 0)),
                _ => {}
            }
        }
    }
}

fn circle(config: &Config, path: &[(usize, usize)], to: usize, name: &Name) -> Diagnostic {
    let model = |number: usize| config.models.get(number).map_or("", |model| model.name.as_str());
    let mut way: Vec<&str> =
        path.iter().map(|(number, _)| *number).skip_while(|number| *number != to).map(model).collect();
    way.push(model(to));
    let message = format!("the fallback goes in a circle: {}", way.join(" -> "));
    Diagnostic::error("fallback-circle", &name.place, message)
}

//! What the model says to an [`Ask`]: reasoning, text, tool calls and why it stopped, as a function of the request,
//! the behaviour and the seed. Putting it into a dialect is left to the dialects.

use serde_json::{Value, json};

use crate::Behaviour;
use crate::ask::{Ask, Choice, Format, Reasoning};
use crate::random::Random;
use crate::schema;
use crate::text::{excerpt, pieces, prose};

/// One answer. Every piece is one token.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) reasoning: Vec<String>,
    /// What is said; the words of a refusal when `finish` is [`Finish::Refusal`].
    pub(crate) text: Vec<String>,
    pub(crate) calls: Vec<Call>,
    pub(crate) finish: Finish,
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Letters and digits to make an id of.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) arguments: Vec<String>,
    /// The tool takes free text, not an object.
    pub(crate) free_text: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Finish {
    End,
    Length,
    StopSequence(String),
    ToolCalls,
    Refusal,
    Filter,
}

impl Script {
    pub(crate) fn output_tokens(&self) -> u64 {
        let arguments: usize = self.calls.iter().map(|call| call.arguments.len() + 1).sum();
        (self.reasoning.len() + self.text.len() + arguments) as u64
    }

    pub(crate) fn reasoning_tokens(&self) -> u64 {
        self.reasoning.len() as u64
    }
}

/// Writes the answer with the given index (of `n`).
pub(crate) fn write(ask: &Ask, behaviour: &Behaviour, seed: u64, index: usize) -> Script {
    let mut random = Random::new(seed ^ ask.fingerprint ^ (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut script =
        Script { reasoning: Vec::new(), text: Vec::new(), calls: Vec::new(), finish: Finish::End };
    if behaviour.empty {
        return script;
    }
    if behaviour.refuse {
        script.text = pieces("I'm sorry, but the simulator was told to refuse this.");
        script.finish = Finish::Refusal;
        return script;
    }
    if ask.reasoning != Reasoning::None {
        let length = 6 + random.below(10);
        script.reasoning = prose(&mut random, length);
    }
    script.calls = calls(ask, behaviour, &mut random);
    if script.calls.is_empty() {
        script.text = said(ask, behaviour, &mut random);
    } else {
        script.finish = Finish::ToolCalls;
    }
    if behaviour.filter {
        script.finish = Finish::Filter;
    }
    stop_at_sequence(&mut script, &ask.stop);
    stop_at_length(&mut script, ask.max_tokens);
    script
}

fn said(ask: &Ask, behaviour: &Behaviour, random: &mut Random) -> Vec<String> {
    if behaviour.echo {
        return pieces(&ask.prompt);
    }
    match &ask.format {
        Format::Schema(schema) => return pieces(&schema::sample(schema, random).to_string()),
        Format::Json => return pieces(&json!({"answer": prose(random, 4).concat()}).to_string()),
        Format::Text => {}
    }
    if let Some(tokens) = behaviour.tokens {
        return prose(random, tokens);
    }
    if let Some(document) = ask.documents.first() {
        return pieces(first_sentence(&document.text));
    }
    if !ask.tool_results.is_empty() {
        let results: Vec<String> = ask.tool_results.iter().map(|result| excerpt(result, 200)).collect();
        return pieces(&format!("The tool answered: {}", results.join(" | ")));
    }
    let length = 12 + random.below(20);
    prose(random, length)
}

/// The first sentence of a text with what separates it from the next.
pub(crate) fn first_sentence(text: &str) -> &str {
    match text.find(". ") {
        Some(end) => text.get(..end + 2).unwrap_or(text),
        None => text,
    }
}

/// Phrases that make the model call a tool without being forced to; so does naming a tool.
const TOOL_PHRASES: [&str; 3] = ["use the tool", "use a tool", "weather"];

fn calls(ask: &Ask, behaviour: &Behaviour, random: &mut Random) -> Vec<Call> {
    let forced = matches!(ask.choice, Choice::Required | Choice::Named(_));
    let prompt = ask.prompt.to_lowercase();
    let named = ask.tools.iter().position(|tool| prompt.contains(&tool.name.to_lowercase()));
    let asked = ask.tool_results.is_empty()
        && (named.is_some() || TOOL_PHRASES.iter().any(|phrase| prompt.contains(phrase)));
    let wanted = match behaviour.tools {
        Some(count) if ask.tool_results.is_empty() || forced => count,
        Some(_) => 0,
        None => usize::from(forced || asked),
    };
    if ask.tools.is_empty() || ask.choice == Choice::None {
        return Vec::new();
    }
    let first = match &ask.choice {
        Choice::Named(name) => ask.tools.iter().position(|tool| tool.name == *name),
        _ => named,
    };
    // A named choice calls nothing else; otherwise parallel calls go round the tools.
    let stride = usize::from(!matches!(ask.choice, Choice::Named(_)));
    let wanted = if ask.parallel { wanted } else { wanted.min(1) };
    (0..wanted)
        .filter_map(|number| ask.tools.get((first.unwrap_or(0) + number * stride) % ask.tools.len()))
        .map(|tool| {
            let arguments = match &tool.schema {
                Some(schema) => match schema::sample(&object_schema(schema), random) {
                    Value::Object(object) => Value::Object(object).to_string(),
                    _ => "{}".into(),
                },
                None => prose(random, 6).concat(),
            };
            let free_text = tool.schema.is_none();
            Call { id: random.id("", 24), name: tool.name.clone(), arguments: pieces(&arguments), free_text }
        })
        .collect()
}

/// Arguments are an object even where the schema does not say so.
fn object_schema(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Value::Object(object) = &mut schema
        && !["$ref", "anyOf", "oneOf", "allOf"].iter().any(|key| object.contains_key(*key))
    {
        object.insert("type".into(), json!("object"));
    }
    schema
}

fn stop_at_sequence(script: &mut Script, sequences: &[String]) {
    let text = script.text.concat();
    let found =
        sequences.iter().filter_map(|sequence| text.find(sequence.as_str()).map(|at| (at, sequence))).min();
    if let Some((at, sequence)) = found {
        script.text = pieces(text.get(..at).unwrap_or_default());
        script.finish = Finish::StopSequence(sequence.clone());
    }
}

fn stop_at_length(script: &mut Script, most: Option<usize>) {
    let Some(most) = most else { return };
    if script.output_tokens() <= most as u64 {
        return;
    }
    script.finish = Finish::Length;
    script.reasoning.truncate(most);
    let mut left = most - script.reasoning.len();
    script.text.truncate(left);
    left -= script.text.len();
    script.calls.retain_mut(|call| {
        let fits = left > 1;
        call.arguments.truncate(left.saturating_sub(1));
        left = left.saturating_sub(call.arguments.len() + 1);
        fits
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::Tool;

    fn ask(prompt: &str) -> Ask {
        Ask { prompt: prompt.into(), parallel: true, answers: 1, ..Ask::default() }
    }

    fn tool(name: &str) -> Tool {
        let schema = json!({"properties": {"city": {"type": "string"}}, "required": ["city"]});
        Tool { name: name.into(), schema: Some(schema) }
    }

    fn told(directives: &str) -> Behaviour {
        Behaviour::parse(directives).unwrap()
    }

    #[test]
    fn a_stop_sequence_cuts_before_itself() {
        let ask = Ask { stop: vec!["END".into(), "later".into()], ..ask("one two END three") };
        let script = write(&ask, &told("echo"), 1, 0);
        assert_eq!(script.text.concat(), "one two ");
        assert_eq!(script.finish, Finish::StopSequence("END".into()));
    }

    #[test]
    fn max_tokens_counts_reasoning_text_and_calls() {
        let ask = Ask { max_tokens: Some(9), reasoning: Reasoning::Shown, ..ask("hello") };
        let script = write(&ask, &told("tokens=50"), 1, 0);
        assert_eq!((script.output_tokens(), script.finish), (9, Finish::Length));
    }

    #[test]
    fn tools_are_called_when_forced_named_or_asked_for() {
        let calls = |ask: &Ask, directives: &str| {
            write(ask, &told(directives), 1, 0).calls.into_iter().map(|call| call.name).collect::<Vec<_>>()
        };
        let mut ask = Ask { tools: vec![tool("find_city"), tool("sum")], ..ask("hello") };
        assert!(calls(&ask, "").is_empty());
        assert_eq!(calls(&ask, "tools=3"), ["find_city", "sum", "find_city"]);
        ask.choice = Choice::Required;
        assert_eq!(calls(&ask, ""), ["find_city"]);
        ask.choice = Choice::Named("sum".into());
        assert_eq!(calls(&ask, "tools=2"), ["sum", "sum"]);
        ask.parallel = false;
        assert_eq!(calls(&ask, "tools=2"), ["sum"]);
        ask.choice = Choice::Auto;
        ask.prompt = "please SUM these".into();
        assert_eq!(calls(&ask, ""), ["sum"]);
        ask.tool_results.push("42".into());
        assert!(calls(&ask, "").is_empty());
        assert_eq!(write(&ask, &told(""), 1, 0).text.concat(), "The tool answered: 42");
        ask.choice = Choice::None;
        assert!(calls(&ask, "tools=2").is_empty());
    }

    #[test]
    fn the_seed_and_the_request_decide() {
        let (one, two) = (ask("hello"), Ask { fingerprint: 5, ..ask("hello") });
        let said = |ask: &Ask, seed| write(ask, &told(""), seed, 0).text.concat();
        assert_eq!(said(&one, 1), said(&one, 1));
        assert_ne!(said(&one, 1), said(&one, 2));
        assert_ne!(said(&one, 1), said(&two, 1));
    }
}

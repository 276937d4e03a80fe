//! A codec understands what it says: decoded, encoded to the same dialect and decoded again, nothing has changed.

use crate::{fixtures, meaning::*};
use bytes::Bytes;
use ir::{Event, Losses, Reasoning};
use serde_json::Value;
use wire::{Target, table};

fn is_ok(case: &fixtures::Case) -> bool {
    (200..300).contains(&case.status)
}

#[test]
fn requests_come_back_as_they_were() {
    let mut count = 0;
    for case in fixtures::all().into_iter().filter(is_ok) {
        let codec = table::codec(case.format);
        let Some(body) = case.request else { continue };
        let Ok(chat) = codec.decode_request(&body) else { continue };
        // Sampling that the newest models refuse must not depend on the recording's model here.
        let target = Target { model: &chat.model, max_output: None, legacy_max_tokens: false };
        let mut losses = Losses::default();
        let again = match codec.encode_request(&chat, &target, &mut losses) {
            Ok(again) => again,
            Err(refused) => {
                // An extension of one server that the dialect at large has no word for; the relay lane carries it.
                println!("{}: {refused}", case.name);
                continue;
            }
        };
        let back = codec.decode_request(&again).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        assert_eq!(conversation(&back), conversation(&chat), "{}", case.name);
        assert_eq!(tools(&back), tools(&chat), "{}", case.name);
        assert_eq!(
            (&back.tool_choice, back.parallel_tools),
            (&chat.tool_choice, chat.parallel_tools),
            "{}",
            case.name
        );
        assert_eq!(back.output, chat.output, "{}", case.name);
        if !losses.named().iter().any(|loss| loss.what == "reasoning") {
            assert_eq!(effort(&back.reasoning), effort(&chat.reasoning), "{}", case.name);
        }
        assert_eq!(back.delivery.is_stream(), chat.delivery.is_stream(), "{}", case.name);
        count += 1;
    }
    println!("{count} recorded requests");
}

/// An effort alone is written as adaptive thinking with that effort, which is what an effort asks for.
fn effort(reasoning: &Reasoning) -> Reasoning {
    match reasoning {
        Reasoning::Effort(effort) => Reasoning::Adaptive { effort: Some(effort.clone()) },
        other => other.clone(),
    }
}

#[test]
fn answers_come_back_as_they_were() {
    let mut count = 0;
    for case in fixtures::all().into_iter().filter(|case| is_ok(case) && !case.is_stream) {
        let codec = table::codec(case.format);
        let Ok(response) = codec.decode_response(&case.response) else {
            assert!(is_error(&case.response), "{} cannot be read", case.name);
            continue;
        };
        let again = codec.encode_response(&response, &seed(), &mut Losses::default());
        let back = codec.decode_response(&again).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        assert_eq!(Meaning::of(&back), Meaning::of(&response), "{}", case.name);
        assert!(response.id.is_none() || back.id == response.id, "{}", case.name);
        assert!(response.model.is_none() || back.model == response.model, "{}", case.name);
        count += 1;
    }
    println!("{count} recorded answers");
}

fn is_error(body: &Bytes) -> bool {
    serde_json::from_slice::<Value>(body)
        .map_or(true, |body| body.get("error").is_some() || body.get("choices").is_none())
}

#[test]
fn streams_keep_the_grammar_and_come_back_as_they_were() {
    let mut count = 0;
    for case in fixtures::all().into_iter().filter(|case| case.is_stream) {
        let read = events(case.format, &case.response);
        let written = write(case.format, &read);
        let again = events(case.format, &written);
        match (assemble(&read), assemble(&again)) {
            (Ok(response), Ok(back)) => {
                assert_eq!(Meaning::of(&back), Meaning::of(&response), "{}", case.name)
            }
            (Err(_), Err(fault)) => {
                assert!(matches!(again.last(), Some(Event::Fault(_))), "{}: {fault:?}", case.name)
            }
            (before, after) => panic!("{}: {before:?} became {after:?}", case.name),
        }
        count += 1;
    }
    println!("{count} recorded streams");
}

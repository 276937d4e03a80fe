//! Every recording through the other dialects: what it means stays, up to losses that are named.
//! With `TIDEGATE_EMIT_CROSS` set to a folder, each translated answer is written there with what the target's SDK should find in it.

use crate::{fixtures, meaning::*};
use bytes::Bytes;
use ir::{Event, Format, Losses};
use serde_json::{Value, json};
use wire::{Out, Target, table, transcode};

fn others(format: Format) -> impl Iterator<Item = Format> {
    Format::ALL.iter().copied().filter(move |other| *other != format)
}

fn emit(case: &fixtures::Case, client: Format, kind: &str, status: u16, body: &[u8], expect: &Value) {
    let Some(folder) = std::env::var_os("TIDEGATE_EMIT_CROSS") else { return };
    std::fs::create_dir_all(&folder).unwrap();
    let file = format!("{}.{}.json", case.name.replace('/', "__"), client.name());
    let case = json!({
        "case": case.name, "upstream": case.format.name(), "format": client.name(), "kind": kind, "status": status,
        "body": String::from_utf8_lossy(body), "expect": expect,
    });
    std::fs::write(std::path::Path::new(&folder).join(file), serde_json::to_vec_pretty(&case).unwrap())
        .unwrap();
}

/// Models that have everything, so that losses are the dialect's and not the model's.
fn target(client: Format) -> Target<'static> {
    let model = match client {
        Format::OpenAiChat => "gpt-5",
        Format::AnthropicMessages => "claude-opus-4-8",
    };
    Target { model, max_output: Some(64_000), legacy_max_tokens: false }
}

#[test]
fn requests_mean_the_same_across_or_are_refused_for_a_reason() {
    let (mut carried, mut refused) = (0, Vec::new());
    for case in fixtures::all() {
        let Some(body) = &case.request else { continue };
        let Ok(chat) = table::codec(case.format).decode_request(body) else {
            assert!(case.status >= 400, "{} cannot be read", case.name);
            continue;
        };
        for client in others(case.format) {
            let mut losses = Losses::default();
            let said = match table::codec(client).encode_request(&chat, &target(client), &mut losses) {
                Ok(said) => said,
                Err(why) => {
                    refused.push(format!("{}: {why}", case.name));
                    continue;
                }
            };
            let back =
                table::codec(client).decode_request(&said).unwrap_or_else(|e| panic!("{}: {e}", case.name));
            let kept = |line: &String| !is_named_loss(line, &losses) && !line.starts_with(JSON_ONLY);
            let before: Vec<String> = conversation(&chat).into_iter().filter(kept).collect();
            let after: Vec<String> = conversation(&back).into_iter().filter(kept).collect();
            if losses.named().iter().all(|loss| !loss.what.starts_with("messages[")) {
                assert_eq!(after, before, "{}: {}", case.name, losses.header());
            }
            let names = |chat| tools(chat).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
            assert_eq!(names(&back), names(&chat), "{}", case.name);
            assert_eq!(back.tool_choice, chat.tool_choice, "{}", case.name);
            assert_eq!(back.delivery.is_stream(), chat.delivery.is_stream(), "{}", case.name);
            carried += 1;
        }
    }
    println!("{carried} requests carried across, {} refused:\n{}", refused.len(), refused.join("\n"));
}

/// What the caller asked for by `response_format`, and this dialect must be told in words.
const JSON_ONLY: &str = "system: Answer with one JSON object";

/// Unsigned or foreign thoughts are dropped with notice.
fn is_named_loss(line: &str, losses: &Losses) -> bool {
    line.contains(": thought ")
        && losses.named().iter().any(|loss| loss.what.contains("reasoning") || loss.what.contains("thinking"))
}

#[test]
fn answers_mean_the_same_across() {
    let mut count = 0;
    for case in
        fixtures::all().into_iter().filter(|case| !case.is_stream && (200..300).contains(&case.status))
    {
        let Ok(response) = table::codec(case.format).decode_response(&case.response) else { continue };
        let meaning = Meaning::of(&response);
        for client in others(case.format) {
            let answer = transcode::response(case.format, client, &case.response, &seed()).unwrap();
            let back = table::codec(client)
                .decode_response(&answer.body)
                .unwrap_or_else(|e| panic!("{}: {e}", case.name));
            agree(&Meaning::of(&back), &meaning, &case.name);
            assert_eq!(answer.seen.usage, response.usage, "{}", case.name);
            let expect = meaning.expectation(client, true);
            emit(&case, client, "whole", case.status, &answer.body, &expect);
            count += 1;
        }
    }
    println!("{count} answers across");
}

/// All that every dialect can say is the same. Usage that was not told is written as zeros where a dialect demands numbers.
fn agree(after: &Meaning, before: &Meaning, name: &str) {
    let without_usage = |meaning: &Meaning| {
        (
            meaning.text.clone(),
            meaning.refusal.clone(),
            meaning.reasoning.clone(),
            meaning.calls.clone(),
            meaning.stop,
        )
    };
    assert_eq!(without_usage(after), without_usage(before), "{name}");
    match before.usage {
        Some(_) => assert_eq!(after.usage, before.usage, "{name}"),
        None => assert!(after.usage.is_none_or(|usage| usage == (0, 0, 0)), "{name}: {after:?}"),
    }
}

#[test]
fn streams_mean_the_same_across() {
    let (mut whole, mut broken) = (0, 0);
    for case in fixtures::all().into_iter().filter(|case| case.is_stream) {
        let read = events(case.format, &case.response);
        for client in others(case.format) {
            let (written, fault) = flown(&case, client);
            let again = events(client, &written);
            match assemble(&read) {
                Ok(response) => {
                    assert!(fault.is_none(), "{}: {fault:?}", case.name);
                    let meaning = Meaning::of(&response);
                    let back = assemble(&again).unwrap_or_else(|e| panic!("{}: {e:?}", case.name));
                    agree(&Meaning::of(&back), &meaning, &case.name);
                    emit(&case, client, "sse", 200, &written, &meaning.expectation(client, true));
                    whole += 1;
                }
                Err(expected) => {
                    let fault = fault.unwrap_or_else(|| panic!("{} hides its fault", case.name));
                    assert_eq!((fault.kind, fault.retry), (expected.kind, expected.retry), "{}", case.name);
                    assert!(matches!(again.last(), Some(Event::Fault(_))), "{}", case.name);
                    let expect = json!({"error": true, "code": fault.kind.code()});
                    emit(&case, client, "sse-error", 200, &written, &expect);
                    broken += 1;
                }
            }
        }
    }
    println!("{whole} streams across, {broken} faults");
}

/// Through the flow the engine drives: one chunk, and where it reports a fault, the client's error event.
fn flown(case: &fixtures::Case, client: Format) -> (Bytes, Option<ir::Fault>) {
    let (mut flow, mut out) = (transcode::flow(case.format, client, seed()), Out::new());
    flow.feed(case.response.clone(), &mut out);
    flow.finish(&mut out);
    let fault = flow.progress().fault.clone();
    if let Some(fault) = &fault {
        assert!(!flow.progress().ended, "{}", case.name);
        flow.fail(fault, &mut out);
    } else {
        assert!(flow.progress().ended && flow.progress().finish.is_some(), "{}", case.name);
    }
    (out.concat().into(), fault)
}

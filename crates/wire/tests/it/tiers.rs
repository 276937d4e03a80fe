//! The service tier an answer was served in is part of its usage, whichever way the answer takes.

use crate::{meaning::seed, relay::run};
use bytes::Bytes;
use ir::{Format, Operation, ServiceTier};
use wire::{
    relay::{self, RelayOptions},
    transcode,
};

const OPENAI: Format = Format::OpenAiChat;
const ANTHROPIC: Format = Format::AnthropicMessages;

/// The tier that both lanes find in a whole answer.
fn whole(format: Format, body: &str) -> ServiceTier {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let relayed = relay::whole(format, Operation::Chat, &body).usage.unwrap();
    for client in [OPENAI, ANTHROPIC] {
        let answer = transcode::response(format, client, &body, &seed()).unwrap();
        assert_eq!(answer.seen.usage, Some(relayed), "{body:?}");
    }
    relayed.tier
}

/// The tier that both lanes find in a stream, and what the other dialect's client gets to see.
fn stream(format: Format, stream: &str) -> (ServiceTier, String) {
    let (_, flow) = run(relay::flow(format, RelayOptions::default()), stream.as_bytes(), usize::MAX);
    let relayed = flow.progress().usage.unwrap();
    let client = if format == OPENAI { ANTHROPIC } else { OPENAI };
    let (out, flow) = run(transcode::flow(format, client, seed()), stream.as_bytes(), usize::MAX);
    assert!(flow.progress().ended, "{stream}");
    assert_eq!(flow.progress().usage, Some(relayed), "{stream}");
    (relayed.tier, String::from_utf8(out).unwrap())
}

#[test]
fn openais_tier_stands_beside_the_usage() {
    let answer = |before: &str, after: &str| {
        format!(
            r#"{{"id":"i","model":"m"{before},"choices":[{{"index":0,"message":{{"role":"assistant","content":"x"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}{after}}}"#
        )
    };
    for (told, tier) in [
        (r#","service_tier":"flex""#, ServiceTier::Flex),
        (r#","service_tier":"priority""#, ServiceTier::Priority),
        (r#","service_tier":"default""#, ServiceTier::Standard),
        (r#","service_tier":"scale""#, ServiceTier::Standard),
        (r#","service_tier":null"#, ServiceTier::Standard),
        (r#","service_tier":"""#, ServiceTier::Standard),
        ("", ServiceTier::Standard),
    ] {
        assert_eq!(whole(OPENAI, &answer(told, "")), tier, "before: {told}");
        assert_eq!(whole(OPENAI, &answer("", told)), tier, "after: {told}");
    }
}

#[test]
fn an_openai_stream_tells_its_tier_with_the_usage_or_with_the_end() {
    const FLEX: &str = r#","service_tier":"flex""#;
    let chunks = |first: &str, last: &str, usage: &str| {
        format!(
            "data: {{\"id\":\"i\",\"model\":\"m\"{first},\"choices\":[{{\"index\":0,\"delta\":{{\"role\":\"assistant\",\"content\":\"x\"}}}}]}}\n\n\
             data: {{\"id\":\"i\"{last},\"choices\":[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"stop\"}}]}}\n\n\
             data: {{\"id\":\"i\"{usage},\"choices\":[],\"usage\":{{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3}}}}\n\n\
             data: [DONE]\n\n"
        )
    };
    assert_eq!(stream(OPENAI, &chunks(FLEX, FLEX, FLEX)).0, ServiceTier::Flex);
    assert_eq!(stream(OPENAI, &chunks("", "", FLEX)).0, ServiceTier::Flex);
    assert_eq!(stream(OPENAI, &chunks("", FLEX, "")).0, ServiceTier::Flex);
    assert_eq!(stream(OPENAI, &chunks("", FLEX, r#","service_tier":null"#)).0, ServiceTier::Flex);
    assert_eq!(stream(OPENAI, &chunks("", FLEX, r#","service_tier":"default""#)).0, ServiceTier::Standard);
    assert_eq!(stream(OPENAI, &chunks("", "", "")).0, ServiceTier::Standard);
    let (_, shown) = stream(OPENAI, &chunks(FLEX, FLEX, FLEX));
    assert!(shown.contains(r#""service_tier":"standard""#), "Anthropic has no such tier: {shown}");
}

#[test]
fn anthropics_tier_stands_inside_the_usage() {
    let answer = |told: &str| {
        format!(
            r#"{{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{{"type":"text","text":"x"}}],"stop_reason":"end_turn","stop_sequence":null,"usage":{{"input_tokens":1,"output_tokens":2{told}}}}}"#
        )
    };
    let events = |told: &str| {
        let frames = [
            format!(
                r#"{{"type":"message_start","message":{{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"usage":{{"input_tokens":1,"output_tokens":1{told}}}}}}}"#
            ),
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#.into(),
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}"#.into(),
            r#"{"type":"content_block_stop","index":0}"#.into(),
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}}"#.into(),
            r#"{"type":"message_stop"}"#.into(),
        ];
        frames.map(|data: String| format!("data: {data}\n\n")).concat()
    };
    for (told, tier) in [
        (r#","service_tier":"priority""#, ServiceTier::Priority),
        (r#","service_tier":"batch""#, ServiceTier::Batch),
        (r#","service_tier":"standard","speed":"fast""#, ServiceTier::Fast),
        (r#","service_tier":"standard","speed":"standard""#, ServiceTier::Standard),
        ("", ServiceTier::Standard),
    ] {
        assert_eq!(whole(ANTHROPIC, &answer(told)), tier, "{told}");
        assert_eq!(stream(ANTHROPIC, &events(told)).0, tier, "{told}");
    }
    let (_, shown) = stream(ANTHROPIC, &events(r#","service_tier":"priority""#));
    assert!(shown.contains(r#""service_tier":"priority""#), "{shown}");
}

//! What an answer can say, in each dialect that can say it: laid over a plain answer (OpenAI: over its only choice's message).

use super::Feature;

pub(super) const FEATURES: &[Feature] = &[
    Feature::new("Text")
        .openai(r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}]}"#, "hello")
        .anthropic(r#"{"content":[{"type":"text","text":"hello"}]}"#, r#""content":"hello""#),
    Feature::new("Refusal")
        .openai(
            r#"{"choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":"cannot"},"finish_reason":"stop"}]}"#,
            r#""stop_reason":"refusal""#,
        )
        .anthropic(
            r#"{"content":[],"stop_reason":"refusal","stop_details":{"explanation":"cannot"}}"#,
            r#""refusal":"cannot""#,
        ),
    Feature::new("Stopped by a filter").openai(
        r#"{"choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"content_filter"}]}"#,
        r#""stop_reason":"refusal""#,
    ),
    Feature::new("Tool calls")
        .openai(
            r#"{"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}]}"#,
            r#"{"type":"tool_use","id":"c1","name":"f","input":{"a":1}}"#,
        )
        .anthropic(
            r#"{"content":[{"type":"tool_use","id":"c1","name":"f","input":{"a":1}}],"stop_reason":"tool_use"}"#,
            r#""function":{"name":"f","arguments":"{\"a\":1}"}"#,
        ),
    Feature::new("Arguments that are no JSON object").openai(
        r#"{"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":"}}]},"finish_reason":"tool_calls"}]}"#,
        r#""input":{"arguments":"{\"a\":"}"#,
    ),
    Feature::new("Reasoning")
        .openai(
            r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"yo","reasoning_content":"hm"},"finish_reason":"stop"}]}"#,
            r#""thinking":"hm""#,
        )
        .anthropic(
            r#"{"content":[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"text","text":"yo"}]}"#,
            r#""reasoning_content":"hm""#,
        ),
    Feature::new("Reasoning's signature").anthropic(
        r#"{"content":[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"text","text":"yo"}]}"#,
        r#""signature":"c2ln""#,
    ),
    Feature::new("Redacted reasoning").anthropic(
        r#"{"content":[{"type":"redacted_thinking","data":"ZGF0"},{"type":"text","text":"yo"}]}"#,
        r#""data":"ZGF0""#,
    ),
    Feature::new("Citations of web pages")
        .openai(
            r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"yo","annotations":[{"type":"url_citation","url_citation":{"url":"https://e.org","title":"t","start_index":0,"end_index":2}}]},"finish_reason":"stop"}]}"#,
            r#""url":"https://e.org""#,
        )
        .anthropic(
            r#"{"content":[{"type":"text","text":"yo","citations":[{"type":"web_search_result_location","url":"https://e.org","title":"t","cited_text":"q","encrypted_index":"e"}]}]}"#,
            r#""url":"https://e.org""#,
        ),
    Feature::new("Citations of documents").anthropic(
        r#"{"content":[{"type":"text","text":"yo","citations":[{"type":"char_location","document_index":0,"document_title":"t","cited_text":"q","start_char_index":0,"end_char_index":1}]}]}"#,
        "",
    ),
    Feature::new("Log probabilities").openai(
        r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"yo"},"logprobs":{"content":[]},"finish_reason":"stop"}]}"#,
        "",
    ),
    Feature::new("Blocks of tools the provider ran").anthropic(
        r#"{"content":[{"type":"server_tool_use","id":"s1","name":"web_search","input":{}},{"type":"text","text":"yo"}]}"#,
        "",
    ),
    Feature::new("Ended: done")
        .openai(r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"yo"},"finish_reason":"stop"}]}"#, r#""stop_reason":"end_turn""#)
        .anthropic(r#"{"stop_reason":"end_turn"}"#, r#""finish_reason":"stop""#),
    Feature::new("Ended: output limit")
        .openai(r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"yo"},"finish_reason":"length"}]}"#, r#""stop_reason":"max_tokens""#)
        .anthropic(r#"{"stop_reason":"max_tokens"}"#, r#""finish_reason":"length""#),
    Feature::new("Ended: context window full")
        .anthropic(r#"{"stop_reason":"model_context_window_exceeded"}"#, r#""finish_reason":"length""#),
    Feature::new("Ended: stop sequence, and which")
        .anthropic(r#"{"stop_reason":"stop_sequence","stop_sequence":"END"}"#, r#""finish_reason":"stop""#),
    Feature::new("Ended: turn paused").anthropic(r#"{"stop_reason":"pause_turn"}"#, r#""finish_reason":"stop""#),
    Feature::new("Usage: input, output")
        .openai(r#"{"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18}}"#, r#""output_tokens":7"#)
        .anthropic(r#"{"usage":{"input_tokens":11,"output_tokens":7}}"#, r#""prompt_tokens":11"#),
    Feature::new("Usage: input read from a cache")
        .openai(
            r#"{"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18,"prompt_tokens_details":{"cached_tokens":5}}}"#,
            r#""input_tokens":6,"cache_creation_input_tokens":0,"cache_read_input_tokens":5"#,
        )
        .anthropic(
            r#"{"usage":{"input_tokens":6,"cache_read_input_tokens":5,"output_tokens":7}}"#,
            r#""cached_tokens":5"#,
        ),
    Feature::new("Usage: input written to a cache").anthropic(
        r#"{"usage":{"input_tokens":6,"cache_creation_input_tokens":5,"output_tokens":7}}"#,
        r#""prompt_tokens":11"#,
    ),
    Feature::new("Usage: reasoning")
        .openai(
            r#"{"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18,"completion_tokens_details":{"reasoning_tokens":3}}}"#,
            r#""thinking_tokens":3"#,
        )
        .anthropic(
            r#"{"usage":{"input_tokens":6,"output_tokens":7,"output_tokens_details":{"thinking_tokens":3}}}"#,
            r#""reasoning_tokens":3"#,
        ),
    Feature::new("Service tier that was used")
        .openai(r#"{"service_tier":"default"}"#, r#""service_tier":"standard""#)
        .anthropic(r#"{"usage":{"input_tokens":1,"output_tokens":1,"service_tier":"priority"}}"#, r#""service_tier":"priority""#),
];

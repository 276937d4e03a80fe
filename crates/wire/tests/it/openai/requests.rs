//! Requests, both ways.

use super::*;

/// A request in OpenAI's own words comes back as it was.
#[test]
fn a_request_survives_the_round() {
    let check = |rest: Value| {
        let (written, losses) = encoded(&request(rest.clone()));
        let mut expected = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
        expected.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        assert_eq!(written.unwrap(), expected);
        assert!(losses.is_empty(), "{rest}: {losses:?}");
    };
    let image =
        json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD", "detail": "low"}});
    let remote = json!({"type": "image_url", "image_url": {"url": "https://x/y.png"}});
    let audio = json!({"type": "input_audio", "input_audio": {"data": "QQ==", "format": "wav"}});
    let file = json!({"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,QQ=="}});
    let stored = json!({"type": "file", "file": {"file_id": "file-1"}});
    let text = json!({"type": "text", "text": "t\u{0}ü\"", "x_unknown": [1.50, null]});
    let call =
        json!({"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{\"a\": 1.0}"}});
    let custom = json!({"id": "c2", "type": "custom", "custom": {"name": "g", "input": "free"}});
    check(json!({"messages": [
        {"role": "developer", "content": "d"},
        {"role": "system", "content": "s", "name": "n"},
        {"role": "user", "content": [text, image, remote, audio, file, stored, {"type": "video_url", "video_url": {"url": "u"}}]},
        {"role": "assistant", "content": null, "tool_calls": [call, custom]},
        {"role": "tool", "tool_call_id": "c1", "content": "r"},
        {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "assistant", "content": "x", "reasoning_content": "hm"},
        {"role": "assistant", "content": null, "refusal": "no"},
        {"role": "user", "content": "last", "x_more": {}},
    ]}));
    let function = json!({"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}, "strict": true}});
    let tool = json!({"type": "custom", "custom": {"name": "g", "format": {"type": "text"}}});
    check(
        json!({"tools": [function, tool], "tool_choice": {"type": "function", "function": {"name": "f"}}, "parallel_tool_calls": false}),
    );
    check(json!({"tools": [tool], "tool_choice": {"type": "custom", "custom": {"name": "g"}}}));
    check(
        json!({"tools": [function], "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}}}),
    );
    for choice in ["auto", "none", "required"] {
        check(json!({"tools": [function], "tool_choice": choice}));
    }
    check(json!({"response_format": {"type": "json_object"}}));
    check(
        json!({"response_format": {"type": "json_schema", "json_schema": {"name": "n", "description": "d", "strict": true, "schema": {"a": 1}}}}),
    );
    check(json!({
        "temperature": 0.5, "top_p": 0.9, "seed": -3, "frequency_penalty": 0.1, "presence_penalty": -0.1, "n": 2, "stop": ["a", "b"],
        "max_completion_tokens": 9, "reasoning_effort": "low", "user": "u", "service_tier": "flex", "logprobs": true, "top_logprobs": 3,
        "metadata": {"k": "v"}, "store": false, "logit_bias": {"1": 2}, "prediction": {"type": "content", "content": "x"},
        "modalities": ["text"], "verbosity": "low", "prompt_cache_key": "k", "web_search_options": {}, "whatever": 1e2,
    }));
    check(json!({"stream": true, "stream_options": {"include_usage": true}}));
}

#[test]
fn older_and_looser_spellings_are_understood() {
    let chat = request(json!({
        "messages": [
            {"role": "user", "content": [{"type": "image_url", "image_url": "https://x/y.png"}]},
            {"role": "assistant", "content": "", "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "r"},
            {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "g", "arguments": {"a": 1}}}]},
        ],
        "functions": [{"name": "f"}], "function_call": {"name": "f"}, "max_tokens": 7, "stop": "x", "safety_identifier": "u",
        "reasoning": {"max_tokens": 3000},
    }));
    let (body, _) = encoded(&chat);
    let body = body.unwrap();
    assert_eq!(body["messages"][0]["content"][0]["image_url"]["url"], "https://x/y.png");
    let id = &body["messages"][1]["tool_calls"][0]["id"];
    assert_eq!((&body["messages"][2]["role"], &body["messages"][2]["tool_call_id"]), (&json!("tool"), id));
    assert_eq!(body["messages"][3]["tool_calls"][0]["function"]["arguments"], r#"{"a":1}"#);
    assert_eq!(
        (&body["tools"][0]["type"], &body["tool_choice"]["function"]["name"]),
        (&json!("function"), &json!("f"))
    );
    assert_eq!(
        (&body["max_completion_tokens"], &body["stop"], &body["user"]),
        (&json!(7), &json!(["x"]), &json!("u"))
    );
    assert_eq!((chat.reasoning, &body["reasoning_effort"]), (Reasoning::Budget(3000), &json!("medium")));
    let mut losses = Losses::default();
    let target = Target { legacy_max_tokens: true, ..TARGET };
    let body = OpenAiChat
        .encode_request(&request(json!({"max_completion_tokens": 3})), &target, &mut losses)
        .unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["max_tokens"], 3);
}

#[test]
fn bad_requests_name_their_field() {
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let user =
        |content: &str| format!(r#"{{"model":"m","messages":[{{"role":"user","content":{content}}}]}}"#);
    let field =
        |field: &str| format!(r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}],{field}}}"#);
    let cases = [
        ("{".to_string(), None),
        ("[]".to_string(), None),
        (r#"{"messages":[{"role":"user","content":"hi"}]}"#.to_string(), Some("model")),
        (r#"{"model":"m","messages":[]}"#.to_string(), Some("messages")),
        (r#"{"model":"m"}"#.to_string(), Some("messages")),
        (r#"{"model":"m","messages":{}}"#.to_string(), Some("messages")),
        (r#"{"model":"m","messages":["x"]}"#.to_string(), Some("messages[0]")),
        (r#"{"model":"m","messages":[{}]}"#.to_string(), Some("messages[0].role")),
        (
            r#"{"model":"m","messages":[{"role":"robot","content":"x"}]}"#.to_string(),
            Some("messages[0].role"),
        ),
        (
            r#"{"model":"m","messages":[{"role":"tool","content":"x"}]}"#.to_string(),
            Some("messages[0].tool_call_id"),
        ),
        (r#"{"model":"m","messages":[{"role":"user"}]}"#.to_string(), Some("messages[0].content")),
        (user("7"), Some("messages[0].content")),
        (user(r#"[{"text":"x"}]"#), Some("messages[0].content[0].type")),
        (user(r#"[{"type":"text"}]"#), Some("messages[0].content[0].text")),
        (user(r#"[{"type":"text","text":1}]"#), Some("messages[0].content[0].text")),
        (user(r#"[{"type":"image_url","image_url":{}}]"#), Some("messages[0].content[0].image_url.url")),
        (field(&format!(r#""x":{deep}"#)), None),
        (field(r#""temperature":"hot""#), Some("temperature")),
        (field(r#""max_tokens":-1"#), Some("max_tokens")),
        (field(r#""max_tokens":1e99"#), Some("max_tokens")),
        (field(r#""stop":[1]"#), Some("stop[0]")),
        (field(r#""tools":[{"type":"function"}]"#), Some("tools[0].function")),
        (
            field(r#""tools":[{"type":"function","function":{"description":"x"}}]"#),
            Some("tools[0].function.name"),
        ),
        (field(r#""tool_choice":"maybe""#), Some("tool_choice")),
        (field(r#""response_format":{"type":"xml"}"#), Some("response_format.type")),
        (
            field(r#""response_format":{"type":"json_schema","json_schema":{"name":"n"}}"#),
            Some("response_format.json_schema.schema"),
        ),
        (field(r#""seed":1,"seed":2"#), Some("seed")),
    ];
    for (body, param) in cases {
        let bad = OpenAiChat.decode_request(&Bytes::from(body.clone())).expect_err(&body);
        assert_eq!(bad.param.as_deref(), param, "{}: {bad}", body.get(..80).unwrap_or(&body));
    }
    assert!(OpenAiChat.decode_request(&Bytes::from_static(b"{\"model\":\"\xff\",\"messages\":[]}")).is_err());
}

#[test]
fn what_another_dialect_said_is_said_refused_or_noted() {
    let part = |part: Part| ChatRequest {
        model: "m".into(),
        messages: vec![ir::Message {
            role: Role::Assistant,
            parts: vec![part],
            name: None,
            ext: ir::Ext::default(),
        }],
        ..ChatRequest::default()
    };
    let claude = Opaque { origin: Format::AnthropicMessages, token: "sig".into() };
    let thought = |opaque| {
        Part::Reasoning(Thought { text: "hm".into(), opaque, redacted: false, ext: ir::Ext::default() })
    };
    let (body, losses) = encoded(&part(thought(Some(claude))));
    assert_eq!(body.unwrap()["messages"][0], json!({"role": "assistant", "content": ""}));
    assert_eq!(names(&losses), ["dropped messages[0].thinking"]);
    let own = Opaque { origin: Format::OpenAiChat, token: "reasoning_content".into() };
    let (body, losses) = encoded(&part(thought(Some(own))));
    assert_eq!(body.unwrap()["messages"][0]["reasoning_content"], "hm");
    assert!(losses.is_empty());
    let evil = Opaque { origin: Format::OpenAiChat, token: r#"{}],"model":"x""#.into() };
    let (body, _) = encoded(&part(thought(Some(evil))));
    assert_eq!(body.unwrap()["model"], "m", "a token that is no detail is not written raw");
    let foreign = |kind: &str| ir::Foreign {
        origin: Format::AnthropicMessages,
        kind: kind.into(),
        json: RawJson::from_valid("{}"),
    };
    assert_eq!(
        names(&encoded(&part(Part::Foreign(foreign("server_tool_use")))).1),
        ["dropped messages[0].server_tool_use"]
    );
    let (body, _) = encoded(&part(Part::Foreign(foreign("container_upload"))));
    assert_eq!(body.unwrap_err().what, "messages[0].container_upload");
    let chat = ChatRequest {
        model: "m".into(),
        tools: vec![Tool::Foreign(foreign("web_search_20250305"))],
        ..ChatRequest::default()
    };
    assert_eq!(encoded(&chat).0.unwrap_err().what, "tools[0].type");
}

#[test]
fn an_id_openai_would_refuse_is_shortened() {
    let chat =
        ChatRequest { model: "m".into(), user: Some("ü".repeat(65).into()), ..ChatRequest::default() };
    let (body, losses) = encoded(&chat);
    assert_eq!(
        (body.unwrap()["user"].as_str(), names(&losses)),
        (Some(&*"ü".repeat(64)), vec!["approximated user".to_string()])
    );
}

#[test]
fn tool_results_become_messages_and_their_images_follow() {
    let text = |text: &str| Part::Text(ir::Text { text: text.into(), ..ir::Text::default() });
    let image = Part::Media(ir::Media {
        kind: ir::MediaKind::Image,
        source: ir::MediaSource::Inline { mime: "image/png".into(), base64: "QQ==".into() },
        name: None,
        detail: None,
        cache: None,
        ext: ir::Ext::default(),
    });
    let result = |call: &str, parts: Vec<Part>| {
        Part::ToolResult(ir::ToolResult {
            call: call.into(),
            parts,
            failed: false,
            cache: None,
            ext: ir::Ext::default(),
        })
    };
    let parts = vec![result("a", vec![text("1"), image]), result("b", vec![]), text("and now?")];
    let message = ir::Message { role: Role::User, parts, name: None, ext: ir::Ext::default() };
    let (body, losses) =
        encoded(&ChatRequest { model: "m".into(), messages: vec![message], ..ChatRequest::default() });
    assert_eq!(
        body.unwrap()["messages"],
        json!([
            {"role": "tool", "tool_call_id": "a", "content": "1"},
            {"role": "tool", "tool_call_id": "b", "content": ""},
            {"role": "user", "content": [
                {"type": "text", "text": "Attachment returned by tool call a:"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,QQ=="}},
                {"type": "text", "text": "and now?"},
            ]},
        ])
    );
    assert_eq!(names(&losses), ["approximated messages[0].tool_result"]);
}

//! What a request can say, in each dialect that can say it: laid over a plain request of that dialect.

use super::Feature;

const NEW: &str = "claude-opus-4-8";
const OLD: &str = "claude-sonnet-4-5";

pub(super) const FEATURES: &[Feature] = &[
    Feature::new("System instructions")
        .openai(r#"{"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hi"}]}"#, "be brief")
        .anthropic(r#"{"system":"be brief"}"#, r#"{"role":"system","content":"be brief"}"#),
    Feature::new("Developer instructions").openai(
        r#"{"messages":[{"role":"developer","content":"be brief"},{"role":"user","content":"hi"}]}"#,
        r#""system":[{"type":"text","text":"be brief"}]"#,
    ),
    Feature::new("Instructions inside the conversation, Claude 4.8 and newer")
        .openai(
            r#"{"messages":[{"role":"user","content":"hi"},{"role":"system","content":"be brief"}]}"#,
            r#"{"role":"system","content":"#,
        )
        .anthropic(
            r#"{"messages":[{"role":"user","content":"hi"},{"role":"system","content":"be brief"}]}"#,
            r#"{"role":"system","content":"be brief"}"#,
        )
        .model(NEW),
    Feature::new("Instructions inside the conversation, older Claude")
        .openai(r#"{"messages":[{"role":"user","content":"hi"},{"role":"system","content":"be brief"}]}"#, "")
        .model(OLD),
    Feature::new("Text in several parts")
        .openai(r#"{"messages":[{"role":"user","content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]}]}"#, "two")
        .anthropic(r#"{"messages":[{"role":"user","content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]}]}"#, "two"),
    Feature::new("Image by address")
        .openai(
            r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://e.org/a.png"}}]}]}"#,
            r#""source":{"type":"url","url":"https://e.org/a.png"}"#,
        )
        .anthropic(
            r#"{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://e.org/a.png"}}]}]}"#,
            r#""image_url":{"url":"https://e.org/a.png"}"#,
        ),
    Feature::new("Image inline")
        .openai(
            r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}]}]}"#,
            r#""source":{"type":"base64","media_type":"image/png","data":"aGk="}"#,
        )
        .anthropic(
            r#"{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}}]}]}"#,
            "data:image/png;base64,aGk=",
        ),
    Feature::new("How closely to look at an image (`detail`)").openai(
        r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://e.org/a.png","detail":"high"}}]}]}"#,
        "",
    ),
    Feature::new("PDF inline")
        .openai(
            r#"{"messages":[{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,aGk="}}]}]}"#,
            r#""source":{"type":"base64","media_type":"application/pdf","data":"aGk="}"#,
        )
        .anthropic(
            r#"{"messages":[{"role":"user","content":[{"type":"document","title":"a.pdf","source":{"type":"base64","media_type":"application/pdf","data":"aGk="}}]}]}"#,
            "data:application/pdf;base64,aGk=",
        ),
    Feature::new("Document by address").anthropic(
        r#"{"messages":[{"role":"user","content":[{"type":"document","source":{"type":"url","url":"https://e.org/a.pdf"}}]}]}"#,
        "",
    ),
    Feature::new("Plain text document")
        .openai(
            r#"{"messages":[{"role":"user","content":[{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain;base64,aGk="}}]}]}"#,
            r#""source":{"type":"text","media_type":"text/plain","data":"hi"}"#,
        )
        .anthropic(
            r#"{"messages":[{"role":"user","content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"hello"}}]}]}"#,
            "hello",
        ),
    Feature::new("Document that asks for citations").anthropic(
        r#"{"messages":[{"role":"user","content":[{"type":"document","citations":{"enabled":true},"source":{"type":"base64","media_type":"application/pdf","data":"aGk="}}]}]}"#,
        "",
    ),
    Feature::new("File uploaded to the provider")
        .openai(r#"{"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]}"#, "")
        .anthropic(
            r#"{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"file_1"}}]}]}"#,
            "",
        ),
    Feature::new("Audio from the user").openai(
        r#"{"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"aGk=","format":"wav"}}]}]}"#,
        "",
    ),
    Feature::new("Search results as content").anthropic(
        r#"{"messages":[{"role":"user","content":[{"type":"search_result","source":"https://e.org","title":"t","content":[{"type":"text","text":"found"}]}]}]}"#,
        "found",
    ),
    Feature::new("Names of participants")
        .openai(r#"{"messages":[{"role":"user","name":"ann","content":"hi"}]}"#, ""),
    Feature::new("Functions")
        .openai(
            r#"{"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"a":{"type":"string"}}}}}]}"#,
            r#""input_schema":{"type":"object","properties":{"a":{"type":"string"}}}"#,
        )
        .anthropic(
            r#"{"tools":[{"name":"f","description":"d","input_schema":{"type":"object","properties":{"a":{"type":"string"}}}}]}"#,
            r#""parameters":{"type":"object","properties":{"a":{"type":"string"}}}"#,
        ),
    Feature::new("Strict functions")
        .openai(
            r#"{"tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":{"type":"object","properties":{},"additionalProperties":false}}}]}"#,
            r#""strict":true"#,
        )
        .anthropic(
            r#"{"tools":[{"name":"f","strict":true,"input_schema":{"type":"object","properties":{},"additionalProperties":false}}]}"#,
            r#""strict":true"#,
        ),
    Feature::new("Functions whose names hold other characters than letters, digits, `_` and `-`")
        .openai(r#"{"tools":[{"type":"function","function":{"name":"a.b"}}]}"#, r#""name":"a_u2E_b""#),
    Feature::new("Custom tools (free text, grammar)").openai(r#"{"tools":[{"type":"custom","custom":{"name":"c"}}]}"#, ""),
    Feature::new("Tools the provider runs itself")
        .openai(r#"{"web_search_options":{}}"#, "")
        .anthropic(r#"{"tools":[{"type":"web_search_20250305","name":"web_search"}]}"#, ""),
    Feature::new("Tool choice: automatic")
        .openai(r#"{"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"auto"}"#, r#""tool_choice":{"type":"auto"}"#)
        .anthropic(r#"{"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"auto"}}"#, r#""tool_choice":"auto""#),
    Feature::new("Tool choice: none")
        .openai(r#"{"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"none"}"#, r#""tool_choice":{"type":"none"}"#)
        .anthropic(r#"{"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"none"}}"#, r#""tool_choice":"none""#),
    Feature::new("Tool choice: some tool")
        .openai(r#"{"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required"}"#, r#""tool_choice":{"type":"any"}"#)
        .anthropic(r#"{"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"}}"#, r#""tool_choice":"required""#),
    Feature::new("Tool choice: this tool")
        .openai(
            r#"{"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"function","function":{"name":"f"}}}"#,
            r#""tool_choice":{"type":"tool","name":"f"}"#,
        )
        .anthropic(
            r#"{"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"tool","name":"f"}}"#,
            r#""tool_choice":{"type":"function","function":{"name":"f"}}"#,
        ),
    Feature::new("Tool choice: among some (`allowed_tools`)").openai(
        r#"{"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"f"}}]}}}"#,
        "",
    ),
    Feature::new("One tool call at a time")
        .openai(
            r#"{"tools":[{"type":"function","function":{"name":"f"}}],"parallel_tool_calls":false}"#,
            r#""disable_parallel_tool_use":true"#,
        )
        .anthropic(
            r#"{"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true}}"#,
            r#""parallel_tool_calls":false"#,
        ),
    Feature::new("Tool calls and their results")
        .openai(
            r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"c1","content":"done"}]}"#,
            r#"{"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"done"}]}"#,
        )
        .anthropic(
            r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"done"}]}]}"#,
            r#""tool_call_id":"c1","content":"done""#,
        ),
    Feature::new("Images in tool results").anthropic(
        r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":[{"type":"image","source":{"type":"url","url":"https://e.org/a.png"}}]}]}]}"#,
        "https://e.org/a.png",
    ),
    Feature::new("Failed tool results").anthropic(
        r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","is_error":true,"content":"no"}]}]}"#,
        "",
    ),
    Feature::new("Arguments that are no JSON object").openai(
        r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"[1"}}]},{"role":"tool","tool_call_id":"c1","content":"done"}]}"#,
        r#""input":{"arguments":"[1"}"#,
    ),
    Feature::new("Answer as JSON by schema")
        .openai(
            r#"{"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","properties":{},"additionalProperties":false}}}}"#,
            r#""output_config":{"format":{"type":"json_schema","#,
        )
        .anthropic(
            r#"{"output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{},"additionalProperties":false}}}}"#,
            r#""response_format":{"type":"json_schema","#,
        ),
    Feature::new("Answer as JSON by a schema with open objects or bounds").openai(
        r#"{"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"a":{"type":"integer","minimum":1}}}}}}"#,
        r#""additionalProperties":false"#,
    ),
    Feature::new("Answer as JSON by schema, Claude before 4.1")
        .openai(
            r#"{"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","properties":{},"additionalProperties":false}}}}"#,
            "",
        )
        .model("claude-3-5-haiku-20241022"),
    Feature::new("Answer as any JSON object").openai(r#"{"response_format":{"type":"json_object"}}"#, ""),
    Feature::new("Reasoning effort, Claude 4.6 and newer")
        .openai(r#"{"reasoning_effort":"high"}"#, r#""thinking":{"type":"adaptive"},"output_config":{"effort":"high"}"#)
        .anthropic(r#"{"output_config":{"effort":"high"}}"#, r#""reasoning_effort":"high""#)
        .model(NEW),
    Feature::new("Reasoning effort, older Claude")
        .openai(r#"{"reasoning_effort":"high","max_tokens":32000}"#, r#""budget_tokens":16384"#)
        .model(OLD),
    Feature::new("Reasoning budget")
        .anthropic(r#"{"thinking":{"type":"enabled","budget_tokens":4096},"max_tokens":8192}"#, r#""reasoning_effort":"medium""#),
    Feature::new("Adaptive reasoning").anthropic(r#"{"thinking":{"type":"adaptive"}}"#, ""),
    Feature::new("No reasoning")
        .openai(r#"{"reasoning_effort":"none"}"#, r#""thinking":{"type":"disabled"}"#)
        .anthropic(r#"{"thinking":{"type":"disabled"}}"#, ""),
    Feature::new("Reasoning signed by Anthropic, sent back")
        .openai(
            r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"yo","reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"c2ln","format":"anthropic-claude-v1"}]},{"role":"user","content":"go on"}]}"#,
            r#"{"type":"thinking","thinking":"hm","signature":"c2ln"}"#,
        )
        .anthropic(
            r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"text","text":"yo"}]},{"role":"user","content":"go on"}]}"#,
            "",
        ),
    Feature::new("Redacted reasoning, sent back")
        .openai(
            r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"yo","reasoning_details":[{"type":"reasoning.encrypted","data":"ZGF0","format":"anthropic-claude-v1"}]},{"role":"user","content":"go on"}]}"#,
            r#"{"type":"redacted_thinking","data":"ZGF0"}"#,
        )
        .anthropic(
            r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"redacted_thinking","data":"ZGF0"},{"type":"text","text":"yo"}]},{"role":"user","content":"go on"}]}"#,
            "",
        ),
    Feature::new("Reasoning of an OpenAI-compatible model, sent back")
        .openai(
            r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"yo","reasoning_content":"hm"},{"role":"user","content":"go on"}]}"#,
            "",
        )
        .anthropic(
            r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"tidegate:openai_chat:reasoning_content"},{"type":"text","text":"yo"}]},{"role":"user","content":"go on"}]}"#,
            r#""reasoning_content":"hm""#,
        ),
    Feature::new("Output limit")
        .openai(r#"{"max_completion_tokens":77}"#, r#""max_tokens":77"#)
        .anthropic(r#"{"max_tokens":77}"#, r#""max_completion_tokens":77"#),
    Feature::new("No output limit, none known for the model").openai(r#"{"max_tokens":null}"#, r#""max_tokens":4096"#),
    Feature::new("Temperature")
        .openai(r#"{"temperature":0.5}"#, r#""temperature":0.5"#)
        .anthropic(r#"{"temperature":0.5}"#, r#""temperature":0.5"#)
        .model(OLD),
    Feature::new("Temperature above 1").openai(r#"{"temperature":1.5}"#, r#""temperature":1"#).model(OLD),
    Feature::new("Temperature, Claude 4.7 and newer").openai(r#"{"temperature":0.5}"#, "").model(NEW),
    Feature::new("`top_p`")
        .openai(r#"{"top_p":0.5}"#, r#""top_p":0.5"#)
        .anthropic(r#"{"top_p":0.5}"#, r#""top_p":0.5"#)
        .model(OLD),
    Feature::new("`top_p` beside a temperature").openai(r#"{"top_p":0.5,"temperature":0.5}"#, "").model(OLD),
    Feature::new("`top_k`").anthropic(r#"{"top_k":5}"#, ""),
    Feature::new("Seed").openai(r#"{"seed":7}"#, ""),
    Feature::new("Penalties").openai(r#"{"frequency_penalty":0.5,"presence_penalty":0.5}"#, ""),
    Feature::new("`logit_bias`").openai(r#"{"logit_bias":{"50256":-100}}"#, ""),
    Feature::new("Stop sequences")
        .openai(r#"{"stop":["END"]}"#, r#""stop_sequences":["END"]"#)
        .anthropic(r#"{"stop_sequences":["END"]}"#, r#""stop":["END"]"#),
    Feature::new("Stop sequences of white space").openai(r#"{"stop":"\n"}"#, ""),
    Feature::new("Several answers (`n`)").openai(r#"{"n":2}"#, ""),
    Feature::new("Log probabilities").openai(r#"{"logprobs":true,"top_logprobs":2}"#, ""),
    Feature::new("Audio in the answer").openai(r#"{"modalities":["text","audio"],"audio":{"voice":"alloy","format":"wav"}}"#, ""),
    Feature::new("Predicted output").openai(r#"{"prediction":{"type":"content","content":"x"}}"#, ""),
    Feature::new("End user's id")
        .openai(r#"{"user":"u1"}"#, r#""metadata":{"user_id":"u1"}"#)
        .anthropic(r#"{"metadata":{"user_id":"u1"}}"#, r#""user":"u1""#),
    Feature::new("Service tier: automatic")
        .openai(r#"{"service_tier":"auto"}"#, r#""service_tier":"auto""#)
        .anthropic(r#"{"service_tier":"auto"}"#, r#""service_tier":"auto""#),
    Feature::new("Service tier: the ordinary one")
        .openai(r#"{"service_tier":"default"}"#, r#""service_tier":"standard_only""#)
        .anthropic(r#"{"service_tier":"standard_only"}"#, r#""service_tier":"default""#),
    Feature::new("Service tier: flex, priority").openai(r#"{"service_tier":"flex"}"#, ""),
    Feature::new("Cache markers")
        .openai(
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral","ttl":"1h"}}]}]}"#,
            r#""cache_control":{"type":"ephemeral","ttl":"1h"}"#,
        )
        .anthropic(
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral","ttl":"1h"}}]}]}"#,
            "",
        ),
    Feature::new("Stored answers and their metadata").openai(r#"{"store":true,"metadata":{"k":"v"}}"#, ""),
    Feature::new("MCP servers the provider calls")
        .anthropic(r#"{"mcp_servers":[{"type":"url","url":"https://e.org","name":"n"}]}"#, ""),
    Feature::new("Containers and skills").anthropic(r#"{"container":"c_1"}"#, ""),
    Feature::new("Summary of a compacted conversation").anthropic(
        r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"compaction","content":"they greeted"}]},{"role":"user","content":"go on"}]}"#,
        "they greeted",
    ),
    Feature::new("Context management").anthropic(r#"{"context_management":{"edits":[]}}"#, ""),
    Feature::new("Answer that is begun for the model (prefill)")
        .anthropic(r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"The"}]}"#, "The"),
    Feature::new("Streaming")
        .openai(r#"{"stream":true,"stream_options":{"include_usage":true}}"#, r#""stream":true"#)
        .anthropic(r#"{"stream":true}"#, r#""stream":true"#),
    Feature::new("Fields nobody here knows")
        .openai(r#"{"brand_new":1}"#, "")
        .anthropic(r#"{"brand_new":1}"#, ""),
];

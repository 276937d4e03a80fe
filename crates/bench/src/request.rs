//! The request of a run, rendered once.

use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::options::{Dialect, Options};
use crate::target::Target;

/// Head and body in one buffer, written with one call.
pub(crate) fn render(options: &Options, target: &Target) -> Result<Vec<u8>> {
    let body = match &options.body {
        Some(path) => {
            fs::read(path).with_context(|| format!("cannot read the body from {}", path.display()))?
        }
        None => body(options).into_bytes(),
    };
    let path = match options.dialect {
        Dialect::Openai => "/v1/chat/completions",
        Dialect::Anthropic => "/v1/messages",
    };
    let Target { authority, prefix } = target;
    let mut head =
        format!("POST {prefix}{path} HTTP/1.1\r\nhost: {authority}\r\ncontent-type: application/json\r\n");
    if options.dialect == Dialect::Anthropic {
        head.push_str("anthropic-version: 2023-06-01\r\n");
    }
    if let Some(key) = &options.key {
        let name = match options.dialect {
            Dialect::Openai => "authorization: Bearer ",
            Dialect::Anthropic => "x-api-key: ",
        };
        push_header(&mut head, &format!("{name}{key}"))?;
    }
    for header in &options.headers {
        push_header(&mut head, header)?;
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    let mut request = head.into_bytes();
    request.extend_from_slice(&body);
    Ok(request)
}

fn push_header(head: &mut String, header: &str) -> Result<()> {
    let name_ends = header.find(':').filter(|end| *end > 0);
    if name_ends.is_none() || header.contains(['\r', '\n']) {
        bail!("a header looks like 'name: value'");
    }
    head.push_str(header);
    head.push_str("\r\n");
    Ok(())
}

fn body(options: &Options) -> String {
    let sentence = "The harbour master reads the tide tables and opens the gate. ";
    let length = usize::try_from(options.prompt_bytes).unwrap_or(usize::MAX);
    let prompt: String = sentence.chars().cycle().take(length).collect();
    let messages = json!([{"role": "user", "content": prompt}]);
    let (model, stream) = (&options.model, options.stream);
    match options.dialect {
        Dialect::Openai => json!({"model": model, "stream": stream, "messages": messages}),
        Dialect::Anthropic => {
            json!({"model": model, "stream": stream, "max_tokens": 1024, "messages": messages})
        }
    }
    .to_string()
}

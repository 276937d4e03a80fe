//! Which fields may be left out. A field that only tunes the answer is dropped with notice; one whose absence would change what the
//! answer *is* must not be, and the request is refused. Fields the shared form has words for are weighed by the encoders.

use crate::Refused;
use ir::{Ext, Format};
use stdx::RawJson;

/// Refuses a request with fields of another dialect that `target` must not leave out.
pub(crate) fn refuse(fields: &Ext, target: Format) -> Result<(), Refused> {
    let Some(origin) = fields.origin() else { return Ok(()) };
    let weighs = |(field, value): &&(stdx::Str, RawJson)| changes_meaning(origin, field, value);
    match fields.foreign_to(target).iter().find(weighs) {
        None => Ok(()),
        Some((field, _)) => Err(Refused {
            what: field.to_string(),
            why: "it has no counterpart there, and without it the answer would be another one".into(),
        }),
    }
}

/// Whether leaving `field` of `origin`'s request out changes what the answer is.
fn changes_meaning(origin: Format, field: &str, value: &RawJson) -> bool {
    let value = value.as_str();
    match (origin, field) {
        // Sound instead of text.
        (Format::OpenAiChat, "modalities") => value.contains("audio") || value.contains("image"),
        (Format::OpenAiChat, "audio") => value != "null",
        // An answer from the web instead of from memory.
        (Format::OpenAiChat, "web_search_options" | "plugins") => value != "null",
        // Tools that live elsewhere.
        (Format::AnthropicMessages, "mcp_servers") => value != "null" && value != "[]",
        (Format::AnthropicMessages, "container") => value != "null",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_would_change_the_answer_is_refused() {
        let check = |origin, field: &str, value: &str, refused: bool| {
            let mut fields = Ext::default();
            fields.push(origin, field, RawJson::from_valid(value));
            for &target in Format::ALL {
                assert_eq!(
                    refuse(&fields, target).is_err(),
                    refused && target != origin,
                    "{field}: {value} to {target}"
                );
            }
        };
        check(Format::OpenAiChat, "modalities", r#"["text"]"#, false);
        check(Format::OpenAiChat, "modalities", r#"["text","audio"]"#, true);
        check(Format::OpenAiChat, "web_search_options", "{}", true);
        check(Format::OpenAiChat, "logit_bias", "{}", false);
        check(Format::AnthropicMessages, "mcp_servers", "[]", false);
        check(Format::AnthropicMessages, "mcp_servers", r#"[{"type":"url"}]"#, true);
        check(Format::AnthropicMessages, "container", r#""c_1""#, true);
    }
}

//! Which fields may be left out. A field that only tunes the answer is dropped with notice; one whose absence would change what the
//! answer *is* must not be, and the request is refused. Fields the shared form has words for are weighed by the encoders.

use ir::Format;
use stdx::RawJson;

/// Whether leaving `field` of `origin`'s request out changes what the answer is. `field` may carry a path (`messages[0].audio`).
pub(crate) fn changes_meaning(origin: Format, field: &str, value: &RawJson) -> bool {
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

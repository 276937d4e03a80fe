//! Blocks only this dialect has, in plain words: what another dialect can still tell its model of them.

use crate::json::node::{Content, Text, node};
use ir::Foreign;

node! {
    struct Block<'a> {
        "source" => source: &'a serde_json::value::RawValue,
        "title" => title: Text<'a>,
        "content" => content: Content<'a>,
    }
}

node! {
    /// A document made of blocks.
    struct Inner<'a> {
        "content" => content: Content<'a>,
    }
}

node! {
    struct Words<'a> {
        "text" => text: Text<'a>,
    }
}

/// A search result, a document made of blocks, or the summary of a compacted conversation; `None` for all else.
pub(crate) fn plain(foreign: &Foreign) -> Option<String> {
    let block: Block<'_> = stdx::json::from_str(foreign.json.as_str()).ok()?;
    let (head, words) = match foreign.kind.as_str() {
        "search_result" => {
            let source: Text<'_> = stdx::json::from_str(block.source?.get()).ok()?;
            let title = block.title.map(|title| title.0).unwrap_or_default();
            (format!("{title} ({})", source.0), words(block.content?))
        }
        "document" => {
            let inner: Inner<'_> = stdx::json::from_str(block.source?.get()).ok()?;
            (block.title.map(|title| title.0.into_owned()).unwrap_or_default(), words(inner.content?))
        }
        "compaction" => ("Summary of the conversation so far:".to_owned(), words(block.content?)),
        _ => return None,
    };
    let parts = [head, words];
    let said: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.trim().is_empty()).collect();
    (!said.is_empty()).then(|| said.join("\n"))
}

fn words(content: Content<'_>) -> String {
    match content {
        Content::Text(text) => text.0.into_owned(),
        Content::Blocks(blocks) => {
            let texts =
                blocks.into_iter().filter_map(|raw| stdx::json::from_str::<Words<'_>>(raw.get()).ok()?.text);
            texts.map(|text| text.0.into_owned()).collect::<Vec<_>>().join("\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ir::Format;
    use stdx::RawJson;

    #[test]
    fn what_can_be_told_is_told() {
        let check = |kind: &str, json: &str, expected: Option<&str>| {
            let foreign = Foreign {
                origin: Format::AnthropicMessages,
                kind: kind.into(),
                json: RawJson::from_valid(json),
            };
            assert_eq!(plain(&foreign).as_deref(), expected, "{json}");
        };
        check(
            "search_result",
            r#"{"source":"https://e.org","title":"t","content":[{"type":"text","text":"a"}]}"#,
            Some("t (https://e.org)\na"),
        );
        check("document", r#"{"source":{"type":"content","content":"a"}}"#, Some("a"));
        check("compaction", r#"{"content":"s"}"#, Some("Summary of the conversation so far:\ns"));
        check("compaction", r#"{"content":null}"#, None);
        check("container_upload", r#"{"file_id":"f"}"#, None);
    }
}

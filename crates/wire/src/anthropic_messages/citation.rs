//! Citations: kept as written for this dialect, with the words other dialects share read out of them.

use super::{
    ORIGIN,
    node::{Source, Text, node},
    out::Json,
};
use ir::Citation;
use serde_json::value::RawValue;

node! {
    /// The members of all citation types that others have words for.
    struct Wire<'a> {
        "cited_text" => cited_text: Text<'a>,
        "url" => url: Text<'a>,
        "source" => source: Text<'a>,
        "title" => title: Text<'a>,
        "document_title" => document_title: Text<'a>,
    }
}

/// Reads a text block's `citations`; anything but a list of objects is none.
pub(super) fn list(source: Source<'_>, raw: &RawValue) -> Vec<Citation> {
    let citations: Vec<&RawValue> = stdx::json::from_str(raw.get()).unwrap_or_default();
    citations.into_iter().filter_map(|raw| one(source, raw)).collect()
}

/// Reads one citation.
pub(super) fn one(source: Source<'_>, raw: &RawValue) -> Option<Citation> {
    let wire: Wire<'_> = stdx::json::from_str(raw.get()).ok()?;
    let is_url = |text: &Text<'_>| text.0.starts_with("http://") || text.0.starts_with("https://");
    let url = wire.url.or(wire.source.filter(is_url));
    Some(Citation {
        url: url.map(|text| source.str(text)),
        title: wire.title.or(wire.document_title).map(|text| source.str(text)),
        quote: wire.cited_text.map(|text| source.str(text)),
        span: None,
        origin: ORIGIN,
        raw: source.raw(raw),
    })
}

/// Whether this dialect can say the citation.
pub(super) fn can_say(citation: &Citation) -> bool {
    citation.origin == ORIGIN || citation.url.is_some()
}

/// Writes a citation that `can_say` allowed: its own form, or that of a web search result, the one type that needs only an address.
pub(super) fn write(json: &mut Json<'_>, citation: &Citation) {
    if citation.origin == ORIGIN {
        return json.raw(citation.raw.as_str());
    }
    json.object(|json| {
        json.text("type", "web_search_result_location");
        json.text("cited_text", citation.quote.as_deref().unwrap_or_default());
        json.text("url", citation.url.as_deref().unwrap_or_default());
        json.text("title", citation.title.as_deref().unwrap_or_default());
        // Only Anthropic can issue an index; an empty one says that there is none.
        json.text("encrypted_index", "");
    });
}

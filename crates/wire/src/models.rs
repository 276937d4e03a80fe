//! The listing of models, in each dialect. The gateway's names have no birthday, so `created` is the epoch.

use bytes::Bytes;
use ir::Format;
use serde_json::{Value, json};

/// All of `names`, as the dialect's listing. One page holds them all.
pub fn list<'a>(format: Format, names: impl Iterator<Item = &'a str>) -> Bytes {
    let data: Vec<Value> = names.map(|name| card(format, name)).collect();
    let ends = |card: Option<&Value>| card.and_then(|card| card.get("id")).cloned();
    let page = match format {
        Format::OpenAiChat => json!({ "object": "list", "data": data }),
        Format::AnthropicMessages => {
            json!({ "first_id": ends(data.first()), "last_id": ends(data.last()), "has_more": false, "data": data })
        }
    };
    page.to_string().into()
}

/// One model.
pub fn one(format: Format, name: &str) -> Bytes {
    card(format, name).to_string().into()
}

fn card(format: Format, name: &str) -> Value {
    match format {
        Format::OpenAiChat => json!({ "id": name, "object": "model", "created": 0, "owned_by": "tidegate" }),
        Format::AnthropicMessages => {
            json!({
                "type": "model",
                "id": name,
                "display_name": name,
                "created_at": "1970-01-01T00:00:00Z",
                "lifecycle": "active",
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dialect_lists_in_its_own_shape() {
        let read = |format| serde_json::from_slice::<Value>(&list(format, ["a", "b"].into_iter())).unwrap();
        assert_eq!(read(Format::OpenAiChat)["data"][1]["id"], "b");
        let page = read(Format::AnthropicMessages);
        assert_eq!((&page["first_id"], &page["last_id"]), (&json!("a"), &json!("b")));
        assert_eq!(
            serde_json::from_slice::<Value>(&one(Format::OpenAiChat, "a")).unwrap()["object"],
            "model"
        );
    }

    #[test]
    fn an_empty_listing_is_still_a_page() {
        let page: Value =
            serde_json::from_slice(&list(Format::AnthropicMessages, std::iter::empty())).unwrap();
        assert_eq!(page["first_id"], Value::Null);
    }
}

//! Where images and documents come from: inline data, URLs, files.

use serde_json::Value;

use super::request::{expected, required};
use crate::fault::Fault;
use crate::request::{present, text};

const IMAGE_TYPES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/// Checks where an image or a document comes from.
pub(super) fn source(block: &Value, path: &str) -> Result<(), Fault> {
    let source = present(block, "source").ok_or_else(|| required(&format!("{path}.source")))?;
    let image = path.ends_with("image");
    let kind = text(source, "type");
    let path = format!("{path}.source.{kind}");
    let field = |name: &str| {
        let value = present(source, name).and_then(Value::as_str);
        value.ok_or_else(|| required(&format!("{path}.{name}")))
    };
    match kind {
        "base64" => {
            let media_type = field("media_type")?;
            if image && !IMAGE_TYPES.contains(&media_type) {
                return Err(expected(
                    &format!("{path}.media_type"),
                    "'image/jpeg', 'image/png', 'image/gif' or 'image/webp'",
                ));
            }
            if !image && media_type != "application/pdf" {
                return Err(expected(&format!("{path}.media_type"), "'application/pdf'"));
            }
            let data = field("data")?;
            let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
            if data.is_empty() || !data.len().is_multiple_of(4) || !data.bytes().all(is_base64) {
                return Err(Fault::invalid(format!("{path}.data: Invalid base64 data")));
            }
            Ok(())
        }
        "url" => field("url").map(|_| ()),
        "file" => field("file_id").map(|_| ()),
        "text" if !image => field("data").map(|_| ()),
        "content" if !image => Ok(()),
        other => Err(Fault::invalid(format!(
            "{path}: Input tag '{other}' found using 'type' is not a known source"
        ))),
    }
}

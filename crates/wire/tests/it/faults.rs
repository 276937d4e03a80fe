//! Recorded errors, read and said again: status, class and code.

use crate::fixtures;
use ir::{FaultKind, Format};
use serde_json::{Value, json};
use wire::{BadBody, table};

/// The type each dialect's SDK finds in the body.
fn told(format: Format, body: &[u8]) -> (String, String) {
    let body: Value = serde_json::from_slice(body).unwrap();
    let text = |name: &str| body["error"][name].as_str().unwrap_or_default().to_owned();
    assert!(!text("message").is_empty(), "{body}");
    if format == Format::AnthropicMessages {
        assert_eq!(body["type"], "error");
    }
    (text("type"), text("code"))
}

#[test]
fn recorded_errors_keep_their_class_in_every_dialect() {
    let mut count = 0;
    for case in fixtures::all().into_iter().filter(|case| case.status >= 400) {
        let fault = table::codec(case.format).decode_fault(case.status, &case.response);
        let upstream = fault.upstream.as_ref().unwrap_or_else(|| panic!("{}: nobody to blame", case.name));
        assert_eq!(upstream.status, case.status, "{}", case.name);
        for &client in Format::ALL {
            let (status, body) = table::codec(client).encode_fault(&fault, "req_1");
            let (kind, code) = told(client, &body);
            assert!(!kind.is_empty() && !code.is_empty(), "{}", case.name);
            match fault.kind {
                FaultKind::UpstreamRejected => assert_eq!(status, case.status, "{}", case.name),
                FaultKind::RateLimited => assert_eq!(status, 429, "{}", case.name),
                _ => assert!(status >= 500, "{}: {status}", case.name),
            }
            // Told again, it is the same kind of error.
            let again = table::codec(client).decode_fault(status, &body);
            if fault.kind != FaultKind::UpstreamError {
                assert_eq!(again.kind, fault.kind, "{}", case.name);
            }
            emit(&case, client, status, &body, &kind, &code);
            count += 1;
        }
    }
    println!("{count} errors said");
}

fn emit(case: &fixtures::Case, client: Format, status: u16, body: &[u8], kind: &str, code: &str) {
    let Some(folder) = std::env::var_os("TIDEGATE_EMIT_CROSS") else { return };
    std::fs::create_dir_all(&folder).unwrap();
    let file = format!("{}.{}.error.json", case.name.replace('/', "__"), client.name());
    let case = json!({
        "case": case.name, "upstream": case.format.name(), "format": client.name(), "kind": "error", "status": status,
        "body": String::from_utf8_lossy(body), "expect": { "type": kind, "code": code },
    });
    std::fs::write(std::path::Path::new(&folder).join(file), serde_json::to_vec_pretty(&case).unwrap())
        .unwrap();
}

#[test]
fn a_bad_body_names_its_field_in_both_dialects() {
    for (format, json) in [
        (Format::OpenAiChat, r#"{"model":"m","messages":"hello"}"#),
        (Format::AnthropicMessages, r#"{"model":"m","messages":"hello"}"#),
    ] {
        let bad: BadBody = table::codec(format).decode_request(&json.into()).unwrap_err();
        assert_eq!(bad.param.as_deref(), Some("messages"), "{format}: {bad}");
        assert!(!bad.message.contains("hello"), "{format}: {bad}");
    }
}

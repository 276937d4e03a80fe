//! Requests that real providers took: the simulator must not be stricter than they are. Skipped where the recordings
//! are not at hand.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{post, see, simulator};

/// Folder of the recordings: named by the environment, or beside the workspace.
fn recordings() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let folder = std::env::var_os("TIDEGATE_FIXTURES").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// Complaints that are right: the simulator signs other thoughts than the provider, and does not speak.
const RIGHT: [&str; 3] = ["Invalid `signature` in", "Invalid `data` in", "does not speak"];

async fn check(folder: &str, path: &str) {
    let Some(root) = recordings() else {
        println!("skipped: no recordings; set TIDEGATE_FIXTURES to their folder");
        return;
    };
    let sim = simulator();
    let (mut taken, mut complaints) = (0, Vec::new());
    for entry in std::fs::read_dir(root.join(folder)).unwrap() {
        let meta_path = entry.unwrap().path();
        let Some(stem) = meta_path.to_str().and_then(|path| path.strip_suffix(".meta.json")) else {
            continue;
        };
        let meta: Value = serde_json::from_slice(&std::fs::read(&meta_path).unwrap()).unwrap();
        let Ok(body) = std::fs::read(format!("{stem}.request.json")) else { continue };
        if meta["response"]["status"] != 200 {
            continue;
        }
        let seen = see(&sim, post(path, "", body)).await;
        let said = if seen.status == 200 { String::new() } else { seen.text };
        if said.is_empty() || RIGHT.iter().any(|right| said.contains(right)) {
            taken += 1;
        } else {
            complaints.push(format!("{stem}: {said}"));
        }
    }
    assert!(taken > 0 && complaints.is_empty(), "{taken} taken, but:\n{}", complaints.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn recorded_chat_completions_are_taken() {
    check("openai/chat", "/v1/chat/completions").await;
}

#[tokio::test(start_paused = true)]
async fn recorded_messages_are_taken() {
    check("anthropic/messages", "/v1/messages").await;
}

#[tokio::test(start_paused = true)]
async fn recorded_counts_are_taken() {
    check("anthropic/count_tokens", "/v1/messages/count_tokens").await;
}

//! Recordings of providers, where there are any: `TIDEGATE_FIXTURES`, or `../shared/fixtures` next to the workspace.
//! They are never part of the project; without them the tests that need them say so and pass.

use bytes::Bytes;
use ir::Format;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// One recorded exchange.
pub(crate) struct Case {
    /// `provider/endpoint/case`.
    pub(crate) name: String,
    pub(crate) format: Format,
    pub(crate) request: Option<Bytes>,
    pub(crate) response: Bytes,
    pub(crate) status: u16,
    pub(crate) is_stream: bool,
}

/// Folders that hold OpenAI chat completions.
const OPENAI: &[&str] = &[
    "alibaba/chat",
    "azure/chat",
    "bedrock/chat",
    "cerebras/chat",
    "crusoe/chat",
    "deepseek/chat",
    "gemini/openai-compat-chat",
    "groq/chat",
    "heroku/chat",
    "huggingface/chat",
    "mistral/chat",
    "moonshot/chat",
    "ollama/chat",
    "openai/chat",
    "openai/errors",
    "openai-compatible/chat",
    "openrouter/chat",
    "perplexity/chat",
    "snowflake/chat",
    "together/chat",
    "xai/chat",
    "zai/chat",
];
const ANTHROPIC: &[&str] = &["anthropic/messages", "anthropic/errors"];

pub(crate) fn root() -> Option<PathBuf> {
    let root = match std::env::var_os("TIDEGATE_FIXTURES") {
        Some(root) => PathBuf::from(root),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures"),
    };
    if !root.is_dir() {
        println!("skipped: no recordings at {}", root.display());
        return None;
    }
    Some(root)
}

/// All recordings of chat in formats there is a codec for.
pub(crate) fn all() -> Vec<Case> {
    let Some(root) = root() else { return Vec::new() };
    let folders = OPENAI.iter().map(|folder| (folder, Format::OpenAiChat));
    let folders = folders.chain(ANTHROPIC.iter().map(|folder| (folder, Format::AnthropicMessages)));
    let mut cases: Vec<Case> =
        folders.flat_map(|(folder, format)| folder_cases(&root, folder, format)).collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

fn folder_cases(root: &Path, folder: &str, format: Format) -> Vec<Case> {
    let Ok(entries) = std::fs::read_dir(root.join(folder)) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.to_string_lossy().ends_with(".meta.json"))
        .map(|path| case(&path, format))
        .collect()
}

fn case(path: &Path, format: Format) -> Case {
    let meta: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let file = |name: &str| {
        meta["files"][name]
            .as_str()
            .map(|file| Bytes::from(std::fs::read(path.with_file_name(file)).unwrap()))
    };
    Case {
        name: meta["case"].as_str().unwrap().to_string(),
        format,
        request: file("request"),
        response: file("response").unwrap_or_default(),
        status: u16::try_from(meta["response"]["status"].as_u64().unwrap_or(200)).unwrap(),
        is_stream: meta["files"]["response"].as_str().is_some_and(|file| file.ends_with(".sse")),
    }
}

//! Label sets. Names follow OpenTelemetry's GenAI conventions where a metric does, and are short elsewhere.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelSetEncoder, LabelValueEncoder};
use std::{fmt, sync::Arc};

/// Provider and model of a series.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    pub(crate) provider: Arc<str>,
    pub(crate) model: Arc<str>,
}

/// A label set made of a target and fixed words, written under the names its family has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Labels<const N: usize> {
    pub(crate) target: Option<Target>,
    pub(crate) genai: bool,
    pub(crate) words: [(&'static str, &'static str); N],
}

impl<const N: usize> Labels<N> {
    /// `provider`, `model` and further words.
    pub(crate) fn plain(target: &Target, words: [(&'static str, &'static str); N]) -> Self {
        Self { target: Some(target.clone()), genai: false, words }
    }

    /// `gen_ai_provider_name`, `gen_ai_request_model` and further words.
    pub(crate) fn genai(target: &Target, words: [(&'static str, &'static str); N]) -> Self {
        Self { target: Some(target.clone()), genai: true, words }
    }

    /// Words only.
    pub(crate) fn bare(words: [(&'static str, &'static str); N]) -> Self {
        Self { target: None, genai: false, words }
    }
}

impl<const N: usize> EncodeLabelSet for Labels<N> {
    fn encode(&self, encoder: &mut LabelSetEncoder) -> fmt::Result {
        let (provider, model) =
            if self.genai { ("gen_ai_provider_name", "gen_ai_request_model") } else { ("provider", "model") };
        if let Some(target) = &self.target {
            label(encoder, provider, &target.provider)?;
            label(encoder, model, &target.model)?;
        }
        self.words.iter().try_for_each(|(name, value)| label(encoder, name, value))
    }
}

/// Writes one label; the encoder escapes the value.
pub(crate) fn label(encoder: &mut LabelSetEncoder, name: &str, value: &str) -> fmt::Result {
    use prometheus_client::encoding::EncodeLabelKey;
    let mut label = encoder.encode_label();
    let mut key = label.encode_label_key()?;
    EncodeLabelKey::encode(&name, &mut key)?;
    let mut text: LabelValueEncoder<'_> = key.encode_label_value()?;
    EncodeLabelValue::encode(&value, &mut text)?;
    text.finish()
}

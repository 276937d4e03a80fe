//! The codecs there are, by format.

use crate::{ChatCodec, anthropic_messages::AnthropicMessages, openai_chat::OpenAiChat};
use ir::Format;

/// The codec of `format`.
pub fn codec(format: Format) -> &'static dyn ChatCodec {
    match format {
        Format::OpenAiChat => &OpenAiChat,
        Format::AnthropicMessages => &AnthropicMessages,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_its_own_codec() {
        for &format in Format::ALL {
            assert_eq!(codec(format).format(), format);
        }
    }
}

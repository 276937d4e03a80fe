//! Reading one JSON object into a struct of optional fields, in one pass and mostly without copying: known members typed,
//! unknown ones kept raw, duplicates of known ones refused because two parsers may disagree on which of them counts.

use bytes::Bytes;
use serde::de::{Deserialize, Deserializer, Visitor};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt, marker::PhantomData};
use stdx::{RawJson, Str};

/// A JSON string, borrowed where it has no escapes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor).map(Text)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text))
    }
}

/// Content that may be one string or a list of blocks; the blocks stay raw for a second, typed look.
#[derive(Debug)]
pub(crate) enum Content<'a> {
    Text(Text<'a>),
    Blocks(Vec<&'a RawValue>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a list of content blocks")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Content::Text(Text(Cow::Borrowed(text))))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Content::Text(Text(Cow::Owned(text.to_owned()))))
    }
    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut blocks = Vec::with_capacity(4);
        while let Some(block) = seq.next_element::<&'de RawValue>()? {
            blocks.push(block);
        }
        Ok(Content::Blocks(blocks))
    }
}

/// Members a node has no field for, as written.
pub(crate) type Rest<'a> = Vec<(Text<'a>, &'a RawValue)>;

/// Any object, member by member.
#[derive(Debug, Default)]
pub(crate) struct Members<'a>(pub(crate) Rest<'a>);

impl<'de> Node<'de> for Members<'de> {
    fn member<A: serde::de::MapAccess<'de>>(&mut self, _: &str, _: &mut A) -> Result<bool, A::Error> {
        Ok(false)
    }
    fn rest(&mut self) -> &mut Rest<'de> {
        &mut self.0
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(NodeVisitor(PhantomData))
    }
}

/// A struct that [`node!`] made.
pub(crate) trait Node<'de>: Default {
    /// Reads the value of `key` if it is a known member.
    fn member<A: serde::de::MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error>;
    fn rest(&mut self) -> &mut Rest<'de>;
}

pub(crate) struct NodeVisitor<N>(pub(crate) PhantomData<N>);

impl<'de, N: Node<'de>> Visitor<'de> for NodeVisitor<N> {
    type Value = N;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<N, A::Error> {
        let mut node = N::default();
        while let Some(key) = map.next_key::<Text<'de>>()? {
            if !node.member(&key.0, &mut map)? {
                let value = map.next_value::<&'de RawValue>()?;
                node.rest().push((key, value));
            }
        }
        Ok(node)
    }
}

/// Declares a struct whose fields are members of a JSON object, all optional; `null` counts as absent.
macro_rules! node {
    ($(#[$doc:meta])* struct $name:ident<$life:lifetime> { $($key:literal => $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(crate) struct $name<$life> {
            $(pub(crate) $field: Option<$type>,)*
            pub(crate) rest: $crate::json::node::Rest<$life>,
        }
        impl<$life> $crate::json::node::Node<$life> for $name<$life> {
            fn member<A: serde::de::MapAccess<$life>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
                match key {
                    $($key => {
                        if self.$field.is_some() {
                            return Err(serde::de::Error::duplicate_field($key));
                        }
                        self.$field = map.next_value()?;
                        Ok(true)
                    })*
                    _ => Ok(false),
                }
            }
            fn rest(&mut self) -> &mut $crate::json::node::Rest<$life> {
                &mut self.rest
            }
        }
        impl<$life> serde::Deserialize<$life> for $name<$life> {
            fn deserialize<D: serde::Deserializer<$life>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_map($crate::json::node::NodeVisitor(std::marker::PhantomData))
            }
        }
    };
}
pub(crate) use node;

/// Where the text being read lives: with the body's bytes at hand, what is read becomes views of them.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a>(Option<&'a Bytes>);

impl<'a> Source<'a> {
    /// Everything read borrows from `body`.
    pub(crate) const fn of(body: &'a Bytes) -> Self {
        Self(Some(body))
    }

    /// The text is gone after the call: copy.
    pub(crate) const fn passing() -> Self {
        Self(None)
    }

    pub(crate) fn str(self, text: Text<'_>) -> Str {
        match text.0 {
            Cow::Borrowed(text) => self.view(text),
            Cow::Owned(text) => text.into(),
        }
    }

    pub(crate) fn raw(self, raw: &RawValue) -> RawJson {
        RawJson::from_valid(self.view(raw.get()))
    }

    /// A raw value's own text.
    pub(crate) fn text(self, raw: &RawValue) -> Str {
        self.view(raw.get())
    }

    fn view(self, text: &str) -> Str {
        let inside = |body: &&Bytes| body.as_ptr_range().contains(&text.as_ptr());
        match self.0.filter(inside) {
            Some(body) => Str::from_utf8(body.slice_ref(text.as_bytes())).unwrap_or_default(),
            None => text.into(),
        }
    }
}

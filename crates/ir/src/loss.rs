//! What a translation could not say the same way. Collected while encoding, shown in `x-tidegate-loss`.

use stdx::Str;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The field or block, in the words of the dialect it came from (`messages[2].content[0]`, `seed`).
    pub what: Str,
    pub fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Said in other words that mean nearly the same.
    Approximated,
    /// Not said at all.
    Dropped,
}

impl Fate {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approximated => "approximated",
            Self::Dropped => "dropped",
        }
    }
}

/// The losses of one translation; the list is bounded, further ones are only counted.
#[derive(Clone, Debug, Default)]
pub struct Losses {
    list: Vec<Loss>,
    more: usize,
}

impl Losses {
    /// How many losses are named one by one.
    pub const NAMED: usize = 32;

    pub fn approximated(&mut self, what: impl Into<Str>) {
        self.push(what.into(), Fate::Approximated);
    }

    pub fn dropped(&mut self, what: impl Into<Str>) {
        self.push(what.into(), Fate::Dropped);
    }

    fn push(&mut self, what: Str, fate: Fate) {
        let loss = Loss { what, fate };
        if self.list.contains(&loss) {
            return;
        }
        if self.list.len() < Self::NAMED { self.list.push(loss) } else { self.more += 1 }
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn named(&self) -> &[Loss] {
        &self.list
    }

    /// The header's text: `dropped=seed, approximated=tool_choice`, printable ASCII only.
    pub fn header(&self) -> String {
        let mut text = String::new();
        for loss in &self.list {
            if !text.is_empty() {
                text.push_str(", ");
            }
            text.push_str(loss.fate.name());
            text.push('=');
            text.extend(loss.what.chars().map(|c| if c.is_ascii_graphic() && c != ',' { c } else { '_' }));
        }
        if self.more > 0 {
            text.push_str(&format!(", and {} more", self.more));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_ascii_bounded_and_without_repeats() {
        let mut losses = Losses::default();
        losses.dropped("seed");
        losses.dropped("seed");
        losses.approximated("tööl, choice");
        assert_eq!(losses.header(), "dropped=seed, approximated=t__l__choice");
        for i in 0..100 {
            losses.dropped(format!("f{i}"));
        }
        assert!(losses.header().ends_with("and 70 more"));
    }
}

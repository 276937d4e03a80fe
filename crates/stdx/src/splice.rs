//! Byte-exact edits: replace and insert by span, without touching or copying the rest.

use bytes::Bytes;
use smallvec::SmallVec;
use std::ops::Range;

/// The pieces of an edited text, in order; unedited ones are views of the original.
pub type Pieces = SmallVec<[Bytes; 4]>;

/// One edit: what stands at `span` gives way to `with`. An empty span inserts, an empty `with` removes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub span: Range<usize>,
    pub with: Bytes,
}

impl Edit {
    pub fn replace(span: Range<usize>, with: impl Into<Bytes>) -> Self {
        Self { span, with: with.into() }
    }

    pub fn insert(at: usize, with: impl Into<Bytes>) -> Self {
        Self::replace(at..at, with)
    }
}

/// Applies `edits`, which must be in order and must not overlap; one that breaks this rule, or lies outside the text, is left out.
/// Without edits the original itself comes back.
pub fn splice(original: &Bytes, edits: &[Edit]) -> Pieces {
    let mut pieces = Pieces::new();
    let mut done = 0;
    for edit in edits {
        let in_order =
            done <= edit.span.start && edit.span.start <= edit.span.end && edit.span.end <= original.len();
        debug_assert!(in_order, "edits must be sorted, apart, and inside the text");
        if !in_order {
            continue;
        }
        if done < edit.span.start {
            pieces.push(original.slice(done..edit.span.start));
        }
        if !edit.with.is_empty() {
            pieces.push(edit.with.clone());
        }
        done = edit.span.end;
    }
    if done == 0 {
        pieces.push(original.clone());
    } else if done < original.len() {
        pieces.push(original.slice(done..));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(pieces: &[Bytes]) -> String {
        pieces.iter().map(|piece| std::str::from_utf8(piece).unwrap()).collect()
    }

    #[test]
    fn edits_change_their_span_and_nothing_else() {
        let original = Bytes::from_static(b"hello brave world");
        let edits = [Edit::replace(0..5, "goodbye"), Edit::replace(5..11, ""), Edit::insert(17, "!")];
        assert_eq!(text(&splice(&original, &edits)), "goodbye world!");
    }

    #[test]
    fn unedited_bytes_are_shared_not_copied() {
        let original = Bytes::from(vec![b'x'; 100]);
        let pieces = splice(&original, &[]);
        assert_eq!((pieces.len(), pieces[0].as_ptr()), (1, original.as_ptr()));
        let pieces = splice(&original, &[Edit::replace(10..20, "y")]);
        assert_eq!((pieces.len(), pieces[2].as_ptr()), (3, original[20..].as_ptr()));
    }

    #[test]
    fn an_insertion_at_the_start_keeps_the_whole() {
        assert_eq!(text(&splice(&Bytes::from_static(b"b"), &[Edit::insert(0, "a")])), "ab");
    }
}

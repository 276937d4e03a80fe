//! Made-up prose and its division into tokens. One piece is one token, here and in the usage that is reported.

use crate::random::Random;

/// Longest piece, in characters.
const LONGEST: usize = 8;

const WORDS: &[&str] = &[
    "the", "tide", "rises", "and", "falls", "with", "a", "steady", "rhythm", "while", "gates", "open", "at",
    "dawn", "to", "let", "small", "boats", "pass", "between", "harbour", "walls", "where", "lamps", "mark",
    "every", "channel", "under", "clear", "skies", "north", "wind", "carries", "salt", "over", "quiet",
    "fields", "until", "evening", "comes", "again", "naïve", "gulls", "circle", "above", "café", "roofs",
    "slowly",
];

/// Splits text into pieces that join to exactly the same text.
pub(crate) fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut length = 0;
    for letter in text.chars() {
        let word_starts = letter.is_whitespace() && !piece.ends_with(char::is_whitespace);
        if length > 0 && (word_starts || length == LONGEST) {
            pieces.push(std::mem::take(&mut piece));
            length = 0;
        }
        piece.push(letter);
        length += 1;
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

/// Number of tokens of a text, counted as [`pieces`] would.
pub(crate) fn tokens(text: &str) -> u64 {
    let (mut count, mut length, mut after_space) = (0, 0, false);
    for letter in text.chars() {
        let space = letter.is_whitespace();
        if length == 0 || (space && !after_space) || length == LONGEST {
            count += 1;
            length = 0;
        }
        length += 1;
        after_space = space;
    }
    count
}

/// Prose of exactly `count` tokens: sentences of made-up words.
pub(crate) fn prose(random: &mut Random, count: usize) -> Vec<String> {
    let mut prose = Vec::with_capacity(count.min(4_096));
    let mut left_in_sentence = 0;
    while prose.len() < count {
        let starts = left_in_sentence == 0;
        if starts {
            left_in_sentence = 6 + random.below(8);
        }
        left_in_sentence -= 1;
        let word = WORDS.get(random.below(WORDS.len())).copied().unwrap_or("tide");
        let mut piece = String::with_capacity(10);
        if !prose.is_empty() {
            piece.push(' ');
        }
        if starts {
            piece.extend(capitalised(word))
        } else {
            piece.push_str(word)
        }
        if left_in_sentence == 0 || prose.len() + 1 == count {
            piece.push('.');
        }
        prose.push(piece);
    }
    prose
}

fn capitalised(word: &str) -> impl Iterator<Item = char> {
    let mut letters = word.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters)
}

/// The first `most` characters of a text, on one line.
pub(crate) fn excerpt(text: &str, most: usize) -> String {
    let mut line: String =
        text.chars().take(most).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if text.chars().nth(most).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join_to_the_text_and_count_like_tokens() {
        for text in [
            "",
            "a",
            "two words",
            "  lead\n\n and trail  ",
            "日本語のとても長い文章です",
            "{\"key\":\"a value\"}",
        ] {
            let pieces = pieces(text);
            assert_eq!(pieces.concat(), text);
            assert_eq!(tokens(text), pieces.len() as u64, "{text:?}");
        }
    }

    #[test]
    fn prose_has_the_length_asked_for() {
        for count in [0, 1, 7, 300] {
            assert_eq!(prose(&mut Random::new(1), count).len(), count);
        }
    }
}

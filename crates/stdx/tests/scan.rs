//! The scanner against `serde_json`: it must accept and refuse the same texts, and find the same members.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

use bytes::Bytes;
use proptest::prelude::*;
use stdx::{
    json::{self, Kind, MAX_DEPTH},
    splice::{Edit, splice},
};

/// What `serde_json` says, read as text so that numbers of any size pass; lone surrogates are syntax to us and are left out by the tests.
fn accepted(text: &[u8]) -> bool {
    serde_json::from_slice::<&serde_json::value::RawValue>(text).is_ok()
}

#[test]
fn well_formed_texts_are_accepted() {
    for text in [
        "{}",
        " [ ] ",
        "null",
        "-0",
        "1e5",
        "0.5E-3",
        r#"{"a":[{},[],"x",1,true,null]}"#,
        r#""\u00fc\n""#,
        "\"ü\u{7f}\"",
    ] {
        assert!(json::validate(text.as_bytes()).is_ok(), "{text}");
        assert!(accepted(text.as_bytes()), "{text}");
    }
}

#[test]
fn malformed_texts_are_refused_with_a_place() {
    let cases: &[(&[u8], usize)] = &[
        (b"", 0),
        (b"{", 1),
        (b"{\"a\"}", 4),
        (b"{\"a\":}", 5),
        (b"{\"a\":1,}", 7),
        (b"{a:1}", 1),
        (b"[1,]", 3),
        (b"[1 2]", 3),
        (b"[1}", 2),
        (b"01", 1),
        (b"1.", 2),
        (b"-", 1),
        (b"1e", 2),
        (b"+1", 0),
        (b"tru", 0),
        (b"\"a", 2),
        (b"\"\\x\"", 1),
        (b"\"\\u12g4\"", 1),
        (b"\"\n\"", 1),
        (b"\"\0\"", 1),
        (b"{} {}", 3),
        (b"\"\xff\"", 1),
        (b"\"ok\xed\xa0\x80\"", 3),
        (b"\xef\xbb\xbf{}", 0),
        (b"NaN", 0),
        (b"[1,\x0c2]", 3),
    ];
    for (text, at) in cases {
        let shown = String::from_utf8_lossy(text);
        assert!(!accepted(text), "{shown}");
        assert_eq!(json::validate(text).expect_err(&shown).at, *at, "{shown}");
    }
}

#[test]
fn nesting_is_bounded_without_recursion() {
    let nest = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(json::validate(nest(MAX_DEPTH).as_bytes()).is_ok());
    assert_eq!(json::validate(nest(MAX_DEPTH + 1).as_bytes()).unwrap_err().at, MAX_DEPTH);
    assert!(json::validate("[".repeat(1_000_000).as_bytes()).is_err());
    assert!(
        json::validate_within(nest(9).as_bytes(), 9).is_ok()
            && json::validate_within(nest(10).as_bytes(), 9).is_err()
    );
    let objects = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    assert!(json::members(objects(MAX_DEPTH).as_bytes(), &mut |_| {}).is_ok());
    assert!(json::members(objects(MAX_DEPTH + 1).as_bytes(), &mut |_| {}).is_err());
}

#[test]
fn members_and_elements_are_found_where_they_stand() {
    let text = br#" { "a" : [1, "x" , {"y":2}] , "\u0062":"q", "a":null } "#;
    let mut seen = Vec::new();
    json::members(text, &mut |member| {
        seen.push((
            member.name(text).unwrap().into_owned(),
            String::from_utf8_lossy(member.raw_value(text)).into_owned(),
            member.kind,
        ));
    })
    .unwrap();
    let row = |name: &str, value: &str, kind| (name.to_string(), value.to_string(), kind);
    let list = r#"[1, "x" , {"y":2}]"#;
    assert_eq!(
        seen,
        [row("a", list, Kind::Array), row("b", "\"q\"", Kind::String), row("a", "null", Kind::Null)]
    );
    let mut seen = Vec::new();
    json::elements(text, 9..27, &mut |span, kind| {
        seen.push((String::from_utf8_lossy(&text[span]).into_owned(), kind))
    })
    .unwrap();
    let row = |value: &str, kind| (value.to_string(), kind);
    assert_eq!(seen, [row("1", Kind::Number), row("\"x\"", Kind::String), row("{\"y\":2}", Kind::Object)]);
}

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        ".{0,90}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::hash_map(".{0,12}", inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_an_encoder_writes_is_accepted(value in json_value()) {
        for text in [serde_json::to_vec(&value).unwrap(), serde_json::to_vec_pretty(&value).unwrap()] {
            prop_assert!(json::validate(&text).is_ok());
        }
    }

    #[test]
    fn damage_is_judged_as_serde_judges_it(value in json_value(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = serde_json::to_vec(&value).unwrap();
        let at = at.index(text.len());
        text[at] = byte;
        // The only differences wanted: depth, and half a surrogate pair, which is good syntax.
        prop_assume!(!text.windows(2).any(|pair| pair == b"\\u"));
        prop_assert_eq!(json::validate(&text).is_ok(), accepted(&text));
    }

    #[test]
    fn any_bytes_are_judged_as_serde_judges_them(text in prop::collection::vec(prop::sample::select(b"{}[]\",:1-.e \\nulltrua\x00\xc3\xa4".to_vec()), 0..24)) {
        prop_assume!(!text.windows(2).any(|pair| pair == b"\\u"));
        prop_assert_eq!(json::validate(&text).is_ok(), accepted(&text));
    }

    #[test]
    fn members_are_what_serde_finds(value in json_value()) {
        prop_assume!(value.is_object());
        let text = serde_json::to_vec_pretty(&value).unwrap();
        let mut rebuilt = serde_json::Map::new();
        json::members(&text, &mut |member| {
            rebuilt.insert(member.name(&text).unwrap().into_owned(), serde_json::from_slice(member.raw_value(&text)).unwrap());
        }).unwrap();
        // Both sides through text once, since a float may be written so that it is read back as its neighbour.
        prop_assert_eq!(serde_json::Value::Object(rebuilt), serde_json::from_slice::<serde_json::Value>(&text).unwrap());
    }

    #[test]
    fn splices_equal_the_same_edits_on_a_string(text in "[a-z]{0,40}", cuts in prop::collection::btree_set(0_usize..40, 0..6), with in "[A-Z]{0,3}") {
        let cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut <= text.len()).collect();
        let edits: Vec<Edit> = cuts.chunks_exact(2).map(|pair| Edit::replace(pair[0]..pair[1], with.clone())).collect();
        let mut expected = text.clone();
        for edit in edits.iter().rev() {
            expected.replace_range(edit.span.clone(), &with);
        }
        let pieces = splice(&Bytes::from(text), &edits);
        let spliced: String = pieces.iter().map(|piece| std::str::from_utf8(piece).unwrap()).collect();
        prop_assert_eq!(spliced, expected);
    }
}

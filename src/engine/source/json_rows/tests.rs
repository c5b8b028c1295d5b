//! Rows of JSON documents.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::io::Cursor;

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<String, String> {
    let boxed: Box<dyn Read + Send> = Box::new(Cursor::new(text.to_owned().into_bytes()));
    let mut out = String::new();
    let turned = lines(BufReader::new(boxed)).and_then(|mut text| text.read_to_string(&mut out));
    turned.map(|_| out).map_err(|error| error.to_string())
}

#[test]
fn lists_become_lines() {
    assert_eq!(read("[{\"a\":1},{\"a\":\"]},{\"}]").unwrap(), "{\"a\":1}\n{\"a\":\"]},{\"}\n");
    assert_eq!(read(" [ ] ").unwrap(), "");
    // An object keeps the number of the line that it starts on.
    assert_eq!(
        read("[\n  {\n \"a\": [1,\n 2]\n },\n  {\"a\": 3}\n]\n").unwrap(),
        "\n{  \"a\": [1,  2]  }\n\n\n\n{\"a\": 3}\n"
    );
}

#[test]
fn lines_stay_as_they_are() {
    for text in ["{\"a\": 1}\n{\"a\": 2}\n", "", "{\"a\": [{\"b\": 1}]}\n", "x\n"] {
        assert_eq!(read(text).unwrap(), text);
    }
}

#[test]
fn a_list_under_a_key() {
    let lines = |text: &str| read(text).map(|out| out.trim().to_owned());
    assert_eq!(
        lines("{\n\"n\": 1, \"tags\": [\"x\"], \"rows\": [{\"a\": 1}], \"m\": {\"b\": []}}").unwrap(),
        "{\"a\": 1}"
    );
    let log = "{\"evalId\": \"e\", \"results\": {\"prompts\": [{\"x\": 1}], \"results\": [{\"a\": 1}]}, \"results2\": [{\"b\": 1}]}";
    assert_eq!(lines(log).unwrap(), "{\"a\": 1}");
    let log = "{\"version\": 2, \"status\": \"success\", \"eval\": {\"run_id\": \"r\"}, \"samples\": [{\"a\": 1}], \"reductions\": [{\"b\": 1}]}";
    assert_eq!(lines(log).unwrap(), "{\"a\": 1}");
    assert!(lines(&log.replace("success", "error")).unwrap_err().contains("only a finished run"));
    assert!(lines("{\n\"a\": [{}], \"b\": [{}]}").unwrap_err().contains("several lists"));
    assert!(lines("{\n\"a\": [1], \"b\": 2}").unwrap_err().contains("none of its keys"));
    assert!(lines("{\"evalId\": 1, \"results\": {}}").unwrap_err().contains("no list `results.results`"));
}

#[test]
fn malformed_documents_are_refused() {
    for text in [
        "[",
        "[{",
        "[{}",
        "[{},",
        "[{},]",
        "[,{}]",
        "[{} {}]",
        "[{}] x",
        "[{}]]",
        "[1]",
        "[{}, null]",
        "[[{}]]",
        "[{\"a\": \"\n\"}]",
        "{\n\"a\": [{}]",
        "{\n\"a\": [{}}",
        "{\n]",
    ] {
        assert!(read(text).is_err(), "{text:?}: {:?}", read(text));
    }
    assert!(read(&format!("{{\n\"a\": {}", "[".repeat(1_000))).unwrap_err().contains("levels deep"));
}

proptest! {
    #[test]
    fn rows_are_those_of_another_parser(rows in prop::collection::vec((0..9_i32, "[\\[\\]{},:\"\\\\a ]{0,6}"), 0..6), pretty in any::<bool>()) {
        let rows: Vec<serde_json::Value> = rows.into_iter().map(|(a, b)| serde_json::json!({"a": a, "b": {"c": [b]}})).collect();
        let text = if pretty { serde_json::to_string_pretty(&rows) } else { serde_json::to_string(&rows) }.unwrap();
        let out = read(&text).unwrap();
        let found: Vec<serde_json::Value> =
            out.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect();
        prop_assert_eq!(&found, &rows);
        for cut in 1..text.len() {
            if text.is_char_boundary(cut) {
                prop_assert!(read(&text[..cut]).is_err());
            }
        }
    }
}

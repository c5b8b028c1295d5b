use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::*;
use crate::report::sample::any_text;

/// Returns every Markdown extension except curly quotes, which change the text.
fn extensions() -> Options {
    Options::all().difference(Options::ENABLE_SMART_PUNCTUATION)
}

/// Returns the text of an inline stretch, and true if the stretch contains only text and code.
fn read(events: &[Event<'_>]) -> (String, String, bool) {
    let (mut all, mut plain, mut inert) = (String::new(), String::new(), true);
    for event in events {
        match event {
            Event::Text(text) => {
                all.push_str(text);
                plain.push_str(text);
            }
            Event::Code(text) => {
                all.push_str(text);
                plain.push('\n');
            }
            _ => inert = false,
        }
    }
    (all, plain, inert)
}

/// Reads `markdown` in a paragraph, between two letters so that no blank at its end is lost.
fn in_paragraph(markdown: &str) -> (String, String, bool) {
    let page = format!("a {markdown} z\n");
    let events: Vec<_> = Parser::new_ext(&page, extensions()).collect();
    match events.as_slice() {
        [Event::Start(Tag::Paragraph), inner @ .., Event::End(TagEnd::Paragraph)] => read(inner),
        _ => (String::new(), String::new(), false),
    }
}

/// Reads `markdown` in the first of two cells.
fn in_cell(markdown: &str) -> (String, String, bool) {
    let page = format!("| n | v |\n|---|---|\n| a {markdown} z | 1 |\n");
    let events: Vec<_> = Parser::new_ext(&page, extensions()).collect();
    let cells: Vec<_> = events.split(|event| *event == Event::Start(Tag::TableCell)).collect();
    let nothing = (String::new(), String::new(), false);
    let [_, _, _, cell, last] = cells.as_slice() else {
        return nothing;
    };
    let untouched = last.len() == 4 && last.first() == Some(&Event::Text("1".into()));
    match cell {
        [inner @ .., Event::End(TagEnd::TableCell)] if untouched => read(inner),
        _ => nothing,
    }
}

/// Returns a message without the pairs of backticks that mark names.
fn said(text: &str) -> String {
    let text = sentence(text);
    let parts: Vec<&str> = text.split('`').collect();
    let mut said = String::new();
    for (index, part) in parts.iter().enumerate() {
        if index % 2 == 1 && index + 1 == parts.len() {
            said.push('`');
        }
        said.push_str(part);
    }
    said
}

/// Returns true if a forge would find something to link, to mention or to replace in text outside of code.
fn means_something(plain: &str) -> bool {
    let lower = plain.to_lowercase();
    let marks = ["@", "#", "://", "www.", "~", "$", "&", "*", "_", "`", "|", "\\", "/", "gh-", "!", ".x", ".co", ":t"];
    marks.iter().any(|mark| lower.contains(mark))
        || plain.split(|c: char| !c.is_ascii_hexdigit()).any(|word| word.len() >= 7)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_name_is_code_and_nothing_else(name in any_text()) {
        let expected = capped(&terminal(&name), NAME_LIMIT);
        let expected = if expected.is_empty() { "(empty)" } else { &expected };
        for (text, plain, inert) in [in_paragraph(&code_span(&name, false)), in_cell(&code_span(&name, true))] {
            prop_assert!(inert, "{}", name);
            prop_assert_eq!(&plain, "a \n z");
            prop_assert_eq!(text, format!("a {expected} z"));
        }
    }

    #[test]
    fn a_message_is_words_and_code_and_nothing_else(message in any_text()) {
        for (text, plain, inert) in [in_paragraph(&prose(&message, false)), in_cell(&prose(&message, true))] {
            prop_assert!(inert, "{} -> {}", message, prose(&message, false));
            prop_assert!(!means_something(&plain), "{} -> {}", message, plain);
            prop_assert_eq!(text, format!("a {} z", said(&message)));
        }
    }

    #[test]
    fn a_code_block_is_one(text in any_text()) {
        let page = format!("{}\n\nafter\n", code_block("sh", &text));
        let events: Vec<_> = Parser::new_ext(&page, extensions()).collect();
        let blocks = events.iter().filter(|event| matches!(event, Event::Start(_))).count();
        prop_assert_eq!(blocks, 2, "{}", page);
        prop_assert!(matches!(events.first(), Some(Event::Start(Tag::CodeBlock(_)))));
    }

    #[test]
    fn a_terminal_is_not_steered(text in any::<String>()) {
        let shown = terminal(&text);
        prop_assert!(!shown.chars().any(|c| c.is_control() || is_invisible(c)));
        prop_assert!(!shown.contains("##"));
        prop_assert_eq!(shown.chars().count(), text.chars().count());
    }
}

#[test]
fn names() {
    assert_eq!(code_span("roc_auc", false), "`roc_auc`");
    assert_eq!(code_span("a`b", false), "``a`b``");
    assert_eq!(code_span("`", false), "`` ` ``");
    assert_eq!(code_span("", false), "`(empty)`");
    assert_eq!(code_span("a|b", true), "`a\\|b`");
    assert_eq!(code_span("a\nb\u{202e}c", false), "`a b\u{fffd}c`");
    assert_eq!(code_span(&"x".repeat(1_000), false).chars().count(), NAME_LIMIT + 2);
}

#[test]
fn sentences_read_like_sentences() {
    let as_is =
        "went from 0.9266 to 0.9011, surely worse by at least 0.0227 (1% of the baseline); so n = 812 can't tell";
    assert_eq!(prose(as_is, false), as_is);
    assert_eq!(prose("roc_auc fell", false), "`roc_auc` fell");
    assert_eq!(prose("no column `age`; did you mean `Age`?", false), "no column `age`; did you mean `Age`?");
    assert_eq!(prose("[−0.0283, +0.0227]", false), "\\[−0.0283, +0.0227\\]");
    assert_eq!(prose("limit: <= 5%", false), "limit: &lt;= 5%");
    assert_eq!(prose("ask @octocat about #1, see https://e.x", false), "ask `@octocat` about `#1`, see `https://e.x`");
    assert_eq!(prose("a (roc_auc), b", false), "a (`roc_auc`), b");
    assert_eq!(prose("`a``b`", false), "`ab`");
}

#[test]
fn commands_can_be_copied() {
    assert_eq!(shell_word("ml/gate-1.yml"), "ml/gate-1.yml");
    assert_eq!(shell_word("my gate.yml"), "'my gate.yml'");
    assert_eq!(shell_word("a'; rm -rf ~"), "'a'\\''; rm -rf ~'");
    assert_eq!(shell_word("-x.yml"), "'./-x.yml'");
    assert_eq!(shell_word(""), "''");
}

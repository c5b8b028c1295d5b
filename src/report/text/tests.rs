use proptest::prelude::*;

use super::*;
use crate::report::document::{Counts, Overall};
use crate::report::sample;

fn options() -> RenderOptions {
    RenderOptions::default()
}

#[test]
fn as_it_is_read_on_a_terminal() {
    insta::assert_snapshot!("text", render(&sample::report(), &options()));
}

#[test]
fn with_evidence() {
    insta::assert_snapshot!("text_evidence", render(&sample::report(), &RenderOptions { evidence: true, ..options() }));
}

#[test]
fn quiet_shows_what_blocks() {
    insta::assert_snapshot!("text_quiet", render(&sample::report(), &RenderOptions { quiet: true, ..options() }));
}

#[test]
fn nothing_checked_says_so() {
    let mut report = sample::report();
    report.gates.clear();
    report.counts = Counts::default();
    report.verdict = Overall::Error;
    assert!(render(&report, &options()).starts_with("mlgate  ERROR  no gate was checked\n"));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for columns in [40, 52, 60, 72, 80, 81, 100, 120, 200] {
        for evidence in [false, true] {
            let text = render(&sample::report(), &RenderOptions { width: columns, evidence, ..options() });
            for line in text.lines() {
                assert!(width(line) <= columns, "{} of {columns} columns: {line}", width(line));
            }
        }
    }
}

#[test]
fn a_line_never_starts_with_what_the_report_says() {
    for columns in 40..120 {
        let text = render(&sample::report(), &RenderOptions { width: columns, evidence: true, ..options() });
        for line in text.lines() {
            assert!(!line.trim_start().starts_with([':', '/', '#']), "{line}");
            assert!(!line.contains("##"), "{line}");
            assert!(!line.chars().any(char::is_control), "{line}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_text_breaks_the_page(text in sample::any_text(), columns in 40..130_usize) {
        let report = sample::filled_with(sample::report(), &text);
        let page = render(&report, &RenderOptions { width: columns, evidence: true, ..options() });
        for line in page.lines() {
            prop_assert!(width(line) <= columns, "{} of {columns} columns: {line}", width(line));
            prop_assert!(!line.chars().any(char::is_control), "{line}");
            let first = line.trim_start().chars().next();
            prop_assert!(first.is_none_or(|c| c.is_ascii_alphanumeric() || "✗⊘?○!~·✓–│".contains(c)), "{line}");
            // Only mlgate's own words stand without a mark.
            prop_assert!(!line.trim_start().starts_with("::"), "{line}");
        }
    }
}

#[test]
fn what_goes_on_over_several_lines_has_a_mark_on_each() {
    let command = "::set-output::name=verdict::pass ".repeat(6);
    let report = sample::filled_with(sample::report(), &command);
    for columns in 40..130 {
        for color in [false, true] {
            let page = render(&report, &RenderOptions { width: columns, evidence: true, color, ..options() });
            for line in page.lines() {
                let bare: String =
                    line.split('\u{1b}').map(|part| part.split_once('m').map_or(part, |(_, rest)| rest)).collect();
                assert!(!bare.trim_start().starts_with(':'), "{line}");
            }
        }
    }
}

#[test]
fn colours_change_nothing_but_colours() {
    let plain = render(&sample::report(), &options());
    let painted = render(&sample::report(), &RenderOptions { color: true, ..options() });
    assert_ne!(painted, plain);
    let mut bare = String::new();
    let mut rest = painted.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        bare.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    assert_eq!(bare + rest, plain);
}

//! Tests of the page.

use std::collections::BTreeSet;

use proptest::prelude::*;
use quick_xml::events::Event;

use super::*;
use crate::report::document::{
    ColumnBinResult, ColumnBinsResult, FlippedRows, FlipsResult, PlotsResult, ScoreBinResult, ScoreScale, ScoresResult,
};
use crate::report::sample;

/// Counts behind charts, with names that may be hostile.
fn plots(text: &str) -> PlotsResult {
    let bin = |at: u64, positives: Option<u64>| ScoreBinResult {
        from: at as f64 / 10.0,
        to: (at + 1) as f64 / 10.0,
        rows: 100,
        positives,
        mean: at as f64 / 10.0 + 0.05,
        weights: None,
    };
    let classes = || (0..10).map(|at| bin(at, Some(at * 10))).collect::<Vec<_>>();
    let numbers = || (0..10).map(|at| bin(at, None)).collect::<Vec<_>>();
    let scores = |scale: ScoreScale, candidate: Vec<ScoreBinResult>| ScoresResult {
        model: text.to_owned(),
        class: Some(text.to_owned()),
        scale,
        independent: true,
        baseline: Some(candidate.clone()),
        candidate,
        labels: None,
        undefined: Some(text.to_owned()),
    };
    PlotsResult {
        confidence: 0.95,
        scores: vec![
            scores(ScoreScale::Probability, classes()),
            ScoresResult { independent: false, baseline: None, ..scores(ScoreScale::Score, classes()) },
            ScoresResult { labels: Some(numbers()), ..scores(ScoreScale::Number, numbers()) },
            scores(ScoreScale::Score, Vec::new()),
        ],
        columns: vec![ColumnBinsResult {
            dataset: text.to_owned(),
            column: text.to_owned(),
            ordered: false,
            bins: [(100, 80), (50, 0)]
                .map(|(baseline, candidate)| ColumnBinResult { name: text.to_owned(), baseline, candidate })
                .to_vec(),
        }],
    }
}

fn filled(text: &str) -> Report {
    let mut report = sample::filled_with(sample::report(), text);
    report.plots = Some(plots(text));
    let rows = || FlippedRows { rows: Some(2), keys: vec![vec![text.to_owned()]] };
    report.flips = vec![FlipsResult {
        model: text.to_owned(),
        key: vec![text.to_owned()],
        broken: rows(),
        fixed: rows(),
        changed: FlippedRows::default(),
        undefined: Some(text.to_owned()),
    }];
    report
}

/// The elements of a page in their order, and all of its attributes; a panic if it is not well-formed.
fn parsed(page: &str) -> (Vec<String>, Vec<(String, String)>) {
    let mut reader = quick_xml::Reader::from_str(page);
    reader.config_mut().check_end_names = true;
    let (mut elements, mut attributes) = (Vec::new(), Vec::new());
    let mut depth = 0_i64;
    loop {
        match reader.read_event().expect("the page is well-formed") {
            event @ (Event::Start(_) | Event::Empty(_)) => {
                let (Event::Start(element) | Event::Empty(element)) = &event else { unreachable!() };
                depth += i64::from(matches!(event, Event::Start(_)));
                elements.push(String::from_utf8_lossy(element.name().as_ref()).into_owned());
                for attribute in element.attributes() {
                    let attribute = attribute.expect("attributes are quoted and occur once");
                    let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
                    attributes.push((name, attribute.unescape_value().expect("it is escaped").into_owned()));
                }
            }
            Event::End(_) => depth -= 1,
            Event::Text(text) => {
                text.decode().expect("it is UTF-8");
            }
            Event::Comment(_) | Event::CData(_) | Event::PI(_) => panic!("mlgate writes none"),
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "every element is closed");
    (elements, attributes)
}

fn is_safe(page: &str) {
    let (elements, attributes) = parsed(page);
    let known: BTreeSet<&str> = [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "a",
        "header",
        "main",
        "nav",
        "section",
        "details",
        "summary",
        "h1",
        "h2",
        "h3",
        "p",
        "b",
        "small",
        "span",
        "code",
        "pre",
        "ul",
        "li",
        "dl",
        "dt",
        "dd",
        "div",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "figure",
        "figcaption",
        "svg",
        "g",
        "path",
        "line",
        "circle",
        "rect",
        "text",
    ]
    .into();
    for element in &elements {
        assert!(known.contains(element.as_str()), "<{element}>");
    }
    for (name, value) in &attributes {
        // An address is one of the page's own anchors; nothing is loaded and nothing runs.
        assert!(!name.starts_with("on") && name != "src" && name != "style" && name != "srcset", "{name}={value}");
        assert!(name != "href" || value.starts_with('#'), "{name}={value}");
        assert!(!value.contains("url("), "{name}={value}");
    }
    let ids: Vec<&String> = attributes.iter().filter(|(name, _)| name == "id").map(|(_, value)| value).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an id occurs once");
    for (_, value) in attributes.iter().filter(|(name, _)| name == "href") {
        assert!(ids.iter().any(|id| format!("#{id}") == *value), "{value} leads nowhere");
    }
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import") && !STYLE.contains(['<', '&']) && STYLE.is_ascii());
}

#[test]
fn the_page_of_the_sample() {
    let page = render(&sample::report());
    is_safe(&page);
    // The style is the same for all pages.
    insta::assert_snapshot!("html", page.replacen(STYLE, "…", 1));
}

#[test]
fn the_order_is_that_of_a_comment() {
    let page = render(&filled("x"));
    let mut before = 0;
    for id in [
        "failed",
        "errors",
        "advice",
        "passed",
        "charts",
        "flips",
        "evidence",
        "measurements",
        "provenance",
        "reproduce",
    ] {
        let at = page.find(&format!(" id=\"{id}\"")).unwrap_or_else(|| panic!("{id} is missing"));
        assert!(at > before, "{id}");
        before = at;
    }
}

#[test]
fn counts_are_those_of_the_report() {
    let report = sample::report();
    let page = render(&report);
    let (elements, _) = parsed(&page);
    for (section, gates) in sections::sections(&report) {
        let link = format!("<a href=\"#{}\"><b>{}</b>", gates::id(section), gates.len());
        assert!(page.contains(&link), "{link}");
    }
    assert!(elements.iter().any(|element| element == "svg"), "groups are drawn");
    for gate in &report.gates {
        assert!(page.contains(&crate::report::safe::markup(&crate::report::figures::label(gate))), "{}", gate.id);
    }
}

#[test]
fn charts_have_a_name_a_description_and_a_table() {
    let page = render(&filled("x"));
    let drawings = page.matches("role=\"img\"").count();
    // Four of probabilities, three of scores, one of numbers, one of a column.
    assert_eq!(drawings, 9);
    assert_eq!(page.matches("<figcaption>").count(), drawings);
    assert_eq!(page.matches("Numbers of these charts").count(), 4);
    assert!(page.contains("intervals of one threshold") && page.contains("Rows have weights"));
    assert!(!page.contains("NaN") && !page.contains("inf"));
}

#[test]
fn absurd_counts_are_drawn_without_harm() {
    let mut report = filled("x");
    let plots = report.plots.as_mut().expect("it has plots");
    plots.confidence = -3.0;
    for scores in &mut plots.scores {
        for bin in &mut scores.candidate {
            (bin.rows, bin.positives) = (u64::MAX, Some(u64::MAX));
            (bin.from, bin.to, bin.weights) = (1e308, -1e308, Some([0.0, 1e308]));
        }
    }
    for bin in &mut plots.columns[0].bins {
        (bin.baseline, bin.candidate) = (u64::MAX, 0);
    }
    let page = render(&report);
    is_safe(&page);
    assert!(!page.contains("NaN"), "{page}");
}

proptest! {
    #[test]
    fn no_string_becomes_markup(text in sample::any_text()) {
        let (plain, hostile) = (render(&filled("x")), render(&filled(&text)));
        is_safe(&hostile);
        // Names in a sentence and a missing text add marks of their own; nothing else depends on a string.
        let shape = |page: &str| parsed(page).0.into_iter().filter(|name| name != "code" && name != "p").collect::<Vec<_>>();
        let same_text = |page: &str| shape(page).into_iter().filter(|name| name != "tr" && name != "td").collect::<BTreeSet<_>>();
        prop_assert_eq!(same_text(&plain), same_text(&hostile));
    }
}

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::*;
use crate::report::document::Overall;
use crate::report::sample;

fn rendered(options: &RenderOptions) -> String {
    super::render(&sample::report(), options).expect("the template is sound")
}

#[test]
fn as_it_stands_in_a_pull_request() {
    insta::assert_snapshot!("markdown", rendered(&RenderOptions::default()));
}

#[test]
fn with_evidence() {
    insta::assert_snapshot!(
        "markdown_evidence",
        rendered(&RenderOptions { evidence: true, ..RenderOptions::default() })
    );
}

#[test]
fn quiet_shows_what_blocks() {
    insta::assert_snapshot!("markdown_quiet", rendered(&RenderOptions { quiet: true, ..RenderOptions::default() }));
}

/// The HTML of a page, and whether all else in it is what the template makes.
fn html(page: &str) -> (Vec<String>, bool) {
    let mut tags = Vec::new();
    let mut ours = true;
    for event in Parser::new_ext(page, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Html(text) | Event::InlineHtml(text) => tags.push(text.trim().to_owned()),
            Event::Start(
                Tag::Image { .. } | Tag::Link { .. } | Tag::Emphasis | Tag::Strikethrough | Tag::BlockQuote(_),
            ) => {
                ours = false;
            }
            Event::Rule | Event::HardBreak | Event::FootnoteReference(_) => ours = false,
            _ => {}
        }
    }
    (tags, ours)
}

/// Checks that a page holds nothing but what the template makes.
fn assert_inert(page: &str) {
    let (tags, ours) = html(page);
    assert!(ours, "{page}");
    for tag in &tags {
        let known = matches!(tag.as_str(), "<br>" | "</details>") || tag.starts_with("<details><summary>");
        assert!(known, "{tag} in {page}");
    }
    assert_eq!(page.matches("<details><summary>").count(), tags.iter().filter(|tag| *tag == "</details>").count());
    let starts = [
        "## ",
        "### ",
        "| ",
        "|-",
        "- `",
        "<details>",
        "</details>",
        "Groups of `",
        "Slices of `",
        "left out: ",
        "…",
        "```",
        "mlgate ",
        "  --despite ",
        "  --reason ",
    ];
    for line in page.lines().filter(|line| !line.is_empty()).skip(2) {
        assert!(starts.iter().any(|start| line.starts_with(start)), "{line} in {page}");
    }
}

/// The blocks of a page: headings, lists, tables and their cells, without what stands in them.
fn structure(page: &str) -> Vec<Option<TagEnd>> {
    let blocks = Parser::new_ext(page, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Start(Tag::CodeBlock(_)) => Some(None),
        Event::Start(Tag::Strong) => None,
        Event::Start(tag) => Some(Some(tag.to_end())),
        _ => None,
    });
    blocks.collect()
}

#[test]
fn the_page_has_the_structure_of_the_template_only() {
    for evidence in [false, true] {
        assert_inert(&rendered(&RenderOptions { evidence, ..RenderOptions::default() }));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_text_changes_the_structure(text in sample::any_text()) {
        let options = RenderOptions { evidence: true, budget: usize::MAX, ..RenderOptions::default() };
        let page = |text: &str| {
            super::render(&sample::filled_with(sample::report(), text), &options).expect("the template is sound")
        };
        let hostile = page(&format!("{text}."));
        assert_inert(&hostile);
        prop_assert_eq!(structure(&hostile), structure(&page("plain")), "{}", hostile);
    }
}

#[test]
fn a_hundred_thousand_gates_fit() {
    let mut report = sample::report();
    let few = report.gates.clone();
    for evidence in [false, true] {
        report.gates = (0..100_000).map(|index| few[index % few.len()].clone()).collect();
        for budget in [5_000, 60_000] {
            let options = RenderOptions { evidence, budget, ..RenderOptions::default() };
            let page = super::render(&report, &options).expect("the template is sound");
            assert!(size(&page) <= budget, "{} of {budget}", size(&page));
            assert!(size(&page) > budget / 2, "{} of {budget}", size(&page));
            assert!(page.contains("more rows"));
            assert_eq!(page.matches("<details>").count(), page.matches("</details>").count());
            assert!(html(&page).1);
            let last = page.trim_end().lines().last();
            assert_eq!(last.map(|line| line.starts_with("```")), Some(true), "{page}");
        }
    }
}

#[test]
fn what_failed_is_kept_before_what_passed() {
    let mut report = sample::report();
    let passed = report.gates.iter().find(|gate| gate.check == "rows").cloned().expect("the sample has it");
    let failed = report.gates[sample::place_of(&report, sample::MAX_DROP)].clone();
    report.gates = std::iter::repeat_n(passed, 5_000).chain([failed]).collect();
    let page = super::render(&report, &RenderOptions::default()).expect("the template is sound");
    assert!(page.contains("`models.income.metrics.roc_auc.max_drop`"));
    assert!(page.contains("mlgate explain max_drop"));
}

#[test]
fn a_stored_baseline_is_named_with_its_age_and_how_to_renew_it() {
    let mut report = sample::report();
    report.notes.clear();
    report.gates.retain(|gate| gate.id == sample::MAX_DROP);
    let baseline = &mut report.provenance.baseline;
    (baseline.git, baseline.time) = (Some("abcdef0123456789".repeat(3)), Some("2026-01-12T23:00:00+01:00".to_owned()));
    let page = |report: &Report| super::render(report, &RenderOptions::default()).expect("the template is sound");
    assert!(page(&report).contains("baseline `abcdef0123` of 2026-01-12, 19 days older"), "{}", page(&report));
    let named = page(&report);
    let command = named.split("mlgate bless").nth(1).unwrap_or_default();
    assert!(
        command.starts_with(" --config mlgate.yml \\\n  --despite models.income.metrics.roc_auc.max_drop \\\n"),
        "{command}"
    );
    for (time, age) in [
        ("2026-01-31T01:00:00Z", "of 2026-01-31, of the same day"),
        ("2026-01-30T01:00:00Z", "of 2026-01-30, a day older"),
        ("2026-02-02T01:00:00Z", "of 2026-02-02, 2 days newer"),
    ] {
        report.provenance.baseline.time = Some(time.to_owned());
        assert!(page(&report).contains(age), "{}", page(&report));
    }
    report.provenance.candidate.time = None;
    assert!(page(&report).contains("of 2026-02-02\n"), "{}", page(&report));
    // What is not a time is not shown, whoever wrote it.
    report.provenance.baseline.time = Some("<b>yesterday</b>".to_owned());
    assert!(!page(&report).contains("yesterday"));
}

#[test]
fn a_pass_is_short() {
    let mut report = sample::report();
    report.gates.retain(|gate| gate.verdict == crate::gate::verdict::Verdict::Pass);
    report.notes.clear();
    report.verdict = Overall::Pass;
    let page = super::render(&report, &RenderOptions::default()).expect("the template is sound");
    assert!(page.starts_with("## ✅ mlgate: all 5 gates passed\n\n<details><summary>Passed</summary>\n\n|"), "{page}");
    // Nothing asks for attention, so that all else is folded.
    assert!(!page.contains("###") && page.trim_end().ends_with("</details>"), "{page}");
}

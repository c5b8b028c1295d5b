//! The head of the page: the verdict, its numbers, and what was compared.

use super::super::guard::beside;
use super::super::{markdown, sections};
use super::gates::{id, tone};
use super::markup::Markup;
use crate::plural::noun;
use crate::report::document::{GateResult, Inputs, Overall, Report};
use crate::report::sections::Section;

/// The number of digits of an abbreviated commit.
const SHORT_COMMIT: usize = 10;

/// Writes the head of the page.
pub(super) fn header(page: &mut Markup, report: &Report, all: &[(Section, Vec<&GateResult>)]) {
    let (class, mark, verdict) = match report.verdict {
        Overall::Pass => ("pass", "✓", "Passed"),
        Overall::Warn => ("warn", "!", "Passed with warnings"),
        Overall::Fail => ("fail", "✗", "Failed"),
        Overall::Error => ("fail", "✗", "Could not be evaluated"),
    };
    page.tag("header", &[("class", class)], |header| {
        header.tag("p", &[("class", "verdict")], |line| {
            line.tag("span", &[("class", "mark"), ("aria-hidden", "true")], |it| it.text(mark));
            line.text(" ");
            line.tag("b", &[], |it| it.text(verdict));
        });
        let mut headline = sections::headline(all, report, false).into_iter();
        let lead = headline.next().unwrap_or_default();
        header.tag("h1", &[], |heading| heading.text(&super::capitalised(&lead)));
        // The gates are behind a demand that was loosened, or in the list below.
        if report
            .guard
            .as_ref()
            .is_some_and(|guard| super::super::guard::headline(guard).is_some_and(|told| told == lead))
        {
            header.tag("p", &[], |line| line.text(&super::capitalised(&headline.collect::<Vec<_>>().join(" · "))));
        }
        counts(header, report, all);
        header.tag("dl", &[("class", "facts")], |facts| compared(facts, report));
    });
}

/// Writes the number of gates of each section, with links to them.
fn counts(header: &mut Markup, report: &Report, all: &[(Section, Vec<&GateResult>)]) {
    let notes = beside(report.guard.as_ref(), &report.notes).len();
    header.tag("nav", &[("aria-label", "Sections")], |nav| {
        nav.tag("ul", &[("class", "counts")], |list| {
            for (section, gates) in all {
                let words = format!(" {}", section.counted(gates.len() == 1));
                link(list, id(*section), tone(*section), Some(gates.len()), &words);
            }
            if notes > 0 {
                link(list, "notes", "quiet", Some(notes), &format!(" {}", noun(notes, "note")));
            }
            if !report.found_slices.is_empty() {
                link(list, "found", "quiet", None, "Slices");
            }
            if report.plots.is_some() {
                link(list, "charts", "quiet", None, "Charts");
            }
            link(list, "provenance", "quiet", None, "Provenance");
        });
    });
}

fn link(list: &mut Markup, id: &str, class: &str, number: Option<usize>, words: &str) {
    list.tag("li", &[("class", class)], |item| {
        item.tag("a", &[("href", &format!("#{id}"))], |link| {
            if let Some(number) = number {
                link.tag("b", &[], |it| it.text(&crate::report::number::rows(number as u64)));
            }
            link.text(words);
        });
    });
}

/// Writes the two sides that were compared, the config and the job.
fn compared(facts: &mut Markup, report: &Report) {
    let provenance = &report.provenance;
    let judged = report.run.as_ref().and_then(|run| run.job.as_ref()).and_then(|job| job.commit.as_deref());
    fact(facts, "Candidate", |value| {
        match judged.or(provenance.candidate.git.as_deref()) {
            Some(commit) => value.name(short(commit)),
            None => value.text("no commit is known"),
        }
        if provenance.candidate.uncommitted_changes {
            value.text(" with uncommitted changes");
        }
    });
    fact(facts, "Baseline", |value| {
        let age = markdown::age(provenance).unwrap_or_default();
        match &provenance.baseline.git {
            Some(commit) => {
                value.name(short(commit));
                value.text(&age);
            }
            None if provenance.baseline.files.is_empty() => value.text("none"),
            None => value.text(&files(&provenance.baseline)),
        }
    });
    fact(facts, "Config", |value| value.name(&provenance.config.path));
    for glob in report.run.iter().flat_map(|run| &run.only) {
        fact(facts, "Only", |value| value.name(glob));
    }
    if let Some(key) = report.run.as_ref().and_then(|run| run.key.as_deref()).filter(|key| !key.is_empty()) {
        fact(facts, "Gate", |value| value.name(key));
    }
}

fn fact(facts: &mut Markup, title: &str, value: impl FnOnce(&mut Markup)) {
    facts.tag("div", &[], |pair| {
        pair.told("dt", "", title);
        pair.tag("dd", &[], value);
    });
}

fn files(inputs: &Inputs) -> String {
    crate::plural::counted(inputs.files.len() as u64, "file")
}

fn short(commit: &str) -> &str {
    commit.get(..SHORT_COMMIT).unwrap_or(commit)
}

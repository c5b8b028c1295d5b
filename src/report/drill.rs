//! The result of a drill in text, Markdown, HTML and JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::document::{DrillResult, DrilledFault, Report, Unit};
use super::number::Style;
use super::safe;
use super::text::layout::{fit, fit_path, left, wrap};
use super::{RenderError, html};
use crate::plural::counted;

/// The columns of a terminal.
const WIDTH: usize = 80;
/// The most gates that are named for one fault.
const MOST_GATES: usize = 2;
/// The most faults of one reason that are named.
const MOST_NAMED: usize = 3;

/// Renders a drill as JSON.
///
/// # Errors
///
/// A number is not finite.
pub fn drill_json(drill: &DrillResult) -> Result<String, RenderError> {
    Ok(safe::json(&serde_json::to_string_pretty(drill)?) + "\n")
}

/// Renders a drill as text for a terminal: the survivors first.
pub fn drill_text(drill: &DrillResult, report: Option<&Report>) -> String {
    let mut lines = Vec::new();
    if !drill.failing.is_empty() {
        let ids: Vec<String> = drill.failing.iter().take(MOST_NAMED).map(|gate| safe::terminal(&gate.id)).collect();
        let more = drill.failing.len().saturating_sub(MOST_NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let said = format!(
            "{} {} on the unchanged files, and cannot show a fault: {}{more}",
            counted(drill.failing.len() as u64, "gate"),
            if drill.failing.len() == 1 { "blocks" } else { "block" },
            ids.join(", ")
        );
        lines.extend(wrap(&said, WIDTH));
        lines.push(String::new());
    }
    lines.extend(wrap(&headline(drill), WIDTH));
    let survivors: Vec<&DrilledFault> = drill.faults.iter().filter(|fault| fault.caught_by.is_empty()).collect();
    if !survivors.is_empty() {
        lines.extend([String::new(), "survivors".to_owned()]);
    }
    for (at, of_line) in by_suggestion(&survivors).iter().enumerate() {
        lines.extend((at > 0).then(String::new));
        for fault in of_line {
            lines.push(safe::line(2, &fit(&format!("{}  {}", fault[0].fault, fault[0].target), WIDTH - 4)));
            lines.extend(ruled(&silent_until(fault)));
        }
        let last = of_line.last().and_then(|faults| faults.last());
        lines.extend(last.and_then(|fault| advice(fault)).iter().flat_map(|advice| ruled(advice)));
    }
    if drill.caught > 0 {
        lines.extend([String::new(), "caught".to_owned()]);
    }
    let mut told = BTreeSet::new();
    for fault in drill.faults.iter().filter(|fault| !fault.caught_by.is_empty()) {
        // The doses of one fault of a place that the same gates catch are one entry.
        if !told.insert((&fault.fault, &fault.target, &fault.caught_by)) {
            continue;
        }
        let name = format!("{}  {}", fault.fault, fault.target);
        let doses = doses(fault);
        let room = WIDTH - 4 - doses.chars().count() - 2;
        let line = format!("{}  {doses}", left(&safe::line(2, &fit(&name, room)), room + 2));
        lines.push(line.trim_end().to_owned());
        lines.extend(ruled(&named(&fault.caught_by)));
    }
    lines.extend(not_tried(drill));
    if !drill.silent.is_empty() {
        let said = format!(
            "{} caught none of these faults: {}",
            counted(drill.silent.len() as u64, "gate"),
            named(&drill.silent)
        );
        lines.push(String::new());
        lines.extend(wrap(&said, WIDTH));
    }
    if let Some(report) = report.filter(|_| !drill.power.is_empty()) {
        lines.extend([String::new(), "without a fault".to_owned()]);
        for (id, said) in powers(drill, report) {
            lines.push(safe::line(2, &fit_path(&id, WIDTH - 4)));
            lines.extend(ruled(&said));
        }
    }
    lines.join("\n") + "\n"
}

/// Renders a drill as one HTML page without script and network.
pub fn drill_html(drill: &DrillResult, report: Option<&Report>) -> String {
    html::render_drill(drill, report)
}

/// Renders a drill as Markdown: the survivors with their lines, the matrix, the gates beside their power.
pub fn drill_markdown(drill: &DrillResult, report: Option<&Report>) -> String {
    let code = |text: &str| safe::code_span(text, true);
    let mut page = format!("### Drill\n\n{}\n", safe::prose(&headline(drill), false));
    if !drill.failing.is_empty() {
        let ids: Vec<String> = drill.failing.iter().map(|gate| code(&gate.id)).collect();
        let _ = write!(page, "\nBlocks on the unchanged files, and cannot show a fault: {}\n", ids.join(", "));
    }
    let row = |page: &mut String, cells: &[String]| {
        let _ = writeln!(page, "| {} |", cells.join(" | "));
    };
    let (survivors, caught): (Vec<_>, Vec<_>) = drill.faults.iter().partition(|fault| fault.caught_by.is_empty());
    if !survivors.is_empty() {
        page.push_str("\n#### Survivors\n\n| fault | place | planted | what is known | a line that catches it |\n|---|---|---|---|---|\n");
        for fault in survivors {
            let stricter = || fault.tighten.as_deref().map(|path| format!("stricter: {}", code(path)));
            let line = fault.suggest.as_deref().map(code).or_else(stricter).unwrap_or_else(|| "–".to_owned());
            let known = safe::prose(&silent_until(&[fault]), true);
            let cells = [code(&fault.fault), code(&fault.target), planted(fault), known, line];
            row(&mut page, &cells);
        }
    }
    if !caught.is_empty() {
        page.push_str(
            "\n#### Caught\n\n| fault | place | planted | smallest dose caught | by |\n|---|---|---|---|---|\n",
        );
        for fault in caught {
            let by: Vec<String> = fault.caught_by.iter().map(|id| code(id)).collect();
            let cells = [code(&fault.fault), code(&fault.target), planted(fault), doses_caught(fault), by.join(" ")];
            row(&mut page, &cells);
        }
    }
    page.push_str("\n#### Gates\n\n| gate | faults caught | without a fault |\n|---|---|---|\n");
    let powers: BTreeMap<String, String> = report.map(|report| powers(drill, report)).unwrap_or_default();
    for (id, count) in counted_gates(drill) {
        let said = powers.get(id).map_or_else(|| "–".to_owned(), |said| format!("This gate is {said}."));
        row(&mut page, &[code(id), count.to_string(), said]);
    }
    let left: Vec<String> = not_tried(drill);
    if !left.is_empty() {
        let said: Vec<String> =
            left.iter().filter(|line| !line.is_empty()).map(|line| safe::prose(line.trim(), false)).collect();
        let _ = write!(page, "\n{}\n", said.join("\n"));
    }
    page
}

/// Returns the number of faults that each gate caught.
pub(super) fn counted_gates(drill: &DrillResult) -> BTreeMap<&str, u64> {
    let mut counts = BTreeMap::<&str, u64>::new();
    drill.silent.iter().for_each(|id| *counts.entry(id).or_default() += 0);
    drill.faults.iter().flat_map(|fault| &fault.caught_by).for_each(|id| *counts.entry(id).or_default() += 1);
    counts
}

/// Returns the smallest dose that was caught.
pub(super) fn doses_caught(fault: &DrilledFault) -> String {
    fault.smallest_dose.map_or_else(|| "–".to_owned(), |dose| dose_in_words(fault, dose))
}

/// Returns the faults that were not tried, by their reasons: kinds and places.
pub(super) fn not_tried_reasons(drill: &DrillResult) -> BTreeMap<&str, Vec<(&str, &str)>> {
    let mut reasons = BTreeMap::<&str, Vec<(&str, &str)>>::new();
    for left in &drill.not_tried {
        reasons.entry(&left.why).or_default().push((&left.fault, &left.target));
    }
    reasons
}

/// Returns the number of faults that were caught, in words.
pub(super) fn headline(drill: &DrillResult) -> String {
    let share = Style::of(Unit::Share).value(quotient(drill.caught, drill.planted));
    let mut said = format!("{} of {} caught ({share})", drill.caught, counted(drill.planted, "planted fault"));
    if drill.warned > 0 {
        let _ = write!(said, ", {} only warned about", drill.warned);
    }
    if !drill.not_tried.is_empty() {
        let _ = write!(said, ", {} not tried", drill.not_tried.len());
    }
    let _ = write!(said, "; seed {}", drill.seed);
    said
}

/// Groups survivors by the line that catches them, in the order of the first of each, and the doses of one fault of a place.
fn by_suggestion<'a>(survivors: &[&'a DrilledFault]) -> Vec<Vec<Vec<&'a DrilledFault>>> {
    let mut groups: Vec<Vec<Vec<&DrilledFault>>> = Vec::new();
    for fault in survivors {
        let is_same = |other: &&DrilledFault| (&other.fault, &other.target) == (&fault.fault, &fault.target);
        let has_same = |group: &&mut Vec<Vec<&DrilledFault>>| {
            group[0][0].suggest == fault.suggest && (fault.suggest.is_some() || group[0].iter().any(is_same))
        };
        let Some(group) = groups.iter_mut().find(has_same) else {
            groups.push(vec![vec![fault]]);
            continue;
        };
        match group.iter_mut().find(|doses| doses.iter().any(is_same)) {
            Some(doses) => doses.push(fault),
            None => group.push(vec![fault]),
        }
    }
    groups
}

/// Returns the advice on a survivor.
fn advice(fault: &DrilledFault) -> Option<String> {
    let add = fault.suggest.as_ref().map(|line| format!("add: {}", safe::terminal(line)));
    add.or_else(|| fault.tighten.as_ref().map(|path| format!("stricter would do: {}", safe::terminal(path))))
}

fn ruled(text: &str) -> Vec<String> {
    wrap(text, WIDTH - 6).into_iter().map(|line| format!("    │ {line}")).collect()
}

pub(super) fn planted(fault: &DrilledFault) -> String {
    fault.dose.map_or_else(|| "–".to_owned(), |dose| dose_in_words(fault, dose))
}

/// Returns the planted and the smallest caught dose.
fn doses(fault: &DrilledFault) -> String {
    match (fault.dose, fault.smallest_dose) {
        (Some(_), Some(smallest)) => {
            let from = if fault.is_bisected { "from" } else { "at" };
            format!("{from} {}", dose_in_words(fault, smallest))
        }
        (Some(dose), None) => format!("at {}", dose_in_words(fault, dose)),
        (None, _) => String::new(),
    }
}

/// Returns a sentence on a survivor: its words, its doses and the dose from which it would be caught.
pub(super) fn silent_until(faults: &[&DrilledFault]) -> String {
    let [fault, rest @ ..] = faults else { return String::new() };
    let mut said = fault.says.clone();
    if let Some(dose) = fault.dose {
        let doses: Vec<String> =
            faults.iter().filter_map(|fault| fault.dose).map(|dose| dose_in_words(fault, dose)).collect();
        let _ = write!(said, ": {}", doses.join(", "));
        match fault.smallest_dose {
            Some(smallest) => {
                let _ = write!(said, "; caught from {}", dose_in_words(fault, smallest));
            }
            None if fault.is_bisected && dose < 1.0 => said.push_str("; caught at no dose"),
            None => {}
        }
    }
    let warned = std::iter::once(fault).chain(rest).rev().find(|fault| !fault.warned_by.is_empty());
    if let Some(warned) = warned {
        let _ = write!(said, "; warns: {}", named(&warned.warned_by));
    }
    said
}

fn named(ids: &[String]) -> String {
    let shown: Vec<String> = ids.iter().take(MOST_GATES).map(|id| safe::terminal(id)).collect();
    let more = ids.len().saturating_sub(MOST_GATES);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

/// Returns a dose with its unit.
fn dose_in_words(fault: &DrilledFault, dose: f64) -> String {
    let unit = fault.dose_unit.as_deref().unwrap_or_default();
    match unit.strip_prefix("share of ") {
        Some(of) => format!("{}% of {of}", two_digits(dose * 100.0)),
        None if unit == "relative change" => format!("{}%", two_digits(dose * 100.0)),
        None => format!("{} {unit}", two_digits(dose)),
    }
}

/// Returns a number with at most two digits that count.
fn two_digits(number: f64) -> String {
    let mut shown = number;
    for places in 0..12_usize {
        let text = format!("{number:.places$}");
        let value: f64 = text.parse().unwrap_or(number);
        shown = value;
        if (value - number).abs() <= number.abs() * 0.05 {
            break;
        }
    }
    shown.to_string()
}

/// Returns lines on the faults that were not tried, by their reasons.
fn not_tried(drill: &DrillResult) -> Vec<String> {
    let mut lines = Vec::new();
    for (why, names) in not_tried_reasons(drill) {
        let shown = names.iter().take(MOST_NAMED).map(|(fault, target)| format!("{fault} {}", safe::terminal(target)));
        let shown = shown.collect::<Vec<_>>().join(", ");
        let more = names.len().saturating_sub(MOST_NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let said = format!("not tried, because {}: {shown}{more}", safe::terminal(why));
        lines.push(String::new());
        lines.extend(wrap(&said, WIDTH));
    }
    lines
}

/// Returns a sentence on the power of each gate.
pub(super) fn powers(drill: &DrillResult, report: &Report) -> BTreeMap<String, String> {
    let shares = Style::of(Unit::Share);
    let said = drill.power.iter().map(|power| {
        let style = report
            .gates
            .iter()
            .find(|gate| gate.id == power.id)
            .map_or(Style::of(Unit::Metric), |gate| Style::of(gate.unit));
        let mut said = format!("silent on an unchanged model in {} of cases", shares.value(1.0 - power.fails));
        if let Some(size) = power.catches {
            let _ = write!(said, ", and catches a loss of {} in 80%", style.size(size));
        }
        (power.id.clone(), said)
    });
    said.collect()
}

#[expect(clippy::cast_precision_loss, reason = "numbers of faults")]
fn quotient(part: u64, all: u64) -> f64 {
    part as f64 / all.max(1) as f64
}

//! A model card for Hugging Face: the `model-index` of its metadata, and Markdown for readers.
//!
//! The format is that of <https://github.com/huggingface/hub-docs/blob/main/modelcard.md>. Texts of the YAML are in double
//! quotes, so that none of them is a number, a date or a tag. Proportions are fractions: 0.93, and not 93.

use std::fmt::Write as _;

use super::document::Report;
use super::evaluated::{EvaluatedModel, EvaluatedNumber, models};
use super::named_files::{NamedFile, named_files};
use super::number::rows;
use super::safe;
use super::sections::Section;

/// Renders a report as a model card.
pub(super) fn render(report: &Report) -> Result<String, std::fmt::Error> {
    let models = models(report);
    let files = named_files(report);
    let mut page = String::from("---\n");
    if models.iter().all(|model| model.numbers.is_empty()) {
        // An empty list would be an error of the Hub.
        page += "tags:\n- mlgate\n";
    } else {
        page += "tags:\n- mlgate\nmodel-index:\n";
        for model in models.iter().filter(|model| !model.numbers.is_empty()) {
            index(&mut page, model, &files)?;
        }
    }
    page += "---\n\n# Evaluation\n\n";
    let counts: Vec<String> = report.counts.by_name().map(|(name, count)| format!("{name}: {count}")).into();
    writeln!(
        page,
        "Measured and judged by mlgate {}. Verdict: **{}**, exit code {}. Gates by verdict: {}.",
        safe::code_span(&report.tool.version, false),
        report.verdict.name(),
        report.exit_code,
        counts.join(", ")
    )?;
    page +=
        "\nIntervals are those of each gate's confidence. Numbers of groups that are too small to show are left out.\n";
    for model in &models {
        of_model(&mut page, model, report)?;
    }
    page += "\n## Files\n\n| file | part | SHA-256 |\n|---|---|---|\n";
    for file in &files {
        let digits = file.sha256().map_or_else(|| "–".to_owned(), |digits| format!("`{digits}`"));
        writeln!(page, "| {} | {} | {digits} |", safe::code_span(&file.path, true), file.role)?;
    }
    if let Some(commit) = &report.provenance.candidate.git {
        writeln!(page, "\nCommit: {}", safe::code_span(commit, false))?;
    }
    Ok(page)
}

/// Writes a model's entry of `model-index`.
fn index(page: &mut String, model: &EvaluatedModel<'_>, files: &[NamedFile]) -> std::fmt::Result {
    let used = format!("models.{}", model.name);
    let is_used = |file: &&NamedFile| file.role == "candidate" && file.used_by.contains(&used);
    let own: Vec<&NamedFile> = files.iter().filter(is_used).collect();
    let names: Vec<&str> = own.iter().map(|file| file.path.as_str()).collect();
    let dataset = if names.is_empty() { "predictions".to_owned() } else { names.join(", ") };
    writeln!(page, "- name: {}\n  results:\n  - task:\n      type: {}", quoted(model.name), quoted(model.task()))?;
    // A dataset of the Hub has an id of its own, which mlgate does not know.
    writeln!(page, "    dataset:\n      type: \"local\"\n      name: {}", quoted(&dataset))?;
    let digests: Vec<&str> = own.iter().filter_map(|file| file.sha256()).collect();
    if !digests.is_empty() {
        writeln!(page, "      args:\n        sha256: {}", quoted(&digests.join(", ")))?;
    }
    *page += "    metrics:\n";
    for number in &model.numbers {
        let name = match &number.slice {
            Some(slice) => format!("{} ({slice})", number.measure),
            None => number.measure.to_owned(),
        };
        writeln!(page, "    - type: {}\n      name: {}", quoted(number.measure), quoted(&name))?;
        writeln!(page, "      value: {}", float(number.value))?;
        if number.slice.is_some() || number.interval.is_some() || number.n.is_some() {
            *page += "      args:\n";
            if let Some(slice) = &number.slice {
                writeln!(page, "        slice: {}", quoted(slice))?;
            }
            if let Some([low, high]) = number.interval {
                writeln!(page, "        interval: [{}, {}]", float(low), float(high))?;
            }
            if let Some(n) = number.n {
                writeln!(page, "        rows: {n}")?;
            }
        }
    }
    Ok(())
}

fn of_model(page: &mut String, model: &EvaluatedModel<'_>, report: &Report) -> std::fmt::Result {
    writeln!(page, "\n## Model {}\n", safe::code_span(model.name, false))?;
    if !model.numbers.is_empty() {
        *page += "| metric | rows of | value | interval | n |\n|---|---|---|---|---|\n";
        for number in &model.numbers {
            row(page, number)?;
        }
    }
    let gates = report.gates.iter().filter(|gate| gate.subject.get("model").is_some_and(|name| name == model.name));
    let gates: Vec<_> = gates.collect();
    if !gates.is_empty() {
        *page += "\n| gate | verdict | finding |\n|---|---|---|\n";
        for gate in gates {
            let (id, finding) = (safe::code_span(&gate.id, true), safe::prose(&gate.message, true));
            writeln!(page, "| {id} | {} | {finding} |", Section::of(gate).title())?;
        }
    }
    Ok(())
}

fn row(page: &mut String, number: &EvaluatedNumber<'_>) -> std::fmt::Result {
    let slice = number.slice.as_ref().map_or_else(|| "all".to_owned(), |slice| safe::code_span(slice, true));
    let interval = number.interval.map_or_else(String::new, |[low, high]| format!("{low:.4} to {high:.4}"));
    let n = number.n.map(rows).unwrap_or_default();
    writeln!(page, "| {} | {slice} | {:.4} | {interval} | {n} |", safe::code_span(number.measure, true), number.value)
}

/// Returns a number in a form that YAML 1.1 and 1.2 read as a number: `1e-7` is a text to some readers.
fn float(value: f64) -> String {
    let text = format!("{value:?}");
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let point = if digits.contains('.') { "" } else { ".0" };
            let sign = if exponent.starts_with('-') { "" } else { "+" };
            format!("{digits}{point}e{sign}{exponent}")
        }
        None => text,
    }
}

/// Returns a text in double quotes of YAML, on one line and without characters that YAML forbids.
fn quoted(text: &str) -> String {
    let is_allowed = |c: char| !matches!(c, '\u{fffe}' | '\u{ffff}');
    let text: String = safe::terminal(text).chars().map(|c| if is_allowed(c) { c } else { '\u{fffd}' }).collect();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_numbers_of_yaml() {
        assert_eq!(float(0.5), "0.5");
        assert_eq!(float(3.0), "3.0");
        assert_eq!(float(1e-9), "1.0e-9");
        assert_eq!(float(1.5e300), "1.5e+300");
    }

    #[test]
    fn texts_stay_in_their_quotes() {
        assert_eq!(quoted("a\"b\\\n--- c"), "\"a\\\"b\\\\ --- c\"");
        assert_eq!(quoted("\u{ffff}\u{1b}"), "\"\u{fffd}\u{fffd}\"");
    }
}

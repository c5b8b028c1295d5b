//! The summary of results that New York City's Local Law 144 asks to be published (6 RCNY § 5-303): rates and impact ratios by
//! category, the numbers of unknowns, and the date and source of the data.
//!
//! Numbers come from gates with the rate `selection_rate` or `scoring_rate`. Groups that the report hides stay hidden. The
//! text is not a bias audit, which an independent auditor conducts, and says so.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::document::{GateResult, GroupEstimate, Report};
use super::named_files::{NamedFile, named_files};
use super::number::rows;
use super::safe;
use crate::plural::counted;

/// The group of rows without a category.
const MISSING: &str = "(missing)";
/// The rates of the rules (6 RCNY § 5-300), each with the law's name.
const RATES: [(&str, &str); 2] = [("selection_rate", "Selection rate"), ("scoring_rate", "Scoring rate")];

/// Renders the summary.
pub(super) fn render(report: &Report) -> Result<String, std::fmt::Error> {
    let mut page = String::from("# Summary of selection rates and impact ratios\n\n");
    page += "This summary has the form of 6 RCNY § 5-303 (New York City Local Law 144 of 2021). It is computed from the data below \
             and is not a bias audit: the law asks for an independent auditor, for historical or test data as the rules define \
             them, and for the distribution date of the tool, which the publisher adds.\n\n";
    data(&mut page, report)?;
    let tables = tables(report);
    if tables.is_empty() {
        page += "\nNo table: the report has no `selection_rate` or `scoring_rate` by groups. Add `ll144` under a model's \
                 `fairness`, by sex, by race/ethnicity, and by both.\n";
        return Ok(page);
    }
    let mut models = BTreeSet::new();
    for gate in &tables {
        models.insert(subject(gate, "model"));
    }
    for model in models {
        writeln!(page, "\n## Tool {}", safe::code_span(model, false))?;
        let own: Vec<&GateResult> = tables.iter().copied().filter(|gate| subject(gate, "model") == model).collect();
        for gate in &own {
            table(&mut page, gate)?;
        }
        absent(&mut page, &own)?;
    }
    page += "\nThe impact ratio of a category is its rate over the highest rate of a category (6 RCNY § 5-300). Rows whose category \
             is unknown are counted and take no part. *Hidden* categories have so few rows that their numbers could reveal \
             individuals. Categories that are *too small* are listed and are not compared; an auditor may leave out those with less \
             than 2% of the data, with a reason.\n";
    Ok(page)
}

/// Writes the date and the source of the data.
fn data(page: &mut String, report: &Report) -> std::fmt::Result {
    let candidate = &report.provenance.candidate;
    *page += "| | |\n|---|---|\n";
    let date = match (&candidate.git, candidate.day()) {
        (Some(commit), Some(day)) => format!("{day}, the day of commit {}", safe::code_span(commit, true)),
        _ => "not known to mlgate: the data belong to no commit".to_owned(),
    };
    writeln!(page, "| date of the data | {date} |")?;
    let is_of_data = |file: &&NamedFile| file.role == "candidate" && !file.used_by.is_empty();
    let is_of_model = |file: &&NamedFile| file.used_by.iter().any(|used| used.starts_with("models."));
    // Tables of features are not a source of the rates; an older report does not say which files are.
    let files = named_files(report);
    for file in files.iter().filter(|file| file.role == "candidate" && (!is_of_data(file) || is_of_model(file))) {
        let digits = file.sha256().map_or_else(String::new, |digits| format!(", SHA-256 `{digits}`"));
        writeln!(page, "| source of the data | {}{digits} |", safe::code_span(&file.path, true))?;
    }
    writeln!(page, "| computed by | mlgate {} |", safe::code_span(&report.tool.version, true))
}

/// Returns one gate for each table: those of the check `ll144` where there is one, with the same groups as any other.
fn tables(report: &Report) -> Vec<&GateResult> {
    let is_rate = |gate: &&GateResult| {
        let rate = subject(gate, "rate");
        gate.family == "fairness" && !gate.groups.is_empty() && RATES.iter().any(|(name, _)| *name == rate)
    };
    let mut chosen: Vec<&GateResult> = Vec::new();
    let of = |gate: &GateResult| {
        let parts = ["model", "by", "rate", "slice"];
        parts.map(|role| gate.subject.get(role).cloned())
    };
    for gate in report.gates.iter().filter(is_rate) {
        match chosen.iter_mut().find(|other| of(other) == of(gate)) {
            Some(other) if gate.check == "ll144" => *other = gate,
            Some(_) => {}
            None => chosen.push(gate),
        }
    }
    chosen
}

fn subject<'r>(gate: &'r GateResult, role: &str) -> &'r str {
    gate.subject.get(role).map(String::as_str).unwrap_or_default()
}

fn table(page: &mut String, gate: &GateResult) -> std::fmt::Result {
    let by: Vec<&str> = subject(gate, "by").split('+').collect();
    let rate = subject(gate, "rate");
    let title = RATES.iter().find(|(name, _)| *name == rate).map_or(rate, |(_, title)| title);
    let shown: Vec<String> = by.iter().map(|column| safe::code_span(column, false)).collect();
    let slice = gate.subject.get("slice").map(|slice| format!(", in {}", safe::code_span(slice, false)));
    writeln!(page, "\n### {title} by {}{}\n", shown.join(" and "), slice.unwrap_or_default())?;
    let heads: Vec<String> = by.iter().map(|column| safe::code_span(column, true)).collect();
    let n = if rate == "selection_rate" { "applicants" } else { "scored" };
    writeln!(page, "| {} | {n} | {} | impact ratio |", heads.join(" | "), title.to_lowercase())?;
    writeln!(page, "|{}---|---|---|", "---|".repeat(heads.len()))?;
    let (unknown, known): (Vec<&GroupEstimate>, Vec<&GroupEstimate>) =
        gate.groups.iter().partition(|group| group.group.iter().any(|value| value == MISSING));
    let decides = |group: &&&GroupEstimate| group.left_out.is_none();
    let rates = known.iter().filter(decides).filter_map(|group| group.candidate.value);
    let highest = rates.fold(f64::NEG_INFINITY, f64::max);
    for group in known {
        row(page, group, by.len(), highest)?;
    }
    for group in unknown {
        let name: Vec<String> = group.group.iter().map(|value| safe::code_span(value, false)).collect();
        let number = group.candidate.n.map_or_else(|| "a hidden number of rows".to_owned(), |n| counted(n, "row"));
        writeln!(page, "\nUnknown category ({}): {number}, in no row of the table.", name.join(", "))?;
    }
    Ok(())
}

fn row(page: &mut String, group: &GroupEstimate, columns: usize, highest: f64) -> std::fmt::Result {
    let mut cells: Vec<String> = group.group.iter().map(|value| safe::code_span(value, true)).collect();
    cells.resize(columns, String::new());
    let has_no_rows = group.candidate.n == Some(0) || group.left_out.as_deref() == Some("no rows");
    cells.push(match group.candidate.n {
        _ if has_no_rows => rows(0),
        Some(n) => rows(n),
        None => "*hidden*".to_owned(),
    });
    match group.candidate.value {
        Some(value) => {
            cells.push(format!("{:.1}%", value * 100.0));
            cells.push(match &group.left_out {
                Some(_) => "*too small*".to_owned(),
                None if highest > 0.0 => format!("{:.3}", value / highest),
                None => "undefined: no category is selected".to_owned(),
            });
        }
        None if has_no_rows => cells.extend(["–".to_owned(), "–".to_owned()]),
        None => cells.extend(["*hidden*".to_owned(), "*hidden*".to_owned()]),
    }
    writeln!(page, "| {} |", cells.join(" | "))
}

/// Names the tables of the law that a report seems to lack, by the names of its columns.
fn absent(page: &mut String, tables: &[&GateResult]) -> std::fmt::Result {
    let has = |column: &str, words: &[&str]| words.iter().any(|word| column.to_lowercase().contains(word));
    let is_sex = |column: &str| has(column, &["sex", "gender"]);
    let is_race = |column: &str| has(column, &["race", "ethnic"]);
    let any = |wanted: &dyn Fn(&[&str]) -> bool| {
        tables.iter().any(|gate| wanted(&subject(gate, "by").split('+').collect::<Vec<_>>()))
    };
    let found = [
        ("sex", any(&|by| matches!(by, [column] if is_sex(column)))),
        ("race/ethnicity", any(&|by| matches!(by, [column] if is_race(column)))),
        ("sex and race/ethnicity together", any(&|by| by.iter().any(|c| is_sex(c)) && by.iter().any(|c| is_race(c)))),
    ];
    for (table, _) in found.iter().filter(|(_, found)| !found) {
        writeln!(
            page,
            "\nNot in this report, by the names of its columns: the table by {table}, which the rules ask for."
        )?;
    }
    Ok(())
}

//! `mlgate read`: a run of another tool, as mlgate sees it.

use std::fmt::Write as _;
use std::path::Path;

use crate::cli::arguments::{ReadArguments, TableFormat};
use crate::cli::exit::PASSED;
use crate::cli::output;
use crate::pipeline::failure::Failure;
use crate::readers::{MetricReading, ReadEnvironment, ReadLimits, RunSnapshot, RunStatus, direction_name};
use crate::report::safe;

/// Reads a source and prints it.
pub(in crate::cli) fn read(arguments: &ReadArguments) -> Result<u8, Failure> {
    let variable = |name: &str| std::env::var(name).ok();
    let environment = ReadEnvironment::new(Path::new("."), &variable).fetching(arguments.fetch);
    let snapshot = crate::readers::read(&arguments.source, &ReadLimits::default(), &environment)
        .map_err(|error| Failure::Environment(error.to_string()))?;
    let text = match arguments.format {
        TableFormat::Text => as_text(&snapshot),
        TableFormat::Json => {
            let text = serde_json::to_string_pretty(&snapshot.to_json());
            safe::json(&text.map_err(|error| {
                Failure::Environment(format!("internal error: the run cannot be written as JSON: {error}"))
            })?) + "\n"
        }
    };
    output::print(&text)?;
    Ok(PASSED)
}

fn as_text(snapshot: &RunSnapshot) -> String {
    let mut text = format!("{}  {}\n", safe::line(0, &snapshot.source), snapshot.kind);
    let run = &snapshot.run;
    let facts = [
        ("run", run.id.as_deref()),
        ("name", run.name.as_deref()),
        ("status", run.status.map(RunStatus::name)),
        ("commit", run.commit.as_deref()),
        ("branch", run.branch.as_deref()),
        ("started", run.started.as_deref()),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            let _ = writeln!(text, "  {name:<8} {}", safe::terminal(value));
        }
    }
    text += &metrics(snapshot);
    for (title, entries) in [("params", &snapshot.params), ("tags", &snapshot.tags), ("artifacts", &snapshot.artifacts)]
    {
        if !entries.is_empty() {
            let _ = writeln!(text, "\n{title}");
            let rows = entries.iter().map(|(name, value)| vec![safe::terminal(name), safe::sentence(value)]);
            text += &aligned(&rows.collect::<Vec<_>>(), 1);
        }
    }
    if !snapshot.warnings.is_empty() {
        text += "\nwarnings\n";
        for warning in &snapshot.warnings {
            let _ = writeln!(text, "{}", safe::line(2, &safe::sentence(warning)));
        }
    }
    text
}

/// Lists the metrics, with a column for each fact that at least one of them has.
fn metrics(snapshot: &RunSnapshot) -> String {
    if snapshot.metrics.is_empty() {
        return "\nno metrics\n".to_owned();
    }
    type Fact = fn(&MetricReading) -> String;
    let facts: [(&str, Fact); 5] = [
        ("value", |reading| reading.value.to_string()),
        ("stderr", |reading| reading.stderr.map_or_else(String::new, |number| number.to_string())),
        ("n", |reading| reading.n.map_or_else(String::new, |number| number.to_string())),
        ("step", |reading| reading.step.map_or_else(String::new, |number| number.to_string())),
        ("better", |reading| reading.direction.and_then(direction_name).unwrap_or_default().to_owned()),
    ];
    let is_known = |fact: Fact| snapshot.metrics.values().any(|reading| !fact(reading).is_empty());
    let facts: Vec<(&str, Fact)> = facts.into_iter().filter(|(_, fact)| is_known(*fact)).collect();
    let head = std::iter::once("metric".to_owned()).chain(facts.iter().map(|(name, _)| (*name).to_owned())).collect();
    let row = |(name, reading): (&String, &MetricReading)| {
        std::iter::once(safe::terminal(name)).chain(facts.iter().map(|(_, fact)| fact(reading))).collect()
    };
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(snapshot.metrics.iter().map(row)).collect();
    format!("\n{}", aligned(&rows, facts.len()))
}

/// Aligns a first column and `others` more, each as wide as its widest cell.
fn aligned(rows: &[Vec<String>], others: usize) -> String {
    let widths: Vec<usize> = (0..=others)
        .map(|at| {
            rows.iter()
                .filter_map(|row| row.get(at))
                .map(|cell| unicode_width::UnicodeWidthStr::width(cell.as_str()))
                .max()
        })
        .map(Option::unwrap_or_default)
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            let pad = widths[at].saturating_sub(unicode_width::UnicodeWidthStr::width(cell.as_str()));
            line += cell;
            line += &" ".repeat(pad + 2);
        }
        text += &safe::line(2, line.trim_end());
        text.push('\n');
    }
    text
}

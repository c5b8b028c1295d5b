//! The power of gates, as a table for a terminal.

use super::document::{Note, PowerResult, Report, Unit};
use super::number::{Style, about, rows};
use super::safe;
use super::text::layout::{fit_path, right, wrap};
use crate::gate::power::Power;
use crate::gate::verdict::{Effect, Verdict};
use crate::plural::counted;

/// The columns of a terminal.
const WIDTH: usize = 80;
/// Beginning of the note of a gate that has no power.
const NOT_REHEARSED: &str = "not rehearsed: ";
/// The widths of the columns of numbers.
const NUMBERS: [usize; 6] = [17, 9, 9, 9, 12, 19];

/// Adds the power of these gates to a report.
pub fn with_power<'a>(
    report: Report,
    powers: impl Iterator<Item = (&'a str, Result<Power, String>)>,
    samples: u64,
) -> Report {
    let result = |id: &str, power: Power| PowerResult {
        id: id.to_owned(),
        samples,
        n: power.n,
        fails: power.fails,
        inconclusive: power.inconclusive,
        passes: power.passes,
        catches: power.catches,
        rows: power.rows,
        clusters: power.clusters,
        clusters_needed: power.clusters_needed,
    };
    let (mut power, mut notes) = (Vec::new(), report.notes.clone());
    for (id, found) in powers {
        match (found, report.gates.iter().find(|gate| gate.id == id)) {
            (Ok(found), _) => power.push(result(id, found)),
            (Err(why), Some(gate)) => {
                // An error says more of itself in the report than its reason.
                let why = if gate.verdict == Verdict::Error { gate.message.clone() } else { why };
                let message = format!("{NOT_REHEARSED}{why}");
                notes.push(Note {
                    id: id.to_owned(),
                    effect: Effect::None,
                    message,
                    help: String::new(),
                    at: gate.at.clone(),
                });
            }
            (Err(_), None) => {}
        }
    }
    Report { power, notes, ..report }
}

/// Renders the power of the gates, two lines for each: ids are long and differ at their ends.
pub fn power_table(report: &Report) -> String {
    let shares = Style::of(Unit::Share);
    let metric = Style::of(Unit::Metric);
    let line = |numbers: [String; 6]| {
        let numbers = numbers.iter().zip(NUMBERS).map(|(number, width)| right(number, width));
        numbers.collect::<String>().trim_end().to_owned()
    };
    let mut lines = vec![
        format!("{}if nothing changed", " ".repeat(NUMBERS[0] + 6)),
        line(["n", "fails", "open", "passes", "catches", "rows"].map(str::to_owned)),
    ];
    let samples = report.power.first().map_or(0, |power| power.samples);
    for power in &report.power {
        let gate = report.gates.iter().find(|gate| gate.id == power.id);
        let in_words = |number: Option<String>| number.unwrap_or_else(|| "–".to_owned());
        let style = gate.map_or(metric, |gate| Style::of(gate.unit));
        lines.push(safe::line(0, &fit_path(&power.id, WIDTH - 2)));
        lines.push(line([
            power.clusters.map_or_else(|| rows(power.n), |clusters| counted(clusters, "cluster")),
            shares.value(power.fails),
            shares.value(power.inconclusive),
            shares.value(power.passes),
            in_words(power.catches.map(|size| style.size(size))),
            in_words(match (power.rows, power.clusters_needed) {
                (Some(rows), _) => Some(about(rows)),
                (None, clusters) => clusters.map(|clusters| format!("{} clusters", about(clusters))),
            }),
        ]));
    }
    lines.push(String::new());
    let legend = [
        format!(
            "fails, open, passes: the verdicts over {} of these rows between which nothing has changed",
            counted(samples, "sample")
        ),
        "catches: the smallest loss that fails the gate 4 times out of 5".to_owned(),
        "rows: the number of rows (or clusters) with which it passes 4 times out of 5 if nothing has changed".to_owned(),
        "–: there is no such number: the two sides are one model, no number of rows would be enough, or several numbers decide"
            .to_owned(),
    ];
    for text in &legend {
        lines.extend(wrap(text, WIDTH));
    }
    for note in report.notes.iter().filter(|note| note.message.starts_with(NOT_REHEARSED)) {
        lines.push(String::new());
        let said = wrap(&format!("{}: {}", safe::terminal(&note.id), safe::terminal(&note.message)), WIDTH - 2);
        lines.extend(said.iter().enumerate().map(
            |(at, line)| {
                if at == 0 { safe::line(0, line) } else { format!("│ {line}") }
            },
        ));
    }
    lines.join("\n") + "\n"
}

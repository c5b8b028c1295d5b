//! Everything behind a verdict, under its gate.

use super::layout::{fit, left, right, width};
use super::{INDENT, Page};
use crate::report::figures::{Figures, GroupFigures};
use crate::report::model::GateResult;

/// The groups that are shown without being asked for.
pub(super) const FEW_GROUPS: usize = 12;
/// The columns of a key: `candidate` and two blanks.
const KEY: usize = 11;
/// The most columns of a group's name.
const MOST_GROUP: usize = 28;

impl Page {
    /// Intervals, methods, definition and place of a gate.
    pub(super) fn evidence(&mut self, gate: &GateResult) {
        let figures = Figures::of(gate);
        if let Some(candidate) = &gate.candidate {
            self.fact("candidate", &figures.side(candidate));
        }
        if let Some(baseline) = &gate.baseline {
            self.fact("baseline", &figures.side(baseline));
        }
        if let (Some(change), Some(text)) = (&gate.change, figures.change_with_interval()) {
            self.fact("change", &format!("{text}, {}", change.method));
        }
        if let Some(size) = figures.detectable() {
            self.fact("detectable", &size);
        }
        self.fact("demanded", &gate.bound);
        self.fact("defined as", &gate.definition);
        self.fact("place", &format!("{}:{}:{}", gate.at.file, gate.at.line, gate.at.column));
        self.groups(gate, None);
    }

    /// The numbers by group, at most `limit` of them.
    pub(super) fn groups(&mut self, gate: &GateResult, limit: Option<usize>) {
        if gate.groups.is_empty() {
            return;
        }
        let shown = limit.unwrap_or(gate.groups.len()).min(gate.groups.len());
        let rows: Vec<(String, GroupFigures)> = gate.groups[..shown]
            .iter()
            .map(|group| (fit(&group.group.join(" · "), MOST_GROUP), GroupFigures::of(group, gate.unit)))
            .collect();
        let head = GroupFigures {
            n: "n".to_owned(),
            baseline: if rows.iter().any(|(_, row)| !row.baseline.is_empty()) { "baseline" } else { "" }.to_owned(),
            rate: "rate".to_owned(),
            interval: "interval".to_owned(),
            note: String::new(),
        };
        let rows: Vec<_> = std::iter::once(("group".to_owned(), head)).chain(rows).collect();
        let widest = |cell: &dyn Fn(&(String, GroupFigures)) -> usize| rows.iter().map(cell).max().unwrap_or(0);
        let columns = [
            widest(&|row| width(&row.0)),
            widest(&|row| width(&row.1.n)),
            widest(&|row| width(&row.1.baseline)),
            widest(&|row| width(&row.1.rate)),
            widest(&|row| width(&row.1.interval)),
        ];
        for (name, row) in &rows {
            let mut line = format!("{}  {}", left(name, columns[0]), right(&row.n, columns[1]));
            if columns[2] > 0 {
                line += &format!("  {}", right(&row.baseline, columns[2]));
            }
            line += &format!("  {}", right(&row.rate, columns[3]));
            self.group_line(line, row, columns[4]);
        }
        if shown < gate.groups.len() {
            self.ruled(&format!("… {} more groups", gate.groups.len() - shown));
        }
    }

    /// A note stands where the interval would, beside it, or on a line of its own: wherever there is room.
    fn group_line(&mut self, mut line: String, row: &GroupFigures, interval: usize) {
        let note = fit(&row.note, usize::MAX);
        if !row.interval.is_empty() {
            let cell = if note.is_empty() { row.interval.clone() } else { left(&row.interval, interval) };
            line += &format!("  {cell}");
        }
        if note.is_empty() {
            self.ruled(&line);
        } else if INDENT + 2 + width(&line) + 2 + width(&note) <= self.width {
            self.ruled(&format!("{line}  {note}"));
        } else {
            self.ruled(line.trim_end());
            self.say(&note, "  ");
        }
    }

    /// One fact with its key.
    fn fact(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.say(value, &left(key, KEY));
        }
    }
}

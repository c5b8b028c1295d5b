//! The evidence of a verdict, under its gate.

use super::label;
use super::layout::{fit, left, right, width};
use super::text_page::{INDENT, TextPage};
use crate::plural::counted;
use crate::report::document::{GateResult, GroupEstimate};
use crate::report::figures::{Figures, GroupFigures};
use crate::report::safe;

/// The width of a key: `candidate` and two blanks.
const KEY: usize = 11;
/// The head of the groups' names.
const GROUP: &str = "group";
/// Maximum width of a group's name.
const MOST_GROUP: usize = 28;
/// The width of a group's name on the narrowest terminal.
const LEAST_GROUP: usize = 5;
/// The smallest width of a group's name on one line with its gap.
const SOME_GROUP: usize = 12;

impl TextPage<'_> {
    /// Writes the intervals, the method, the definition and the place of a gate.
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
            self.fact("detectable", &format!("{size} or more"));
        }
        if let Some(tests) = figures.tests() {
            self.fact("tests", &tests);
        }
        if let Some(noise) = figures.noise() {
            self.fact("noise", &noise);
        }
        self.fact("demanded", &gate.bound);
        if let Some(waiver) = &gate.waiver {
            let ends = if waiver.has_ended { "ended on" } else { "until" };
            self.fact("waiver", &format!("{ends} {} by {}: {}", waiver.until, waiver.owner, waiver.reason));
        }
        self.fact("defined as", &gate.definition);
        self.fact("place", &format!("{}:{}:{}", gate.at.file, gate.at.line, gate.at.column));
        self.groups(gate, None);
    }

    /// Writes the numbers by group, at most `limit` of them.
    pub(super) fn groups(&mut self, gate: &GateResult, limit: Option<usize>) {
        let Some(at) = self.table_of.get(&std::ptr::from_ref(gate)).copied() else { return };
        if let Some(earlier) = self.shown.get(&at) {
            let pointer = format!("groups: as under {earlier}");
            self.say(&pointer, "");
            return;
        }
        self.shown.insert(at, label(gate));
        let table = self.tables[at].clone();
        let groups = table.groups();
        let shown = limit.unwrap_or(groups.len()).min(groups.len());
        let mut rows: Vec<GroupFigures> = std::iter::once(table.head()).chain(table.rows(shown)).collect();
        let widest = |rows: &[GroupFigures], cell: fn(&GroupFigures) -> &str| {
            rows.iter().map(|row| width(cell(row))).max().unwrap_or(0)
        };
        let [n, baseline, rate, interval, more] = [
            widest(&rows, |row| &row.n),
            widest(&rows, |row| &row.baseline),
            widest(&rows, |row| &row.rate),
            widest(&rows, |row| &row.interval),
            widest(&rows, |row| &row.more),
        ];
        let numbers =
            [n, baseline, rate, interval, more].into_iter().filter(|columns| *columns > 0).map(|columns| columns + 2);
        let free = self.width.saturating_sub(INDENT + 2 + numbers.sum::<usize>());
        let full = |group: &GroupEstimate| group.group.join(" · ");
        let longest = groups[..shown].iter().map(|group| width(&full(group))).max().unwrap_or(0).max(GROUP.len());
        // If names and bars do not both fit, the bars are dropped.
        if longest.min(MOST_GROUP) + widest(&rows, |row| &row.gap) + 2 > free {
            rows.iter_mut().for_each(GroupFigures::drop_bar);
        }
        if more > 0 {
            let gap = widest(&rows, |row| &row.gap);
            for row in rows.iter_mut().filter(|row| !row.more.is_empty()) {
                row.gap = format!("{}  {}", left(&row.gap, gap), right(&row.more, more));
            }
        }
        let gap = widest(&rows, |row| &row.gap);
        let free = if more > 0 { free + more + 2 } else { free };
        let beside = if gap > 0 && free >= gap + 2 + SOME_GROUP { free - gap - 2 } else { free };
        let room = beside.clamp(LEAST_GROUP, MOST_GROUP);
        let names = groups[..shown].iter().map(|group| fit(&full(group), room));
        let names: Vec<String> = std::iter::once(GROUP.to_owned()).chain(names).collect();
        let name_columns = names.iter().map(|name| width(name)).max().unwrap_or(0);
        let widths = [interval, gap];
        let mut measure: Option<&str> = None;
        for (place, (name, row)) in names.iter().zip(&rows).enumerate() {
            let of = place.checked_sub(1).and_then(|place| groups[place].measure.as_deref());
            if of.is_some() && of != measure {
                self.ruled(&fit(of.unwrap_or_default(), self.width - INDENT - 2));
                measure = of;
            }
            let mut line = format!("{}  {}", left(name, name_columns), right(&row.n, n));
            if baseline > 0 {
                line = format!("{line}  {}", right(&row.baseline, baseline));
            }
            line = format!("{line}  {}", right(&row.rate, rate));
            self.group_line(line, row, widths);
        }
        if shown < groups.len() {
            self.ruled(&format!("… {}", counted((groups.len() - shown) as u64, "more group")));
        }
    }

    /// Writes a group's line: interval, gap and note are beside the numbers if there is space, and otherwise below.
    fn group_line(&mut self, mut line: String, row: &GroupFigures, [interval, gap]: [usize; 2]) {
        let note = safe::sentence(&row.note);
        let has_gap = !row.gap.is_empty();
        let cells = [
            if has_gap || !row.interval.is_empty() && !note.is_empty() {
                left(&row.interval, interval)
            } else {
                row.interval.clone()
            },
            if has_gap && !note.is_empty() { left(&row.gap, gap) } else { row.gap.clone() },
            note,
        ];
        let mut below = Vec::new();
        for text in &cells {
            if text.is_empty() {
                continue;
            }
            if below.is_empty() && INDENT + 2 + width(&line) + 2 + width(text) <= self.width {
                line = format!("{line}  {text}");
            } else if !text.trim().is_empty() {
                below.push(text.trim_end());
            }
        }
        self.ruled(line.trim_end());
        for text in below {
            self.say(text, "  ");
        }
    }

    /// Writes a fact with its key.
    fn fact(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.say(value, &left(key, KEY));
        }
    }
}

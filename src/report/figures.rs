//! The figures of a gate, shared by the text and the Markdown format.

use super::document::{EqualityTestResult, EstimateResult, GateResult, GroupEstimate, NoiseResult, Unit};
use super::number::{self, Style};
use super::safe;
use crate::gate::verdict::{Effect, Verdict};

/// Returns the label of a gate in a line: its id without the steps that every id has. The evidence shows the whole id.
pub(super) fn label(gate: &GateResult) -> String {
    let role = |name: &str| gate.subject.get(name).map(String::as_str);
    let table = role("dataset").or(role("model"));
    let inner = [role("column"), role("metric"), role("slice"), role("rule"), role("by"), role("rate")];
    // A rule's name is the name of its gate.
    let check = role("rule").is_none().then_some(gate.check.as_str());
    let since = gate.id.ends_with(".since_reference").then_some("since_reference");
    let steps: Vec<&str> = table.into_iter().chain(inner.into_iter().flatten()).chain(check).chain(since).collect();
    if table.is_some() { steps.join(".") } else { gate.id.clone() }
}

/// A gate, with the style of its numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figures<'a> {
    gate: &'a GateResult,
    style: Style,
}

impl<'a> Figures<'a> {
    pub(super) fn of(gate: &'a GateResult) -> Self {
        Self { gate, style: Style::of(gate.unit).telling_apart(&compared(gate)) }
    }

    /// Returns both sides for a terminal: `0.47% → 0.92% repeated`.
    pub(super) fn levels(self) -> String {
        let levels = self.numbers();
        match &self.gate.counts {
            Some(counts) if !levels.is_empty() => format!("{levels} {}", safe::terminal(counts)),
            _ => levels,
        }
    }

    /// Returns both sides, `0.9266 → 0.9011`, or the candidate's side alone; empty if nothing was measured.
    pub(super) fn numbers(self) -> String {
        match (&self.gate.baseline, &self.gate.candidate) {
            (Some(baseline), Some(candidate)) => format!("{} → {}", self.level(baseline), self.level(candidate)),
            (Some(baseline), None) => format!("{} → ?", self.level(baseline)),
            (None, Some(candidate)) => self.level(candidate),
            (None, None) => String::new(),
        }
    }

    /// Returns the baseline's and the candidate's number; empty if there is none.
    pub(super) fn sides(self) -> [String; 2] {
        let level = |side: &Option<EstimateResult>| side.as_ref().map(|side| self.level(side)).unwrap_or_default();
        [level(&self.gate.baseline), level(&self.gate.candidate)]
    }

    /// Returns the change alone: `−0.0255`.
    pub(super) fn change(self) -> Option<String> {
        self.gate.change.as_ref().map(|change| self.style.change(change.value))
    }

    /// Returns the change with its interval: `−0.0255 [−0.0283, −0.0227]`.
    pub(super) fn change_with_interval(self) -> Option<String> {
        let change = self.gate.change.as_ref()?;
        let interval = change.interval.map(|interval| format!(" {}", self.style.change_interval(interval)));
        Some(format!("{}{}", self.style.change(change.value), interval.unwrap_or_default()))
    }

    /// Returns the interval that decided: that of the change, or that of the candidate's side.
    pub(super) fn interval(self) -> Option<String> {
        match (&self.gate.change, &self.gate.candidate) {
            (Some(change), _) => Some(self.style.change_interval(change.interval?)),
            (None, Some(candidate)) => Some(self.style.interval(candidate.interval?)),
            (None, None) => None,
        }
    }

    /// Returns one side in full: `0.9011 [0.8960, 0.9060], n 16,281`. May contain untrusted text of the report.
    pub(super) fn side(self, estimate: &EstimateResult) -> String {
        let interval = estimate.interval.map(|interval| format!(" {}", self.style.interval(interval)));
        let rows = estimate.n.map(|n| format!(", n {}", number::rows(n)));
        format!("{}{}{}", self.style.estimate(estimate), interval.unwrap_or_default(), rows.unwrap_or_default())
    }

    /// Returns the smallest detectable change.
    pub(super) fn detectable(self) -> Option<String> {
        Some(self.style.size(self.gate.change.as_ref()?.detectable?))
    }

    /// Returns the textbook tests of the change: `McNemar, exact: p 0.0703; Tango: [−0.0100, 0.0200]`. Contains untrusted
    /// text of the report.
    pub(super) fn tests(self) -> Option<String> {
        let tests = &self.gate.change.as_ref()?.tests;
        let one = |test: &EqualityTestResult| {
            let p = test.p_value.map(p_value);
            let interval = test.interval.map(|interval| self.style.change_interval(interval));
            let numbers: Vec<String> = p.into_iter().chain(interval).collect();
            format!("{}: {}", test.name, numbers.join(", "))
        };
        (!tests.is_empty()).then(|| tests.iter().map(one).collect::<Vec<_>>().join("; "))
    }

    /// Returns the noise of a distance: `p 0.0123 (0.0400 adjusted for 12 gates); without drift 95 % of samples stay below 0.0434`.
    pub(super) fn noise(self) -> Option<String> {
        let NoiseResult { p, adjusted_p, gates, floor } = self.gate.noise?;
        let adjusted = match gates {
            1 => String::new(),
            gates => format!(" ({} adjusted for {gates} drift gates)", p_value(adjusted_p)),
        };
        let floor = self.style.value(floor);
        Some(format!("{}{adjusted}; without drift, 95% of samples stay below {floor}", p_value(p)))
    }

    /// Returns a remark on the verdict's effect, if the effect may surprise the reader.
    pub(super) fn remark(self) -> Option<&'static str> {
        let blocks = self.gate.verdict == Verdict::Inconclusive && self.gate.effect == Effect::Blocks;
        blocks.then_some("this blocks, because `on_inconclusive` is `fail`")
    }

    /// Returns a side's number; `undefined` without its reason, because the column is narrow and the message gives the
    /// reason.
    fn level(self, estimate: &EstimateResult) -> String {
        estimate.value.map_or_else(|| "undefined".to_owned(), |value| self.style.value(value))
    }
}

/// Formats a p-value, so that none reads as 0.
fn p_value(p: f64) -> String {
    if p < 1e-4 { "p < 0.0001".to_owned() } else { format!("p {p:.4}") }
}

/// The figures of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct GroupFigures {
    /// The denominator of the rate; empty if it is suppressed.
    pub(super) n: String,
    /// The baseline's rate, if the gate has any.
    pub(super) baseline: String,
    /// The rate.
    pub(super) rate: String,
    /// The rate's interval.
    pub(super) interval: String,
    /// The comparison of the rate with the reference: a bar whose length is the rate's proportion of the highest, and
    /// the difference or the ratio.
    pub(super) gap: String,
    /// The other of these two, where another gate on the same groups is about it.
    pub(super) more: String,
    /// The reason the rate is missing or does not decide: untrusted text of the report.
    pub(super) note: String,
}

impl GroupFigures {
    /// Returns the header of the table; without a baseline, its column has no title.
    pub(super) fn head(gate: &GateResult) -> Self {
        let compares = gate.groups.iter().any(|group| group.baseline.is_some());
        Self {
            n: "n".to_owned(),
            baseline: if compares { "baseline".to_owned() } else { String::new() },
            rate: if gate.group_unit.unwrap_or(gate.unit) == Unit::Metric { "value" } else { "rate" }.to_owned(),
            interval: "interval".to_owned(),
            gap: match gate.groups.iter().any(|group| group.against.is_some()) {
                true if gate.unit == Unit::Ratio => "ratio".to_owned(),
                true => "difference".to_owned(),
                false => String::new(),
            },
            more: String::new(),
            note: String::new(),
        }
    }

    /// Keeps only the number of the gap.
    pub(super) fn drop_bar(&mut self) {
        if let Some((_, number)) = self.gap.rsplit_once("  ") {
            self.gap = number.to_owned();
        }
    }

    pub(super) fn of(group: &GroupEstimate, gate: &GateResult) -> Self {
        let style = Style::of(gate.group_unit.unwrap_or(gate.unit));
        let estimate = &group.candidate;
        let rate =
            |estimate: &EstimateResult| estimate.value.map_or_else(|| "–".to_owned(), |value| style.value(value));
        let undefined = estimate.value.is_none().then(|| style.estimate(estimate));
        Self {
            n: estimate.n.map_or_else(|| "–".to_owned(), number::rows),
            baseline: group.baseline.as_ref().map(rate).unwrap_or_default(),
            rate: rate(estimate),
            interval: estimate.interval.map_or_else(String::new, |interval| style.interval(interval)),
            gap: gap(group, gate, style),
            more: String::new(),
            // Without a number, nothing could have been left out.
            note: undefined.or_else(|| group.left_out.clone()).unwrap_or_default(),
        }
    }
}

/// The width of a bar, in characters.
const BAR: usize = 8;

/// Returns a bar and a number, such as `█████░░░  −12.0pp`; the bar's empty part is the distance to the highest group.
fn gap(group: &GroupEstimate, gate: &GateResult, style: Style) -> String {
    if gate.groups.iter().all(|group| group.against.is_none()) || group.left_out.is_some() {
        return String::new();
    }
    let of_same = gate.groups.iter().filter(|other| other.measure == group.measure && other.left_out.is_none());
    let values: Vec<f64> = of_same.filter_map(|other| other.candidate.value).collect();
    let highest = values.iter().copied().fold(0.0, f64::max);
    let Some(value) = group.candidate.value else { return String::new() };
    let bar = if highest > 0.0 && values.iter().all(|value| *value >= 0.0) {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 8"
        )]
        let full = ((value / highest * BAR as f64).round() as usize).min(BAR);
        format!("{}{}", "█".repeat(full), "░".repeat(BAR - full))
    } else {
        String::new()
    };
    let number = match &group.against {
        Some(against) if gate.unit == Unit::Ratio => Style::of(Unit::Ratio).value(against.value),
        Some(against) => style.change(against.value),
        None => "reference".to_owned(),
    };
    format!("{bar}  {number}").trim_start().to_owned()
}

/// Returns the pairs of numbers that a reader of this gate compares.
fn compared(gate: &GateResult) -> Vec<(f64, f64)> {
    let sides = [&gate.candidate, &gate.baseline];
    let levels =
        sides.into_iter().flatten().flat_map(|side| side.value.into_iter().chain(side.interval.into_iter().flatten()));
    let changes =
        gate.change.iter().flat_map(|change| [change.value].into_iter().chain(change.interval.into_iter().flatten()));
    let shown: Vec<f64> = levels.chain(changes).collect();
    let bounds = numbers_in(&gate.bound);
    let mut pairs: Vec<_> = bounds.iter().flat_map(|bound| shown.iter().map(move |number| (*number, *bound))).collect();
    let [candidate, baseline] = sides.map(|side| side.as_ref().and_then(|side| side.value));
    pairs.extend(candidate.zip(baseline));
    pairs
}

/// Returns the numbers in a bound, percentages as proportions: 0.05 and 0.01 in `< 5% + 1pp`.
fn numbers_in(bound: &str) -> Vec<f64> {
    let mut numbers = Vec::new();
    for word in bound.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%'))) {
        let end = word.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '_'))).unwrap_or(word.len());
        let (digits, unit) = word.split_at(end);
        // The shift is made in the text, not by a division, so that 0.1% is the same number as in the config.
        let scale = match unit {
            "" => "",
            "%" | "pp" => "e-2",
            // `f1` and `5xx` are names.
            _ => continue,
        };
        numbers.extend(format!("{}{scale}", digits.replace('_', "")).parse::<f64>());
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_names_numbers() {
        assert_eq!(numbers_in("max_drop 0.005"), [0.005]);
        assert_eq!(numbers_in("< 5%"), [0.05]);
        assert_eq!(numbers_in("<= baseline + 1pp"), [0.01]);
        assert_eq!(numbers_in("[17, 99]"), [17.0, 99.0]);
        assert_eq!(numbers_in("f1 >= 10_000"), [10_000.0]);
    }
}

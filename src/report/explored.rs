//! The figures of slices without a gate, shared by the text and the Markdown format.

use super::document::{EstimateResult, ExploredMetricResult, ExploredSliceResult, Unit};
use super::message::left_out_listed;
use super::number::{self, Style};

/// A row of the table; its slice and its note are untrusted text of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ExploredFigures {
    pub(super) slice: String,
    pub(super) n: String,
    /// Both sides, `0.8712 → 0.8510`, or the candidate's side alone.
    pub(super) levels: String,
    /// The change alone, or the interval of the candidate's side.
    pub(super) short: String,
    /// The change with its interval, or the interval of the candidate's side.
    pub(super) interval: String,
    /// The adjusted p-value.
    pub(super) chance: String,
    /// The reason there is no number.
    pub(super) note: String,
}

impl ExploredFigures {
    /// Returns the header of a table.
    pub(super) fn head(table: &ExploredMetricResult) -> Self {
        let compares = table.slices.iter().any(|slice| slice.baseline.is_some());
        let text = |text: &str| text.to_owned();
        Self {
            slice: text("slice"),
            n: text("n"),
            levels: text(if compares { "both sides" } else { "value" }),
            short: text(if compares { "change" } else { "interval" }),
            interval: text(if compares { "change" } else { "interval" }),
            chance: text(if compares { "adjusted p" } else { "" }),
            note: String::new(),
        }
    }

    pub(super) fn of(slice: &ExploredSliceResult) -> Self {
        let sides = slice.baseline.as_ref().and_then(|before| before.value).zip(slice.candidate.value);
        let style = Style::of(Unit::Metric).telling_apart(&Vec::from_iter(sides));
        let value =
            |estimate: &EstimateResult| estimate.value.map_or_else(|| "–".to_owned(), |value| style.value(value));
        let (short, interval) = match (&slice.change, slice.candidate.interval) {
            (Some(change), _) => {
                let interval = change.interval.map(|interval| format!(" {}", style.change_interval(interval)));
                let short = style.change(change.value);
                (short.clone(), short + &interval.unwrap_or_default())
            }
            (None, Some(interval)) if slice.baseline.is_none() => (style.interval(interval), style.interval(interval)),
            _ => (String::new(), String::new()),
        };
        Self {
            slice: slice.slice.clone(),
            n: slice.candidate.n.map_or_else(|| "–".to_owned(), number::rows),
            levels: match &slice.baseline {
                Some(before) if slice.candidate.value.is_some() => {
                    format!("{} → {}", value(before), value(&slice.candidate))
                }
                _ => value(&slice.candidate),
            },
            short,
            interval,
            chance: slice.adjusted_p.map(chance).unwrap_or_default(),
            note: match slice.candidate.value {
                Some(_) => String::new(),
                None => style.estimate(&slice.candidate),
            },
        }
    }
}

/// Returns sentences that name the slices without a number, a change or a p-value, grouped by reason. The first `shown`
/// slices are in a table that gives the reason for a missing number.
pub(super) fn without_number(table: &ExploredMetricResult, shown: usize) -> Vec<String> {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for (place, slice) in table.slices.iter().enumerate() {
        let lacks = |estimate: &EstimateResult| estimate.value.is_none();
        let reason = |estimate: &EstimateResult| Style::of(Unit::Metric).estimate(estimate);
        let why = match (&slice.baseline, &slice.change) {
            _ if lacks(&slice.candidate) && place < shown => continue,
            _ if lacks(&slice.candidate) => reason(&slice.candidate),
            (Some(before), _) if lacks(before) => format!("{} in the baseline", reason(before)),
            (Some(_), None) => "the change is undefined".to_owned(),
            (Some(_), Some(_)) if slice.adjusted_p.is_none() => "too few rows for a p-value".to_owned(),
            _ => continue,
        };
        let name = format!("`{}`", slice.slice);
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, names)) => names.push(name),
            None => reasons.push((why, vec![name])),
        }
    }
    reasons.into_iter().map(|(why, names)| format!("left out: {}: {why}", left_out_listed(&names))).collect()
}

/// Formats a p-value with four decimals.
fn chance(p: f64) -> String {
    if p < 0.0001 { "< 0.0001".to_owned() } else { format!("{p:.4}") }
}

//! The report for other programs; `docs/report.schema.json` is its contract.

use std::fmt::Write as _;

use super::model::{Change, Estimate, Report};
use super::{RenderError, safe};

/// The report as JSON, with a newline at its end.
///
/// Strings are as they were: whoever reads them knows where they came from. Characters that could steer a terminal, or
/// the runner in whose log this is printed, are written as escapes, which a reader of JSON does not notice.
pub(super) fn render(report: &Report) -> Result<String, RenderError> {
    check_finite(report)?;
    let json = serde_json::to_string_pretty(report)?;
    let mut text = String::with_capacity(json.len() + 1);
    // None of these is ever outside of a string, and a backslash never stands before one.
    for c in json.chars() {
        if c == '#' || safe::is_invisible(c) || (c.is_control() && c != '\n') {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(text, "\\u{unit:04x}")?;
            }
        } else {
            text.push(c);
        }
    }
    text.push('\n');
    Ok(text)
}

/// `serde_json` writes NaN and infinity as `null`, which here means *undefined* or *exact*: a lie, so it is refused.
fn check_finite(report: &Report) -> Result<(), RenderError> {
    let finite = |name: &str, number, ok| {
        if ok { Ok(()) } else { Err(RenderError::NotFinite { gate: name.to_owned(), number }) }
    };
    for gate in &report.gates {
        let groups = gate.groups.iter().flat_map(|group| std::iter::once(&group.candidate).chain(&group.baseline));
        finite(&gate.id, "candidate", gate.candidate.iter().all(estimate_is_finite))?;
        finite(&gate.id, "baseline", gate.baseline.iter().all(estimate_is_finite))?;
        finite(&gate.id, "change", gate.change.iter().all(change_is_finite))?;
        finite(&gate.id, "groups", groups.into_iter().all(estimate_is_finite))?;
    }
    for table in &report.explored {
        for slice in &table.slices {
            let ok = std::iter::once(&slice.candidate).chain(&slice.baseline).all(estimate_is_finite)
                && slice.change.iter().all(change_is_finite)
                && all_finite(slice.adjusted_p);
            finite(&table.metric, "slices", ok)?;
        }
    }
    for measurement in &report.measurements {
        let ok = all_finite(measurement.value) && all_finite(measurement.interval.into_iter().flatten());
        finite(&measurement.measure, "value", ok)?;
    }
    Ok(())
}

fn estimate_is_finite(estimate: &Estimate) -> bool {
    all_finite(estimate.value) && all_finite(estimate.interval.into_iter().flatten())
}

fn change_is_finite(change: &Change) -> bool {
    change.value.is_finite() && all_finite(change.detectable) && all_finite(change.interval.into_iter().flatten())
}

fn all_finite(numbers: impl IntoIterator<Item = f64>) -> bool {
    numbers.into_iter().all(f64::is_finite)
}

#[cfg(test)]
mod tests;

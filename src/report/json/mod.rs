//! The JSON format, for other programs; `docs/report.schema.json` is its contract.

mod own_digest;

use std::fmt::Write as _;

use super::document::{ChangeResult, EstimateResult, Report};
use super::{RenderError, safe};
pub(super) use own_digest::with_digest;
pub use own_digest::{SelfDigest, self_digest};

/// Renders the report as JSON, with a final newline.
///
/// Strings are unchanged: a program that reads the report must treat them as untrusted. Characters that could steer a
/// terminal, or the runner whose log shows the report, are written as JSON escapes, which every reader decodes.
pub(super) fn render(report: &Report) -> Result<String, RenderError> {
    check_finite(report)?;
    let json = serde_json::to_string_pretty(report)?;
    let mut text = String::with_capacity(json.len() + 1);
    // These characters occur only inside strings, and never directly behind a backslash.
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

/// Refuses NaN and infinity: `serde_json` writes them as `null`, which means *undefined* or *exact* in a report.
fn check_finite(report: &Report) -> Result<(), RenderError> {
    let finite = |name: &str, number, ok| {
        if ok { Ok(()) } else { Err(RenderError::NotFinite { gate: name.to_owned(), number }) }
    };
    for gate in &report.gates {
        let groups = gate.groups.iter().flat_map(|group| std::iter::once(&group.candidate).chain(&group.baseline));
        finite(&gate.id, "candidate", gate.candidate.iter().all(estimate_is_finite))?;
        finite(&gate.id, "baseline", gate.baseline.iter().all(estimate_is_finite))?;
        finite(&gate.id, "change", gate.change.iter().all(change_is_finite))?;
        let noise = gate.noise.iter().flat_map(|noise| [noise.p, noise.adjusted_p, noise.floor]);
        finite(&gate.id, "noise", all_finite(noise))?;
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

fn estimate_is_finite(estimate: &EstimateResult) -> bool {
    all_finite(estimate.value) && all_finite(estimate.interval.into_iter().flatten())
}

fn change_is_finite(change: &ChangeResult) -> bool {
    let tests =
        || change.tests.iter().flat_map(|test| test.p_value.into_iter().chain(test.interval.into_iter().flatten()));
    change.value.is_finite()
        && all_finite(change.detectable)
        && all_finite(change.interval.into_iter().flatten())
        && all_finite(tests())
}

fn all_finite(numbers: impl IntoIterator<Item = f64>) -> bool {
    numbers.into_iter().all(f64::is_finite)
}

#[cfg(test)]
mod tests;

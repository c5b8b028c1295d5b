//! OpenMetrics text, for GitLab's metrics report and for Prometheus.
//!
//! All metrics are gauges: Prometheus' older text format, which `promtool` reads, has no more types in common.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::document::{EstimateResult, MeasurementResult, Report};

/// A number of a measurement.
type PartOfMeasurement = fn(&MeasurementResult) -> Option<f64>;

/// Renders the version of mlgate, the verdict, the gates' numbers and the measurements.
pub(super) fn render(report: &Report) -> Result<String, std::fmt::Error> {
    let mut page = MetricsPage::default();
    page.family("mlgate_build_info", "The version of mlgate.")?;
    page.sample(&[("version", &report.tool.version)], Some(1.0))?;
    page.family("mlgate_exit_code", "The exit code of the run.")?;
    page.sample(&[], Some(f64::from(report.exit_code)))?;
    page.family("mlgate_verdict", "The verdict over all gates: 1 at the one that holds.")?;
    for verdict in ["pass", "warn", "fail", "error"] {
        page.sample(&[("verdict", verdict)], Some(f64::from(u8::from(report.verdict.name() == verdict))))?;
    }
    page.family("mlgate_gates", "The number of gates by verdict.")?;
    for (verdict, count) in report.counts.by_name() {
        page.sample(&[("verdict", verdict)], Some(float(count)))?;
    }
    page.family("mlgate_gate_blocks", "1 for a gate that blocks the merge, 0 for any other.")?;
    for gate in &report.gates {
        let blocks = gate.effect == crate::gate::verdict::Effect::Blocks;
        page.sample(&[("gate", &gate.id)], Some(f64::from(u8::from(blocks))))?;
    }
    page.family("mlgate_gate_value", "The number of a gate, by side.")?;
    for gate in &report.gates {
        for (side, estimate) in [("baseline", &gate.baseline), ("candidate", &gate.candidate)] {
            let value = estimate.as_ref().and_then(|estimate: &EstimateResult| estimate.value);
            page.sample(&[("gate", &gate.id), ("side", side)], value)?;
        }
    }
    page.family("mlgate_gate_change", "Candidate minus baseline, for a gate that compares the two.")?;
    for gate in &report.gates {
        page.sample(&[("gate", &gate.id)], gate.change.as_ref().map(|change| change.value))?;
    }
    let parts: [(&str, &str, PartOfMeasurement); 4] = [
        ("mlgate_measurement", "A measured number, with or without a gate on it.", |of| of.value),
        ("mlgate_measurement_lower", "The lower end of the number's interval.", |of| Some(of.interval?[0])),
        ("mlgate_measurement_upper", "The upper end of the number's interval.", |of| Some(of.interval?[1])),
        ("mlgate_measurement_rows", "The denominator of the number, in rows.", |of| of.n.map(float)),
    ];
    for (name, help, value) in parts {
        page.family(name, help)?;
        for measured in &report.measurements {
            let subject = measured.subject.iter().map(|(role, name)| (role.as_str(), name.as_str()));
            let labels: Vec<_> =
                subject.chain([("measure", measured.measure.as_str()), ("side", measured.side.as_str())]).collect();
            page.sample(&labels, value(measured))?;
        }
    }
    page.text += "# EOF\n";
    Ok(page.text)
}

/// The page under construction.
#[derive(Default)]
struct MetricsPage {
    text: String,
    name: &'static str,
    /// The samples of the family that stand on the page: a second one with the same labels would be an error.
    seen: BTreeSet<String>,
}

impl MetricsPage {
    fn family(&mut self, name: &'static str, help: &str) -> std::fmt::Result {
        self.name = name;
        self.seen.clear();
        writeln!(self.text, "# TYPE {name} gauge\n# HELP {name} {help}")
    }

    /// Writes a sample, unless it has no number.
    fn sample(&mut self, labels: &[(&str, &str)], value: Option<f64>) -> std::fmt::Result {
        let Some(value) = value.filter(|value| value.is_finite()) else { return Ok(()) };
        let mut seen = BTreeSet::new();
        let labels =
            labels.iter().map(|(name, value)| (label(name), value)).filter(|(name, _)| seen.insert(name.clone()));
        let labels: Vec<String> = labels.map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        if !self.seen.insert(labels.clone()) {
            return Ok(());
        }
        writeln!(self.text, "{}{labels} {value}", self.name)
    }
}

/// Returns a role as the name of a label.
fn label(role: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = role.chars().map(plain).collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("role_{name}") }
}

/// Returns a value inside of quotes. Characters that cannot be seen are replaced, so that a value stays on its line.
fn escaped(value: &str) -> String {
    super::safe::terminal(value).replace('\\', "\\\\").replace('"', "\\\"")
}

#[expect(clippy::cast_precision_loss, reason = "numbers of rows are far below 2^53")]
fn float(number: u64) -> f64 {
    number as f64
}

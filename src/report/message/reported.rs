//! The messages of numbers that other programs computed.

use super::super::number::Style;
use super::change::told;
use super::phrases::METRICS_ONLY;
use super::phrases::filled;
use crate::gate::judge::Reported;
use crate::gate::margin::ChangeKind;
use crate::gate::verdict::Verdict;
use crate::gate::{Gate, Limit, MetricDemand};

pub(super) fn reported(gate: &Gate, found: &Reported, verdict: Verdict, style: Style) -> String {
    let gain = found.gain();
    let margin = found.tolerance.map(|tolerance| tolerance.amount);
    let mut pairs: Vec<(f64, f64)> = found.baseline.map(|baseline| (baseline, found.candidate)).into_iter().collect();
    pairs.extend(margin.map(|margin| (gain, margin)));
    if let MetricDemand::Limit(Limit::AtLeast(at) | Limit::AtMost(at)) = found.demand {
        pairs.push((found.candidate, at));
    }
    let style = style.telling_apart(&pairs);
    let value = |number: f64| style.value(number);
    let fact = filled(
        gate,
        &[
            ("subject", &format!("`{}`", gate.subject.get("metric").map_or("", String::as_str))),
            ("baseline", &found.baseline.map_or_else(String::new, value)),
            ("value", &value(found.candidate)),
        ],
    );
    let demand = match (found.demand, found.tolerance) {
        (MetricDemand::Limit(Limit::AtLeast(least)), _) => format!("limit: at least {}", value(least)),
        (MetricDemand::Limit(Limit::AtMost(most)), _) => format!("limit: at most {}", value(most)),
        (MetricDemand::Change(demand), Some(tolerance)) => {
            let margin = told(style, tolerance);
            match (demand.kind, verdict) {
                (ChangeKind::LossAtMost, _) => format!("allowed loss: {margin}"),
                (ChangeKind::GainAtLeast, _) => format!("required gain: {margin}"),
                (ChangeKind::GainAtMost, Verdict::Fail) => {
                    format!("allowed gain: {margin}, because more is too good to be true")
                }
                (ChangeKind::GainAtMost, _) => format!("allowed gain: {margin}"),
            }
        }
        (MetricDemand::Change(_), None) => String::new(),
    };
    let change = match (found.baseline, found.demand) {
        (Some(_), MetricDemand::Change(_)) if gain > 0.0 => format!(", better by {}", style.size(gain)),
        (Some(_), MetricDemand::Change(_)) if gain < 0.0 => format!(", worse by {}", style.size(gain)),
        _ => String::new(),
    };
    format!("{fact}{change}; {demand} ({METRICS_ONLY})")
}

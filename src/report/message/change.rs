//! The message of a metric compared with the baseline's.

use super::super::number::{Style, about};
use super::phrases::{among, filled, trust};
use crate::gate::Gate;
use crate::gate::judge::Change;
use crate::gate::margin::{Basis, ChangeKind, Tolerance};
use crate::gate::verdict::Verdict;
use crate::measurement::Unpaired;
use crate::plural::noun;

pub(super) fn change(gate: &Gate, found: &Change, verdict: Verdict, style: Style) -> String {
    let trust = trust(gate);
    let margin = found.tolerance.amount;
    let mut gains = found.change.interval.map(|end| found.gain(end));
    gains.sort_by(f64::total_cmp);
    let [least, most] = gains;
    let style = style.telling_apart(&[
        (found.baseline.value, found.candidate.value),
        (least, margin),
        (most, margin),
        (found.change.value, margin),
    ]);
    let fact = filled(
        gate,
        &[
            ("subject", &found.metric.to_string()),
            ("baseline", &style.value(found.baseline.value)),
            ("value", &style.value(found.candidate.value)),
        ],
    );
    let margin = told(style, found.tolerance);
    let kind = found.demand.kind;
    let limit = match kind {
        ChangeKind::LossAtMost => format!("allowed loss: {margin}"),
        ChangeKind::GainAtLeast if found.tolerance.amount <= 0.0 => "required gain: above 0".to_owned(),
        ChangeKind::GainAtLeast => format!("required gain: {margin}"),
        ChangeKind::GainAtMost if verdict == Verdict::Fail => {
            format!("allowed gain: {margin}, because more is too good to be true")
        }
        ChangeKind::GainAtMost => format!("allowed gain: {margin}"),
    };
    // The lower end of an interval may be a gain or a loss.
    let at_least = |gain: f64| match gain {
        _ if gain >= 0.0 => format!("better by at least {}", style.size(gain)),
        _ => format!("worse by at most {}", style.size(gain)),
    };
    let at_most = |gain: f64| match gain {
        _ if gain > 0.0 => format!("better by at most {}", style.size(gain)),
        _ => format!("worse by at least {}", style.size(gain)),
    };
    let apart = match found.unpaired {
        None => "",
        Some(Unpaired::OtherRows) => "; unpaired: the sides have different rows (`pairing: none`)",
        Some(Unpaired::Stored) => "; unpaired: the stored baseline holds no rows",
    };
    let failed = match kind {
        ChangeKind::LossAtMost | ChangeKind::GainAtLeast => at_most(most),
        ChangeKind::GainAtMost => at_least(least),
    };
    let text = match (verdict, kind) {
        (Verdict::Pass, ChangeKind::LossAtMost | ChangeKind::GainAtMost)
            if found.change.standard_error == 0.0 && found.change.value == 0.0 =>
        {
            format!("{fact}: {}", found.change.method)
        }
        (Verdict::Pass, ChangeKind::LossAtMost) if least >= 0.0 => format!("{fact}, no worse {trust}; {limit}"),
        (Verdict::Pass, ChangeKind::GainAtMost) if most <= 0.0 => format!("{fact}, no better {trust}; {limit}"),
        (Verdict::Pass, ChangeKind::LossAtMost | ChangeKind::GainAtLeast) => {
            format!("{fact}, {} {trust}; {limit}", at_least(least))
        }
        (Verdict::Pass, ChangeKind::GainAtMost) => format!("{fact}, {} {trust}; {limit}", at_most(most)),
        (Verdict::Fail, _) => format!("{fact}, {failed} {trust}; {limit}"),
        _ if found.one_of.is_some() => {
            format!("{fact}, {failed} {trust}; {limit}{}", among(found.one_of.unwrap_or_default()))
        }
        _ => format!(
            "{fact}, a change of {} {}; {limit}; with {} the smallest detectable change is {}{}",
            style.change(found.change.value),
            style.change_interval(found.change.interval),
            found.units,
            style.size(found.detectable),
            found.enough.map_or_else(String::new, |enough| format!(
                "; about {} {} would decide",
                about(enough),
                noun(enough, found.units.noun())
            )),
        ),
    };
    text + apart
}

/// Returns a margin in the metric's own unit, with its origin.
pub(super) fn told(style: Style, tolerance: Tolerance) -> String {
    let amount = style.size(tolerance.amount);
    // Removes the rounding error of the multiplication by 100, as in 7%.
    let percent = |share: f64| format!("{}%", (share * 1e14).round() / 1e12);
    match tolerance.basis {
        Basis::Amount => amount,
        Basis::Share(share) => format!("{amount} ({} of the baseline)", percent(share)),
        Basis::LargerThanShare(share) => format!("{amount} ({} of the baseline is not larger)", percent(share)),
        Basis::NearZero(share) => {
            format!(
                "{amount} (the baseline is not significantly different from 0, so {} of it does not count)",
                percent(share)
            )
        }
    }
}

//! What a metric came to beside the baseline's.

use super::super::number::{Style, about};
use super::{among, filled, trust};
use crate::gate::Gate;
use crate::gate::judge::Change;
use crate::gate::margin::{Basis, ChangeKind, Tolerance};
use crate::gate::measurement::Unpaired;
use crate::gate::verdict::Verdict;
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
    let (open, short) = match kind {
        ChangeKind::LossAtMost => (format!("allowed is a loss of {margin}"), format!("allowed is {margin}")),
        ChangeKind::GainAtLeast if found.tolerance.amount <= 0.0 => {
            ("demanded is a gain".to_owned(), "demanded is a gain".to_owned())
        }
        ChangeKind::GainAtLeast => {
            (format!("demanded is a gain of {margin}"), format!("demanded is a gain of {margin}"))
        }
        ChangeKind::GainAtMost => {
            (format!("allowed is a gain of {margin}"), format!("more than {margin} is too good to be true"))
        }
    };
    // By at least or by at most so much, better or worse as it may be.
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
        Some(Unpaired::OtherRows) => "; the sides have other rows (`pairing: none`) and are not paired",
        Some(Unpaired::Stored) => "; unpaired, as the stored baseline has no rows",
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
        (Verdict::Pass, ChangeKind::LossAtMost) if least >= 0.0 => format!("{fact}, no worse {trust}; {open}"),
        (Verdict::Pass, ChangeKind::GainAtMost) if most <= 0.0 => format!("{fact}, no better {trust}; {open}"),
        (Verdict::Pass, ChangeKind::LossAtMost | ChangeKind::GainAtLeast) => {
            format!("{fact}, {} {trust}; {short}", at_least(least))
        }
        (Verdict::Pass, ChangeKind::GainAtMost) => format!("{fact}, {} {trust}; {open}", at_most(most)),
        (Verdict::Fail, _) => format!("{fact}, {failed} {trust}; {short}"),
        _ if found.one_of.is_some() => {
            format!("{fact}, {failed} {trust}; {short}{}", among(found.one_of.unwrap_or_default()))
        }
        _ => format!(
            "{fact}, a change of {} {}; {open}; with {} the smallest detectable change is {}{}",
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

/// A margin in the metric's own unit, and where it comes from.
pub(super) fn told(style: Style, tolerance: Tolerance) -> String {
    let amount = style.size(tolerance.amount);
    // Away with what the multiplication by 100 adds to 7%.
    let percent = |share: f64| format!("{}%", (share * 1e14).round() / 1e12);
    match tolerance.basis {
        Basis::Amount => amount,
        Basis::Share(share) => format!("{amount} ({} of the baseline)", percent(share)),
        Basis::LargerThanShare(share) => format!("{amount} ({} of the baseline is no more)", percent(share)),
        Basis::NearZero(share) => {
            format!("{amount} (the baseline is not told apart from 0, so {} of it does not count)", percent(share))
        }
    }
}

//! Advice for a gate that is inconclusive: the advice of its page is for a demand that is broken.

use crate::gate::judge::{Absence, Evidence, Outcome, Units};
use crate::gate::margin::{ChangeDemand, ChangeKind};
use crate::gate::{Constraint, Gate, GroupDemand, MetricDemand};
use crate::plural::noun;

/// The advice for a gate of this outcome.
pub(in crate::report) fn undecided(gate: &Gate, outcome: &Outcome) -> String {
    let (units, one_of) = match &outcome.evidence {
        Evidence::Metric { units, one_of, .. } => (Some(units), *one_of),
        Evidence::Change(found) => (Some(&found.units), found.one_of),
        Evidence::Groups(found) if found.is_held_back => {
            return absent("groups", found.left_out.iter().map(|(_, why)| why));
        }
        Evidence::Groups(found) => (Some(&found.units), found.one_of),
        Evidence::Slices(found) => {
            // Without an open slice it is those that take no part.
            if found.judged.iter().all(|slice| slice.verdict != outcome.verdict) {
                return absent("slices", found.left_out.iter().map(|slice| &slice.why));
            }
            (None, None)
        }
        Evidence::Drift { .. } | Evidence::ChiSquare(_) | Evidence::Drifted(_) => (None, None),
        // What the column holds is not known.
        _ => return "declare the `type` of the column, or take the check off it with `false`".to_owned(),
    };
    if let Some(tests) = one_of {
        return format!("judge more {}, or loosen the limit: of {tests} gates one may fail by chance", many(units));
    }
    let gain = |demand: &ChangeDemand| demand.kind == ChangeKind::GainAtLeast;
    let room = match &gate.task {
        Ok(Constraint::Change { demand, .. } | Constraint::Sliced { demand: MetricDemand::Change(demand), .. })
            if gain(demand) =>
        {
            "demand a smaller gain"
        }
        Ok(
            Constraint::Change { .. }
            | Constraint::Sliced { demand: MetricDemand::Change(_), .. }
            | Constraint::Groups { demand: GroupDemand::Growth(_), .. },
        ) => "widen the margin",
        _ => "loosen the limit",
    };
    format!("judge more {}, or {room}", many(units))
}

/// The name of the units of which there are too few.
fn many(units: Option<&Units>) -> String {
    noun(2_u8, units.map_or("row", Units::noun))
}

/// Of groups or slices that keep the demand, beside others that should have taken part.
fn absent<'a>(parts: &str, reasons: impl Iterator<Item = &'a Absence>) -> String {
    let reasons: Vec<&Absence> = reasons.collect();
    let has = |wanted: &Absence| reasons.contains(&wanted);
    match (has(&Absence::Shrunk), has(&Absence::Appeared) || has(&Absence::Vanished)) {
        (true, _) => format!(
            "ask why the model predicts the class in so few rows of these {parts}; more rows of them would tell"
        ),
        (false, true) => {
            format!("bless a baseline that has the same {parts}, or compare rows in which both sides have them")
        }
        (false, false) => format!("judge more rows of the {parts} that take no part"),
    }
}

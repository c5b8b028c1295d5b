//! The groups that take no part in a comparison.

use super::super::GroupDemand;
use super::absence::{Absence, RowsPart};
use super::judged_groups::GroupQuery;
use super::reading::Judge;
use super::sides::Comparison;
use crate::measurement::{OtherSide, Slice};
use crate::stats::{GroupComparison, GroupMeasure, GroupRate, Metric, Side};

impl Judge<'_> {
    /// Returns the groups that take no part, by their positions among the candidate's, with the reason for each.
    pub(super) fn left_out(
        &self,
        asked: &GroupQuery<'_>,
        min_n: u64,
        (candidate, baseline): (&GroupComparison, Option<&GroupComparison>),
    ) -> Result<Vec<(usize, Absence)>, String> {
        let before = |place: usize| {
            let group = baseline?.groups.get(place)?;
            (group.key == candidate.groups[place].key).then_some(group)
        };
        let is_growth = matches!(asked.demand, GroupDemand::Growth(_));
        let mut left_out = Vec::new();
        let mut leave_out = |place: usize, ours: Option<Absence>, theirs: &dyn Fn() -> Option<Absence>| {
            let had_it = || before(place).is_some_and(|group| group.takes_part);
            let why = match ours {
                // An increase is computed from groups that occur on both sides.
                Some(Absence::Small) if is_growth && candidate.groups[place].rows == 0 && had_it() => {
                    Some(Absence::Vanished)
                }
                None if is_growth => theirs(),
                why => why,
            };
            left_out.extend(why.map(|why| (place, why)));
        };
        if let GroupMeasure::Metric(metric) = asked.measure {
            for (place, slice) in self.slices_of(asked.state)?.iter().enumerate() {
                let group = &candidate.groups[place];
                let before = before(place);
                leave_out(place, of_metric(metric, slice, group, before, min_n), &|| {
                    of_metric_before(metric, slice, before, min_n)
                });
            }
        } else {
            for (place, group) in candidate.groups.iter().enumerate() {
                let before = before(place);
                let ours = of_rate(asked.measure, group, before, min_n);
                leave_out(place, ours, &|| of_rate_before(asked.measure, before, min_n));
            }
        }
        Ok(left_out)
    }
}

fn of_metric(
    metric: Metric,
    slice: &Slice,
    group: &GroupRate,
    before: Option<&GroupRate>,
    min_n: u64,
) -> Option<Absence> {
    let Ok(sides) = Comparison::of_slice(slice) else { return Some(Absence::Small) };
    let estimate = group.rate.as_ref().map_err(|why| *why);
    let value = sides.value(metric, Side::Candidate);
    let before = before.and_then(|group| group.rate.ok()).map(|rate| rate.n);
    RowsPart { metric, rows: slice.rows, min_n, estimate, value, before }.absence()
}

/// Returns the reason a group with enough rows has no baseline to compare with.
fn of_metric_before(metric: Metric, slice: &Slice, before: Option<&GroupRate>, min_n: u64) -> Option<Absence> {
    let (rows, estimate) = match (&slice.other, before) {
        (OtherSide::Apart(Err(_), rows), _) if *rows < min_n.max(1) => return Some(Absence::Appeared),
        (OtherSide::Apart(Err(error), _) | OtherSide::Missing(error), _) => {
            return Some(Absence::Undefined(format!("{metric} of the baseline is undefined: {}", error.0)));
        }
        (OtherSide::Empty, _) | (_, None) => return Some(Absence::Appeared),
        (OtherSide::Grown(Err(error), _), _) => return Some(Absence::Undefined(error.0.clone())),
        (OtherSide::Apart(Ok(_), rows) | OtherSide::Grown(Ok(_), rows), Some(group)) => (*rows, group.rate),
        (OtherSide::Within, Some(group)) => (slice.rows, group.rate),
    };
    let value = Comparison::of_slice(slice).ok()?.value(metric, Side::Baseline);
    let part = RowsPart { metric, rows, min_n, estimate: estimate.as_ref().map_err(|why| *why), value, before: None };
    of_baseline(part.absence()?, &format!("{metric} of the baseline"))
}

fn of_rate(measure: GroupMeasure, group: &GroupRate, before: Option<&GroupRate>, min_n: u64) -> Option<Absence> {
    if group.takes_part {
        return None;
    }
    if !measure.counts_predictions() || group.rows < min_n.max(1) {
        return Some(Absence::Small);
    }
    Some(match group.rate {
        Err(why) => Absence::Undefined(format!("{measure} is undefined: {why}")),
        Ok(_) if before.is_some_and(|before| before.takes_part) => Absence::Shrunk,
        Ok(_) => Absence::Small,
    })
}

fn of_rate_before(measure: GroupMeasure, before: Option<&GroupRate>, min_n: u64) -> Option<Absence> {
    let Some(group) = before else { return Some(Absence::Appeared) };
    of_baseline(of_rate(measure, group, None, min_n)?, &format!("{measure} of the baseline"))
}

/// Converts a reason of the baseline's side into one of the comparison: with too few rows there, the group has
/// appeared.
fn of_baseline(why: Absence, number: &str) -> Option<Absence> {
    Some(match why {
        Absence::Undefined(why) => {
            let reason = why.split_once(": ").map_or(why.as_str(), |(_, reason)| reason);
            Absence::Undefined(format!("{number} is undefined: {reason}"))
        }
        Absence::OneCluster => Absence::Undefined(format!("{number} is undefined: a single cluster has no variance")),
        _ => Absence::Appeared,
    })
}

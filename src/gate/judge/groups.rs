//! Rates and metrics compared between groups.

use std::sync::Arc;

use super::super::limit::Limit;
use super::super::verdict::Verdict;
use super::super::{Gate, GroupDemand};
use super::absence::Absence;
use super::compare::{deciding, three_way};
use super::group_names::incomparable;
use super::judged_groups::GroupQuery;
use super::judged_groups::JudgedGroups;
use super::reading::Judge;
use super::sides::Comparison;
use super::units::{Units, unit_columns};
use super::{Evidence, Outcome};
use crate::measurement::{Measured, Measurement, OtherSide, Slice};
use crate::stats;
use crate::stats::{
    Contingency, CountedQuery, CountedSide, End, GroupComparison, GroupInference, GroupMeasure, Impact, Inference,
    MeasuredGroups, Metric, Moved, Null, Others, Reduction, Resamples, Side, Undefined, adverse_impact, detectable,
    infer, infer_groups, infer_growth, infer_measured, infer_moved,
};

impl<'a> Judge<'a> {
    pub(super) fn groups(&mut self, gate: &Gate, asked: &GroupQuery<'_>) -> Result<Outcome, String> {
        if let (GroupDemand::Growth(_), Some(why)) = (asked.demand, self.missing(asked.state)?) {
            return Err(why);
        }
        let inference = self.compared(asked, Side::Candidate, gate.min_n)?;
        let candidate = inference.at(gate.confidence);
        let baseline = match self.has_baseline(asked.state)? {
            true => Some(self.compared(asked, Side::Baseline, gate.min_n)?.at(gate.confidence)),
            false => None,
        };
        let left_out = self.left_out(asked, gate.min_n, (&candidate, baseline.as_ref()))?;
        let mut found = JudgedGroups {
            measure: asked.measure,
            reduction: asked.reduction.clone(),
            demand: asked.demand,
            units: self.units(asked, &candidate),
            candidate,
            baseline,
            change: None,
            detectable: None,
            impacts: Vec::new(),
            left_out,
            trouble: None,
            is_held_back: false,
            enough: None,
            one_of: None,
        };
        let verdict = if found.left_out.iter().any(|(_, why)| why.is_error()) {
            Verdict::Error
        } else {
            self.verdict(gate, asked, &mut found)?.unwrap_or_else(|why| {
                found.trouble = Some(incomparable(gate, (asked.measure, asked.reduction), &found.candidate, why));
                Verdict::Error
            })
        };
        let is_growth = matches!(asked.demand, GroupDemand::Growth(_));
        let lacks = |why: &Absence| match why {
            Absence::Shrunk => true,
            Absence::Appeared | Absence::Vanished => is_growth,
            Absence::Small | Absence::OneCluster | Absence::Undefined(_) => false,
        };
        // Holm's correction asks for the p-value of what fails, and resampling it again would double the work.
        if verdict == Verdict::Fail {
            self.failed_groups.insert(gate.id.clone(), inference);
        }
        // JudgedGroups that could not be compared do not satisfy the limit.
        found.is_held_back = verdict == Verdict::Pass && found.left_out.iter().any(|(_, why)| lacks(why));
        let verdict = if found.is_held_back { Verdict::Inconclusive } else { verdict };
        Ok(Outcome { verdict, evidence: Evidence::Groups(Box::new(found)) })
    }

    /// Judges the groups that take part, or returns the reason they cannot be compared.
    fn verdict(
        &mut self,
        gate: &Gate,
        asked: &GroupQuery<'_>,
        found: &mut JudgedGroups,
    ) -> Result<Result<Verdict, Undefined>, String> {
        let estimate = match found.candidate.value {
            Ok(estimate) => estimate,
            Err(why) => return Ok(Err(why)),
        };
        Ok(Ok(match asked.demand {
            GroupDemand::Limit(limit) => {
                let verdict = three_way(estimate.interval, limit);
                found.enough = deciding(&estimate, &found.units, limit, verdict);
                verdict
            }
            GroupDemand::Growth(margin) => {
                let change = match self.growth(asked, gate.min_n) {
                    Ok(change) => change.at(gate.confidence),
                    Err(why) => return Ok(Err(why)),
                };
                let limit = grown(asked.reduction, margin);
                let verdict = three_way(change.interval, limit);
                found.enough = deciding(&change, &found.units, limit, verdict);
                found.detectable = Some(detectable(change.standard_error, gate.confidence));
                found.change = Some(change);
                verdict
            }
            GroupDemand::Impact(least) => {
                found.impacts = match self.impacts(asked, gate.min_n, least)? {
                    Ok(impacts) => impacts,
                    Err(why) => return Ok(Err(why)),
                };
                let shown = found.impacts.iter().any(|impact| is_adverse(impact, least, gate.confidence));
                match three_way(estimate.interval, Limit::AtLeast(least)) {
                    _ if shown => Verdict::Fail,
                    Verdict::Pass => Verdict::Pass,
                    verdict => {
                        found.enough = deciding(&estimate, &found.units, Limit::AtLeast(least), verdict);
                        Verdict::Inconclusive
                    }
                }
            }
        }))
    }

    /// Returns the units of all groups that take part, or of the lowest or highest group if the reduction is that
    /// group's number.
    fn units(&self, asked: &GroupQuery<'_>, compared: &GroupComparison) -> Units {
        let n = compared.value.as_ref().map_or(0, |estimate| estimate.n);
        let GroupMeasure::Metric(metric) = asked.measure else { return Units::rows(n) };
        let alone = match (asked.reduction, compared.ends.map(|ends| ends.lower.who)) {
            (Reduction::Lowest | Reduction::Highest, Some(End::Group(place))) => Some(place),
            _ => None,
        };
        let slices = self.slices_of(asked.state).unwrap_or_default();
        let counts = slices.iter().zip(&compared.groups).enumerate().filter_map(|(place, (slice, group))| {
            let counts = group.takes_part && alone.is_none_or(|alone| alone == place);
            if counts { Comparison::of_slice(slice).ok()?.clusters() } else { None }
        });
        let clusters = counts.reduce(|sum, count| sum + count);
        Units::of(metric, clusters, n, unit_columns(self.specs, asked.state))
    }

    /// Returns the p-value of a group gate's limit.
    pub(super) fn p_value_of_groups(&mut self, gate: &Gate, asked: &GroupQuery<'_>) -> Option<f64> {
        match asked.demand {
            GroupDemand::Limit(limit) => match self.failed_groups.get(&gate.id) {
                Some(inference) => inference.p_value(null(limit)),
                None => self.compared(asked, Side::Candidate, gate.min_n).ok()?.p_value(null(limit)),
            },
            GroupDemand::Growth(margin) => {
                Some(self.growth(asked, gate.min_n).ok()?.p_value(null(grown(asked.reduction, margin))))
            }
            GroupDemand::Impact(least) => {
                let impacts = self.impacts(asked, gate.min_n, least).ok()?.ok()?;
                let adverse = impacts.iter().filter(|impact| is_adverse(impact, least, gate.confidence));
                // A gate is one-sided, and the impact's p-value is two-sided.
                adverse.map(|impact| impact.p_value / 2.0).reduce(f64::min)
            }
        }
    }

    fn table(&self, state: &Measurement) -> Result<&'a Contingency, String> {
        self.counted(state, Side::Candidate).map(|(table, _)| table)
    }

    /// Returns the counts of a side, and the side's position in them.
    pub(super) fn counted(&self, state: &Measurement, side: Side) -> Result<(&'a Contingency, Side), String> {
        let sides = self.sides(state)?;
        let (counts, side) = match (side, sides.other()) {
            (Side::Baseline, Some(other)) => (other, Side::Candidate),
            _ => (sides.candidate(), side),
        };
        match counts {
            stats::State::Contingency(table) => Ok((table, side)),
            _ => Err("internal error: the counts by group were not measured".to_owned()),
        }
    }

    pub(super) fn slices_of(&self, state: &Measurement) -> Result<&'a [Slice], String> {
        match self.state(state)? {
            Measured::Slices(slices) => Ok(slices),
            _ => Err("internal error: the groups were not measured".to_owned()),
        }
    }

    /// Returns the reason the baseline is missing, if one should be there.
    fn missing(&self, state: &Measurement) -> Result<Option<String>, String> {
        let of_slices = |slices: &[Slice]| {
            slices.iter().find_map(|slice| match &slice.other {
                OtherSide::Missing(error) => Some(error.0.clone()),
                _ => None,
            })
        };
        match self.state(state)? {
            Measured::Slices(slices) => Ok(of_slices(slices)),
            _ => Ok(self.sides(state)?.missing().map(str::to_owned)),
        }
    }

    pub(super) fn has_baseline(&self, state: &Measurement) -> Result<bool, String> {
        match self.state(state)? {
            Measured::Slices(slices) => {
                Ok(slices.iter().any(|slice| Comparison::of_slice(slice).is_ok_and(Comparison::has_baseline)))
            }
            _ => Ok(self.sides(state)?.has_baseline()),
        }
    }

    fn compared(&mut self, asked: &GroupQuery<'_>, side: Side, min_n: u64) -> Result<GroupInference<'a>, String> {
        match asked.measure {
            GroupMeasure::Metric(metric) => {
                let slices = self.slices_of(asked.state)?;
                let groups = slices.iter().map(|slice| self.measured(metric, slice, side));
                let groups = groups.collect::<Result<Vec<_>, String>>()?;
                let others = match asked.others {
                    Some(others) => self.others(metric, others, slices.len(), side)?,
                    None => Others::new(),
                };
                Ok(infer_measured(asked.reduction, groups, others, min_n, self.seed))
            }
            measure => {
                let (table, of) = self.counted(asked.state, side)?;
                self.draw(asked.state, side)?;
                let question = CountedQuery { rates: measure.rates(), reduction: asked.reduction, side: of, min_n };
                Ok(infer_groups(question, table, self.drawn(asked.state, side)?))
            }
        }
    }

    /// Returns the reference of each group: all other rows, or all rows.
    fn others(
        &self,
        metric: Metric,
        measurement: &Measurement,
        groups: usize,
        side: Side,
    ) -> Result<Others<'a>, String> {
        match self.state(measurement)? {
            Measured::Slices(slices) => {
                slices.iter().map(|slice| Ok(self.measured(metric, slice, side)?.metric.map(Arc::new))).collect()
            }
            state => {
                let sides = Comparison::of(state)?;
                let all = match (sides, side) {
                    (Comparison::Grown(_, compared), Side::Baseline) => compared,
                    _ => sides.candidate(),
                };
                Ok(vec![infer(metric, all, side, self.seed).map(Arc::new); groups])
            }
        }
    }

    pub(super) fn measured(&self, metric: Metric, slice: &'a Slice, side: Side) -> Result<MeasuredGroups<'a>, String> {
        let metric = match (&slice.state, &slice.other, side) {
            (_, OtherSide::Grown(Ok(both), _), Side::Baseline) => infer(metric, both, Side::Baseline, self.seed),
            (_, OtherSide::Apart(Ok(theirs), _), Side::Baseline) => infer(metric, theirs, Side::Candidate, self.seed),
            (
                _,
                OtherSide::Apart(Err(_), _) | OtherSide::Grown(Err(_), _) | OtherSide::Missing(_) | OtherSide::Empty,
                Side::Baseline,
            ) => Err(Undefined::NoRows),
            (Ok(state), ..) => infer(metric, state, side, self.seed),
            // The group occurs on the other side only.
            (Err(_), ..) if slice.rows == 0 => Err(Undefined::NoRows),
            (Err(error), ..) => return Err(format!("group `{}`: {}", slice.key.join(" × "), error.0)),
        };
        Ok(MeasuredGroups { key: slice.key.clone(), rows: slice.rows, metric })
    }

    fn growth(&mut self, asked: &GroupQuery<'_>, min_n: u64) -> Result<Inference<'static>, Undefined> {
        let lost = |_| Undefined::OtherState;
        match asked.measure {
            GroupMeasure::Metric(metric) => {
                let mut moved = Vec::new();
                for slice in self.slices_of(asked.state).map_err(lost)? {
                    let Ok(sides) = Comparison::of_slice(slice) else { continue };
                    let on = |side| sides.estimate(metric, side, 0.95, self.seed);
                    let (Ok(ours), Ok(theirs)) = (on(Side::Candidate), on(Side::Baseline)) else { continue };
                    if ours.n.min(theirs.n) < min_n.max(1) {
                        continue;
                    }
                    let change_error = sides.change(metric, 1.0, self.seed)?.at(0.95).standard_error;
                    moved.push(Moved { key: slice.key.clone(), rows: slice.rows, ours, theirs, change_error });
                }
                infer_moved(asked.reduction, &moved, min_n, self.seed)
            }
            measure => {
                for side in [Side::Candidate, Side::Baseline] {
                    self.draw(asked.state, side).map_err(lost)?;
                }
                let on = |side| {
                    let (table, of) = self.counted(asked.state, side).map_err(lost)?;
                    Ok(CountedSide { table, side: of, resamples: self.drawn(asked.state, side).map_err(lost)? })
                };
                let question =
                    CountedQuery { rates: measure.rates(), reduction: asked.reduction, side: Side::Candidate, min_n };
                infer_growth(question, on(Side::Candidate)?, on(Side::Baseline)?)
            }
        }
    }

    fn impacts(
        &self,
        asked: &GroupQuery<'_>,
        min_n: u64,
        least: f64,
    ) -> Result<Result<Vec<Impact>, Undefined>, String> {
        let table = self.table(asked.state)?;
        let Some(rate) = asked.measure.rates().first() else { return Ok(Err(Undefined::OtherState)) };
        Ok(adverse_impact(*rate, table, Side::Candidate, min_n, least))
    }

    /// Draws the resamples of a side's counts once; both sides of a paired table are drawn together.
    fn draw(&mut self, state: &Measurement, side: Side) -> Result<(), String> {
        let (table, _) = self.counted(state, side)?;
        let of = self.drawn_as(state, side)?;
        // Resamples of two tables under the same seed would be correlated, as if the rows were paired.
        let seed = if of == Side::Baseline { self.seed.wrapping_add(1) } else { self.seed };
        let key = (state.clone(), of);
        self.resamples.entry(key).or_insert_with(|| Resamples::draw(table, seed, stats::RESAMPLES));
        Ok(())
    }

    fn drawn(&self, state: &Measurement, side: Side) -> Result<&Resamples, String> {
        let key = (state.clone(), self.drawn_as(state, side)?);
        self.resamples.get(&key).ok_or_else(|| "internal error: the counts by group were not resampled".to_owned())
    }

    /// Returns the side under which resamples are stored.
    fn drawn_as(&self, state: &Measurement, side: Side) -> Result<Side, String> {
        let is_apart = self.sides(state)?.other().is_some();
        Ok(if is_apart { side } else { Side::Candidate })
    }
}

/// Returns true if the ratio is below the limit, the difference is significant, and no single person decides it. The
/// test is two-sided, as in case law.
pub(super) fn is_adverse(impact: &Impact, least: f64, level: f64) -> bool {
    impact.ratio < least && impact.p_value <= 1.0 - level && !impact.turns_on_one
}

/// Returns the limit on candidate − baseline: a gap may grow by the margin, a ratio may fall by it.
fn grown(reduction: &Reduction, margin: f64) -> Limit {
    if reduction.is_ratio() { Limit::AtLeast(-margin) } else { Limit::AtMost(margin) }
}

fn null(limit: Limit) -> Null {
    match limit {
        Limit::AtLeast(least) => Null::AtLeast(least),
        Limit::AtMost(most) => Null::AtMost(most),
    }
}

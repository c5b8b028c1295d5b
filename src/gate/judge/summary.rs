//! Summary statistics of a column, and the values that it contains, against a bound. They are exact: the file is the
//! population.

use std::collections::BTreeSet;

use super::super::bound::{Bound, BoundNumber};
use super::exact::outcome;
use super::{Evidence, Outcome, ValueChanges};
use crate::catalog::ValueChange;
use crate::measurement::Measured;
use crate::measurement::summary::{Summarised, Summary};
use crate::stats::{Frequencies, NumberType};

/// Judges a summary statistic of a column.
pub(super) fn bound(
    summary: Summary,
    candidate: &Measured,
    baseline: Option<&Measured>,
    bound: &Bound,
) -> Result<Outcome, String> {
    let candidate = summary.read(candidate)?;
    let baseline =
        baseline.map(|state| summary.read(state).map_err(|why| format!("in the baseline: {why}"))).transpose()?;
    let holds = holds(summary, bound, &candidate, baseline.as_ref())?;
    // No values are too few of them, and never few enough.
    if summary == Summary::DistinctValues && holds {
        let empty = [
            Some((&candidate, "there are no values")),
            baseline.as_ref().map(|b| (b, "in the baseline: there are no values")),
        ];
        if let Some((_, why)) = empty.into_iter().flatten().find(|(side, _)| side.n == 0) {
            return Err(why.to_owned());
        }
    }
    Ok(outcome(holds, Evidence::Summary { candidate, baseline }))
}

/// Returns true if a number satisfies the bound, compared with all digits if they are known and as floats otherwise.
fn holds(
    summary: Summary,
    bound: &Bound,
    candidate: &Summarised,
    baseline: Option<&Summarised>,
) -> Result<bool, String> {
    let digits = baseline.and_then(|baseline| baseline.exact.as_ref());
    if let Some(holds) = candidate.exact.as_ref().and_then(|exact| bound.holds_exactly(exact, digits)) {
        return Ok(holds);
    }
    let of = |side: &Summarised| BoundNumber {
        value: side.value,
        leverage: side.leverage,
        is_a_value: side.is_a_value,
        has_digits: side.exact.is_some(),
    };
    let beside = baseline.map(|baseline| baseline.value);
    // The mean of whole numbers has no last digit. Beside the mean of floats, it is one of floats.
    let is_rounded = |side: &Summarised| {
        let is_quotient = summary == Summary::Mean
            && baseline.is_some_and(|other| other.exact.is_none() != candidate.exact.is_none());
        !is_quotient && side.exact.as_ref().is_some_and(|exact| !exact.is_float())
    };
    let may_differ = is_rounded(candidate) || baseline.is_some_and(is_rounded);
    let value = candidate.value.abs();
    // A rounded number may be on either side of an edge that is a few steps away.
    let near = 4.0 * (value.next_up() - value);
    if may_differ && bound.edges(beside).any(|edge| (candidate.value - edge).abs() <= near) {
        return Err(format!(
            "the value {} has more digits than a float and is too close to the limit {bound} to be compared as one; compare it with a plain number, or with a baseline of the same type",
            candidate.exact.as_ref().map_or_else(|| candidate.value.to_string(), ToString::to_string)
        ));
    }
    Ok(bound.holds_of(of(candidate), baseline.map(of)))
}

/// Judges the rows whose values occur on one side only. `types` are those of the candidate's and of the baseline's
/// numbers, where they are rounded to be compared.
pub(super) fn values(
    change: ValueChange,
    (candidate, baseline): (&Measured, &Measured),
    types: Option<[NumberType; 2]>,
    bound: &Bound,
) -> Result<Outcome, String> {
    let of = |state| match state {
        Measured::Frequencies(frequencies) => Ok(frequencies),
        _ => Err("internal error: the measurement has the wrong state".to_owned()),
    };
    let (candidate, baseline): (Frequencies, Frequencies) = (of(candidate.clone())?, of(baseline.clone())?);
    let (whole, other, types, whose) = match change {
        ValueChange::Unseen => (&candidate, &baseline, types, "the candidate"),
        ValueChange::Lost => (&baseline, &candidate, types.map(|[ours, theirs]| [theirs, ours]), "the baseline"),
    };
    let n = whole.n();
    if n == 0 || other.n() == 0 {
        let empty = if n == 0 { whose } else { "the other side" };
        return Err(format!("{empty} has no values to compare"));
    }
    let values: Vec<(String, u64)> =
        lacking(whole, other, types).into_iter().map(|(value, count)| (value.to_owned(), count)).collect();
    let hits: u64 = values.iter().map(|(_, count)| count).sum();
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
    let number = if bound.in_rows { hits as f64 } else { hits as f64 / n as f64 };
    Ok(outcome(bound.holds(number, None), Evidence::Values(ValueChanges { values, n })))
}

/// Returns the values of one side that the other side lacks, as they are spelled on their own side. `types` are those
/// of the numbers of both.
fn lacking<'a>(whole: &'a Frequencies, other: &Frequencies, types: Option<[NumberType; 2]>) -> Vec<(&'a str, u64)> {
    let Some(([ours, theirs], width)) = types.and_then(|types| Some((types, types[0].common_width(types[1])?))) else {
        return whole.not_among(|value| other.counts.contains_key(value));
    };
    let known: BTreeSet<String> = other.counts.keys().map(|value| theirs.in_width(value, width)).collect();
    whole.not_among(|value| known.contains(&ours.in_width(value, width)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::super::super::verdict::Verdict;
    use super::*;

    fn of(counts: &[(&str, u64)]) -> Measured {
        let counts = counts.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect();
        Measured::Frequencies(Frequencies { counts })
    }

    fn verdict(change: ValueChange, candidate: &Measured, baseline: &Measured, text: &str) -> Result<Verdict, String> {
        values(change, (candidate, baseline), None, &Bound::parse(text).unwrap()).map(|outcome| outcome.verdict)
    }

    #[test]
    fn only_values_of_the_right_side_count() {
        let (after, before) = (of(&[("a", 8), ("new", 2)]), of(&[("a", 9), ("old", 1)]));
        assert_eq!(verdict(ValueChange::Unseen, &after, &before, "< 20%"), Ok(Verdict::Fail));
        assert_eq!(verdict(ValueChange::Unseen, &after, &before, "<= 2 rows"), Ok(Verdict::Pass));
        assert_eq!(verdict(ValueChange::Lost, &after, &before, "<= 10%"), Ok(Verdict::Pass));
        assert_eq!(verdict(ValueChange::Lost, &after, &before, "0"), Ok(Verdict::Fail));
    }

    #[test]
    fn a_number_in_two_widths_is_one_value() {
        use crate::stats::FloatWidth::{Double, Single};
        let (after, before) = (of(&[("0.33333334", 3), ("0.5", 1)]), of(&[("0.3333333333333333", 2), ("0.5", 2)]));
        let found = |types: Option<[NumberType; 2]>| {
            let judge = |change, text| values(change, (&after, &before), types, &Bound::parse(text).unwrap());
            [ValueChange::Unseen, ValueChange::Lost].map(|change| judge(change, "0").unwrap().verdict)
        };
        assert_eq!(found(Some([NumberType::Float(Single), NumberType::Float(Double)])), [Verdict::Pass; 2]);
        assert_eq!(found(None), [Verdict::Fail; 2]);
        assert_eq!(found(Some([NumberType::Float(Single), NumberType::Whole])), [Verdict::Fail; 2]);
    }

    #[test]
    fn a_side_without_values_is_never_fine() {
        assert!(verdict(ValueChange::Unseen, &of(&[]), &of(&[("a", 1)]), "0").is_err());
        assert!(verdict(ValueChange::Unseen, &of(&[("a", 1)]), &of(&[]), "<= 100%").is_err());
    }
}

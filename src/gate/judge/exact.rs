//! Exact numbers of the data at hand: they have no interval, because the file is the population.

use super::super::bound::Bound;
use super::super::verdict::Verdict;
use super::{Count, Evidence, Outcome};
use crate::measurement::Measured;

pub(super) fn outcome(holds: bool, evidence: Evidence) -> Outcome {
    Outcome { verdict: if holds { Verdict::Pass } else { Verdict::Fail }, evidence }
}

fn count(state: &Measured) -> Option<Count> {
    match state {
        Measured::Rows(rows) => Some(Count { hits: *rows, among: None }),
        Measured::Share { hits, n } | Measured::After { hits, n, .. } => Some(Count { hits: *hits, among: Some(*n) }),
        Measured::WrongRows(found) => Some(Count { hits: found.broken.rows, among: Some(found.selected.rows) }),
        Measured::Distinct { rows, distinct } => Some(Count { hits: rows - distinct, among: Some(*rows) }),
        _ => None,
    }
}

/// Judges a count or a proportion against a bound.
pub(super) fn bound(candidate: &Measured, baseline: Option<&Measured>, bound: &Bound) -> Result<Outcome, String> {
    let gap = if let Measured::After { gap, .. } = candidate { *gap } else { None };
    let candidate = count(candidate).ok_or("internal error: the measurement has the wrong state")?;
    let baseline =
        baseline.map(|state| count(state).ok_or("internal error: the measurement has the wrong state")).transpose()?;
    let value = |count: Count, whose: &str| -> Result<f64, String> {
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
        let (hits, among) = (count.hits as f64, count.among.map(|n| n as f64));
        match among {
            Some(0.0) => Err(format!("{whose} has no rows to count, so their proportion is undefined")),
            Some(n) if !bound.in_rows => Ok(hits / n),
            _ => Ok(hits),
        }
    };
    let holds = bound
        .holds(value(candidate, "the candidate")?, baseline.map(|count| value(count, "the baseline")).transpose()?);
    Ok(outcome(holds, Evidence::Exact { candidate, baseline, gap }))
}

/// Judges a numeric check on a text column: not applicable, unless most of the texts are numbers. Then a few malformed
/// values may have turned a numeric column into text.
pub(super) fn readable(state: &Measured, why: &str) -> Result<Outcome, String> {
    let Measured::Share { hits, n } = state else {
        return Err("internal error: the measurement has the wrong state".to_owned());
    };
    let (verdict, why) = if *hits > n / 2 {
        let texts = format!("{hits} of its {n} texts are numbers");
        (
            Verdict::Inconclusive,
            format!(
                "{why}, but {texts}; whether it is meant to hold numbers is not known: declare its `type`, or switch the check off with `false`"
            ),
        )
    } else {
        (Verdict::NotApplicable, why.to_owned())
    };
    Ok(Outcome { verdict, evidence: Evidence::Reason(why) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn verdict(state: Measured, text: &str) -> Result<Verdict, String> {
        bound(&state, None, &Bound::parse(text).unwrap()).map(|outcome| outcome.verdict)
    }

    #[test]
    fn a_share_of_no_rows_is_no_number() {
        assert!(verdict(Measured::Share { hits: 0, n: 0 }, "< 5%").unwrap_err().contains("no rows to count"));
        assert_eq!(verdict(Measured::Share { hits: 0, n: 10 }, "< 5%"), Ok(Verdict::Pass));
        assert_eq!(verdict(Measured::Share { hits: 1, n: 20 }, "< 5%"), Ok(Verdict::Fail));
    }

    #[test]
    fn a_text_of_numbers_leaves_a_check_of_numbers_open() {
        let verdict = |hits, n| readable(&Measured::Share { hits, n }, "it is text").unwrap().verdict;
        assert_eq!([verdict(2, 3), verdict(10, 10)], [Verdict::Inconclusive; 2]);
        assert_eq!([verdict(1, 3), verdict(5, 10), verdict(0, 0)], [Verdict::NotApplicable; 3]);
    }

    #[test]
    fn rows_may_be_bounded_by_number() {
        assert_eq!(verdict(Measured::Share { hits: 3, n: 4 }, "<= 3 rows"), Ok(Verdict::Pass));
        assert_eq!(verdict(Measured::Distinct { rows: 10, distinct: 6 }, "<= 3 rows"), Ok(Verdict::Fail));
        assert_eq!(verdict(Measured::Rows(0), "> 0"), Ok(Verdict::Fail));
    }
}

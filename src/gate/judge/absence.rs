//! The reasons for which a slice or a group takes no part in a verdict.
//!
//! A part is *small* if the denominator of its number has too few rows, and for no other reason. A metric that is
//! undefined on enough rows has not been measured, and a denominator that the candidate made small does not satisfy the
//! limit.

use crate::plural::counted;
use crate::stats::{Estimate, Metric, Undefined};

/// The reason for which a slice or a group takes no part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// The denominator has too few rows.
    Small,
    /// The denominator has too few rows because the candidate predicts the class less often: the baseline has enough.
    Shrunk,
    /// The baseline has too few rows to compare with, or none.
    Appeared,
    /// The rows occur in the baseline only.
    Vanished,
    /// All rows are one cluster, so their variance is unknown.
    OneCluster,
    /// The number is undefined: a clause with the number and the reason.
    Undefined(String),
}

impl Absence {
    /// Returns true if the absence keeps the gate from being evaluated.
    pub fn is_error(&self) -> bool {
        matches!(self, Self::OneCluster | Self::Undefined(_))
    }

    /// Returns the reason in the words of a report.
    pub fn reason(&self, min_n: u64) -> String {
        match self {
            Self::Small => format!("fewer than {} in its denominator", counted(min_n, "row")),
            Self::Shrunk => {
                format!("fewer than {} in its denominator, and the baseline has more", counted(min_n, "row"))
            }
            Self::Appeared => "the baseline has no such rows".to_owned(),
            Self::Vanished => "the candidate has no such rows".to_owned(),
            Self::OneCluster => "a single cluster, so its variance is unknown".to_owned(),
            Self::Undefined(why) => why.clone(),
        }
    }

    /// Returns the absence of a metric without a value.
    pub(super) fn of_undefined(metric: Metric, why: Undefined) -> Self {
        match why {
            Undefined::OneCluster => Self::OneCluster,
            why => Self::Undefined(format!("{metric} is undefined: {why}")),
        }
    }
}

/// A part of the rows, as a metric needs it.
pub(super) struct RowsPart<'a> {
    pub(super) metric: Metric,
    /// The number of all its rows.
    pub(super) rows: u64,
    pub(super) min_n: u64,
    /// The metric with an interval.
    pub(super) estimate: Result<&'a Estimate, Undefined>,
    /// The metric without an interval, and its denominator.
    pub(super) value: Result<(f64, u64), Undefined>,
    /// The baseline's denominator.
    pub(super) before: Option<u64>,
}

impl RowsPart<'_> {
    /// Returns the reason the part takes no part in the verdict, or `None` if it does.
    pub(super) fn absence(&self) -> Option<Absence> {
        let least = self.min_n.max(1);
        let had_enough = self.metric.counts_predictions() && self.before.is_some_and(|before| before >= least);
        let small = if had_enough && self.rows >= least { Absence::Shrunk } else { Absence::Small };
        match (self.estimate, self.value) {
            (Ok(found), _) if found.n < least => Some(small),
            (Ok(found), _) if found.value.is_finite() => None,
            (Ok(_), _) => Some(Absence::Undefined(format!("{} is no number", self.metric))),
            (Err(_), _) if self.rows < least => Some(Absence::Small),
            (Err(_), Ok((_, n))) if n < least => Some(small),
            (Err(why), Ok(_)) => Some(Absence::of_undefined(self.metric, why)),
            // A part without any label of the class has too few of them.
            (_, Err(Undefined::NoPositives | Undefined::NoNegatives)) if self.metric.counts_labels() => Some(small),
            (_, Err(Undefined::NothingPositive)) if self.metric.counts_predictions() && !had_enough => Some(small),
            (_, Err(why)) => Some(Absence::of_undefined(self.metric, why)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::stats::{Side, State, StateKind, estimate};

    fn of(metric: Metric, state: &State, rows: u64, before: Option<u64>) -> Option<Absence> {
        let found = estimate(metric, state, Side::Candidate, 0.95, 0);
        let value = metric.value(state, Side::Candidate);
        let estimate = found.as_ref().map_err(|why| *why);
        RowsPart { metric, rows, min_n: 30, estimate, value, before }.absence()
    }

    /// Returns the state of true negatives, false positives, false negatives and true positives.
    fn counts([tn, fp, fn_, tp]: [u64; 4]) -> State {
        let cells = std::collections::BTreeMap::from([(vec![], [tn, 0, fp, 0, fn_, 0, tp, 0])]);
        State::Contingency(crate::stats::Contingency::from_cells(false, cells))
    }

    #[test]
    fn undefined_on_enough_rows_is_not_small() {
        let never = counts([200, 0, 40, 0]);
        let undefined = |metric| of(metric, &never, 240, None).unwrap();
        assert_eq!(
            undefined(Metric::PRECISION),
            Absence::Undefined("precision is undefined: no rows predicted positive".to_owned())
        );
        assert!(undefined(Metric::parse("mcc").unwrap()).is_error());
        assert_eq!(of(Metric::PRECISION, &counts([20, 0, 4, 0]), 24, None), Some(Absence::Small));
    }

    #[test]
    fn few_labels_are_small_and_few_predictions_only_where_there_were_no_more() {
        let few = counts([200, 5, 5, 5]);
        assert_eq!(of(Metric::RECALL, &few, 215, Some(10)), Some(Absence::Small));
        assert_eq!(of(Metric::RECALL, &counts([200, 5, 0, 0]), 205, None), Some(Absence::Small));
        assert_eq!(of(Metric::PRECISION, &few, 215, None), Some(Absence::Small));
        assert_eq!(of(Metric::PRECISION, &few, 215, Some(29)), Some(Absence::Small));
        assert_eq!(of(Metric::PRECISION, &few, 215, Some(100)), Some(Absence::Shrunk));
        assert_eq!(of(Metric::F1, &counts([200, 0, 0, 0]), 200, Some(10)), Some(Absence::Small));
        assert!(of(Metric::F1, &counts([200, 0, 0, 0]), 200, Some(100)).unwrap().is_error());
        assert_eq!(of(Metric::ACCURACY, &few, 215, Some(215)), None);
    }

    #[test]
    fn a_state_that_could_not_be_built_says_why() {
        let why = Undefined::ZeroLabel;
        let metric = Metric::parse("mape").unwrap();
        assert!(matches!(metric.state_kind(), StateKind::Loss(_)));
        let state = |rows| State::Undefined { why, rows, is_paired: false };
        assert_eq!(
            of(metric, &state(200), 200, None),
            Some(Absence::Undefined(format!("{metric} is undefined: a label is 0, so there is no percentage of it")))
        );
        assert_eq!(of(metric, &state(20), 20, None), Some(Absence::Small));
    }
}

//! Textbook tests of a change, reported beside the intervals that decide verdicts.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::significance::flips;
use super::{Contingency, Measure, Metric, Side, State, mcnemar_exact, mcnemar_mid_p, tango};
use crate::stats::interval::resolve::resolve;
use crate::stats::numeric::quantile::float;

/// A test of equality, or an interval of the change, by the name that textbooks give it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NamedTest {
    /// The name.
    pub name: &'static str,
    /// The two-sided p-value.
    pub p_value: Option<f64>,
    /// The interval of the change, of candidate − baseline.
    pub interval: Option<[f64; 2]>,
}

impl NamedTest {
    fn of_p(name: &'static str, p_value: f64) -> Self {
        Self { name, p_value: Some(p_value.clamp(0.0, 1.0)), interval: None }
    }
}

/// Returns the textbook tests of a change on the same rows: McNemar's and Tango's interval for proportions of rows,
/// DeLong's for an area, the paired t for a mean. They are reported beside the interval that decides, and are as they
/// are in other programs: without the care for few or skewed rows. There are none of weighted rows and of clusters.
pub fn named_tests(metric: Metric, state: &State, level: f64) -> Vec<NamedTest> {
    if let Some((of, _)) = metric.of_another(state) {
        return named_tests(of, state, level);
    }
    let Ok((resolved, found)) = resolve(metric, state) else { return Vec::new() };
    match &*found {
        State::Contingency(table) if table.is_paired() => {
            let Some([broken, fixed]) = flips(resolved.measure, table) else { return Vec::new() };
            let n = rows_of(resolved.measure, table);
            let [low, high] = tango(broken, fixed, n, level).unwrap_or([f64::NAN; 2]);
            // What is better lower changes the other way.
            let interval = if is_of_errors(resolved.measure) { [-high, -low] } else { [low, high] };
            let of_change = interval.iter().all(|end| end.is_finite()).then_some(interval);
            vec![
                NamedTest::of_p("McNemar, exact", mcnemar_exact(broken, fixed)),
                NamedTest::of_p("McNemar, mid-p", mcnemar_mid_p(broken, fixed)),
                NamedTest { name: "Tango", p_value: None, interval: of_change },
            ]
        }
        State::Ranks(ranks) => {
            let areas = ranks.auc(Side::Candidate).ok().zip(ranks.auc(Side::Baseline).ok());
            let variances = ranks.variance(Side::Candidate).zip(ranks.variance(Side::Baseline)).zip(ranks.covariance());
            let (Some((ours, theirs)), Some(((of_ours, of_theirs), both))) = (areas, variances) else {
                return Vec::new();
            };
            let p = two_sided_p(ours - theirs, of_ours + of_theirs - 2.0 * both, |size| Normal::standard().sf(size));
            p.map(|p| NamedTest::of_p("DeLong, paired", p)).into_iter().collect()
        }
        State::Loss(moments) => {
            let Some((mean, variance)) = moments.contrast(1.0) else { return Vec::new() };
            let rows = float(moments.rows());
            let Ok(student) = StudentsT::new(0.0, 1.0, rows - 1.0) else { return Vec::new() };
            let name = if resolved.is_root() { "paired t, of the squares" } else { "paired t" };
            let p = two_sided_p(mean, variance / rows, |size| student.sf(size));
            p.map(|p| NamedTest::of_p(name, p)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the two-sided p-value of a difference with this variance: 1 where nothing differs, and none where a
/// difference has no variance.
fn two_sided_p(difference: f64, variance: f64, tail: impl Fn(f64) -> f64) -> Option<f64> {
    if difference == 0.0 {
        return Some(1.0);
    }
    (variance > 0.0).then(|| 2.0 * tail(difference.abs() / variance.sqrt()))
}

fn is_of_errors(measure: Measure) -> bool {
    matches!(measure, Measure::ZeroOneLoss | Measure::FalseNegativeRate | Measure::FalsePositiveRate)
}

/// Returns the rows that a proportion is of.
fn rows_of(measure: Measure, table: &Contingency) -> u64 {
    let counts = table.confusion(Side::Candidate, None);
    match measure {
        Measure::Recall | Measure::FalseNegativeRate => counts.tp + counts.fn_,
        Measure::Specificity | Measure::FalsePositiveRate => counts.fp + counts.tn,
        _ => counts.rows(),
    }
}

//! Values of graded rows: of a single grade, or of the grades of a question's samples.

use super::lacking::{Lacking, of_both};
use super::row_means::{mean, of_hits};
use crate::stats::{GradeValue, Predictions, Rows, State, Truth, Undefined};

/// Builds the state of a mean over graded rows. Values that are all 0 or 1 are counted.
pub(crate) fn state(rows: &Rows, of: GradeValue) -> Result<State, Lacking> {
    let Truth::Grades { .. } = rows.columns().truth else { return Err(Lacking::OtherTask) };
    let (ours, theirs) = of_both(rows, |side| values(of, side))?;
    let is_counted = |values: &[f64]| values.iter().all(|value| *value == 0.0 || *value == 1.0);
    if !rows.is_empty() && is_counted(&ours) && theirs.as_deref().is_none_or(is_counted) {
        let hits = |values: &[f64]| values.iter().map(|value| *value > 0.0).collect();
        return Ok(of_hits(rows, (hits(&ours), theirs.as_deref().map(hits))));
    }
    let columns = rows.columns();
    let worth = [Some(&columns.candidate), columns.baseline.as_ref()].into_iter().flatten().map(|side| worth(of, side));
    let worth = worth.fold(f64::INFINITY, f64::min);
    Ok(mean(rows, &ours, theirs.as_deref(), (rows.is_one_model(), (worth > 1.0 && worth.is_finite()).then_some(worth))))
}

/// Returns the largest number of independent passes and fails that the value of a row can be worth: its samples, of
/// which `k` make one value of k at a time (Hoeffding 1948), or the two halves of a tie.
fn worth(of: GradeValue, side: &Predictions) -> f64 {
    let samples = side.samples.as_ref().and_then(|samples| samples.iter().map(Vec::len).min()).unwrap_or(1);
    match of {
        GradeValue::Win => 2.0 * float(samples),
        GradeValue::PassAt(k) | GradeValue::PassAll(k) => float(samples) / float(k.max(1)),
        GradeValue::Pass | GradeValue::AtLeast(_) | GradeValue::AtMost(_) => float(samples),
    }
}

/// Returns the value of each row of one side.
pub(crate) fn values(of: GradeValue, side: &Predictions) -> Result<Vec<f64>, Lacking> {
    let grades = side.scores.first().ok_or(Lacking::Scores)?;
    let of = |samples: &[f64]| value(of, samples);
    let values: Result<Vec<f64>, Undefined> = match &side.samples {
        None => grades.iter().map(|grade| of(std::slice::from_ref(grade))).collect(),
        Some(samples) => samples.iter().map(|samples| of(samples)).collect(),
    };
    Ok(values?)
}

fn value(of: GradeValue, samples: &[f64]) -> Result<f64, Undefined> {
    let share = |holds: &dyn Fn(f64) -> bool| {
        float(samples.iter().filter(|grade| holds(**grade)).count()) / float(samples.len().max(1))
    };
    match of {
        GradeValue::Pass => passes(samples).map(|passed| float(passed) / float(samples.len().max(1))),
        GradeValue::Win => {
            let is_preference = |grade: &f64| [0.0, 0.5, 1.0].contains(grade);
            if !samples.iter().all(is_preference) {
                return Err(Undefined::NotPreference);
            }
            Ok(samples.iter().sum::<f64>() / float(samples.len().max(1)))
        }
        GradeValue::AtLeast(limit) => Ok(share(&|grade| grade >= limit.0)),
        GradeValue::AtMost(limit) => Ok(share(&|grade| grade <= limit.0)),
        GradeValue::PassAt(k) => {
            let (n, passed) = (enough(samples, k)?, passes(samples)?);
            if n - passed < k {
                return Ok(1.0);
            }
            // 1 − C(n − c, k) / C(n, k), as a product that neither overflows nor cancels (Chen et al. 2021).
            let none = (n - passed + 1..=n).map(|at| 1.0 - float(k) / float(at)).product::<f64>();
            Ok(1.0 - none)
        }
        GradeValue::PassAll(k) => {
            let (n, passed) = (enough(samples, k)?, passes(samples)?);
            if passed < k {
                return Ok(0.0);
            }
            Ok((0..k).map(|at| float(passed - at) / float(n - at)).product())
        }
    }
}

/// Returns the number of samples, of which there must be `k`.
fn enough(samples: &[f64], k: usize) -> Result<usize, Undefined> {
    let n = samples.len();
    if n < k { Err(Undefined::TooFewSamples(u32::try_from(n).unwrap_or(u32::MAX))) } else { Ok(n) }
}

/// Returns the number of samples that are a pass.
#[expect(clippy::float_cmp, reason = "the two grades of pass and fail")]
fn passes(samples: &[f64]) -> Result<usize, Undefined> {
    if samples.iter().all(|grade| *grade == 0.0 || *grade == 1.0) {
        Ok(samples.iter().filter(|grade| **grade == 1.0).count())
    } else {
        Err(Undefined::NotPassOrFail)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number of samples")]
fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::stats::{Columns, Metric, Side, contrast, estimate};

    fn side(samples: &[&[f64]]) -> Predictions {
        let means = samples.iter().map(|row| row.iter().sum::<f64>() / float(row.len())).collect();
        Predictions {
            scores: vec![means],
            samples: Some(samples.iter().map(|row| row.to_vec()).collect()),
            ..Predictions::default()
        }
    }

    fn rows(ours: Predictions, theirs: Option<Predictions>) -> Rows {
        let rows = ours.scores[0].len();
        Rows::new(Columns { baseline: theirs, ..Columns::new(Truth::Grades { rows }, ours) }).unwrap()
    }

    fn of(name: &str, rows: &Rows, of: Side) -> Result<f64, Lacking> {
        let metric = Metric::parse(name).unwrap();
        let state = metric.state_kind().build(rows)?;
        Ok(metric.value(&state, of)?.0)
    }

    #[test]
    fn pass_at_k_is_that_of_the_trial() {
        // 0 to 5 of 5 samples pass, ten questions each.
        let samples: Vec<Vec<f64>> =
            (0..60).map(|task| (0..5).map(|at| f64::from(u8::from(at < task % 6))).collect()).collect();
        let samples: Vec<&[f64]> = samples.iter().map(Vec::as_slice).collect();
        let rows = rows(side(&samples), None);
        let near = |name: &str, expected: f64| {
            let found = of(name, &rows, Side::Candidate).unwrap();
            assert!((found - expected).abs() < 1e-12, "{name}: {found}");
        };
        near("pass@1", 0.5);
        near("pass_rate", 0.5);
        near("mean", 0.5);
        near("pass@2", (0.0 + 0.4 + 0.7 + 0.9 + 1.0 + 1.0) / 6.0);
        near("pass_at_k@2", (0.0 + 0.4 + 0.7 + 0.9 + 1.0 + 1.0) / 6.0);
        near("pass^2", (0.1 + 0.3 + 0.6 + 1.0) / 6.0);
        near("pass@5", 5.0 / 6.0);
        near("pass^5", 1.0 / 6.0);
        assert_eq!(of("pass@6", &rows, Side::Candidate), Err(Undefined::TooFewSamples(5).into()));
        assert_eq!(of("median", &rows, Side::Candidate), Err(Lacking::SingleGrades));
    }

    #[test]
    fn the_sides_may_have_other_numbers_of_samples() {
        let ours = side(&[&[0.0, 1.0], &[1.0, 1.0], &[0.0, 0.0]]);
        let theirs = side(&[&[1.0], &[1.0], &[0.0]]);
        let rows = rows(ours, Some(theirs));
        assert_eq!(of("mean", &rows, Side::Candidate), Ok(0.5));
        assert_eq!(of("pass_rate", &rows, Side::Baseline), Ok(2.0 / 3.0));
        let metric = Metric::parse("pass_rate").unwrap();
        let state = metric.state_kind().build(&rows).unwrap();
        let change = contrast(metric, &state, 1.0, 0.95, 0).unwrap();
        assert!((change.value + 1.0 / 6.0).abs() < 1e-12 && change.n == 3, "{change:?}");
    }

    #[test]
    fn grades_of_another_kind_are_refused() {
        let plain = |grades: &[f64]| Predictions { scores: vec![grades.to_vec()], ..Predictions::default() };
        let rows = |grades: &[f64]| rows(plain(grades), None);
        let judged = rows(&[1.0, 5.0, 3.0]);
        assert_eq!(of("pass_rate", &judged, Side::Candidate), Err(Undefined::NotPassOrFail.into()));
        assert_eq!(of("win_rate", &judged, Side::Candidate), Err(Undefined::NotPreference.into()));
        assert_eq!(of("share_at_least@3", &judged, Side::Candidate), Ok(2.0 / 3.0));
        assert_eq!(of("share_at_most@3", &judged, Side::Candidate), Ok(2.0 / 3.0));
        assert_eq!(of("pass@2", &rows(&[1.0, 0.0]), Side::Candidate), Err(Undefined::TooFewSamples(1).into()));
        assert_eq!(of("win_rate", &rows(&[1.0, 0.5, 0.0, 1.0]), Side::Candidate), Ok(0.625));
        assert_eq!(of("accuracy", &judged, Side::Candidate), Err(Lacking::OtherTask));
    }

    #[test]
    fn equal_passes_are_no_proof_of_one_model() {
        let plain = |grades: Vec<f64>| Predictions { scores: vec![grades], ..Predictions::default() };
        let passed: Vec<f64> = (0..80).map(|row| f64::from(u8::from(row % 4 > 0))).collect();
        let both = rows(plain(passed.clone()), Some(plain(passed)));
        for name in ["pass_rate", "mean"] {
            let metric = Metric::parse(name).unwrap();
            let state = metric.state_kind().build(&both).unwrap();
            let change = contrast(metric, &state, 1.0, 0.95, 0).unwrap();
            assert!(change.value == 0.0 && change.interval[0] < -0.01 && change.interval[1] > 0.01, "{change:?}");
        }
        let times: Vec<f64> = (0..80).map(|row| f64::from(row) / 7.0).collect();
        let both = rows(plain(times.clone()), Some(plain(times)));
        let metric = Metric::parse("mean").unwrap();
        let state = metric.state_kind().build(&both).unwrap();
        assert_eq!(contrast(metric, &state, 1.0, 0.95, 0).unwrap().interval, [0.0, 0.0]);
    }

    #[test]
    fn quantiles_are_numpy_s() {
        let plain = |grades: &[f64]| Predictions { scores: vec![grades.to_vec()], ..Predictions::default() };
        let rows = rows(plain(&[12.0, -3.0, 7.5, 0.0, 9.25]), None);
        // numpy.quantile([12, -3, 7.5, 0, 9.25], [0.5, 0.9, 0.1]) is 7.5, 10.9, -1.8
        for (name, expected) in [("median", 7.5), ("quantile@0.9", 10.9), ("quantile@0.1", -1.8)] {
            let found = of(name, &rows, Side::Candidate).unwrap();
            assert!((found - expected).abs() < 1e-12, "{name}: {found}");
        }
        // Five rows bound a median neither way.
        let metric = Metric::parse("median").unwrap();
        let state = metric.state_kind().build(&rows).unwrap();
        let found = estimate(metric, &state, Side::Candidate, 0.95, 0).unwrap();
        assert_eq!(found.interval, [f64::NEG_INFINITY, f64::INFINITY]);
    }
}

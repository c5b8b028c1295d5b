//! Values of both sides and how they spread together, from each row's influence on them.

use serde::{Deserialize, Serialize};

use super::{ExactSum, Rows, Side, Undefined};

/// A metric's value on one side, and how it moves with each row's weight.
///
/// A metric does not change when all weights double, so the slopes, each times its row's weight, add up to 0. Their squares
/// add up to the metric's variance (the infinitesimal jackknife, Jaeckel 1972).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Influence {
    pub(super) value: f64,
    pub(super) slopes: Vec<f64>,
}

/// How an undefined value moves is not asked.
fn slopes(side: Option<&Result<Influence, Undefined>>) -> &[f64] {
    side.and_then(|side| side.as_ref().ok()).map_or(&[], |influence| &influence.slopes)
}

/// One side's value and how it spreads, to be kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredJoint {
    /// The value.
    pub value: f64,
    /// Its sampling variance.
    pub variance: f64,
    /// The rows that count.
    pub rows: u64,
    /// Rows, or clusters of them, that are independent of each other.
    pub units: u64,
    /// Whether rows belong together.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clustered: bool,
    /// The farthest that a single row moves the value.
    pub farthest: f64,
    /// How much too large the value is on average.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub excess: f64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(number: &f64) -> bool {
    *number == 0.0
}

/// Both sides' values of one metric, their variances and their covariance: all that a comparison needs, whatever the rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Joint {
    candidate: Result<f64, Undefined>,
    baseline: Option<Result<f64, Undefined>>,
    rows: u64,
    /// Rows, or clusters of them, that are independent of each other.
    units: u64,
    is_clustered: bool,
    is_unchanged: bool,
    /// The farthest that a single row moves a side's value.
    farthest: f64,
    /// How much too large each side's value is on average, where that is not nothing.
    excess: [f64; 2],
    of_candidate: f64,
    of_baseline: f64,
    // The spread of the difference is summed for itself: between two good models it is far smaller than either's.
    of_change: f64,
    of_change_and_baseline: f64,
}

impl Joint {
    /// From both sides' influences over these rows; `n` of them count.
    pub(super) fn new(
        rows: &Rows,
        n: u64,
        candidate: Result<Influence, Undefined>,
        baseline: Option<Result<Influence, Undefined>>,
    ) -> Self {
        let columns = rows.columns();
        let is_unchanged = rows.is_one_model();
        let (units, clusters) = match &columns.clusters {
            None => (n, None),
            Some(codes) => {
                let mut order: Vec<u32> = (0..).take(codes.len()).collect();
                order.sort_by_key(|row| codes[*row as usize]);
                let units = order.chunk_by(|left, right| codes[*left as usize] == codes[*right as usize]).count();
                (units as u64, Some((order, codes)))
            }
        };
        let (ours, theirs) = (slopes(Some(&candidate)), slopes(baseline.as_ref()));
        let at = |slopes: &[f64], row: usize| slopes.get(row).map_or(0.0, |slope| slope * rows.weight(row));
        let farthest =
            (0..rows.len()).flat_map(|row| [at(ours, row), at(theirs, row)]).map(f64::abs).fold(0.0, f64::max);
        let mut sums = [const { ExactSum::new() }; 4];
        let mut add = |ours: f64, theirs: f64| {
            let change = ours - theirs;
            for (sum, term) in sums.iter_mut().zip([ours * ours, theirs * theirs, change * change, change * theirs]) {
                sum.add(term);
            }
        };
        match clusters {
            None => (0..rows.len()).for_each(|row| add(at(ours, row), at(theirs, row))),
            Some((order, codes)) => {
                for cluster in order.chunk_by(|left, right| codes[*left as usize] == codes[*right as usize]) {
                    let (mut ours_moved, mut theirs_moved) = (ExactSum::default(), ExactSum::default());
                    for row in cluster {
                        ours_moved.add(at(ours, *row as usize));
                        theirs_moved.add(at(theirs, *row as usize));
                    }
                    add(ours_moved.value(), theirs_moved.value());
                }
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
        let correction = if units > 1 { units as f64 / (units as f64 - 1.0) } else { 1.0 };
        let [of_candidate, of_baseline, of_change, of_change_and_baseline] = sums.map(|sum| sum.value() * correction);
        Self {
            candidate: candidate.map(|influence| influence.value),
            baseline: baseline.map(|side| side.map(|influence| influence.value)),
            rows: n,
            units,
            is_clustered: columns.clusters.is_some(),
            is_unchanged,
            farthest,
            excess: [0.0; 2],
            of_candidate,
            of_baseline,
            of_change,
            of_change_and_baseline,
        }
    }

    /// The candidate's side.
    ///
    /// # Errors
    ///
    /// Why it has no value.
    pub fn to_stored(&self) -> Result<StoredJoint, Undefined> {
        Ok(StoredJoint {
            value: self.candidate?,
            variance: self.of_candidate,
            rows: self.rows,
            units: self.units,
            clustered: self.is_clustered,
            farthest: self.farthest,
            excess: self.excess[0],
        })
    }

    /// One side alone; none where the numbers are not those of any rows.
    pub fn from_stored(stored: &StoredJoint) -> Option<Self> {
        let StoredJoint { value, variance, rows, units, clustered, farthest, excess } = *stored;
        let is_sound = [value, variance, farthest, excess].iter().all(|number| number.is_finite())
            && variance >= 0.0
            && farthest >= 0.0
            && (1..=rows).contains(&units)
            && (clustered || units == rows);
        is_sound.then_some(Self {
            candidate: Ok(value),
            baseline: None,
            rows,
            units,
            is_clustered: clustered,
            is_unchanged: false,
            farthest,
            excess: [excess, 0.0],
            of_candidate: variance,
            of_baseline: 0.0,
            of_change: variance,
            of_change_and_baseline: 0.0,
        })
    }

    /// The rows that count.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows, or clusters of them, that are independent of each other.
    pub fn units(&self) -> u64 {
        self.units
    }

    /// Whether rows belong together.
    pub fn is_clustered(&self) -> bool {
        self.is_clustered
    }

    /// Whether a baseline is in it.
    pub fn is_paired(&self) -> bool {
        self.baseline.is_some()
    }

    /// The farthest that a single row moves a side's value.
    pub(super) fn farthest(&self) -> f64 {
        self.farthest
    }

    /// The same of values that are too large on average by so much: candidate, baseline.
    pub(super) fn with_excess(self, excess: [f64; 2]) -> Self {
        Self { excess, ..self }
    }

    /// How much too large the values are on average.
    pub(super) fn excess(&self) -> [f64; 2] {
        self.excess
    }

    /// Whether both sides answer every row alike.
    pub fn is_unchanged(&self) -> bool {
        self.is_unchanged
    }

    /// The value on one side.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn value(&self, side: Side) -> Result<f64, Undefined> {
        match side {
            Side::Candidate => self.candidate,
            Side::Baseline => self.baseline.unwrap_or(Err(Undefined::OtherState)),
        }
    }

    /// The sampling variance of a side's value.
    pub fn variance(&self, side: Side) -> f64 {
        if side == Side::Candidate { self.of_candidate } else { self.of_baseline }
    }

    /// The sampling variance of candidate − `weight` · baseline.
    pub fn variance_of_change(&self, weight: f64) -> f64 {
        // Equal to the difference plus a share of the baseline.
        let rest = 1.0 - weight;
        (self.of_change + 2.0 * rest * self.of_change_and_baseline + rest * rest * self.of_baseline).max(0.0)
    }

    /// The same values on another scale: f and its derivative.
    #[must_use]
    pub(super) fn on_scale(&self, scale: impl Fn(f64) -> f64, slope: impl Fn(f64) -> f64) -> Self {
        let (ours, theirs) =
            (self.candidate.map_or(1.0, &slope), self.baseline.and_then(Result::ok).map_or(1.0, &slope));
        let of_candidate = self.of_candidate * ours * ours;
        let of_baseline = self.of_baseline * theirs * theirs;
        // (ours·c − theirs·b) = ours·(c − b) + (ours − theirs)·b
        let rest = ours - theirs;
        let of_change = ours * ours * self.of_change
            + 2.0 * ours * rest * self.of_change_and_baseline
            + rest * rest * self.of_baseline;
        let of_change_and_baseline = (ours * self.of_change_and_baseline + rest * self.of_baseline) * theirs;
        Self {
            candidate: self.candidate.map(&scale),
            baseline: self.baseline.map(|value| value.map(&scale)),
            farthest: self.farthest * ours.abs().max(theirs.abs()),
            of_candidate,
            of_baseline,
            of_change,
            of_change_and_baseline,
            ..self.clone()
        }
    }
}

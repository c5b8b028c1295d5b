//! Values of both sides with their variances and covariance, from each row's influence.

use serde::{Deserialize, Serialize};

use super::moves::{Dispersion, Mover, Moves, StoredMoves};
use crate::stats::state::rows::by_code;
use crate::stats::{ExactSum, Rows, Side, Undefined};

/// A metric's value on one side, with each row's influence on it.
///
/// A metric does not change when all weights double, so the influences, each times its row's weight, add up to 0. The
/// sum of their squares is the metric's variance (the infinitesimal jackknife, Jaeckel 1972).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Influence {
    pub(crate) value: f64,
    pub(crate) slopes: Vec<f64>,
}

/// Excess of a value to which noise adds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Excess {
    /// On average.
    pub(crate) mean: f64,
    /// At the most, where there are too few rows to tell.
    pub(crate) most: f64,
}

/// With fewer units than this, what is stored of an excess may be far less than it is.
const FEW_FOR_EXCESS: u64 = 300;

impl Excess {
    /// The most is not stored; twice the mean is more than it mostly is.
    fn of_stored(mean: f64, units: u64) -> Self {
        Self { mean, most: if units < FEW_FOR_EXCESS { 2.0 * mean } else { mean } }
    }
}

/// Returns the influences; none of an undefined value.
fn slopes(side: Option<&Result<Influence, Undefined>>) -> &[f64] {
    side.and_then(|side| side.as_ref().ok()).map_or(&[], |influence| &influence.slopes)
}

/// Value of one side with its dispersion, as stored in a baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredJoint {
    /// The value.
    pub value: f64,
    /// The sampling variance.
    pub variance: f64,
    /// The number of rows that take part.
    pub rows: u64,
    /// The number of independent units: rows, or clusters of rows.
    pub units: u64,
    /// True if rows form clusters.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clustered: bool,
    /// The largest influence of a single row, times its weight.
    pub farthest: f64,
    /// The bias of the value.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub excess: f64,
    /// Power sums of the units' influences, which give their tails and their skew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves: Option<StoredMoves>,
    /// Power sums of the influences without clusters, and of those without weights.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apart: Vec<StoredMoves>,
    /// The effective units of the smallest class, for a metric of classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smallest: Option<f64>,
    /// The mean loss of predicting 0, for a metric that is 0 in every row; of a proportion over graded rows, the passes
    /// and fails that a row is worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(number: &f64) -> bool {
    *number == 0.0
}

/// Both sides' values of one metric, their variances and their covariance: the sufficient statistic of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Joint {
    candidate: Result<f64, Undefined>,
    baseline: Option<Result<f64, Undefined>>,
    rows: u64,
    /// The number of independent units: rows, or clusters of rows.
    units: u64,
    is_clustered: bool,
    is_unchanged: bool,
    /// The largest influence of a single row, times its weight, on either side.
    farthest: f64,
    /// The bias of each side's value: candidate, baseline.
    excess: [Excess; 2],
    // The difference is kept separately, because between two good models it is far smaller than either value.
    moves: Moves,
    /// Power sums of the influences without clusters, and of those without weights.
    apart: Vec<Moves>,
    /// Number of baselines that are added to the change to make it that of the values on their first scale.
    plain: f64,
    /// The effective units of the smallest class, for a metric that compares classes.
    smallest: Option<f64>,
    /// The mean loss of predicting 0: the scale for errors that are 0 in every row.
    scale: Option<f64>,
}

impl Joint {
    /// Creates the state from both sides' influences over these rows; `n` rows take part.
    pub(crate) fn new(
        rows: &Rows,
        n: u64,
        candidate: Result<Influence, Undefined>,
        baseline: Option<Result<Influence, Undefined>>,
    ) -> Self {
        let columns = rows.columns();
        let (ours, theirs) = (slopes(Some(&candidate)), slopes(baseline.as_ref()));
        let slope = |slopes: &[f64], row: usize| slopes.get(row).copied().unwrap_or(0.0);
        let at = |slopes: &[f64], row: usize| slope(slopes, row) * rows.weight(row);
        let farthest =
            (0..rows.len()).flat_map(|row| [at(ours, row), at(theirs, row)]).map(f64::abs).fold(0.0, f64::max);
        let of_rows = |weight: &dyn Fn(usize) -> f64| {
            let mut mover = Mover::default();
            for row in 0..rows.len() {
                let (ours, theirs) = (slope(ours, row) * weight(row), slope(theirs, row) * weight(row));
                mover.add(weight(row), ours - theirs, theirs);
            }
            mover.moves()
        };
        let weighted = || of_rows(&|row| rows.weight(row));
        let mut apart = Vec::new();
        if columns.weights.is_some() {
            let mut all = ExactSum::new();
            (0..rows.len()).for_each(|row| all.add(rows.weight(row)));
            #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
            let mean = all.value() / rows.len().max(1) as f64;
            apart.push(of_rows(&|_| mean));
        }
        let moves = match &columns.clusters {
            None => weighted(),
            Some(codes) => {
                apart.push(weighted());
                let order = by_code(codes);
                let (mut mover, mut exact) = (Mover::default(), ExactSum::new());
                for cluster in order.chunk_by(|left, right| codes[*left as usize] == codes[*right as usize]) {
                    let mut sum = |of: &dyn Fn(usize) -> f64| {
                        exact.clear();
                        cluster.iter().for_each(|row| exact.add(of(*row as usize)));
                        exact.value()
                    };
                    let (ours, theirs) = (sum(&|row| at(ours, row)), sum(&|row| at(theirs, row)));
                    mover.add(sum(&|row| rows.weight(row)), ours - theirs, theirs);
                }
                mover.moves()
            }
        };
        // Rows that take no part in the metric are not units of it.
        let units = if columns.clusters.is_some() { moves.units() } else { n };
        Self {
            candidate: candidate.map(|influence| influence.value),
            baseline: baseline.map(|side| side.map(|influence| influence.value)),
            rows: n,
            units,
            is_clustered: columns.clusters.is_some(),
            is_unchanged: rows.is_one_model(),
            farthest,
            excess: [Excess::default(); 2],
            moves,
            apart,
            plain: 0.0,
            smallest: None,
            scale: None,
        }
    }

    /// Returns the candidate's side.
    ///
    /// # Errors
    ///
    /// Returns the reason if the candidate has no value.
    pub fn to_stored(&self) -> Result<StoredJoint, Undefined> {
        Ok(StoredJoint {
            value: self.candidate?,
            variance: self.variance(Side::Candidate),
            rows: self.rows,
            units: self.units,
            clustered: self.is_clustered,
            farthest: self.farthest,
            excess: self.excess[0].mean,
            moves: Some(self.moves.to_stored()),
            apart: self.apart.iter().map(|moves| moves.to_stored()).collect(),
            smallest: self.smallest,
            scale: self.scale,
        })
    }

    /// Creates a state of one side; `None` if no rows could have these numbers.
    pub fn from_stored(stored: &StoredJoint) -> Option<Self> {
        let StoredJoint { value, variance, rows, units, clustered, farthest, excess, smallest, scale, .. } = *stored;
        let (least, size) = (smallest.unwrap_or(1.0), scale.unwrap_or(1.0));
        let is_sound = [value, variance, farthest, excess, least, size].iter().all(|number| number.is_finite())
            && [variance, farthest, least, size].iter().all(|number| *number >= 0.0)
            && (1..=rows).contains(&units)
            && (clustered || units == rows);
        if !is_sound {
            return None;
        }
        let moves = match &stored.moves {
            Some(moves) => Moves::from_stored(moves)?,
            None => Moves::normal(variance, units),
        };
        let spread = moves.along(1.0, 1.0).variance;
        // The variance of a side that hardly spreads is what rounding left of the other side's.
        let rounding = 1e-12 * (value * value + farthest * farthest);
        if (spread - variance).abs() > 1e-9 * variance.max(spread) + rounding {
            return None;
        }
        Some(Self {
            candidate: Ok(value),
            baseline: None,
            rows,
            units,
            is_clustered: clustered,
            is_unchanged: false,
            farthest,
            excess: [Excess::of_stored(excess, units), Excess::default()],
            moves,
            apart: stored.apart.iter().map(Moves::from_stored).collect::<Option<Vec<_>>>()?,
            plain: 0.0,
            smallest,
            scale,
        })
    }

    /// Returns the number of rows that take part.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the number of independent units: rows, or clusters of rows.
    pub fn units(&self) -> u64 {
        self.units
    }

    /// Returns true if rows form clusters.
    pub fn is_clustered(&self) -> bool {
        self.is_clustered
    }

    /// Returns true if the state includes a baseline.
    pub fn is_paired(&self) -> bool {
        self.baseline.is_some()
    }

    /// Returns the largest influence of a single row, times its weight, on either side.
    pub(crate) fn farthest(&self) -> f64 {
        self.farthest
    }

    /// Sets the bias of the values: candidate, baseline.
    pub(crate) fn with_excess(self, excess: [Excess; 2]) -> Self {
        Self { excess, ..self }
    }

    /// Returns the candidate's side as a stored baseline holds it.
    pub(crate) fn as_stored(&self) -> Self {
        let excess = Excess::of_stored(self.excess[0].mean, self.units);
        Self { excess: [excess, self.excess[1]], ..self.clone() }
    }

    /// Returns the bias of the values: candidate, baseline.
    pub(crate) fn excess(&self) -> [Excess; 2] {
        self.excess
    }

    /// Returns true if both sides have the same predictions in every row.
    pub fn is_unchanged(&self) -> bool {
        self.is_unchanged
    }

    /// Returns the value of one side.
    ///
    /// # Errors
    ///
    /// Returns the reason if it is undefined.
    pub fn value(&self, side: Side) -> Result<f64, Undefined> {
        match side {
            Side::Candidate => self.candidate,
            Side::Baseline => self.baseline.unwrap_or(Err(Undefined::OtherState)),
        }
    }

    /// Returns the sampling variance of a side's value.
    pub fn variance(&self, side: Side) -> f64 {
        self.dispersion(side).variance
    }

    /// Returns the dispersion of a side's value.
    pub(crate) fn dispersion(&self, side: Side) -> Dispersion {
        // The candidate is the baseline plus the difference.
        self.moves.along(if side == Side::Candidate { 1.0 } else { 0.0 }, 1.0)
    }

    /// Returns the dispersion of candidate − `weight` · baseline, which equals the difference plus a multiple of the
    /// baseline.
    pub(crate) fn dispersion_of_change(&self, weight: f64) -> Dispersion {
        self.moves.along(1.0, 1.0 - weight)
    }

    /// Returns the dispersions of a side's value with the rows as they are, without clusters, and without weights.
    pub(crate) fn dispersions(&self, side: Side) -> Vec<Dispersion> {
        self.all_along(if side == Side::Candidate { 1.0 } else { 0.0 }, 1.0)
    }

    /// Returns the dispersions of candidate − `weight` · baseline with the rows as they are, without clusters, and
    /// without weights.
    pub(crate) fn dispersions_of_change(&self, weight: f64) -> Vec<Dispersion> {
        // Few units may carry the plain change.
        let plain = self.all_along(1.0, self.plain);
        self.all_along(1.0, 1.0 - weight).into_iter().zip(plain).map(|(of, plain)| of.carried_by(&plain)).collect()
    }

    fn all_along(&self, change: f64, baseline: f64) -> Vec<Dispersion> {
        std::iter::once(&self.moves).chain(&self.apart).map(|moves| moves.along(change, baseline)).collect()
    }

    /// Returns the number of equal-sized units with the same information.
    pub(crate) fn effective(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
        let units = self.units as f64;
        self.moves.effective().min(units)
    }

    /// Returns the effective units of the smallest class, for a metric that compares classes.
    pub(crate) fn smallest(&self) -> Option<f64> {
        self.smallest
    }

    /// Sets the effective units of the smallest class.
    pub(crate) fn with_smallest(self, smallest: f64) -> Self {
        Self { smallest: Some(smallest), ..self }
    }

    /// Returns the scale for errors that are 0 in every row.
    pub(crate) fn scale(&self) -> Option<f64> {
        self.scale
    }

    /// Sets the scale for errors that are 0 in every row: the mean loss of predicting 0.
    pub(crate) fn with_scale(self, scale: Option<f64>) -> Self {
        Self { scale, ..self }
    }

    /// Sets whether both sides are one model.
    pub(crate) fn with_unchanged(self, is_unchanged: bool) -> Self {
        Self { is_unchanged, ..self }
    }

    /// Transforms the values to another scale; `slope` is the derivative of `scale`.
    #[must_use]
    pub(crate) fn on_scale(&self, scale: impl Fn(f64) -> f64, slope: impl Fn(f64) -> f64) -> Self {
        let (ours, theirs) =
            (self.candidate.map_or(1.0, &slope), self.baseline.and_then(Result::ok).map_or(1.0, &slope));
        // (ours·c − theirs·b) = ours·(c − b) + (ours − theirs)·b
        let turned = |moves: &Moves| moves.turned(ours, ours - theirs, theirs);
        Self {
            candidate: self.candidate.map(&scale),
            baseline: self.baseline.map(|value| value.map(&scale)),
            farthest: self.farthest * ours.abs().max(theirs.abs()),
            moves: turned(&self.moves),
            apart: self.apart.iter().map(turned).collect(),
            plain: 1.0 - ours / theirs,
            scale: self.scale.map(&scale),
            ..self.clone()
        }
    }
}

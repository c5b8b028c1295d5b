//! A distance with its noise: its distribution without any change, and the interval of the true distance.

use std::cell::OnceCell;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::super::Undefined;
use super::bracket::{kolmogorov_smirnov_at_most, wasserstein, wasserstein_at_most};
use super::distance::{View, float, sum};
use super::{Cells, ChiSquare, Distance, Empty};
use crate::stats::numeric::quantile::quantile;
use crate::stats::resample::multinomial::{binomial, multinomial};

/// Number of samples behind the noise and behind the interval; 25 of them lie beyond each end of a 95 % interval.
const DRAWS: usize = 1_000;

/// A distance between two sides, judged against noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// The distance of the counts.
    pub value: f64,
    /// The largest distance that the values themselves may have, for `ks` and `w1`, whose exact value the bins do not
    /// determine.
    pub at_most: Option<f64>,
    /// The interval of the true distance. The distance of two samples is biased upwards, so the interval is moved down
    /// by the bias.
    pub interval: [f64; 2],
    /// The p-value: the probability that two samples of one distribution are at least this far apart.
    pub chance: f64,
    /// The noise floor: the distance that two samples of one distribution exceed once in 20 times.
    pub floor: f64,
    /// The bin in which both sides differ most, and its proportions: baseline, candidate.
    pub worst: (String, [f64; 2]),
    /// The rows of both sides: baseline, candidate.
    pub rows: [u64; 2],
}

impl Drift {
    /// A constant that stayed the same: it has no unit, and needs none.
    fn none(cells: &Cells) -> Self {
        let worst = (String::new(), [0.0, 0.0]);
        Self { value: 0.0, at_most: None, interval: [0.0, 0.0], chance: 1.0, floor: 0.0, worst, rows: cells.rows() }
    }
}

/// Tells whether both sides have one value only, and the same.
fn is_same_constant(cells: &Cells) -> bool {
    let mut filled = (0..cells.baseline.len()).filter(|index| cells.baseline[*index] + cells.candidate[*index] > 0);
    let (Some(scale), Some(only), None) = (&cells.scale, filled.next(), filled.next()) else { return false };
    let edge = scale.edges.get(only).copied().unwrap_or(f64::NAN);
    (scale.candidate_sums[only] - edge * float(cells.candidate[only])).abs() <= 0.0
}

/// Measures a distance. The same bins and seed give the same result on every machine, at a cost independent of the
/// number of rows.
///
/// # Errors
///
/// Returns an error if a side has no values, or if the distance has no unit because the baseline never varies.
pub fn estimate(distance: Distance, cells: &Cells, level: f64, seed: u64) -> Result<Drift, Undefined> {
    Samples::new(cells, seed).estimate(distance, Empty::HalfARow, level)
}

/// Both sides' counts, and samples of them that are drawn once for any number of distances.
#[derive(Debug)]
pub struct Samples<'a> {
    cells: &'a Cells,
    seed: u64,
    draws: usize,
    coarse: OnceCell<Drawn>,
    fine: OnceCell<Drawn>,
}

impl<'a> Samples<'a> {
    /// Creates the samples; each is drawn when it is first needed.
    pub fn new(cells: &'a Cells, seed: u64) -> Self {
        Self::with(cells, seed, DRAWS)
    }

    /// Creates samples with another number of draws.
    pub(super) fn with(cells: &'a Cells, seed: u64, draws: usize) -> Self {
        Self { cells, seed, draws, coarse: OnceCell::new(), fine: OnceCell::new() }
    }

    /// Measures a distance, like [`estimate`], with a proportion for empty bins.
    ///
    /// # Errors
    ///
    /// Fails like [`estimate`].
    pub fn estimate(&self, distance: Distance, empty: Empty, level: f64) -> Result<Drift, Undefined> {
        let cells = self.cells;
        let rows = cells.rows();
        if rows.contains(&0) {
            return Err(Undefined::NoRows);
        }
        if distance.needs_numbers() && cells.scale.is_none() {
            return Err(Undefined::OtherState);
        }
        let is_constant = cells.scale.as_ref().is_some_and(|scale| scale.spread.is_nan() || scale.spread <= 0.0);
        if distance == Distance::Wasserstein && is_constant {
            return if is_same_constant(cells) { Ok(Drift::none(cells)) } else { Err(Undefined::Constant) };
        }
        let drawn = if distance.is_coarse() { &self.coarse } else { &self.fine };
        let drawn = drawn.get_or_init(|| Drawn::new(distance.view(cells), self.seed, self.draws));
        Ok(drawn.drift((distance, empty), cells, level))
    }
}

/// Samples of both sides over the bins that some distances use.
#[derive(Debug)]
struct Drawn {
    seen: Cells,
    view: View,
    /// Pairs of samples from both sides pooled: the distances without any change.
    nothing: Vec<[Vec<u64>; 2]>,
    /// Pairs of samples from each side: the variance of a distance.
    again: Vec<[Vec<u64>; 2]>,
}

impl Drawn {
    fn new(seen: Cells, seed: u64, draws: usize) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let pooled: Vec<u64> = seen.baseline.iter().zip(&seen.candidate).map(|(left, right)| left + right).collect();
        let [n, m] = seen.rows();
        let mut pair = |baseline: &[u64], candidate: &[u64]| {
            let mut sides = [vec![0; pooled.len()], vec![0; pooled.len()]];
            multinomial(baseline, n, &mut random, &mut sides[0]);
            multinomial(candidate, m, &mut random, &mut sides[1]);
            sides
        };
        let drawn = if seen.scale.is_some() { draws } else { 0 };
        let mut nothing: Vec<[Vec<u64>; 2]> = (0..drawn).map(|_| pair(&pooled, &pooled)).collect();
        let again = (0..draws).map(|_| pair(&seen.baseline, &seen.candidate)).collect();
        nothing.extend((drawn..draws).map(|_| dealt(&seen, &pooled, &mut random)));
        Self { view: View::of(&seen), seen, nothing, again }
    }

    fn drift(&self, (distance, empty): (Distance, Empty), cells: &Cells, level: f64) -> Drift {
        let Self { seen, view, .. } = self;
        let of = |baseline: &[u64], candidate: &[u64]| distance.of(empty, view, baseline, candidate);
        let plain = of(&seen.baseline, &seen.candidate);
        let value = if distance == Distance::Wasserstein { wasserstein(cells).unwrap_or(plain) } else { plain };
        let sorted = |pairs: &[[Vec<u64>; 2]]| {
            let mut drawn: Vec<f64> = pairs.iter().map(|[baseline, candidate]| of(baseline, candidate)).collect();
            drawn.sort_by(f64::total_cmp);
            drawn
        };
        let (nothing, again) = (sorted(&self.nothing), sorted(&self.again));
        let draws = nothing.len();
        // Sums in another order differ in their last digits; a draw this close is as far apart as the data.
        let as_far = draws - nothing.partition_point(|drawn| *drawn < plain * (1.0 - 1e-9));
        #[expect(clippy::cast_precision_loss, reason = "some draws")]
        let (drawn, count) = ((as_far as f64 + 1.0) / (draws as f64 + 1.0), draws as f64);
        let chance = if as_far == 0 { drawn.min(tail_chance(distance, seen, plain)) } else { drawn };
        let tail = (1.0 - level) / 2.0;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / count;
        // Noise alone makes a distance where the sides do not differ. Draws from the data underestimate that noise,
        // because it adds to the data's own; so the lower end also takes off the noise there would be without any
        // change.
        let noise = mean(&nothing).max(mean(&again) - plain);
        let low = value - noise - (quantile(&again, 1.0 - tail) - mean(&again));
        // Two small samples may agree by chance, so the upper end is never closer than the draws' own deviation.
        let spread = quantile(&again, 1.0 - tail) - mean(&again);
        // Nor is it closer than the largest distance between the edges of the bins.
        let at_most = match distance {
            Distance::KolmogorovSmirnov => kolmogorov_smirnov_at_most(cells),
            Distance::Wasserstein => wasserstein_at_most(cells).map(|most| most.max(value)),
            _ => None,
        };
        let high = at_most.map_or(value, |most| most.max(value)) + (plain - quantile(&again, tail)).max(spread);
        Drift {
            value,
            at_most,
            interval: [low.max(0.0), high.max(low).max(0.0)],
            chance,
            floor: quantile(&nothing, 0.95),
            worst: worst(seen),
            rows: cells.rows(),
        }
    }
}

/// Deals the rows of both sides to them anew: each row goes to the candidate with the candidate's proportion of all
/// rows.
///
/// Rare values are as rare in the result as in the data. If rows were drawn with replacement, many rare values would be
/// drawn twice or not at all, the draws would lie closer together than two samples do, and the data would seem too far
/// apart.
fn dealt(seen: &Cells, pooled: &[u64], random: &mut ChaCha8Rng) -> [Vec<u64>; 2] {
    let [n, m] = seen.rows().map(float);
    let candidate: Vec<u64> = pooled.iter().map(|rows| binomial(*rows, m / (n + m), random)).collect();
    let baseline: Vec<u64> = pooled.iter().zip(&candidate).map(|(all, theirs)| all - theirs).collect();
    // Of very few rows one side may get none; the draw is then replaced by the data, which is no less far apart.
    if sum(&baseline) == 0.0 || sum(&candidate) == 0.0 {
        return [seen.baseline.clone(), seen.candidate.clone()];
    }
    [baseline, candidate]
}

/// Returns a p-value from a distribution function, not from draws.
///
/// With n draws no p-value is below 1 / n. Adjusted for a hundred columns, such a p-value is no longer small, and a
/// column that was replaced altogether would not stand out. Where no draw is as far apart as the data, the test on the
/// same bins gives the p-value.
fn tail_chance(distance: Distance, cells: &Cells, value: f64) -> f64 {
    let [n, m] = cells.rows().map(float);
    match distance {
        // The first term of Smirnov's series (1939), which is an upper bound; fewer bins can only make the distance
        // smaller.
        Distance::KolmogorovSmirnov => 2.0 * (-2.0 * value * value * n * m / (n + m)).exp(),
        _ => ChiSquare::of_counts(cells).chance,
    }
}

/// Returns the bin whose proportion changed most.
fn worst(cells: &Cells) -> (String, [f64; 2]) {
    let (n, m) = (sum(&cells.baseline), sum(&cells.candidate));
    let shares = |index: usize| [float(cells.baseline[index]) / n, float(cells.candidate[index]) / m];
    let change = |index: &usize| {
        let [before, after] = shares(*index);
        (after - before).abs()
    };
    let index =
        (0..cells.names.len()).max_by(|left, right| change(left).total_cmp(&change(right)).then(right.cmp(left)));
    index.map_or_else(|| (String::new(), [0.0, 0.0]), |index| (cells.names[index].clone(), shares(index)))
}

/// Adjusts p-values for their number, so that among those at or below a level at most that proportion is false
/// (Benjamini and Hochberg 1995).
pub fn benjamini_hochberg(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|left, right| chances[*right].total_cmp(&chances[*left]));
    let mut adjusted = vec![1.0; chances.len()];
    let mut least = 1.0_f64;
    for (place, index) in order.into_iter().enumerate() {
        let rank = float((chances.len() - place) as u64);
        least = least.min(chances[index] * float(chances.len() as u64) / rank);
        adjusted[index] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::super::{NumericCells, Sorted};
    use super::*;
    use crate::stats::drift::cells;

    #[test]
    fn chances_are_adjusted_as_by_statsmodels() {
        // statsmodels 0.15.0: multipletests([0.01, 0.04, 0.03, 0.005], method="fdr_bh")[1]
        let adjusted = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.005]);
        for (ours, theirs) in adjusted.iter().zip([0.02, 0.04, 0.04, 0.02]) {
            assert!((ours - theirs).abs() < 1e-12, "{adjusted:?}");
        }
        assert!(benjamini_hochberg(&[]).is_empty());
    }

    #[test]
    fn a_side_without_values_has_no_distance() {
        let empty = cells(&[0, 0], &[1, 2]);
        assert_eq!(estimate(Distance::Psi, &empty, 0.95, 0), Err(Undefined::NoRows));
        let text = cells(&[1, 2], &[1, 2]);
        assert_eq!(estimate(Distance::Wasserstein, &text, 0.95, 0), Err(Undefined::OtherState));
    }

    #[test]
    fn a_chance_below_what_draws_can_tell_is_told_by_a_law() {
        let moved = cells(&[500, 500], &[800, 200]);
        for (_, distance) in Distance::ALL.into_iter().filter(|(_, distance)| !distance.needs_numbers()) {
            let drift = estimate(distance, &moved, 0.95, 0).unwrap();
            assert!(drift.chance < 1e-9, "{}: {}", distance.name(), drift.chance);
        }
        let numbers: Vec<f64> = (0..1_000).map(f64::from).collect();
        let sorted = Sorted::new(numbers.into_iter());
        let mut after = NumericCells::new(&sorted.grid());
        (0..1_000).for_each(|number| after.add(&sorted.grid(), f64::from(number) + 200.0));
        let cells = sorted.distribution().against(&after);
        for distance in [Distance::KolmogorovSmirnov, Distance::Wasserstein] {
            let drift = estimate(distance, &cells, 0.95, 0).unwrap();
            assert!(drift.chance < 1e-9, "{}: {}", distance.name(), drift.chance);
        }
    }

    #[test]
    fn samples_that_are_shared_change_nothing() {
        let sorted = Sorted::new((0..500).map(|number| f64::from(number * number % 97)));
        let mut after = NumericCells::new(&sorted.grid());
        (0..300).for_each(|number| after.add(&sorted.grid(), f64::from(number * number % 89)));
        let cells = sorted.distribution().against(&after);
        let samples = Samples::new(&cells, 3);
        for (_, distance) in Distance::ALL.into_iter().chain(Distance::ALL) {
            assert_eq!(samples.estimate(distance, Empty::HalfARow, 0.95), estimate(distance, &cells, 0.95, 3));
        }
    }

    #[test]
    fn a_constant_that_stayed_one_has_not_moved() {
        let sorted = Sorted::new([0.1; 30].into_iter());
        let same = estimate(Distance::Wasserstein, &sorted.distribution().against(&sorted.cells()), 0.95, 0).unwrap();
        assert_eq!((same.value, same.interval), (0.0, [0.0, 0.0]));
        let mut other = NumericCells::new(&sorted.grid());
        (0..30).for_each(|_| other.add(&sorted.grid(), 0.05));
        let moved = estimate(Distance::Wasserstein, &sorted.distribution().against(&other), 0.95, 0);
        assert_eq!(moved, Err(Undefined::Constant));
    }

    #[test]
    fn between_the_edges_the_functions_may_be_further_apart() {
        let sorted = Sorted::new((0..1_000).map(f64::from));
        let drift = estimate(Distance::KolmogorovSmirnov, &sorted.distribution().against(&sorted.cells()), 0.95, 0);
        let drift = drift.unwrap();
        assert_eq!(drift.value, 0.0);
        let most = drift.at_most.unwrap();
        assert!((0.015..0.017).contains(&most) && drift.interval[1] > most, "{drift:?}");
        // A few distinct numbers have a bin each, so nothing lies between the edges.
        let sorted = Sorted::new((0..1_000).map(|number| f64::from(number % 7)));
        let drift = estimate(Distance::KolmogorovSmirnov, &sorted.distribution().against(&sorted.cells()), 0.95, 0);
        assert_eq!(drift.unwrap().at_most, Some(0.0));
    }

    #[test]
    fn two_small_samples_that_agree_are_not_certainly_alike() {
        let same = estimate(Distance::TotalVariation, &cells(&[5, 5], &[5, 5]), 0.95, 0).unwrap();
        assert!(same.interval[1] > 0.2, "{same:?}");
    }

    #[test]
    fn equal_shares_are_no_drift_and_a_shift_of_many_rows_is() {
        let same = estimate(Distance::TotalVariation, &cells(&[500, 500], &[500, 500]), 0.95, 0).unwrap();
        assert_eq!((same.value, same.chance), (0.0, 1.0));
        let moved = estimate(Distance::TotalVariation, &cells(&[5000, 5000], &[8000, 2000]), 0.95, 0).unwrap();
        assert!(moved.interval[0] > 0.28 && moved.chance < 0.01, "{moved:?}");
        assert_eq!(moved.worst, ("0".to_owned(), [0.5, 0.8]));
    }
}

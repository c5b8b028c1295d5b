//! Chi-square test of homogeneity: both sides' rows have the same distribution over the bins.
//!
//! Both sides are samples. Tests that take the baseline's proportions for exact, as a goodness-of-fit test does, report
//! the baseline's own noise as drift.

use statrs::distribution::{ChiSquared, ContinuousCDF, Discrete, Poisson};

use super::super::Undefined;
use super::distance::{float, sum};
use super::{Cells, Distance};

/// The fewest rows that a bin is expected to hold on either side; bins below it are pooled (Cochran 1954).
const LEAST_EXPECTED: f64 = 5.0;
/// The proportion of rows from which on rare values have tests of their own.
const LEAST_RARE: f64 = 0.1;
/// The probability of finding a drift of the smallest detectable strength.
const POWER: f64 = 0.8;

/// Result of the test, with the effect size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquare {
    /// The statistic X².
    pub statistic: f64,
    /// The degrees of freedom: bins less one; 0 when there are too few rows to test.
    pub degrees: u64,
    /// The p-value.
    pub chance: f64,
    /// Cramér's V: √(X² / N), from 0 to 1.
    pub strength: f64,
    /// True if all rows of both sides are in one bin.
    pub is_constant: bool,
    /// The number of ways in which rare values were pooled. The result is that of the test with the lowest p-value,
    /// multiplied by this number (Bonferroni).
    pub ways: u64,
    /// The degrees of freedom of the plain test.
    plain: u64,
}

impl ChiSquare {
    /// Tests both sides' counts. Bins of few rows are pooled.
    ///
    /// # Errors
    ///
    /// A side has no values.
    pub fn new(cells: &Cells) -> Result<Self, Undefined> {
        if cells.rows().contains(&0) {
            return Err(Undefined::NoRows);
        }
        Ok(Self::of_counts(&Distance::CramersV.view(cells)))
    }

    pub(super) fn of_counts(cells: &Cells) -> Self {
        let (n, m) = (sum(&cells.baseline), sum(&cells.candidate));
        let (more, less) = ((m / n).sqrt(), (n / m).sqrt());
        let tested = |cells: Vec<(u64, u64)>| {
            let term = |(r, c): &(u64, u64)| (more * float(*r) - less * float(*c)).powi(2) / float(r + c);
            let statistic: f64 = cells.iter().map(term).sum();
            let degrees = cells.len().saturating_sub(1) as u64;
            (statistic, degrees, ChiSquared::new(float(degrees)).map_or(1.0, |law| law.sf(statistic)))
        };
        let Pooled { together, apart, halves } = pooled(cells, n.min(m) / (n + m));
        let whole = tested(together);
        // A different set of bins is another test, with its own risk of a false alarm.
        let others = [apart, halves].map(tested).into_iter().filter(|other| other.1 > 0 && other.1 != whole.1);
        let mut tests: Vec<(f64, u64, f64)> = others.collect();
        if whole.1 > 0 {
            tests.insert(0, whole);
        }
        let found = tests.iter().copied().reduce(|one, other| if other.2 < one.2 { other } else { one });
        let (statistic, degrees, chance) = found.unwrap_or(whole);
        let ways = tests.len().max(1) as u64;
        let chance = (float(ways) * chance).min(1.0);
        let strength = (statistic / (n + m)).sqrt().min(1.0);
        let is_constant = cells.baseline.iter().zip(&cells.candidate).filter(|(r, c)| **r + **c > 0).count() == 1
            && cells.parts.len() <= 1;
        let plain = tests.first().map_or(0, |test| test.1);
        Self { statistic, degrees, chance, strength, is_constant, ways, plain }
    }

    /// Returns the smallest strength that this many rows detect at this level in 4 of 5 samples; `None` when there are
    /// too few rows to test.
    pub fn detectable(&self, rows: [u64; 2], level: f64) -> Option<f64> {
        let level = level / float(self.ways);
        let law = ChiSquared::new(float(self.plain)).ok()?;
        let critical = law.inverse_cdf(1.0 - level);
        let (mut low, mut high) = (0.0_f64, 1.0_f64);
        while power(self.plain, critical, high) < POWER {
            high *= 2.0;
        }
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if power(self.plain, critical, middle) < POWER { low = middle } else { high = middle }
        }
        Some((high / float(rows[0] + rows[1])).sqrt())
    }
}

/// Returns the power: the probability that the noncentral statistic exceeds the critical value. Its law is a mixture of
/// central laws.
fn power(degrees: u64, critical: f64, noncentrality: f64) -> f64 {
    let Ok(weights) = Poisson::new((noncentrality / 2.0).max(1e-300)) else { return 0.0 };
    // Beyond ten standard deviations the weights are negligible.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred terms")]
    let last = (noncentrality / 2.0 + 10.0 * noncentrality.sqrt() + 20.0) as u64;
    let tail = |extra: u64| ChiSquared::new(float(degrees + 2 * extra)).map_or(0.0, |law| law.sf(critical));
    (0..=last).map(|extra| weights.pmf(extra) * tail(extra)).sum()
}

/// Bins of the tests, with those of few rows pooled in several ways. The pooling depends on both sides' rows alone.
struct Pooled {
    /// The plain test: all rare values in one bin, beside the other bins.
    together: Vec<(u64, u64)>,
    /// Rare values in groups of just enough rows, which show values that replaced others.
    apart: Vec<(u64, u64)>,
    /// All rare values against all others, which show a tail that grew or shrank as a whole.
    halves: Vec<(u64, u64)>,
}

/// Pools the bins; `share` is the smaller side's proportion of all rows.
fn pooled(cells: &Cells, share: f64) -> Pooled {
    let is_small = |(r, c): &(u64, u64)| float(r + c) * share < LEAST_EXPECTED;
    let mut all: Vec<(u64, u64)> = cells.baseline.iter().copied().zip(cells.candidate.iter().copied()).collect();
    let shared = if cells.parts.is_empty() { None } else { all.pop() };
    let filled = all.into_iter().filter(|(r, c)| r + c > 0);
    let (small, kept): (Vec<_>, Vec<_>) = filled.partition(is_small);
    let parts = cells.parts.iter().map(|[r, c]| (*r, *c));
    let mut groups = Vec::new();
    let mut open = (0, 0);
    for (r, c) in small.iter().copied().chain(parts) {
        open = (open.0 + r, open.1 + c);
        if !is_small(&open) {
            groups.push(open);
            open = (0, 0);
        }
    }
    let added = |cells: &[(u64, u64)]| cells.iter().fold((0, 0), |(r, c), (more, extra)| (r + more, c + extra));
    let rare = added(&small.into_iter().chain(shared).collect::<Vec<_>>());
    let frequent = added(&kept);
    let together = with(kept.clone(), rare, is_small);
    let [rows, others] = [rare, frequent].map(|(r, c)| float(r + c));
    if rows < LEAST_RARE * (rows + others) {
        return Pooled { together, apart: Vec::new(), halves: Vec::new() };
    }
    let halves = if is_small(&rare) || is_small(&frequent) { Vec::new() } else { vec![frequent, rare] };
    Pooled { together, apart: with([kept, groups].concat(), open, is_small), halves }
}

/// Adds a bin. If it has few rows, the smallest of the others takes them.
fn with(mut cells: Vec<(u64, u64)>, more: (u64, u64), is_small: impl Fn(&(u64, u64)) -> bool) -> Vec<(u64, u64)> {
    if more == (0, 0) {
        return cells;
    }
    if is_small(&more)
        && let Some(least) = cells.iter_mut().min_by_key(|(r, c)| r + c)
    {
        *least = (least.0 + more.0, least.1 + more.1);
    } else {
        cells.push(more);
    }
    cells
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::stats::drift::cells;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1e-3), "{found} is not {expected}");
    }

    fn check(baseline: &[u64], candidate: &[u64], (statistic, degrees, chance): (f64, u64, f64)) {
        let test = ChiSquare::new(&cells(baseline, candidate)).unwrap();
        near(test.statistic, statistic);
        assert_eq!(test.degrees, degrees);
        near(test.chance, chance);
    }

    #[test]
    fn the_test_is_scipy_s() {
        // SciPy 1.17.1: chi2_contingency([baseline, candidate], correction=False)
        check(&[50, 50], &[80, 20], (19.780_219_780_219_78, 1, 8.687_711_677_000_04e-6));
        check(&[120, 80, 40], &[300, 260, 90], (3.543_301_344_206_323_5, 2, 0.170_052_056_839_591_46));
        let (before, after) = ([1000, 2000, 3000, 500], [1020, 1980, 3050, 470]);
        check(&before, &after, (1.608_862_336_647_82, 3, 0.657_382_017_968_358_7));
    }

    #[test]
    fn cells_of_few_rows_are_looked_at_together() {
        let test = ChiSquare::new(&cells(&[500, 480, 3, 2, 1], &[490, 470, 4, 1, 2])).unwrap();
        assert_eq!(test.degrees, 2);
        // Four rows in total are fewer than five on either side, so they join the smaller bin.
        let test = ChiSquare::new(&cells(&[500, 480, 1, 1], &[490, 470, 1, 1])).unwrap();
        assert_eq!(test.degrees, 1);
        let few = ChiSquare::new(&cells(&[2, 1], &[1, 2])).unwrap();
        assert_eq!((few.degrees, few.chance, few.detectable([3, 3], 0.05)), (0, 1.0, None));
        assert!(!few.is_constant && ChiSquare::new(&cells(&[300, 0], &[200, 0])).unwrap().is_constant);
        assert_eq!(ChiSquare::new(&cells(&[0, 0], &[1, 2])), Err(Undefined::NoRows));
    }

    #[test]
    fn rare_values_are_also_looked_at_in_groups() {
        // The tail has as many rows as before, but half of its values are gone.
        let (mut before, mut after) = (vec![500; 2], vec![500; 2]);
        before.extend([3; 100]);
        after.extend([[6; 50], [0; 50]].concat());
        let test = ChiSquare::new(&cells(&before, &after)).unwrap();
        assert!(test.ways == 3 && test.chance < 1e-6, "{test:?}");
        // The last bin holds these values.
        let mut shared = cells(&[500, 500, 500], &[500, 500, 500]);
        assert_eq!(ChiSquare::new(&shared).unwrap().chance, 1.0);
        shared.parts = [[5, 10], [5, 0]].repeat(50);
        let test = ChiSquare::new(&shared).unwrap();
        assert!(test.ways > 1, "{test:?}");
        // Together they are half of what they were.
        let test = ChiSquare::new(&cells(&[50, 50, 4, 4, 4, 4, 4, 4], &[50, 50, 2, 2, 2, 2, 2, 2])).unwrap();
        assert_eq!((test.ways, test.degrees, test.plain), (3, 1, 2));
    }

    #[test]
    fn what_can_be_detected_is_what_the_noncentral_law_says() {
        // SciPy 1.17.1: brentq(lambda l: ncx2.sf(chi2.isf(0.05, df), df, l) - 0.8, 0.1, 200)
        for (degrees, noncentrality) in [(1, 7.848_860_509), (4, 11.935_285_838), (99, 40.379_484_010)] {
            let test = ChiSquare {
                statistic: 0.0,
                degrees,
                chance: 1.0,
                strength: 0.0,
                is_constant: false,
                ways: 1,
                plain: degrees,
            };
            let found = test.detectable([500, 500], 0.05).unwrap();
            assert!((found - (noncentrality / 1000.0_f64).sqrt()).abs() < 1e-6, "{degrees}: {found}");
        }
    }
}

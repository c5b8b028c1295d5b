//! Distances between two distributions over the same bins.

use super::Cells;

/// The number of bins for distances that grow with the number of bins.
const COARSE: usize = 10;

/// A distance between the baseline's and the candidate's distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Distance {
    /// Population stability index: Σ (p − q) · ln(p / q), in nats; with half a row added to every bin.
    Psi,
    /// Jensen–Shannon divergence, in bits, from 0 to 1.
    JensenShannon,
    /// Total variation: half of Σ |p − q|, from 0 to 1: the proportion of rows that would have to change bins.
    TotalVariation,
    /// Hellinger: √(1 − Σ √(p · q)), from 0 to 1 (Hellinger 1909).
    Hellinger,
    /// L∞, Chebyshev's distance: the largest |p − q| of a bin, from 0 to 1.
    Infinity,
    /// Cramér's V of bin and side, from 0 to 1: √(X² / N), with the chi-square of two samples (Cramér 1946).
    CramersV,
    /// Kolmogorov–Smirnov: the largest difference of the two distribution functions, at the edges of the bins.
    KolmogorovSmirnov,
    /// Wasserstein: the area between the two distribution functions, in standard deviations of the baseline.
    Wasserstein,
}

impl Distance {
    /// All distances, by the names that pages and configs use.
    pub const ALL: [(&str, Self); 8] = [
        ("psi", Self::Psi),
        ("js", Self::JensenShannon),
        ("tv", Self::TotalVariation),
        ("hellinger", Self::Hellinger),
        ("infinity_norm", Self::Infinity),
        ("cramers_v", Self::CramersV),
        ("ks", Self::KolmogorovSmirnov),
        ("w1", Self::Wasserstein),
    ];

    /// Returns the distance's name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, distance)| *distance == self).map_or("", |(name, _)| name)
    }

    /// Returns true if the distance needs an order of the values, which categories do not have.
    pub fn needs_numbers(self) -> bool {
        matches!(self, Self::KolmogorovSmirnov | Self::Wasserstein)
    }

    /// Returns true if the distance uses at most ten bins of numbers.
    pub(super) fn is_coarse(self) -> bool {
        !self.needs_numbers()
    }

    /// Returns the bins that the distance is computed over. Some distances pool neighbouring bins, because each bin
    /// adds noise.
    pub(super) fn view(self, cells: &Cells) -> Cells {
        if self.is_coarse() && cells.scale.is_some() && cells.baseline.len() > COARSE {
            merged(cells)
        } else {
            filled(cells)
        }
    }

    /// Returns the distance of these counts; both sides must have rows. `empty` matters to the stability index alone.
    pub(super) fn of(self, empty: Empty, view: &View, baseline: &[u64], candidate: &[u64]) -> f64 {
        let (n, m) = (sum(baseline), sum(candidate));
        let shares = || baseline.iter().zip(candidate).map(|(r, c)| (float(*r) / n, float(*c) / m));
        match self {
            Self::Psi => {
                let half = 0.5 * float(baseline.len() as u64);
                let smooth = |count: &u64, rows: f64| match empty {
                    Empty::HalfARow => (float(*count) + 0.5) / (rows + half),
                    Empty::Share(share) if *count == 0 => share,
                    Empty::Share(_) => float(*count) / rows,
                };
                let pairs = baseline.iter().zip(candidate).map(|(r, c)| (smooth(r, n), smooth(c, m)));
                pairs.map(|(p, q)| (p - q) * (p / q).ln()).sum()
            }
            Self::Hellinger => {
                // Half the squared differences of the roots: without the cancellation of 1 − Σ √(p · q).
                let squares: f64 = shares().map(|(p, q)| (p.sqrt() - q.sqrt()).powi(2)).sum();
                (0.5 * squares).sqrt().min(1.0)
            }
            Self::Infinity => shares().map(|(p, q)| (p - q).abs()).fold(0.0, f64::max),
            Self::JensenShannon => {
                let part = |share: f64, middle: f64| if share > 0.0 { share * (share / middle).log2() } else { 0.0 };
                let divergence: f64 =
                    shares().map(|(p, q)| 0.5 * (part(p, 0.5 * (p + q)) + part(q, 0.5 * (p + q)))).sum();
                divergence.clamp(0.0, 1.0)
            }
            Self::TotalVariation => 0.5 * shares().map(|(p, q)| (p - q).abs()).sum::<f64>(),
            Self::CramersV => {
                let (more, less) = ((m / n).sqrt(), (n / m).sqrt());
                let term = |(r, c): (&u64, &u64)| (more * float(*r) - less * float(*c)).powi(2) / float(r + c);
                let filled = baseline.iter().zip(candidate).filter(|(r, c)| **r + **c > 0);
                (filled.map(term).sum::<f64>() / (n + m)).sqrt().min(1.0)
            }
            Self::KolmogorovSmirnov => {
                let mut difference = 0.0_f64;
                let mut largest = 0.0_f64;
                for (p, q) in shares() {
                    difference += p - q;
                    largest = largest.max(difference.abs());
                }
                largest
            }
            Self::Wasserstein => {
                let mut difference = 0.0_f64;
                let steps = shares().zip(&view.steps).map(|((p, q), step)| {
                    difference += p - q;
                    difference.abs() * step
                });
                steps.sum()
            }
        }
    }
}

/// The proportion that a bin without rows has in the population stability index, which divides by it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Empty {
    /// Half a row is added to every bin, empty or not (Jeffreys).
    HalfARow,
    /// This proportion, above 0, stands for that of an empty bin; the other bins keep theirs.
    Share(f64),
}

/// The properties of bins, besides their counts, that a distance needs.
#[derive(Debug, Clone, Default)]
pub(super) struct View {
    /// From the mean of each bin to the next, in standard deviations of the baseline.
    pub(super) steps: Vec<f64>,
}

impl View {
    pub(super) fn of(cells: &Cells) -> Self {
        let Some(scale) = &cells.scale else { return Self::default() };
        let total = |index: usize| cells.baseline[index] + cells.candidate[index];
        // A bin without rows has no mass, so its position does not matter: it takes its neighbour's.
        let mut middles: Vec<f64> = Vec::with_capacity(cells.baseline.len());
        for index in 0..cells.baseline.len() {
            let sum = scale.baseline_sums[index] + scale.candidate_sums[index];
            let before = middles.last().copied().unwrap_or_else(|| scale.edges.first().copied().unwrap_or(0.0));
            middles.push(if total(index) > 0 {
                (sum / float(total(index))).max(before.min(sum / float(total(index))))
            } else {
                before
            });
        }
        let steps = middles.windows(2).map(|pair| (pair[1] - pair[0]).max(0.0) / scale.spread).chain([0.0]).collect();
        Self { steps }
    }
}

/// Merges neighbouring bins until each holds about a tenth of the baseline.
fn merged(cells: &Cells) -> Cells {
    let (rows, wanted) = (sum(&cells.baseline), COARSE as f64);
    let mut merged =
        Cells { names: Vec::new(), baseline: Vec::new(), candidate: Vec::new(), scale: None, parts: Vec::new() };
    let (mut baseline, mut candidate, mut seen) = (0, 0, 0.0);
    let mut first = 0;
    for index in 0..cells.baseline.len() {
        baseline += cells.baseline[index];
        candidate += cells.candidate[index];
        seen += float(cells.baseline[index]);
        let full = seen >= rows * (merged.baseline.len() + 1) as f64 / wanted;
        let last = index + 1 == cells.baseline.len();
        if (full && merged.baseline.len() + 1 < COARSE) || last {
            let name = if first == index {
                cells.names[index].clone()
            } else {
                let start = cells.names[first].split(" to ").next().unwrap_or_default();
                let end = cells.names[index].rsplit(" to ").next().unwrap_or_default();
                if last {
                    format!("above {start}")
                } else if first == 0 {
                    format!("up to {end}")
                } else {
                    format!("{start} to {end}")
                }
            };
            merged.names.push(name);
            merged.baseline.push(baseline);
            merged.candidate.push(candidate);
            (baseline, candidate, first) = (0, 0, index + 1);
        }
    }
    merged
}

impl Cells {
    /// Returns bins of no order in which the rows without a value have one, the first; `nulls` has both sides' rows without
    /// a value first. Numbers keep the bins that distances without an order use.
    #[must_use]
    pub fn with_nulls(&self, nulls: &Self) -> Self {
        let mut cells = if self.scale.is_some() && self.baseline.len() > COARSE { merged(self) } else { self.clone() };
        cells.scale = None;
        let [before, now] = [&nulls.baseline, &nulls.candidate].map(|side| side.first().copied().unwrap_or(0));
        cells.names.insert(0, "(null)".to_owned());
        cells.baseline.insert(0, before);
        cells.candidate.insert(0, now);
        cells
    }
}

/// Returns the bins in which either side has rows; all bins of numbers.
fn filled(cells: &Cells) -> Cells {
    if cells.scale.is_some() {
        return cells.clone();
    }
    let kept: Vec<usize> =
        (0..cells.names.len()).filter(|index| cells.baseline[*index] + cells.candidate[*index] > 0).collect();
    Cells {
        names: kept.iter().map(|index| cells.names[*index].clone()).collect(),
        baseline: kept.iter().map(|index| cells.baseline[*index]).collect(),
        candidate: kept.iter().map(|index| cells.candidate[*index]).collect(),
        scale: None,
        parts: cells.parts.clone(),
    }
}

pub(super) fn sum(counts: &[u64]) -> f64 {
    float(counts.iter().sum())
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

/// Returns the sum of untrusted counts; `None` if it overflows.
pub(super) fn added(counts: &[u64]) -> Option<u64> {
    counts.iter().try_fold(0_u64, |sum, count| sum.checked_add(*count))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use proptest::prelude::*;

    use super::*;

    fn of(distance: Distance, baseline: &[u64], candidate: &[u64]) -> f64 {
        distance.of(Empty::HalfARow, &View { steps: vec![1.0; baseline.len()] }, baseline, candidate)
    }

    #[test]
    fn values_by_hand() {
        let (p, q) = ([50, 50], [80, 20]);
        assert!((of(Distance::TotalVariation, &p, &q) - 0.3).abs() < 1e-12);
        assert!((of(Distance::KolmogorovSmirnov, &p, &q) - 0.3).abs() < 1e-12);
        // SciPy 1.17.1: chi2_contingency([[50, 50], [80, 20]], correction=False)[0] = 19.78…, over 200 rows, its root.
        assert!((of(Distance::CramersV, &p, &q) - (19.780_219_780_219_78_f64 / 200.0).sqrt()).abs() < 1e-12);
        // (0.5 − 0.797) · ln(0.5 / 0.797) + (0.5 − 0.203) · ln(0.5 / 0.203), with half a row in each bin.
        let (high, low) = (80.5 / 101.0, 20.5 / 101.0);
        let psi = (0.5 - high) * (0.5_f64 / high).ln() + (0.5 - low) * (0.5_f64 / low).ln();
        assert!((of(Distance::Psi, &p, &q) - psi).abs() < 1e-12);
        assert_eq!(of(Distance::JensenShannon, &[10, 0], &[0, 10]), 1.0);
        assert_eq!(of(Distance::Hellinger, &[10, 0], &[0, 10]), 1.0);
        // NumPy 2.4.6: np.linalg.norm(np.sqrt([0.5, 0.5]) - np.sqrt([0.8, 0.2])) / np.sqrt(2)
        assert!((of(Distance::Hellinger, &p, &q) - 0.226_531_900_511_791_92).abs() < 1e-12);
        assert!((of(Distance::Infinity, &[50, 50, 0], &[80, 10, 10]) - 0.4).abs() < 1e-12);
    }

    #[test]
    fn an_empty_bin_has_the_share_that_a_team_gives_it() {
        let psi = |share, p: &[u64], q: &[u64]| Distance::Psi.of(Empty::Share(share), &View::default(), p, q);
        // (0.5 − 0.0001) · ln(0.5 / 0.0001) + (0.5 − 1) · ln(0.5 / 1)
        let by_hand = (0.5 - 0.0001) * (0.5_f64 / 0.0001).ln() + 0.5 * 2.0_f64.ln();
        assert!((psi(0.0001, &[50, 50], &[0, 100]) - by_hand).abs() < 1e-12);
        assert!(psi(0.0001, &[50, 50, 0], &[50, 50, 0]).abs() < 1e-15);
    }

    #[test]
    fn a_null_is_a_value_where_it_is_asked_for() {
        let values = super::super::cells(&[50, 50], &[80, 20]);
        let nulls = super::super::cells(&[0, 100], &[100, 100]);
        let both = values.with_nulls(&nulls);
        assert_eq!((both.baseline.as_slice(), both.candidate.as_slice()), (&[0, 50, 50][..], &[100, 80, 20][..]));
        assert_eq!(both.names[0], "(null)");
    }

    proptest! {
        #[test]
        fn laws(counts in prop::collection::vec((0..200_u64, 0..200_u64), 1..20)) {
            let (mut baseline, mut candidate): (Vec<u64>, Vec<u64>) = counts.into_iter().unzip();
            baseline[0] += 1;
            candidate[0] += 1;
            for (name, distance) in Distance::ALL {
                let there = of(distance, &baseline, &candidate);
                let back = of(distance, &candidate, &baseline);
                prop_assert!(there >= 0.0 && there.is_finite(), "{} {}", name, there);
                prop_assert!((there - back).abs() <= 1e-12 * there.max(1.0), "{} is not symmetric", name);
                prop_assert!(of(distance, &baseline, &baseline).abs() < 1e-15, "{} of equals", name);
                if matches!(distance, Distance::JensenShannon | Distance::TotalVariation | Distance::Hellinger | Distance::Infinity | Distance::CramersV | Distance::KolmogorovSmirnov) {
                    prop_assert!(there <= 1.0 + 1e-12);
                }
            }
        }
    }
}

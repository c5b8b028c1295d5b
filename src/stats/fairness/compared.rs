//! Pairs of proportions reduced to the worst pair, with resamples of them.

use super::super::{Estimate, Resamples, Undefined};
use super::apart::{Position, apart};
use super::critical::Critical;
use super::largest::{Frontier, largest};
use super::reduction::{Other, Pair, Pairs};
use super::shares::{Shares, value_of};
use super::two_groups::Share;
use crate::stats::interval::inference::Inference;
use crate::stats::numeric::quantile::normal_quantile;

/// Proportions with the pairs in which they are compared.
#[derive(Debug)]
pub(super) struct ComparedShares {
    pub(super) is_ratio: bool,
    pub(super) shares: Shares,
    pub(super) pairs: Pairs,
    /// The index of each part's rate.
    pub(super) rates: Vec<usize>,
}

impl ComparedShares {
    /// Returns both proportions of a pair.
    pub(super) fn pair(&self, pair: Pair) -> (Share, Share) {
        self.shares.pair(pair, self.rates[pair.one])
    }

    /// Returns the worst pair by the uncorrected rates, with its value.
    pub(super) fn worst(&self) -> Option<(f64, Pair)> {
        let mut worst: Option<(f64, Pair)> = None;
        for pair in self.pairs.iter() {
            let (one, rest) = self.pair(pair);
            if rest.n == 0 && pair.other == Other::Rest {
                continue;
            }
            let Some(value) = value_of(self.is_ratio, pair.other, one, rest) else { continue };
            let is_worse = worst.is_none_or(|(known, _)| if self.is_ratio { value < known } else { value > known });
            if is_worse {
                worst = Some((value, pair));
            }
        }
        worst
    }

    /// Infers the worst pair's value from resamples; `drawn` returns the proportions of a draw.
    pub(super) fn infer(
        &self,
        resamples: &Resamples,
        drawn: &(dyn Fn(&[u64]) -> Shares + Sync),
        value: f64,
        n: u64,
    ) -> Result<Inference<'static>, Undefined> {
        let is_ratio = self.is_ratio;
        let deviations = match &self.pairs {
            Pairs::Every(ranges) => {
                let observed = self.positions(&self.shares);
                resamples.map(|cells| {
                    let drawn = self.positions(&drawn(cells));
                    let of_rate = |range: &std::ops::Range<usize>| {
                        // A group of very few rows is missing from some draws, which then contribute its other pairs only.
                        let found = range.clone().filter_map(|place| {
                            let (drawn, observed) = (drawn[place]?, observed[place]?);
                            Some((place, drawn.square(observed)))
                        });
                        let squares: Vec<(usize, f64)> = found.collect();
                        largest(&squares, |one, other| {
                            drawn[one]?.square_of_pair(drawn[other]?, [observed[one]?, observed[other]?])
                        })
                    };
                    ranges.iter().filter_map(of_rate).reduce(f64::max).map(f64::sqrt)
                })
            }
            Pairs::Listed(pairs) => {
                let apart = |shares: &Shares, pair: &Pair| {
                    let (one, rest) = shares.pair(*pair, self.rates[pair.one]);
                    apart(is_ratio, pair.other, one, rest)
                };
                let observed: Vec<_> = pairs.iter().map(|pair| apart(&self.shares, pair)).collect();
                resamples.map(|cells| {
                    let shares = drawn(cells);
                    // Each draw is standardised by its own standard error, as the data are by theirs (bootstrap-t,
                    // Efron 1982).
                    let largest = pairs.iter().zip(&observed).filter_map(|(pair, at)| {
                        let drawn = apart(&shares, pair)?;
                        let off = drawn.distance - at.as_ref()?.distance;
                        (drawn.variance > 0.0).then(|| off * off / drawn.variance)
                    });
                    largest.reduce(f64::max).map(f64::sqrt)
                })
            }
        };
        let deviations = deviations.into_iter().flatten().collect();
        let critical = Critical::of(deviations, self.pairs.count(), resamples.draws())?;
        let mut frontier = Frontier::default();
        for pair in self.pairs.iter() {
            let (one, rest) = self.pair(pair);
            if let Some(found) = apart(is_ratio, pair.other, one, rest) {
                frontier.add(found.distance.abs(), found.variance.sqrt());
            }
        }
        Ok(Inference::new(move |level| {
            let tail = (1.0 - level) / 2.0;
            let low = frontier.lower_end(critical.at(tail));
            let high = frontier.upper_end(normal_quantile(1.0 - tail));
            let error = frontier.error_of_widest();
            // On the scale of logarithms the range is −ln of the ratio, and a standard error is relative.
            let (interval, standard_error) =
                if is_ratio { ([(-high).exp(), (-low).exp()], error * value) } else { ([low, high], error) };
            let interval = [interval[0].min(value).max(0.0), interval[1].max(value).min(1.0)];
            Estimate { value, interval, standard_error, n, method: "largest pair, multinomial resampling" }
        }))
    }

    fn positions(&self, shares: &Shares) -> Vec<Option<Position>> {
        shares.parts.iter().map(|share| Position::of(self.is_ratio, *share)).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use proptest::prelude::*;

    use super::*;
    use crate::stats::{Contingency, Rate, Side};

    const RATES: [Rate; 2] = [Rate::SelectionRate, Rate::TruePositiveRate];

    /// Infers from all pairs one by one, or with the search that leaves most of them out.
    fn inferred(
        is_ratio: bool,
        is_listed: bool,
        table: &Contingency,
        resamples: &Resamples,
    ) -> Result<Inference<'static>, Undefined> {
        let groups = table.groups().len();
        let places: Vec<(usize, usize)> = (0..2 * groups).map(|at| (at / groups, at % groups)).collect();
        let shares = |confusion: &dyn Fn(usize) -> _| Shares::of(&RATES, &places, groups, confusion);
        let every = Pairs::Every(vec![0..groups, groups..2 * groups]);
        let pairs = if is_listed { Pairs::Listed(every.iter().collect()) } else { every };
        let compared = ComparedShares {
            is_ratio,
            shares: shares(&|group| table.confusion(Side::Candidate, Some(group))),
            pairs,
            rates: places.iter().map(|(rate, _)| *rate).collect(),
        };
        let drawn = |cells: &[u64]| shares(&|group| Resamples::confusion(cells, Side::Candidate, Some(group)));
        compared.infer(resamples, &drawn, 0.5, 1)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn the_search_gives_the_numbers_of_all_pairs(
            cells in prop::collection::vec((0..2000_u64, 0..60_u64, 1..400_u64, 0..9_u64), 2..24), is_ratio: bool, seed: u64,
        ) {
            let cells = cells.iter().enumerate();
            let groups = cells.map(|(at, (tn, fp, tp, fn_))| (vec![at.to_string()], [*tn, 0, *fp, 0, *fn_, 0, *tp, 0]));
            let table = Contingency::from_groups(false, groups);
            let resamples = Resamples::draw(&table, seed, 300);
            let [all, searched] = [true, false].map(|listed| inferred(is_ratio, listed, &table, &resamples));
            prop_assert_eq!(all.is_ok(), searched.is_ok());
            if let (Ok(all), Ok(searched)) = (all, searched) {
                for level in [0.5, 0.9, 0.95, 0.999, 0.999_999] {
                    let [all, searched] = [&all, &searched].map(|inference| {
                        let Estimate { interval: [low, high], standard_error, .. } = inference.at(level);
                        [low, high, standard_error].map(f64::to_bits)
                    });
                    prop_assert_eq!(all, searched);
                }
            }
        }
    }
}

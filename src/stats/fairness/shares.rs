//! The shares of groups in a joint sample.

use super::super::Confusion;
use super::Rate;
use super::reduction::{Other, Pair};
use super::two_groups::Share;
use crate::stats::numeric::quantile::float;

/// Proportions of each part, and of all rows.
#[derive(Debug, Clone)]
pub(super) struct Shares {
    pub(super) parts: Vec<Share>,
    /// The proportion of all rows for each rate, including groups that do not take part.
    pub(super) all: Vec<Share>,
}

impl Shares {
    pub(super) fn of(
        rates: &[Rate],
        places: &[(usize, usize)],
        groups: usize,
        table: &dyn Fn(usize) -> Confusion,
    ) -> Self {
        let tables: Vec<Confusion> = (0..groups).map(table).collect();
        let share = |rate: Rate, table: &Confusion| {
            let (hits, n) = rate.counts(table);
            Share { hits, n }
        };
        let parts = places.iter().map(|(rate, group)| share(rates[*rate], &tables[*group])).collect();
        // Numerators and denominators are sums of cells, so those of all rows are those of the sum of the tables.
        let rows = tables.iter().copied().fold(Confusion::default(), Confusion::plus);
        Self { parts, all: rates.iter().map(|rate| share(*rate, &rows)).collect() }
    }

    /// Returns both proportions of a pair. For [`Other::Rest`] and [`Other::Overall`] the other one is of all rows
    /// outside the part, which are independent of the part.
    pub(super) fn pair(&self, pair: Pair, rate: usize) -> (Share, Share) {
        let one = self.parts[pair.one];
        match pair.other {
            Other::Place(other) => (one, self.parts[other]),
            Other::Rest | Other::Overall => {
                let all = self.all[rate];
                (one, Share { hits: all.hits - one.hits, n: all.n - one.n })
            }
        }
    }
}

/// Returns a pair's difference, or its smaller rate divided by the larger, without any correction. `None` for a ratio
/// of two zeros.
pub(super) fn value_of(is_ratio: bool, other: Other, one: Share, rest: Share) -> Option<f64> {
    let ours = one.value();
    let theirs = match other {
        Other::Overall => float(one.hits + rest.hits) / float(one.n + rest.n),
        _ => rest.value(),
    };
    let (low, high) = if ours < theirs { (ours, theirs) } else { (theirs, ours) };
    if !is_ratio {
        return Some(high - low);
    }
    (high > 0.0).then(|| low / high)
}

//! Adverse impact by the US Uniform Guidelines: the ratio to the highest group, its p-value, and its sensitivity to a
//! few persons.

use super::super::{Contingency, Side, Undefined};
use super::Rate;
use super::shares::Shares;
use super::two_groups::{fisher, two_proportion_z, two_sided};
use crate::stats::numeric::quantile::float;

/// The expected count below which a table is too small for a normal approximation (Cochran 1954).
const LEAST_EXPECTED: f64 = 5.0;

/// A group compared with the one with the highest rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Impact {
    /// The index of the group in the table.
    pub group: usize,
    /// The index of the group with the highest rate.
    pub highest: usize,
    /// The group's rate divided by the highest.
    pub ratio: f64,
    /// The difference of the rates in pooled standard errors.
    pub z: f64,
    /// True if the p-value is Fisher's; otherwise it is that of z.
    pub is_exact: bool,
    /// The two-sided p-value, times the number of pairs of groups, because this pair was selected.
    pub p_value: f64,
    /// True if one selection more in the group, and one fewer in the highest, would raise the ratio to the limit.
    pub turns_on_one: bool,
    /// The number of additional selections in the group that would raise the ratio to the limit.
    pub shortfall: u64,
}

/// Compares every group with the one with the highest rate, in the order of the table; the highest itself is left out.
///
/// # Errors
///
/// Returns the reason if there is nothing to compare.
pub fn adverse_impact(
    rate: Rate,
    table: &Contingency,
    side: Side,
    min_n: u64,
    least: f64,
) -> Result<Vec<Impact>, Undefined> {
    let count = table.groups().len();
    let all: Vec<(usize, usize)> = (0..count).map(|group| (0, group)).collect();
    let shares = Shares::of(&[rate], &all, count, &|group| table.confusion(side, Some(group))).parts;
    let taking: Vec<usize> = (0..count).filter(|group| shares[*group].n >= min_n.max(1)).collect();
    if taking.len() < 2 {
        return Err(Undefined::TooFewGroups);
    }
    let by_rate = |one: &usize, other: &usize| shares[*one].value().total_cmp(&shares[*other].value());
    let highest = taking.iter().copied().max_by(by_rate).ok_or(Undefined::TooFewGroups)?;
    let most = shares[highest];
    if most.hits == 0 {
        return Err(Undefined::AllZero);
    }
    let groups = float(taking.len() as u64);
    let pairs = groups * (groups - 1.0) / 2.0;
    let impact = |group: usize| {
        let own = shares[group];
        let (n, hits) = (float(own.n + most.n), float(own.hits + most.hits));
        let expected = float(own.n.min(most.n)) * hits.min(n - hits) / n;
        let is_exact = expected < LEAST_EXPECTED;
        let z = two_proportion_z(own, most);
        let p_value = if is_exact { fisher(own, most) } else { two_sided(z) };
        let one_more = (float(own.hits) + 1.0) / float(own.n);
        let one_fewer = (float(most.hits) - 1.0) / float(most.n);
        let wanted = least * most.value() * float(own.n);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the rows of a group")]
        let shortfall = (wanted - float(own.hits)).max(0.0).ceil() as u64;
        Impact {
            group,
            highest,
            ratio: own.value() / most.value(),
            z,
            is_exact,
            p_value: (p_value * pairs).min(1.0),
            turns_on_one: one_more >= least * one_fewer,
            shortfall,
        }
    };
    Ok(taking.into_iter().filter(|group| *group != highest).map(impact).collect())
}

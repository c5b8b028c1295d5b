//! The halves of a search: coins that depend on the contents of the rows, and not on their order.

use std::collections::HashMap;

use super::SearchRows;

/// Returns for each row whether it belongs to the first half. All rows of a cluster belong to one half.
///
/// Rows of the same contents are interchangeable, so each of them has a coin of its own: the halves of the same rows in another
/// order are the same up to such rows.
pub fn halves(rows: SearchRows<'_>, seed: u64) -> Vec<bool> {
    let marks = (0..rows.len()).map(|row| {
        let of_values = rows.features.iter().fold(mix(seed), |mark, feature| mix(mark ^ u64::from(feature.codes[row])));
        // −0.0 is 0.
        mix(mix(of_values ^ (rows.amounts[row] + 0.0).to_bits()) ^ rows.weight(row).to_bits())
    });
    let Some(clusters) = rows.clusters else { return coins(marks) };
    let units = clusters.iter().max().map_or(0, |most| *most as usize + 1);
    let mut of_units = vec![0_u64; units];
    for (mark, cluster) in marks.zip(clusters) {
        let sum = &mut of_units[*cluster as usize];
        *sum = sum.wrapping_add(mark);
    }
    let coins = coins(of_units.into_iter());
    clusters.iter().map(|cluster| coins[*cluster as usize]).collect()
}

fn coins(marks: impl Iterator<Item = u64>) -> Vec<bool> {
    let mut seen = HashMap::<u64, u64>::new();
    marks
        .map(|mark| {
            let times = seen.entry(mark).or_default();
            *times += 1;
            mix(mark ^ mix(*times)) >> 63 == 1
        })
        .collect()
}

/// Mixes the bits of a number: the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::super::SearchFeature;
    use super::*;

    #[test]
    fn halves_follow_the_rows_and_not_their_order() {
        let codes: Vec<u32> = (0..1000).map(|row| row % 7).collect();
        let amounts: Vec<f64> = (0..1000).map(|row| f64::from(row % 11)).collect();
        let of = |order: &[usize]| {
            let codes = order.iter().map(|row| codes[*row]).collect();
            let feature = SearchFeature { values: 7, ordered: 0, codes };
            let amounts: Vec<f64> = order.iter().map(|row| amounts[*row]).collect();
            let features = [feature];
            let rows = SearchRows { features: &features, amounts: &amounts, weights: None, clusters: None };
            let halves = halves(rows, 3);
            let mut first: Vec<(u32, u64)> = (0..order.len())
                .filter(|place| halves[*place])
                .map(|place| (features[0].codes[place], amounts[place].to_bits()))
                .collect();
            first.sort_unstable();
            first
        };
        let forwards: Vec<usize> = (0..1000).collect();
        let backwards: Vec<usize> = (0..1000).rev().collect();
        assert_eq!(of(&forwards), of(&backwards));
        assert!((400..600).contains(&of(&forwards).len()));
    }

    #[test]
    fn a_cluster_is_not_torn() {
        let amounts: Vec<f64> = (0..400).map(f64::from).collect();
        let clusters: Vec<u32> = (0..400).map(|row| row / 4).collect();
        let rows = SearchRows { features: &[], amounts: &amounts, weights: None, clusters: Some(&clusters) };
        let halves = halves(rows, 0);
        assert!(halves.chunks(4).all(|cluster| cluster.iter().all(|half| *half == cluster[0])));
        assert!(halves.contains(&true) && halves.contains(&false));
    }
}

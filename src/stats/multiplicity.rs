//! Corrections for several tests on the same rows.

pub use super::drift::benjamini_hochberg;

/// Adjusts p-values so that, compared with α, the probability of any false rejection is at most α for any dependence
/// between them (Holm 1979). The result keeps the order of the input.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|left, right| p_values[*left].total_cmp(&p_values[*right]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest: f64 = 0.0;
    for (index, place) in order.into_iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "a number of gates")]
        let left = (p_values.len() - index) as f64;
        largest = largest.max((p_values[place] * left).min(1.0));
        adjusted[place] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn adjusting_only_raises_and_keeps_the_order(p_values in prop::collection::vec(0.0..1.0_f64, 1..20)) {
            let adjusted = holm(&p_values);
            for (left, (p, q)) in p_values.iter().zip(&adjusted).enumerate() {
                prop_assert!(q >= p && *q <= 1.0);
                for right in 0..p_values.len() {
                    prop_assert!(p_values[left] > p_values[right] || adjusted[left] <= adjusted[right]);
                }
            }
        }
    }
}

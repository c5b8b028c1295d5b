//! The lowest and the highest numbers of a column.

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;

use super::MOST_BEYOND;
use crate::engine::table::fold::Fold;

/// The numbers that are kept at each end: those in the tail, and the first one inside.
#[expect(clippy::cast_possible_truncation, reason = "a few dozen")]
const KEPT: usize = MOST_BEYOND as usize + 1;

/// The lowest numbers in ascending order, and the highest in descending order.
#[derive(Debug, Default)]
pub(super) struct EndsFold {
    low: Vec<f64>,
    high: Vec<f64>,
}

impl EndsFold {
    fn add(&mut self, number: f64) {
        keep(&mut self.low, number, |kept| kept.total_cmp(&number).is_le());
        keep(&mut self.high, number, |kept| kept.total_cmp(&number).is_ge());
    }
}

fn keep(kept: &mut Vec<f64>, number: f64, is_before: impl Fn(&f64) -> bool) {
    if kept.len() == KEPT {
        if kept.last().is_some_and(&is_before) {
            return;
        }
        kept.pop();
    }
    let place = kept.partition_point(is_before);
    kept.insert(place, number);
}

impl Fold for EndsFold {
    const NAME: &'static str = "ends";
    const READS: DataType = DataType::Float64;

    fn update(&mut self, column: &ArrayRef) -> Result<()> {
        column.as_primitive::<Float64Type>().iter().flatten().for_each(|number| self.add(number));
        Ok(())
    }

    /// Encodes the lowest numbers, and as many of the highest.
    fn to_bytes(&self) -> Vec<u8> {
        self.low.iter().chain(&self.high).flat_map(|number| number.to_le_bytes()).collect()
    }

    fn merge(&mut self, bytes: &[u8]) -> Result<()> {
        let (low, high) = parts(bytes);
        low.into_iter().for_each(|number| keep(&mut self.low, number, |kept| kept.total_cmp(&number).is_le()));
        high.into_iter().for_each(|number| keep(&mut self.high, number, |kept| kept.total_cmp(&number).is_ge()));
        Ok(())
    }

    fn size(&self) -> usize {
        2 * KEPT * size_of::<f64>()
    }
}

/// Returns the lowest numbers in ascending order, and the highest in descending order, from the aggregate's result.
pub(super) fn parts(bytes: &[u8]) -> (Vec<f64>, Vec<f64>) {
    let numbers: Vec<f64> = bytes.as_chunks::<8>().0.iter().map(|number| f64::from_le_bytes(*number)).collect();
    let (low, high) = numbers.split_at(numbers.len() / 2);
    (low.to_vec(), high.to_vec())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::sync::Arc;

    use datafusion::arrow::array::Float64Array;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_ends_are_those_of_the_sorted_numbers(
            numbers in prop::collection::vec(prop::option::of(-50.0..50.0_f64), 0..200),
            cut in 0..200_usize,
        ) {
            let mut whole = EndsFold::default();
            for part in [&numbers[..cut.min(numbers.len())], &numbers[cut.min(numbers.len())..]] {
                let column: ArrayRef = Arc::new(Float64Array::from(part.to_vec()));
                let mut fold = EndsFold::default();
                fold.update(&column).unwrap();
                whole.merge(&fold.to_bytes()).unwrap();
            }
            let mut sorted: Vec<f64> = numbers.into_iter().flatten().collect();
            sorted.sort_by(f64::total_cmp);
            let (low, high) = parts(&whole.to_bytes());
            prop_assert_eq!(&low[..], &sorted[..sorted.len().min(KEPT)]);
            sorted.reverse();
            prop_assert_eq!(&high[..], &sorted[..sorted.len().min(KEPT)]);
        }
    }
}

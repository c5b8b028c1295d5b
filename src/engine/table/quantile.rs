//! Quantiles of all numbers of a column; their position is computed from the decimal digits of q.

use std::cmp::Ordering;

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Float64Type, i256};
use datafusion::common::Result;

use super::fold::Fold;
use crate::engine::table::whole::Whole;
use crate::measurement::MeasureError;
use crate::stats::Digits;

/// Finite numbers of a column of floats, collected for order statistics.
#[derive(Debug, Default)]
pub(crate) struct FloatsFold(Vec<f64>);

impl Fold for FloatsFold {
    const NAME: &'static str = "finite_numbers";
    const READS: DataType = DataType::Float64;

    fn update(&mut self, column: &ArrayRef) -> Result<()> {
        self.0.extend(column.as_primitive::<Float64Type>().iter().flatten().filter(|number| number.is_finite()));
        Ok(())
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    fn merge(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.extend(bytes.as_chunks::<8>().0.iter().map(|number| f64::from_le_bytes(*number)));
        Ok(())
    }

    fn size(&self) -> usize {
        self.0.capacity() * size_of::<f64>()
    }
}

/// A quantile of numbers.
pub(crate) struct FoundQuantile<T> {
    /// The quantile; `None` without numbers.
    pub(crate) value: Option<T>,
    /// The numbers on both sides of it, unless it is one of the numbers.
    pub(crate) between: Option<[f64; 2]>,
    /// The count of the numbers.
    pub(crate) n: u64,
}

impl<T> FoundQuantile<T> {
    fn none(n: u64) -> Self {
        Self { value: None, between: None, n }
    }
}

/// Returns the quantile of the floats that [`FloatsFold`] collected.
///
/// Between two numbers it is interpolated linearly, like numpy's `linear` (type 7 of Hyndman and Fan 1996).
pub(crate) fn quantile_of_floats(bytes: &[u8], q: f64) -> FoundQuantile<f64> {
    let mut numbers: Vec<f64> = bytes.as_chunks::<8>().0.iter().map(|number| f64::from_le_bytes(*number)).collect();
    let n = numbers.len() as u64;
    let Some(place) = QuantilePlace::of(n, q) else { return FoundQuantile::none(n) };
    let Some((low, high)) = neighbours(&mut numbers, place.below, f64::total_cmp) else {
        return FoundQuantile::none(n);
    };
    #[expect(clippy::cast_precision_loss, reason = "a share of two whole numbers")]
    let (share, rest) =
        (place.part as f64 / place.whole as f64, (place.whole - place.part) as f64 / place.whole as f64);
    let step = high - low;
    let value = if place.part == 0 {
        low
    } else if !step.is_finite() {
        low * rest + high * share
    } else if share < 0.5 {
        low + step * share
    } else {
        high - step * rest
    };
    let between = (place.part != 0 && low < high).then_some([low, high]);
    // 0 has one sign.
    FoundQuantile { value: Some(value + 0.0), between, n }
}

/// Returns the exact quantile of whole numbers with `decimals` digits behind the point.
pub(crate) fn quantile_of_whole<W: Whole>(
    bytes: &[u8],
    q: f64,
    decimals: usize,
) -> Result<FoundQuantile<Digits>, MeasureError> {
    let mut numbers: Vec<W> = bytes.chunks_exact(W::BYTES).filter_map(W::get).collect();
    let n = numbers.len() as u64;
    let Some(place) = QuantilePlace::of(n, q) else { return Ok(FoundQuantile::none(n)) };
    let Some((low, high)) = neighbours(&mut numbers, place.below, W::cmp) else { return Ok(FoundQuantile::none(n)) };
    let [part, rest] = [place.part, place.whole - place.part].map(|part| i256::from_i128(part.cast_signed()));
    let sum = match (low.wide().checked_mul(rest), high.wide().checked_mul(part)) {
        (Some(low), Some(high)) => low.checked_add(high),
        _ => None,
    };
    let sum = sum.ok_or_else(|| MeasureError("the quantile has more than 76 digits".to_owned()))?;
    let float = |number: W| Digits::scaled(&number.wide().to_string(), decimals).map(|digits| digits.to_float());
    let between = if place.part == 0 { None } else { float(low).zip(float(high)).map(|(low, high)| [low, high]) };
    let between = between.filter(|[low, high]| low < high);
    Ok(FoundQuantile { value: Digits::scaled(&sum.to_string(), decimals + place.decimals), between, n })
}

/// Position of a quantile: after `below` numbers, and `part` / `whole` of the distance to the next.
struct QuantilePlace {
    below: usize,
    part: u128,
    whole: u128,
    /// `whole` is 10 to this power.
    decimals: usize,
}

impl QuantilePlace {
    /// Returns the position, computed from the decimal digits of q: 0.9 is nine tenths, which no float is.
    fn of(n: u64, q: f64) -> Option<Self> {
        let last = u128::from(n.checked_sub(1)?);
        let text = q.to_string();
        let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
        let (fraction, decimals) =
            if fraction.len() <= 17 { (fraction, fraction.len()) } else { (&fraction[..17], 17) };
        let whole = 10_u128.pow(u32::try_from(decimals).ok()?);
        let share = if q >= 1.0 { whole } else { fraction.parse::<u128>().unwrap_or(0) };
        let at = last * share;
        Some(Self { below: usize::try_from(at / whole).ok()?, part: at % whole, whole, decimals })
    }
}

/// Returns the number with this index in ascending order, and the next one; the last number follows itself.
fn neighbours<T: Copy>(numbers: &mut [T], below: usize, order: impl Fn(&T, &T) -> Ordering) -> Option<(T, T)> {
    if below >= numbers.len() {
        return None;
    }
    let (_, low, above) = numbers.select_nth_unstable_by(below, &order);
    let low = *low;
    Some((low, above.iter().copied().min_by(|left, right| order(left, right)).unwrap_or(low)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::sync::Arc;

    use datafusion::arrow::array::{Decimal128Array, Float64Array};

    use super::super::exact::WholeFold;
    use super::*;

    fn of_floats(numbers: &[f64], q: f64) -> f64 {
        let mut fold = FloatsFold::default();
        fold.update(&(Arc::new(Float64Array::from(numbers.to_vec())) as ArrayRef)).unwrap();
        let mut merged = FloatsFold::default();
        merged.merge(&fold.to_bytes()).unwrap();
        quantile_of_floats(&merged.to_bytes(), q).value.unwrap()
    }

    fn whole(numbers: &[i128]) -> ArrayRef {
        Arc::new(Decimal128Array::from(numbers.to_vec()).with_data_type(i128::READS))
    }

    fn of_whole(numbers: &[i128], q: f64, decimals: usize) -> String {
        let mut fold = WholeFold::<i128>::default();
        fold.update(&whole(numbers)).unwrap();
        quantile_of_whole::<i128>(&fold.to_bytes(), q, decimals).unwrap().value.unwrap().to_string()
    }

    #[test]
    fn quantiles_are_numpy_s() {
        // numpy 2.4.6: np.quantile(x, q)
        let numbers: Vec<f64> = (0..52).map(|number| f64::from(number) * 1_000.0).collect();
        assert_eq!(of_floats(&numbers, 0.9), 45_900.0);
        assert_eq!(of_floats(&[3.0, 1.0, 2.0, f64::NAN], 0.5), 2.0);
        assert_eq!(of_floats(&[0.0, 1e12], 0.123_456_789), 123_456_789_000.0);
        assert_eq!((of_floats(&[5.0], 0.3), of_floats(&[1.0, 2.0], 1.0), of_floats(&[1.0, 2.0], 0.0)), (5.0, 2.0, 1.0));
        assert_eq!(of_floats(&[-f64::MAX, f64::MAX], 0.5), 0.0);
        let none = quantile_of_floats(&[], 0.5);
        assert_eq!((none.value, none.n), (None, 0));
        let numbers: Vec<i128> = (0..52).map(|number| number * 1_000).collect();
        assert_eq!(of_whole(&numbers, 0.9, 0), "45900");
        assert_eq!(of_whole(&[1, 12_345_678_901_234_567], 1.0, 0), "12345678901234567");
        assert_eq!(of_whole(&[10, 25, 30], 0.5, 2), "0.25");
        assert_eq!(of_whole(&[0, 1_000_000_000_000], 1e-7, 0), "100000");
    }
}

//! Whole numbers and decimals with all their digits, where floats would round them.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::{
    DECIMAL128_MAX_PRECISION, DECIMAL256_MAX_PRECISION, DataType, Decimal128Type, Float64Type, i256,
};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, cast, ident,
};

use super::fold::Fold;
use super::spelling::plain;
use crate::stats::{Digits, ExactNumbers};

/// A number of the config as a decimal; none where it has more digits than one can hold.
pub(super) fn number(text: &str) -> Option<ScalarValue> {
    let digits: String = text.chars().filter(|letter| letter.is_ascii_digit()).collect();
    let decimals = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let precision = u8::try_from(digits.len()).ok()?;
    let scale = i8::try_from(decimals).ok()?;
    let sign = if text.starts_with('-') { "-" } else { "" };
    if precision <= DECIMAL128_MAX_PRECISION {
        return Some(ScalarValue::Decimal128(format!("{sign}{digits}").parse().ok(), precision, scale));
    }
    let unscaled = i256::from_string(&format!("{sign}{digits}"))?;
    (precision <= DECIMAL256_MAX_PRECISION).then_some(ScalarValue::Decimal256(Some(unscaled), precision, scale))
}

/// A column of whole numbers or decimals as whole numbers, and how many of their digits stand behind the point; none where the
/// column holds something else.
pub(super) fn unscaled(table: &DataFrame, column: &str) -> Option<(Expr, usize)> {
    let field = table.schema().field_with_unqualified_name(column).ok()?;
    let scale = match plain(field.data_type()) {
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => (*scale).max(0),
        whole if whole.is_integer() => 0,
        _ => return None,
    };
    let wide = cast(ident(column), DataType::Decimal128(DECIMAL128_MAX_PRECISION, scale));
    let function = ScalarUDF::from(Unscaled { signature: Signature::any(1, Volatility::Immutable) });
    Some((function.call(vec![wide]), usize::try_from(scale).ok()?))
}

/// `unscaled(decimal)`: a decimal without its point.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Unscaled {
    signature: Signature,
}

impl ScalarUDFImpl for Unscaled {
    fn name(&self) -> &'static str {
        "unscaled"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(WHOLE)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let argument = args.args.into_iter().next();
        let column = argument.ok_or_else(|| wrong_form("a call"))?.into_array(rows)?;
        let decimals = column.as_primitive_opt::<Decimal128Type>().ok_or_else(|| wrong_form("a column"))?;
        Ok(ColumnarValue::Array(Arc::new(decimals.clone().with_data_type(WHOLE))))
    }
}

/// Whole numbers of as many digits as 128 bits hold.
const WHOLE: DataType = DataType::Decimal128(DECIMAL128_MAX_PRECISION, 0);

fn wrong_form(of: &str) -> DataFusionError {
    DataFusionError::Internal(format!("{of} of a wrong form"))
}

/// The sum and the ends of whole numbers.
#[derive(Debug, Default)]
pub(super) struct ExactFold {
    ends: Option<(i128, i128)>,
    sum: i256,
}

impl ExactFold {
    fn widen(&mut self, (low, high): (i128, i128)) {
        self.ends = Some(self.ends.map_or((low, high), |(smallest, largest)| (smallest.min(low), largest.max(high))));
    }
}

impl Fold for ExactFold {
    const NAME: &'static str = "exact_numbers";
    const READS: DataType = WHOLE;

    fn update(&mut self, column: &ArrayRef) -> Result<()> {
        for number in column.as_primitive::<Decimal128Type>().iter().flatten() {
            self.widen((number, number));
            // 38 digits of 2^64 rows are 58 of the 76 that it holds.
            self.sum = self.sum.wrapping_add(i256::from_i128(number));
        }
        Ok(())
    }

    fn to_bytes(&self) -> Vec<u8> {
        let Some((low, high)) = self.ends else { return Vec::new() };
        [&low.to_le_bytes()[..], &high.to_le_bytes(), &self.sum.to_le_bytes()].concat()
    }

    fn merge(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let (low, high, sum) = parts(bytes).ok_or_else(|| wrong_form("exact numbers"))?;
        self.widen((low, high));
        self.sum = self.sum.wrapping_add(sum);
        Ok(())
    }

    fn size(&self) -> usize {
        0
    }
}

fn parts(bytes: &[u8]) -> Option<(i128, i128, i256)> {
    let (low, rest) = bytes.split_first_chunk::<16>()?;
    let (high, sum) = rest.split_first_chunk::<16>()?;
    Some((i128::from_le_bytes(*low), i128::from_le_bytes(*high), i256::from_le_bytes(sum.try_into().ok()?)))
}

/// What the aggregate answered; none of no numbers.
pub(super) fn exact_numbers(bytes: &[u8], decimals: usize) -> Option<ExactNumbers> {
    let (low, high, sum) = parts(bytes)?;
    let digits = |text: String| Digits::scaled(&text, decimals);
    Some(ExactNumbers {
        sum: digits(sum.to_string())?,
        smallest: digits(low.to_string())?,
        largest: digits(high.to_string())?,
    })
}

/// All finite numbers of a column of floats, to be ordered.
#[derive(Debug, Default)]
pub(super) struct FloatsFold(Vec<f64>);

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

/// All numbers of a column of whole numbers, to be ordered.
#[derive(Debug, Default)]
pub(super) struct WholeFold(Vec<i128>);

impl Fold for WholeFold {
    const NAME: &'static str = "whole_numbers";
    const READS: DataType = WHOLE;

    fn update(&mut self, column: &ArrayRef) -> Result<()> {
        self.0.extend(column.as_primitive::<Decimal128Type>().iter().flatten());
        Ok(())
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    fn merge(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.extend(bytes.as_chunks::<16>().0.iter().map(|number| i128::from_le_bytes(*number)));
        Ok(())
    }

    fn size(&self) -> usize {
        self.0.capacity() * size_of::<i128>()
    }
}

/// The quantile of the floats that [`FloatsFold`] gathered, and their number.
///
/// Between two numbers it lies at its share of the way, as numpy's `linear` has it (type 7 of Hyndman and Fan 1996).
pub(super) fn quantile_of_floats(bytes: &[u8], q: f64) -> (Option<f64>, u64) {
    let mut numbers: Vec<f64> = bytes.as_chunks::<8>().0.iter().map(|number| f64::from_le_bytes(*number)).collect();
    let n = numbers.len() as u64;
    let Some(place) = Place::of(n, q) else { return (None, n) };
    let Some((low, high)) = neighbours(&mut numbers, place.below, f64::total_cmp) else { return (None, n) };
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
    // 0 has one sign.
    (Some(value + 0.0), n)
}

/// The quantile of the whole numbers that [`WholeFold`] gathered, with all its digits, and their number.
pub(super) fn quantile_of_whole(bytes: &[u8], q: f64, decimals: usize) -> (Option<Digits>, u64) {
    let mut numbers: Vec<i128> = bytes.as_chunks::<16>().0.iter().map(|number| i128::from_le_bytes(*number)).collect();
    let n = numbers.len() as u64;
    let Some(place) = Place::of(n, q) else { return (None, n) };
    let Some((low, high)) = neighbours(&mut numbers, place.below, i128::cmp) else { return (None, n) };
    let [low, high, part, rest] =
        [low, high, place.part.cast_signed(), (place.whole - place.part).cast_signed()].map(i256::from_i128);
    // 38 digits times some 17.
    let sum = low.wrapping_mul(rest).wrapping_add(high.wrapping_mul(part));
    (Digits::scaled(&sum.to_string(), decimals + place.decimals), n)
}

/// Where a quantile lies: behind so many numbers, and so many parts of the whole way to the next.
struct Place {
    below: usize,
    part: u128,
    whole: u128,
    /// The whole way is a one with so many zeros.
    decimals: usize,
}

impl Place {
    /// The place is computed from the digits of the share: 0.9 is nine tenths, which no float is.
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

/// The number at a place in the order, and the next one; the last one stands for the next of itself.
fn neighbours<T: Copy>(
    numbers: &mut [T],
    below: usize,
    order: impl Fn(&T, &T) -> std::cmp::Ordering,
) -> Option<(T, T)> {
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
    use datafusion::arrow::array::{Decimal128Array, Float64Array};

    use super::*;

    fn of_floats(numbers: &[f64], q: f64) -> f64 {
        let mut fold = FloatsFold::default();
        fold.update(&(Arc::new(Float64Array::from(numbers.to_vec())) as ArrayRef)).unwrap();
        let mut merged = FloatsFold::default();
        merged.merge(&fold.to_bytes()).unwrap();
        quantile_of_floats(&merged.to_bytes(), q).0.unwrap()
    }

    fn whole(numbers: &[i128]) -> ArrayRef {
        Arc::new(Decimal128Array::from(numbers.to_vec()).with_data_type(WHOLE))
    }

    fn of_whole(numbers: &[i128], q: f64, decimals: usize) -> String {
        let mut fold = WholeFold::default();
        fold.update(&whole(numbers)).unwrap();
        quantile_of_whole(&fold.to_bytes(), q, decimals).0.unwrap().to_string()
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
        assert_eq!(quantile_of_floats(&[], 0.5), (None, 0));
        let numbers: Vec<i128> = (0..52).map(|number| number * 1_000).collect();
        assert_eq!(of_whole(&numbers, 0.9, 0), "45900");
        assert_eq!(of_whole(&[1, 12_345_678_901_234_567], 1.0, 0), "12345678901234567");
        assert_eq!(of_whole(&[10, 25, 30], 0.5, 2), "0.25");
        assert_eq!(of_whole(&[0, 1_000_000_000_000], 1e-7, 0), "100000");
    }

    #[test]
    fn sums_and_ends_have_all_their_digits() {
        let mut fold = ExactFold::default();
        fold.update(&whole(&[12_345_678_901_234_568, 1])).unwrap();
        let mut merged = ExactFold::default();
        merged.merge(&ExactFold::default().to_bytes()).unwrap();
        assert_eq!(exact_numbers(&merged.to_bytes(), 0), None);
        merged.merge(&fold.to_bytes()).unwrap();
        merged.merge(&fold.to_bytes()).unwrap();
        let exact = exact_numbers(&merged.to_bytes(), 2).unwrap();
        assert_eq!(exact.sum.to_string(), "246913578024691.38");
        assert_eq!(
            (exact.smallest.to_string(), exact.largest.to_string()),
            ("0.01".to_owned(), "123456789012345.68".to_owned())
        );
        assert!(merged.merge(&[1, 2, 3]).is_err());
    }

    #[test]
    fn numbers_of_a_config_keep_their_digits() {
        assert_eq!(
            number("18446744073709551614"),
            Some(ScalarValue::Decimal128(Some(18_446_744_073_709_551_614), 20, 0))
        );
        assert_eq!(number("-0.10"), Some(ScalarValue::Decimal128(Some(-10), 3, 2)));
        assert!(matches!(number(&"9".repeat(50)), Some(ScalarValue::Decimal256(Some(_), 50, 0))));
        assert_eq!(number(&"9".repeat(80)), None);
    }
}

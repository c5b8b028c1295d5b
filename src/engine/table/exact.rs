//! Exact aggregates of whole numbers and decimals, where floats would be rounded.

use super::whole::Whole;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::{
    DECIMAL128_MAX_PRECISION, DECIMAL256_MAX_PRECISION, DataType, Decimal128Type, Decimal256Type, i256,
};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, cast, ident,
};

use super::fold;
use super::fold::Fold;
use super::quantile::{FoundQuantile, quantile_of_whole};
use crate::engine::indexed_table::IndexedTable;
use crate::engine::spelling::plain;
use crate::measurement::MeasureError;
use crate::stats::{Digits, ExactNumbers};

/// Returns a number of the config as a decimal; `None` if it has too many digits for one.
pub(crate) fn number(text: &str) -> Option<ScalarValue> {
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

/// A column of whole numbers or decimals, read as whole numbers without the decimal point.
pub(crate) struct Unpointed {
    numbers: Expr,
    /// The number of digits behind the point.
    decimals: usize,
    /// True if the numbers may need more than 128 bits.
    is_wide: bool,
}

impl Unpointed {
    /// Returns the column; `None` if it has another type.
    pub(crate) fn of(table: &IndexedTable, column: &str) -> Option<Self> {
        let field = table.field(column)?;
        let (digits, scale) = match plain(field.data_type()) {
            DataType::Decimal32(digits, scale)
            | DataType::Decimal64(digits, scale)
            | DataType::Decimal128(digits, scale)
            | DataType::Decimal256(digits, scale) => (*digits, (*scale).max(0)),
            whole if whole.is_integer() => (0, 0),
            _ => return None,
        };
        let is_wide = digits > DECIMAL128_MAX_PRECISION;
        let as_decimal = if is_wide {
            DataType::Decimal256(DECIMAL256_MAX_PRECISION, scale)
        } else {
            DataType::Decimal128(DECIMAL128_MAX_PRECISION, scale)
        };
        let function = ScalarUDF::from(Unscaled { signature: Signature::any(1, Volatility::Immutable) });
        let numbers = function.call(vec![cast(ident(column), as_decimal)]);
        Some(Self { numbers, decimals: usize::try_from(scale).ok()?, is_wide })
    }

    /// Returns the aggregate of the sum and the extremes.
    pub(crate) fn sum_and_ends(self) -> Expr {
        if self.is_wide {
            fold::aggregate::<ExactFold<i256>>().call(vec![self.numbers])
        } else {
            fold::aggregate::<ExactFold<i128>>().call(vec![self.numbers])
        }
    }

    /// Decodes that aggregate's result; `None` if there are no numbers.
    pub(crate) fn exact_numbers(&self, bytes: &[u8]) -> Option<ExactNumbers> {
        if self.is_wide {
            exact_numbers::<i256>(bytes, self.decimals)
        } else {
            exact_numbers::<i128>(bytes, self.decimals)
        }
    }

    /// Returns the aggregate that collects all numbers.
    pub(crate) fn all(self) -> Expr {
        if self.is_wide {
            fold::aggregate::<WholeFold<i256>>().call(vec![self.numbers])
        } else {
            fold::aggregate::<WholeFold<i128>>().call(vec![self.numbers])
        }
    }

    /// Returns the exact quantile of the numbers that this aggregate collected.
    pub(crate) fn quantile(&self, bytes: &[u8], q: f64) -> Result<FoundQuantile<Digits>, MeasureError> {
        if self.is_wide {
            quantile_of_whole::<i256>(bytes, q, self.decimals)
        } else {
            quantile_of_whole::<i128>(bytes, q, self.decimals)
        }
    }
}

/// The function `unscaled(decimal)`, which removes the decimal point.
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

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        Ok(match arguments {
            [DataType::Decimal256(..)] => i256::READS,
            _ => i128::READS,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let argument = args.args.into_iter().next();
        let column = argument.ok_or_else(|| wrong_form("a call"))?.into_array(rows)?;
        let wrong = || wrong_form("a column");
        Ok(ColumnarValue::Array(if matches!(column.data_type(), DataType::Decimal256(..)) {
            let decimals = column.as_primitive_opt::<Decimal256Type>().ok_or_else(wrong)?;
            Arc::new(decimals.clone().with_data_type(i256::READS))
        } else {
            let decimals = column.as_primitive_opt::<Decimal128Type>().ok_or_else(wrong)?;
            Arc::new(decimals.clone().with_data_type(i128::READS))
        }))
    }
}

fn wrong_form(of: &str) -> DataFusionError {
    DataFusionError::Internal(format!("{of} of a wrong form"))
}

/// Sum and extremes of whole numbers.
#[derive(Debug, Default)]
struct ExactFold<W> {
    ends: Option<(W, W)>,
    sum: i256,
}

impl<W: Whole> ExactFold<W> {
    fn add(&mut self, (low, high): (W, W), sum: i256) -> Result<()> {
        self.ends = Some(self.ends.map_or((low, high), |(smallest, largest)| (smallest.min(low), largest.max(high))));
        let too_large = || DataFusionError::Execution("the sum has more than 76 digits".to_owned());
        self.sum = self.sum.checked_add(sum).ok_or_else(too_large)?;
        Ok(())
    }
}

impl<W: Whole> Fold for ExactFold<W> {
    const NAME: &'static str = W::NAMES[0];
    const READS: DataType = W::READS;

    fn update(&mut self, column: &ArrayRef) -> Result<()> {
        let mut numbers = column.as_primitive::<W::Arrow>().iter().flatten();
        numbers.try_for_each(|number| self.add((number, number), number.wide()))
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if let Some((low, high)) = self.ends {
            low.put(&mut bytes);
            high.put(&mut bytes);
            bytes.extend(self.sum.to_le_bytes());
        }
        bytes
    }

    fn merge(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let (low, high, sum) = parts(bytes).ok_or_else(|| wrong_form("exact numbers"))?;
        self.add((low, high), sum)
    }

    fn size(&self) -> usize {
        0
    }
}

fn parts<W: Whole>(bytes: &[u8]) -> Option<(W, W, i256)> {
    let (low, rest) = bytes.split_at_checked(W::BYTES)?;
    let (high, sum) = rest.split_at_checked(W::BYTES)?;
    Some((W::get(low)?, W::get(high)?, i256::get(sum)?))
}

fn exact_numbers<W: Whole>(bytes: &[u8], decimals: usize) -> Option<ExactNumbers> {
    let (low, high, sum) = parts::<W>(bytes)?;
    let digits = |number: i256| Digits::scaled(&number.to_string(), decimals);
    Some(ExactNumbers { sum: digits(sum)?, smallest: digits(low.wide())?, largest: digits(high.wide())? })
}

/// Numbers of a column of whole numbers, collected for order statistics.
#[derive(Debug, Default)]
pub(crate) struct WholeFold<W>(Vec<W>);

impl<W: Whole> Fold for WholeFold<W> {
    const NAME: &'static str = W::NAMES[1];
    const READS: DataType = W::READS;

    fn update(&mut self, column: &ArrayRef) -> Result<()> {
        self.0.extend(column.as_primitive::<W::Arrow>().iter().flatten());
        Ok(())
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * W::BYTES);
        self.0.iter().for_each(|number| number.put(&mut bytes));
        bytes
    }

    fn merge(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.extend(bytes.chunks_exact(W::BYTES).filter_map(W::get));
        Ok(())
    }

    fn size(&self) -> usize {
        self.0.capacity() * W::BYTES
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use datafusion::arrow::array::Decimal128Array;

    use super::*;

    fn whole(numbers: &[i128]) -> ArrayRef {
        Arc::new(Decimal128Array::from(numbers.to_vec()).with_data_type(i128::READS))
    }

    #[test]
    fn sums_and_ends_have_all_their_digits() {
        let mut fold = ExactFold::<i128>::default();
        fold.update(&whole(&[12_345_678_901_234_568, 1])).unwrap();
        let mut merged = ExactFold::<i128>::default();
        merged.merge(&ExactFold::<i128>::default().to_bytes()).unwrap();
        assert_eq!(exact_numbers::<i128>(&merged.to_bytes(), 0), None);
        merged.merge(&fold.to_bytes()).unwrap();
        merged.merge(&fold.to_bytes()).unwrap();
        let exact = exact_numbers::<i128>(&merged.to_bytes(), 2).unwrap();
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

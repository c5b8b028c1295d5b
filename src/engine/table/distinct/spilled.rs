//! Number of distinct rows whose keys do not fit into memory: a grouping that can spill to disk. It takes several times
//! as long as `distinct_rows`, with the same result.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, FixedSizeBinaryBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, ident,
};
use twox_hash::XxHash3_128;

use crate::engine::spelling::one_zero;
use crate::measurement::Measured;

/// The length of a key, in bytes.
const KEY: i32 = 16;

/// Counts rows, and distinct rows among them, over these columns; over one column, nulls do not count.
pub(crate) async fn distinct(table: &DataFrame, columns: &[String]) -> Result<Measured> {
    let values: Vec<Expr> = columns.iter().map(ident).collect();
    let key = row_key().call(values);
    let mut keys = table.clone().select(vec![key.alias("key")])?;
    if columns.len() == 1 {
        keys = keys.filter(ident("key").is_not_null())?;
    }
    let rows = keys.clone().count().await? as u64;
    let distinct = keys.aggregate(vec![ident("key")], Vec::new())?.count().await? as u64;
    Ok(Measured::Distinct { rows, distinct })
}

/// Returns `row_key(a, b, …)`: a digest that equal rows share; null for a single column that is null.
pub(crate) fn row_key() -> ScalarUDF {
    ScalarUDF::from(RowKey { signature: Signature::variadic_any(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct RowKey {
    signature: Signature,
}

impl ScalarUDFImpl for RowKey {
    fn name(&self) -> &'static str {
        "row_key"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::FixedSizeBinary(KEY))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let columns = ColumnarValue::values_to_arrays(&args.args)?;
        if columns.is_empty() {
            return Ok(ColumnarValue::Scalar(ScalarValue::FixedSizeBinary(KEY, None)));
        }
        keys(&columns, rows).map(ColumnarValue::Array)
    }
}

fn keys(columns: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    let normal: Vec<ArrayRef> = columns.iter().map(one_zero).collect::<Result<_, _>>()?;
    let fields = normal.iter().map(|column| SortField::new(column.data_type().clone())).collect();
    let converted = RowConverter::new(fields)?.convert_columns(&normal)?;
    let nulls = if let [column] = columns { column.logical_nulls() } else { None };
    let mut keys = FixedSizeBinaryBuilder::with_capacity(rows, KEY);
    for (index, row) in converted.iter().enumerate() {
        if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(index)) {
            keys.append_value(XxHash3_128::oneshot(row.as_ref()).to_le_bytes())?;
        } else {
            keys.append_null();
        }
    }
    Ok(Arc::new(keys.finish()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use datafusion::arrow::array::{Float64Array, Int64Array, RecordBatch};
    use datafusion::prelude::SessionContext;

    use super::*;

    fn counted(columns: Vec<ArrayRef>) -> Measured {
        let names: Vec<String> = (0..columns.len()).map(|at| format!("c{at}")).collect();
        let batch = RecordBatch::try_from_iter(names.iter().zip(columns)).unwrap();
        let table = SessionContext::new().read_batch(batch).unwrap();
        tokio::runtime::Runtime::new().unwrap().block_on(distinct(&table, &names)).unwrap()
    }

    #[test]
    fn it_counts_as_the_aggregate_does() {
        let floats: ArrayRef = Arc::new(Float64Array::from(vec![0.0, -0.0, f64::NAN, -f64::NAN, 1.5]));
        assert_eq!(counted(vec![floats]), Measured::Distinct { rows: 5, distinct: 3 });
        let column: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, None, Some(1)]));
        assert_eq!(counted(vec![column.clone()]), Measured::Distinct { rows: 2, distinct: 1 });
        assert_eq!(counted(vec![column.clone(), column]), Measured::Distinct { rows: 4, distinct: 2 });
    }
}

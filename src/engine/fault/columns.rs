//! Faults of whole columns: nulls, swapped, shifted, renamed and retyped ones.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, new_null_array};
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::compute::{cast, nullif};
use datafusion::arrow::datatypes::{DataType, Field};
use twox_hash::XxHash3_128;

use super::{MarkedRows, assembled, odd};

/// Makes values null.
pub(super) fn nulls(rows: &MarkedRows<'_>, name: &str, dose: f64) -> Result<RecordBatch, String> {
    let column = rows.column(name)?;
    let chosen = BooleanArray::from(rows.chosen(|row| column.is_valid(row), dose)?);
    let emptied = match nullif(column, &chosen) {
        Ok(emptied) => emptied,
        Err(_) => zip(&chosen, &new_null_array(column.data_type(), column.len()), column).map_err(odd)?,
    };
    rows.with(vec![(name, emptied)])
}

/// Exchanges the values of two columns of one type.
pub(super) fn swapped(rows: &MarkedRows<'_>, one: &str, other: &str, dose: f64) -> Result<RecordBatch, String> {
    let columns = [rows.column(one)?, rows.column(other)?];
    let to = columns[0].data_type();
    let right = cast(columns[1], to).map_err(odd)?;
    let chosen = BooleanArray::from(rows.chosen(|_| true, dose)?);
    let ours = zip(&chosen, &right, columns[0]).map_err(odd)?;
    let theirs = cast(&zip(&chosen, columns[0], &right).map_err(odd)?, columns[1].data_type()).map_err(odd)?;
    rows.with(vec![(one, ours), (other, theirs)])
}

/// Puts the values of each column under the name of the next one.
pub(super) fn shifted(rows: &MarkedRows<'_>, names: &[String]) -> Result<RecordBatch, String> {
    let columns = names.iter().map(|name| rows.column(name).cloned()).collect::<Result<Vec<_>, _>>()?;
    if columns.len() < 2 {
        return Err("there is one column only".to_owned());
    }
    let before = columns.iter().cycle().skip(columns.len() - 1).cloned();
    rows.with(names.iter().map(String::as_str).zip(before).collect())
}

/// Gives a column another name.
pub(super) fn renamed(rows: &MarkedRows<'_>, name: &str) -> Result<RecordBatch, String> {
    let schema = rows.batch.schema_ref();
    let at = schema.index_of(name).map_err(odd)?;
    let mut other = format!("{name}_2");
    while schema.index_of(&other).is_ok() {
        other.push('_');
    }
    let mut fields: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone()).collect();
    fields[at] = fields[at].clone().with_name(other);
    assembled(fields, rows.batch.columns().to_vec(), rows.batch.num_rows())
}

/// Gives a column another type: text becomes whole numbers, and everything else becomes text.
pub(super) fn retyped(rows: &MarkedRows<'_>, name: &str) -> Result<RecordBatch, String> {
    let column = rows.column(name)?;
    let values = match column.data_type() {
        DataType::Dictionary(_, values) => values.as_ref(),
        other => other,
    };
    let other: ArrayRef = if values.is_string() {
        let texts = cast(column, &DataType::Utf8).map_err(odd)?;
        let number = |text: &str| {
            // A number as written stays that number, as a reader would take it.
            let hash = || i64::from_le_bytes((XxHash3_128::oneshot(text.as_bytes()) as u64 >> 16).to_le_bytes());
            text.parse().unwrap_or_else(|_| hash())
        };
        let numbers: Int64Array = texts.as_string::<i32>().iter().map(|text| text.map(number)).collect();
        Arc::new(numbers)
    } else {
        cast(column, &DataType::Utf8).map_err(|_| "its type has no other form".to_owned())?
    };
    rows.with(vec![(name, other)])
}

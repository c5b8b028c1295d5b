//! 128-bit keys of texts. A long text that a batch stores once, as a dictionary's value, is digested once.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BinaryViewArray, FixedSizeBinaryBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use twox_hash::XxHash3_128;

use super::words::packed;

/// The length of a key, in bytes.
const WIDTH: i32 = 16;
/// The length in bytes from which on remembering a digest is cheaper than computing it again.
const LONG: usize = 256;

/// Returns true for types of texts or bytes of any length.
pub(super) fn are_texts(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
    )
}

/// Returns the type of a column of rows, with keys in place of texts: rows would contain a long text as often as it
/// occurs.
pub(super) fn in_rows(data_type: &DataType) -> DataType {
    if are_texts(data_type) { DataType::FixedSizeBinary(WIDTH) } else { data_type.clone() }
}

/// Returns a column of rows, with keys in place of texts.
pub(super) fn of_rows(column: &ArrayRef) -> Result<ArrayRef> {
    if are_texts(column.data_type()) { keys(column) } else { Ok(Arc::clone(column)) }
}

/// Calls `take` with the key of each text, and with `None` for each null.
pub(super) fn each(texts: &BinaryViewArray, mut take: impl FnMut(Option<[u64; 2]>)) {
    // Equal views of one array refer to the same bytes.
    let mut known: HashMap<u128, [u64; 2]> = HashMap::new();
    for (row, view) in texts.views().iter().enumerate() {
        if texts.is_null(row) {
            take(None);
            continue;
        }
        let bytes = texts.value(row);
        take(Some(if bytes.len() < LONG { key(bytes) } else { *known.entry(*view).or_insert_with(|| key(bytes)) }));
    }
}

/// Returns the bytes of texts, without copying them where possible.
pub(super) fn bytes(texts: &ArrayRef) -> Result<BinaryViewArray> {
    if matches!(texts.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) {
        let texts = cast(texts, &DataType::Utf8View)?;
        return Ok(texts.as_string_view().clone().to_binary_view());
    }
    Ok(cast(texts, &DataType::BinaryView)?.as_binary_view().clone())
}

/// Replaces a column of texts by a column of their keys.
fn keys(texts: &ArrayRef) -> Result<ArrayRef> {
    let texts = bytes(texts)?;
    let mut keys = FixedSizeBinaryBuilder::with_capacity(texts.len(), WIDTH);
    let mut wrong = Ok(());
    each(&texts, |key| match key {
        Some([high, low]) => {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&high.to_le_bytes());
            bytes[8..].copy_from_slice(&low.to_le_bytes());
            if let Err(error) = keys.append_value(bytes) {
                wrong = Err(error);
            }
        }
        None => keys.append_null(),
    });
    wrong?;
    Ok(Arc::new(keys.finish()))
}

#[expect(clippy::cast_possible_truncation, reason = "the two halves of a digest")]
fn key(bytes: &[u8]) -> [u64; 2] {
    packed(bytes).unwrap_or_else(|| {
        let digest = XxHash3_128::oneshot(bytes);
        [digest as u64, (digest >> 64) as u64]
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::collections::BTreeSet;

    use datafusion::arrow::array::{BinaryArray, LargeStringArray, StringArray, StringViewArray, UInt32Array};
    use datafusion::arrow::compute::take;

    use super::*;

    #[test]
    fn layouts_give_the_same_keys() {
        let long = "x".repeat(LONG);
        let texts = [Some("a"), None, Some(""), Some("sixteen letters."), Some(long.as_str()), Some("a")];
        let arrays: [ArrayRef; 4] = [
            Arc::new(StringArray::from(texts.to_vec())),
            Arc::new(LargeStringArray::from(texts.to_vec())),
            Arc::new(StringViewArray::from(texts.to_vec())),
            Arc::new(BinaryArray::from(texts.map(|text| text.map(str::as_bytes)).to_vec())),
        ];
        let found = arrays.map(|array| of_rows(&array).unwrap());
        assert!(found.iter().all(|keys| keys.as_ref() == found[0].as_ref()));
        let keys = found[0].as_fixed_size_binary();
        assert!(keys.is_null(1) && keys.null_count() == 1);
        assert_eq!(keys.iter().flatten().collect::<BTreeSet<_>>().len(), 4);
    }

    /// A text of a megabyte, in so many rows that it would take minutes to digest it in each.
    #[test]
    fn a_long_text_of_a_dictionary_is_digested_once() {
        let values: ArrayRef = Arc::new(StringViewArray::from(vec!["x".repeat(1 << 20), "y".repeat(1 << 20)]));
        let indices: UInt32Array = (0..200_000).map(|row| row % 2).collect();
        let texts = take(&values, &indices, None).unwrap();
        let keys = of_rows(&texts).unwrap();
        assert_eq!(keys.as_fixed_size_binary().iter().flatten().collect::<BTreeSet<_>>().len(), 2);
    }
}

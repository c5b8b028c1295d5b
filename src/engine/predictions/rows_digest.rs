//! Digest of the rows that a model is measured on, independent of their order.

use twox_hash::XxHash3_128;

use super::pairing::Keys;
use crate::measurement::RowsDigest;
use crate::stats::Truth;

/// Digest of a set of rows: the sum of their digests, so that neither order nor files matter. It distinguishes sets
/// that differ by accident; an attacker can construct other rows with the same digest.
#[derive(Debug, Default)]
struct DigestSum(u128);

impl DigestSum {
    fn add(&mut self, row: &[u8]) {
        self.0 = self.0.wrapping_add(XxHash3_128::oneshot(row));
    }

    fn text(&self) -> String {
        format!("xxh3:{:032x}", self.0)
    }
}

/// Returns the digest of these labels, each with its key if there is one; `classes` are the names of the labels' codes.
pub(crate) fn rows_digest(truth: &Truth, keys: Option<&Keys>, classes: &[String]) -> RowsDigest {
    let digests = keys.map(Keys::digests);
    let (mut of_keys, mut of_labels) = (DigestSum::default(), DigestSum::default());
    let mut bytes = Vec::new();
    for row in 0..truth.len() {
        bytes.clear();
        if let Some(digests) = digests {
            let key = digests[row].to_le_bytes();
            of_keys.add(&key);
            bytes.extend(key);
        }
        match truth {
            Truth::Binary(labels) => bytes.push(u8::from(labels[row])),
            Truth::Classes { codes, .. } => {
                bytes.extend(classes.get(codes[row] as usize).map_or(&[][..], |class| class.as_bytes()));
            }
            Truth::Labels(labels) => bytes.extend(labels.iter().map(|label| u8::from(label[row]))),
            Truth::Numbers(numbers) => bytes.extend((numbers[row] + 0.0).to_bits().to_le_bytes()),
            Truth::Relevance { gains, .. } => bytes.extend((gains[row] + 0.0).to_bits().to_le_bytes()),
            Truth::Grades { .. } => {}
        }
        of_labels.add(&bytes);
    }
    RowsDigest { rows: truth.len() as u64, keys: keys.map(|_| of_keys.text()), labels: of_labels.text() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::sync::Arc;

    use datafusion::arrow::array::Int64Array;

    use super::*;

    fn of(rows: &[(i64, bool)]) -> RowsDigest {
        let keys: Vec<i64> = rows.iter().map(|row| row.0).collect();
        let keys = Keys::read(&["id".to_owned()], &[Arc::new(Int64Array::from(keys)) as _], "preds.csv").unwrap();
        rows_digest(&Truth::Binary(rows.iter().map(|row| row.1).collect()), Some(&keys), &[])
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter_and_each_label_does() {
        let digest = of(&[(1, true), (2, false), (3, true)]);
        assert_eq!(of(&[(3, true), (1, true), (2, false)]), digest);
        let swapped = of(&[(1, false), (2, true), (3, true)]);
        assert_eq!(swapped.keys, digest.keys);
        assert_ne!(swapped.labels, digest.labels);
        assert_ne!(of(&[(1, true), (2, false), (4, true)]).keys, digest.keys);
        // Two equal rows do not cancel each other.
        let labels = |rows: &[bool]| rows_digest(&Truth::Binary(rows.to_vec()), None, &[]).labels;
        assert_ne!(labels(&[true, true]), labels(&[false, false]));
    }
}

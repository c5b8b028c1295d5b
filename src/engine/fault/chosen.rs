//! The rows that a fault touches.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::row::{RowConverter, SortField};
use twox_hash::XxHash3_128;

use super::{MarkedRows, float};

/// The rows that are hashed at a time.
const AT_ONCE: usize = 8_192;

/// A number for each row, which depends on its contents and a seed, and the order of the rows by it.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Marks {
    marks: Vec<u64>,
    /// The places of the rows, by their marks; equal rows are interchangeable.
    order: Vec<usize>,
}

impl Marks {
    /// Computes the marks of all rows.
    ///
    /// # Errors
    ///
    /// No column has values that can be compared.
    pub(in crate::engine) fn of(batch: &RecordBatch, seed: u64) -> Result<Self, String> {
        let fields = batch.schema_ref().fields().iter();
        let is_supported = |at: &usize| {
            let field = SortField::new(batch.column(*at).data_type().clone());
            RowConverter::supports_fields(&[field])
        };
        let places: Vec<usize> = (0..fields.len()).filter(is_supported).collect();
        let fields = places.iter().map(|at| SortField::new(batch.column(*at).data_type().clone())).collect();
        let converter = RowConverter::new(fields).map_err(|error| error.to_string())?;
        let mut marks = Vec::with_capacity(batch.num_rows());
        for start in (0..batch.num_rows()).step_by(AT_ONCE) {
            let part = batch.slice(start, AT_ONCE.min(batch.num_rows() - start));
            let columns: Vec<_> = places.iter().map(|at| part.column(*at).clone()).collect();
            let rows = converter.convert_columns(&columns).map_err(|error| error.to_string())?;
            #[expect(clippy::cast_possible_truncation, reason = "half of a hash")]
            marks.extend(rows.iter().map(|row| XxHash3_128::oneshot_with_seed(seed, row.as_ref()) as u64));
        }
        let mut order: Vec<usize> = (0..marks.len()).collect();
        order.sort_by_key(|row| (marks[*row], *row));
        Ok(Self { marks, order })
    }

    /// Returns the number of rows.
    pub(in crate::engine) fn len(&self) -> usize {
        self.marks.len()
    }

    /// Returns the places of all rows, in the order of their marks.
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    /// Returns a number from 0 to 1 for a row.
    pub(super) fn uniform(&self, row: usize, salt: u64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
        let number = (mixed(self.marks[row] ^ mixed(salt)) >> 11) as f64;
        (number + 0.5) / 9_007_199_254_740_992.0
    }

    /// Returns a standard normal number for a row (Box and Muller 1958).
    pub(super) fn normal(&self, row: usize, salt: u64) -> f64 {
        let (radius, angle) = (self.uniform(row, 2 * salt), self.uniform(row, 2 * salt + 1));
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }
}

/// Mixes the bits of a number (the finaliser of SplitMix64).
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

impl MarkedRows<'_> {
    /// Returns true for each row that a dose selects: a proportion of the rows that could be, and at least one.
    ///
    /// # Errors
    ///
    /// No row could be selected.
    pub(super) fn chosen(&self, could: impl Fn(usize) -> bool, dose: f64) -> Result<Vec<bool>, String> {
        self.first(self.marks.order().iter().copied().filter(|row| could(*row)).collect(), dose)
    }

    /// Like [`Self::chosen`], among these rows and in their order.
    pub(super) fn first(&self, rows: Vec<usize>, dose: f64) -> Result<Vec<bool>, String> {
        if rows.is_empty() {
            return Err("no row has what it would change".to_owned());
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of rows")]
        let count = ((float(rows.len()) * dose).round() as usize).clamp(1, rows.len());
        let mut chosen = vec![false; self.batch.num_rows()];
        rows.into_iter().take(count).for_each(|row| chosen[row] = true);
        Ok(chosen)
    }
}

//! Queries of a ranking, by name.

use twox_hash::XxHash3_128;

use super::row_table::RowTable;
use super::values::NamedValues;
use crate::measurement::MeasureError;
use crate::measurement::queries::Queries;

/// The most queries whose hashes are sampled.
const SAMPLED: usize = 64;

/// Queries of one side, with the hashes of their names in order.
#[derive(Debug, Clone)]
pub(crate) struct NamedQueries {
    pub(crate) queries: Queries,
    hashes: Vec<u128>,
}

impl NamedQueries {
    /// Reads the column of queries; `gains` are the gains of the rows.
    pub(crate) fn read(table: &RowTable, name: &str, gains: &[f64]) -> Result<Self, MeasureError> {
        let column = table.column(name)?;
        let values = NamedValues::of(name, column).and_then(|values| values.complete(name, column));
        let (names, codes) = values.map_err(|error| table.blame(error))?;
        let mut relevant: Vec<Vec<u64>> = vec![Vec::new(); names.len()];
        for (code, gain) in codes.iter().zip(gains).filter(|(_, gain)| **gain > 0.0) {
            relevant[*code as usize].push(gain.to_bits());
        }
        let mut queries = Queries { all: names.len() as u64, ..Queries::default() };
        let (mut all, mut judged, mut with_gains) = (0_u128, 0_u128, 0_u128);
        let mut hashes = Vec::with_capacity(names.len());
        for (name, mut gains) in names.iter().zip(relevant) {
            let hash = XxHash3_128::oneshot(name.as_bytes());
            hashes.push(hash);
            all = all.wrapping_add(hash);
            if gains.is_empty() {
                queries.without_relevant += 1;
                continue;
            }
            judged = judged.wrapping_add(hash);
            gains.sort_unstable();
            let bytes: Vec<u8> =
                hash.to_le_bytes().into_iter().chain(gains.iter().flat_map(|gain| gain.to_le_bytes())).collect();
            with_gains = with_gains.wrapping_add(XxHash3_128::oneshot(&bytes));
        }
        hashes.sort_unstable();
        let text = |sum: u128| format!("xxh3:{sum:032x}");
        (queries.names, queries.judged, queries.gains) = (text(all), text(judged), text(with_gains));
        // The high bits of the hashes select the sample, and the low bits are kept.
        #[expect(clippy::cast_possible_truncation, reason = "a part of a hash")]
        let sample = hashes.iter().take(SAMPLED).map(|hash| *hash as u16);
        queries.sample = sample.collect();
        Ok(Self { queries, hashes })
    }

    /// Returns the number of queries that both sides have.
    pub(crate) fn shared(&self, other: &Self) -> u64 {
        self.hashes.iter().filter(|hash| other.hashes.binary_search(hash).is_ok()).count() as u64
    }
}

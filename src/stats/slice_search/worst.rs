//! The slices that look worst on one half of the rows, and their rows in the other half.

use super::SliceTerm;
use super::find::{SliceSearch, propose_above, reference};
use super::{SearchRows, explain::rows_of};

/// A slice that one half proposes, with its rows in the other half, which had no part in the choice.
#[derive(Debug, Clone, PartialEq)]
pub struct ProposedSlice {
    /// The terms that describe it, in the order of the features.
    pub terms: Vec<SliceTerm>,
    /// Its rows in the other half, in ascending order.
    pub rows: Vec<u32>,
    /// True if the first half proposed it.
    pub by_first: bool,
}

/// Returns the slices whose amounts most clearly exceed a margin, as each half of the rows proposes them. Where no slice of a
/// half exceeds it, those that got worse at all.
///
/// Whatever is computed of the rows of a slice is not biased by the search, since the other half chose it.
///
/// # Errors
///
/// A half has fewer rows than a slice needs there; the number of its rows.
pub fn worst(
    rows: SearchRows<'_>,
    is_first: &[bool],
    search: SliceSearch,
    margin: f64,
) -> Result<Vec<ProposedSlice>, u64> {
    let all: Vec<u32> = (0..rows.len()).filter_map(|row| u32::try_from(row).ok()).collect();
    let (first, second): (Vec<u32>, Vec<u32>) = all.iter().partition(|row| is_first[**row as usize]);
    let fewest = first.len().min(second.len()) as u64;
    if fewest < search.min_n.div_ceil(2) {
        return Err(fewest);
    }
    let mut found = Vec::new();
    for (one, other, by_first) in [(&first, &second, true), (&second, &first, false)] {
        let Some(above) = reference(rows, one, search.is_change) else { continue };
        let (mut proposed, _) = propose_above(rows, one, margin, search);
        if proposed.is_empty() && above < margin {
            proposed = propose_above(rows, one, above, search).0;
        }
        found.extend(proposed.into_iter().map(|terms| {
            let rows = rows_of(&rows, &terms, other);
            ProposedSlice { terms, rows, by_first }
        }));
    }
    Ok(found)
}

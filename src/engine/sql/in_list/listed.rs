//! A list of texts for lookups, several of them at a time.

use std::collections::BTreeSet;

use datafusion::arrow::array::{Array, StringViewArray};
use datafusion::arrow::buffer::BooleanBuffer;

use super::packed::packed;

/// A set of texts; each short one has its own slot, which one multiplication finds.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Listed {
    texts: BTreeSet<String>,
    /// The views of texts of at most 12 bytes, which contain the whole text.
    slots: Box<[u128]>,
    factor: u64,
}

/// The most texts that have slots; the number of slots grows with the square.
const MOST_TEXTS: usize = 32;
/// The longest text that a view contains, in bytes.
const SHORT: usize = 12;
/// A value that is not a view: its text would have four billion bytes.
const EMPTY: u128 = u128::MAX;

impl Listed {
    /// Creates the set; `None` if there are too many texts, or no collision-free slots.
    pub(super) fn new(texts: BTreeSet<String>) -> Option<Self> {
        if texts.len() > MOST_TEXTS {
            return None;
        }
        let short: Vec<&String> = texts.iter().filter(|text| text.len() <= SHORT).collect();
        let views = StringViewArray::from_iter_values(&short);
        let slots = (2 * short.len() * short.len()).next_power_of_two().max(2);
        // Odd multiples of the golden ratio's 64 bits; each is an independent attempt.
        let factors = (0..64_u64).map(|attempt| 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(2 * attempt + 1));
        let (slots, factor) = factors.into_iter().find_map(|factor| {
            let mut filled = vec![EMPTY; slots].into_boxed_slice();
            for view in views.views() {
                let slot = &mut filled[slot(*view, factor, slots)];
                if *slot != EMPTY {
                    return None;
                }
                *slot = *view;
            }
            Some((filled, factor))
        })?;
        Some(Self { texts, slots, factor })
    }

    pub(super) fn hold(&self, texts: &StringViewArray) -> BooleanBuffer {
        let (slots, factor) = (&*self.slots, self.factor);
        let has_long = self.texts.iter().any(|text| text.len() > SHORT);
        if !has_long {
            return packed(texts.views(), |view| slots[slot(view, factor, slots.len())] == view);
        }
        BooleanBuffer::collect_bool(texts.len(), |row| {
            let view = texts.views()[row];
            if length(view) <= SHORT {
                slots[slot(view, factor, slots.len())] == view
            } else {
                texts.is_valid(row) && self.texts.contains(texts.value(row))
            }
        })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lowest 32 bits of a view are its text's length")]
fn length(view: u128) -> usize {
    view as u32 as usize
}

#[expect(clippy::cast_possible_truncation, reason = "the two halves of a view, and a number below that of the slots")]
fn slot(view: u128, factor: u64, slots: usize) -> usize {
    // Halves that cancel each other after one rotation do not after that of the next factor.
    let turned = ((view >> 64) as u64).rotate_left((factor >> 58) as u32);
    let mixed = (view as u64 ^ turned).wrapping_mul(factor);
    (mixed >> (64 - slots.trailing_zeros())) as usize & (slots - 1)
}

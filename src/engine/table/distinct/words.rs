//! Collections of fixed-size keys, and the number of distinct ones.
//!
//! WordKeys are collected first and counted at the end, in parallel, bucket by bucket: a table of all keys that is probed
//! for each row would wait for memory most of the time.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::workers;

/// The number of keys at which they are first sorted and deduplicated, so that a column of few values stays small.
const FIRST_COMPACTION: usize = 1 << 17;
/// The factor by which the keys must grow before the next deduplication, if the last one removed few.
const PATIENCE: usize = 64;
/// The number of parts that keys are divided into; each is counted on its own and fits into a core's cache.
const PARTS: usize = 1 << 8;

/// WordKeys of `WIDTH` 64-bit words each. The last word is uniformly distributed, like that of a digest.
#[derive(Debug)]
pub(super) struct WordKeys<const WIDTH: usize> {
    parts: Box<[WordPart<WIDTH>]>,
    held: usize,
    next_compaction: usize,
}

/// WordKeys in blocks, which do not move when more keys are added.
#[derive(Debug, Clone)]
struct WordPart<const WIDTH: usize> {
    full: Vec<Vec<[u64; WIDTH]>>,
    open: Vec<[u64; WIDTH]>,
}

impl<const WIDTH: usize> Default for WordPart<WIDTH> {
    fn default() -> Self {
        Self { full: Vec::new(), open: Vec::new() }
    }
}

impl<const WIDTH: usize> WordPart<WIDTH> {
    const BLOCK: usize = 1 << 9;

    fn push(&mut self, key: [u64; WIDTH]) {
        if self.open.len() == Self::BLOCK {
            self.full.push(std::mem::replace(&mut self.open, Vec::with_capacity(Self::BLOCK)));
        }
        self.open.push(key);
    }

    fn blocks(&self) -> impl Iterator<Item = &Vec<[u64; WIDTH]>> {
        self.full.iter().chain([&self.open])
    }

    fn into_blocks(self) -> impl Iterator<Item = Vec<[u64; WIDTH]>> {
        self.full.into_iter().chain([self.open])
    }

    fn len(&self) -> usize {
        self.blocks().map(Vec::len).sum()
    }

    /// Returns the keys without duplicates.
    fn compacted(self) -> Self {
        let mut keys: Vec<[u64; WIDTH]> = Vec::with_capacity(self.len());
        self.into_blocks().for_each(|block| keys.extend(block));
        keys.sort_unstable();
        keys.dedup();
        keys.shrink_to_fit();
        Self { full: vec![keys], open: Vec::new() }
    }
}

impl<const WIDTH: usize> Default for WordKeys<WIDTH> {
    fn default() -> Self {
        Self { parts: vec![WordPart::default(); PARTS].into(), held: 0, next_compaction: FIRST_COMPACTION }
    }
}

impl<const WIDTH: usize> WordKeys<WIDTH> {
    pub(super) fn push(&mut self, key: [u64; WIDTH]) {
        self.parts[part(&key)].push(key);
        self.held += 1;
    }

    /// Removes duplicates if there are enough keys to make it worth while, and returns their number.
    pub(super) fn compact_sometimes(&mut self) -> Option<usize> {
        if self.held < self.next_compaction {
            return None;
        }
        let before = self.held;
        for part in &mut self.parts {
            *part = std::mem::take(part).compacted();
        }
        self.held = self.parts.iter().map(WordPart::len).sum();
        // WordKeys with few duplicates are not worth sorting again soon.
        let factor = if self.held * 8 > before * 7 { PATIENCE } else { 2 };
        self.next_compaction = (self.held * factor).max(FIRST_COMPACTION);
        Some(before - self.held)
    }

    /// Returns all keys, and clears them.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = [u64; WIDTH]> {
        self.held = 0;
        self.parts.iter_mut().flat_map(|part| std::mem::take(part).into_blocks().flatten())
    }

    /// Returns all keys in their blocks, and clears them; [`by_part`] reverses it.
    pub(super) fn take(&mut self) -> impl Iterator<Item = Vec<u64>> {
        self.held = 0;
        let blocks = self.parts.iter_mut().flat_map(|part| std::mem::take(part).into_blocks());
        blocks.filter(|block| !block.is_empty()).map(Vec::into_flattened)
    }

    pub(super) fn bytes(&self) -> usize {
        let capacity: usize = self.parts.iter().flat_map(WordPart::blocks).map(Vec::capacity).sum();
        capacity * size_of::<[u64; WIDTH]>()
    }
}

/// WordKeys of each part, block by block.
pub(super) type Parts<'a, const WIDTH: usize> = Vec<Vec<&'a [[u64; WIDTH]]>>;

/// Divides the blocks of [`WordKeys::take`], of one or several workers, into parts. `None` if one has another form.
pub(super) fn by_part<'a, const WIDTH: usize>(blocks: impl Iterator<Item = &'a [u64]>) -> Option<Parts<'a, WIDTH>> {
    let mut parts = vec![Vec::new(); PARTS];
    for block in blocks {
        let (keys, odd) = block.as_chunks::<WIDTH>();
        parts[part(keys.first()?)].push(keys);
        if !odd.is_empty() {
            return None;
        }
    }
    Some(parts)
}

fn part<const WIDTH: usize>(key: &[u64; WIDTH]) -> usize {
    (key[WIDTH - 1] >> 56) as usize
}

/// Returns the number of distinct keys.
///
/// Counts part by part, in parallel.
pub(super) fn count_different<const WIDTH: usize>(parts: &Parts<'_, WIDTH>) -> u64 {
    let next = AtomicUsize::new(0);
    let work = || {
        let (mut table, mut different) = (WordTable::default(), 0);
        loop {
            let Some(blocks) = parts.get(next.fetch_add(1, Ordering::Relaxed)) else { return different };
            different += count_part(blocks, &mut table);
        }
    };
    workers::each(workers::cores(), work).into_iter().sum()
}

fn count_part<const WIDTH: usize>(blocks: &[&[[u64; WIDTH]]], table: &mut WordTable<1>) -> u64 {
    let total: usize = blocks.iter().map(|block| block.len()).sum();
    // If all first words are distinct, so are the keys. WordKeys are looked up by the last word, in which equal keys agree.
    let firsts = blocks.iter().copied().flatten().map(|key| ([key[0]], key[WIDTH - 1]));
    let different = table.count(total, firsts);
    if different == total as u64 || WIDTH == 1 {
        return different;
    }
    let all = blocks.iter().copied().flatten().map(|key| (*key, key[WIDTH - 1]));
    WordTable::default().count(total, all)
}

/// A hash table of keys with open addressing, at most half full.
#[derive(Debug)]
struct WordTable<const WIDTH: usize> {
    slots: Vec<[u64; WIDTH]>,
}

impl<const WIDTH: usize> Default for WordTable<WIDTH> {
    fn default() -> Self {
        Self { slots: Vec::new() }
    }
}

impl<const WIDTH: usize> WordTable<WIDTH> {
    /// Counts the distinct ones of `total` keys; each key comes with a number that determines its slot. A key of zeros,
    /// the content of an empty slot, is counted separately.
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are what is wanted")]
    fn count(&mut self, total: usize, keys: impl Iterator<Item = ([u64; WIDTH], u64)>) -> u64 {
        let size = (2 * total).next_power_of_two();
        let empty = [0; WIDTH];
        self.slots.clear();
        self.slots.resize(size, empty);
        let (mut different, mut has_empty) = (0, false);
        for (key, place) in keys {
            if key == empty {
                has_empty = true;
                continue;
            }
            let mut slot = place as usize & (size - 1);
            while self.slots[slot] != empty && self.slots[slot] != key {
                slot = (slot + 1) & (size - 1);
            }
            if self.slots[slot] == empty {
                self.slots[slot] = key;
                different += 1;
            }
        }
        different + u64::from(has_empty)
    }
}

/// Spreads neighbouring numbers over all bits (the finaliser of SplitMix64, Steele et al. 2014).
pub(super) fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// Returns the key of a text of at most 15 bytes, which contains the whole text in two words: faster than a digest, and
/// exact.
///
/// Two rounds of a Feistel network, which is a bijection, distribute the keys like digests.
pub(super) fn packed(text: &[u8]) -> Option<[u64; 2]> {
    let length = text.len() as u64;
    // Halves of 8 bytes; where their reads overlap, the common bytes are shifted out of the second.
    let (low, high) = match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(first), Some(last)) if length < 16 => {
            let high = u64::from_le_bytes(*last) >> 1 >> (8 * (16 - length) - 1);
            (u64::from_le_bytes(*first), high)
        }
        (Some(_), Some(_)) => return None,
        _ => {
            let mut first = [0; 8];
            first[..text.len()].copy_from_slice(text);
            (u64::from_le_bytes(first), 0)
        }
    };
    // The length distinguishes texts that end in zeros.
    let high = high | (length + 1) << 56;
    let low = low ^ mix(high);
    Some([low, high ^ mix(low)])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::ops::Range;

    use proptest::prelude::*;

    use super::*;

    fn taken<const WIDTH: usize>(all: impl IntoIterator<Item = [u64; WIDTH]>) -> Vec<Vec<u64>> {
        let mut keys = WordKeys::<WIDTH>::default();
        for key in all {
            keys.push(key);
            keys.compact_sometimes();
        }
        keys.take().collect()
    }

    fn counted<const WIDTH: usize>(workers: &[&[Vec<u64>]]) -> Option<u64> {
        let parts = by_part::<WIDTH>(workers.iter().copied().flatten().map(Vec::as_slice))?;
        Some(count_different(&parts))
    }

    #[test]
    fn what_is_cut_off_is_no_block_of_keys() {
        assert_eq!(counted::<2>(&[&[vec![1, 2, 3, 2]]]), Some(2));
        assert_eq!(counted::<2>(&[&[vec![1, 2, 3]]]), None);
        assert_eq!(counted::<2>(&[&[vec![1]]]), None);
        assert_eq!(counted::<1>(&[&[vec![]]]), None);
    }

    #[test]
    fn keys_that_share_a_first_word_are_different() {
        let words = taken((0..50_000_u64).map(|number| [number % 100, mix(number / 2)]));
        assert_eq!(counted::<2>(&[&words]), Some(50_000));
        // A key of zeros counts like any other.
        assert_eq!(counted::<2>(&[&taken([[0, 0], [1, 0], [0, 0]])]), Some(2));
        assert_eq!(counted::<1>(&[&taken([[0], [1], [0]])]), Some(2));
    }

    #[test]
    fn many_keys_are_counted() {
        let numbers = |range: Range<u64>| taken(range.map(|number| [mix(number % 200_001)]));
        assert_eq!(counted::<1>(&[&numbers(0..70_001), &numbers(70_001..300_000)]), Some(200_001));
        assert_eq!(counted::<1>(&[]), Some(0));
        let pairs = |range: Range<u64>| taken(range.map(|number| [number % 200_001, mix(number % 200_001)]));
        assert_eq!(counted::<2>(&[&pairs(0..70_001), &pairs(70_001..300_000)]), Some(200_001));
    }

    #[test]
    fn a_column_of_few_values_stays_small() {
        let words = taken((0..FIRST_COMPACTION as u64 * 3).map(|number| [mix(number % 10)]));
        assert!(words.iter().map(Vec::len).sum::<usize>() < FIRST_COMPACTION + 10);
        assert_eq!(counted::<1>(&[&words]), Some(10));
    }

    proptest! {
        #[test]
        fn it_counts_what_a_set_counts(keys in prop::collection::vec((0..50_u64, 0..3_u64), 0..400), at in 0..400_usize) {
            let (left, right) = keys.split_at(at.min(keys.len()));
            let words = |keys: &[(u64, u64)]| taken(keys.iter().map(|(left, right)| [*left, right << 62]));
            let expected = keys.iter().collect::<HashSet<_>>().len() as u64;
            prop_assert_eq!(counted::<2>(&[&words(left), &words(right)]), Some(expected));
        }
    }
}

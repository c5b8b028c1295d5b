//! Many fixed-size keys, and how many of them are different.
//!
//! Keys are collected as they come and only counted at the end, in parallel, bucket by bucket: a table of all keys that
//! is probed for each row would wait for memory most of the time.

use std::num::NonZero;
use std::ops::Range;
use std::thread;

/// Keys are first sorted and rid of repetitions when there are so many of them: a column of few values stays small.
const FIRST_COMPACTION: usize = 1 << 17;
/// As many times more keys come together before the next attempt, where the last one found few repetitions.
const PATIENCE: usize = 64;
/// Buckets small enough that the table of one stays in a core's cache.
const BUCKET: usize = 1 << 13;

/// Keys of `WIDTH` 64-bit words each.
#[derive(Debug)]
pub(super) struct Keys<const WIDTH: usize> {
    words: Vec<u64>,
    next_compaction: usize,
}

impl<const WIDTH: usize> Default for Keys<WIDTH> {
    fn default() -> Self {
        Self { words: Vec::new(), next_compaction: FIRST_COMPACTION * WIDTH }
    }
}

impl<const WIDTH: usize> Keys<WIDTH> {
    pub(super) fn push(&mut self, key: [u64; WIDTH]) {
        self.words.extend(key);
    }

    /// Drops repetitions when enough keys came together to make it worth while.
    pub(super) fn compact_sometimes(&mut self) {
        if self.words.len() < self.next_compaction {
            return;
        }
        let before = self.words.len();
        let (keys, _) = self.words.as_chunks_mut::<WIDTH>();
        if keys.is_sorted_by(|left, right| left < right) {
            self.next_compaction = before * 2;
            return;
        }
        keys.sort_unstable();
        let mut kept = usize::from(!keys.is_empty());
        for index in 1..keys.len() {
            if keys[index] != keys[kept - 1] {
                keys[kept] = keys[index];
                kept += 1;
            }
        }
        self.words.truncate(kept * WIDTH);
        // Keys that hardly repeat are not worth sorting again soon.
        let factor = if self.words.len() * 8 > before * 7 { PATIENCE } else { 2 };
        self.next_compaction = (self.words.len() * factor).max(FIRST_COMPACTION * WIDTH);
        if self.words.capacity() > self.next_compaction {
            self.words.shrink_to(self.next_compaction);
        }
    }

    /// All words of all keys.
    pub(super) fn take(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.words)
    }

    pub(super) fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }
}

/// How many different keys the chunks hold together.
pub(super) fn count_different<const WIDTH: usize>(chunks: &[&[u64]]) -> u64 {
    let total: u64 = chunks.iter().map(|chunk| (chunk.len() / WIDTH) as u64).sum();
    if let Some(different) = count_ascending::<WIDTH>(chunks) {
        return different;
    }
    // Where the first words are all different, so are the keys, and less has to be moved.
    let by_first_word = WIDTH > 1 && count_in_buckets::<WIDTH, 1>(chunks) == total;
    if by_first_word { total } else { count_in_buckets::<WIDTH, WIDTH>(chunks) }
}

/// Identifiers are mostly written in their order: then chunks only have to be merged.
fn count_ascending<const WIDTH: usize>(chunks: &[&[u64]]) -> Option<u64> {
    let mut chunks: Vec<&[[u64; WIDTH]]> =
        chunks.iter().map(|chunk| chunk.as_chunks::<WIDTH>().0).filter(|keys| !keys.is_empty()).collect();
    if !chunks.iter().all(|keys| keys.is_sorted_by(|left, right| left < right)) {
        return None;
    }
    chunks.sort_by_key(|keys| keys[0]);
    let apart = chunks.windows(2).all(|pair| pair[0].last() < pair[1].first());
    apart.then(|| chunks.iter().map(|keys| keys.len() as u64).sum())
}

/// Counts by the first `COMPARED` words of the keys.
fn count_in_buckets<const WIDTH: usize, const COMPARED: usize>(chunks: &[&[u64]]) -> u64 {
    let total: usize = chunks.iter().map(|chunk| chunk.len() / WIDTH).sum();
    let buckets = total.div_ceil(BUCKET).next_power_of_two();
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(buckets);
    let share = |worker: usize| buckets * worker / workers..buckets * (worker + 1) / workers;
    if workers == 1 {
        return count_share::<WIDTH, COMPARED>(chunks, buckets, share(0));
    }
    thread::scope(|scope| {
        let started: Vec<_> = (0..workers)
            .map(|worker| scope.spawn(move || count_share::<WIDTH, COMPARED>(chunks, buckets, share(worker))))
            .collect();
        started.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).sum()
    })
}

/// The different keys of some of the buckets.
fn count_share<const WIDTH: usize, const COMPARED: usize>(
    chunks: &[&[u64]],
    buckets: usize,
    share: Range<usize>,
) -> u64 {
    let keys = || chunks.iter().flat_map(|chunk| chunk.as_chunks::<WIDTH>().0);
    let mine = |key: &[u64; WIDTH]| {
        let bucket = (mix(key[0]) >> 32) as usize & (buckets - 1);
        share.contains(&bucket).then(|| bucket - share.start)
    };
    // Sizes first, so that the keys are moved once and no list grows.
    let mut sizes = vec![0_usize; share.len()];
    for bucket in keys().filter_map(mine) {
        sizes[bucket] += 1;
    }
    let mut starts = Vec::with_capacity(sizes.len() + 1);
    let mut sum = 0;
    for size in &sizes {
        starts.push(sum);
        sum += size;
    }
    starts.push(sum);
    let mut next = starts.clone();
    let mut moved = vec![[0_u64; COMPARED]; sum];
    for key in keys() {
        if let Some(bucket) = mine(key) {
            moved[next[bucket]].copy_from_slice(&key[..COMPARED]);
            next[bucket] += 1;
        }
    }
    let mut table = Table::default();
    starts.windows(2).map(|bounds| table.count(&moved[bounds[0]..bounds[1]])).sum()
}

/// A table of the keys of one bucket; open addressing, at most half full.
#[derive(Debug)]
struct Table<const WIDTH: usize> {
    slots: Vec<[u64; WIDTH]>,
}

impl<const WIDTH: usize> Default for Table<WIDTH> {
    fn default() -> Self {
        Self { slots: Vec::new() }
    }
}

impl<const WIDTH: usize> Table<WIDTH> {
    /// How many of the keys are different. A key of zeros, which is what an empty slot holds, is counted aside.
    fn count(&mut self, keys: &[[u64; WIDTH]]) -> u64 {
        const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
        let size = (2 * keys.len()).next_power_of_two();
        let empty = [0; WIDTH];
        self.slots.clear();
        self.slots.resize(size, empty);
        let (mut different, mut has_empty) = (0, false);
        for key in keys {
            if *key == empty {
                has_empty = true;
                continue;
            }
            // Keys of a bucket agree in bits of their mixture, so they are placed by the low ones.
            let mut slot = mix(key[0] ^ MULTIPLIER) as usize & (size - 1);
            while self.slots[slot] != empty && self.slots[slot] != *key {
                slot = (slot + 1) & (size - 1);
            }
            if self.slots[slot] == empty {
                self.slots[slot] = *key;
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_in_order_are_counted_without_a_table() {
        assert_eq!(count_ascending::<1>(&[&[5, 6, 9], &[1, 2]]), Some(5));
        assert_eq!(count_ascending::<1>(&[&[1, 2, 5], &[3, 4]]), None);
        assert_eq!(count_ascending::<1>(&[&[1, 2], &[2, 3]]), None);
        assert_eq!(count_ascending::<1>(&[&[1, 1]]), None);
        assert_eq!(count_ascending::<2>(&[&[1, 0, 1, 1], &[]]), Some(2));
    }

    #[test]
    fn keys_that_share_a_first_word_are_different() {
        let words: Vec<u64> = (0..50_000_u64).flat_map(|number| [number % 100, number / 2]).collect();
        assert_eq!(count_different::<2>(&[&words]), 50_000);
        // A key of zeros is one like all others.
        assert_eq!(count_different::<2>(&[&[0, 0, 1, 0, 0, 0]]), 2);
    }

    #[test]
    fn many_keys_over_many_buckets_are_counted() {
        let words: Vec<u64> = (0..300_000_u64).map(|number| number % 200_001).collect();
        let (left, right) = words.split_at(70_001);
        assert_eq!(count_different::<1>(&[left, right]), 200_001);
        assert_eq!(count_different::<1>(&[]), 0);
    }

    #[test]
    fn a_column_of_few_values_stays_small() {
        let mut keys = Keys::<1>::default();
        for number in 0..(FIRST_COMPACTION as u64 * 3) {
            keys.push([number % 10]);
            keys.compact_sometimes();
        }
        let words = keys.take();
        assert!(words.len() < FIRST_COMPACTION + 10);
        assert_eq!(count_different::<1>(&[&words]), 10);
    }

    proptest! {
        #[test]
        fn it_counts_what_a_set_counts(keys in prop::collection::vec((0..50_u64, 0..3_u64), 0..400), at in 0..400_usize) {
            let words: Vec<u64> = keys.iter().flat_map(|(left, right)| [*left, *right]).collect();
            let (left, right) = words.split_at(at.min(keys.len()) * 2);
            let expected = keys.iter().collect::<HashSet<_>>().len() as u64;
            prop_assert_eq!(count_different::<2>(&[left, right]), expected);
        }
    }
}

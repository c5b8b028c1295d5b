//! Many fixed-size keys, and how many of them are different.
//!
//! Keys are collected as they come and only counted at the end, in parallel, bucket by bucket: a table of all keys that
//! is probed for each row would wait for memory most of the time.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::num::NonZero;
use std::thread;

/// Keys are first sorted and rid of repetitions when there are so many of them: a column of few values stays small.
const FIRST_COMPACTION: usize = 1 << 20;
/// Buckets small enough that the table of one stays in a core's cache.
const BUCKET: usize = 1 << 15;

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
        let factor = if self.words.len() * 8 > before * 7 { 8 } else { 2 };
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
    let total: usize = chunks.iter().map(|chunk| chunk.len() / WIDTH).sum();
    let buckets = total.div_ceil(BUCKET).next_power_of_two();
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(buckets);
    if workers == 1 {
        return count_share::<WIDTH>(chunks, buckets, 0, 1);
    }
    thread::scope(|scope| {
        let started: Vec<_> = (0..workers)
            .map(|worker| scope.spawn(move || count_share::<WIDTH>(chunks, buckets, worker, workers)))
            .collect();
        started.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).sum()
    })
}

/// The different keys of every `workers`-th bucket, starting at `worker`.
fn count_share<const WIDTH: usize>(chunks: &[&[u64]], buckets: usize, worker: usize, workers: usize) -> u64 {
    let keys = || chunks.iter().flat_map(|chunk| chunk.as_chunks::<WIDTH>().0);
    let mine = |key: &[u64; WIDTH]| {
        let bucket = bucket(key, buckets);
        (bucket % workers == worker).then_some(bucket / workers)
    };
    // Sizes first, so that the keys are moved once and no list grows.
    let mut sizes = vec![0_usize; buckets.div_ceil(workers)];
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
    let mut moved = vec![[0_u64; WIDTH]; sum];
    for key in keys() {
        if let Some(bucket) = mine(key) {
            moved[next[bucket]] = *key;
            next[bucket] += 1;
        }
    }
    let mut seen: HashSet<[u64; WIDTH], BuildHasherDefault<Mix>> = HashSet::default();
    let mut different = 0;
    for bounds in starts.windows(2) {
        seen.clear();
        seen.extend(&moved[bounds[0]..bounds[1]]);
        different += seen.len() as u64;
    }
    different
}

/// The bucket of a key, by bits that the table inside of a bucket does not use.
fn bucket<const WIDTH: usize>(key: &[u64; WIDTH], buckets: usize) -> usize {
    (mix(key[0]) >> 20) as usize & (buckets - 1)
}

/// Spreads neighbouring numbers over all bits (the finaliser of SplitMix64, Steele et al. 2014).
fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// A hasher for keys of words; their first word is enough to place them.
#[derive(Debug, Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for word in bytes.as_chunks::<8>().0 {
            self.write_u64(u64::from_le_bytes(*word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = mix(self.0 ^ word);
    }

    // The length of an array is the same for all keys.
    fn write_usize(&mut self, _: usize) {}
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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

//! WordKeys that workers hold, their transfer, and the number of distinct rows in all of them together.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BinaryViewArray, BinaryViewBuilder, ByteView};
use datafusion::arrow::buffer::ScalarBuffer;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::error::ArrowError;

use super::runs::{self, apart};
use super::words::{Parts, WordKeys, by_part, count_different, mix};

/// WordKeys that one worker holds.
#[derive(Debug)]
pub(super) struct Held {
    /// The number of rows that have a key.
    pub(super) seen: u64,
    /// True if the keys are halves of digests.
    pub(super) is_halved: bool,
    /// Runs of whole numbers, which have no key.
    pub(super) runs: Vec<[u64; 2]>,
    /// The blocks of keys.
    pub(super) blocks: Vec<ScalarBuffer<u64>>,
}

/// The type of the transfer array, which shares the memory of the blocks.
pub(super) const TYPE: DataType = DataType::BinaryView;

impl Held {
    /// Returns an array of a header and the blocks; [`Self::read`] reverses it.
    pub(super) fn into_array(self) -> Result<BinaryViewArray, ArrowError> {
        let mut head = vec![self.seen, u64::from(self.is_halved)];
        head.extend(self.runs.as_flattened());
        let mut array = BinaryViewBuilder::with_capacity(1 + self.blocks.len());
        for words in std::iter::once(head.into()).chain(self.blocks) {
            let words = words.into_inner();
            let length = u32::try_from(words.len()).map_err(|_| ArrowError::OffsetOverflowError(words.len()))?;
            let block = array.append_block(words);
            array.try_append_view(block, 0, length)?;
        }
        Ok(array.finish())
    }

    /// Reads the array; `None` if it has another form.
    pub(super) fn read(array: &ArrayRef) -> Option<Self> {
        let array = array.as_binary_view_opt()?;
        let mut all = (0..array.len()).map(|index| words(array, index));
        let head = all.next()??;
        let ([seen, is_halved], runs) = head.split_first_chunk::<2>()?;
        let (runs, odd) = runs.as_chunks::<2>();
        let blocks = all.collect::<Option<_>>()?;
        odd.is_empty().then(|| Self { seen: *seen, is_halved: *is_halved != 0, runs: runs.to_vec(), blocks })
    }

    pub(super) fn bytes(&self) -> usize {
        let blocks: usize = self.blocks.iter().map(|block| size_of_val(&block[..])).sum();
        blocks + size_of_val(&self.runs[..])
    }
}

/// Returns the words of one value. They share its memory unless it is short, and so lies within its view, or is not
/// aligned.
fn words(array: &BinaryViewArray, index: usize) -> Option<ScalarBuffer<u64>> {
    let bytes = array.value(index);
    let (words, odd) = bytes.as_chunks::<8>();
    if !odd.is_empty() {
        return None;
    }
    let is_inline = bytes.len() <= 12;
    if is_inline || bytes.as_ptr().align_offset(align_of::<u64>()) != 0 {
        return Some(words.iter().map(|word| u64::from_ne_bytes(*word)).collect());
    }
    let view = ByteView::from(array.views()[index]);
    let buffer = array.data_buffers().get(view.buffer_index as usize)?;
    Some(buffer.slice_with_length(view.offset as usize, bytes.len()).into())
}

/// Returns the number of distinct numbers, which is always known; the outer `None` means that the keys have another
/// form.
pub(super) fn numbers(held: &[Held]) -> Option<Option<u64>> {
    let runs: Vec<[u64; 2]> = held.iter().flat_map(|held| &held.runs).copied().collect();
    if held.iter().all(|held| held.blocks.is_empty())
        && let Some(apart) = apart(&runs)
    {
        return Some(Some(apart));
    }
    let expanded = single(runs::numbers(&runs).map(mix));
    let blocks = held.iter().flat_map(|held| &held.blocks).map(|block| &block[..]);
    let parts = by_part::<1>(blocks.chain(expanded.iter().map(Vec::as_slice)))?;
    Some(Some(count_different(&parts)))
}

/// Returns the number of distinct digests, if the keys determine it; the outer `None` means that the keys have another
/// form.
pub(super) fn digests(held: &[Held]) -> Option<Option<u64>> {
    let blocks = |is_halved: bool| {
        let workers = held.iter().filter(move |held| held.is_halved == is_halved);
        workers.flat_map(|held| &held.blocks).map(|block| &block[..])
    };
    let whole: Parts<'_, 2> = by_part(blocks(false))?;
    if held.iter().all(|held| !held.is_halved) {
        return Some(Some(count_different(&whole)));
    }
    let halved = single(whole.into_iter().flatten().flatten().map(|[_, half]| *half));
    let parts = by_part::<1>(blocks(true).chain(halved.iter().map(Vec::as_slice)))?;
    let different = count_different(&parts);
    // Distinct halves belong to distinct digests; equal halves may, too.
    let seen: u64 = held.iter().map(|held| held.seen).sum();
    Some((different == seen).then_some(different))
}

/// Collects words into blocks of keys of one word.
fn single(all: impl Iterator<Item = u64>) -> Vec<Vec<u64>> {
    let mut keys = WordKeys::<1>::default();
    all.for_each(|word| keys.push([word]));
    keys.take().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::sync::Arc;

    use datafusion::arrow::array::UInt32Array;
    use datafusion::arrow::compute::take;

    use super::*;

    fn held() -> Held {
        // A block of one key is so short that it lies within its view.
        let blocks = vec![vec![1, 2, 3], vec![4]].into_iter().map(ScalarBuffer::from).collect();
        Held { seen: 9, is_halved: true, runs: vec![[5, 2], [9, 3]], blocks }
    }

    #[test]
    fn what_is_handed_over_arrives_where_it_lay() {
        let sent = held();
        let address = sent.blocks[0].as_ptr();
        let array: ArrayRef = Arc::new(sent.into_array().unwrap());
        let found = Held::read(&array).unwrap();
        assert_eq!(found.blocks[0].as_ptr(), address);
        assert_eq!((found.seen, found.is_halved, &found.runs, &found.blocks), (9, true, &held().runs, &held().blocks));
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        let array: ArrayRef = Arc::new(held().into_array().unwrap());
        assert!(Held::read(&array.slice(0, 0)).is_none());
        let odd: ArrayRef = Arc::new(BinaryViewArray::from_iter_values([b"123456789".as_slice()]));
        assert!(Held::read(&odd).is_none());
        let other: ArrayRef = Arc::new(UInt32Array::from(vec![1, 2]));
        assert!(Held::read(&other).is_none());
        let reversed = take(&array, &UInt32Array::from(vec![2, 1, 0]), None).unwrap();
        assert!(Held::read(&reversed).is_none());
    }
}

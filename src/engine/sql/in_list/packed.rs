//! The packing of the bytes of texts.

use datafusion::arrow::buffer::{BooleanBuffer, Buffer};

/// Packs results into bits; they are computed as bytes first, which the compiler vectorises.
pub(super) fn packed<T: Copy>(values: &[T], answer: impl Fn(T) -> bool) -> BooleanBuffer {
    let mut words = Vec::with_capacity(values.len().div_ceil(64));
    for block in values.chunks(64) {
        let mut answers = [0_u8; 64];
        for (answered, value) in answers.iter_mut().zip(block) {
            *answered = u8::from(answer(*value));
        }
        let mut word = 0;
        for (index, eight) in answers.as_chunks::<8>().0.iter().enumerate() {
            // Moves the lowest bit of each byte into the highest byte.
            let bits = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
            word |= bits << (8 * index);
        }
        words.push(word.to_le());
    }
    BooleanBuffer::new(Buffer::from_vec(words), 0, values.len())
}

//! Whole numbers of 128 and 256 bits.

use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DECIMAL128_MAX_PRECISION, DECIMAL256_MAX_PRECISION, DataType, Decimal128Type, Decimal256Type,
    i256,
};

/// Whole numbers with a fixed number of bits.
pub(crate) trait Whole: Copy + Ord + Default + std::fmt::Debug + Send + Sync + 'static {
    type Arrow: ArrowPrimitiveType<Native = Self>;
    const READS: DataType;
    /// The names of the aggregates of the extremes and of all numbers.
    const NAMES: [&'static str; 2];
    const BYTES: usize;

    fn wide(self) -> i256;
    fn put(self, bytes: &mut Vec<u8>);
    fn get(bytes: &[u8]) -> Option<Self>;
}

impl Whole for i128 {
    type Arrow = Decimal128Type;
    const READS: DataType = DataType::Decimal128(DECIMAL128_MAX_PRECISION, 0);
    const NAMES: [&'static str; 2] = ["exact_numbers", "whole_numbers"];
    const BYTES: usize = 16;

    fn wide(self) -> i256 {
        i256::from_i128(self)
    }

    fn put(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }

    fn get(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_le_bytes)
    }
}

impl Whole for i256 {
    type Arrow = Decimal256Type;
    const READS: DataType = DataType::Decimal256(DECIMAL256_MAX_PRECISION, 0);
    const NAMES: [&'static str; 2] = ["exact_wide_numbers", "whole_wide_numbers"];
    const BYTES: usize = 32;

    fn wide(self) -> i256 {
        self
    }

    fn put(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }

    fn get(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_le_bytes)
    }
}

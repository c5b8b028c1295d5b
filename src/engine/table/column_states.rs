//! Aggregates over a column: moments of its numbers, and frequencies of its values.

use std::collections::HashMap;

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{DataFusionError, Result};

use super::fold::Fold;
use crate::stats::{Frequencies, Moments};

/// The most distinct values of a list of categories; counting more would only fill the memory.
const MOST_VALUES: usize = 100_000;

/// Moments of the finite numbers; another check covers numbers that are not finite.
#[derive(Debug, Default)]
pub(crate) struct MomentsFold(Moments);

impl Fold for MomentsFold {
    const NAME: &'static str = "moments";
    const READS: DataType = DataType::Float64;

    fn update(&mut self, column: &ArrayRef) -> Result<()> {
        for number in column.as_primitive::<Float64Type>().iter().flatten().filter(|number| number.is_finite()) {
            self.0.add(number);
        }
        Ok(())
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.0.to_numbers().iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    fn merge(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.merge(&moments(bytes)?);
        Ok(())
    }

    fn size(&self) -> usize {
        // The expansions of the sums have a few dozen floats at most.
        1024
    }
}

/// Decodes the moments from the aggregate's result.
pub(crate) fn moments(bytes: &[u8]) -> Result<Moments> {
    let (numbers, _) = bytes.as_chunks::<8>();
    let numbers: Vec<f64> = numbers.iter().map(|number| f64::from_le_bytes(*number)).collect();
    Moments::from_numbers(&numbers).ok_or_else(|| DataFusionError::Internal("moments of a wrong form".to_owned()))
}

/// The number of rows for which a condition is true, not false or null.
#[derive(Debug, Default)]
pub(crate) struct TrueFold(u64);

impl Fold for TrueFold {
    const NAME: &'static str = "rows_where";
    const READS: DataType = DataType::Boolean;

    fn update(&mut self, column: &ArrayRef) -> Result<()> {
        self.0 += column.as_boolean().true_count() as u64;
        Ok(())
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.0.to_le_bytes().to_vec()
    }

    fn merge(&mut self, bytes: &[u8]) -> Result<()> {
        self.0 += rows(bytes)?;
        Ok(())
    }

    fn size(&self) -> usize {
        0
    }
}

/// Decodes the number of rows from the aggregate's result.
pub(crate) fn rows(bytes: &[u8]) -> Result<u64> {
    let number = bytes.try_into().map(u64::from_le_bytes);
    number.map_err(|_| DataFusionError::Internal("a number of rows of a wrong form".to_owned()))
}

/// Frequencies of the values, as text.
#[derive(Debug, Default)]
pub(crate) struct FrequenciesFold(HashMap<String, u64>);

impl FrequenciesFold {
    fn count(&mut self, value: &str, times: u64) -> Result<()> {
        if let Some(count) = self.0.get_mut(value) {
            *count += times;
            return Ok(());
        }
        if self.0.len() == MOST_VALUES {
            return Err(DataFusionError::Execution(format!(
                "the column has too many distinct values for a list of categories; limit: {MOST_VALUES}"
            )));
        }
        self.0.insert(value.to_owned(), times);
        Ok(())
    }
}

impl Fold for FrequenciesFold {
    const NAME: &'static str = "frequencies";
    const READS: DataType = DataType::Utf8View;

    fn update(&mut self, column: &ArrayRef) -> Result<()> {
        column.as_string_view().iter().flatten().try_for_each(|value| self.count(value, 1))
    }

    /// Encodes the count, the length of the text and the text of each value.
    fn to_bytes(&self) -> Vec<u8> {
        let mut entries: Vec<(&String, &u64)> = self.0.iter().collect();
        // The order of a hash map differs in every run.
        entries.sort_unstable();
        let mut bytes = Vec::new();
        for (value, count) in entries {
            bytes.extend(count.to_le_bytes());
            bytes.extend((value.len() as u64).to_le_bytes());
            bytes.extend(value.as_bytes());
        }
        bytes
    }

    fn merge(&mut self, bytes: &[u8]) -> Result<()> {
        decode(bytes, |value, count| self.count(value, count))
    }

    fn size(&self) -> usize {
        let one = size_of::<(String, u64)>() + 16;
        self.0.capacity() * one
    }
}

/// Decodes the frequencies from the aggregate's result.
pub(crate) fn frequencies(bytes: &[u8]) -> Result<Frequencies> {
    let mut frequencies = Frequencies::default();
    decode(bytes, |value, count| {
        frequencies.counts.insert(value.to_owned(), count);
        Ok(())
    })?;
    Ok(frequencies)
}

fn decode(mut bytes: &[u8], mut each: impl FnMut(&str, u64) -> Result<()>) -> Result<()> {
    let broken = || DataFusionError::Internal("frequencies of a wrong form".to_owned());
    while let Some((head, rest)) = bytes.split_at_checked(16) {
        let (count, length) = head.split_at(8);
        let number = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes).map_err(|_| broken());
        let length = usize::try_from(number(length)?).map_err(|_| broken())?;
        let (value, rest) = rest.split_at_checked(length).ok_or_else(broken)?;
        each(std::str::from_utf8(value).map_err(|_| broken())?, number(count)?)?;
        bytes = rest;
    }
    if bytes.is_empty() { Ok(()) } else { Err(broken()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::sync::Arc;

    use datafusion::arrow::array::{Float64Array, StringViewArray};

    use super::*;

    #[test]
    fn frequencies_survive_the_journey_and_merge() {
        let mut left = FrequenciesFold::default();
        let column: ArrayRef = Arc::new(StringViewArray::from(vec![Some("a"), None, Some(""), Some("a")]));
        left.update(&column).unwrap();
        let mut right = FrequenciesFold::default();
        right.merge(&left.to_bytes()).unwrap();
        right.merge(&left.to_bytes()).unwrap();
        let counts = frequencies(&right.to_bytes()).unwrap().counts;
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), [(String::new(), 2), ("a".to_owned(), 4)]);
    }

    #[test]
    fn moments_leave_out_what_is_not_finite() {
        let mut fold = MomentsFold::default();
        let column: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), None, Some(f64::NAN), Some(3.0)]));
        fold.update(&column).unwrap();
        let moments = moments(&fold.to_bytes()).unwrap();
        assert_eq!((moments.n(), moments.mean()), (2, Ok(2.0)));
    }

    #[test]
    fn a_broken_state_is_an_error() {
        assert!(moments(&[1, 2, 3]).is_err());
        assert!(frequencies(&[9; 20]).is_err());
    }
}

//! Width of a column's floats. A number of the config is compared with a column as the nearest number that the column
//! can hold.

use datafusion::arrow::datatypes::{ArrowPrimitiveType, DataType, Float16Type};

type Half = <Float16Type as ArrowPrimitiveType>::Native;

/// Width of the floats in a column; whole numbers and decimals count as [`Width::Double`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    Half,
    Single,
    Double,
}

impl Width {
    /// Returns the width of a column of this type, or of the numbers in its lists.
    pub(crate) fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Float16 => Self::Half,
            DataType::Float32 => Self::Single,
            DataType::Dictionary(_, values) => Self::of(values),
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::FixedSizeList(item, _)
            | DataType::ListView(item)
            | DataType::LargeListView(item) => Self::of(item.data_type()),
            _ => Self::Double,
        }
    }

    /// Returns the nearest number of this width: a float32 0.7 is at least 0.7, as in NumPy, pandas and Polars.
    pub(crate) fn nearest(self, number: f64) -> f64 {
        match self {
            Self::Half => Half::from_f64(number).to_f64(),
            #[expect(clippy::cast_possible_truncation, reason = "rounds to the nearest")]
            Self::Single => f64::from(number as f32),
            Self::Double => number,
        }
    }

    /// Returns the shortest number that is written like this one: 0.7, not 0.699999988079071.
    pub(crate) fn shortest(self, number: f64) -> f64 {
        match self {
            #[expect(clippy::cast_possible_truncation, reason = "it is a float of 32 bits")]
            Self::Single => (number as f32).to_string().parse().unwrap_or(number),
            Self::Half | Self::Double => number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_beside_a_column_is_one_of_the_column() {
        assert_eq!(Width::Single.nearest(0.7), f64::from(0.7_f32));
        assert_ne!(Width::Single.nearest(0.7), 0.7);
        assert_eq!(Width::Half.nearest(0.7), 0.700_195_312_5);
        assert_eq!(Width::Double.nearest(0.7), 0.7);
        assert_eq!(Width::Single.shortest(f64::from(0.7_f32)), 0.7);
    }
}

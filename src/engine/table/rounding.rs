//! Bins for columns whose two sides have floats of different widths.
//!
//! A 32-bit 0.7 differs from a 64-bit 0.7. A column in another width has not drifted, so both sides, and the edges of
//! the bins, are rounded to the narrower width.

use datafusion::arrow::datatypes::{ArrowPrimitiveType, Float16Type};

use crate::stats::drift::{Grid, NumericCells};

type Half = <Float16Type as ArrowPrimitiveType>::Native;

/// Width of floats narrower than 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Narrow {
    Half,
    Single,
}

impl Narrow {
    /// Returns the width in which both sides of a column are comparable, by the names of its types; `None` if both have
    /// the same one, or one of 64 bits.
    pub(crate) fn common(now: Option<&str>, before: Option<&str>) -> Option<Self> {
        let of = |name: Option<&str>| match name {
            Some("float16") => Some(Self::Half),
            Some("float32") => Some(Self::Single),
            _ => None,
        };
        match (of(now), of(before)) {
            (now, before) if now == before => None,
            (Some(Self::Half), _) | (_, Some(Self::Half)) => Some(Self::Half),
            _ => Some(Self::Single),
        }
    }

    fn round(self, number: f64) -> f64 {
        #[expect(clippy::cast_possible_truncation, reason = "it is what is asked for")]
        match self {
            Self::Half => Half::from_f64(number).to_f64(),
            Self::Single => f64::from(number as f32),
        }
    }

    fn below(self, number: f64) -> f64 {
        #[expect(clippy::cast_possible_truncation, reason = "it has been rounded")]
        match self {
            Self::Half => {
                let bits = Half::from_f64(number).to_bits();
                // Numbers below zero increase with their bits.
                Half::from_bits(match (bits >> 15, bits & 0x7fff) {
                    (_, 0) => 0x8001,
                    (0, _) => bits - 1,
                    _ => bits + 1,
                })
                .to_f64()
            }
            Self::Single => f64::from((number as f32).next_down()),
        }
    }
}

/// Bins of a baseline for numbers of a width.
#[derive(Debug)]
pub(crate) struct Rounding {
    grid: Grid,
    width: Option<Narrow>,
}

impl Rounding {
    pub(crate) fn new(grid: &Grid, width: Option<Narrow>) -> Self {
        let grid = match width {
            Some(width) => grid.rounded(|edge| width.round(edge), |edge| width.below(edge)),
            None => grid.clone(),
        };
        Self { grid, width }
    }

    pub(crate) fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Counts a finite number.
    pub(crate) fn add(&self, cells: &mut NumericCells, number: f64) {
        let rounded = self.width.map_or(number, |width| width.round(number));
        // A number outside the range of the narrower width is beyond all bins.
        cells.add_as(&self.grid, rounded, number);
    }
}

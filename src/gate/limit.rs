//! A fixed limit.

/// A fixed limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// The number must be at least this.
    AtLeast(f64),
    /// The number must be at most this.
    AtMost(f64),
}

impl Limit {
    /// Returns the limit's number.
    pub fn number(self) -> f64 {
        let (Self::AtLeast(number) | Self::AtMost(number)) = self;
        number
    }
}

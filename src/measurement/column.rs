//! What is known of a column before its values are.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, as in the file.
    pub name: String,
    /// Its type.
    pub data_type: ColumnType,
    /// Whether its file declares that it may hold nulls; none where the format declares nothing of the kind.
    pub nullable: Option<bool>,
}

/// The type of a column: its Arrow name in lower case, and the family that a config may name instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnType {
    /// For example `int64`, `float64`, `string`, `timestamp`.
    pub name: String,
    /// The family.
    pub family: TypeFamily,
}

impl ColumnType {
    /// The name of the type of a column of JSON lines whose values no type holds together. It can be named, and not be read.
    pub const MIXED: &'static str = "mixed";
}

/// Types that behave alike in a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TypeFamily {
    /// `true` and `false`.
    Bool,
    /// Whole numbers of any width.
    Int,
    /// Floating point of any width.
    Float,
    /// Exact decimals.
    Decimal,
    /// Text.
    String,
    /// Days.
    Date,
    /// Instants.
    Timestamp,
    /// Everything else: lists, structs, binary, durations.
    Other,
}

impl TypeFamily {
    /// Whether values of the family are numbers.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Float | Self::Decimal)
    }

    /// Whether values of both families are of one kind, so that they can be compared: numbers of any form, days and instants, or
    /// the same family.
    pub fn is_like(self, other: Self) -> bool {
        let is_time = |family| matches!(family, Self::Date | Self::Timestamp);
        self == other || (self.is_number() && other.is_number()) || (is_time(self) && is_time(other))
    }
}

impl ColumnType {
    /// Whether it is the type of a column without values, of which nothing tells what it holds.
    pub fn is_null(&self) -> bool {
        self.name == "null"
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

//! The schema of a column: name, type and nullability, known before the column's values are read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The column's name, as in the file.
    pub name: String,
    /// The column's type.
    pub data_type: ColumnType,
    /// The file's declaration of nullability: true if the column may contain nulls; `None` if the format declares
    /// nothing.
    pub nullable: Option<bool>,
}

/// The type of a column: its Arrow name in lower case, and the family that a config may name instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnType {
    /// The Arrow name, for example `int64`, `float64`, `string`, `timestamp`.
    pub name: String,
    /// The type's family.
    pub family: TypeFamily,
}

/// Returns true for the name under which pandas writes an index without a name: `__index_level_0__`.
pub fn is_pandas_index(name: &str) -> bool {
    let level = name.strip_prefix("__index_level_").and_then(|rest| rest.strip_suffix("__"));
    level.is_some_and(|level| !level.is_empty() && level.bytes().all(|byte| byte.is_ascii_digit()))
}

impl ColumnType {
    /// The type name of a JSON lines column whose values fit no common type. Such a column can be named, but not read.
    pub const MIXED: &'static str = "mixed";
}

/// A family of types that behave alike in a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TypeFamily {
    /// `true` and `false`.
    Bool,
    /// Integers of any width.
    Int,
    /// Floating-point numbers of any width.
    Float,
    /// Exact decimals.
    Decimal,
    /// Text.
    String,
    /// Dates.
    Date,
    /// Instants.
    Timestamp,
    /// All other types: lists, structs, binary, durations.
    Other,
}

impl TypeFamily {
    /// Returns true for families of numbers.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Float | Self::Decimal)
    }

    /// Returns true if values of both families can be compared: both are numbers, both are dates or instants, or both
    /// are of the same family.
    pub fn is_like(self, other: Self) -> bool {
        let is_time = |family| matches!(family, Self::Date | Self::Timestamp);
        self == other || (self.is_number() && other.is_number()) || (is_time(self) && is_time(other))
    }
}

impl ColumnType {
    /// Returns true for the type of a column without values, whose real type is unknown.
    pub fn is_null(&self) -> bool {
        self.name == "null"
    }

    /// Returns true for a list of any layout.
    pub fn is_list(&self) -> bool {
        self.name.starts_with("list<")
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

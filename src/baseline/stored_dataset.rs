//! The stored form of a dataset and its columns.

use serde::{Deserialize, Serialize};

use super::stored_answer::Answered;
use super::stored_distribution::StoredDistribution;
use crate::measurement::TypeFamily;

/// A dataset.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredDataset {
    /// The path, as the config gave it.
    pub path: String,
    /// The number of rows.
    pub rows: u64,
    /// The columns, in the order of the file.
    pub columns: Vec<StoredColumn>,
    /// Further measurements of the config's lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answered>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredColumn {
    /// The column's name.
    pub name: String,
    /// The column's type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The family of the type.
    pub family: TypeFamily,
    /// The file's declaration of nullability: true if the column may contain nulls; `None` if the format declares
    /// nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nullable: Option<bool>,
    /// The number of rows without a value.
    pub nulls: u64,
    /// The column's distribution.
    pub holds: StoredDistribution,
}

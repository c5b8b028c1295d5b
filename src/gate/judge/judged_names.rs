//! Judged names and columns.

use crate::measurement::Column;

/// Columns whose names break a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The columns that break the rule.
    pub broken: Vec<String>,
    /// The number of columns of the table.
    pub columns: u64,
}

/// The differences between the columns of two tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnChanges {
    /// The candidate's columns that the baseline does not contain.
    pub added: Vec<Column>,
    /// The baseline's columns that the candidate does not contain.
    pub removed: Vec<Column>,
    /// Columns of both sides with different types: the baseline's and the candidate's.
    pub retyped: Vec<(Column, Column)>,
    /// Columns of both sides, required in the baseline and nullable in the candidate.
    pub relaxed: Vec<Column>,
    /// Columns of both sides whose nullability only one side declares.
    pub half_declared: Vec<Column>,
    /// The number of the candidate's columns.
    pub columns: u64,
    /// The number of counted changes.
    pub counted: u64,
}

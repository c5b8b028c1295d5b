//! The measures of a dataset: scans, joins, distributions and queries.

pub(crate) mod aggregates;
pub(crate) mod association;
pub(crate) mod bins;
pub(crate) mod broken_values;
pub(crate) mod categories;
pub(crate) mod cells;
pub(crate) mod column_states;
pub(crate) mod distinct;
pub(crate) mod evaluation;
pub(crate) mod exact;
pub(crate) mod first_rows;
pub(crate) mod fold;
pub(crate) mod joins;
pub(crate) mod profile;
pub(crate) mod quantile;
pub(crate) mod query;
pub(crate) mod relation;
pub(crate) mod rounding;
pub(crate) mod scan;
pub(crate) mod tallies;
pub(crate) mod time_order;
pub(crate) mod whole;

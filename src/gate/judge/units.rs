//! The units that an interval rests on: rows, queries, or clusters of either.

use std::collections::BTreeMap;
use std::fmt;

use super::super::measurement::Measurement;
use super::super::predictions::PredictionSpec;
use crate::plural::counted;
use crate::stats::{Metric, StateKind};

/// Units that are independent of each other, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Units {
    /// Their number.
    pub count: u64,
    /// Their kind.
    pub of: UnitKind,
}

/// A kind of units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitKind {
    /// Rows.
    Rows,
    /// Queries of a ranking.
    Queries,
    /// Clusters of rows, with the column that names them where it is known.
    Clusters(Option<String>),
}

impl Units {
    /// Those of a metric of so many clusters, or else of `n` rows or queries.
    pub(super) fn of(metric: Metric, clusters: Option<u64>, n: u64, column: Option<&str>) -> Self {
        match (clusters, metric.state_kind()) {
            (Some(count), _) => Self { count, of: UnitKind::Clusters(column.map(str::to_owned)) },
            (None, StateKind::Queries(_)) => Self { count: n, of: UnitKind::Queries },
            (None, _) => Self::rows(n),
        }
    }

    pub(super) fn rows(count: u64) -> Self {
        Self { count, of: UnitKind::Rows }
    }

    /// The name of one of them.
    pub fn noun(&self) -> &'static str {
        match self.of {
            UnitKind::Rows => "row",
            UnitKind::Queries => "query",
            UnitKind::Clusters(_) => "cluster",
        }
    }

    /// True of clusters, about which more of their rows say little new.
    pub fn are_clusters(&self) -> bool {
        matches!(self.of, UnitKind::Clusters(_))
    }
}

impl fmt::Display for Units {
    /// "249 rows", "24 clusters (`item`)".
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&counted(self.count, self.noun()))?;
        match &self.of {
            UnitKind::Clusters(Some(column)) => write!(out, " (`{column}`)"),
            _ => Ok(()),
        }
    }
}

/// The column of clusters of the model that a measurement is of.
pub(super) fn cluster_column<'a>(specs: &'a BTreeMap<String, PredictionSpec>, of: &Measurement) -> Option<&'a str> {
    match of {
        Measurement::Predictions(model, _) => specs.get(model)?.cluster.as_deref(),
        _ => None,
    }
}

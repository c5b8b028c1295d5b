//! The independent units from which an interval is computed: rows, queries, or clusters of either.

use std::collections::BTreeMap;
use std::fmt;

use crate::measurement::Measurement;
use crate::measurement::prediction_spec::PredictionSpec;
use crate::plural::counted;
use crate::stats::{Metric, StateKind};

/// Independent units: their number and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Units {
    /// The number of units.
    pub count: u64,
    /// The kind of units.
    pub of: UnitKind,
}

/// The kind of units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitKind {
    /// Rows.
    Rows,
    /// Queries of a ranking.
    Queries,
    /// Questions, with the column that identifies them.
    Questions(String),
    /// Clusters of rows, with the column that identifies them if it is known.
    Clusters(Option<String>),
}

impl Units {
    /// Returns the units of a metric: its clusters, or else its `n` rows or queries.
    pub(super) fn of(metric: Metric, clusters: Option<u64>, n: u64, columns: UnitColumns<'_>) -> Self {
        match (clusters, metric.state_kind()) {
            (Some(count), _) => Self { count, of: UnitKind::Clusters(columns.cluster.map(str::to_owned)) },
            (None, _) if let Some(question) = columns.question => {
                Self { count: n, of: UnitKind::Questions(question.to_owned()) }
            }
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
            UnitKind::Questions(_) => "question",
            UnitKind::Clusters(_) => "cluster",
        }
    }

    /// Returns true for clusters: more rows of the same clusters add little information.
    pub fn are_clusters(&self) -> bool {
        matches!(self.of, UnitKind::Clusters(_))
    }
}

impl fmt::Display for Units {
    /// "249 rows", "24 clusters (`item`)".
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&counted(self.count, self.noun()))?;
        match &self.of {
            UnitKind::Clusters(Some(column)) | UnitKind::Questions(column) => write!(out, " (`{column}`)"),
            _ => Ok(()),
        }
    }
}

/// The columns that identify the units of a model.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct UnitColumns<'a> {
    /// The column of clusters.
    cluster: Option<&'a str>,
    /// The column of questions, if rows are grouped into these.
    question: Option<&'a str>,
}

/// Returns the columns of a measurement's model.
pub(super) fn unit_columns<'a>(specs: &'a BTreeMap<String, PredictionSpec>, of: &Measurement) -> UnitColumns<'a> {
    let Measurement::Predictions(model, _) = of else { return UnitColumns::default() };
    let Some(spec) = specs.get(model) else { return UnitColumns::default() };
    let question = spec.query.as_deref().filter(|_| spec.is_of_questions());
    UnitColumns { cluster: spec.cluster.as_deref(), question }
}

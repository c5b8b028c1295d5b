//! A state of any kind.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{
    ClassTable, Contingency, Joint, LossMoments, RankStatistics, Rows, Sample, StoredEstimate, Undefined,
};

/// Sufficient statistic of a model's metrics and rates.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Counts of two classes, or of hits, without weights and clusters.
    Contingency(Contingency),
    /// Counts of any number of classes, with weights and clusters.
    Table(ClassTable),
    /// Moments of a row loss.
    Loss(LossMoments),
    /// Rank statistics of the scores.
    Ranks(RankStatistics),
    /// Predicted labels of a multilabel task.
    Labels(Box<Rows>),
    /// Both sides' values with their variances and covariance.
    Joint(Joint),
    /// The columns themselves, for metrics that have to be resampled.
    Sample(Sample),
    /// Metrics by their names, where the rows that they were resampled from are not available.
    Known(BTreeMap<String, StoredEstimate>),
    /// Rows with which the metric is undefined before anything is computed, such as a label of 0 for a percentage.
    Undefined {
        /// The reason.
        why: Undefined,
        /// The number of rows.
        rows: u64,
        /// True if the rows include a baseline.
        is_paired: bool,
    },
}

impl State {
    /// Returns true if the state includes a baseline on the same rows.
    pub fn is_paired(&self) -> bool {
        match self {
            Self::Contingency(counts) => counts.is_paired(),
            Self::Table(table) => table.is_paired(),
            Self::Loss(moments) => moments.is_paired(),
            Self::Ranks(ranks) => ranks.is_paired(),
            Self::Labels(rows) => rows.columns().baseline.is_some(),
            Self::Joint(joint) => joint.is_paired(),
            Self::Sample(sample) => sample.is_paired(),
            Self::Known(_) => false,
            Self::Undefined { is_paired, .. } => *is_paired,
        }
    }

    /// Returns the number of rows; for a ranking, of queries.
    pub fn rows(&self) -> u64 {
        match self {
            Self::Contingency(counts) => counts.rows(),
            Self::Table(table) => table.rows(),
            Self::Loss(moments) => moments.rows(),
            Self::Ranks(ranks) => ranks.rows(),
            Self::Labels(rows) => rows.len() as u64,
            Self::Joint(joint) => joint.rows(),
            Self::Sample(sample) => sample.rows(),
            Self::Known(known) => known.values().map(|known| known.n).max().unwrap_or(0),
            Self::Undefined { rows, .. } => *rows,
        }
    }

    /// Returns the number of clusters; `None` without clusters, or if their number is not known any more.
    pub fn clusters(&self) -> Option<u64> {
        match self {
            Self::Table(table) => table.cluster_count(),
            Self::Joint(joint) => joint.is_clustered().then(|| joint.units()),
            Self::Sample(sample) => sample.is_clustered().then(|| u64::from(sample.units())),
            Self::Labels(rows) => {
                let codes = rows.columns().clusters.as_ref()?;
                Some(codes.iter().collect::<BTreeSet<_>>().len() as u64)
            }
            Self::Contingency(_) | Self::Loss(_) | Self::Ranks(_) | Self::Known(_) | Self::Undefined { .. } => None,
        }
    }
}

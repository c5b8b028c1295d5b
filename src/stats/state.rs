//! What metrics are computed from, and how it is built from rows.

pub(crate) mod build;
pub(crate) mod columns;
pub(crate) mod contingency;
pub(crate) mod frequencies;
pub(crate) mod influence;
pub(crate) mod joint;
pub(crate) mod loss;
pub(crate) mod moments;
pub(crate) mod moves;
pub(crate) mod ranking;
pub(crate) mod ranks;
pub(crate) mod row_loss;
pub(crate) mod rows;
pub(crate) mod sample;
pub(crate) mod stored_estimate;
pub(crate) mod table;

use serde::{Deserialize, Serialize};

use crate::stats::state::build::{Lacking, build};
use std::collections::{BTreeMap, BTreeSet};

use super::{
    Contingency, Joint, Known, Loss, LossMoments, Metric, Needs, RankStatistics, Rows, Sample, Table, Undefined,
};

/// What a state is built of: metrics of one kind share one state, so this is what a plan collects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateKind {
    /// Labels against the predicted classes of both sides.
    Counts,
    /// Rows that are hit or missed.
    Hits(Hit),
    /// The mean of a loss over the rows.
    Loss(Loss),
    /// The mean of a value over the queries.
    Queries(QueryValue),
    /// The ranks of a binary classifier's scores.
    Ranks,
    /// What this metric alone needs.
    Own(Metric),
}

/// What makes a row a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hit {
    /// Its class is among the k with the highest scores.
    TopK(usize),
    /// Its label lies within the forecast interval.
    Interval,
}

/// What a query is worth, from 0 to 1. Where scores tie, it is the mean over all orders of the tied rows (McSherry and Najork
/// 2008). `usize::MAX` stands for all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "see `Metric::definition`")]
pub enum QueryValue {
    Ndcg(usize),
    AveragePrecision,
    ReciprocalRank,
    Precision(usize),
    Recall(usize),
    Hit(usize),
}

/// What a model's metrics and rates are computed from.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Counts of two classes, or of hits, of rows that count alike.
    Contingency(Contingency),
    /// Counts of any number of classes; weights; clusters.
    Table(Table),
    /// Moments of a row loss.
    Loss(LossMoments),
    /// Rank statistics of the scores.
    Ranks(RankStatistics),
    /// Predicted labels of rows that may have several.
    Labels(Box<Rows>),
    /// Both sides' values and how they spread together.
    Joint(Joint),
    /// The columns themselves, for what has to be resampled.
    Sample(Sample),
    /// The metrics by their names, where the rows they are resampled from are no longer there.
    Known(BTreeMap<String, Known>),
    /// Rows that leave the metric undefined before anything could be computed, such as a label of 0 under a percentage.
    Undefined {
        /// The reason.
        why: Undefined,
        /// The rows.
        rows: u64,
        /// True where a baseline on the same rows is in them.
        is_paired: bool,
    },
}

impl StateKind {
    /// Builds the state from the rows. Neither the order of the rows nor the codes of clusters and queries matter.
    ///
    /// # Errors
    ///
    /// What the rows lack.
    pub fn build(self, rows: &Rows) -> Result<State, Lacking> {
        build(self, rows)
    }

    /// Builds the state of a part of the rows: like [`StateKind::build`], but rows that leave the metric undefined are a state, too,
    /// so that the reason is not lost.
    ///
    /// # Errors
    ///
    /// What the rows lack.
    pub fn build_part(self, rows: &Rows) -> Result<State, Lacking> {
        match build(self, rows) {
            Err(Lacking::Undefined(why)) => {
                Ok(State::Undefined { why, rows: rows.len() as u64, is_paired: rows.columns().baseline.is_some() })
            }
            built => built,
        }
    }

    /// Whether it is built of scores that have to be probabilities.
    pub fn needs_probabilities(self) -> bool {
        match self {
            Self::Loss(loss) => matches!(loss, Loss::Log | Loss::Brier),
            Self::Own(metric) => metric.needs() == Needs::Probabilities,
            Self::Counts | Self::Hits(_) | Self::Queries(_) | Self::Ranks => false,
        }
    }
}

impl State {
    /// Whether a baseline on the same rows is in it.
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

    /// The rows behind it; of a ranking, its queries.
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

    /// The number of clusters behind it; none where rows do not belong together, or where that is no longer known.
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

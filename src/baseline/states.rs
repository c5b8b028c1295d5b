//! The stored form of the states of models: one side's counts, moments and rank sums.
//!
//! A metric that needs resampling of rows is stored as a number with its interval instead: a baseline contains no rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::score_type::ScoreType;
use crate::measurement::protocol::EvaluationProtocol;
use crate::measurement::queries::Queries;
use crate::measurement::{MeasureError, Measured, OtherSide, PredictionMeasure, RowsDigest, Slice};
use crate::stats;
use crate::stats::{Contingency, Metric, StoredEstimate};

/// A model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredModel {
    /// The path of the predictions, as the config gave it.
    pub path: String,
    /// The identity of the rows on which the model was measured.
    pub measured_on: RowsDigest,
    /// The protocol of the evaluation logs whose samples are the rows; since version 3.
    #[serde(default, skip_serializing_if = "EvaluationProtocol::is_empty")]
    pub protocol: EvaluationProtocol,
    /// The type of the scores' floats; since version 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scores: Option<ScoreType>,
    /// The file of the hashed rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<KeptRows>,
    /// The metrics and the groups' rates, for reviewers; comparisons are computed from `answers`.
    pub numbers: Vec<StoredNumber>,
    /// The bins of numeric columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bins: Vec<Bins>,
    /// The states from which the config's lines are computed.
    pub answers: Vec<ModelAnswered>,
}

/// The file of a model's rows: hashed keys and predictions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptRows {
    /// The file's path, relative to the baseline's folder.
    pub file: String,
    /// `sha256:` and the file's digest.
    pub digest: String,
    /// The salt of the keys' hashes.
    pub salt: String,
}

/// A number of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredNumber {
    /// The slice or group of the number; empty for all rows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub of: BTreeMap<String, String>,
    /// The metric or rate.
    pub measure: String,
    /// The value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The interval, at the config's confidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
    /// The denominator, in rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
    /// The reason there is no value, or the reason it is suppressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undefined: Option<String>,
}

/// The bin edges of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bins {
    /// The column.
    pub column: String,
    /// The requested number of bins.
    pub count: u64,
    /// The lower edge of each bin but the first.
    pub edges: Vec<f64>,
}

/// A measure of a model, with its result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelAnswered {
    /// The measure.
    pub of: PredictionMeasure,
    /// The result.
    pub is: ModelAnswer,
}

/// The result of a measure of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ModelAnswer {
    /// The state of all rows.
    All(StoredState),
    /// The state of each slice or group, in their order.
    Parts(Vec<StoredPart>),
    /// The queries of a ranking.
    Queries(Queries),
    /// The reason there is no result.
    Nothing(String),
}

/// A slice, or a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredPart {
    /// The name.
    pub name: String,
    /// The values of a group, column by column; empty for a slice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// The number of rows.
    pub rows: u64,
    /// The result.
    pub is: PartAnswer,
}

/// The result of a measure in a slice or a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PartAnswer {
    /// The state.
    State(StoredState),
    /// The reason there is no state.
    Nothing(String),
}

/// The state of one side. Sums are lists of floats whose exact sum they represent; integers too large for a float are
/// text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum StoredState {
    /// A binary task: true negatives, false positives, false negatives and true positives of each group.
    Counts(Vec<GroupCounts>),
    /// The confusion table of any number of classes.
    Table(stats::StoredTable),
    /// A mean loss.
    Loss(stats::StoredLoss),
    /// The ranks of scores.
    Ranks(stats::StoredRanks),
    /// A value with its sampling variance.
    Joint(stats::StoredJoint),
    /// The metrics themselves, by name, because their state is the rows.
    Metrics(BTreeMap<String, StoredEstimate>),
}

/// The counts of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupCounts {
    /// The group's values, column by column; empty if rows are not grouped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// True negatives, false positives, false negatives, true positives.
    pub counts: [u64; 4],
}

impl ModelAnswer {
    /// Returns the stored form of one side's state; `metrics` are those that are computed from it.
    pub(super) fn of(state: &Measured, metrics: &[Metric], seed: u64) -> Self {
        let store = |state: &stats::State| StoredState::of(state, metrics, seed);
        match state {
            Measured::Model(state) => match store(state) {
                Ok(stored) => Self::All(stored),
                Err(why) => Self::Nothing(why),
            },
            Measured::Slices(slices) => {
                let part = |slice: &Slice| {
                    let stored = slice.state.as_ref().map_err(|error| error.0.clone()).and_then(store);
                    StoredPart {
                        name: slice.name.clone(),
                        key: slice.key.clone(),
                        rows: slice.rows,
                        is: match stored {
                            Ok(state) => PartAnswer::State(state),
                            Err(why) => PartAnswer::Nothing(why),
                        },
                    }
                };
                Self::Parts(slices.iter().map(part).collect())
            }
            Measured::Queries(queries) => Self::Queries(queries.candidate.clone()),
            _ => Self::Nothing("internal error: the measurement has the wrong state".to_owned()),
        }
    }

    pub(super) fn all(&self) -> Result<stats::State, MeasureError> {
        match self {
            Self::All(stored) => stored.state(),
            Self::Nothing(why) => Err(MeasureError(why.clone())),
            Self::Parts(_) | Self::Queries(_) => Err(broken()),
        }
    }

    /// Returns the queries of a ranking, if there are any.
    pub(super) fn queries(&self) -> Option<&Queries> {
        if let Self::Queries(queries) = self { Some(queries) } else { None }
    }

    pub(super) fn slices(&self) -> Result<Vec<Slice>, MeasureError> {
        match self {
            Self::Parts(parts) => Ok(parts.iter().map(StoredPart::slice).collect()),
            Self::Nothing(why) => Err(MeasureError(why.clone())),
            Self::All(_) | Self::Queries(_) => Err(broken()),
        }
    }
}

impl StoredPart {
    fn slice(&self) -> Slice {
        let state = match &self.is {
            PartAnswer::State(stored) => stored.state(),
            PartAnswer::Nothing(why) => Err(MeasureError(why.clone())),
        };
        Slice { name: self.name.clone(), key: self.key.clone(), rows: self.rows, state, other: OtherSide::Within }
    }
}

impl StoredState {
    fn of(state: &stats::State, metrics: &[Metric], seed: u64) -> Result<Self, String> {
        Ok(match state {
            stats::State::Contingency(counts) => Self::Counts(
                counts
                    .groups()
                    .iter()
                    .enumerate()
                    .map(|(group, key)| {
                        let counts = counts.confusion(stats::Side::Candidate, Some(group));
                        GroupCounts { key: key.clone(), counts: [counts.tn, counts.fp, counts.fn_, counts.tp] }
                    })
                    .collect(),
            ),
            stats::State::Table(table) if !table.is_clustered() => Self::Table(table.to_stored()),
            stats::State::Loss(moments) => Self::Loss(moments.to_stored()),
            stats::State::Ranks(ranks) => Self::Ranks(ranks.to_stored()),
            stats::State::Joint(joint) => Self::Joint(joint.to_stored().map_err(|why| why.to_string())?),
            stats::State::Table(_) | stats::State::Labels(_) | stats::State::Sample(_) => {
                let known = metrics.iter().filter_map(|metric| {
                    let inference = stats::infer(*metric, state, stats::Side::Candidate, seed).ok()?;
                    Some((metric.to_string(), StoredEstimate::of(&inference.at(stats::KNOWN_AT))?))
                });
                Self::Metrics(known.collect())
            }
            stats::State::Undefined { why, .. } => return Err(why.to_string()),
            stats::State::Known(known) => {
                Self::Metrics(known.iter().map(|(name, known)| (name.clone(), *known)).collect())
            }
        })
    }

    pub(super) fn state(&self) -> Result<stats::State, MeasureError> {
        Ok(match self {
            Self::Counts(groups) => {
                let cells = groups.iter().map(|group| {
                    let [tn, fp, fn_, tp] = group.counts;
                    (group.key.clone(), [tn, 0, fp, 0, fn_, 0, tp, 0])
                });
                let all = groups.iter().flat_map(|group| group.counts);
                all.clone().try_fold(0_u64, u64::checked_add).ok_or_else(broken)?;
                stats::State::Contingency(Contingency::from_groups(false, cells))
            }
            Self::Table(table) => stats::State::Table(stats::ClassTable::from_stored(table).ok_or_else(broken)?),
            Self::Loss(loss) => stats::State::Loss(stats::LossMoments::from_stored(loss).ok_or_else(broken)?),
            Self::Ranks(ranks) => stats::State::Ranks(stats::RankStatistics::from_stored(ranks).ok_or_else(broken)?),
            Self::Joint(joint) => stats::State::Joint(stats::Joint::from_stored(joint).ok_or_else(broken)?),
            Self::Metrics(known) => {
                if !known.values().all(StoredEstimate::is_sound) {
                    return Err(broken());
                }
                stats::State::Known(known.clone())
            }
        })
    }
}

fn broken() -> MeasureError {
    MeasureError("the stored baseline is broken: its numbers are inconsistent".to_owned())
}

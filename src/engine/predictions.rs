//! A model's predictions → the states that its metrics and rates are computed from.
//!
//! Ranks need all rows, so this reads them all, but only the columns that are asked for: key, label, scores, groups.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::compute::concat_batches;
use datafusion::common::DataFusionError;
use datafusion::dataframe::DataFrame;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::prelude::ident;
use futures::StreamExt;

use super::class::{self, Groups};
use super::error::sentence;
use super::pairing::Keys;
use crate::gate::measurement::{MeasureError, PredictionMeasure, PredictionSpec, State};
use crate::stats::{self, Contingency, Loss, LossMoments, RankStatistics};

/// One side's table, and how messages name it.
pub(super) struct SideTable<'a> {
    pub(super) table: &'a DataFrame,
    pub(super) path: &'a str,
}

/// Reads both sides once and answers all measures.
pub(super) async fn measure(
    spec: &PredictionSpec,
    candidate: SideTable<'_>,
    baseline: Option<SideTable<'_>>,
    measures: &BTreeSet<PredictionMeasure>,
) -> Result<BTreeMap<PredictionMeasure, Result<State, MeasureError>>, MeasureError> {
    let grouping: BTreeSet<String> = measures
        .iter()
        .flat_map(|measure| match measure {
            PredictionMeasure::Contingency(by) => by.as_slice(),
            PredictionMeasure::Loss(_) | PredictionMeasure::Ranks => &[],
        })
        .cloned()
        .collect();
    let candidate = Rows::read(spec, &candidate, &grouping).await?;
    let baseline = match baseline {
        Some(baseline) => Some(Rows::read(spec, &baseline, &BTreeSet::new()).await?.in_order_of(&candidate)?),
        None => None,
    };
    let both = Both { candidate, baseline };
    Ok(measures.iter().map(|measure| (measure.clone(), both.state(measure).map(State::Model))).collect())
}

/// The rows of one side, column by column.
struct Rows {
    path: String,
    keys: Option<Keys>,
    label: Vec<bool>,
    prediction: Vec<bool>,
    score: Option<Vec<f64>>,
    score_is_single: bool,
    groups: BTreeMap<String, Groups>,
    /// The memory that is set aside for all of this.
    _held: MemoryReservation,
}

impl Rows {
    async fn read(
        spec: &PredictionSpec,
        side: &SideTable<'_>,
        grouping: &BTreeSet<String>,
    ) -> Result<Self, MeasureError> {
        let blame = |error: MeasureError| MeasureError(format!("{}: {}", side.path, error.0));
        let mut names: Vec<&String> = spec.key.iter().filter(|_| spec.paired).collect();
        names.push(&spec.label);
        names.extend(spec.score.iter().chain(&spec.prediction).chain(grouping));
        names.sort();
        names.dedup();
        let (columns, held) = collect(side.table, &names).await.map_err(blame)?;
        let column = |name: &str| -> Result<&ArrayRef, MeasureError> {
            columns.get(name).ok_or_else(|| MeasureError(format!("{}: no column `{name}`", side.path)))
        };

        if column(&spec.label)?.is_empty() {
            return Err(blame(MeasureError("there are no rows".to_owned())));
        }
        let labels = class::labels(&spec.label, column(&spec.label)?, spec.positive.as_ref()).map_err(blame)?;
        let mut score_is_single = false;
        let score = match &spec.score {
            Some(name) => {
                let (scores, single) = class::scores(name, column(name)?).map_err(blame)?;
                score_is_single = single;
                Some(scores)
            }
            None => None,
        };
        let prediction = match (&spec.prediction, &spec.score, &score) {
            (Some(name), ..) => {
                class::predictions(name, column(name)?, spec.positive.as_ref(), &spec.label, &labels).map_err(blame)?
            }
            (None, Some(name), Some(scores)) => {
                probabilities(name, scores).map_err(blame)?;
                scores.iter().map(|score| *score >= spec.threshold).collect()
            }
            _ => {
                return Err(blame(MeasureError("there is neither a score nor a prediction".to_owned())));
            }
        };
        let keys = if spec.paired {
            let keys = spec.key.iter().map(|name| column(name).cloned()).collect::<Result<Vec<_>, _>>()?;
            Some(Keys::read(&spec.key, &keys, side.path)?)
        } else {
            None
        };
        let mut groups = BTreeMap::new();
        for name in grouping {
            groups.insert(name.clone(), class::groups(name, column(name)?).map_err(blame)?);
        }
        Ok(Self {
            path: side.path.to_owned(),
            keys,
            label: labels.rows,
            prediction,
            score,
            score_is_single,
            groups,
            _held: held,
        })
    }

    /// The same rows in the order of `other`'s.
    fn in_order_of(self, other: &Self) -> Result<Self, MeasureError> {
        let (Some(ours), Some(theirs)) = (&self.keys, &other.keys) else {
            return Err(MeasureError("rows pair only by a key".to_owned()));
        };
        let order = theirs.pair(ours)?;
        let differing: Vec<usize> =
            (0..order.len()).filter(|row| other.label[*row] != self.label[order[*row]]).collect();
        if !differing.is_empty() {
            return Err(MeasureError(format!(
                "the labels of {} of {} rows differ between `{}` and `{}` ({}); both sides must be scored against the same labels",
                differing.len(),
                order.len(),
                other.path,
                self.path,
                theirs.examples(&differing)
            )));
        }
        let pick = |values: &[bool]| order.iter().map(|row| values[*row]).collect();
        Ok(Self {
            label: pick(&self.label),
            prediction: pick(&self.prediction),
            score: self.score.as_ref().map(|scores| order.iter().map(|row| scores[*row]).collect()),
            ..self
        })
    }

    fn scores(&self) -> Result<&[f64], MeasureError> {
        self.score.as_deref().ok_or_else(|| {
            MeasureError(format!("{}: this metric needs a `score` column, and the config names none", self.path))
        })
    }

    /// The scores as probabilities, moved off 0 and 1 by what their type can tell apart, as scikit-learn does.
    fn probabilities(&self, name: &str, loss: Loss) -> Result<Vec<f64>, MeasureError> {
        let scores = self.scores()?;
        probabilities(name, scores).map_err(|error| MeasureError(format!("{}: {}", self.path, error.0)))?;
        let clip = match loss {
            Loss::Log if self.score_is_single => f64::from(f32::EPSILON),
            _ => 0.0,
        };
        Ok(scores.iter().map(|score| score.clamp(clip, 1.0 - clip)).collect())
    }
}

fn probabilities(name: &str, scores: &[f64]) -> Result<(), MeasureError> {
    let outside = scores.iter().filter(|score| !(0.0..=1.0).contains(*score)).count();
    if outside == 0 {
        return Ok(());
    }
    Err(MeasureError(format!(
        "`{name}` lies outside 0 to 1 in {outside} of {} rows; it must be a probability",
        scores.len()
    )))
}

/// Both sides, row by row.
struct Both {
    candidate: Rows,
    baseline: Option<Rows>,
}

impl Both {
    fn state(&self, measure: &PredictionMeasure) -> Result<stats::State, MeasureError> {
        Ok(match measure {
            PredictionMeasure::Contingency(by) => stats::State::Contingency(self.contingency(by)?),
            PredictionMeasure::Loss(loss) => stats::State::Loss(self.losses(*loss)?),
            PredictionMeasure::Ranks => {
                let baseline = self.baseline.as_ref().map(Rows::scores).transpose()?;
                stats::State::Ranks(RankStatistics::from_scores(
                    &self.candidate.label,
                    self.candidate.scores()?,
                    baseline,
                ))
            }
        })
    }

    fn contingency(&self, by: &[String]) -> Result<Contingency, MeasureError> {
        let groups = by
            .iter()
            .map(|name| {
                let groups = self.candidate.groups.get(name);
                groups.ok_or_else(|| MeasureError(format!("{}: no column `{name}`", self.candidate.path)))
            })
            .collect::<Result<Vec<_>, _>>()?;
        // Counted under small numbers first: a crossing of columns may have far more cells than rows fall in.
        let mut cells: BTreeMap<Vec<u32>, [u64; 8]> = BTreeMap::new();
        let mut codes = vec![0; groups.len()];
        for row in 0..self.candidate.label.len() {
            for (code, group) in codes.iter_mut().zip(&groups) {
                *code = group.codes[row];
            }
            let bit = |value: bool| usize::from(value);
            let before = self.baseline.as_ref().is_some_and(|baseline| baseline.prediction[row]);
            let cell = bit(self.candidate.label[row]) * 4 + bit(self.candidate.prediction[row]) * 2 + bit(before);
            match cells.get_mut(&codes) {
                Some(counts) => counts[cell] += 1,
                None => {
                    let mut counts = [0; 8];
                    counts[cell] = 1;
                    cells.insert(codes.clone(), counts);
                }
            }
        }
        let named = cells.into_iter().map(|(codes, counts)| {
            let names = codes.iter().zip(&groups).map(|(code, group)| group.names[*code as usize].clone());
            (names.collect(), counts)
        });
        let table = Contingency::from_cells(self.baseline.is_some(), named.collect());
        Ok(if self.identical_scores() { table.with_identical_scores() } else { table })
    }

    /// Whether both sides gave every row the very same score: then they are one model, as far as the rows can tell.
    fn identical_scores(&self) -> bool {
        match (&self.candidate.score, self.baseline.as_ref().and_then(|rows| rows.score.as_ref())) {
            (Some(ours), Some(theirs)) => {
                ours.iter().map(|score| score.to_bits()).eq(theirs.iter().map(|score| score.to_bits()))
            }
            _ => false,
        }
    }

    fn losses(&self, loss: Loss) -> Result<LossMoments, MeasureError> {
        let name = "score";
        let candidate = self.candidate.probabilities(name, loss)?;
        let baseline = self.baseline.as_ref().map(|rows| rows.probabilities(name, loss)).transpose()?;
        let mut moments = LossMoments::default();
        for (row, (score, label)) in candidate.iter().zip(&self.candidate.label).enumerate() {
            let before = baseline.as_ref().map(|scores| loss.row(*label, scores[row]));
            moments.add(loss.row(*label, *score), before);
        }
        Ok(moments)
    }
}

/// These columns of all rows, and the memory that is set aside for them.
async fn collect(
    table: &DataFrame,
    names: &[&String],
) -> Result<(BTreeMap<String, ArrayRef>, MemoryReservation), MeasureError> {
    let wrap = |error: DataFusionError| MeasureError(sentence(&error));
    let selected =
        table.clone().select(names.iter().map(|name| ident(name.as_str())).collect::<Vec<_>>()).map_err(wrap)?;
    let schema = selected.schema().inner().clone();
    let held = MemoryConsumer::new("predictions").register(selected.task_ctx().memory_pool());
    let mut stream = selected.execute_stream().await.map_err(wrap)?;
    let mut batches = Vec::new();
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(wrap)?;
        // Once as it came; and once more in one piece, or as what is made of it.
        held.try_grow(2 * batch.get_array_memory_size()).map_err(wrap)?;
        batches.push(batch);
    }
    let all = concat_batches(&schema, &batches).map_err(|error| MeasureError(error.to_string()))?;
    let columns = names.iter().map(|name| (*name).clone()).zip(all.columns().iter().cloned()).collect();
    Ok((columns, held))
}

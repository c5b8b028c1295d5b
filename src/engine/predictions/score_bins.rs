//! Counts a model's rows by score.

use std::cmp::Reverse;

use super::model_rows::ModelRows;
use crate::measurement::MeasureError;
use crate::measurement::score_bins::{ClassScores, ModelScores, ScoreScale};
use crate::stats::{Predictions, ScoreBin, Truth, score_bins};

/// Maximum number of classes or labels whose scores are counted.
const MOST_CLASSES: usize = 12;

impl ModelRows {
    /// Returns the rows by score, in bins of at least `least` rows.
    ///
    /// # Errors
    ///
    /// There are no scores, or they are comparable only within a query.
    pub(crate) fn score_bins(&self, least: u64) -> Result<Box<ModelScores>, MeasureError> {
        let columns = self.rows.columns();
        let weight = |row: usize| columns.weights.as_ref().map_or(1.0, |weights| weights[row]);
        let bins = |scores: &[f64], is_positive: &dyn Fn(usize) -> bool| score_bins(scores, is_positive, weight, least);
        let baseline = columns.baseline.as_ref().filter(|side| !side.scores.is_empty());
        let scores = |side: &Predictions, at: usize| side.scores.get(at).cloned().unwrap_or_default();
        let class = |class: Option<String>, at: usize, is_positive: &dyn Fn(usize) -> bool| ClassScores {
            class,
            candidate: bins(&scores(&columns.candidate, at), is_positive),
            baseline: baseline.map(|side| bins(&scores(side, at), is_positive)),
            labels: None,
        };
        if columns.candidate.scores.is_empty() {
            return Err(MeasureError("there are no scores".to_owned()));
        }
        let (classes, all) = match &columns.truth {
            Truth::Binary(labels) => (vec![class(None, 0, &|row| labels[row])], 1),
            Truth::Classes { codes, count } => {
                let mut rows = vec![0_u64; *count as usize];
                codes.iter().for_each(|code| rows[*code as usize] += 1);
                let of = |at: usize| class(self.named.get(at).cloned(), at, &|row| codes[row] as usize == at);
                (largest(&rows).map(of).collect(), rows.len())
            }
            Truth::Labels(labels) => {
                let rows: Vec<u64> = labels.iter().map(|has| has.iter().filter(|has| **has).count() as u64).collect();
                let of = |at: usize| class(self.named.get(at).cloned(), at, &|row| labels[at][row]);
                (largest(&rows).map(of).collect(), rows.len())
            }
            Truth::Numbers(labels) => {
                let labels = Some(bins(labels, &|_| false));
                (vec![ClassScores { labels, ..class(None, 0, &|_| false) }], 1)
            }
            Truth::Grades { .. } => {
                return Err(MeasureError("grades have no label beside them".to_owned()));
            }
            Truth::Relevance { .. } => {
                return Err(MeasureError("scores of a ranking are comparable only within a query".to_owned()));
            }
        };
        let sides = [Some(&columns.candidate), baseline];
        let is_unit = |score: &f64| (0.0..=1.0).contains(score);
        let are_probabilities = self.improper.is_none()
            && sides.into_iter().flatten().all(|side| side.scores.iter().flatten().all(is_unit));
        Ok(Box::new(ModelScores {
            scale: match columns.truth {
                Truth::Numbers(_) => ScoreScale::Number,
                _ if are_probabilities => ScoreScale::Probability,
                _ => ScoreScale::Score,
            },
            left_out: (all - classes.len()) as u64,
            classes,
            has_structure: columns.weights.is_some() || columns.clusters.is_some(),
        }))
    }
}

/// Returns the places of the classes with the most rows, in the order of the classes.
fn largest(rows: &[u64]) -> impl Iterator<Item = usize> {
    let mut places: Vec<usize> = (0..rows.len()).collect();
    places.sort_by_key(|place| Reverse(rows[*place]));
    places.truncate(MOST_CLASSES);
    places.sort_unstable();
    places.into_iter()
}

/// Returns the candidate's scores beside those of other rows.
pub(crate) fn beside(ours: &ModelScores, theirs: &ModelScores) -> ModelScores {
    let both = |scale: ScoreScale| ours.scale == scale && theirs.scale == scale;
    let probabilities = both(ScoreScale::Probability) || both(ScoreScale::Number);
    let of_class = |class: &Option<String>| -> Option<Vec<ScoreBin>> {
        Some(theirs.classes.iter().find(|other| other.class == *class)?.candidate.clone())
    };
    let classes = ours.classes.iter().map(|own| ClassScores { baseline: of_class(&own.class), ..own.clone() });
    ModelScores {
        scale: if probabilities { ours.scale } else { ScoreScale::Score },
        classes: classes.collect(),
        left_out: ours.left_out,
        has_structure: ours.has_structure || theirs.has_structure,
    }
}

//! Faults of labels and predictions: flips, noise, calibration, thresholds, and the recall of one group.

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, UInt64Array};
use datafusion::arrow::compute::take;

use super::numbers::{deviation, numbers, with_numbers};
use super::texts::DistinctValues;
use super::{MarkedRows, OutputShape, odd};

/// The most values of a label that is a class; more of them are amounts.
const MOST_CLASSES: usize = 50;
/// Salts the noise of each column.
const NOISE: u64 = 101;
/// The distance of a probability from 0 and 1, so that its log-odds are finite.
const EDGE: f64 = 1e-6;

type Changed<'a> = Vec<(&'a str, ArrayRef)>;

/// Gives rows the label of another class, or another row's amount.
pub(super) fn labels_flipped(
    rows: &MarkedRows<'_>,
    labels: &[String],
    group: Option<&str>,
    dose: f64,
) -> Result<RecordBatch, String> {
    let group = group.map(|group| Group::of(rows, group)).transpose()?;
    let is_in = |row: usize| group.as_ref().is_none_or(|group| group.has(row));
    let mut changed = Changed::new();
    for label in labels {
        let column = rows.column(label)?;
        let chosen = rows.chosen(|row| column.is_valid(row) && is_in(row), dose)?;
        changed.push((label, replaced(rows, column, &chosen)?));
    }
    rows.with(changed)
}

/// Adds noise to scores; predictions that follow from the scores follow the noisy ones. Without scores, classes are replaced.
pub(super) fn noise(rows: &MarkedRows<'_>, shape: &OutputShape, dose: f64) -> Result<RecordBatch, String> {
    let mut changed = Changed::new();
    for (at, (scores, prediction)) in shape.outputs().into_iter().enumerate() {
        let salt = NOISE + at as u64;
        match (scores, prediction) {
            ([], Some(prediction)) if shape.is_numeric => {
                changed.push((prediction, noisy(rows, rows.column(prediction)?, dose, salt)?));
            }
            ([], Some(prediction)) => {
                let column = rows.column(prediction)?;
                let chosen = rows.chosen(|row| column.is_valid(row), dose)?;
                changed.push((prediction, replaced(rows, column, &chosen)?));
            }
            ([], None) => {}
            ([score], prediction) => {
                let new = noisy(rows, rows.column(score)?, dose, salt)?;
                if let Some(prediction) = prediction {
                    changed.extend(following(rows, (score, &new), prediction)?);
                }
                changed.push((score, new));
            }
            (scores, prediction) => changed.extend(mixed(rows, scores, prediction, dose)?),
        }
    }
    if changed.is_empty() {
        Err("there are no scores or predictions in columns".to_owned())
    } else {
        rows.with(changed)
    }
}

/// Makes scores too high without a change of their order; predictions stay.
pub(super) fn miscalibrated(rows: &MarkedRows<'_>, shape: &OutputShape, dose: f64) -> Result<RecordBatch, String> {
    let mut changed = Changed::new();
    for (scores, prediction) in shape.outputs() {
        let name = match (scores, prediction) {
            ([score], _) => score.as_str(),
            ([], Some(prediction)) if shape.is_numeric => prediction,
            _ => continue,
        };
        let column = rows.column(name)?;
        let values = numbers(column)?;
        let is_chance = are_chances(&values);
        let step = if is_chance || shape.is_logit { dose } else { dose * deviation(&values)? };
        let chosen: Vec<bool> = values.iter().map(Option::is_some).collect();
        let new = with_numbers(column, &chosen, |row| {
            let value = values[row].unwrap_or_default();
            if is_chance { chance(log_odds(value) + step) } else { value + step }
        })?;
        changed.push((name, new));
    }
    if changed.is_empty() { Err("there is no single score of a class".to_owned()) } else { rows.with(changed) }
}

/// Turns the predicted positives with the lowest scores into negatives.
pub(super) fn threshold_moved(rows: &MarkedRows<'_>, shape: &OutputShape, dose: f64) -> Result<RecordBatch, String> {
    let mut changed = Changed::new();
    for (scores, prediction) in shape.outputs() {
        let Some(prediction) = prediction else { continue };
        let column = rows.column(prediction)?;
        let sides = Positive::of(rows, column, scores)?;
        let mut positives: Vec<usize> = rows
            .marks
            .order()
            .iter()
            .copied()
            .filter(|row| sides.classes.codes[*row] == Some(sides.positive))
            .collect();
        if let Some(values) = &sides.scores {
            positives.sort_by(|a, b| values[*a].unwrap_or(f64::MAX).total_cmp(&values[*b].unwrap_or(f64::MAX)));
        }
        let chosen = rows.first(positives, dose)?;
        let of = |row: usize| if chosen[row] { sides.classes.examples[1 - sides.positive] } else { row };
        changed.push((prediction, taken(column, of)?));
    }
    if changed.is_empty() { Err("there are no predicted classes in a column".to_owned()) } else { rows.with(changed) }
}

/// Turns true positives of one group into negatives, with scores as far below the threshold as they were above.
pub(super) fn group_recall(
    rows: &MarkedRows<'_>,
    shape: &OutputShape,
    (label, group): (&str, &str),
    dose: f64,
) -> Result<RecordBatch, String> {
    let outputs = shape.outputs();
    let [(scores, prediction)] = outputs.as_slice() else { return Err("there are several labels".to_owned()) };
    let truth = DistinctValues::of(rows.column(label)?)?;
    if truth.examples.len() != 2 {
        return Err("the label does not have two values".to_owned());
    }
    let group = Group::of(rows, group)?;
    let mut changed = Changed::new();
    let values = match scores {
        [score] => Some((score.as_str(), numbers(rows.column(score)?)?)),
        _ => None,
    };
    let (positive, is_predicted, threshold): (usize, Vec<bool>, f64) = match prediction {
        Some(prediction) => {
            let sides = Positive::of(rows, rows.column(prediction)?, scores)?;
            let name = &sides.classes.names[sides.positive];
            let positive = truth.names.iter().position(|known| known == name).unwrap_or(sides.positive);
            let is_predicted = sides.classes.codes.iter().map(|code| *code == Some(sides.positive)).collect();
            (positive, is_predicted, sides.threshold())
        }
        None => {
            let (_, values) = values.as_ref().ok_or("there is no single score of a class")?;
            let is_predicted = values.iter().map(|value| value.is_some_and(|value| value >= middle(shape)));
            (truth.examples.len() - 1, is_predicted.collect(), middle(shape))
        }
    };
    let chosen = rows.chosen(|row| group.has(row) && is_predicted[row] && truth.codes[row] == Some(positive), dose)?;
    if let Some(prediction) = prediction {
        let column = rows.column(prediction)?;
        let sides = Positive::of(rows, column, scores)?;
        let of = |row: usize| if chosen[row] { sides.classes.examples[1 - sides.positive] } else { row };
        changed.push((prediction, taken(column, of)?));
    }
    if let Some((score, values)) = &values {
        let lowest = values.iter().flatten().copied().fold(f64::MAX, f64::min);
        let mirrored = |row: usize| {
            let value = values[row].unwrap_or_default();
            // Just below the threshold, if it is at the threshold itself.
            (2.0 * threshold - value).min(threshold - EDGE).max(lowest.min(threshold - EDGE))
        };
        changed.push((score, with_numbers(rows.column(score)?, &chosen, mirrored)?));
    }
    rows.with(changed)
}

impl OutputShape {
    /// Returns the scores and the prediction of each label, or those of the only one.
    fn outputs(&self) -> Vec<(&[String], Option<&str>)> {
        if !self.is_multilabel {
            return vec![(&self.scores, self.predictions.first().map(String::as_str))];
        }
        let labels = self.scores.len().max(self.predictions.len());
        let score = |at: usize| self.scores.get(at..=at).unwrap_or_default();
        (0..labels).map(|at| (score(at), self.predictions.get(at).map(String::as_str))).collect()
    }
}

/// The rows of one value of a column: a group.
struct Group {
    classes: DistinctValues,
    code: Option<usize>,
}

impl Group {
    /// Takes the rarest value that has at least 5 % of the rows.
    fn of(rows: &MarkedRows<'_>, name: &str) -> Result<Self, String> {
        let classes = DistinctValues::of(rows.column(name)?)?;
        let code = classes.rarest(rows.batch.num_rows().div_ceil(20));
        if classes.examples.len() < 2 { Err("there is one group only".to_owned()) } else { Ok(Self { classes, code }) }
    }

    fn has(&self, row: usize) -> bool {
        self.classes.codes[row].is_some() && self.classes.codes[row] == self.code
    }
}

/// The predicted classes of a binary task.
struct Positive {
    classes: DistinctValues,
    /// The positive class: the one with the higher scores, or without scores the last one.
    positive: usize,
    scores: Option<Vec<Option<f64>>>,
    means: [f64; 2],
}

impl Positive {
    fn of(rows: &MarkedRows<'_>, prediction: &ArrayRef, scores: &[String]) -> Result<Self, String> {
        let classes = DistinctValues::of(prediction)?;
        if classes.examples.len() != 2 {
            return Err("there are not two predicted classes".to_owned());
        }
        let scores = match scores {
            [score] => Some(numbers(rows.column(score)?)?),
            _ => None,
        };
        // The ends are compared and not the means, whose rounding depends on the order of the rows.
        let lowest = |class: usize| {
            let of_class = scores.iter().flatten().zip(&classes.codes).filter(|(_, code)| **code == Some(class));
            of_class.filter_map(|(score, _)| *score).fold(f64::MAX, f64::min)
        };
        let means = [lowest(0), lowest(1)];
        let positive = usize::from(scores.is_none() || means[1] >= means[0]);
        Ok(Self { classes, positive, scores, means })
    }

    /// Returns the lowest score of a predicted positive.
    fn threshold(&self) -> f64 {
        self.means[self.positive]
    }
}

/// Returns the usual threshold of a score.
fn middle(shape: &OutputShape) -> f64 {
    if shape.is_logit { 0.0 } else { 0.5 }
}

/// Returns a column in which each row has the value of the row that `of` names.
fn taken(column: &ArrayRef, of: impl Fn(usize) -> usize) -> Result<ArrayRef, String> {
    let from = UInt64Array::from_iter_values((0..column.len()).map(|row| of(row) as u64));
    take(column, &from, None).map_err(odd)
}

/// Replaces classes by the next one, and amounts by those of other rows.
fn replaced(rows: &MarkedRows<'_>, column: &ArrayRef, chosen: &[bool]) -> Result<ArrayRef, String> {
    let classes = DistinctValues::of(column)?;
    let count = classes.examples.len();
    if count < 2 {
        return Err("it has one value only".to_owned());
    }
    if count <= MOST_CLASSES {
        let next = |row: usize| classes.codes[row].map_or(row, |code| classes.examples[(code + 1) % count]);
        return taken(column, |row| if chosen[row] { next(row) } else { row });
    }
    let order: Vec<usize> = rows.marks.order().iter().copied().filter(|row| column.is_valid(*row)).collect();
    let mut other: Vec<usize> = (0..column.len()).collect();
    order.iter().zip(order.iter().cycle().skip(1)).for_each(|(row, next)| other[*row] = *next);
    taken(column, |row| if chosen[row] { other[row] } else { row })
}

/// Adds normal noise of this many standard deviations: to log-odds, if the numbers are probabilities.
fn noisy(rows: &MarkedRows<'_>, column: &ArrayRef, dose: f64, salt: u64) -> Result<ArrayRef, String> {
    let values = numbers(column)?;
    let is_chance = are_chances(&values);
    let scale = |value: f64| if is_chance { log_odds(value) } else { value };
    let spread = deviation(&values.iter().map(|value| value.map(scale)).collect::<Vec<_>>())?;
    let chosen: Vec<bool> = values.iter().map(Option::is_some).collect();
    with_numbers(column, &chosen, |row| {
        let value = scale(values[row].unwrap_or_default()) + dose * spread * rows.marks.normal(row, salt);
        if is_chance { chance(value) } else { value }
    })
}

/// Returns the predictions with those changed whose score has crossed the threshold between the two classes.
fn following<'a>(
    rows: &MarkedRows<'_>,
    (score, new): (&str, &ArrayRef),
    prediction: &'a str,
) -> Result<Changed<'a>, String> {
    let column = rows.column(prediction)?;
    let Ok(sides) = Positive::of(rows, column, &[score.to_owned()]) else { return Ok(Changed::new()) };
    let (threshold, new) = (sides.threshold(), numbers(new)?);
    let old = sides.scores.as_deref().unwrap_or_default();
    let is_above = |values: &[Option<f64>], row: usize| values[row].map(|value| value >= threshold);
    let of = |row: usize| match (is_above(old, row), is_above(&new, row)) {
        (Some(before), Some(after)) if before != after => {
            sides.classes.examples[if after { sides.positive } else { 1 - sides.positive }]
        }
        _ => row,
    };
    Ok(vec![(prediction, taken(column, of)?)])
}

/// Mixes the scores of each row with those of another one; predictions follow the highest score.
fn mixed<'a>(
    rows: &MarkedRows<'_>,
    scores: &'a [String],
    prediction: Option<&'a str>,
    dose: f64,
) -> Result<Changed<'a>, String> {
    let columns = scores.iter().map(|score| rows.column(score)).collect::<Result<Vec<_>, _>>()?;
    let old = columns.iter().map(|column| numbers(column)).collect::<Result<Vec<_>, _>>()?;
    let order = rows.marks.order();
    let mut other = vec![0; order.len()];
    order.iter().zip(order.iter().cycle().skip(1)).for_each(|(row, next)| other[*row] = *next);
    let value = |of: &[Option<f64>], row: usize| Some((1.0 - dose) * of[row]? + dose * of[other[row]]?);
    let new: Vec<Vec<Option<f64>>> = old.iter().map(|of| (0..of.len()).map(|row| value(of, row)).collect()).collect();
    let mut changed = Changed::new();
    for ((score, column), values) in scores.iter().zip(&columns).zip(&new) {
        let chosen: Vec<bool> = values.iter().map(Option::is_some).collect();
        changed.push((score, with_numbers(column, &chosen, |row| values[row].unwrap_or_default())?));
    }
    if let Some(prediction) = prediction {
        let column = rows.column(prediction)?;
        // A row of each class that the model predicts where its score is the highest.
        let mut examples = vec![None; scores.len()];
        for row in 0..column.len() {
            examples[highest(&old, row)].get_or_insert(row);
        }
        let of = |row: usize| {
            let (before, after) = (highest(&old, row), highest(&new, row));
            if before == after { row } else { examples[after].unwrap_or(row) }
        };
        changed.push((prediction, taken(column, of)?));
    }
    Ok(changed)
}

/// Returns the place of a row's highest score.
fn highest(scores: &[Vec<Option<f64>>], row: usize) -> usize {
    let score = |at: usize| scores[at][row].unwrap_or(f64::MIN);
    (0..scores.len()).fold(0, |best, at| if score(at) > score(best) { at } else { best })
}

fn are_chances(values: &[Option<f64>]) -> bool {
    values.iter().flatten().all(|value| (0.0..=1.0).contains(value))
}

fn log_odds(chance: f64) -> f64 {
    let chance = chance.clamp(EDGE, 1.0 - EDGE);
    (chance / (1.0 - chance)).ln()
}

fn chance(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

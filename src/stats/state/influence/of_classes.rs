//! Metrics of single classes or labels, and their averages.

use super::super::joint::Influence;
use super::objective::{Objective, ratio, total, weights};
use super::{area, curve, label_ranking};
use crate::stats::state::influence::class_margins::{fraction, of_one};
use crate::stats::state::lacking::Lacking;
use crate::stats::{Average, Measure, Metric, Predicted, Predictions, Rows, Undefined};

/// Computes a metric of a multiclass task, in which each row has one class.
pub(super) fn of_classes(metric: Metric, rows: &Rows, (codes, count): (&[u32], u32), side: &Predictions) -> Objective {
    if side.scores.is_empty() {
        return Err(Lacking::Scores);
    }
    let weights = weights(rows);
    if metric.measure == Measure::RocAucOvo {
        return Ok(one_against_one(metric.average, &weights, codes, &side.scores));
    }
    if metric.average == Average::Micro {
        let labels: Vec<Vec<bool>> =
            (0..count).map(|class| codes.iter().map(|code| *code == class).collect()).collect();
        return Ok(flattened(metric.measure, &weights, &labels, &side.scores));
    }
    let of_class = |class: u32| {
        let labels: Vec<bool> = codes.iter().map(|code| *code == class).collect();
        let scores = &side.scores[class as usize];
        let found = of_scores(metric.measure, &weights, &labels, scores);
        (labels, found)
    };
    Ok(averaged(metric.average, &weights, count, of_class))
}

/// Computes a metric of a multilabel task, in which each row has any number of labels.
pub(super) fn of_labels(metric: Metric, rows: &Rows, labels: &[Vec<bool>], side: &Predictions) -> Objective {
    let weights = weights(rows);
    if let Some((above, below, empty)) = fraction(metric) {
        let Some(Predicted::Labels(predicted)) = &side.predicted else { return Err(Lacking::Predictions) };
        if metric.average == Average::Micro {
            return Ok(of_all_labels(metric, &weights, labels, predicted));
        }
        let of_label = |label: u32| {
            let (truth, predicted) = (&labels[label as usize], &predicted[label as usize]);
            let count = |of: &dyn Fn(usize) -> bool| total(&weights, |row| f64::from(u8::from(of(row))));
            let rows = [
                count(&|row| truth[row]),
                count(&|row| predicted[row]),
                count(&|row| truth[row] && predicted[row]),
                total(&weights, |_| 1.0),
            ];
            let found = of_one((above, below), rows).ok_or(empty).map(|(value, slopes)| {
                let slope = |row: usize| {
                    let is = |bit: bool, slope: f64| if bit { slope } else { 0.0 };
                    is(truth[row], slopes[0])
                        + is(predicted[row], slopes[1])
                        + is(truth[row] && predicted[row], slopes[2])
                        + slopes[3]
                };
                Influence { value, slopes: (0..truth.len()).map(slope).collect() }
            });
            (truth.clone(), found)
        };
        let count = u32::try_from(labels.len()).unwrap_or(u32::MAX);
        if metric.average == Average::Samples {
            return Ok(of_rows(metric, rows, labels, predicted));
        }
        return Ok(averaged(metric.average, &weights, count, of_label));
    }
    if side.scores.is_empty() {
        return Err(Lacking::Scores);
    }
    if let Measure::LabelRankingPrecision | Measure::LabelRankingLoss | Measure::CoverageError = metric.measure {
        return Ok(label_ranking::mean_over_rows(metric.measure, rows, labels, &side.scores));
    }
    if metric.average == Average::Micro {
        return Ok(flattened(metric.measure, &weights, labels, &side.scores));
    }
    let of_label = |label: u32| {
        let label = label as usize;
        (labels[label].clone(), of_scores(metric.measure, &weights, &labels[label], &side.scores[label]))
    };
    Ok(averaged(metric.average, &weights, u32::try_from(labels.len()).unwrap_or(u32::MAX), of_label))
}

/// Computes a metric of one class's scores.
fn of_scores(measure: Measure, weights: &[f64], labels: &[bool], scores: &[f64]) -> Result<Influence, Undefined> {
    match measure {
        Measure::AveragePrecision => curve::average_precision(weights, labels, scores),
        _ => area(weights, labels, scores),
    }
}

/// Computes a metric of the scores of all classes together: each class of each row is treated as a row, and the
/// influences of a row's classes add up.
fn flattened(
    measure: Measure,
    weights: &[f64],
    labels: &[Vec<bool>],
    scores: &[Vec<f64>],
) -> Result<Influence, Undefined> {
    let flat: Vec<bool> = labels.iter().flatten().copied().collect();
    let scores: Vec<f64> = scores.iter().flatten().copied().collect();
    let all = of_scores(measure, &weights.repeat(labels.len()), &flat, &scores)?;
    let slope = |row: usize| (0..labels.len()).map(|label| all.slopes[label * weights.len() + row]).sum();
    Ok(Influence { value: all.value, slopes: (0..weights.len()).map(slope).collect() })
}

/// Averages a metric over the classes.
fn averaged(
    average: Average,
    weights: &[f64],
    count: u32,
    of_class: impl Fn(u32) -> (Vec<bool>, Result<Influence, Undefined>),
) -> Result<Influence, Undefined> {
    if weights.is_empty() {
        return Err(Undefined::NoRows);
    }
    if let Average::Class(class) = average {
        return if class < count { of_class(class).1 } else { Err(Undefined::OtherState) };
    }
    let mut sum = Influence { value: 0.0, slopes: vec![0.0; weights.len()] };
    let mut below = 0.0;
    let mut parts = Vec::new();
    for class in 0..count {
        let (labels, found) = of_class(class);
        let share = match average {
            Average::Weighted => total(weights, |row| f64::from(u8::from(labels[row]))),
            _ => 1.0,
        };
        if share <= 0.0 {
            continue;
        }
        let found = found.map_err(|why| match why {
            Undefined::NoPredictedPositives => Undefined::ClassNeverPredicted(class),
            Undefined::NoPositives => Undefined::ClassWithoutLabels(class),
            Undefined::OneClass if !labels.contains(&true) => Undefined::ClassWithoutLabels(class),
            why => why,
        })?;
        below += share;
        sum.value += share * found.value;
        for (into, slope) in sum.slopes.iter_mut().zip(&found.slopes) {
            *into += share * slope;
        }
        if average == Average::Weighted {
            parts.push((labels, found.value));
        }
    }
    if below <= 0.0 {
        return Err(Undefined::NoPositives);
    }
    sum.value /= below;
    // The proportions change too: one more row of a class increases the weight of the class.
    for (labels, value) in parts {
        for (into, is_of_class) in sum.slopes.iter_mut().zip(labels) {
            *into += if is_of_class { value - sum.value } else { 0.0 };
        }
    }
    sum.slopes.iter_mut().for_each(|slope| *slope /= below);
    Ok(sum)
}

/// Computes a metric from the sum of all labels' confusion matrices.
fn of_all_labels(
    metric: Metric,
    weights: &[f64],
    labels: &[Vec<bool>],
    predicted: &[Vec<bool>],
) -> Result<Influence, Undefined> {
    let (above, below, empty) = fraction(metric).ok_or(Undefined::OtherState)?;
    #[expect(clippy::cast_precision_loss, reason = "a number of labels")]
    let of_row = |row: usize| {
        let mut counts = [0.0; 4];
        for (truth, ours) in labels.iter().zip(predicted) {
            counts[0] += f64::from(u8::from(truth[row]));
            counts[1] += f64::from(u8::from(ours[row]));
            counts[2] += f64::from(u8::from(truth[row] && ours[row]));
        }
        counts[3] = labels.len() as f64;
        counts
    };
    let rows: Vec<[f64; 4]> = (0..weights.len()).map(of_row).collect();
    let sums = [0, 1, 2, 3].map(|kind| total(weights, |row| rows[row][kind]));
    let (value, slopes) =
        of_one((above, below), sums).ok_or(if weights.is_empty() { Undefined::NoRows } else { empty })?;
    let slope = |row: &[f64; 4]| row.iter().zip(slopes).map(|(count, slope)| count * slope).sum();
    Ok(Influence { value, slopes: rows.iter().map(slope).collect() })
}

/// Tells whether a row has a label or a predicted label. A row with neither is neither right nor wrong.
pub(super) fn has_any(labels: &[Vec<bool>], predicted: &[Vec<bool>], row: usize) -> bool {
    labels.iter().chain(predicted).any(|column| column[row])
}

/// Returns the mean over the rows of the metric of each row's labels; rows with neither labels nor predictions are left
/// out.
fn of_rows(metric: Metric, rows: &Rows, labels: &[Vec<bool>], predicted: &[Vec<bool>]) -> Result<Influence, Undefined> {
    let (above, below, empty) = fraction(metric).ok_or(Undefined::OtherState)?;
    let (mut of_rows, mut takes_part) = (vec![0.0; rows.len()], vec![0.0; rows.len()]);
    for row in (0..rows.len()).filter(|row| has_any(labels, predicted, *row)) {
        let count = |is: &dyn Fn(bool, bool) -> bool| {
            labels
                .iter()
                .zip(predicted)
                .map(|(truth, ours)| f64::from(u8::from(is(truth[row], ours[row]))))
                .sum::<f64>()
        };
        let counts = [count(&|truth, _| truth), count(&|_, ours| ours), count(&|truth, ours| truth && ours), 0.0];
        of_rows[row] = of_one((above, below), counts).ok_or(empty)?.0;
        takes_part[row] = 1.0;
    }
    ratio(rows, &of_rows, &takes_part, Undefined::NothingPositive)
}

/// Returns Hand and Till's measure (2001): the areas of each pair of classes, by the scores of the one and of the
/// other.
fn one_against_one(
    average: Average,
    weights: &[f64],
    codes: &[u32],
    scores: &[Vec<f64>],
) -> Result<Influence, Undefined> {
    let count = u32::try_from(scores.len()).unwrap_or(u32::MAX);
    let all = total(weights, |_| 1.0);
    if all <= 0.0 {
        return Err(Undefined::NoRows);
    }
    let mut sum = Influence { value: 0.0, slopes: vec![0.0; weights.len()] };
    let mut below = 0.0;
    let mut pairs = Vec::new();
    for left in 0..count {
        for right in left + 1..count {
            let is_of_pair = |row: usize| codes[row] == left || codes[row] == right;
            let of_pair: Vec<f64> =
                (0..weights.len()).map(|row| if is_of_pair(row) { weights[row] } else { 0.0 }).collect();
            let share = if average == Average::Weighted { total(&of_pair, |_| 1.0) } else { 1.0 };
            let mut value = 0.0;
            for class in [left, right] {
                let labels: Vec<bool> = codes.iter().map(|code| *code == class).collect();
                let found = area(&of_pair, &labels, &scores[class as usize]).map_err(|why| match why {
                    Undefined::OneClass | Undefined::NoRows => Undefined::ClassWithoutLabels(
                        [left, right].into_iter().find(|of| !codes.contains(of)).unwrap_or(class),
                    ),
                    why => why,
                })?;
                value += found.value / 2.0;
                for (into, slope) in sum.slopes.iter_mut().zip(&found.slopes) {
                    *into += share * slope / 2.0;
                }
            }
            below += share;
            sum.value += share * value;
            pairs.push((left, right, value));
        }
    }
    if below <= 0.0 {
        return Err(Undefined::OneClass);
    }
    sum.value /= below;
    if average == Average::Weighted {
        for (into, code) in sum.slopes.iter_mut().zip(codes) {
            let of_class = pairs.iter().filter(|(left, right, _)| code == left || code == right);
            *into += of_class.map(|(_, _, value)| value - sum.value).sum::<f64>();
        }
    }
    sum.slopes.iter_mut().for_each(|slope| *slope /= below);
    Ok(sum)
}

//! Area under the ROC curve of weighted rows.

use super::super::joint::Influence;
use super::objective::total;
use crate::stats::Undefined;

/// Returns the rows by descending score, so that tied rows are adjacent. The result is the same for any order of the
/// rows, because rows with equal score, label and weight are interchangeable.
pub(super) fn by_score(weights: &[f64], labels: &[bool], scores: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..).take(scores.len()).collect();
    order.sort_unstable_by(|left, right| {
        let (left, right) = (*left as usize, *right as usize);
        (scores[right] + 0.0)
            .total_cmp(&(scores[left] + 0.0))
            .then(labels[left].cmp(&labels[right]))
            .then(weights[left].total_cmp(&weights[right]))
    });
    order
}

/// Returns runs of rows with equal scores, each with the weight of its positives and of its negatives.
pub(super) fn ties<'a>(
    order: &'a [u32],
    (weights, labels, scores): (&'a [f64], &'a [bool], &'a [f64]),
) -> impl Iterator<Item = (&'a [u32], f64, f64)> {
    #[expect(clippy::float_cmp, reason = "a tie is the very same score")]
    let runs = order.chunk_by(|left, right| scores[*left as usize] == scores[*right as usize]);
    runs.map(move |tied| {
        let (mut positive, mut negative) = (0.0, 0.0);
        for row in tied {
            let row = *row as usize;
            *(if labels[row] { &mut positive } else { &mut negative }) += weights[row];
        }
        (tied, positive, negative)
    })
}

/// Returns the weights of the positives and of the negatives; an error unless both are above 0.
pub(super) fn both_classes(weights: &[f64], labels: &[bool]) -> Result<[f64; 2], Undefined> {
    let of_class = |class: bool| total(weights, |row| f64::from(u8::from(labels[row] == class)));
    let (positives, negatives) = (of_class(true), of_class(false));
    match (positives > 0.0, negatives > 0.0) {
        (true, true) => Ok([positives, negatives]),
        (false, false) => Err(Undefined::NoRows),
        _ => Err(Undefined::OneClass),
    }
}

/// Returns the area with each row's placement in it: DeLong's structural components, weighted. Rows of weight 0 are
/// ignored.
pub(crate) fn area(weights: &[f64], labels: &[bool], scores: &[f64]) -> Result<Influence, Undefined> {
    let [positives, negatives] = both_classes(weights, labels)?;
    let order = by_score(weights, labels, scores);
    let mut placements = vec![0.0; labels.len()];
    let (mut positives_above, mut negatives_above) = (0.0, 0.0);
    for (tied, positive, negative) in ties(&order, (weights, labels, scores)) {
        for row in tied.iter().map(|row| *row as usize) {
            placements[row] = if labels[row] {
                (negatives - negatives_above - negative / 2.0) / negatives
            } else {
                (positives_above + positive / 2.0) / positives
            };
        }
        positives_above += positive;
        negatives_above += negative;
    }
    let value = total(weights, |row| if labels[row] { placements[row] } else { 0.0 }) / positives;
    let slope = |row: usize| match (weights[row] > 0.0, labels[row]) {
        (false, _) => 0.0,
        (true, true) => (placements[row] - value) / positives,
        (true, false) => (placements[row] - value) / negatives,
    };
    Ok(Influence { value, slopes: (0..labels.len()).map(slope).collect() })
}

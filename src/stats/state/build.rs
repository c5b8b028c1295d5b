//! Rows → states.

use std::collections::BTreeMap;

use super::influence;
use super::influence::own;
use super::row_loss::{of_nothing, row_losses};
use crate::stats::state::ranking;
use crate::stats::{
    Answers, Columns, Contingency, Hit, Joint, Loss, LossMoments, Predicted, QueryValue, RankStatistics, Rows, State,
    StateKind, Table, Truth, Undefined,
};

/// What rows lack for a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the texts say it")]
pub enum Lacking {
    #[error("it is computed from predicted classes, and there are none")]
    Predictions,
    #[error("it is computed from scores, and there are none")]
    Scores,
    #[error("it is computed from forecast intervals, and there are none")]
    Interval,
    #[error("{outside} scores lie outside 0 to 1; they must be probabilities")]
    NotProbabilities { outside: u64 },
    #[error("it needs the series and the time of each row, or its naive error")]
    Series,
    #[error("the rows of a query are in more than one cluster")]
    QueryAcrossClusters,
    #[error("the rows of a query have different weights")]
    UnevenQuery,
    #[error("it does not speak of such labels")]
    OtherTask,
    #[error("it is undefined: {0}")]
    Undefined(#[from] Undefined),
}

pub(crate) fn build(kind: StateKind, rows: &Rows) -> Result<State, Lacking> {
    match kind {
        StateKind::Counts => counts(rows),
        StateKind::Hits(hit) => hits(rows, hit),
        StateKind::Loss(Loss::Hamming) if !matches!(rows.columns().truth, Truth::Labels(_)) => right(rows),
        StateKind::Loss(loss) => losses(rows, loss),
        StateKind::Ranks => ranks(rows),
        StateKind::Queries(of) => queries(rows, of),
        StateKind::Own(metric) => own(metric, rows),
    }
}

/// What is computed of each side.
pub(crate) fn of_both<'a, T>(
    rows: &'a Rows,
    of: impl Fn(&'a Answers) -> Result<T, Lacking>,
) -> Result<(T, Option<T>), Lacking> {
    let columns = rows.columns();
    Ok((of(&columns.candidate)?, columns.baseline.as_ref().map(of).transpose()?))
}

/// The predicted class of a row, as a code.
fn predicted(side: &Answers) -> Result<Box<dyn Fn(usize) -> u32 + '_>, Lacking> {
    match &side.predicted {
        Some(Predicted::Binary(classes)) => Ok(Box::new(|row| u32::from(classes[row]))),
        Some(Predicted::Classes(codes)) => Ok(Box::new(|row| codes[row])),
        _ => Err(Lacking::Predictions),
    }
}

fn counts(rows: &Rows) -> Result<State, Lacking> {
    let (label, classes): (Box<dyn Fn(usize) -> u32>, u32) = match &rows.columns().truth {
        Truth::Binary(labels) => (Box::new(|row| u32::from(labels[row])), 2),
        Truth::Classes { codes, count } => (Box::new(|row| codes[row]), *count),
        Truth::Labels(_) => {
            of_both(rows, |side| side.predicted.as_ref().ok_or(Lacking::Predictions))?;
            return Ok(State::Labels(Box::new(rows.without_scores())));
        }
        _ => return Err(Lacking::OtherTask),
    };
    let (ours, theirs) = of_both(rows, predicted)?;
    let before = |row: usize| theirs.as_ref().map_or(0, |theirs| theirs(row));
    if classes == 2 && matches!(rows.columns().truth, Truth::Binary(_)) && rows.is_plain() {
        let is = |code: u32| code == 1;
        return Ok(State::Contingency(contingency(rows, |row| (is(label(row)), is(ours(row)), is(before(row))))));
    }
    Ok(State::Table(table(rows, classes, |row| [label(row), ours(row), before(row)])))
}

/// Rows as one group of a binary table: label, candidate, baseline.
fn contingency(rows: &Rows, cell: impl Fn(usize) -> (bool, bool, bool)) -> Contingency {
    let mut counts = [0; 8];
    for row in 0..rows.len() {
        let (label, ours, theirs) = cell(row);
        counts[usize::from(label) * 4 + usize::from(ours) * 2 + usize::from(theirs)] += 1;
    }
    let paired = rows.columns().baseline.is_some();
    let table = Contingency::from_cells(paired, BTreeMap::from([(Vec::new(), counts)]));
    if rows.is_one_model() { table.with_identical_scores() } else { table }
}

pub(crate) fn table(rows: &Rows, classes: u32, cell: impl Fn(usize) -> [u32; 3]) -> Table {
    let columns = rows.columns();
    let (weights, clusters) = (&columns.weights, &columns.clusters);
    let mut table = Table::new(classes, columns.baseline.is_some(), weights.is_some(), clusters.is_some());
    for row in 0..rows.len() {
        table.add(cell(row), rows.weight(row), clusters.as_ref().map(|codes| codes[row]));
    }
    if rows.is_one_model() { table.with_identical_scores() } else { table }
}

/// Rows that are hit or missed by each side, as a table in which every label is positive: its accuracy is the share of hits.
pub(crate) fn of_hits(rows: &Rows, hits: (Vec<bool>, Option<Vec<bool>>)) -> State {
    let (ours, theirs) = hits;
    let before = |row: usize| theirs.as_ref().is_some_and(|theirs| theirs[row]);
    if rows.is_plain() {
        return State::Contingency(contingency(rows, |row| (true, ours[row], before(row))));
    }
    State::Table(table(rows, 2, |row| [1, u32::from(ours[row]), u32::from(before(row))]))
}

fn right(rows: &Rows) -> Result<State, Lacking> {
    let label: Box<dyn Fn(usize) -> u32> = match &rows.columns().truth {
        Truth::Binary(labels) => Box::new(|row| u32::from(labels[row])),
        Truth::Classes { codes, .. } => Box::new(|row| codes[row]),
        _ => return Err(Lacking::OtherTask),
    };
    let hits = of_both(rows, |side| {
        let predicted = predicted(side)?;
        Ok((0..rows.len()).map(|row| predicted(row) == label(row)).collect())
    })?;
    Ok(of_hits(rows, hits))
}

fn hits(rows: &Rows, hit: Hit) -> Result<State, Lacking> {
    let hits = of_both(rows, |side| match (hit, &rows.columns().truth) {
        (Hit::Interval, Truth::Numbers(labels)) => {
            let [low, high] = side.interval.as_ref().ok_or(Lacking::Interval)?;
            let ends = low.iter().zip(high);
            Ok(labels.iter().zip(ends).map(|(label, (low, high))| low <= label && label <= high).collect())
        }
        (Hit::TopK(k), Truth::Classes { codes, .. }) if !side.scores.is_empty() => {
            let is_hit = |(row, class): (usize, &u32)| {
                let class = *class as usize;
                let own = side.scores[class][row];
                let is_before =
                    |(other, column): &(usize, &Vec<f64>)| column[row] > own || (column[row] >= own && *other > class);
                side.scores.iter().enumerate().filter(is_before).count() < k
            };
            Ok(codes.iter().enumerate().map(is_hit).collect())
        }
        (Hit::TopK(_), Truth::Classes { .. }) => Err(Lacking::Scores),
        _ => Err(Lacking::OtherTask),
    })?;
    Ok(of_hits(rows, hits))
}

fn losses(rows: &Rows, loss: Loss) -> Result<State, Lacking> {
    let (ours, theirs) = of_both(rows, |side| row_losses(loss, rows, side))?;
    let columns = rows.columns();
    // A loss of scores is the same where they are, whatever is predicted from them.
    let of_scores = !matches!(loss, Loss::Width | Loss::Hamming) && !columns.candidate.scores.is_empty();
    let has_same_scores = columns.baseline.as_ref().is_some_and(|theirs| theirs.scores == columns.candidate.scores);
    let is_one_model = rows.is_one_model() || (of_scores && has_same_scores);
    Ok(mean(rows, &ours, theirs.as_deref(), (is_one_model, of_nothing(loss, rows))))
}

/// The mean of a number of each row, of sides that are one model or not, with what an error of 0 is measured by.
fn mean(rows: &Rows, ours: &[f64], theirs: Option<&[f64]>, (is_one_model, scale): (bool, Option<f64>)) -> State {
    if rows.is_plain() {
        let mut moments = LossMoments::default();
        for (row, loss) in ours.iter().enumerate() {
            moments.add(*loss, theirs.map(|losses| losses[row]));
        }
        let moments = moments.with_scale(scale);
        return State::Loss(if is_one_model { moments.with_identical_scores() } else { moments });
    }
    let influence = |losses: &[f64]| influence::mean(rows, losses);
    let joint = Joint::new(rows, rows.len() as u64, influence(ours), theirs.map(influence));
    State::Joint(joint.with_scale(scale).with_unchanged(is_one_model))
}

fn ranks(rows: &Rows) -> Result<State, Lacking> {
    let Truth::Binary(labels) = &rows.columns().truth else { return Err(Lacking::OtherTask) };
    let (ours, theirs) = of_both(rows, |side| side.scores.first().ok_or(Lacking::Scores))?;
    if rows.is_plain() {
        return Ok(State::Ranks(RankStatistics::from_scores(labels, ours, theirs.map(Vec::as_slice))));
    }
    let weights = influence::weights(rows);
    let influence = |scores: &Vec<f64>| influence::area(&weights, labels, scores);
    let joint = Joint::new(rows, rows.len() as u64, influence(ours), theirs.map(influence));
    let smallest = influence::smallest_class(rows);
    Ok(State::Joint(joint.with_smallest(smallest)))
}

/// One row for each query: what its ranking is worth.
fn queries(rows: &Rows, of: QueryValue) -> Result<State, Lacking> {
    let columns = rows.columns();
    let Truth::Relevance { gains, queries } = &columns.truth else { return Err(Lacking::OtherTask) };
    let (ours, theirs) = of_both(rows, |side| side.scores.first().ok_or(Lacking::Scores))?;
    let mut order: Vec<u32> = (0..).take(rows.len()).collect();
    order.sort_by_key(|row| queries[*row as usize]);
    let mut found: Vec<(f64, Option<f64>, f64, Option<u32>)> = Vec::new();
    for query in order.chunk_by(|left, right| queries[*left as usize] == queries[*right as usize]) {
        let pick = |column: &[f64]| -> Vec<f64> { query.iter().map(|row| column[*row as usize]).collect() };
        let gains = pick(gains);
        let value = |scores: &Vec<f64>| ranking::value(of, &gains, &pick(scores));
        let Some(candidate) = value(ours) else { continue };
        let first = query[0] as usize;
        if let Some(clusters) = &columns.clusters
            && query.iter().any(|row| clusters[*row as usize] != clusters[first])
        {
            return Err(Lacking::QueryAcrossClusters);
        }
        let mut weights: Vec<f64> = query.iter().map(|row| rows.weight(*row as usize)).collect();
        weights.sort_by(f64::total_cmp);
        if weights.first() != weights.last() {
            return Err(Lacking::UnevenQuery);
        }
        found.push((
            candidate,
            theirs.and_then(value),
            weights[0],
            columns.clusters.as_ref().map(|codes| codes[first]),
        ));
    }
    if found.is_empty() {
        return Err(if rows.is_empty() { Undefined::NoRows } else { Undefined::NoRelevantRows }.into());
    }
    let ours: Vec<f64> = found.iter().map(|query| query.0).collect();
    let theirs: Option<Vec<f64>> = found.iter().map(|query| query.1).collect();
    let side = |values: &[f64]| Answers { scores: vec![values.to_vec()], ..Answers::default() };
    let per_query = Columns {
        baseline: theirs.as_deref().map(side),
        weights: columns.weights.as_ref().map(|_| found.iter().map(|query| query.2).collect()),
        clusters: found.iter().map(|query| query.3).collect(),
        ..Columns::new(Truth::Numbers(vec![0.0; found.len()]), side(&ours))
    };
    let is_one_model = rows.is_one_model();
    let rows = Rows::new(per_query).map_err(|_| Lacking::OtherTask)?;
    Ok(mean(&rows, &ours, theirs.as_deref(), (is_one_model, None)))
}

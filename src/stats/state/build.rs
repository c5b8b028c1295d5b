//! Builds states from rows.

use super::lacking::{Lacking, of_both};

use super::influence;
use super::influence::own;
use super::row_loss::{of_nothing, row_losses};
use super::row_means::{contingency, mean, of_hits, table};
use crate::stats::state::{graded, ranking};
use crate::stats::{
    Columns, Hit, Joint, Loss, Predicted, Predictions, QueryValue, RankStatistics, Rows, State, StateKind, Task, Truth,
    Undefined,
};

/// Builds the state of a kind from the rows.
pub(crate) fn build(kind: StateKind, rows: &Rows) -> Result<State, Lacking> {
    match kind {
        StateKind::Counts => counts(rows),
        StateKind::Hits(hit) => hits(rows, hit),
        StateKind::Loss(Loss::Hamming) if !matches!(rows.columns().truth, Truth::Labels(_)) => right(rows),
        StateKind::Loss(loss) => losses(rows, loss),
        StateKind::Ranks => ranks(rows),
        StateKind::Queries(of) => queries(rows, of),
        StateKind::Grades(of) => graded::state(rows, of),
        StateKind::Own(metric) => own(metric, rows),
        // `Rows::one_class` has made two classes of the rows.
        StateKind::Class(_, of) if rows.task() == Task::Binary => build(of.of_two(), rows),
        StateKind::Class(..) => Err(Lacking::OtherTask),
    }
}

/// Returns a function from a row to the code of its predicted class.
fn predicted(side: &Predictions) -> Result<Box<dyn Fn(usize) -> u32 + '_>, Lacking> {
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
    // A loss of scores depends on the scores only, whatever class is predicted from them.
    // Equal grades of a few steps say less.
    let is_graded = matches!(columns.truth, Truth::Grades { .. });
    let has_scores = !columns.candidate.scores.is_empty() && !is_graded;
    let of_scores = !matches!(loss, Loss::Width | Loss::Hamming | Loss::IntervalScore(_)) && has_scores;
    let has_same_scores = columns.baseline.as_ref().is_some_and(|theirs| theirs.scores == columns.candidate.scores);
    let is_one_model = rows.is_one_model() || (of_scores && has_same_scores);
    Ok(mean(rows, &ours, theirs.as_deref(), (is_one_model, of_nothing(loss, rows))))
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

/// Builds the state of a mean over queries, with one value per query.
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
    let side = |values: &[f64]| Predictions { scores: vec![values.to_vec()], ..Predictions::default() };
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

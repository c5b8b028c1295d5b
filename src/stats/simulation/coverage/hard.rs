//! Populations whose samples often look more certain than they are: all rows correct, all errors alike, few clusters
//! that differ.

use super::populations::{Population, Random, logistic};
use crate::stats::*;

/// Number of rows in each population.
const ROWS: usize = 4_000;
/// Number of clusters in populations of clusters.
const CLUSTERS: u32 = 800;

/// A population with its name and the metrics to test on it.
pub(super) type Case = (&'static str, Population, &'static [&'static str]);

fn predicted(classes: Vec<bool>) -> Predictions {
    Predictions { predicted: Some(Predicted::Binary(classes)), ..Predictions::default() }
}

fn scored(scores: Vec<f64>) -> Predictions {
    Predictions { scores: vec![scores], ..Predictions::default() }
}

/// Draws a model that is correct in this proportion of the rows, and a baseline that differs in few of them.
fn right(share: f64, random: &mut Random) -> Columns {
    let labels: Vec<bool> = (0..ROWS).map(|_| random.unit() < 0.5).collect();
    let mut side = |share: f64, rest: &[bool], differs: f64| -> Vec<bool> {
        let mut other = |row: usize| if random.unit() < share { labels[row] } else { !labels[row] };
        let drawn: Vec<bool> = (0..ROWS).map(&mut other).collect();
        let keep: Vec<bool> = (0..ROWS).map(|_| random.unit() >= differs).collect();
        (0..ROWS).map(|row| if keep[row] && !rest.is_empty() { rest[row] } else { drawn[row] }).collect()
    };
    let theirs = side(share, &[], 1.0);
    let ours = side(share - 0.02, &theirs, 0.1);
    Columns { baseline: Some(predicted(theirs)), ..Columns::new(Truth::Binary(labels), predicted(ours)) }
}

fn weighted(columns: Columns, random: &mut Random) -> Columns {
    let weights = (0..ROWS).map(|_| [0.5, 1.0, 2.0, 3.0][random.below(4)]).collect();
    Columns { weights: Some(weights), ..columns }
}

/// Draws errors that are mostly the same number.
fn alike(random: &mut Random) -> Columns {
    let labels: Vec<f64> = (0..ROWS).map(|_| 8.0 + random.normal()).collect();
    let mut side = |size: f64| -> Vec<f64> {
        labels.iter().map(|label| label + if random.unit() < 0.95 { size } else { 2.0 * size }).collect()
    };
    let (ours, theirs) = (side(0.5), side(0.6));
    let theirs = Predictions {
        interval: Some([
            labels.iter().map(|label| label - 2.0).collect(),
            labels.iter().map(|label| label + 2.0).collect(),
        ]),
        ..scored(theirs)
    };
    let ends = |size: f64, random: &mut Random| -> Vec<f64> {
        labels.iter().map(|label| label + if random.unit() < 0.95 { size } else { 2.0 * size }).collect()
    };
    let ours = Predictions { interval: Some([ends(-1.0, random), ends(1.0, random)]), ..scored(ours) };
    Columns { baseline: Some(theirs), ..Columns::new(Truth::Numbers(labels), ours) }
}

/// Draws errors of normal size, and some that are far larger.
fn heavy(random: &mut Random) -> Columns {
    let labels: Vec<f64> = (0..ROWS).map(|_| 20.0 + 3.0 * random.normal()).collect();
    let shared: Vec<f64> = (0..ROWS).map(|_| random.normal() * (0.5 * random.normal()).exp()).collect();
    let mut side = |noise: f64| -> Vec<f64> {
        labels.iter().zip(&shared).map(|(label, shared)| label + shared + noise * random.normal()).collect()
    };
    let (ours, theirs) = (side(0.3), side(0.5));
    Columns { baseline: Some(scored(theirs)), ..Columns::new(Truth::Numbers(labels), scored(ours)) }
}

/// Draws scores that are all the same, except a few that are certain of the wrong class.
fn confident(random: &mut Random) -> Columns {
    let labels: Vec<bool> = (0..ROWS).map(|_| random.unit() < 0.5).collect();
    let mut side = |score: f64| -> Vec<f64> {
        labels.iter().map(|label| if (random.unit() < 0.97) == *label { score } else { 1.0 - score }).collect()
    };
    let (ours, theirs) = (side(0.85), side(0.84));
    Columns { baseline: Some(scored(theirs)), ..Columns::new(Truth::Binary(labels), scored(ours)) }
}

/// Draws queries of which the first row answers nearly all.
fn answered(random: &mut Random) -> Population {
    let (mut gains, mut ours, mut theirs, mut queries) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for query in 0..CLUSTERS {
        let (mine, other) = (random.unit() < 0.95, random.unit() < 0.97);
        for row in 0..4 {
            gains.push(f64::from(u8::from(row == 0)));
            queries.push(query);
            let score = |is_hit: bool| if row == 0 && !is_hit { 0.5 } else { 4.0 - f64::from(row) };
            ours.push(score(mine));
            theirs.push(0.25 + score(other || mine));
        }
    }
    let truth = Truth::Relevance { gains, queries: queries.clone() };
    Population::of_groups(Columns { baseline: Some(scored(theirs)), ..Columns::new(truth, scored(ours)) }, &queries)
}

/// Draws clusters of about `size` rows that differ in difficulty; the candidate fixes a wrong row or breaks a correct
/// one now and then.
fn clusters(size: usize, certain: f64, [fixes, breaks]: [f64; 2], random: &mut Random) -> Population {
    let (mut labels, mut ours, mut theirs, mut codes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut scores = [Vec::new(), Vec::new()];
    for cluster in 0..CLUSTERS / 2 {
        let chance = logistic(certain + 1.2 * random.normal());
        for _ in 0..1 + random.below(2 * size - 1) {
            let label = random.unit() < 0.4;
            let is_right = random.unit() < chance;
            let flips = random.unit() < if is_right { breaks } else { fixes };
            labels.push(label);
            theirs.push(label == is_right);
            ours.push(label == (is_right != flips));
            let mut score =
                |is_right: bool| logistic((if label == is_right { 1.2 } else { -1.2 }) + 0.5 * random.normal());
            scores[0].push(score(is_right != flips));
            scores[1].push(score(is_right));
            codes.push(cluster);
        }
    }
    let [our_scores, their_scores] = scores;
    let side = |classes: Vec<bool>, scores: Vec<f64>| Predictions { scores: vec![scores], ..predicted(classes) };
    let columns = Columns {
        baseline: Some(side(theirs, their_scores)),
        clusters: Some(codes.clone()),
        ..Columns::new(Truth::Binary(labels), side(ours, our_scores))
    };
    Population::of_groups(columns, &codes)
}

/// Draws questions whose samples are all correct or all wrong: a cluster carries no more information than one row.
fn questions(share: f64, random: &mut Random) -> Population {
    let (mut labels, mut ours, mut theirs, mut codes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for cluster in 0..CLUSTERS {
        let (mine, other) = (random.unit() < share, random.unit() < 0.5);
        for row in 0..4 {
            labels.push(row % 2 == 0);
            ours.push((row % 2 == 0) == mine);
            theirs.push((row % 2 == 0) == (mine || other));
            codes.push(cluster);
        }
    }
    let columns = Columns {
        baseline: Some(predicted(theirs)),
        clusters: Some(codes.clone()),
        ..Columns::new(Truth::Binary(labels), predicted(ours))
    };
    Population::of_groups(columns, &codes)
}

/// Draws clusters whose errors are mostly alike.
fn alike_clusters(random: &mut Random) -> Population {
    let mut columns = alike(random);
    let codes: Vec<u32> = (0..ROWS as u32).map(|row| row / 4).collect();
    columns.clusters = Some(codes.clone());
    Population::of_groups(columns, &codes)
}

const OF_RIGHT: &[&str] = &["accuracy", "f1", "balanced_accuracy", "f1_macro", "matthews_corrcoef"];
const OF_ALIKE: &[&str] = &["mae", "rmse", "medae", "mbe", "interval_width", "wape"];
const OF_CLUSTERS: &[&str] = &["accuracy", "f1", "balanced_accuracy", "matthews_corrcoef", "log_loss", "roc_auc"];

/// Returns populations of rows, or of queries.
pub(super) fn cases() -> Vec<Case> {
    let random = &mut Random::new(12);
    let rows = Population::of_rows;
    let (most, weighed) = (right(0.97, random), right(0.97, random));
    let (errors, weighed_errors) = (alike(random), alike(random));
    vec![
        ("80 % right", rows(right(0.82, random)), OF_RIGHT),
        ("95 % right", rows(most), OF_RIGHT),
        ("95 % right, weighted", rows(weighted(weighed, random)), OF_RIGHT),
        ("errors mostly alike", rows(errors), OF_ALIKE),
        ("errors mostly alike, weighted", rows(weighted(weighed_errors, random)), &["mae", "wape"]),
        ("some large errors", rows(heavy(random)), &["mae", "mse", "rmse", "medae", "r2"]),
        (
            "scores mostly alike",
            rows(confident(random)),
            &["log_loss", "brier_score", "roc_auc", "expected_calibration_error"],
        ),
        ("95 % answered", answered(random), &["hit_rate_at_k@1", "mrr", "ndcg@5"]),
    ]
}

/// Returns populations of clusters.
pub(super) fn clustered_cases() -> Vec<Case> {
    let random = &mut Random::new(13);
    let few: &[&str] = &["accuracy", "f1", "balanced_accuracy"];
    vec![
        ("questions of 4, 80 % right", questions(0.8, random), few),
        ("questions of 4, 95 % right", questions(0.95, random), few),
        ("clusters of about 10", clusters(10, 1.7, [0.15, 0.05], random), OF_CLUSTERS),
        ("clusters of about 100", clusters(100, 1.7, [0.15, 0.05], random), few),
        ("clusters of about 50 that hardly change", clusters(50, 1.7, [0.02, 0.005], random), few),
        ("clusters of 4 whose errors are mostly alike", alike_clusters(random), &["mae", "rmse", "mbe"]),
    ]
}

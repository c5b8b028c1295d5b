//! Populations of every kind of task to draw samples from, with the metrics to test on each.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Normal, Uniform};

use crate::stats::*;

/// Rows to draw from, and the units of a draw: single rows, or groups of rows.
pub(super) struct Population {
    pub(super) rows: Rows,
    groups: Vec<Vec<u32>>,
}

pub(super) struct Random(ChaCha8Rng);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Returns the random numbers of one draw, independent of other draws.
    pub(super) fn of_draw(seed: u64, draw: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(draw);
        Self(random)
    }

    pub(super) fn unit(&mut self) -> f64 {
        Uniform::new(0.0, 1.0).unwrap().sample(&mut self.0)
    }

    pub(super) fn normal(&mut self) -> f64 {
        Normal::new(0.0, 1.0).unwrap().sample(&mut self.0)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        Uniform::new(0, end).unwrap().sample(&mut self.0)
    }
}

pub(super) fn logistic(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp())
}

const POPULATION: usize = 4_001;

impl Population {
    pub(super) fn of_rows(columns: Columns) -> Self {
        let rows = Rows::new(columns).unwrap();
        let groups = (0..).take(rows.len()).map(|row| vec![row]).collect();
        Self { rows, groups }
    }

    /// Creates a population in which the rows of one cluster or query are drawn together.
    pub(super) fn of_groups(columns: Columns, codes: &[u32]) -> Self {
        let mut groups: Vec<Vec<u32>> = Vec::new();
        for (row, code) in (0..).zip(codes) {
            let code = *code as usize;
            if groups.len() <= code {
                groups.resize(code + 1, Vec::new());
            }
            groups[code].push(row);
        }
        Self { rows: Rows::new(columns).unwrap(), groups }
    }

    /// Draws `size` rows or groups with replacement. A cluster or query that is drawn twice counts as two.
    pub(super) fn sample(&self, size: usize, random: &mut Random) -> Rows {
        let drawn: Vec<&Vec<u32>> = (0..size).map(|_| &self.groups[random.below(self.groups.len())]).collect();
        let rows = self.rows.select(&drawn.iter().flat_map(|group| group.iter().copied()).collect::<Vec<_>>());
        let new: Vec<u32> = (0..).zip(&drawn).flat_map(|(place, group)| vec![place; group.len()]).collect();
        let mut columns = rows.columns().clone();
        if let Truth::Relevance { queries, .. } = &mut columns.truth {
            queries.clone_from(&new);
        }
        if columns.clusters.is_some() {
            columns.clusters = Some(new);
        }
        Rows::new(columns).unwrap()
    }
}

/// Draws a model whose scores are a little off, and a baseline that has less information.
fn binary(random: &mut Random) -> Columns {
    let (mut labels, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..POPULATION {
        let seen = 1.3 * random.normal();
        labels.push(random.unit() < logistic(seen + 0.8 * random.normal() - 0.7));
        ours.push(logistic(0.9 * seen - 0.4));
        theirs.push(logistic(0.9 * seen + 0.5 * random.normal() - 0.5));
    }
    let side = |scores: Vec<f64>| Predictions {
        predicted: Some(Predicted::Binary(scores.iter().map(|score| *score >= 0.5).collect())),
        scores: vec![scores],
        ..Predictions::default()
    };
    Columns { baseline: Some(side(theirs)), ..Columns::new(Truth::Binary(labels), side(ours)) }
}

fn multiclass(random: &mut Random) -> Columns {
    let codes: Vec<u32> = (0..POPULATION)
        .map(|_| match random.unit() {
            at if at < 0.4 => 0,
            at if at < 0.7 => 1,
            at if at < 0.9 => 2,
            _ => 3,
        })
        .collect();
    let shared: Vec<[f64; 4]> = codes
        .iter()
        .map(|code| {
            let mut odds = [0.0; 4].map(|_: f64| random.normal());
            odds[*code as usize] += 1.6;
            odds
        })
        .collect();
    let mut side = |noise: f64| {
        let rows: Vec<[f64; 4]> = shared
            .iter()
            .map(|odds| {
                let odds = odds.map(|odds| (odds + noise * random.normal()).exp());
                let all: f64 = odds.iter().sum();
                odds.map(|odds| odds / all)
            })
            .collect();
        let top = |row: &[f64; 4]| (0..4).max_by(|a, b| row[*a as usize].total_cmp(&row[*b as usize])).unwrap();
        Predictions {
            predicted: Some(Predicted::Classes(rows.iter().map(top).collect())),
            scores: (0..4).map(|class| rows.iter().map(|row| row[class]).collect()).collect(),
            ..Predictions::default()
        }
    };
    let (ours, theirs) = (side(0.3), side(0.5));
    Columns { baseline: Some(theirs), ..Columns::new(Truth::Classes { codes, count: 4 }, ours) }
}

fn multilabel(random: &mut Random) -> Columns {
    let mut labels = vec![Vec::new(); 4];
    let mut sides = [vec![Vec::new(); 4], vec![Vec::new(); 4]];
    for _ in 0..POPULATION {
        let shared = random.normal();
        for label in 0..4 {
            let odds = 1.5 * random.normal() + 0.7 * shared - 0.3 * label as f64;
            labels[label].push(odds + 0.7 * random.normal() > 0.0);
            sides[0][label].push(logistic(odds + 0.3 * random.normal()));
            sides[1][label].push(logistic(odds + 0.6 * random.normal()));
        }
    }
    let [ours, theirs] = sides.map(|scores| Predictions {
        predicted: Some(Predicted::Labels(
            scores.iter().map(|column| column.iter().map(|score| *score >= 0.5).collect()).collect(),
        )),
        scores,
        ..Predictions::default()
    });
    Columns { baseline: Some(theirs), ..Columns::new(Truth::Labels(labels), ours) }
}

/// Draws errors that grow with the number, as they mostly do.
fn regression(random: &mut Random) -> Columns {
    let (mut labels, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..POPULATION {
        let label = 1.0 + (1.0 + 0.5 * random.normal()).exp();
        let shared = random.normal();
        labels.push(label);
        ours.push((label * (1.0 + 0.15 * shared + 0.1 * random.normal())).max(0.0));
        theirs.push((label * (1.02 + 0.15 * shared + 0.13 * random.normal())).max(0.0));
    }
    let side = |numbers: Vec<f64>| Predictions {
        interval: Some([numbers.iter().map(|n| n * 0.75).collect(), numbers.iter().map(|n| n * 1.3).collect()]),
        scores: vec![numbers],
        ..Predictions::default()
    };
    // Every seventh row is of one series.
    let naive_errors = Some((0..POPULATION).map(|row| 0.5 + 0.25 * (row % 7) as f64).collect());
    Columns { baseline: Some(side(theirs)), naive_errors, ..Columns::new(Truth::Numbers(labels), side(ours)) }
}

fn ranking(random: &mut Random) -> Population {
    let (mut gains, mut ours, mut theirs, mut queries) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for query in 0..500 {
        for _ in 0..10 {
            let gain = [0.0, 0.0, 0.0, 1.0, 2.0][random.below(5)];
            let shared = gain + random.normal();
            gains.push(gain);
            queries.push(query);
            ours.push(shared + 0.3 * random.normal());
            theirs.push(shared + 0.6 * random.normal());
        }
    }
    let side = |scores: Vec<f64>| Predictions { scores: vec![scores], ..Predictions::default() };
    let truth = Truth::Relevance { gains, queries };
    let rows = Rows::new(Columns { baseline: Some(side(theirs)), ..Columns::new(truth, side(ours)) }).unwrap();
    let groups = (0..500_u32).map(|query| (query * 10..query * 10 + 10).collect()).collect();
    Population { rows, groups }
}

fn weighted(columns: Columns, random: &mut Random) -> Columns {
    let weights = (0..POPULATION).map(|_| [0.5, 1.0, 2.0, 3.0][random.below(4)]).collect();
    Columns { weights: Some(weights), ..columns }
}

/// Draws users of one to six rows who are easy or hard to predict.
fn clustered(random: &mut Random) -> Population {
    let mut columns = binary(random);
    let Truth::Binary(labels) = &mut columns.truth else { unreachable!() };
    let mut groups: Vec<Vec<u32>> = Vec::new();
    let mut codes = Vec::new();
    let mut row = 0_u32;
    while (row as usize) < POPULATION {
        let end = (row + 1 + random.below(6) as u32).min(POPULATION as u32);
        let is_hard = random.unit() < 0.3;
        for row in row..end {
            if is_hard {
                labels[row as usize] = random.unit() < 0.5;
            }
            codes.push(groups.len() as u32);
        }
        groups.push((row..end).collect());
        row = end;
    }
    columns.clusters = Some(codes);
    Population { rows: Rows::new(columns).unwrap(), groups }
}

pub(super) const OF_BINARY: &[&str] = &[
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "f1",
    "fbeta@2",
    "jaccard",
    "specificity",
    "negative_predictive_value",
    "false_positive_rate",
    "false_negative_rate",
    "predicted_positive_rate",
    "false_discovery_rate",
    "false_omission_rate",
    "prevalence",
    "informedness",
    "markedness",
    "g_mean",
    "fowlkes_mallows_index",
    "positive_likelihood_ratio",
    "negative_likelihood_ratio",
    "average_odds",
    "balanced_accuracy_adjusted",
    "matthews_corrcoef",
    "cohen_kappa",
    "zero_one_loss",
    "f1_macro",
    "precision_macro",
    "f1_weighted",
    "flip_rate",
    "broken_rate",
    "fixed_rate",
    "generalized_entropy",
    "generalized_entropy@0.5",
    "theil_index",
    "roc_auc",
    "gini",
    "partial_roc_auc@0.2",
    "average_precision",
    "ks_statistic",
    "recall_at_precision@0.7",
    "precision_at_recall@0.6",
    "recall_at_fpr@0.1",
    "recall_at_specificity@0.8",
    "specificity_at_recall@0.7",
    "best_f1",
    "precision_at_top@0.1",
    "recall_at_top@0.2",
    "lift_at_top@0.1",
    "log_loss",
    "brier_score",
    "d2_log_loss",
    "d2_brier",
    "mean_bias_error",
    "mean_prediction",
    "expected_calibration_error",
    "quantile_calibration_error@10",
    "maximum_calibration_error@5",
    "calibration_slope",
    "calibration_intercept",
];
pub(super) const OF_CLASSES: &[&str] = &[
    "accuracy",
    "balanced_accuracy",
    "balanced_accuracy_adjusted",
    "g_mean",
    "f1_macro",
    "f1_micro",
    "f1_weighted",
    "precision_macro",
    "recall_macro",
    "jaccard_macro",
    "matthews_corrcoef",
    "cohen_kappa",
    "cohen_kappa_quadratic",
    "top_k_accuracy@2",
    "roc_auc_ovr_macro",
    "roc_auc_ovo_macro",
    "roc_auc_ovr_weighted",
    "roc_auc_ovr_micro",
    "average_precision_macro",
    "average_precision_micro",
    "log_loss",
    "brier_score",
    "d2_log_loss",
    "d2_brier",
    "expected_calibration_error",
    "quantile_calibration_error@10",
    "top_label_calibration_error@5",
    "classwise_calibration_error@10",
];
pub(super) const OF_LABELS: &[&str] = &[
    "accuracy",
    "hamming_loss",
    "label_ranking_average_precision",
    "label_ranking_loss",
    "coverage_error",
    "f1_micro",
    "f1_macro",
    "f1_weighted",
    "jaccard_macro",
    "roc_auc_macro",
    "roc_auc_micro",
    "average_precision_macro",
];
pub(super) const OF_NUMBERS: &[&str] = &[
    "mae",
    "mse",
    "rmse",
    "msle",
    "rmsle",
    "medae",
    "mape",
    "smape",
    "wape",
    "mbe",
    "r2",
    "explained_variance",
    "d2_absolute_error",
    "d2_pinball@0.75",
    "d2_tweedie@1.5",
    "pearson",
    "spearman",
    "kendall",
    "nrmse",
    "nrmse_std",
    "huber_loss@0.5",
    "mean_poisson_deviance",
    "mean_gamma_deviance",
    "mean_pinball_loss@0.9",
    "mase",
    "rmsse",
    "interval_coverage",
    "interval_width",
    "interval_score@0.9",
];
pub(super) const OF_QUERIES: &[&str] =
    &["ndcg@5", "dcg@5", "map", "mrr", "precision_at_k@3", "recall_at_k@3", "hit_rate_at_k@1"];
pub(super) const OF_WEIGHTED: &[&str] =
    &["accuracy", "f1", "recall", "matthews_corrcoef", "roc_auc", "average_precision", "log_loss", "broken_rate"];
pub(super) const OF_CLUSTERED: &[&str] =
    &["accuracy", "f1", "roc_auc", "brier_score", "flip_rate", "precision_at_top@0.1"];

pub(super) fn populations() -> Vec<(&'static str, Population, &'static [&'static str])> {
    let random = &mut Random::new(11);
    let rows = Population::of_rows;
    vec![
        ("binary", rows(binary(random)), OF_BINARY),
        ("multiclass", rows(multiclass(random)), OF_CLASSES),
        ("multilabel", rows(multilabel(random)), OF_LABELS),
        ("regression", rows(regression(random)), OF_NUMBERS),
        ("ranking", ranking(random), OF_QUERIES),
        ("weighted", rows(weighted(binary(random), random)), OF_WEIGHTED),
        ("clustered", clustered(random), OF_CLUSTERED),
    ]
}

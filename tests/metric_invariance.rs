//! Estimates that depend on nothing but the rows: neither their order, nor the numbering of clusters, nor rows of weight 0.

use mlgate::testing::stats::{Columns, Metric, Predicted, Predictions, Rows, Side, Truth, estimate, infer_change};
use proptest::prelude::*;

/// Rows of both sides with ties, weights and clusters.
type Drawn = Vec<(bool, u8, u8, u8, u8)>;

fn columns_of(drawn: &Drawn, with_weights: bool, with_clusters: bool, renamed: bool) -> Columns {
    let score = |tenth: u8| f64::from(tenth) / 10.0;
    let side = |scores: Vec<f64>| Predictions {
        predicted: Some(Predicted::Binary(scores.iter().map(|score| *score >= 0.5).collect())),
        scores: vec![scores],
        ..Predictions::default()
    };
    // Codes of clusters are numbered as they occur in a file, and differ between files.
    let code = |cluster: u8| if renamed { 97 - u32::from(cluster) * 13 } else { u32::from(cluster) };
    Columns {
        baseline: Some(side(drawn.iter().map(|row| score(row.2)).collect())),
        weights: with_weights.then(|| drawn.iter().map(|row| f64::from(row.3) * 0.7).collect()),
        clusters: with_clusters.then(|| drawn.iter().map(|row| code(row.4)).collect()),
        ..Columns::new(
            Truth::Binary(drawn.iter().map(|row| row.0).collect()),
            side(drawn.iter().map(|row| score(row.1)).collect()),
        )
    }
}

const ANY_ORDER: [&str; 16] = [
    "accuracy",
    "f1",
    "f1_macro",
    "matthews_corrcoef",
    "flip_rate",
    "roc_auc",
    "average_precision",
    "ks_statistic",
    "log_loss",
    "brier_score",
    "expected_calibration_error",
    "calibration_slope",
    "calibration_intercept",
    "recall_at_precision@0.5",
    "precision_at_top@0.3",
    "lift_at_top@0.3",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// No bit of an estimate depends on the order of the rows or on the numbering of clusters.
    #[test]
    fn order_and_codes_change_nothing(
        drawn in prop::collection::vec((any::<bool>(), 0u8..=10, 0u8..=10, 0u8..4, 0u8..6), 12..30),
        with_weights: bool,
        with_clusters: bool,
        turn in 1usize..29,
    ) {
        let mut turned = drawn.clone();
        let turn = turn % turned.len();
        turned.rotate_left(turn);
        turned.reverse();
        let rows = Rows::new(columns_of(&drawn, with_weights, with_clusters, false)).unwrap();
        let other = Rows::new(columns_of(&turned, with_weights, with_clusters, true)).unwrap();
        for name in ANY_ORDER {
            let metric = Metric::parse(name).unwrap();
            let (state, again) = (metric.state_kind().build(&rows), metric.state_kind().build(&other));
            let (Ok(state), Ok(again)) = (state, again) else { continue };
            let one = |state| estimate(metric, state, Side::Candidate, 0.95, 5);
            prop_assert_eq!(one(&state), one(&again), "{}", name);
            let both = |state| infer_change(metric, state, 1.0, 5).map(|change| change.at(0.95));
            prop_assert_eq!(both(&state), both(&again), "{}", name);
        }
    }

    /// A row of weight 0 is no row, and a row of weight 2 is not two rows: it contains less information.
    #[test]
    fn a_weight_of_zero_is_a_row_removed(
        drawn in prop::collection::vec((any::<bool>(), 0u8..=10, 0u8..=10, 0u8..4, 0u8..6), 12..30),
    ) {
        let rows = Rows::new(columns_of(&drawn, true, false, false)).unwrap();
        let kept: Drawn = drawn.iter().filter(|row| row.3 > 0).copied().collect();
        let other = Rows::new(columns_of(&kept, true, false, false)).unwrap();
        for name in ANY_ORDER {
            let metric = Metric::parse(name).unwrap();
            let (Ok(state), Ok(again)) = (metric.state_kind().build(&rows), metric.state_kind().build(&other)) else { continue };
            let one = |state| estimate(metric, state, Side::Candidate, 0.95, 5);
            prop_assert_eq!(one(&state), one(&again), "{}", name);
        }
    }
}

//! Edge cases of metrics on which libraries disagree, each with a fixed result.

use mlgate::testing::stats::estimate;
use mlgate::testing::stats::{
    Average, Columns, Estimate, Lacking, Measure, Metric, Predicted, Predictions, Rows, Series, Side, Task, Truth,
    Undefined, infer_change,
};

fn metric(name: &str) -> Metric {
    Metric::parse(name).unwrap()
}

pub(crate) fn measured(name: &str, columns: Columns) -> Result<Estimate, Undefined> {
    let metric = metric(name);
    let state = metric.state_kind().build(&Rows::new(columns).unwrap()).unwrap();
    estimate(metric, &state, Side::Candidate, 0.95, 0)
}

pub(crate) fn value(name: &str, columns: Columns) -> Result<f64, Undefined> {
    let metric = metric(name);
    match metric.state_kind().build(&Rows::new(columns).unwrap()) {
        Ok(state) => metric.value(&state, Side::Candidate).map(|(value, _)| value),
        Err(Lacking::Undefined(why)) => Err(why),
        Err(why) => panic!("{name}: {why}"),
    }
}

#[track_caller]
pub(crate) fn near(found: Result<f64, Undefined>, expected: f64) {
    let found = found.unwrap();
    assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
}

fn flags(text: &str) -> Vec<bool> {
    text.bytes().map(|flag| flag == b'1').collect()
}

/// Returns labels and predictions as 0 and 1.
pub(crate) fn binary(labels: &str, predicted: &str) -> Columns {
    let side = Predictions { predicted: Some(Predicted::Binary(flags(predicted))), ..Predictions::default() };
    Columns::new(Truth::Binary(flags(labels)), side)
}

pub(crate) fn scored(labels: &str, scores: &[f64]) -> Columns {
    Columns::new(Truth::Binary(flags(labels)), Predictions { scores: vec![scores.to_vec()], ..Predictions::default() })
}

fn classes(labels: &[u32], predicted: &[u32], count: u32) -> Columns {
    let side = Predictions { predicted: Some(Predicted::Classes(predicted.to_vec())), ..Predictions::default() };
    Columns::new(Truth::Classes { codes: labels.to_vec(), count }, side)
}

pub(crate) fn numbers(labels: &[f64], predicted: &[f64]) -> Columns {
    Columns::new(
        Truth::Numbers(labels.to_vec()),
        Predictions { scores: vec![predicted.to_vec()], ..Predictions::default() },
    )
}

#[test]
fn nothing_to_divide_by_is_undefined_and_never_zero() {
    assert_eq!(value("precision", binary("1100", "0000")), Err(Undefined::NoPredictedPositives));
    assert_eq!(value("recall", binary("0000", "1100")), Err(Undefined::NoPositives));
    assert_eq!(value("f1", binary("0000", "0000")), Err(Undefined::NothingPositive));
    assert_eq!(value("negative_predictive_value", binary("1100", "1111")), Err(Undefined::NoPredictedNegatives));
    assert_eq!(value("specificity", binary("1111", "1100")), Err(Undefined::NoNegatives));
    // If all positives are missed, f1 is 0 and defined.
    near(value("f1", binary("1100", "0000")), 0.0);
    near(value("jaccard", binary("1100", "0000")), 0.0);
}

#[test]
fn a_class_that_one_side_lacks() {
    // Class 2 is predicted and never true: its f1 is 0 and is averaged, because the classes are those of labels and
    // predictions.
    let unseen = || classes(&[0, 0, 1, 1], &[0, 0, 1, 2], 3);
    near(value("f1_macro", unseen()), (1.0 + 2.0 / 3.0 + 0.0) / 3.0);
    // The recall of class 2 is 0 of 0 rows; scikit-learn returns 0.
    assert_eq!(value("recall_macro", unseen()), Err(Undefined::ClassWithoutRows(2)));
    near(value("balanced_accuracy", unseen()), 0.75);
    near(value("recall_weighted", unseen()), 0.75);
    // Class 1 is true and never predicted.
    let unpredicted = || classes(&[0, 0, 1, 1], &[0, 0, 0, 0], 2);
    assert_eq!(value("precision_macro", unpredicted()), Err(Undefined::ClassNeverPredicted(1)));
    near(value("recall_macro", unpredicted()), 0.5);
    // A class without labels and predictions does not count.
    near(value("f1_macro", classes(&[0, 0, 1, 1], &[0, 0, 1, 1], 7)), 1.0);
}

#[test]
fn micro_averages_of_single_labels_are_the_accuracy() {
    let rows = || classes(&[0, 1, 2, 2, 1, 0], &[0, 2, 2, 1, 1, 0], 3);
    for name in ["precision_micro", "recall_micro", "f1_micro", "fbeta_micro@2", "accuracy"] {
        near(value(name, rows()), 4.0 / 6.0);
    }
    near(value("jaccard_micro", rows()), 4.0 / 8.0);
}

#[test]
fn agreement_by_chance_alone_is_undefined() {
    for name in ["matthews_corrcoef", "cohen_kappa", "cohen_kappa_linear"] {
        assert_eq!(value(name, binary("1111", "1111")), Err(Undefined::NoSpread), "{name}");
        near(value(name, binary("1100", "1100")), 1.0);
        near(value(name, binary("1100", "0011")), -1.0);
    }
    assert_eq!(value("matthews_corrcoef", binary("1100", "1111")), Err(Undefined::NoSpread));
    near(value("cohen_kappa", binary("1100", "1111")), 0.0);
}

#[test]
fn ties_and_single_classes_of_curves() {
    near(value("roc_auc", scored("1010", &[0.5; 4])), 0.5);
    assert_eq!(value("roc_auc", scored("1111", &[0.1, 0.2, 0.3, 0.4])), Err(Undefined::OneClass));
    // scikit-learn returns 0.0 without positives.
    assert_eq!(value("average_precision", scored("0000", &[0.1, 0.2, 0.3, 0.4])), Err(Undefined::NoPositives));
    near(value("average_precision", scored("1000", &[0.5; 4])), 0.25);
    near(value("ks_statistic", scored("1100", &[0.5; 4])), 0.0);
    // A model that ranks backwards separates nothing.
    near(value("ks_statistic", scored("1100", &[0.1, 0.2, 0.8, 0.9])), 0.0);
    near(value("ks_statistic", scored("1100", &[0.9, 0.8, 0.2, 0.1])), 1.0);
}

#[test]
fn rows_that_tie_at_the_edge_of_the_top_count_in_part() {
    // The upper half of four rows: the first, and a third of the three that tie.
    let rows = || scored("1100", &[0.9, 0.5, 0.5, 0.5]);
    near(value("precision_at_top@0.5", rows()), (1.0 + 1.0 / 3.0) / 2.0);
    near(value("lift_at_top@0.5", rows()), (1.0 + 1.0 / 3.0) / 2.0 / 0.5);
    near(value("precision_at_top@1", rows()), 0.5);
}

#[test]
fn a_precision_that_no_threshold_reaches() {
    let rows = || scored("0101", &[0.9, 0.8, 0.7, 0.6]);
    assert_eq!(value("recall_at_precision@0.9", rows()), Err(Undefined::PrecisionNotReached));
    near(value("recall_at_precision@0.5", rows()), 1.0);
}

#[test]
fn a_wrong_certainty_costs_as_much_as_the_score_s_type_can_tell() {
    // scikit-learn 1.9.1: −ln of the epsilon of float64 and of float32.
    let rows = |is_single| {
        let mut rows = scored("11", &[0.0, 0.0]);
        rows.candidate.is_single = is_single;
        rows
    };
    near(value("log_loss", rows(false)), 36.043_653_389_117_15);
    near(value("log_loss", rows(true)), 15.942_385_152_878_742);
}

#[test]
fn brier_counts_one_class_of_two_and_all_of_several() {
    near(value("brier_score", scored("10", &[0.0, 1.0])), 1.0);
    let side = Predictions { scores: vec![vec![0.0, 0.5], vec![1.0, 0.25], vec![0.0, 0.25]], ..Predictions::default() };
    let rows = Columns::new(Truth::Classes { codes: vec![0, 0], count: 3 }, side);
    near(value("brier_score", rows), (2.0 + 0.375) / 2.0);
}

#[test]
fn bins_hold_their_upper_edge() {
    // With four bins, 0.25 belongs to the first, and 0 and 1 are in bins.
    let rows = scored("1001", &[0.25, 0.0, 0.26, 1.0]);
    // (0, ¼]: 0.25 and 0 against one positive; (¼, ½]: 0.26 against none; (¾, 1]: 1 against one.
    near(value("expected_calibration_error@4", rows), ((0.25_f64 - 1.0).abs() + 0.26 + 0.0) / 4.0);
}

#[test]
fn a_calibration_without_an_answer() {
    assert_eq!(value("calibration_slope", scored("1100", &[0.9, 0.8, 0.2, 0.1])), Err(Undefined::Separated));
    assert_eq!(value("calibration_slope", scored("1100", &[0.5; 4])), Err(Undefined::NoSpread));
    assert_eq!(value("calibration_slope", scored("1111", &[0.9, 0.8, 0.2, 0.1])), Err(Undefined::OneClass));
    near(value("calibration_intercept", scored("1100", &[0.5; 4])), 0.0);
}

#[test]
fn regressions_without_an_answer() {
    // scikit-learn returns 0, or 1 if all predictions are correct.
    assert_eq!(value("r2", numbers(&[3.0, 3.0], &[3.0, 4.0])), Err(Undefined::ConstantLabels));
    assert_eq!(value("r2", numbers(&[3.0], &[3.0])), Err(Undefined::OneRow));
    assert_eq!(value("explained_variance", numbers(&[3.0, 3.0], &[3.0, 3.0])), Err(Undefined::ConstantLabels));
    // scikit-learn divides by its epsilon and returns about 1e15.
    assert_eq!(value("mape", numbers(&[0.0, 1.0], &[1.0, 1.0])), Err(Undefined::ZeroLabel));
    assert_eq!(value("wape", numbers(&[0.0, 0.0], &[1.0, 1.0])), Err(Undefined::ZeroLabels));
    assert_eq!(value("msle", numbers(&[1.0, 2.0], &[-1.0, 2.0])), Err(Undefined::BelowMinusOne));
    assert_eq!(value("mse", numbers(&[1e200, 2.0], &[1.0, 2.0])), Err(Undefined::TooLarge));
    near(value("mape", numbers(&[-2.0, 4.0], &[-1.0, 4.0])), 0.25);
    // The range is 0 to 2; a row of two zeros is correct.
    near(value("smape", numbers(&[0.0, 1.0], &[0.0, -1.0])), 1.0);
}

#[test]
fn a_median_of_an_even_number_of_errors_lies_between() {
    near(value("medae", numbers(&[0.0; 4], &[1.0, 2.0, 4.0, 8.0])), 3.0);
    near(value("medae", numbers(&[0.0; 3], &[1.0, 2.0, 4.0])), 2.0);
    near(value("max_error", numbers(&[0.0; 3], &[1.0, -5.0, 4.0])), 5.0);
}

#[test]
fn a_scaled_error_needs_a_forecast_to_scale_by() {
    let series = |codes: [u32; 4]| Some(Series { codes: codes.to_vec(), times: vec![1.0, 2.0, 3.0, 4.0] });
    let of = |labels: [f64; 4], codes| Columns { series: series(codes), ..numbers(&labels, &[1.0; 4]) };
    // The errors are 0, 1, 2, 3 and the naive ones 1, 1, 1.
    near(value("mase", of([1.0, 2.0, 3.0, 4.0], [0; 4])), 1.5);
    // Two series of two rows: the naive errors are 1 and 1; none crosses from one series to the other.
    near(value("mase", of([1.0, 2.0, 30.0, 31.0], [0, 0, 1, 1])), (0.0 + 1.0 + 29.0 + 30.0) / 4.0);
    assert_eq!(value("mase@2", of([1.0, 2.0, 3.0, 4.0], [0, 0, 1, 1])), Err(Undefined::NoSeason));
    assert_eq!(value("mase", of([3.0; 4], [0; 4])), Err(Undefined::NaiveIsPerfect));
    let given = Columns { naive_errors: Some(vec![1.0, 1.0, 2.0, 2.0]), ..numbers(&[1.0, 2.0, 3.0, 4.0], &[1.0; 4]) };
    near(value("mase", given), (0.0 + 1.0 + 1.0 + 1.5) / 4.0);
    for (naive, why) in
        [(0.0, Undefined::NaiveIsPerfect), (-1.0, Undefined::NaiveIsPerfect), (1e-300, Undefined::TooLarge)]
    {
        let given = Columns { naive_errors: Some(vec![1.0, naive]), ..numbers(&[1.0, 2.0], &[1.0; 2]) };
        assert_eq!(value("mase", given), Err(why), "{naive}");
    }
    let rows = Rows::new(numbers(&[1.0, 2.0], &[1.0, 2.0])).unwrap();
    assert_eq!(metric("mase").state_kind().build(&rows), Err(Lacking::Series));
}

#[test]
fn of_tied_scores_the_later_class_comes_first() {
    // scikit-learn 1.9.1: top_k_accuracy_score([0, 2], [[0.5, 0.5, 0], [0.4, 0.3, 0.3]], k=1, labels=[0, 1, 2]) is 0,
    // and with k=2 it is 1.
    let side = Predictions { scores: vec![vec![0.5, 0.4], vec![0.5, 0.3], vec![0.0, 0.3]], ..Predictions::default() };
    let rows = || Columns::new(Truth::Classes { codes: vec![0, 2], count: 3 }, side.clone());
    near(value("top_k_accuracy@1", rows()), 0.0);
    near(value("top_k_accuracy@2", rows()), 1.0);
}

#[test]
fn gains_are_linear_and_queries_without_relevant_rows_are_left_out() {
    let ranking = |gains: &[f64], queries: &[u32], scores: &[f64]| {
        let side = Predictions { scores: vec![scores.to_vec()], ..Predictions::default() };
        Columns::new(Truth::Relevance { gains: gains.to_vec(), queries: queries.to_vec() }, side)
    };
    // Two identical queries, and one without any relevant row. With 2^gain − 1 the result would be 0.7098.
    let expected = (1.0 + 3.0 / 3.0_f64.log2()) / (3.0 + 1.0 / 3.0_f64.log2());
    let rows = ranking(&[1.0, 3.0, 1.0, 3.0, 0.0, 0.0], &[5, 5, 9, 9, 2, 2], &[2.0, 1.0, 2.0, 1.0, 2.0, 1.0]);
    let found = measured("ndcg", rows).unwrap();
    near(Ok(found.value), expected);
    assert_eq!(found.n, 2);
    assert_eq!(value("map", ranking(&[0.0, 0.0], &[1, 1], &[1.0, 2.0])), Err(Undefined::NoRelevantRows));
}

#[test]
fn a_row_of_labels_that_has_none() {
    let side =
        Predictions { predicted: Some(Predicted::Labels(vec![flags("10"), flags("00")])), ..Predictions::default() };
    let rows = || Columns::new(Truth::Labels(vec![flags("10"), flags("10")]), side.clone());
    // The second row has neither labels nor predictions, so nothing can be right or wrong: one row of two takes part.
    near(value("f1_samples", rows()), 2.0 / 3.0);
    let state = metric("f1_samples").state_kind().build(&Rows::new(rows()).unwrap()).unwrap();
    assert_eq!(metric("f1_samples").value(&state, Side::Candidate).unwrap().1, 1);
    near(value("precision_samples", rows()), 1.0);
    let nothing = || {
        Columns::new(
            Truth::Labels(vec![flags("00")]),
            Predictions { predicted: Some(Predicted::Labels(vec![flags("00")])), ..Predictions::default() },
        )
    };
    assert_eq!(value("f1_samples", nothing()), Err(Undefined::NothingPositive));
    near(value("f1_micro", rows()), 2.0 / 3.0);
    assert_eq!(value("precision_macro", rows()), Err(Undefined::ClassNeverPredicted(1)));
    near(value("accuracy", rows()), 0.5);
    near(value("hamming_loss", rows()), 0.25);
}

#[test]
fn flips_are_of_both_sides() {
    let mut columns = binary("1100", "1010");
    columns.baseline =
        Some(Predictions { predicted: Some(Predicted::Binary(flags("0011"))), ..Predictions::default() });
    near(value("flip_rate", columns.clone()), 0.5);
    near(value("fixed_rate", columns.clone()), 0.5);
    near(value("broken_rate", columns.clone()), 0.0);
    assert_eq!(value("flip_rate", binary("1100", "1010")), Err(Undefined::NoBaseline));
    let rows = Rows::new(columns).unwrap();
    let flips = Metric::of(Measure::FlipRate);
    let state = flips.state_kind().build(&rows).unwrap();
    assert_eq!(infer_change(flips, &state, 1.0, 0).map(|change| change.at(0.95)), Err(Undefined::OfBothSides));
}

#[test]
fn one_cluster_says_nothing_of_others() {
    let columns = Columns { clusters: Some(vec![4; 4]), ..binary("1100", "1010") };
    assert_eq!(measured("accuracy", columns), Err(Undefined::OneCluster));
}

#[test]
fn names_are_read_and_written_alike() {
    for name in Metric::names() {
        let number = match metric_number(&name) {
            Some(number) => format!("{name}@{number}"),
            None => name,
        };
        let metric = metric(&number);
        assert_eq!(Metric::parse(&metric.to_string()), Ok(metric), "{number}");
        assert!(metric.definition().starts_with(&metric.to_string()));
    }
    assert_eq!(metric("precision@5").measure, Measure::PrecisionAtK);
    assert_eq!(metric("f1_macro").average, Average::Macro);
    assert_eq!(metric("rmse"), metric("root_mean_squared_error"));
    for wrong in ["f2", "accuracy_macro", "f1@2", "fbeta", "ndcg@0", "ndcg@1.5", "mean_pinball_loss@1"] {
        assert!(Metric::parse(wrong).is_err(), "{wrong}");
    }
    assert!(Metric::parse_for("ece@x", Task::Binary).is_err());
}

fn metric_number(name: &str) -> Option<&'static str> {
    Metric::parse(name).err().map(|_| match name {
        name if name.contains("at_k") || name.contains("top_k") => "3",
        name if name.contains("tweedie") => "1.5",
        _ => "0.5",
    })
}

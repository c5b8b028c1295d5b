//! Metrics of every task agree with scikit-learn, SciPy, scoringrules and statsmodels to nine digits.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use mlgate::testing::stats::estimate;
use mlgate::testing::stats::{
    Average, Columns, Direction, Inference, Measure, Metric, Null, Parameter, Predicted, Predictions, Rows, Series,
    Side, State, Task, Truth, holm, infer_change, infer_unpaired, mcnemar_exact, mcnemar_mid_p, named_tests, tango,
};
use serde_json::{Map, Value};

use crate::support::fixtures;

fn expected(task: &str) -> Value {
    let text = fs::read_to_string(fixtures().join("metrics_expected.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()[task].take()
}

fn numbers(column: &Value) -> Vec<f64> {
    column.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn codes(column: &Value) -> Vec<u32> {
    column.as_array().unwrap().iter().map(|number| u32::try_from(number.as_u64().unwrap()).unwrap()).collect()
}

fn flags(column: &Value) -> Vec<bool> {
    codes(column).into_iter().map(|code| code == 1).collect()
}

/// Returns a table of rows as columns.
fn transposed(rows: &Value) -> Vec<Vec<f64>> {
    let rows: Vec<Vec<f64>> = rows.as_array().unwrap().iter().map(numbers).collect();
    (0..rows[0].len()).map(|column| rows.iter().map(|row| row[column]).collect()).collect()
}

fn at_least_half(scores: &[f64]) -> Vec<bool> {
    scores.iter().map(|score| *score >= 0.5).collect()
}

fn largest(scores: &[Vec<f64>]) -> Vec<u32> {
    let of_row =
        |row: usize| (0..scores.len()).rev().max_by(|a, b| scores[*a][row].total_cmp(&scores[*b][row])).unwrap();
    (0..scores[0].len()).map(|row| u32::try_from(of_row(row)).unwrap()).collect()
}

fn columns(task: &str, data: &Value) -> Columns {
    let side = |name: &str| -> Predictions {
        let column = &data[name];
        match task {
            "binary" => {
                let score = numbers(column);
                let predicted = Some(Predicted::Binary(at_least_half(&score)));
                Predictions { predicted, scores: vec![score], ..Predictions::default() }
            }
            "multiclass" => {
                let scores = transposed(column);
                Predictions { predicted: Some(Predicted::Classes(largest(&scores))), scores, ..Predictions::default() }
            }
            "multilabel" => {
                let scores = transposed(column);
                let predicted = scores.iter().map(|column| at_least_half(column)).collect();
                Predictions { predicted: Some(Predicted::Labels(predicted)), scores, ..Predictions::default() }
            }
            "regression" => {
                let interval = Some([numbers(&data["low"]), numbers(&data["high"])]);
                Predictions { scores: vec![numbers(column)], interval, ..Predictions::default() }
            }
            _ => Predictions { scores: vec![transposed_flat(column)], ..Predictions::default() },
        }
    };
    let truth = match task {
        "binary" => Truth::Binary(flags(&data["label"])),
        "multiclass" => Truth::Classes { codes: codes(&data["label"]), count: 4 },
        "multilabel" => {
            let of_label = |column: Vec<f64>| column.into_iter().map(|label| label > 0.5).collect();
            Truth::Labels(transposed(&data["label"]).into_iter().map(of_label).collect())
        }
        "regression" => Truth::Numbers(numbers(&data["label"])),
        _ => {
            let gains = data["gains"].as_array().unwrap();
            let queries = (0..gains.len()).flat_map(|query| vec![u32::try_from(query).unwrap(); 8]).collect();
            Truth::Relevance { gains: transposed_flat(&data["gains"]), queries }
        }
    };
    let baseline = data.get("baseline").map(|_| side("baseline"));
    let series = data.get("series").map(|series| Series { codes: codes(series), times: numbers(&data["times"]) });
    Columns { baseline, series, ..Columns::new(truth, side("candidate")) }
}

/// Returns a table of rows as one list, row after row.
fn transposed_flat(rows: &Value) -> Vec<f64> {
    rows.as_array().unwrap().iter().flat_map(numbers).collect()
}

fn metric(name: &str) -> Metric {
    metric_of(name, Task::Binary)
}

fn metric_of(name: &str, task: Task) -> Metric {
    match name.split_once("_class_") {
        Some((name, class)) => Metric::parse(name).unwrap().averaged(Average::Class(class.parse().unwrap())),
        None => Metric::parse_for(name, task).unwrap_or_else(|why| panic!("{name}: {why}")),
    }
}

fn compare(task: &str, rows: &Rows, side: Side, expected: &Map<String, Value>) -> usize {
    for (name, expected) in expected {
        let metric = metric_of(name, rows.task());
        assert!(metric.applies_to(rows.task()), "{name} says that it does not apply to {task}");
        // The classes of the fixture are named by their codes.
        let of_class = metric.class.map(|class| rows.one_class(class.as_str().parse().unwrap()).unwrap());
        let rows = of_class.as_ref().unwrap_or(rows);
        let state = metric.state_kind().build(rows).unwrap_or_else(|why| panic!("{task}, {name}: {why}"));
        let expected = expected.as_f64().unwrap();
        if matches!(state, State::Sample(_)) {
            // Thousands of draws for each of these intervals are for the simulations.
            let (value, _) = metric.value(&state, side).unwrap_or_else(|why| panic!("{task}, {name}: {why}"));
            assert!((value - expected).abs() <= 1e-9, "{task}, {name}: {value} is not {expected}");
            continue;
        }
        let found = estimate(metric, &state, side, 0.95, 0).unwrap_or_else(|why| panic!("{task}, {name}: {why}"));
        let apart = (found.value - expected).abs();
        assert!(apart <= 1e-9 * expected.abs().max(1.0), "{task}, {name}: {} is not {expected}", found.value);
        let [low, high] = found.interval;
        assert!(low <= found.value && found.value <= high, "{task}, {name}: {found:?}");
        assert!(!found.method.is_empty());
    }
    expected.len()
}

#[test]
fn values_are_those_of_scikit_learn_and_statsmodels() {
    let mut compared = 0;
    for task in ["binary", "multiclass", "multilabel", "regression", "ranking"] {
        let data = expected(task);
        let plain = columns(task, &data);
        let rows = Rows::new(plain.clone()).unwrap();
        let of = |which: &str| data["expected"][which].as_object().cloned().unwrap_or_default();
        compared += compare(task, &rows, Side::Candidate, &of("candidate"));
        compared += compare(task, &rows, Side::Baseline, &of("baseline"));
        if let Some(weights) = data.get("weights") {
            let weighted = Rows::new(Columns { weights: Some(numbers(weights)), ..plain }).unwrap();
            compared += compare(task, &weighted, Side::Candidate, &of("weighted"));
        }
    }
    assert!(compared > 900, "only {compared} values were compared");
}

#[test]
fn spreads_of_weighted_and_clustered_rows_are_statsmodels() {
    let data = expected("binary");
    let expected = &data["expected"]["standard_errors"];
    let weights = Some(numbers(&data["weights"]));
    let clusters = Some(codes(&data["clusters"]));
    let rows = |weights: &Option<Vec<f64>>, clusters: &Option<Vec<u32>>| {
        let (weights, clusters) = (weights.clone(), clusters.clone());
        Rows::new(Columns { weights, clusters, ..columns("binary", &data) }).unwrap()
    };
    let near = |found: f64, name: &str| {
        let expected = expected[name].as_f64().unwrap();
        assert!((found - expected).abs() < 1e-9 * expected, "{name}: {found} is not {expected}");
    };
    let error = |metric: Metric, rows: &Rows| {
        let state = metric.state_kind().build(rows).unwrap();
        estimate(metric, &state, Side::Candidate, 0.95, 0).unwrap().standard_error
    };
    near(error(Metric::BRIER_SCORE, &rows(&weights, &None)), "weighted brier_score");
    near(error(Metric::BRIER_SCORE, &rows(&None, &clusters)), "clustered brier_score");
    near(error(Metric::of(Measure::CalibrationSlope), &rows(&None, &None)), "calibration_slope");
    let state = Metric::BRIER_SCORE.state_kind().build(&rows(&None, &clusters)).unwrap();
    let change = infer_change(Metric::BRIER_SCORE, &state, 1.0, 0).unwrap().at(0.95);
    near(change.standard_error, "clustered change of brier_score");
}

/// Returns the table of docs/metrics.md.
fn table() -> String {
    let mut table = String::from("| metric | definition | of | better | range |\n|---|---|---|---|---|\n");
    for measure in Measure::all() {
        let metric = Metric::of(measure);
        let number = match metric.parameter() {
            Parameter::None => "",
            Parameter::Beta => "@β",
            Parameter::K => "@k",
            Parameter::OptionalK => "[@k]",
            Parameter::Bins => "[@bins]",
            Parameter::Quantile => "@q",
            Parameter::Share => "@share",
            Parameter::Season => "[@season]",
            Parameter::Order => "[@α]",
            Parameter::Rate => "@rate",
            Parameter::Delta => "@δ",
            Parameter::Power => "@power",
            Parameter::Number => "@x",
        };
        let average = if measure.is_averaged() { "[_average]" } else { "" };
        let also: String = measure.aliases().iter().map(|alias| format!(", `{alias}`")).collect();
        let tasks: Vec<&str> = measure.tasks().iter().map(|task| task.name()).collect();
        let better = match metric.direction() {
            Direction::HigherIsBetter => "higher",
            Direction::LowerIsBetter => "lower",
            Direction::Neither if measure.tasks() == [Task::Score] => "as `better` says",
            Direction::Neither => "neither",
        };
        let end = |end: Option<f64>, open: &str| end.map_or_else(|| open.to_owned(), |end| end.to_string());
        let (low, high) = metric.range();
        let range = format!("{} to {}", end(low, "−∞"), end(high, "∞")).replace('-', "−");
        let definition = measure.definition().replace('|', "\\|");
        let name = format!("`{}{average}{number}`{also}", measure.name());
        writeln!(table, "| {name} | {definition} | {} | {better} | {range} |", tasks.join(", ")).unwrap();
    }
    table
}

#[test]
fn the_documented_metrics_are_those_there_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metrics.md");
    let text = fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once("<!-- table -->\n").unwrap();
    let (found, tail) = rest.split_once("<!-- end -->\n").unwrap();
    if env::var_os("MLGATE_UPDATE").is_some() {
        fs::write(&path, format!("{head}<!-- table -->\n{}<!-- end -->\n{tail}", table())).unwrap();
        return;
    }
    assert_eq!(found, table(), "MLGATE_UPDATE=1 cargo test writes it anew");
}

#[test]
fn a_p_value_agrees_with_the_interval() {
    let data = expected("binary");
    let rows = Rows::new(columns("binary", &data)).unwrap();
    for name in ["accuracy", "f1", "roc_auc", "log_loss", "average_precision", "f1_macro"] {
        let metric = metric(name);
        let state = metric.state_kind().build(&rows).unwrap();
        let change = infer_change(metric, &state, 1.0, 3).unwrap();
        for level in [0.8, 0.95, 0.99] {
            let [low, high] = change.at(level).interval;
            let tail = (1.0 - level) / 2.0;
            for (found, limit) in
                [(change.p_value(Null::AtMost(low)), low), (change.p_value(Null::AtLeast(high)), high)]
            {
                assert!((found - tail).abs() < 1e-3, "{name}, {level}, {limit}: {found}");
            }
        }
    }
}

#[test]
fn tests_of_no_difference_are_scipy_s() {
    for case in expected("mcnemar").as_array().unwrap() {
        let count = |name: &str| case[name].as_u64().unwrap();
        let found = mcnemar_mid_p(count("broken"), count("fixed"));
        assert!((found - case["mid_p"].as_f64().unwrap()).abs() < 1e-9, "{case}: {found}");
        let exact = mcnemar_exact(count("broken"), count("fixed"));
        assert!((exact - case["exact"].as_f64().unwrap()).abs() < 1e-9, "{case}: {exact}");
        assert!(found <= exact + 1e-12, "{case}: the mid-p is never above the exact p");
    }
    for case in expected("tango").as_array().unwrap() {
        let count = |name: &str| case[name].as_u64().unwrap();
        let found = tango(count("broken"), count("fixed"), count("n"), 0.95).unwrap();
        for (found, expected) in found.iter().zip(numbers(&case["interval"])) {
            assert!((found - expected).abs() < 1e-9, "{case}: {found}");
        }
    }
    let adjusted = expected("multiplicity");
    for (found, expected) in holm(&numbers(&adjusted["p"])).iter().zip(numbers(&adjusted["holm"])) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }
}

#[test]
fn a_report_names_the_tests_that_other_programs_have() {
    let data = expected("binary");
    let rows = Rows::new(columns("binary", &data)).unwrap();
    let named = |name: &str, rows: &Rows| {
        let metric = metric(name);
        named_tests(metric, &metric.state_kind().build(rows).unwrap(), 0.95)
    };
    let expected = &data["expected"]["tests"];
    let near = |found: Option<f64>, name: &str| {
        let (found, expected) = (found.unwrap(), expected[name].as_f64().unwrap());
        assert!((found - expected).abs() < 1e-9, "{name}: {found} is not {expected}");
    };
    let accuracy = named("accuracy", &rows);
    assert_eq!(
        accuracy.iter().map(|test| test.name).collect::<Vec<_>>(),
        ["McNemar, exact", "McNemar, mid-p", "Tango"]
    );
    near(accuracy[0].p_value, "accuracy");
    let [low, high] = accuracy[2].interval.unwrap();
    let [left, right] = named("zero_one_loss", &rows)[2].interval.unwrap();
    assert_eq!([low, high], [-right, -left], "an error changes the other way");
    near(named("recall", &rows)[0].p_value, "recall");
    near(named("roc_auc", &rows)[0].p_value, "roc_auc");
    near(named("gini", &rows)[0].p_value, "roc_auc");
    near(named("brier_score", &rows)[0].p_value, "brier_score");
    // McNemar's test is of independent rows.
    let clusters = Rows::new(Columns { clusters: Some(codes(&data["clusters"])), ..columns("binary", &data) }).unwrap();
    assert_eq!(named("accuracy", &clusters), []);
    assert_eq!(named("average_precision", &rows), []);
}

#[test]
fn means_of_two_samples_are_compared_as_scipy_does() {
    let data = expected("regression");
    let rows = Rows::new(columns("regression", &data)).unwrap();
    let mae = metric("mae");
    let all = mae.state_kind().build(&rows).unwrap();
    let paired = &data["expected"]["paired t"];
    let two_sided = |found: &Inference| 2.0 * found.p_value(Null::AtMost(0.0)).min(found.p_value(Null::AtLeast(0.0)));
    let p = two_sided(&infer_change(mae, &all, 1.0, 0).unwrap());
    assert!((p - paired["p"].as_f64().unwrap()).abs() < 1e-8, "{p}");
    let halves: [Vec<u32>; 2] = [(0..60).collect(), (60..150).collect()];
    let [ours, theirs] = halves.map(|half| mae.state_kind().build(&rows.select(&half)).unwrap());
    let found = infer_unpaired(mae, &ours, &theirs, 1.0, 0).unwrap();
    let welch = &data["expected"]["welch"];
    for (found, expected) in found.at(0.95).interval.iter().zip(numbers(&welch["interval"])) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }
    let p = two_sided(&found);
    assert!((p - welch["p"].as_f64().unwrap()).abs() < 1e-8, "{p}");
}

//! Every metric of every task on random predictions: the report does not depend on the order of either side's rows, the
//! files that contain them, or the number of threads.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use mlgate::testing::stats::{Direction, Metric, Needs, Task};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use crate::support::Workplace;

/// A task, with the columns of its predictions and their lines in the config.
struct Shape {
    task: Task,
    header: &'static str,
    model: &'static str,
    /// A function from a label and three numbers between 0 and 1 to the fields of a row behind its key.
    row: fn(u32, [f64; 3]) -> String,
}

const SHAPES: [Shape; 6] = [
    Shape {
        task: Task::Binary,
        header: "label,score",
        model: "    label: label\n    score: score\n    slices: [group]\n",
        row: |label, [score, ..]| format!("{},{score}", label % 2),
    },
    Shape {
        task: Task::Multiclass,
        header: "label,a,b,c",
        model: "    label: label\n    score: {a: a, b: b, c: c}\n    slices: [group]\n",
        row: |label, [a, b, c]| {
            let sum = a + b + c + 0.03;
            let share = |score: f64| (score + 0.01) / sum;
            format!("{},{},{},{}", ["a", "b", "c"][label as usize % 3], share(a), share(b), share(c))
        },
    },
    Shape {
        task: Task::Multilabel,
        header: "x,y,p_x,p_y",
        model: "    label: [x, y]\n    score: [p_x, p_y]\n    slices: [group]\n",
        row: |label, [a, b, _]| format!("{},{},{a},{b}", label % 2, label / 2 % 2),
    },
    Shape {
        task: Task::Regression,
        header: "label,forecast,low,high,at,series",
        model: "    label: label\n    prediction: forecast\n    interval: [low, high]\n    series: series\n    time: at\n    slices: [group]\n",
        row: |label, [a, b, c]| {
            let label = f64::from(label) + 1.0;
            let forecast = label * (0.5 + a);
            format!("{label},{forecast},{},{},AT,QUERY", forecast - 4.0 * b, forecast + 4.0 * c)
        },
    },
    Shape {
        task: Task::Ranking,
        header: "label,score,query",
        model: "    label: label\n    score: score\n    query: query\n",
        row: |label, [score, ..]| format!("{},{score},QUERY", label % 3),
    },
    Shape {
        task: Task::Score,
        header: "grade",
        model: "    score: grade\n    better: higher\n    slices: [group]\n",
        row: |_, [score, ..]| u8::from(score > 0.3).to_string(),
    },
];

/// Returns every metric of the task, with a parameter if it takes one.
fn metrics(task: Task) -> Vec<Metric> {
    Metric::names().iter().filter_map(|name| spelled(name)).filter(|metric| metric.applies_to(task)).collect()
}

fn spelled(name: &str) -> Option<Metric> {
    ["", "@2", "@0.5"].iter().find_map(|number| Metric::parse(&format!("{name}{number}")).ok())
}

fn config(shape: &Shape, weighs: bool, is_clustered: bool) -> String {
    let mut text = format!(
        "version: 1\nmin_cell: 0\nmodels:\n  m:\n    task: {}\n    predictions: new\n    baseline_predictions: base\n    key: id\n{}",
        shape.task.name(),
        shape.model
    );
    if weighs {
        text += "    weight: weight\n";
    } else if shape.task == Task::Binary {
        text += "    fairness: {by: [group], rates: {selection_rate: {max_gap: {is: 0.9, min_n: 5}}}}\n";
    }
    if is_clustered {
        text += "    cluster: cluster\n";
    }
    text += "    metrics:\n";
    let sliced = if shape.model.contains("slices") && !weighs { ", slices: {\"*\": {}}" } else { "" };
    for metric in metrics(shape.task) {
        let demand = match (metric.direction(), metric.needs()) {
            (Direction::Neither, _) | (_, Needs::BothSides) => "max: 0.5",
            _ => "max_drop: 0.05",
        };
        let _ = writeln!(text, "      \"{metric}\": {{{demand}{sliced}}}");
    }
    text
}

/// A row's key, label, numbers on both sides, and weight.
type Row = (usize, u32, [f64; 3], [f64; 3], u32);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    // There are few values, so that some tie.
    let score = || select(vec![0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.700_000_1, 0.9, 1.0, 1.0 / 3.0]);
    let numbers = move || [score(), score(), score()];
    let row = (0..8_u32, numbers(), numbers(), 1..4_u32);
    prop::collection::vec(row, 30..90).prop_map(|rows| {
        let row = |(key, (label, ours, theirs, weight))| (key, label, ours, theirs, weight);
        rows.into_iter().enumerate().map(row).collect()
    })
}

/// Writes one side, divided into several files.
fn write(place: &Workplace, shape: &Shape, (side, is_ours): (&str, bool), rows: &[Row], files: usize) {
    for (part, rows) in rows.chunks(rows.len().div_ceil(files)).enumerate() {
        let line = |(key, label, ours, theirs, weight): &Row| {
            let fields = (shape.row)(*label, if is_ours { *ours } else { *theirs });
            let fields = fields.replace("AT", &key.to_string()).replace("QUERY", &(key / 5).to_string());
            let group = ["p", "q", ""][key % 3];
            // All rows of a query have the same weight.
            let weight = if shape.task == Task::Ranking { 1 + key / 5 % 3 } else { *weight as usize };
            format!("{key},{fields},{group},{},0.{weight}\n", key / 10)
        };
        let lines: String = rows.iter().map(line).collect();
        place.write(&format!("{side}/part-{part}.csv"), &format!("id,{},group,cluster,weight\n{lines}", shape.header));
    }
}

fn judged(shape: &Shape, text: &str, (ours, theirs): (&[Row], &[Row]), files: usize, threads: usize) -> Value {
    let place = Workplace::new();
    write(&place, shape, ("new", true), ours, files);
    write(&place, shape, ("base", false), theirs, 4 - files);
    place.write("mlgate.yml", text);
    let (mut report, answer) = place.report_with(&["--threads", &threads.to_string()], &[]);
    assert!(matches!(answer.code, 0 | 1 | 4), "{}", answer.stderr);
    report.as_object_mut().unwrap().remove("provenance");
    report
}

fn shuffled(rows: &[Row]) -> impl Strategy<Value = Vec<Row>> + use<> {
    Just(rows.to_vec()).prop_shuffle()
}

fn holds(shape: &Shape) {
    let orders = rows().prop_flat_map(|rows| (shuffled(&rows), shuffled(&rows), Just(rows)));
    let strategy = (orders, (any::<bool>(), any::<bool>()), 1..4_usize, 1..5_usize);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 4,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let found = runner.run(&strategy, |((ours, theirs, rows), (weighs, is_clustered), files, threads)| {
        let text = config(shape, weighs, is_clustered);
        let wanted = judged(shape, &text, (&rows, &rows), 1, 1);
        let gates = wanted["gates"].as_array().unwrap();
        let errs = gates.iter().filter(|gate| gate["verdict"] == "error").count();
        // If all gates erred, the comparison would prove nothing.
        prop_assert!(4 * errs < gates.len(), "{:#}", wanted);
        prop_assert!(judged(shape, &text, (&ours, &theirs), files, threads) == wanted, "{}", text);
        Ok(())
    });
    found.unwrap();
}

#[test]
fn of_two_classes() {
    holds(&SHAPES[0]);
}

#[test]
fn of_several_classes() {
    holds(&SHAPES[1]);
}

#[test]
fn of_several_labels() {
    holds(&SHAPES[2]);
}

#[test]
fn of_numbers() {
    holds(&SHAPES[3]);
}

#[test]
fn of_queries() {
    holds(&SHAPES[4]);
}

#[test]
fn of_grades() {
    holds(&SHAPES[5]);
}

#[test]
fn no_measure_is_left_out() {
    let held: BTreeSet<&str> =
        SHAPES.iter().flat_map(|shape| metrics(shape.task)).map(|metric| metric.name()).collect();
    for name in Metric::names() {
        assert!(spelled(&name).is_some_and(|metric| held.contains(metric.name())), "{name}");
    }
}

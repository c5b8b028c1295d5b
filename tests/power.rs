//! `mlgate power`: the power of gates.

use std::fmt::Write as _;

use serde_json::Value;

use crate::formats::valid;
use crate::support::{Workplace, fixtures};

/// A linear congruential generator (Knuth's MMIX), of which the upper half is used: every run draws the same numbers.
struct Dice(u64);

impl Dice {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 32).unwrap()) / f64::from(u32::MAX)
    }
}

/// Returns predictions of two models in one file: each is right in 85 % of the rows, one of them less `drop`, and they
/// differ in a tenth of the rows.
fn answers(rows: usize, drop: f64, dice: &mut Dice) -> String {
    let mut file = "id,label,ours,theirs\n".to_owned();
    for row in 0..rows {
        let label = u8::from(dice.share() < 0.5);
        let at = dice.share();
        let (ours, theirs) = match at {
            at if at < 0.80 => (label, label),
            at if at < 0.85 + drop / 2.0 => (1 - label, label),
            at if at < 0.90 => (label, 1 - label),
            _ => (1 - label, 1 - label),
        };
        writeln!(file, "{row},{label},{ours},{theirs}").unwrap();
    }
    file
}

fn model(name: &str, file: &str, metric: &str) -> String {
    format!(
        "  {name}:\n    predictions: {file}\n    key: id\n    label: label\n    prediction: ours\n    baseline: {{prediction: theirs}}\n    metrics:\n      {metric}\n"
    )
}

fn power(place: &Workplace, more: &[&str]) -> Value {
    let answer = place.run(&[&["power", "--format", "json"], more].concat());
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let report = serde_json::from_str(&answer.stdout).unwrap();
    valid(&report);
    report
}

#[test]
fn a_loss_that_it_says_to_catch_is_caught() {
    let place = Workplace::new();
    let mut dice = Dice(1);
    place.write("same.csv", &answers(2000, 0.0, &mut dice));
    let gate = "accuracy: {max_drop: 0.01}";
    place.write("mlgate.yml", &format!("version: 1\nmodels:\n{}", model("m", "same.csv", gate)));
    let report = power(&place, &[]);
    let found = &report["power"][0];
    assert!(found["fails"].as_f64().unwrap() <= 0.025, "{found:#}");
    let loss = found["catches"].as_f64().unwrap();
    // The interval extends 0.014 to each side, and the margin is 0.01.
    assert!((0.025..0.035).contains(&loss), "{loss}");

    let models: usize = 40;
    let mut config = "version: 1\nmodels:\n".to_owned();
    for index in 0..models {
        place.write(&format!("{index}.csv"), &answers(2000, loss, &mut dice));
        config += &model(&format!("m{index}"), &format!("{index}.csv"), gate);
    }
    place.write("mlgate.yml", &config);
    let run: Value = serde_json::from_str(&place.run(&["run", "--format", "json"]).stdout).unwrap();
    let caught = run["counts"]["fail"].as_u64().unwrap();
    // The expected number is 32, with a standard deviation of 2.5.
    assert!((25..=39).contains(&caught), "{caught} of {models}");
}

#[test]
fn with_the_rows_that_it_asks_for_it_passes() {
    let place = Workplace::new();
    let mut dice = Dice(2);
    place.write("same.csv", &answers(1000, 0.0, &mut dice));
    let gate = "accuracy: {max_drop: 0.02}";
    place.write("mlgate.yml", &format!("version: 1\nmodels:\n{}", model("m", "same.csv", gate)));
    let report = power(&place, &[]);
    let rows = report["power"][0]["rows"].as_u64().unwrap();
    // (1.96 + 0.84)² · 0.1 / 0.02²
    assert!((1500..2600).contains(&rows), "{rows}");

    let mut config = "version: 1\nmodels:\n".to_owned();
    for index in 0..40 {
        place.write(&format!("{index}.csv"), &answers(usize::try_from(rows).unwrap(), 0.0, &mut dice));
        config += &model(&format!("m{index}"), &format!("{index}.csv"), gate);
    }
    place.write("mlgate.yml", &config);
    let run: Value = serde_json::from_str(&place.run(&["run", "--format", "json"]).stdout).unwrap();
    let passed = run["counts"]["pass"].as_u64().unwrap();
    assert!((25..=39).contains(&passed), "{passed} of 40");
}

const LOANS: &str = "\
version: 1
models:
  loans:
    predictions: FOLDER/good/predictions.parquet
    baseline_predictions: FOLDER/main/predictions.parquet
    key: id
    label: label
    score: score
    prediction: prediction
    slices: [sex]
    metrics:
      roc_auc: {min: 0.7, max_drop: 0.02}
      accuracy: {max_drop: 3%, slices: all}
      log_loss: {max_drop: 0.05}
      average_precision: {max_drop: 0.05}
    fairness:
      by: [sex]
      rates:
        selection_rate: {min_ratio: 0.5}
";

fn loans() -> Workplace {
    let place = Workplace::new();
    place.write("mlgate.yml", &LOANS.replace("FOLDER", &fixtures().join("loans").display().to_string()));
    place
}

#[test]
fn as_a_user_reads_it() {
    insta::assert_snapshot!(loans().run(&["power", "--samples", "40"]).stdout);
}

#[test]
fn neither_threads_nor_the_order_of_the_rows_matter() {
    let place = loans();
    let of = |place: &Workplace, more: &[&str]| power(place, &[&["--samples", "20"], more].concat())["power"].clone();
    assert_eq!(of(&place, &["--threads", "1"]), of(&place, &["--threads", "3"]));

    let place = Workplace::new();
    let file = answers(400, 0.01, &mut Dice(3));
    let (head, rows) = file.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    let config = |file: &str| {
        format!("version: 1\nmodels:\n{}", model("m", file, "accuracy: {max_drop: 0.02}\n      f1: {max_drop: 0.02}"))
    };
    place.write("a.csv", &file);
    place.write("mlgate.yml", &config("a.csv"));
    let forward = of(&place, &[]);
    rows.reverse();
    rows.swap(3, 300);
    place.write("a.csv", &format!("{head}\n{}\n", rows.join("\n")));
    assert_eq!(of(&place, &[]), forward);
}

#[test]
fn the_same_model_on_both_sides_says_nothing_of_another() {
    let place = Workplace::new();
    let folder = fixtures().join("loans").display().to_string();
    // The file is copied, because a file is not compared with itself.
    place.fixture("loans/main/predictions.parquet");
    let config = LOANS.replace("FOLDER/good/predictions.parquet", "predictions.parquet").replace("FOLDER", &folder);
    place.write("mlgate.yml", &config);
    let report = power(&place, &["--samples", "20", "--only", "*.max_drop"]);
    let found = &report["power"][0];
    assert_eq!((found["passes"].as_f64(), found["catches"].as_f64()), (Some(1.0), None), "{found:#}");
}

#[test]
fn a_config_without_intervals_is_told_so() {
    let place = Workplace::new();
    place.write("t.csv", "a\n1\n");
    place.write("mlgate.yml", "version: 1\ndata:\n  t: {path: t.csv, rows: \">= 1\"}\n");
    let answer = place.run(&["power"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("no gate of this config has an interval"), "{}", answer.stderr);
}

const STORED: &str = "\
version: 1
baseline: b.json
models:
  m:
    predictions: p.csv
    key: id
    label: label
    prediction: ours
    slices: [part]
    metrics:
      accuracy: {max_drop: 0.05, slices: all}
      f1: {max_drop: 0.05}
    fairness:
      by: [part]
      rates:
        selection_rate: {max_gap_growth: 0.2}
";

/// A place with a baseline of so many rows.
fn stored(rows: usize) -> Workplace {
    let place = Workplace::new();
    let with_parts = |rows: usize, seed: u64| {
        let file = answers(rows, 0.0, &mut Dice(seed));
        let lines = file.lines().enumerate().map(|(at, line)| match at {
            0 => format!("{line},part\n"),
            at => format!("{line},{}\n", ["a", "b"][at % 2]),
        });
        lines.collect::<String>()
    };
    place.write("p.csv", &with_parts(rows, 5)).write("mlgate.yml", STORED);
    let blessed = place.run(&["bless"]);
    assert_eq!(blessed.code, 0, "{}", blessed.stderr);
    place.write("p.csv", &with_parts(2000, 6));
    place
}

#[test]
fn beside_a_stored_baseline_it_is_that_of_two_samples() {
    let catches = |place: &Workplace| {
        let report = power(place, &["--samples", "60"]);
        let found = report["power"].as_array().unwrap();
        assert_eq!(found.len(), 4, "{report:#}");
        for power in found {
            let of = |key: &str| power[key].as_f64().unwrap();
            assert!((of("fails") + of("inconclusive") + of("passes") - 1.0).abs() < 1e-9, "{power:#}");
            assert!(of("fails") <= 0.1, "{power:#}");
        }
        found[0]["catches"].as_f64().unwrap()
    };
    // An interval of ±1.96 · √(0.15 · 0.85 · 2 / 2000) and a margin of 0.05.
    let (many, few) = (catches(&stored(2000)), catches(&stored(300)));
    assert!((0.07..0.1).contains(&many), "{many}");
    assert!(few > many + 0.01, "{few} of 300 rows, {many} of 2000");
}

#[test]
fn what_cannot_be_rehearsed_says_why() {
    let place = stored(500);
    // The baseline does not know this number.
    place.write("mlgate.yml", &STORED.replace("f1: {max_drop: 0.05}", "f1: {max_drop: 0.05}\n      recall: {min: 0.5}\n      jaccard: {max_drop: 0.1}\n      hamming_loss: {max_drop: 0.1}"));
    let answer = place.run(&["power", "--samples", "20"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(
        answer.stdout.contains("models.m.metrics.hamming_loss.max_drop: not rehearsed: the stored baseline"),
        "{}",
        answer.stdout
    );
    assert!(!answer.stdout.contains("0%        0%        0%"), "{}", answer.stdout);
    let report = power(&place, &["--samples", "20"]);
    let ids: Vec<&str> =
        report["power"].as_array().unwrap().iter().map(|power| power["id"].as_str().unwrap()).collect();
    assert!(
        !ids.contains(&"models.m.metrics.hamming_loss.max_drop") && ids.contains(&"models.m.metrics.recall.min"),
        "{ids:?}"
    );
    // Without the baseline's file, whatever compares with it.
    std::fs::remove_file(place.path().join("b.json")).unwrap();
    let answer = place.run(&["power", "--samples", "20", "--only", "*.f1.*"]);
    assert_eq!(answer.code, 4, "{}", answer.stderr);
    assert!(answer.stdout.contains("not rehearsed: there is no baseline at `b.json`"), "{}", answer.stdout);
}

#[test]
fn gates_beside_the_frozen_baseline_are_rehearsed_beside_its_rows() {
    let place = stored(300);
    let moved = std::fs::rename(place.path().join("b.json"), place.path().join("r.json"));
    moved.unwrap();
    let blessed = place.run(&["bless"]);
    assert_eq!(blessed.code, 0, "{}", blessed.stderr);
    let config = STORED.replace("baseline: b.json", "baseline: b.json\nreference: r.json");
    place.write(
        "mlgate.yml",
        &config.replace("f1: {max_drop: 0.05}", "f1: {max_drop: {is: 0.05, since_reference: 0.05}}"),
    );
    let report = power(&place, &["--samples", "60", "--only", "*.f1.*"]);
    let found: Vec<f64> =
        report["power"].as_array().unwrap().iter().map(|power| power["catches"].as_f64().unwrap()).collect();
    assert_eq!(found.len(), 2, "{report:#}");
    assert!(found[1] > found[0] + 0.01, "{found:?}");
}

//! The same data give the same report, for any order of rows, number of files and format.

use serde_json::Value;

use crate::support::{Workplace, fixtures};

const CONFIG: &str = "\
version: 1
data:
  rows: {path: PREDICTIONS, rows: 300, duplicate_rows: 0}
models:
  approval:
    predictions: PREDICTIONS
    baseline_predictions: base.csv
    key: id
    label: label
    score: score
    prediction: prediction
    metrics:
      accuracy: {max_drop: 0.5}
      f1: {max_drop: 0.5}
      roc_auc: {max_drop: 0.5}
      log_loss: {max_drop: 5}
    fairness:
      by: [sex, [sex, region]]
      rates:
        selection_rate: {min_ratio: {is: 0.1, min_n: 10}}
";

/// Returns the report without the names of files.
fn judged(predictions: &str, prepare: impl Fn(&Workplace)) -> Value {
    let place = Workplace::new();
    let base = std::fs::read_to_string(fixtures().join("formats/predictions.csv")).unwrap();
    // The baseline differs in every third row, so that resampling is needed.
    let mut lines = base.lines();
    let header = lines.next().unwrap();
    let score = header.split(',').position(|name| name == "score").unwrap();
    let prediction = header.split(',').position(|name| name == "prediction").unwrap();
    let changed = lines.enumerate().map(|(row, line)| {
        let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        if row % 3 == 0 {
            let turned = 1.0 - fields[score].parse::<f64>().unwrap();
            fields[score] = turned.to_string();
            fields[prediction] = if turned >= 0.5 { "1" } else { "0" }.to_owned();
        }
        fields.join(",") + "\n"
    });
    place.write("base.csv", &format!("{header}\n{}", changed.collect::<String>()));
    place.write("mlgate.yml", &CONFIG.replace("PREDICTIONS", predictions));
    prepare(&place);
    let mut report = place.report();
    assert_eq!(report["exit_code"], 0, "{report}");
    let report = report.as_object_mut().unwrap();
    report.remove("provenance");
    for gate in report["gates"].as_array_mut().unwrap() {
        // A longer path moves the columns of the text behind it.
        gate.as_object_mut().unwrap().remove("at");
    }
    Value::Object(report.clone())
}

fn from_csv() -> Value {
    judged("predictions.csv", |place| {
        place.fixture("formats/predictions.csv");
    })
}

#[test]
fn the_order_of_the_rows_does_not_matter() {
    let turned = judged("predictions.csv", |place| {
        let text = std::fs::read_to_string(fixtures().join("formats/predictions.csv")).unwrap();
        let (header, rows) = text.split_once('\n').unwrap();
        let mut rows: Vec<&str> = rows.lines().collect();
        rows.reverse();
        rows.rotate_left(17);
        place.write("predictions.csv", &format!("{header}\n{}\n", rows.join("\n")));
    });
    assert!(turned == from_csv(), "another order gives another report");
}

#[test]
fn formats_and_files_do_not_matter() {
    let wanted = from_csv();
    for name in ["predictions.parquet", "predictions.jsonl", "predictions.arrow"] {
        let found = judged(name, |place| {
            place.fixture(&format!("formats/{name}"));
        });
        assert!(found == wanted, "{name} gives another report");
    }
    for path in ["split", "split/*.parquet"] {
        let found = judged(path, |place| {
            std::fs::create_dir(place.path().join("split")).unwrap();
            for part in 0..3 {
                let name = format!("part-{part}.parquet");
                std::fs::copy(fixtures().join("formats/split").join(&name), place.path().join("split").join(&name))
                    .unwrap();
            }
        });
        assert!(found == wanted, "{path} gives another report");
    }
}

#[test]
fn the_same_run_twice_is_the_same_bytes() {
    let place = Workplace::new();
    place.fixture("formats/predictions.csv").write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {predictions: predictions.csv, label: label, score: score, metrics: {f1: {min: 0.1}}}\n",
    );
    let bytes = || place.run(&["run", "--format", "json"]).stdout;
    assert_eq!(bytes(), bytes());
}

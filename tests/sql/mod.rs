//! SQL of a config has the meaning that its author expects: integers do not wrap around, and times, floats and NaN
//! behave as elsewhere.

mod floats;
mod limits;
mod lists;
mod numbers;
mod times;

use std::fs::File;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use serde_json::Value;

use crate::support::{Workplace, gate};

fn write(place: &Workplace, name: &str, columns: &[(&str, ArrayRef)]) {
    let batch = RecordBatch::try_from_iter(columns.iter().cloned()).unwrap();
    let file = File::create(place.path().join(name)).unwrap();
    if name.ends_with("parquet") {
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    } else {
        let mut writer = FileWriter::try_new(file, &batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
    }
}

fn place(columns: &[(&str, ArrayRef)]) -> Workplace {
    let place = Workplace::new();
    write(&place, "t.parquet", columns);
    place
}

/// Returns the report of a config whose dataset `t` has these lines.
fn report(place: &Workplace, lines: &str) -> Value {
    place.write("mlgate.yml", &format!("version: 1\ndata:\n  t:\n    path: t.parquet\n{lines}"));
    place.report_with(&["--now", "2026-03-01T16:00:00Z"], &[]).0
}

/// Asserts the verdict of each rule: `pass`, `fail`, or a part of an error's message.
#[track_caller]
fn rules(columns: &[(&str, ArrayRef)], rules: &[(&str, &str)]) {
    let lines: Vec<String> =
        rules.iter().enumerate().map(|(index, (sql, _))| format!("      r{index}: {sql:?}\n")).collect();
    let report = report(&place(columns), &format!("    rules:\n{}", lines.concat()));
    for (index, (sql, wanted)) in rules.iter().enumerate() {
        let gate = gate(&report, &format!("data.t.rules.r{index}"));
        let (verdict, message) = (gate["verdict"].as_str().unwrap(), gate["message"].as_str().unwrap());
        match *wanted {
            "pass" | "fail" => assert_eq!(verdict, *wanted, "{sql}: {message}"),
            part => assert!(verdict == "error" && message.contains(part), "{sql}: {verdict}: {message}"),
        }
    }
}

/// Asserts the number of each query, or a part of an error's message.
#[track_caller]
fn numbers(columns: &[(&str, ArrayRef)], numbers: &[(&str, &str)]) {
    let lines: Vec<String> = numbers
        .iter()
        .enumerate()
        .map(|(index, (sql, _))| format!("      n{index}: {{sql: {sql:?}, is: \">= -1e300\"}}\n"))
        .collect();
    let report = report(&place(columns), &format!("    numbers:\n{}", lines.concat()));
    for (index, (sql, wanted)) in numbers.iter().enumerate() {
        let gate = gate(&report, &format!("data.t.numbers.n{index}"));
        let (verdict, message) = (gate["verdict"].as_str().unwrap(), gate["message"].as_str().unwrap());
        match wanted.parse::<f64>() {
            Ok(number) => assert_eq!(gate["candidate"]["value"].as_f64(), Some(number), "{sql}: {message}"),
            Err(_) => assert!(verdict == "error" && message.contains(wanted), "{sql}: {verdict}: {message}"),
        }
    }
}

fn array<A: 'static + datafusion::arrow::array::Array>(array: A) -> ArrayRef {
    Arc::new(array)
}

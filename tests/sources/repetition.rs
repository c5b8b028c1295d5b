//! Files whose few bytes stand for more rows than a gate could read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::{ArrayRef, Int64Array, NullArray, PrimitiveArray, RunArray, StringArray};
use datafusion::arrow::datatypes::{Int32Type, RunEndIndexType};

use crate::support::Workplace;

/// Returns one text in so many rows.
fn one_run<E: RunEndIndexType>(rows: E::Native) -> ArrayRef {
    let ends = PrimitiveArray::<E>::from_iter_values([rows]);
    Arc::new(RunArray::<E>::try_new(&ends, &StringArray::from(vec!["x"])).unwrap())
}

fn write(place: &Workplace, name: &str, column: &ArrayRef) {
    super::layouts::write(place, name, &[("v", Arc::clone(column))]);
}

/// Never passes: a few hundred bytes that stand for billions of rows (exit code 4).
#[test]
fn a_few_bytes_stand_for_no_more_rows_than_can_be_read() {
    let nulls: ArrayRef = Arc::new(NullArray::new(2_000_000_000));
    for (name, column) in [
        ("runs.arrow", &one_run::<Int32Type>(2_000_000_000)),
        ("runs.arrows", &one_run::<Int32Type>(2_000_000_000)),
        ("nulls.arrow", &nulls),
        ("nulls.arrows", &nulls),
    ] {
        let place = Workplace::new();
        write(&place, name, column);
        let started = Instant::now();
        for check in ["rows: \"> 0\"", "columns: {v: {distinct: \">= 1\"}}", "duplicate_rows: \"< 100%\""] {
            place.write("mlgate.yml", &format!("version: 1\ndata: {{t: {{path: {name}, {check}}}}}\n"));
            let answer = place.run(&["run"]);
            assert_eq!(answer.code, 4, "{name} {check}: {}{}", answer.stdout, answer.stderr);
            let text = answer.stdout.split_whitespace().collect::<Vec<_>>().join(" ").replace("│ ", "");
            assert!(text.contains("2,000,000,000 rows in"), "{text}");
        }
        assert!(started.elapsed() < Duration::from_secs(30), "{name}: {:?}", started.elapsed());
    }
    // The files of one table are added up.
    let place = Workplace::new();
    std::fs::create_dir(place.path().join("many")).unwrap();
    for part in 0..3 {
        write(&place, &format!("many/{part}.arrow"), &one_run::<Int32Type>(400_000_000));
    }
    place.write("mlgate.yml", "version: 1\ndata: {t: {path: many, rows: \"> 0\"}}\n");
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 4, "{}{}", answer.stdout, answer.stderr);
}

#[test]
fn runs_of_an_ordinary_length_are_read() {
    let place = Workplace::new();
    write(&place, "runs.arrow", &one_run::<Int32Type>(300_000));
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    write(&place, "few.arrow", &numbers);
    place.write(
        "mlgate.yml",
        "version: 1\ndata:\n  t: {path: runs.arrow, rows: 300000, columns: {v: {distinct: 1, nulls: 0}}}\n  f: {path: few.arrow, rows: 3}\n",
    );
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
}

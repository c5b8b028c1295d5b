//! Values of two sides are compared by their meaning, not by the types and spellings of their files.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, DurationMicrosecondArray,
    DurationSecondArray, FixedSizeBinaryArray, Float32Array, Float64Array, Int32Array, Int64Array, LargeBinaryArray,
    StringArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampSecondArray, UInt64Array,
};

use crate::support::{Workplace, columns_to_arrow, columns_to_parquet, gate};

const DAY: i64 = 86_400;

/// Returns the exit codes of checks on one column of two files, compared with the file and with a stored baseline.
fn compared(before: ArrayRef, after: ArrayRef, checks: &str) -> [i32; 2] {
    let place = Workplace::new();
    columns_to_parquet(&place, "main.parquet", &[("v", before)]);
    columns_to_parquet(&place, "pr.parquet", &[("v", after)]);
    let columns = format!("columns: {{v: {{{checks}}}}}");
    place.write(
        "mlgate.yml",
        &format!("version: 1\ndata: {{t: {{path: pr.parquet, baseline_path: main.parquet, {columns}}}}}\n"),
    );
    let beside_file = place.run(&["run"]).code;
    let stored = |path: &str| format!("version: 1\nbaseline: stored.json\ndata: {{t: {{path: {path}, {columns}}}}}\n");
    place.write("mlgate.yml", &stored("main.parquet"));
    assert_eq!(place.run(&["bless"]).code, 0);
    place.write("mlgate.yml", &stored("pr.parquet"));
    [beside_file, place.run(&["run"]).code]
}

fn whole(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn floats(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn decimals(values: &[i128], scale: i8) -> ArrayRef {
    Arc::new(Decimal128Array::from(values.to_vec()).with_precision_and_scale(20, scale).unwrap())
}

#[test]
fn the_same_values_of_other_types_are_neither_unseen_nor_lost() {
    let days: ArrayRef = Arc::new(Date32Array::from(vec![19_723, 19_724]));
    let midnights: ArrayRef =
        Arc::new(TimestampMicrosecondArray::from(vec![19_723 * DAY * 1_000_000, 19_724 * DAY * 1_000_000]));
    let seconds: ArrayRef = Arc::new(TimestampSecondArray::from(vec![DAY, DAY + 3_600]).with_timezone("UTC"));
    let millis: ArrayRef = Arc::new(
        TimestampMillisecondArray::from(vec![DAY * 1_000, (DAY + 3_600) * 1_000]).with_timezone("America/New_York"),
    );
    for (before, after) in [
        (whole(&[27, 18, 172_827]), floats(&[27.0, 172_827.0, 18.0])),
        (whole(&[27, 18]), Arc::new(Float32Array::from(vec![27.0, 18.0])) as ArrayRef),
        (whole(&[27, -3]), decimals(&[2_700, -300], 2)),
        (floats(&[0.1, 1.5]), Arc::new(Float32Array::from(vec![0.1, 1.5]))),
        (floats(&[0.1, 1.5]), decimals(&[100, 1_500], 3)),
        (decimals(&[10, 15], 1), decimals(&[1_000, 1_500], 3)),
        (floats(&[0.0, 1.0]), floats(&[-0.0, 1.0])),
        (Arc::new(UInt64Array::from(vec![7, 9])), whole(&[7, 9])),
        (days, midnights),
        (seconds, millis),
    ] {
        let [left, right] = [before.data_type().clone(), after.data_type().clone()];
        for checks in ["unseen: 0", "lost: 0"] {
            assert_eq!(
                compared(Arc::clone(&before), Arc::clone(&after), checks),
                [0, 0],
                "{left} and {right}: {checks}"
            );
            assert_eq!(
                compared(Arc::clone(&after), Arc::clone(&before), checks),
                [0, 0],
                "{right} and {left}: {checks}"
            );
        }
    }
}

#[test]
fn other_values_are_unseen_whatever_their_types() {
    let exact = 9_007_199_254_740_992;
    let midnight: ArrayRef = Arc::new(Date32Array::from(vec![1, 1]));
    let morning: ArrayRef = Arc::new(TimestampSecondArray::from(vec![DAY, DAY + 21_600]));
    for (before, after) in [
        (whole(&[1, 2]), floats(&[1.0, 1.5])),
        (whole(&[exact, 1]), whole(&[exact + 1, 1])),
        (floats(&[exact as f64, 1.0]), whole(&[exact + 1, 1])),
        (midnight, morning),
        (Arc::new(StringArray::from(vec!["1", "2"])) as ArrayRef, Arc::new(StringArray::from(vec!["01", "2"]))),
    ] {
        let of = before.data_type().clone();
        assert_eq!(compared(before, after, "unseen: 0"), [1, 1], "{of}");
    }
}

/// Never passes: a column of numbers that became text, under `unseen` or `lost` (exit code 4).
#[test]
fn values_of_two_kinds_are_neither_seen_nor_unseen() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["1", "0"]));
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![true, false]));
    let days: ArrayRef = Arc::new(Date32Array::from(vec![1, 0]));
    let written: ArrayRef = Arc::new(StringArray::from(vec!["1970-01-02", "1970-01-01"]));
    for (before, after) in
        [(whole(&[1, 0]), texts), (whole(&[1, 0]), flags), (whole(&[1, 0]), Arc::clone(&days)), (days, written)]
    {
        for checks in ["unseen: '<= 99%'", "lost: '<= 99%'"] {
            assert_eq!(compared(Arc::clone(&before), Arc::clone(&after), checks), [4, 4], "{checks}");
            assert_eq!(compared(Arc::clone(&after), Arc::clone(&before), checks), [4, 4], "{checks}");
        }
    }
}

#[test]
fn the_rows_with_unseen_values_are_found_in_any_type() {
    let place = Workplace::new();
    columns_to_parquet(&place, "main.parquet", &[("v", whole(&[1, 2]))]);
    columns_to_parquet(&place, "pr.parquet", &[("v", floats(&[2.0, 7.0, 1.0, 7.0]))]);
    place.write(
        "mlgate.yml",
        "version: 1\ndata: {t: {path: pr.parquet, baseline_path: main.parquet, columns: {v: {unseen: 0}}}}\n",
    );
    let report = place.report();
    assert_eq!(gate(&report, "data.t.columns.v.unseen")["first_rows"], serde_json::json!([2, 4]), "{report:#}");
}

/// Returns the exit code of a relation between two tables.
fn related(ours: ArrayRef, theirs: ArrayRef, checks: &str) -> i32 {
    let place = Workplace::new();
    columns_to_arrow(&place, "a.feather", &[("k", ours)]);
    columns_to_arrow(&place, "b.feather", &[("k", theirs)]);
    place.write(
        "mlgate.yml",
        &format!("version: 1\ndata: {{a: {{path: a.feather, {checks}}}, b: {{path: b.feather, rows: \"> 0\"}}}}\n"),
    );
    place.run(&["run"]).code
}

const KEYS: [&str; 3] = [
    "columns: {k: {foreign_key: b.k}}",
    "foreign_keys: {to_b: {of: b, columns: [k]}}",
    "same_keys: {with: b, key: [k], is: 100%}",
];

/// Never passes: keys that leak in another type, unit or zone.
#[test]
fn keys_meet_whatever_their_types() {
    let fixed = FixedSizeBinaryArray::try_from_iter([[0xff_u8, 0], [1, 2]].iter()).unwrap();
    let bytes = vec![&[0xff_u8, 0][..], &[1, 2]];
    for (ours, theirs) in [
        (whole(&[27, 18]), floats(&[18.0, 27.0])),
        (Arc::new(Int32Array::from(vec![27, 18])) as ArrayRef, decimals(&[2_700, 1_800], 2)),
        (floats(&[0.1, 2.5]), Arc::new(Float32Array::from(vec![2.5, 0.1]))),
        (Arc::new(Date32Array::from(vec![1, 2])), Arc::new(Date64Array::from(vec![DAY * 1_000, 2 * DAY * 1_000]))),
        (Arc::new(Date32Array::from(vec![1, 2])), Arc::new(TimestampSecondArray::from(vec![DAY, 2 * DAY]))),
        (
            Arc::new(TimestampMicrosecondArray::from(vec![5_000_000]).with_timezone("America/New_York")),
            Arc::new(TimestampMillisecondArray::from(vec![5_000]).with_timezone("UTC")),
        ),
        (
            Arc::new(DurationSecondArray::from(vec![1, 2])),
            Arc::new(DurationMicrosecondArray::from(vec![2_000_000, 1_000_000])),
        ),
        (Arc::new(fixed), Arc::new(LargeBinaryArray::from(bytes.clone()))),
        (Arc::new(BinaryArray::from(bytes.clone())), Arc::new(LargeBinaryArray::from(bytes))),
    ] {
        let [left, right] = [ours.data_type().clone(), theirs.data_type().clone()];
        for checks in KEYS {
            assert_eq!(related(Arc::clone(&ours), Arc::clone(&theirs), checks), 0, "{left} and {right}: {checks}");
        }
        assert_eq!(related(ours, theirs, "same_rows: {with: b, is: 0}"), 1, "{left} and {right}");
    }
}

#[test]
fn other_keys_do_not_meet() {
    let exact = 9_007_199_254_740_992;
    for (ours, theirs) in [
        (whole(&[exact + 1]), floats(&[exact as f64])),
        (whole(&[1]), floats(&[1.5])),
        (
            Arc::new(DurationSecondArray::from(vec![1])) as ArrayRef,
            Arc::new(DurationMicrosecondArray::from(vec![1])) as ArrayRef,
        ),
        (Arc::new(Date32Array::from(vec![1])), Arc::new(TimestampSecondArray::from(vec![DAY + 1]))),
    ] {
        assert_eq!(related(ours, theirs, "columns: {k: {foreign_key: b.k}}"), 1);
    }
}

#[test]
fn keys_of_two_kinds_are_refused() {
    for (ours, theirs) in [
        (whole(&[1]), Arc::new(StringArray::from(vec!["1"])) as ArrayRef),
        (whole(&[1]), Arc::new(BooleanArray::from(vec![true]))),
        (whole(&[DAY]), Arc::new(TimestampSecondArray::from(vec![DAY]))),
        (Arc::new(DurationSecondArray::from(vec![1])), Arc::new(BinaryArray::from(vec![&[1_u8][..]]))),
    ] {
        for checks in KEYS {
            assert_eq!(related(Arc::clone(&ours), Arc::clone(&theirs), checks), 4, "{checks}");
        }
    }
}

/// Returns the exit code and the message of a model whose sides have these keys.
fn paired(ours: ArrayRef, theirs: ArrayRef) -> (i32, String) {
    let place = Workplace::new();
    let n = ours.len();
    let labels: ArrayRef = Arc::new((0..n).map(|row| Some(row as i64 % 2)).collect::<Int64Array>());
    let scores: ArrayRef = Arc::new((0..n).map(|row| Some(0.1 + 0.8 * (row % 2) as f64)).collect::<Float64Array>());
    for (name, key) in [("pr.parquet", ours), ("main.parquet", theirs)] {
        columns_to_parquet(&place, name, &[("id", key), ("y", Arc::clone(&labels)), ("s", Arc::clone(&scores))]);
    }
    place.write("mlgate.yml", "version: 1\nmodels: {m: {predictions: pr.parquet, baseline_predictions: main.parquet, key: id, label: y, score: s, metrics: {roc_auc: {max_drop: 0.5}}}}\n");
    let answer = place.run(&["run"]);
    (answer.code, answer.stdout)
}

#[test]
fn predictions_pair_by_the_values_of_their_keys() {
    let ids: Vec<i64> = (0..60).collect();
    let as_floats: Vec<f64> = ids.iter().map(|id| *id as f64).collect();
    let micros: ArrayRef = Arc::new(TimestampMicrosecondArray::from_iter_values(ids.iter().map(|id| id * 1_000)));
    let millis = TimestampMillisecondArray::from(ids.clone());
    for (ours, theirs) in [
        (whole(&ids), floats(&as_floats)),
        (floats(&as_floats), decimals(&ids.iter().map(|id| i128::from(*id) * 100).collect::<Vec<_>>(), 2)),
        (Arc::clone(&micros), Arc::new(millis.clone()) as ArrayRef),
        (Arc::new(millis.clone().with_timezone("UTC")), Arc::new(millis.with_timezone("Asia/Tokyo"))),
    ] {
        let [left, right] = [ours.data_type().clone(), theirs.data_type().clone()];
        let (code, said) = paired(ours, theirs);
        assert_eq!(code, 0, "{left} and {right}: {said}");
    }
    let texts: ArrayRef = Arc::new(ids.iter().map(|id| Some(id.to_string())).collect::<StringArray>());
    let (code, said) = paired(whole(&ids), texts);
    assert!(code == 4 && said.contains("int64") && said.contains("string") && !said.contains("Utf8"), "{code} {said}");
}

/// Never passes: rows that are said to share nothing with a table that holds nothing (exit code 4).
#[test]
fn nothing_is_not_compared_with() {
    let config = "version: 1\ndata:\n  test: {path: pr.parquet, CHECK}\n  train: {path: main.parquet, columns: {v: {type: int64}}}\n";
    let nulls: ArrayRef = Arc::new(Int64Array::from(vec![None::<i64>; 3]));
    let (keys, rows) = ("same_keys: {with: train, key: [v]}", "same_rows: {with: train}");
    for (before, check, code, why) in [
        (nulls.clone(), keys, 4, "the other dataset has no row with a key"),
        (whole(&[]), keys, 4, "the other dataset has no row with a key"),
        (whole(&[]), rows, 4, "the other dataset has no rows"),
        (nulls, rows, 0, ""),
        (whole(&[7]), keys, 0, ""),
        (whole(&[2]), keys, 1, "a key that `train` also has"),
    ] {
        let place = Workplace::new();
        columns_to_parquet(&place, "main.parquet", &[("v", before)]);
        columns_to_parquet(&place, "pr.parquet", &[("v", whole(&[1, 2]))]);
        place.write("mlgate.yml", &config.replace("CHECK", check));
        let answer = place.run(&["run"]);
        assert_eq!(answer.code, code, "{check}: {}{}", answer.stdout, answer.stderr);
        assert!(
            answer.stdout.split_whitespace().collect::<Vec<_>>().join(" ").replace("│ ", "").contains(why),
            "{}",
            answer.stdout
        );
    }
}

#[test]
fn a_column_without_values_has_no_number_of_them() {
    let place = Workplace::new();
    columns_to_parquet(&place, "pr.parquet", &[("v", Arc::new(Int64Array::from(vec![None::<i64>; 3])))]);
    // No values are never few enough, and too few of them.
    for (check, code) in [("distinct: \"<= 3\"", 4), ("distinct: \">= 1\"", 1)] {
        place.write(
            "mlgate.yml",
            &format!("version: 1\ndata: {{t: {{path: pr.parquet, columns: {{v: {{{check}}}}}}}}}\n"),
        );
        assert_eq!(place.run(&["run"]).code, code, "{check}");
    }
}

//! `mlgate init` writes a config that passes on the files it saw, and stops a change to them.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, TimestampMillisecondArray};
use parquet::arrow::ArrowWriter;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::support::{Workplace, fixtures, gate};

#[test]
fn what_it_writes_passes_and_is_strict() {
    let place = Workplace::new();
    place.fixture("loans/main/applications.parquet").fixture("loans/main/predictions.parquet");
    let answer = place.run(&["init", "applications.parquet", "predictions.parquet"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(answer.stdout.contains("all of which pass"), "{}", answer.stdout);
    insta::assert_snapshot!(place.read("mlgate.yml"));
    assert_eq!(place.run(&[]).code, 0);
    std::fs::copy(fixtures().join("loans/bad/applications.parquet"), place.path().join("applications.parquet"))
        .unwrap();
    assert_eq!(place.run(&[]).code, 1, "the bad change's data must not pass");
}

#[test]
fn odd_names_and_values_survive() {
    let place = Workplace::new();
    place.write("odd.csv", "a b,no,\"q\"\"x\",empty\n1,yes,:,\n2,no,-,\n3,yes,:,\n4,no,-,\n");
    let answer = place.run(&["init", "odd.csv"]);
    assert_eq!(answer.code, 0, "{}\n{}", answer.stderr, answer.stdout);
    assert_eq!(place.run(&[]).code, 0, "{}", place.read("mlgate.yml"));
}

#[test]
fn a_config_that_is_there_is_not_overwritten() {
    let place = Workplace::new();
    place.write("a.csv", "id\n1\n2\n").write("mlgate.yml", "mine");
    let answer = place.run(&["init", "a.csv"]);
    assert_eq!((answer.code, place.read("mlgate.yml").as_str()), (2, "mine"));
    assert!(answer.stderr.contains("--force"), "{}", answer.stderr);
    assert_eq!(place.run(&["init", "--force", "a.csv"]).code, 0);
}

#[test]
fn files_that_teach_nothing_are_refused() {
    let place = Workplace::new();
    place.write("a.csv", "id\n").write("b.csv", "");
    assert_eq!(place.run(&["init", "a.csv"]).code, 4);
    assert_eq!(place.run(&["init", "b.csv"]).code, 4);
    assert_eq!(place.run(&["init", "lost.csv"]).code, 4);
    assert!(!place.path().join("mlgate.yml").exists());
}

#[test]
fn a_config_in_another_folder_finds_its_files() {
    let place = Workplace::new();
    place.write("gate/data/a.csv", "id\n1\n2\n").write("b.csv", "id\n1\n2\n");
    let answer = place.run(&["init", "--config", "gate/mlgate.yml", "gate/data/a.csv", "b.csv"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_eq!(place.run(&["run", "--config", "gate/mlgate.yml"]).code, 0);
}

#[test]
fn with_a_baseline_it_demands_what_is_so_now() {
    let place = Workplace::new();
    for side in ["bad", "main"] {
        std::fs::create_dir(place.path().join(side)).unwrap();
        for file in ["applications.parquet", "predictions.parquet"] {
            std::fs::copy(fixtures().join("loans").join(side).join(file), place.path().join(side).join(file)).unwrap();
        }
    }
    let new = ["bad/applications.parquet", "bad/predictions.parquet"];
    let old = ["--baseline", "main/applications.parquet", "--baseline", "main/predictions.parquet"];
    let answer = place.run(&[&["init"][..], &new, &old].concat());
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    insta::assert_snapshot!(place.read("mlgate.yml"));
    // A loss that is there already is accepted, and not in silence.
    let told = "note: predictions is worse than its baseline in roc_auc, accuracy, log_loss; the margins accept that\n";
    assert!(answer.stdout.contains(told), "{}", answer.stdout);
    assert_eq!(place.run(&[]).code, 0);
    // Against an unchanged side, the same limits fail on the changed data.
    std::fs::copy(fixtures().join("loans/main/applications.parquet"), place.path().join("bad/applications.parquet"))
        .unwrap();
    assert_eq!(place.run(&["run", "--only", "data.applications.columns.payment_score.in"]).code, 1);
}

#[test]
fn a_baseline_needs_a_file_that_it_belongs_to() {
    let place = Workplace::new();
    place.write("a.csv", "id\n1\n2\n").write("b.csv", "id\n1\n2\n").write("c.csv", "id\n1\n2\n");
    let answer = place.run(&["init", "a.csv", "b.csv", "--baseline", "c.csv"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("no other file is named `c`"), "{}", answer.stderr);
    let answer = place.run(&["init", "a.csv", "--baseline", "b.csv", "--baseline", "c.csv"]);
    assert!(answer.stderr.contains("has a baseline already"), "{}", answer.stderr);
    assert_eq!(place.run(&["init", "a.csv", "--baseline", "c.csv"]).code, 0);
}

#[test]
fn it_sees_how_texts_are_written() {
    let place = Workplace::new();
    let row = |n: u32| {
        let gap = ["x", "N/A", "?", "N/A"][n as usize % 4];
        format!("2024-03-{:02},u{n}@example.org,{gap}{},{}.0\n", n % 28 + 1, if gap == "x" { n } else { 0 }, n % 2)
    };
    let rows: String = (0..60).map(row).collect::<String>().replace("N/A0", "N/A").replace("?0", "?");
    place.write("a.csv", &format!("day,mail,note,flag\n{}", rows.replace("2024-03-", "d2024-03-")));
    let answer = place.run(&["init", "a.csv"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let config = place.read("mlgate.yml");
    for line in [
        "mail: {type: string, nulls: 0, format: email}   # all written as email",
        "note: {type: string, nulls: 0, missing: ",
        "   # 75.0% null or N/A, \"?\"",
        "flag: {type: float64, nulls: 0, finite: true, in: [0.0, 1.0]}",
    ] {
        assert!(config.contains(line), "{line} is not in\n{config}");
    }
    // A `d` before each day is no date format.
    assert!(config.contains("day: {type: string, nulls: 0}"), "{config}");
    place.write("a.csv", &format!("day,mail,note,flag\n{}", rows.replace("@", "(at)")));
    assert_eq!(place.run(&["run", "--only", "data.a.columns.mail.format"]).code, 1);
}

#[test]
fn a_table_that_is_held_out_is_kept_apart() {
    let place = Workplace::new();
    let rows = |from: u32, most: u32| {
        (from..from + most).map(|n| format!("{n},{},{}\n", n * 7 % 101, n % 3)).collect::<String>()
    };
    let head = "id,age,plan\n";
    place.write("train.csv", &format!("{head}{}", rows(0, 90)));
    // Row 100 equals row 5.
    place.write("test.csv", &format!("{head}{}200,35,2\n", rows(101, 40)));
    place.write("other.csv", &format!("{head}{}", rows(101, 40)));
    let answer = place.run(&["init", "train.csv", "test.csv", "other.csv"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let config = place.read("mlgate.yml");
    assert_eq!(config.matches("same_keys: {with: train, key: [id]}   # none now").count(), 1, "{config}");
    assert_eq!(config.matches("same_rows: {with: train, ignore: [id]").count(), 1, "{config}");
    assert_eq!(place.run(&[]).code, 0);
    place.write("test.csv", &format!("{head}{}", rows(50, 41)));
    for check in ["same_keys", "same_rows"] {
        assert_eq!(place.run(&["run", "--only", &format!("data.test.{check}")]).code, 1, "{check}");
    }
}

type Columns = Vec<(&'static str, ArrayRef)>;

/// Files with one odd column: the config loses at most that column's line.
#[test]
fn one_odd_column_does_not_cost_the_config() {
    let times = |values: [i64; 3]| {
        let column = Arc::new(TimestampMillisecondArray::from(values.repeat(5)));
        vec![("at", column as ArrayRef), ("v", Arc::new(Int64Array::from_iter_values(0..15)))]
    };
    let counted = |name: &'static str| {
        vec![(name, Arc::new(Int64Array::from_iter_values(0..40)) as ArrayRef), ("v", numbers(&[1, 2], 20))]
    };
    let cases: [(&str, Columns, &str); 7] = [
        ("a question mark", counted("ok?"), "\"ok\\\\?\": {"),
        ("a star", vec![("rate*", numbers(&[1, 2, 3], 10)), ("rate_a", numbers(&[7, 8, 9], 10))], "\"rate\\\\*\": {"),
        ("a control character", counted("del\u{7f}"), "\"del\\u007F\": {"),
        ("a word of YAML", counted("<<"), "\"<<\": {"),
        ("times beyond all calendars", times([9_223_372_036_854_775, 0, 5]), "at: {type: timestamp"),
        (
            "the smallest number",
            vec![("x", Arc::new(Float64Array::from(vec![f64::MIN, 1.0, 2.5, 3.5]))), ("v", numbers(&[1, 2, 3, 4], 1))],
            "x: {type: float64, nulls: 0, finite: true}",
        ),
        ("nothing but nulls", vec![("x", Arc::new(Int64Array::from(vec![None; 4])))], "x: {type: int64}"),
    ];
    for (what, columns, line) in cases {
        let place = Workplace::new();
        write_parquet(&place.path().join("a.parquet"), columns);
        let answer = place.run(&["init", "a.parquet"]);
        assert_eq!(answer.code, 0, "{what}: {}", answer.stderr);
        let config = place.read("mlgate.yml");
        assert!(config.contains(line), "{what}: {line} is not in\n{config}");
        assert_eq!(place.run(&[]).code, 0, "{what}");
    }
}

/// Rows of a table in which no column tells them apart may repeat by chance; those with a key may not.
#[test]
fn repeated_rows_get_room_where_nothing_tells_rows_apart() {
    let place = Workplace::new();
    let rows = |first: usize, more: &str| {
        let row = |row: usize| format!("{},{},{}\n", row % 40, row / 40 % 40, if row == 0 { 0 } else { row % 3 });
        format!("a,b,c\n{}{more}", (first..first + 1_000).map(row).collect::<String>())
    };
    place.write("t.csv", &rows(0, ""));
    assert_eq!(place.run(&["init", "t.csv"]).code, 0);
    assert!(place.read("mlgate.yml").contains("duplicate_rows: \"< 0.6%\""), "{}", place.read("mlgate.yml"));
    place.write("t.csv", &rows(0, "3,0,0\n"));
    assert_eq!(place.run(&["run"]).code, 0, "{}", place.run(&["run"]).stdout);
    let with_key =
        |rows: usize| format!("id,a\n{}", (0..rows).map(|row| format!("{row},{}\n", row % 3)).collect::<String>());
    place.write("k.csv", &with_key(300));
    assert_eq!(place.run(&["init", "--force", "k.csv"]).code, 0);
    assert!(place.read("mlgate.yml").contains("duplicate_rows: 0 "), "{}", place.read("mlgate.yml"));
}

#[test]
fn predictions_without_a_metric_and_columns_without_a_type_are_still_tables() {
    let place = Workplace::new();
    let scores = (0..50).map(|row| format!("{row},{},{}\n", row % 2, if row == 3 { "nan" } else { "0.5" }));
    place.write("preds.csv", &format!("id,label,score\n{}", scores.collect::<String>()));
    place.write("mixed.jsonl", "{\"a\": 1, \"b\": [1]}\n{\"a\": \"x\", \"b\": {\"c\": 2}}\n");
    for file in ["preds.csv", "mixed.jsonl"] {
        let answer = place.run(&["init", "--force", file]);
        assert_eq!(answer.code, 0, "{file}: {}", answer.stderr);
        let config = place.read("mlgate.yml");
        assert!(config.contains("\ndata:\n") && !config.contains("\nmodels:\n"), "{config}");
        assert_eq!(place.run(&[]).code, 0, "{file}");
    }
}

fn numbers(values: &[i64], times: usize) -> ArrayRef {
    Arc::new(Int64Array::from(values.repeat(times)))
}

fn write_parquet(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
            .unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// A column whose name looks like a pattern is matched by its name only.
#[test]
fn a_name_with_a_star_can_be_escaped() {
    let place = Workplace::new();
    place.write("a.csv", "rate*,rate_a\n1,900\n2,800\n").write(
        "mlgate.yml",
        "version: 1\ndata:\n  a: {path: a.csv, forbidden_columns: ['rate\\?'], columns: {'rate\\*': {range: [0, 9]}}}\n",
    );
    let report = place.report();
    assert_eq!(report["exit_code"], 0, "{report}");
    assert_eq!(gate(&report, "data.a.columns.rate*.range")["candidate"]["n"], 2);
}

#[test]
fn codes_keep_their_zeros() {
    let place = Workplace::new();
    place.write("a.csv", "zip,n\n02134,1\n00501,2\n10001,3\n");
    let answer = place.run(&["init", "a.csv"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let config = place.read("mlgate.yml");
    assert!(config.contains("types: {zip: string}   # codes such as 02134"), "{config}");
    assert!(config.contains("zip: {type: string, nulls: 0}"), "{config}");
}

#[test]
fn a_file_without_a_header_is_told() {
    let place = Workplace::new();
    place.write("a.csv", "39,State-gov,77516\n50,Self,83311\n38,Private,215646\n");
    assert_eq!(place.run(&["init", "a.csv"]).code, 0);
    assert!(place.read("mlgate.yml").contains("Here it looks like data"), "{}", place.read("mlgate.yml"));
}

/// Returns a sample from one distribution: an id, a heavy tail of fractions, one of integers, and a category with rare
/// values.
fn draw(seed: u64) -> String {
    let mut random = rand_chacha::ChaCha12Rng::seed_from_u64(seed);
    let mut uniform = || (f64::from(random.next_u32()) + 0.5) / 4_294_967_296.0;
    let mut text = String::from("id,amount,visits,drug\n");
    for row in 0..3_000u64 {
        let normal = (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos();
        let (amount, visits) = ((5.0 + 1.6 * normal).exp(), (uniform().powf(-1.0 / 1.8) - 1.0).floor());
        let drug = ["no", "up", "steady"][[0.999, 0.9995].iter().filter(|least| uniform() > **least).count()];
        let _ = writeln!(text, "{},{amount:.2},{visits},{drug}", seed * 10_000 + row);
    }
    text
}

/// A config of one sample passes on the next, and still detects a real change.
#[test]
fn the_next_rows_of_the_same_source_pass() {
    let place = Workplace::new();
    let mut broken = Vec::new();
    for seed in 0..10 {
        place.write("a.csv", &draw(2 * seed));
        let answer = place.run(&["init", "--force", "a.csv"]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        place.write("a.csv", &draw(2 * seed + 1));
        let report = place.report();
        let failed = report["gates"].as_array().unwrap().iter().filter(|gate| gate["effect"] == "blocks");
        broken.extend(failed.map(|gate| format!("{seed}: {} {}", gate["id"], gate["message"])));
    }
    assert!(broken.len() <= 1, "{broken:#?}");
    let next = draw(30);
    for (change, what) in [
        (next.replace(",visits,", ",visit,"), "a lost column"),
        (next.replacen(",no\n", ",\n", 20), "nulls"),
        (next.replacen("300000,", "300001,", 1), "a key twice"),
    ] {
        assert_ne!(place.write("a.csv", &change).run(&["run"]).code, 0, "{what}");
    }
}

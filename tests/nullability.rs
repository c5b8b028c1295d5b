//! The nullability that files declare: a column change of its own kind.

use std::fs::{self, File};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, ListArray, RecordBatch, StructArray};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema};
use datafusion::arrow::ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use serde_json::Value;

use crate::support::{Workplace, gate};

const BOTH: &str = "version: 1\ndata:\n  t: {path: new, baseline_path: old, schema: same, relaxed_columns: 0}\n";

fn config(new: &str, old: &str) -> String {
    BOTH.replace("path: new", &format!("path: {new}")).replace("baseline_path: old", &format!("baseline_path: {old}"))
}

fn told<'a>(report: &'a Value, id: &str) -> (&'a str, &'a str) {
    let gate = gate(report, id);
    (gate["verdict"].as_str().unwrap(), gate["message"].as_str().unwrap())
}

/// Returns a row of a number, a struct with a number and a list of a number, all of them nullable or none.
fn row(may_be_null: bool) -> RecordBatch {
    let number = || Arc::new(Int64Array::from(vec![7])) as ArrayRef;
    let field = |name: &str, data_type| Field::new(name, data_type, may_be_null);
    let fields = Fields::from(vec![field("zip", DataType::Int64)]);
    let item = Arc::new(field("item", DataType::Int64));
    let list = ListArray::new(Arc::clone(&item), OffsetBuffer::from_lengths([1]), number(), None);
    let schema = Schema::new(vec![
        field("id", DataType::Int64),
        field("address", DataType::Struct(fields.clone())),
        field("tags", DataType::List(item)),
    ]);
    let columns = vec![number(), Arc::new(StructArray::new(fields, vec![number()], None)) as _, Arc::new(list) as _];
    RecordBatch::try_new(Arc::new(schema), columns).unwrap()
}

fn write(place: &Workplace, name: &str, row: &RecordBatch) {
    let path = place.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = File::create(path).unwrap();
    if name.ends_with(".parquet") {
        let mut writer = ArrowWriter::try_new(file, row.schema(), None).unwrap();
        writer.write(row).unwrap();
        writer.close().unwrap();
    } else {
        let mut writer = FileWriter::try_new(file, &row.schema()).unwrap();
        writer.write(row).unwrap();
        writer.finish().unwrap();
    }
}

#[test]
fn both_formats_declare_it_and_a_struct_hands_it_on() {
    let place = Workplace::new();
    for format in ["parquet", "arrow"] {
        write(&place, &format!("old.{format}"), &row(false));
        write(&place, &format!("new.{format}"), &row(true));
        place.write("mlgate.yml", &config(&format!("new.{format}"), &format!("old.{format}")));
        let report = place.report();
        let relaxed = "relaxed `id`, `address.zip`, `tags` from required to optional";
        assert_eq!(told(&report, "data.t.relaxed_columns"), ("fail", relaxed), "{format}");
        assert_eq!(told(&report, "data.t.schema"), ("fail", relaxed), "{format}");
        // The reverse is no problem: a program that reads nullable columns reads required ones.
        place.write("mlgate.yml", &config(&format!("old.{format}"), &format!("new.{format}")));
        assert_eq!(place.report()["verdict"], "pass", "{format}");
    }
}

#[test]
fn one_optional_file_of_a_folder_makes_the_column_optional() {
    let place = Workplace::new();
    for format in ["parquet", "arrow"] {
        for (name, may_be_null) in [("old/a", false), ("old/b", false), ("new/a", false), ("new/b", true)] {
            write(&place, &format!("{format}/{name}.{format}"), &row(may_be_null));
        }
        let new = format!("{format}/new");
        place.write("mlgate.yml", &config(&new, &format!("{format}/old")));
        let relaxed = "relaxed `id`, `address.zip`, `tags` from required to optional";
        assert_eq!(told(&place.report(), "data.t.relaxed_columns"), ("fail", relaxed), "{format}");
        // The rows of all files are read, whatever nullability each declares inside a struct or a list.
        let lines = format!(
            "version: 1\ndata:\n  t: {{path: {new}, rows: 2, duplicate_rows: \"<= 100%\", columns: {{address.zip: {{in: [7], nulls: 0}}, tags: {{nulls: 0}}}}}}\n"
        );
        place.write("mlgate.yml", &lines);
        assert_eq!(place.report()["verdict"], "pass", "{:#}", place.report());
    }
}

#[test]
fn text_declares_nothing_and_schema_says_nothing_of_it() {
    let place = Workplace::new();
    place.write("new.csv", "id\n1\n").write("old.csv", "id\n1\n").write("mlgate.yml", &config("new.csv", "old.csv"));
    let report = place.report();
    assert_eq!(told(&report, "data.t.schema"), ("pass", "1 column, unchanged"));
    let (verdict, why) = told(&report, "data.t.relaxed_columns");
    assert_eq!(verdict, "not_applicable");
    assert!(why.starts_with("neither side declares which columns may hold nulls"), "{why}");
    // As the only check, it makes a run that checked nothing.
    place.write("mlgate.yml", &config("new.csv", "old.csv").replace("schema: same, ", ""));
    assert_eq!(place.report()["exit_code"], 4);
}

#[test]
fn a_stored_baseline_keeps_it() {
    let place = Workplace::new();
    let stored = "version: 1\nbaseline: b.json\ndata:\n  t: {path: t.parquet, schema: same, relaxed_columns: 0}\n";
    let message = |word: &str| format!("message t {{ {word} int64 id; optional int64 age; }}");
    place.parquet("t.parquet", &message("required")).write("mlgate.yml", stored);
    assert_eq!(place.run(&["bless"]).code, 0);
    let before = place.read("b.json");
    let columns: Value = serde_json::from_str(&before).unwrap();
    let nullable = |at: usize| columns["datasets"]["t"]["columns"][at]["nullable"].clone();
    assert_eq!((nullable(0), nullable(1)), (false.into(), true.into()));

    place.parquet("t.parquet", &message("optional"));
    let report = place.report();
    assert_eq!(told(&report, "data.t.relaxed_columns"), ("fail", "relaxed `id` from required to optional"));
    // The gates that a reviewer of the new baseline reads.
    let all = ["data.t.schema", "data.t.relaxed_columns"];
    let shown =
        place.run(&["bless", "--despite", all[0], "--despite", all[1], "--reason", "new writer", "--owner", "ada"]);
    assert_eq!(shown.code, 0, "{}{}", shown.stdout, shown.stderr);
    assert!(shown.stdout.contains("nullability"), "{}", shown.stdout);
}

#[test]
fn a_stored_baseline_without_it_is_read_and_claims_nothing() {
    let place = Workplace::new();
    let config = "version: 1\nbaseline: b.json\ndata:\n  t: {path: t.parquet, schema: same, relaxed_columns: 0}\n";
    place.parquet("t.parquet", "message t { required int64 id; }").write("mlgate.yml", config);
    assert_eq!(place.run(&["bless"]).code, 0);
    let old = place.read("b.json").replace(",\"nullable\":false", "");
    assert!(!old.contains("nullable"), "{old}");
    place.write("b.json", &old).parquet("t.parquet", "message t { optional int64 id; }");
    let report = place.report();
    let (verdict, why) = told(&report, "data.t.relaxed_columns");
    assert_eq!(verdict, "not_applicable");
    assert!(why.contains("`mlgate bless`"), "{why}");
    let half = "1 column, unchanged; only one side declares whether `id` may hold nulls";
    assert_eq!(told(&report, "data.t.schema"), ("pass", half));
}

/// Never passes: a column that may hold nulls beside one of its type that may not (exit code 1).
#[test]
fn a_condition_on_a_required_column_says_nothing_about_an_optional_one() {
    let place = Workplace::new();
    let schema = Schema::new(vec![Field::new("a", DataType::Int64, false), Field::new("b", DataType::Int64, true)]);
    let columns = vec![
        Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef,
        Arc::new(Int64Array::from(vec![Some(1), None])) as ArrayRef,
    ];
    let rows = RecordBatch::try_new(Arc::new(schema), columns).unwrap();
    for format in ["parquet", "arrow"] {
        write(&place, &format!("t.{format}"), &rows);
        let rules = "rules: {a: a IS NOT NULL, b: b IS NOT NULL, c: NOT (a IS NULL), d: NOT (b IS NULL)}";
        let columns = "columns: {'*': {missing: {is: 0, tokens: [-999]}, nulls: 0}}";
        place.write("mlgate.yml", &format!("version: 1\ndata: {{t: {{path: t.{format}, {rules}, {columns}}}}}\n"));
        let report = place.report();
        for (id, verdict) in [
            ("rules.a", "pass"),
            ("rules.b", "fail"),
            ("rules.c", "pass"),
            ("rules.d", "fail"),
            ("columns.a.missing", "pass"),
            ("columns.b.missing", "fail"),
            ("columns.a.nulls", "pass"),
            ("columns.b.nulls", "fail"),
        ] {
            assert_eq!(told(&report, &format!("data.t.{id}")).0, verdict, "{format} {id}");
        }
    }
}

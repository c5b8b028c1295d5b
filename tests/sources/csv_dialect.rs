//! CSV in other dialects, as the config declares them.

use super::put;
use crate::support::{Answer, Workplace, gate};

fn config(path: &str, csv: &str, checks: &str) -> String {
    format!("version: 1\ndata:\n  t:\n    path: {path}\n    csv: {csv}\n{checks}")
}

fn run(place: &Workplace, csv: &str, checks: &str) -> Answer {
    place.write("mlgate.yml", &config("t.csv", csv, checks));
    place.run(&["run"])
}

#[test]
fn a_german_export_is_read_as_it_is_meant() {
    let place = Workplace::new();
    let rows = b"# Ums\xe4tze\nort;betrag;datum;plz\nK\xf6ln;1.234,50;2024-01-31;01067\n\"M\xfcnchen;S\xfcd\";-0,5;2024-02-01;80331\n";
    put(&place, "t.csv", rows);
    let checks = "    types: {plz: string}
    rows: '= 2'
    numbers:
      euro: {sql: 'SELECT sum(betrag) FROM t', is: '= 1234'}
    columns:
      ort: {in: [Köln, München;Süd]}
      betrag: {type: float64}
      datum: {type: date}
      plz: {length: [5, 5]}
";
    let answer = run(&place, "{decimal: ',', encoding: windows-1252, comment: '#'}", checks);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
}

#[test]
fn both_sides_and_all_parts_are_read_alike() {
    let place = Workplace::new();
    place.write("t/a.csv", "1 \"say \\\"hi\\\"\"\n").write("t/b.csv", "2 x\n").write("main.csv", "1 x\n2 y\n").write(
        "mlgate.yml",
        &config(
            "t",
            "{delimiter: space, escape: '\\', names: [id, text]}",
            "    baseline_path: main.csv\n    schema: same\n    columns: {text: {unseen: 0}, id: {unique: true}}\n",
        ),
    );
    let (report, _) = place.report_with(&[], &[]);
    assert_eq!(gate(&report, "data.t.schema")["verdict"], "pass", "{report:#}");
    let unseen = gate(&report, "data.t.columns.text.unseen");
    assert!(unseen["verdict"] == "fail" && unseen["first_rows"] == serde_json::json!([1]), "{unseen:#}");
}

#[test]
fn messages_name_the_lines_of_the_file() {
    let place = Workplace::new();
    for (text, csv, why) in [
        ("x;y\n\na;b\n1;2\n3\n", "{skip_lines: 2}", "row 2 (line 5) has 1 field, but the header has 2"),
        ("1,2\n3,4\n5\n", "{header: false}", "row 3 (line 3) has 1 field, but the header has 2"),
        ("1,2\n3,4\n5\n", "{names: [a, b]}", "row 3 (line 3) has 1 field, but the header has 2"),
        ("1,2\n", "{names: [a]}", "row 1 (line 1) has 2 fields, but the header has 1"),
        ("a;b\n1,5;2.5\n", "{decimal: ','}", "line 2: `2.5` has a decimal point, but `decimal` is the comma"),
        ("a;b\n1;'2\n3;4\n", "{quote: \"'\"}", "line 2: a quote that opens in this row is never closed"),
    ] {
        place.write("t.csv", text);
        let answer = run(&place, csv, "    rows: '> 0'\n");
        assert!(answer.code == 4 && answer.stdout.contains("t.csv` cannot be read"), "{csv}: {}", answer.stdout);
        let flat = answer.stdout.replace("\n    │ ", " ");
        assert!(flat.contains(why), "{csv}: {}", answer.stdout);
    }
}

#[test]
fn other_formats_have_no_dialect() {
    let place = Workplace::new();
    place.write("t.jsonl", "{\"a\":1}\n");
    place.write("mlgate.yml", &config("t.jsonl", "{delimiter: ';'}", "    rows: '> 0'\n"));
    let answer = place.run(&["run"]);
    assert!(answer.code == 4 && answer.stdout.contains("`csv` says how CSV and TSV are written"), "{}", answer.stdout);
}

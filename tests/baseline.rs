//! The stored baseline: blessed, read, and compared with as if it were the file itself.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::support::{Answer, Workplace, gate};

/// Every line that compares a dataset with its baseline.
const LINES: &str = r#"
    rows: ">= baseline - 50%"
    schema: same
    dataset_drift: {is: "<= 50%", ignore: [id]}
    columns:
      id: {nulls: 0}
      price:
        nulls: "<= baseline + 5pp"
        null_change: 20%
        mean: "<= baseline + 50%"
        median: "<= baseline + 50%"
        minimum: ">= baseline - 5"
        maximum: "<= baseline + 5"
        stddev: "<= baseline + 50%"
        psi: 0.5
        js: 0.5
        ks: 0.5
        w1: 0.5
      count: {tv: 0.5, w1: 0.9}
      kind: {unseen: "< 50%", lost: "< 50%", tv: 0.9, cramers_v: 0.9, share: {of: [a], is: "<= baseline + 50pp"}}
      day: {psi: 0.9}
"#;

/// Returns a table whose numbers move with `shift`.
fn goods(rows: u32, shift: u32) -> String {
    let mut text = "id,price,count,kind,day\n".to_owned();
    for row in 0..rows {
        let mixed = (row + shift).wrapping_mul(2_654_435_761) >> 8;
        let price =
            if mixed.is_multiple_of(31) { String::new() } else { format!("{}.{}", mixed % 90 + shift, mixed % 7) };
        let kind = ["a", "b", "c", "", "Ünï"][(mixed / 7 % 5) as usize];
        let day = mixed % 28 + 1;
        writeln!(text, "{row},{price},{},{kind},2024-0{}-{day:02}", mixed % 9, mixed % 3 + 1).unwrap();
    }
    text
}

fn config(more: &str) -> String {
    format!("version: 1\n{more}data:\n  goods:\n    path: new.csv{LINES}")
}

/// Returns a folder where the main branch's data are blessed and the candidate's data are present.
fn blessed() -> Workplace {
    let place = Workplace::new();
    place.write("new.csv", &goods(900, 0)).write("mlgate.yml", &config("baseline: .mlgate/baseline.json\n"));
    let answer = place.run(&["bless"]);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    place.write("new.csv", &goods(700, 3));
    place
}

fn report(answer: &Answer) -> Value {
    serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}{}", answer.stdout, answer.stderr))
}

/// Returns the gates without their places in the config.
fn gates(report: &Value) -> Vec<Value> {
    let mut gates = report["gates"].as_array().unwrap().clone();
    for gate in &mut gates {
        gate.as_object_mut().unwrap().remove("at");
    }
    gates
}

#[test]
fn it_answers_as_the_file_itself_would() {
    let place = blessed();
    let stored = report(&place.run(&["run", "--format", "json"]));
    place.write("old.csv", &goods(900, 0)).write(
        "mlgate.yml",
        &config("").replace("    path: new.csv\n", "    path: new.csv\n    baseline_path: old.csv\n"),
    );
    let raw = report(&place.run(&["run", "--format", "json"]));
    assert_eq!(stored["counts"]["error"], 0, "{stored:#}");
    for (stored, raw) in gates(&stored).iter().zip(&gates(&raw)) {
        assert_eq!(stored, raw);
    }
    assert_eq!(gates(&stored).len(), gates(&raw).len());
    let psi = gate(&stored, "data.goods.columns.price.psi");
    assert!(psi["candidate"]["value"].as_f64().unwrap() > 0.0, "{psi:#}");
}

#[test]
fn the_same_data_give_the_same_bytes_and_no_row_is_in_them() {
    let place = blessed();
    let first = place.read(".mlgate/baseline.json");
    place.write("new.csv", &goods(900, 0));
    assert_eq!(place.run(&["bless"]).code, 0);
    assert_eq!(place.read(".mlgate/baseline.json"), first);
    // In a table with few rows no value is listed: an identifier of rows is not stored.
    let stored: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(stored["version"], 3);
    assert_eq!(stored["datasets"]["goods"]["rows"], 900);
    assert!(stored["inputs"][0]["digest"].as_str().unwrap().starts_with("sha256:"));
}

#[test]
fn a_hundred_columns_are_a_small_file() {
    let place = Workplace::new();
    let names: Vec<String> = (0..100).map(|column| format!("column_{column}")).collect();
    let mut text = names.join(",") + "\n";
    for row in 0..2000_u32 {
        let values = (0..100_u32).map(|column| {
            let mixed = (row * 101 + column * 7 + 13).wrapping_mul(2_654_435_761) >> 4;
            match column % 3 {
                0 => format!("{}.{}", mixed % 100_000, mixed % 977),
                1 => (mixed % 5000).to_string(),
                _ => format!("value {}", mixed % 40),
            }
        });
        text.push_str(&values.collect::<Vec<_>>().join(","));
        text.push('\n');
    }
    place.write("new.csv", &text).write(
        "mlgate.yml",
        "version: 1\nbaseline: b.json\ndata:\n  t: {path: new.csv, columns: {\"*\": {null_change: \"5%\"}}}\n",
    );
    assert_eq!(place.run(&["bless"]).code, 0);
    let size = place.read("b.json").len();
    assert!(size < 200_000, "{size} bytes");
}

#[test]
fn as_a_user_reads_it() {
    let place = Workplace::new();
    place.write("new.csv", &goods(900, 0)).write("mlgate.yml", &config(""));
    let without = place.run(&["run"]);
    assert_eq!(without.code, 2);
    insta::assert_snapshot!("nothing_to_compare_with", without.stderr.lines().take(12).collect::<Vec<_>>().join("\n"));
    insta::assert_snapshot!("blessed", place.run(&["bless"]).stdout);
    insta::assert_snapshot!("stored", place.read(".mlgate/baseline.json"));
}

#[test]
fn what_is_wrong_with_it_never_passes() {
    let whole = blessed().read(".mlgate/baseline.json");
    let run = |text: Option<&str>| {
        let place = blessed();
        match text {
            Some(text) => {
                place.write(".mlgate/baseline.json", text);
            }
            None => fs::remove_file(place.path().join(".mlgate/baseline.json")).unwrap(),
        }
        place.run(&["run", "--format", "json"])
    };
    let newer = whole.replacen("\"version\": 3", "\"version\": 9", 1);
    let cut = &whole[..whole.len() / 2];
    let odd = whole.replacen("\"rows\": 900", "\"rows\": 900, \"mean\": 3", 1);
    let (before, price) = whole.split_once("\"name\":\"price\"").unwrap();
    let unfit = format!("{before}\"name\":\"price\"{}", price.replacen("\"counts\":[", "\"counts\":[7,", 1));
    assert_ne!(unfit, whole);
    let mut said = String::new();
    for (what, text) in [
        ("lost", None),
        ("newer", Some(newer.as_str())),
        ("cut off", Some(cut)),
        ("unknown key", Some(odd.as_str())),
        ("another file", Some("{\"a\": 1}")),
        ("no JSON", Some("<html>")),
        ("cells that do not fit", Some(unfit.as_str())),
    ] {
        let answer = run(text);
        assert_eq!(answer.code, 4, "{what}: {}{}", answer.stdout, answer.stderr);
        let first = gates(&report(&answer)).into_iter().find(|gate| gate["verdict"] == "error").unwrap();
        writeln!(
            said,
            "{what}:
{}",
            first["message"].as_str().unwrap()
        )
        .unwrap();
    }
    insta::assert_snapshot!(said);
}

#[test]
fn a_lost_baseline_is_missed_though_no_gate_compares() {
    let place = Workplace::new();
    place
        .write("new.csv", "a\n1\n")
        .write("mlgate.yml", "version: 1\nbaseline: b.json\ndata:\n  t: {path: new.csv, rows: \">= 1\"}\n");
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 4, "{}{}", answer.stdout, answer.stderr);
    assert!(answer.stderr.contains("there is no baseline at `b.json`; `mlgate bless`"), "{}", answer.stderr);
}

#[test]
fn a_line_that_was_not_blessed_is_an_error_that_says_so() {
    let place = blessed();
    let text = config("baseline: .mlgate/baseline.json\n")
        .replace("      id: {nulls: 0}", "      id: {mean: \"<= baseline\"}");
    place.write("mlgate.yml", &text);
    let report = report(&place.run(&["run", "--format", "json"]));
    let mean = gate(&report, "data.goods.columns.id.mean");
    assert_eq!(mean["verdict"], "error");
    assert!(mean["message"].as_str().unwrap().contains("`mlgate bless` stores what the config compares"), "{mean:#}");
}

#[test]
fn the_command_line_names_another_one() {
    let place = blessed();
    fs::rename(place.path().join(".mlgate/baseline.json"), place.path().join("other.json")).unwrap();
    assert_eq!(place.run(&["run"]).code, 4);
    let report = report(&place.run(&["run", "--baseline", "other.json", "--format", "json"]));
    assert_eq!(report["counts"]["error"], 0, "{report:#}");
    assert_eq!(report["provenance"]["baseline"]["files"][0]["path"], "other.json");
}

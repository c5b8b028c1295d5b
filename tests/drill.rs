//! `mlgate drill`: faults that are planted into copies of the files, and the gates that catch them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use mlgate::testing::yaml;
use serde_json::{Value, json};

use crate::support::{Answer, Workplace, run_in, to_json};

/// A value that occurs in the files, and must not occur in any output.
const SECRET: &str = "Zanzibarsecret";

/// A linear congruential generator (Knuth's MMIX), of which the upper half is used.
struct Dice(u64);

impl Dice {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 32).unwrap()) / f64::from(u32::MAX)
    }
}

/// Returns the lines of a dataset and of predictions of its label.
fn files(rows: usize, seed: u64) -> (Vec<String>, Vec<String>) {
    let mut dice = Dice(seed);
    let (mut data, mut predictions) = (Vec::new(), Vec::new());
    for row in 0..rows {
        let amount = 100.0 + 50.0 * (dice.share() + dice.share() - 1.0);
        let place = [SECRET, "south", "east"][usize::from(dice.share() < 0.5) + usize::from(dice.share() < 0.3)];
        let gap = if dice.share() < 0.05 { String::new() } else { format!("{:.3}", dice.share()) };
        let day = 1 + row % 28;
        let label = u8::from(dice.share() < 0.4);
        let sex = ["f", "m"][usize::from(dice.share() < 0.5)];
        let score = (0.25 + 0.5 * f64::from(label) + 0.5 * (dice.share() - 0.5)).clamp(0.01, 0.99);
        let answer = u8::from(score >= 0.5);
        data.push(format!("{row},{amount:.2},{place},{gap},2026-01-{day:02},{label}"));
        predictions.push(format!("{row},{label},{score:.4},{answer},{sex}"));
    }
    (data, predictions)
}

fn table(head: &str, lines: &[String]) -> String {
    lines.iter().fold(format!("{head}\n"), |mut file, line| {
        writeln!(file, "{line}").unwrap();
        file
    })
}

const DATA: &str = "id,amount,place,gap,day,label";
const PREDICTIONS: &str = "id,label,score,answer,sex";

const CONFIG: &str = "\
version: 1
# What we keep.
data:
  loans:
    path: loans.csv          # the new rows
    baseline_path: old.csv
    columns:
      id: {unique: true}     # a key
models:
  m:
    predictions: preds.csv
    baseline_predictions: old_preds.csv
    key: id
    label: label
    score: score
    prediction: answer
    metrics:
      roc_auc: {min: 0.6}
";

/// Writes two versions of a dataset and of predictions, and a config that checks little.
fn place(rows: usize, config: &str) -> Workplace {
    let place = Workplace::new();
    let (data, predictions) = files(rows, 7);
    place.write("loans.csv", &table(DATA, &data)).write("preds.csv", &table(PREDICTIONS, &predictions));
    place.write("old.csv", &table(DATA, &files(rows, 8).0)).write("old_preds.csv", &table(PREDICTIONS, &predictions));
    place.write("mlgate.yml", config);
    place
}

fn drill(place: &Workplace, more: &[&str]) -> (Value, Answer) {
    let answer = place.run(&[&["drill", "--format", "json", "--budget", "30m", "--samples", "0"], more].concat());
    let found = serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}{}", answer.stdout, answer.stderr));
    (found, answer)
}

fn faults<'a>(found: &'a Value, fault: &str, target: &str) -> Vec<&'a Value> {
    let is_it = |one: &&Value| one["fault"] == fault && one["target"] == target;
    found["faults"].as_array().unwrap().iter().filter(is_it).collect()
}

/// Merges a fragment of a config into a config.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert_with(|| json!({})), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

#[test]
fn every_suggestion_is_a_config_that_catches_its_fault() {
    let place = place(300, CONFIG);
    let (found, answer) = drill(&place, &[]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let all = found["faults"].as_array().unwrap();
    assert_eq!(found["planted"], json!(all.len()));
    let caught = all.iter().filter(|fault| fault["caught_by"] != json!([])).count();
    assert_eq!(found["caught"], json!(caught));
    assert!(caught > 5 && caught < all.len(), "{found:#}");
    let kinds: BTreeSet<&str> = all.iter().map(|fault| fault["fault"].as_str().unwrap()).collect();
    for kind in [
        "nulls",
        "unit_x1000",
        "moved",
        "shifted_columns",
        "category_renamed",
        "category_new",
        "category_lost",
        "rows_duplicated",
        "rows_lost",
        "rows_multiplied",
        "truncated",
        "times_stale",
        "labels_flipped",
        "labels_flipped_in_group",
        "score_noise",
        "calibration_shift",
        "threshold_moved",
        "group_recall_lowered",
        "leakage",
        "key_type_changed",
        "column_renamed",
    ] {
        assert!(kinds.contains(kind), "{kind}: {kinds:?}");
    }
    let suggested: BTreeSet<&str> = all.iter().filter_map(|fault| fault["suggest"].as_str()).collect();
    assert!(suggested.len() > 8, "{suggested:?}");
    let before = to_json(&yaml::parse(CONFIG).unwrap());
    for line in suggested {
        let mut config = before.clone();
        merge(&mut config, &to_json(&yaml::parse(line).unwrap()));
        place.write("mlgate.yml", &config.to_string());
        let run = place.run(&["run", "--quiet"]);
        assert_eq!(run.code, 0, "{line}: {}{}", run.stdout, run.stderr);
        let missed: Vec<&Value> = all.iter().filter(|fault| fault["suggest"] == line).collect();
        let names: BTreeSet<String> = missed
            .iter()
            .map(|fault| format!("{}:{}", fault["fault"].as_str().unwrap(), fault["target"].as_str().unwrap()))
            .collect();
        let only: Vec<&str> = names.iter().flat_map(|name| ["--only", name]).collect();
        let (again, _) = drill(&place, &only);
        for fault in missed {
            let [kind, target] = ["fault", "target"].map(|key| fault[key].as_str().unwrap());
            let now = faults(&again, kind, target).into_iter().find(|now| now["dose"] == fault["dose"]).unwrap();
            assert_ne!(now["caught_by"], json!([]), "{line}: {now:#}");
        }
    }
}

#[test]
fn lines_are_written_beside_what_is_there() {
    let place = place(300, CONFIG);
    let only = ["--only", "data.loans.place", "--only", "data.loans.gap", "--only", "data.loans"];
    let (before, answer) = drill(&place, &[&["--write"], &only[..]].concat());
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let text = place.read("mlgate.yml");
    for kept in CONFIG.lines() {
        assert!(text.contains(kept), "{kept}:\n{text}");
    }
    assert!(text.contains("unseen: 0") && text.len() > CONFIG.len(), "{text}");
    assert_eq!(place.run(&["run", "--quiet"]).code, 0);
    let (after, _) = drill(&place, &only);
    assert!(after["caught"].as_u64() > before["caught"].as_u64(), "{after:#}");
    let survivors = after["faults"].as_array().unwrap().iter().filter(|fault| fault["caught_by"] == json!([]));
    assert_eq!(survivors.filter(|fault| fault["suggest"] != Value::Null).count(), 0, "{after:#}");
    // What is written is written once.
    let again = place.run(&[&["drill", "--write", "--samples", "0", "--budget", "30m"], &only[..]].concat());
    assert_eq!((again.code, place.read("mlgate.yml")), (0, text), "{}", again.stderr);
}

#[test]
fn a_layout_that_cannot_be_extended_is_left() {
    let config = CONFIG.replace("columns:\n", "columns: &columns\n");
    let config = config.replace("models:\n", "  other: {path: old.csv, columns: *columns}\nmodels:\n");
    let place = place(120, &config);
    let (_, answer) = drill(&place, &["--write", "--only", "category_new:data.loans.place"]);
    // A line below the alias would change both places, so none is even suggested.
    assert_eq!(place.read("mlgate.yml"), config, "{}", answer.stderr);
}

#[test]
fn the_result_depends_on_neither_threads_nor_the_order_of_rows() {
    let place = place(200, CONFIG);
    let only =
        ["--only", "nulls", "--only", "rows_*", "--only", "truncated", "--only", "score_noise", "--only", "moved"];
    let (one, _) = drill(&place, &[&["--threads", "1"], &only[..]].concat());
    let (two, _) = drill(&place, &[&["--threads", "4"], &only[..]].concat());
    assert_eq!(one, two);
    let (mut data, mut predictions) = files(200, 7);
    data.reverse();
    predictions.rotate_left(77);
    place.write("loans.csv", &table(DATA, &data)).write("preds.csv", &table(PREDICTIONS, &predictions));
    let (shuffled, _) = drill(&place, &only);
    assert_eq!(one, shuffled);
}

#[test]
fn the_smallest_dose_is_caught_and_a_smaller_one_is_not() {
    let config = CONFIG.replace("id: {unique: true}", "amount: {nulls: \"<= 3%\"}\n      id: {unique: true}");
    let place = place(400, &config);
    let (found, _) = drill(&place, &["--only", "data.loans.amount"]);
    let nulls = faults(&found, "nulls", "data.loans.amount");
    let doses: Vec<(f64, bool)> =
        nulls.iter().map(|fault| (fault["dose"].as_f64().unwrap(), fault["caught_by"] != json!([]))).collect();
    for (dose, is_caught) in [(0.01, false), (0.05, true), (0.2, true)] {
        assert!(doses.contains(&(dose, is_caught)), "{doses:?}");
    }
    for fault in nulls {
        let smallest = fault["smallest_dose"].as_f64().unwrap();
        assert!((0.03..0.035).contains(&smallest), "{smallest}");
    }
}

#[test]
fn files_that_do_not_pass_are_said_first() {
    let config = CONFIG.replace("id: {unique: true}", "gap: {nulls: 0}\n      id: {unique: true}");
    let place = place(120, &config);
    let (found, _) = drill(&place, &["--only", "data.loans.gap"]);
    assert_eq!(found["failing"], json!([{"id": "data.loans.columns.gap.nulls", "verdict": "fail"}]));
    assert!(faults(&found, "nulls", "data.loans.gap").iter().all(|fault| fault["caught_by"] == json!([])));
    let text = place.run(&["drill", "--samples", "0", "--only", "data.loans.gap"]);
    assert!(text.stdout.starts_with("1 gate blocks on the unchanged files"), "{}", text.stdout);
    assert!(text.stdout.lines().all(|line| line.chars().count() <= 80), "{}", text.stdout);
}

#[test]
fn what_there_was_no_time_for_is_listed_and_not_counted() {
    let place = place(120, CONFIG);
    let answer = place.run(&["drill", "--format", "json", "--budget", "0s", "--samples", "0"]);
    let found: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!((answer.code, &found["planted"], &found["caught"]), (0, &json!(0), &json!(0)));
    let left = found["not_tried"].as_array().unwrap();
    assert!(left.len() > 20 && left.iter().all(|fault| fault["why"].as_str().unwrap().contains("--budget")));
    assert_eq!(place.run(&["drill", "--budget", "0s", "--samples", "0", "--min-caught", "1%"]).code, 1);
}

#[test]
fn a_demanded_share_decides_the_exit_code() {
    let place = place(120, CONFIG);
    let run =
        |least: &str| place.run(&["drill", "--samples", "0", "--only", "data.loans.id", "--min-caught", least]).code;
    assert_eq!([run("20%"), run("100%")], [0, 1]);
    assert_eq!(run("120%"), 2);
    assert_eq!(place.run(&["drill", "--only", "nothing"]).code, 2);
    assert_eq!(place.run(&["drill", "--output", "junit=x.xml"]).code, 2);
    assert_eq!(place.run(&["drill", "--output", "text=mlgate.yml"]).code, 2);
    assert_eq!(place.read("mlgate.yml"), CONFIG);
}

#[test]
fn no_value_of_a_row_is_shown() {
    let place = place(120, CONFIG);
    for format in ["text", "json", "markdown"] {
        let answer = place.run(&["drill", "--samples", "0", "--format", format, "--only", "data.*"]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        for part in [&answer.stdout, &answer.stderr] {
            assert!(!part.to_lowercase().contains(&SECRET.to_lowercase()), "{part}");
        }
    }
}

#[test]
fn power_stands_beside_the_faults_that_a_gate_caught() {
    let config = CONFIG.replace("{min: 0.6}", "{max_drop: 0.05}");
    let place = place(300, &config);
    let answer = place.run(&[
        "drill",
        "--only",
        "score_noise",
        "--samples",
        "20",
        "--output",
        "markdown=drill.md",
        "--output",
        "json=drill.json",
        "--output",
        "html=drill.html",
    ]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let page = place.read("drill.md");
    let gate = page.lines().find(|line| line.starts_with("| `models.m.metrics.roc_auc.max_drop` |")).unwrap();
    assert!(gate.contains("This gate is silent on an unchanged model in 100"), "{gate}");
    let html = place.read("drill.html");
    assert!(html.contains("This gate is silent on an unchanged model in 100"), "{html}");
    for part in ["<h2 id=\"gates-title\">Gates", "models.m.metrics.roc_auc.max_drop", "score_noise", "</html>"] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(page.contains("| `score_noise` |"), "{page}");
    let found: Value = serde_json::from_str(&place.read("drill.json")).unwrap();
    assert_eq!(found["power"][0]["id"], "models.m.metrics.roc_auc.max_drop");
    assert!(answer.stdout.contains("without a fault"), "{}", answer.stdout);
}

#[test]
fn a_number_of_a_metrics_file_is_renamed_and_worsened() {
    let place = Workplace::new();
    place.write("metrics.json", r#"{"auc": 0.9, "loss": 0.2}"#).write("old.json", r#"{"auc": 0.9, "loss": 0.2}"#);
    let config = "version: 1\nmodels:\n  m:\n    metrics_file: metrics.json\n    baseline_metrics_file: old.json\n    metrics:\n      auc: {direction: higher, max_drop: 1%}\n      loss: {direction: lower}\n";
    place.write("mlgate.yml", config);
    let (found, answer) = drill(&place, &[]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let one = |kind, target: &str| faults(&found, kind, target)[0].clone();
    for metric in ["auc", "loss"] {
        let renamed = one("metric_renamed", &format!("models.m.metrics_file.{metric}"));
        assert_ne!(renamed["caught_by"], json!([]), "{renamed:#}");
    }
    let worse = one("metric_worse", "models.m.metrics_file.auc");
    assert_eq!(worse["caught_by"], json!(["models.m.metrics.auc.max_drop"]));
    assert!((0.009..0.012).contains(&worse["smallest_dose"].as_f64().unwrap()), "{worse:#}");
    let worse = one("metric_worse", "models.m.metrics_file.loss");
    assert_eq!(
        (&worse["caught_by"], &worse["suggest"]),
        (&json!([]), &json!("models: {m: {metrics: {loss: {max_drop: 2%}}}}"))
    );
}

#[test]
fn hostile_names_reach_no_terminal_and_no_table() {
    let place = Workplace::new();
    let name = "::error::a|b`<img src=x>\u{1b}[31m@all";
    let rows: Vec<String> = (0..60).map(|row| format!("{row},{}", row * row % 17)).collect();
    place.write("x.csv", &table(&format!("id,{name}"), &rows));
    place.write("mlgate.yml", "version: 1\ndata:\n  d: {path: x.csv, rows: \"> 1\"}\n");
    for format in ["text", "json", "markdown"] {
        let page = place.path().join("drill.html").display().to_string();
        let answer = place.run(&["drill", "--samples", "0", "--format", format, "--output", &format!("html={page}")]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        let page = place.read("drill.html");
        assert!(!page.contains("<img") && !page.contains('\u{1b}') && page.contains("&lt;img src=x&gt;"), "{page}");
        let is_safe = |line: &str| !line.trim_start().starts_with("::") && !line.contains('\u{1b}');
        assert!(answer.stdout.lines().all(is_safe), "{}", answer.stdout);
        if format == "markdown" {
            let rows = answer.stdout.lines().filter(|line| line.starts_with("| `"));
            for row in rows {
                assert!(row.contains("\\|") || !row.contains("a|b"), "{row}");
            }
        }
    }
}

#[test]
fn several_tables_of_one_file_get_one_fault() {
    let place = Workplace::new();
    let (_, predictions) = files(200, 7);
    place.write("all.csv", &table(PREDICTIONS, &predictions));
    let config = "version: 1\ndata:\n  d:\n    path: all.csv\n    columns:\n      id: {unique: true}\nmodels:\n  m:\n    predictions: all.csv\n    key: id\n    label: label\n    score: score\n    prediction: answer\n    metrics:\n      roc_auc: {min: 0.6}\n";
    place.write("mlgate.yml", config);
    let (found, _) = drill(&place, &["--only", "rows_duplicated", "--only", "column_renamed"]);
    let caught = |fault, target| faults(&found, fault, target)[0]["caught_by"].as_array().unwrap().clone();
    assert_eq!(caught("rows_duplicated", "data.d"), [json!("data.d.columns.id.unique")]);
    assert_eq!(caught("column_renamed", "data.d.score"), [json!("models.m.metrics.roc_auc.min")]);
    assert_eq!(faults(&found, "rows_duplicated", "models.m.predictions").len(), 0);
}

#[test]
fn the_page_shows_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("docs/drill.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let arguments = "drill --config fixtures/loans/good/mlgate.yml --only data.applications.region --samples 0";
    let typed = format!("$ mlgate {arguments}\n");
    let (before, rest) = page.split_once(&typed).unwrap();
    let (_, after) = rest.split_once("```").unwrap();
    let arguments: Vec<&str> = arguments.split(' ').chain(["--budget", "30m"]).collect();
    let answer = run_in(root, &arguments);
    let real = format!("{before}{typed}{}```{after}", answer.stdout);
    if std::env::var_os("MLGATE_UPDATE").is_some() {
        std::fs::write(&path, real).unwrap();
    } else {
        assert_eq!(page, real, "MLGATE_UPDATE=1 cargo test --locked drill writes what is printed now");
    }
}

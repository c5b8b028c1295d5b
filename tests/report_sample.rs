//! The report that the formats are tested with, `src/report/sample/report.json`, is what a real run prints.
//!
//! `MLGATE_UPDATE=1 cargo test --locked report_sample` writes it anew; the snapshots of the formats follow it.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use serde_json::json;

use crate::support::{Workplace, run_with};

const SAMPLE: &str = "src/report/sample/report.json";

/// A name that tries everything: a table's bar, HTML, a mention, a link, a runner's command, a line of its own. The unit
/// tests of the formats fill in the same.
const HOSTILE: &str = "a|b`<img src=x onerror=alert(1)>\n/merge @octocat #1 ![p](https://evil.example/p.png) --> \
                       ##[add-mask]x\u{1b}[2J\u{202e}:tada:";

/// The moment of the run; a waiver ends within a year.
const NOW: &str = "2026-01-31T11:00:00Z";

/// Each verdict, each severity, and what is hard to show.
fn config() -> String {
    let hostile = json!(HOSTILE);
    format!(
        r#"version: 1
baseline: {{from: .mlgate/baseline.json, required: false}}
checks: pages/
data:
  train:
    path: train.csv
    baseline_path: main/train.csv
    rows: ">= 100"
    columns:
      id: {{nulls: 0}}
      age: {{nulls: 0, range: [17, 99]}}
      workclass: {{nulls: {{is: "<= baseline + 1pp", severity: warning}}}}
      occupation: {{nulls: "< 5%"}}
      収入: {{in: [高, 中, 低]}}
      {hostile}: {{in: [plain, x], hostile: 0}}
      "*": {{finite: true}}
  kept:
    path: main/train.csv
    columns:
      id: {{psi: 0.2}}
      Age: {{psi: 0.2}}
  gone:
    path: gone.csv
    columns:
      a: {{nulls: 0}}
      b: {{nulls: 0}}
models:
  income:
    predictions: income.csv
    baseline_predictions: main/income.csv
    key: id
    label: label
    score: score
    slices: [sex, race, region, {{under_25: "age < 25"}}]
    metrics:
      roc_auc: {{max_drop: 0.005}}
      accuracy: {{slices: {{under_25: {{max_drop: 1%}}}}}}
      recall: {{slices: {{"race=*": {{}}, "region=*": {{}}}}}}
      brier_score: {{max_drop: {{is: 0.01, on_inconclusive: fail}}}}
      log_loss: {{max: {{is: 0.4, severity: note}}}}
    fairness:
      by: [[sex, race]]
      rates:
        selection_rate: {{min_ratio: 0.8}}
waivers:
  - gates: data.train.columns.occupation.nulls
    owner: "@alice"
    reason: the new form is not filled in everywhere yet, DATA-17
    until: 2026-12-31
"#
    )
}

/// A check of somebody's own, all of whose texts are hostile.
fn page() -> String {
    let hostile = json!(HOSTILE);
    let message = json!(format!("::error::{{hits}} of {{n}} {HOSTILE}"));
    format!(
        "---\nid: hostile\nfamily: column\nsince: \"1\"\nseverity: error\nsummary: {hostile}\ndefinition: {hostile}\n\
         counts: {hostile}\nparams:\n  is: {{type: share bound, about: {hostile}}}\n\
         measure: {{sql: \"value <> 'plain'\"}}\njudge: {{bound: is}}\nmessage: {message}\nhelp: {hostile}\n---\n# `hostile`\n"
    )
}

/// A dataset, in which every twentieth row lacks its class for each of `lacking`.
fn train(lacking: usize) -> String {
    let mut table = format!("id,Age,workclass,occupation,収入,\"{HOSTILE}\"\n");
    for row in 0..400 {
        let workclass = if row % 20 < lacking { "" } else { "private" };
        let occupation = if row % 14 == 0 { "" } else { "sales" };
        let income = ["高", "中", "低"][row % 3];
        let last = match row % 100 {
            0 | 99 => format!("\"{HOSTILE}\""),
            1 => "x".to_owned(),
            _ => "plain".to_owned(),
        };
        let _ = writeln!(table, "{row},{},{workclass},{occupation},{income},{last}", 20 + row % 50);
    }
    table
}

/// A model's predictions; a `worse` one has more noise on a fifth of its rows, and a lower score for women.
fn income(worse: bool) -> String {
    let mut table = "id,label,score,sex,race,age\n".to_owned();
    for row in 0..400_u32 {
        let label = (row * 7) % 10 < 4;
        let is_noisy = worse && row.is_multiple_of(5) && row > 90;
        let noise = f64::from(row * 37 % 101) / 101.0 - 0.5;
        let woman = row.is_multiple_of(3);
        let mut score = if label { 0.65 } else { 0.35 } + noise * if is_noisy { 1.2 } else { 0.5 };
        if worse && woman {
            score -= 0.15;
        }
        let key = if row == 39 { format!("\"{HOSTILE}\"") } else { format!("r{row}") };
        let race = match row {
            5 | 17 | 41 => format!("\"{HOSTILE}\""),
            _ if row % 8 == 7 => String::new(),
            _ if row % 4 == 3 => "|x| <b>".to_owned(),
            _ => "White".to_owned(),
        };
        let sex = if woman { "Female" } else { "Male" };
        let age = 18 + row % 40;
        let _ = writeln!(table, "{key},{},{:.4},{sex},{race},{age}", u8::from(label), score.clamp(0.01, 0.99));
    }
    table
}

#[test]
fn the_report_of_the_formats_is_what_a_run_prints() {
    let place = Workplace::new();
    place.write("mlgate.yml", &config()).write("pages/hostile.md", &page());
    place.write("train.csv", &train(2)).write("main/train.csv", &train(1));
    place.write("income.csv", &income(true)).write("main/income.csv", &income(false));
    let arguments = ["run", "--list-flips", "2", "--format", "json"];
    let answer = run_with(place.path(), &arguments, &[("MLGATE_NOW", NOW)]);
    assert_eq!((answer.code, answer.stderr.as_str()), (1, ""));
    // A release changes nothing in the snapshots.
    let version = |version| format!("\"version\": \"{version}\"");
    let real = answer.stdout.replacen(&version(env!("CARGO_PKG_VERSION")), &version("0.1.0"), 1);
    // Nor does the digest of its bytes, which is another one then.
    let (before, rest) = real.split_once(",\n    \"self_digest\": \"sha256:").unwrap();
    let real = format!("{before}{}", &rest[65..]);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SAMPLE);
    if env::var_os("MLGATE_UPDATE").is_some() {
        fs::write(&path, real).unwrap();
    } else {
        let kept = fs::read_to_string(&path).unwrap();
        assert!(
            kept == real,
            "{SAMPLE} is not what is printed: MLGATE_UPDATE=1 cargo test --locked report_sample writes it"
        );
    }
}

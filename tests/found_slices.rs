//! The search for slices in which a model got worse.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::support::{Workplace, run_in};

const CONFIG: &str = "\
version: 1
models:
  m:
    predictions: candidate.csv
    baseline_predictions: baseline.csv
    key: id
    label: y
    score: score
    slices: FIND
    metrics: {log_loss: {max: 9}}
";

/// Returns a number from 0 to 1 that looks random.
fn coin(row: u64, salt: u64) -> f64 {
    let mut bits = (row + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ salt.wrapping_mul(0xd1b5_4a32_d192_ed03);
    for _ in 0..3 {
        bits = (bits ^ (bits >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    (bits >> 11) as f64 / 9_007_199_254_740_992.0
}

/// Writes the scores of two models, between which only the phones of `town=b` got worse.
fn place(rows: u64, damage: f64, find: &str, order: impl Fn(u64) -> u64) -> Workplace {
    let place = Workplace::new();
    place.write("mlgate.yml", &CONFIG.replace("FIND", find));
    let mut sides = [String::new(), String::new()];
    for side in &mut sides {
        side.push_str("id,y,score,town,age,device\n");
    }
    for row in (0..rows).map(order) {
        let (town, age) = (["a", "b", "c"][(coin(row, 1) * 3.0) as usize], 20 + (coin(row, 2) * 60.0) as u64);
        let device = ["phone", "", "desk"][(coin(row, 3) * 3.0) as usize];
        let y = u64::from(coin(row, 4) < 0.5);
        let hurt = if town == "b" && device == "phone" { damage } else { 0.0 };
        for (salt, (side, hurt)) in sides.iter_mut().zip([0.0, hurt]).enumerate() {
            let right = (0.75 - hurt + 0.1 * coin(row, 5 + salt as u64)).clamp(0.01, 0.99);
            let score = if y == 1 { right } else { 1.0 - right };
            writeln!(side, "{row},{y},{score:.6},{town},{age},{device}").unwrap();
        }
    }
    place.write("baseline.csv", &sides[0]).write("candidate.csv", &sides[1]);
    place
}

fn search(place: &Workplace, arguments: &[&str]) -> (Value, i32) {
    let answer = place.run(&[&["slices", "--format", "json", "-q"], arguments].concat());
    (serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}", answer.stderr)), answer.code)
}

/// Never drops out: a search that stands in the list of a mapping, or behind a slice that is called `find`.
#[test]
fn a_search_is_found_wherever_it_may_stand() {
    for slices in [
        "[device, {find: {depth: 2, min_n: 50}}]",
        "{by: [device, {find: {depth: 2, min_n: 50}}]}",
        "{by: [device], find: {depth: 2, min_n: 50}}",
        "[{find: \"age > 40\"}, {find: {depth: 2, min_n: 50}}]",
    ] {
        let report = place(3000, 0.3, slices, |row| row).report();
        assert_eq!(report["found_slices"][0]["model"], "m", "{slices}: {report:#}");
    }
    let answer = place(300, 0.3, "{by: [{find: {depth: 2}}], find: {depth: 1}}", |row| row).run(&["run"]);
    assert!(answer.code == 2 && answer.stderr.contains("a second search for slices"), "{}", answer.stderr);
}

#[test]
fn the_slice_that_got_worse_is_named_with_its_damage() {
    let place = place(3000, 0.3, "[town]", |row| row);
    let (found, code) = search(&place, &[]);
    assert_eq!(code, 0);
    let slices = found["slices"].as_array().unwrap();
    assert_eq!(
        (&found["model"], &found["metric"], &found["compares"]),
        (&"m".into(), &"log_loss".into(), &true.into())
    );
    assert_eq!(slices.len(), 1, "{found}");
    let slice = &slices[0];
    assert_eq!(slice["slice"], "town=b, device=phone");
    assert_eq!(slice["where"][1], serde_json::json!({"column": "device", "value": "phone"}));
    assert!(slice["change"]["value"].as_f64().unwrap() > 0.3, "{found}");
    assert!(slice["p_adjusted"].as_f64().unwrap() <= 0.05);
    assert!(found["rest"]["change"]["value"].as_f64().unwrap() < 0.05);
    assert!(found["searched"].as_u64().unwrap() > 100);
}

#[test]
fn the_line_of_config_selects_the_rows_of_the_slice() {
    let place = place(3000, 0.3, "[town]", |row| row);
    let (found, _) = search(&place, &[]);
    let slice = &found["slices"][0];
    let watch = slice["watch"].as_str().unwrap().trim_start_matches("slices: ");
    let config = CONFIG
        .replace("FIND", watch)
        .replace("{log_loss: {max: 9}}", "{log_loss: {slices: all}, accuracy: {min: 0.1}}");
    place.write("watch.yml", &config);
    let answer = place.run(&["run", "--config", "watch.yml", "--format", "json"]);
    let report: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}", answer.stderr));
    let watched = &report["explored"][0]["slices"][0];
    assert_eq!(watched["candidate"]["n"], slice["rows"]);
    assert_eq!(watched["change"]["value"], slice["change"]["value"]);
}

#[test]
fn nothing_is_named_where_nothing_got_worse() {
    let place = place(3000, 0.0, "[town]", |row| row);
    let (found, code) = search(&place, &[]);
    assert_eq!((found["slices"].as_array().unwrap().len(), code), (0, 0));
    let text = place.run(&["slices", "-q"]).stdout;
    assert!(text.contains("no slice got worse by more than chance explains"), "{text}");
}

#[test]
fn neither_the_order_of_the_rows_nor_the_threads_matter() {
    let forwards = search(&place(2000, 0.3, "[town]", |row| row), &["--threads", "1"]);
    let backwards = search(&place(2000, 0.3, "[town]", |row| 1999 - row), &["--threads", "3"]);
    assert_eq!(forwards, backwards);
}

#[test]
fn a_report_has_the_slices_that_find_asks_for() {
    let place =
        place(3000, 0.3, "{by: [device], find: {columns: [town, device], depth: 2, min_n: 50, most: 1}}", |row| row);
    let report: Value = serde_json::from_str(&place.run(&["run", "--format", "json"]).stdout).unwrap();
    let found = &report["found_slices"][0];
    assert_eq!(found["slices"][0]["slice"], "town=b, device=phone");
    let text = place.run(&["run"]).stdout;
    assert!(text.contains("where it got worse") && text.contains("without it ("), "{text}");
    let comment = place.run(&["run", "--format", "markdown"]).stdout;
    assert!(comment.contains("Where it got worse") && comment.contains("`town=b, device=phone`"), "{comment}");
}

#[test]
fn features_may_come_from_a_dataset() {
    let place = place(2000, 0.3, "[{find: {data: people, columns: [town]}}]", |row| row);
    let rows = std::fs::read_to_string(place.path().join("candidate.csv")).unwrap();
    place.write("people.csv", &rows);
    let config = std::fs::read_to_string(place.path().join("mlgate.yml")).unwrap();
    place
        .write("mlgate.yml", &config.replace("models:", "data:\n  people: {path: people.csv, rows: \"> 0\"}\nmodels:"));
    assert_eq!(search(&place, &[]).0["slices"][0]["slice"], "town=b");
}

#[test]
fn without_a_baseline_the_worst_slices_are_named() {
    let place = place(3000, 0.3, "[town]", |row| row);
    let config = std::fs::read_to_string(place.path().join("mlgate.yml")).unwrap();
    place.write("mlgate.yml", &config.replace("    baseline_predictions: baseline.csv\n", ""));
    let (found, _) = search(&place, &[]);
    assert_eq!((&found["compares"], &found["slices"][0]["change"]), (&false.into(), &Value::Null));
    let first = &found["slices"][0];
    assert!(first["slice"].as_str().unwrap().contains("town=b"), "{found}");
    assert!(first["candidate"]["value"].as_f64() > found["rest"]["candidate"]["value"].as_f64());
}

#[test]
fn the_page_shows_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("docs/slices.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let typed = "$ mlgate slices --config fixtures/slices/mlgate.yml\n";
    let (before, rest) = page.split_once(typed).unwrap();
    let (_, after) = rest.split_once("```").unwrap();
    let answer = run_in(root, &["slices", "--config", "fixtures/slices/mlgate.yml"]);
    let real = format!("{before}{typed}{}```{after}", answer.stdout);
    if std::env::var_os("MLGATE_UPDATE").is_some() {
        std::fs::write(&path, real).unwrap();
    } else {
        assert_eq!(page, real, "MLGATE_UPDATE=1 cargo test --locked found_slices writes what is printed now");
    }
}

#[test]
fn what_cannot_be_searched_is_said() {
    let refusal = |find: &str, arguments: &[&str]| {
        let answer = place(60, 0.0, find, |row| row).run(&[&["slices", "-q"], arguments].concat());
        (answer.code, answer.stderr + &answer.stdout)
    };
    for (find, code, said) in [
        ("{find: {columns: [tonw]}}", 4, "`tonw`"),
        ("{find: {depth: 9}}", 2, "`depth` must be a whole number from 1 to 4"),
        ("{find: {metric: roc_auc}}", 2, "`roc_auc` is not a mean of losses of rows"),
        ("{find: {dpeth: 2}}", 2, "did you mean `depth`?"),
        ("{find: {data: nowhere}}", 2, "there is no dataset `nowhere`"),
    ] {
        let (found, message) = refusal(find, &[]);
        assert!(found == code && message.contains(said), "{find}: {found} {message}");
    }
    let (code, message) = refusal("[town]", &["--model", "n"]);
    assert!(code == 2 && message.contains("there is no model `n`"), "{message}");
}

fn gated(rows: u64, damage: f64, check: &str) -> crate::support::Answer {
    let place = place(rows, damage, "{find: {columns: all, min_n: 200}}", |row| row);
    let config = place.read("mlgate.yml").replace("{log_loss: {max: 9}}", check);
    place.write("mlgate.yml", &config);
    place.run(&["run"])
}

#[test]
fn a_gate_on_the_worst_slices_fails_passes_and_cannot_tell() {
    let failed = gated(3000, 0.3, "{log_loss: {max_slice_drop: 0.1}}");
    assert_eq!(failed.code, 1, "{}{}", failed.stdout, failed.stderr);
    assert!(failed.stdout.contains("town=b, device=phone"), "{}", failed.stdout);
    let passed = gated(3000, 0.0, "{log_loss: {max_slice_drop: 0.1}}");
    assert_eq!(passed.code, 0, "{}{}", passed.stdout, passed.stderr);
    assert!(passed.stdout.contains("PASS"), "{}", passed.stdout);
    let open = gated(3000, 0.12, "{log_loss: {max_slice_drop: 0.17}}");
    assert!(open.stdout.contains("inconclusive"), "{}{}", open.stdout, open.stderr);
    let few = gated(150, 0.0, "{log_loss: {max_slice_drop: 0.1}}");
    assert_eq!(few.code, 4, "{}{}", few.stdout, few.stderr);
    assert!(few.stdout.contains("too few for slices of 200 rows"), "{}", few.stdout);
}

#[test]
fn a_gate_on_the_worst_slices_says_what_it_cannot_be() {
    for (check, said) in [
        ("{roc_auc: {max_slice_drop: 0.1}}", "`roc_auc` is not a mean of losses of rows"),
        ("{accuracy: {max_slice_drop: 2}}", "can get worse by at most 1"),
        ("{log_loss: {slices: {town: {max_slice_drop: 0.1}}}}", "has no slices of its own"),
    ] {
        let place = place(300, 0.0, "{by: [town]}", |row| row);
        let config = place.read("mlgate.yml").replace("{log_loss: {max: 9}}", check);
        place.write("mlgate.yml", &config);
        let answer = place.run(&["run"]);
        assert_eq!(answer.code, 2, "{check}: {}{}", answer.stdout, answer.stderr);
        assert!(answer.stderr.contains(said), "{check}: {}", answer.stderr);
    }
    let place = place(300, 0.0, "[town]", |row| row);
    let config = place.read("mlgate.yml").replace("{log_loss: {max: 9}}", "{log_loss: {max_slice_drop: 0.1}}");
    let config = config.replace("    baseline_predictions: baseline.csv\n", "");
    place.write("mlgate.yml", &config.replace("version: 1\n", "version: 1\nbaseline: base.json\n"));
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 2, "{}{}", answer.stdout, answer.stderr);
    assert!(answer.stderr.contains("needs the baseline's rows"), "{}", answer.stderr);
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// Returns the sum of the contributions of parts.
fn sum(parts: &Value) -> f64 {
    parts.as_array().unwrap().iter().map(|part| number(&part["contribution"])).sum()
}

#[test]
fn contributions_add_up_to_the_change() {
    let place = place(3000, 0.3, "{find: {columns: all}}", |row| row);
    for metric in ["log_loss", "brier_score", "accuracy"] {
        let find = format!("{{find: {{columns: all, metric: {metric}}}}}");
        place.write("mlgate.yml", &CONFIG.replace("FIND", &find));
        let (found, code) = search(&place, &["--by", "town,device"]);
        assert_eq!(code, 0);
        let split = &found["attribution"];
        let change = number(&split["after"]) - number(&split["before"]);
        assert_eq!((number(&split["of_rows"]), split["new_rows"].as_u64()), (0.0, Some(0)), "{metric}");
        assert!((number(&split["of_model"]) - change).abs() <= 1e-12, "{metric}");
        assert!((sum(&split["slices"]) - change).abs() <= 1e-12, "{metric}");
        assert_eq!(split["columns"][0]["column"], "town");
        for column in split["columns"].as_array().unwrap() {
            assert!((sum(&column["values"]) - change).abs() <= 1e-12, "{metric}: {column}");
        }
        let rows: u64 = split["slices"].as_array().unwrap().iter().map(|part| part["rows"].as_u64().unwrap()).sum();
        assert_eq!(rows, 3000);
    }
    // The slice that was planted has nearly all of it.
    let (found, _) = search(&place, &[]);
    let split = &found["attribution"];
    let planted = split["slices"].as_array().unwrap().iter().find(|part| part["part"] == "town=b, device=phone");
    let share = number(&planted.unwrap()["contribution"]) / number(&split["of_model"]);
    assert!((0.8..1.2).contains(&share), "{split:#}");
    assert_eq!(split["columns"], Value::Null);
    let answer = place.run(&["slices", "--by", "towns", "-q"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("`device`, `town`") || answer.stderr.contains("`town`"), "{}", answer.stderr);
}

#[test]
fn new_rows_have_a_share_of_their_own() {
    let place = place(2000, 0.0, "{find: {columns: all, metric: log_loss}}", |row| row);
    // The new rows are harder for the same model.
    let hard: String = (5000..5400).map(|row| format!("{row},{},{:.2},a,30,desk\n", row % 2, 0.5)).collect();
    place.write("candidate.csv", &(place.read("candidate.csv") + &hard));
    let config = place.read("mlgate.yml").replace("    key: id\n", "    key: id\n    keys: {new: list}\n");
    place.write("mlgate.yml", &config);
    let (found, code) = search(&place, &[]);
    assert_eq!(code, 0, "{found:#}");
    let split = &found["attribution"];
    assert_eq!(split["new_rows"], 400, "{found:#}");
    let change = number(&split["after"]) - number(&split["before"]);
    assert!((number(&split["of_rows"]) + number(&split["of_model"]) - change).abs() <= 1e-12, "{split:#}");
    assert!(number(&split["of_rows"]) > 0.02 && number(&split["of_model"]).abs() < 0.02, "{split:#}");
    let answer = place.run(&["slices", "-q"]);
    assert!(answer.stdout.contains("because the rows are others (400 new rows)"), "{}", answer.stdout);
}

#[test]
fn a_root_has_no_contributions() {
    let place = Workplace::new();
    let rows = |shift: f64| {
        let rows = (0..600).map(|row| {
            format!(
                "{row},{},{:.3},{}\n",
                row % 10,
                f64::from(row % 10) + coin(row as u64, 9) * shift,
                ["a", "b"][row as usize % 2]
            )
        });
        format!("id,y,p,town\n{}", rows.collect::<String>())
    };
    place.write("candidate.csv", &rows(2.0)).write("baseline.csv", &rows(1.0));
    let config = "version: 1\nmodels:\n  m:\n    task: regression\n    predictions: candidate.csv\n    baseline_predictions: baseline.csv\n    key: id\n    label: y\n    prediction: p\n    slices: {find: {columns: [town], metric: METRIC}}\n    metrics: {mean_absolute_error: {max: 9}}\n";
    for (metric, is_split) in [("mean_absolute_error", true), ("root_mean_squared_error", false)] {
        place.write("mlgate.yml", &config.replace("METRIC", metric));
        let (found, code) = search(&place, &[]);
        assert_eq!(code, 0, "{metric}: {found:#}");
        assert_eq!(found["attribution"].is_object(), is_split, "{metric}: {found:#}");
    }
}

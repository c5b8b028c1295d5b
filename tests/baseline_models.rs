//! Models in the stored baseline: stored states replace the models' rows.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Answer, Workplace, gate};

/// Returns predictions of a classifier that errs on every `errs_every`-th row; with two groups, an age and three kinds
/// of classes.
pub(crate) fn rows(count: usize, errs_every: usize) -> String {
    let mut text = "id,label,score,kind,said,group,age,weight,user,value,guess\n".to_owned();
    for row in 0..count {
        let mixed = row.wrapping_mul(2_654_435_761) >> 7;
        let label = mixed % 2;
        let right = !mixed.is_multiple_of(errs_every);
        let score =
            if (label == 1) == right { 0.6 + (mixed % 37) as f64 / 100.0 } else { 0.4 - (mixed % 31) as f64 / 100.0 };
        let kind = ["a", "b", "c"][mixed % 3];
        let said = if right { kind } else { ["b", "c", "a"][mixed % 3] };
        let group = if mixed.is_multiple_of(3) { "x" } else { "y" };
        let value = (mixed % 900) as f64 / 10.0;
        let guess = value + if right { 0.5 } else { 3.0 };
        writeln!(
            text,
            "{row},{label},{score:.2},{kind},{said},{group},{},{},{},{value},{guess}",
            20 + mixed % 50,
            1 + mixed % 4,
            row / 3
        )
        .unwrap();
    }
    text
}

pub(crate) const MODELS: &str = r#"
  binary:
    predictions: new.csv
    key: id
    label: label
    score: score
    slices: [group, {age: {bins: 3}}, {old: "age > 60"}]
    metrics:
      accuracy: {max_drop: 10%, slices: all}
      roc_auc: {max_drop: 0.1}
      log_loss: {max_drop: 0.5}
      average_precision: {max_drop: 0.2}
      ks_statistic: {max_drop: 0.3}
    fairness:
      by: [group]
      rates:
        selection_rate: {max_gap_growth: 0.2}
        true_positive_rate: {max_gap: 0.3, max_gap_growth: 0.3}
        roc_auc: {max_gap_growth: 0.3}
  kinds:
    predictions: new.csv
    key: id
    task: multiclass
    label: kind
    prediction: said
    weight: weight
    metrics: {f1_macro: {max_drop: 0.2}, accuracy: {max_drop: 0.2}}
  users:
    predictions: new.csv
    key: id
    label: label
    score: score
    cluster: user
    metrics: {accuracy: {max_drop: 0.2}, roc_auc: {max_drop: 0.2}}
  values:
    predictions: new.csv
    key: id
    task: regression
    label: value
    prediction: guess
    metrics:
      mean_absolute_error: {max_drop: 50%}
      median_absolute_error: {max_drop: 80%}
      r2: {max_drop: 0.2}
"#;

pub(crate) fn config(head: &str, models: &str) -> String {
    format!("version: 1\n{head}models:{models}")
}

/// Returns a folder where predictions are blessed, and are then replaced by worse ones of other rows.
fn blessed(models: &str) -> Workplace {
    let place = Workplace::new();
    place.write("new.csv", &rows(1500, 12)).write("mlgate.yml", &config("baseline: .mlgate/baseline.json\n", models));
    let answer = place.run(&["bless"]);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    place.write("new.csv", &rows(1300, 9));
    place
}

pub(crate) fn report(answer: &Answer) -> Value {
    serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}{}", answer.stdout, answer.stderr))
}

/// Returns a gate's numbers that do not depend on stored or fresh measurement.
fn numbers(gate: &Value) -> Vec<&Value> {
    vec![&gate["verdict"], &gate["candidate"], &gate["baseline"], &gate["change"], &gate["groups"]]
}

#[test]
fn it_answers_as_the_rows_would_that_are_not_paired() {
    let metrics = MODELS.split("    fairness:").next().unwrap().to_owned()
        + "  kinds:"
        + MODELS.split("  kinds:").nth(1).unwrap();
    let place = blessed(&metrics);
    let stored = report(&place.run(&["run", "--format", "json"]));
    assert_eq!(stored["counts"]["error"], 0, "{stored:#}");
    let raw = metrics
        .replace("predictions: new.csv", "predictions: new.csv\n    baseline_predictions: old.csv\n    pairing: none");
    place.write("old.csv", &rows(1500, 12)).write("mlgate.yml", &config("", &raw));
    let raw = report(&place.run(&["run", "--format", "json"]));
    let gates = stored["gates"].as_array().unwrap();
    assert_eq!(gates.len(), raw["gates"].as_array().unwrap().len());
    for (stored, raw) in gates.iter().zip(raw["gates"].as_array().unwrap()) {
        let id = stored["id"].as_str().unwrap();
        assert_eq!(id, raw["id"].as_str().unwrap());
        // A metric that needs resampling is stored with its interval, and tested at another level if the margin is
        // relative.
        if id.contains("ks_statistic") || id.contains("median") || id.starts_with("models.users.metrics.accuracy") {
            assert_eq!(stored["baseline"], raw["baseline"], "{id}");
            let end = |gate: &Value| gate["change"]["interval"][0].as_f64().unwrap();
            assert!((end(stored) - end(raw)).abs() < 1e-9, "{id}: {stored:#} {raw:#}");
        } else {
            let own = |gate: &Value| -> Vec<Value> {
                let mut numbers: Vec<Value> = numbers(gate).into_iter().cloned().collect();
                // The skewness of the errors is not stored, and the upper end of the baseline's own interval moves with it.
                if id.contains("mean_absolute_error") {
                    numbers[2]["interval"][1] = Value::Null;
                }
                numbers
            };
            assert_eq!(own(stored), own(raw), "{id}");
        }
        assert!(!stored["message"].as_str().unwrap().contains("pairing"), "{stored:#}");
    }
    let accuracy = gate(&stored, "models.binary.metrics.accuracy.max_drop");
    assert_eq!(accuracy["change"]["method"], "Newcombe, unpaired");
    assert!(
        accuracy["message"].as_str().unwrap().ends_with("; unpaired: the stored baseline holds no rows"),
        "{accuracy:#}"
    );
}

#[test]
fn groups_are_compared_with_those_that_were_stored() {
    let place = blessed(MODELS);
    let stored = report(&place.run(&["run", "--format", "json"]));
    let growth = gate(&stored, "models.binary.fairness.group.selection_rate.max_gap_growth");
    assert_eq!(growth["verdict"], "pass", "{growth:#}");
    assert_eq!(growth["change"]["method"], "rows of each side resampled by themselves");
    let change = growth["candidate"]["value"].as_f64().unwrap() - growth["baseline"]["value"].as_f64().unwrap();
    assert!((growth["change"]["value"].as_f64().unwrap() - change).abs() < 1e-12, "{growth:#}");
    assert!(growth["groups"].as_array().unwrap().iter().all(|group| group["baseline"]["value"].is_number()));
    for of in ["roc_auc.max_gap_growth", "true_positive_rate.max_gap", "true_positive_rate.max_gap_growth"] {
        let gate = gate(&stored, &format!("models.binary.fairness.group.{of}"));
        assert!(gate["baseline"]["value"].is_number(), "{gate:#}");
    }
}

#[test]
fn a_group_that_only_one_side_has_is_said_and_decides_nothing() {
    let by_kind = "\n  m: {predictions: new.csv, key: id, label: label, score: score, metrics: {}, fairness: {by: [kind], rates: {selection_rate: {max_gap_growth: 0.2}}}}\n";
    let place = blessed(by_kind);
    place.write("new.csv", &rows(1300, 9).replace(",a,", ",z,"));
    let stored = report(&place.run(&["run", "--format", "json"]));
    let growth = &stored["gates"][0];
    let names: Vec<&Value> = growth["groups"].as_array().unwrap().iter().map(|group| &group["group"][0]).collect();
    assert_eq!(names, ["b", "c", "z", "a"], "{growth:#}");
    let of = |name: usize, side: &str| growth["groups"][name][side]["value"].clone();
    assert!(of(2, "baseline").is_null() && of(3, "candidate").is_null(), "{growth:#}");
    place.write("new.csv", &rows(1300, 9).replace(",a,", ",z,").replace(",b,", ",w,"));
    let alone = report(&place.run(&["run", "--format", "json"]));
    assert_eq!(alone["gates"][0]["verdict"], "error", "one group in common is no comparison: {alone:#}");
}

#[test]
fn bins_keep_the_edges_that_were_stored() {
    let place = blessed(
        "\n  m: {predictions: new.csv, key: id, label: label, score: score, slices: [{age: {bins: 3}}], metrics: {accuracy: {max_drop: 10%, slices: {age: {}}}}}\n",
    );
    let stored: Value = serde_json::from_str(&place.read(".mlgate/baseline.json")).unwrap();
    let edges = stored["models"]["m"]["bins"][0]["edges"].as_array().unwrap();
    assert_eq!(edges.len(), 2);
    // All persons are ten years older.
    let aged = |line: &str| {
        let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        if let Ok(age) = fields[6].parse::<u32>() {
            fields[6] = (age + 10).to_string();
        }
        fields.join(",") + "\n"
    };
    place.write("new.csv", &rows(1300, 9).lines().map(aged).collect::<String>());
    let report = report(&place.run(&["run", "--format", "json"]));
    let slices = report["explored"][0]["slices"].as_array().unwrap();
    let below = format!("age=below {}", edges[0].as_f64().unwrap());
    let slice = slices.iter().find(|slice| slice["slice"] == below.as_str()).unwrap_or_else(|| panic!("{report:#}"));
    assert!(slice["baseline"]["value"].is_number() && slice["change"]["value"].is_number(), "{slice:#}");
}

#[test]
fn what_was_not_blessed_is_an_error_where_it_is_compared() {
    let place = blessed(
        "\n  m: {predictions: new.csv, key: id, label: label, score: score, metrics: {accuracy: {max_drop: 10%}}}\n",
    );
    let more = "\n  m: {predictions: new.csv, key: id, label: label, score: score, metrics: {accuracy: {max_drop: 10%}, roc_auc: {min: 0.5, max_drop: 0.1}}}\n  n: {predictions: new.csv, label: label, score: score, metrics: {f1: {max_drop: 1%}}}\n";
    place.write("mlgate.yml", &config("baseline: .mlgate/baseline.json\n", more));
    let report = report(&place.run(&["run", "--format", "json"]));
    let verdict = |id: &str| gate(&report, id)["verdict"].clone();
    assert_eq!(verdict("models.m.metrics.accuracy.max_drop"), "pass");
    assert_eq!(verdict("models.m.metrics.roc_auc.min"), "pass", "what compares with nothing needs no baseline");
    let lost = gate(&report, "models.m.metrics.roc_auc.max_drop");
    assert_eq!(lost["verdict"], "error");
    assert!(lost["message"].as_str().unwrap().contains("`mlgate bless` stores what the config names"), "{lost:#}");
    let other = gate(&report, "models.n.metrics.f1.max_drop");
    assert!(other["message"].as_str().unwrap().contains("does not hold the model `n`"), "{other:#}");
    // The next bless adds both, without an excuse.
    assert_eq!(place.run(&["bless"]).code, 0);
    assert_eq!(place.run(&[]).code, 0);
}

#[test]
fn numbers_of_another_program_are_stored_too() {
    let place = Workplace::new();
    let model = "\n  m: {metrics_file: metrics.json, metrics: {auc: {direction: higher, max_drop: 0.01}}}\n";
    place.write("metrics.json", "{\"auc\": 0.91}").write("mlgate.yml", &config("baseline: b.json\n", model));
    assert_eq!(place.run(&["bless"]).code, 0);
    assert_eq!(place.run(&[]).code, 0);
    place.write("metrics.json", "{\"auc\": 0.88}");
    let report = report(&place.run(&["run", "--format", "json"]));
    let auc = &report["gates"][0];
    assert_eq!((&auc["verdict"], &auc["baseline"]["value"]), (&"fail".into(), &0.91.into()), "{auc:#}");
}

#[test]
fn whether_both_sides_were_measured_on_the_same_rows_is_said() {
    let model =
        "\n  m: {predictions: new.csv, key: id, label: label, score: score, metrics: {accuracy: {max_drop: 10%}}}\n";
    let place = blessed(model);
    let notes =
        |place: &Workplace| report(&place.run(&["run", "--format", "json"]))["provenance"]["baseline"]["notes"].clone();
    assert_eq!(notes(&place)[0], "m: the baseline was measured on 1,500 other rows (the candidate has 1,300)");
    let shuffled = |text: &str| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines[1..].reverse();
        lines.join("\n")
    };
    place.write("new.csv", &shuffled(&rows(1500, 9)));
    assert_eq!(notes(&place), Value::Null, "the order of the rows does not matter");
    let relabelled = rows(1500, 9).replace("\n7,1,", "\n7,0,").replace("\n8,1,", "\n8,0,").replace("\n9,1,", "\n9,0,");
    place.write("new.csv", &relabelled);
    assert_eq!(notes(&place)[0], "m: the baseline was measured on the same 1,500 rows with other labels");
    place.write("mlgate.yml", &(place.read("mlgate.yml") + "seed: 1\n"));
    assert_eq!(notes(&place)[1], "measured with a different config");
    let text = place.run(&[]).stdout;
    assert!(text.contains("! m: the baseline was measured on the same"), "{text}");
}

#[test]
fn order_and_threads_change_no_byte_of_it() {
    // Resampling is slow, and has a test of its own.
    let place = blessed(
        &MODELS
            .replace("      ks_statistic: {max_drop: 0.3}\n", "")
            .replace("      median_absolute_error: {max_drop: 80%}\n", ""),
    );
    place.write("new.csv", &rows(1500, 12));
    assert_eq!(place.run(&["bless"]).code, 0);
    let once = place.read(".mlgate/baseline.json");
    let text = rows(1500, 12);
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].sort_by_key(|line| line.len() * 7 % 5);
    lines[1..].reverse();
    place.write("new.csv", &(lines.join("\n") + "\n"));
    assert_eq!(place.run(&["bless"]).code, 0);
    // The file differs, and all its measurements are equal.
    let without_inputs = |text: &str| {
        let mut value: Value = serde_json::from_str(text).unwrap();
        value.as_object_mut().unwrap().remove("inputs");
        value
    };
    assert_eq!(without_inputs(&place.read(".mlgate/baseline.json")), without_inputs(&once));
}

#[test]
fn a_hundred_columns_and_models_are_a_small_file() {
    let place = blessed(MODELS);
    let size = place.read(".mlgate/baseline.json").len();
    assert!(size < 20_000, "{size} bytes");
}

const PAIRED: &str = "\n  m:\n    predictions: new.csv\n    key: id\n    label: label\n    score: score\n    slices: [group]\n    metrics: {accuracy: {max_drop: 2pp}, roc_auc: {max_drop: 0.01}, log_loss: {max_drop: 5%, slices: all}}\n    fairness: {by: [group], rates: {selection_rate: {max_gap_growth: 0.05}}}\n";

/// Returns a folder where predictions are blessed together with their rows.
fn with_rows() -> Workplace {
    let place = Workplace::new();
    let head = "baseline: {from: .mlgate/baseline.json, rows: true}\n";
    place.write("new.csv", &rows(1500, 12)).write("mlgate.yml", &config(head, PAIRED));
    let answer = place.run(&["bless"]);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    place
}

fn method(report: &Value, id: &str) -> String {
    gate(report, id)["change"]["method"].as_str().unwrap().to_owned()
}

#[test]
fn rows_that_are_kept_are_paired_as_the_file_would_be() {
    let place = with_rows();
    let same = report(&place.run(&["run", "--format", "json"]));
    assert_eq!(method(&same, "models.m.metrics.accuracy.max_drop"), "identical scores");
    assert_eq!(same["verdict"], "pass", "what did not change has not changed: {same:#}");
    // A better model predicts the same rows, which are in another order.
    let text = rows(1500, 14);
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].reverse();
    place.write("new.csv", &(lines.join("\n") + "\n"));
    let stored = report(&place.run(&["run", "--format", "json"]));
    place.write("old.csv", &rows(1500, 12)).write(
        "mlgate.yml",
        &config("", &PAIRED.replace("predictions: new.csv", "predictions: new.csv\n    baseline_predictions: old.csv")),
    );
    let raw = report(&place.run(&["run", "--format", "json"]));
    assert_eq!(method(&stored, "models.m.metrics.roc_auc.max_drop"), method(&raw, "models.m.metrics.roc_auc.max_drop"));
    for (stored, raw) in stored["gates"].as_array().unwrap().iter().zip(raw["gates"].as_array().unwrap()) {
        let id = stored["id"].as_str().unwrap();
        assert_eq!(stored["verdict"], raw["verdict"], "{id}");
        for end in [0, 1] {
            let of = |gate: &Value| gate["change"]["interval"][end].as_f64();
            let (Some(stored), Some(raw)) = (of(stored), of(raw)) else { continue };
            // Scores have 32 bits.
            assert!((stored - raw).abs() < 1e-6, "{id}: {stored} {raw}");
        }
    }
}

#[test]
fn other_rows_other_labels_and_another_file_are_not_paired_and_that_is_said() {
    let place = with_rows();
    let unpaired = |what: &str, note: &str| {
        let report = report(&place.run(&["run", "--format", "json"]));
        assert_eq!(method(&report, "models.m.metrics.accuracy.max_drop"), "Newcombe, unpaired", "{what}");
        let notes = report["provenance"]["baseline"]["notes"].to_string();
        assert!(notes.contains(note), "{what}: {notes}");
    };
    place.write("new.csv", &rows(1400, 12));
    unpaired("fewer rows", "measured on 1,500 other rows (the candidate has 1,400)");
    place.write(
        "new.csv",
        &rows(1500, 12).replace("\n7,1,", "\n7,0,").replace("\n8,1,", "\n8,0,").replace("\n9,1,", "\n9,0,"),
    );
    unpaired("other labels", "same 1,500 rows with other labels");
    place.write("new.csv", &rows(1500, 12));
    let file = place.path().join(".mlgate/baseline.rows/m.parquet");
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() - 1]).unwrap();
    unpaired("a torn file", "is not the file that was blessed");
    std::fs::remove_file(&file).unwrap();
    unpaired("no file", "there is no `baseline.rows/m.parquet`");
}

#[test]
fn kept_rows_hold_no_keys_and_no_labels_and_are_small() {
    let place = with_rows();
    let file = place.path().join(".mlgate/baseline.rows/m.parquet");
    let bytes = std::fs::read(&file).unwrap();
    assert!(bytes.len() < 1500 * 13, "{} bytes", bytes.len());
    place.write(
        "t.yml",
        "version: 1\ndata: {t: {path: .mlgate/baseline.rows/m.parquet, allowed_columns: [\"key (hashed)\", score]}}\n",
    );
    assert_eq!(place.run(&["run", "--config", "t.yml"]).code, 0);
    // The same data give the same bytes, in any order of rows.
    let text = rows(1500, 12);
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].reverse();
    place.write("new.csv", &(lines.join("\n") + "\n"));
    assert_eq!(place.run(&["bless"]).code, 0);
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
}

#[test]
fn rows_without_a_key_cannot_be_kept() {
    let place = Workplace::new();
    place.write("new.csv", &rows(200, 12)).write(
        "mlgate.yml",
        &config(
            "baseline: {rows: true}\n",
            "\n  m: {predictions: new.csv, label: label, score: score, metrics: {accuracy: {}, f1: {min: 0.1}}}\n",
        ),
    );
    let answer = place.run(&["bless"]);
    assert_eq!(answer.code, 4);
    assert!(answer.stderr.contains("the model `m` has no `key`"), "{}", answer.stderr);
}

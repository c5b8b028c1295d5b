//! Rates of groups, compared with those of Fairlearn, AIF360, Aequitas and SageMaker Clarify.

use std::fmt::Write as _;

use serde_json::Value;

use crate::fairness::{config, report};
use crate::support::{fixtures, gate};

fn near(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-9, "{what}: {found}, and they say {expected}");
}

fn each(of: &Value) -> impl Iterator<Item = (&String, &Value)> {
    of.as_object().unwrap().iter()
}

/// Every number of the fixture agrees to 1e-9, under its name in the fixture.
#[test]
fn other_libraries_say_the_same() {
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(fixtures().join("fairness_expected.json")).unwrap()).unwrap();
    let rates = [
        "selection_rate",
        "base_rate",
        "true_positive_rate",
        "false_positive_rate",
        "true_negative_rate",
        "false_negative_rate",
        "positive_predictive_value",
        "negative_predictive_value",
        "false_discovery_rate",
        "false_omission_rate",
        "accuracy",
        "equalized_odds",
        "f1",
        "roc_auc",
    ];
    let with = |reference: &str| {
        let line = |rate: &&str| {
            format!(
                "        {rate}: {{max_gap: {{is: 1, reference: {reference}}}, min_ratio: {{is: 0, reference: {reference}}}}}"
            )
        };
        let lines: Vec<String> = rates.iter().map(line).collect();
        report(&config(&lines.join("\n")), &[])
    };
    let between = with("highest");
    let id = |rate: &str, check: &str| format!("models.m.fairness.group.{rate}.{check}");
    let of_group = |report: &Value, rate: &str, check: &str, group: &str| -> Value {
        let gate = gate(report, &id(rate, check));
        let groups = gate["groups"].as_array().unwrap();
        groups.iter().find(|found| found["group"][0] == group).unwrap().clone()
    };
    let mut compared = 0;
    for library in ["fairlearn", "aequitas"] {
        for (rate, groups) in each(&expected[library]["groups"]) {
            for (group, value) in each(groups) {
                let ours = of_group(&between, rate, "max_gap", group)["candidate"]["value"].as_f64().unwrap();
                near(ours, value.as_f64().unwrap(), &format!("{library}, {rate} of {group}"));
                compared += 1;
            }
        }
    }
    let overall = with("overall");
    for (kind, check, report) in
        [("gap", "max_gap", &between), ("ratio", "min_ratio", &between), ("gap_overall", "max_gap", &overall)]
    {
        for (rate, value) in each(&expected["fairlearn"][kind]) {
            let ours = gate(report, &id(rate, check))["candidate"]["value"].as_f64().unwrap();
            near(ours, value.as_f64().unwrap(), &format!("fairlearn, {kind} of {rate}"));
            compared += 1;
        }
    }
    for (rate, value) in each(&expected["fairlearn"]["ratio_overall"]) {
        let ours = gate(&overall, &id(rate, "min_ratio"))["candidate"]["value"].as_f64().unwrap();
        near(ours, value.as_f64().unwrap(), &format!("fairlearn, ratio_overall of {rate}"));
        compared += 1;
    }
    let (rest, majority) = (with("rest"), with("majority"));
    let against = |library: &str, kind: &str, report: &Value, check: &str| {
        let mut compared = 0;
        for (rate, groups) in each(&expected[library][kind]) {
            for (group, value) in each(groups) {
                let ours = of_group(report, rate, check, group)["against"]["value"].as_f64().unwrap();
                near(ours, value.as_f64().unwrap(), &format!("{library}, {kind} of {rate}, {group}"));
                compared += 1;
            }
        }
        compared
    };
    for library in ["aif360", "smclarify"] {
        compared += against(library, "difference_rest", &rest, "max_gap");
        compared += against(library, "ratio_rest", &rest, "min_ratio");
    }
    compared += against("aequitas", "ratio_majority", &majority, "min_ratio");
    let entropies: Vec<&String> = each(&expected["aif360"]["metrics"]).map(|(name, _)| name).collect();
    let lines: Vec<String> = entropies.iter().map(|name| format!("      {name}: {{max: 1}}")).collect();
    let whole = config("        accuracy: {}")
        .replace("    fairness:", &format!("    metrics:\n{}\n    fairness:", lines.join("\n")));
    let whole = report(&whole, &[]);
    for library in ["aif360", "smclarify"] {
        for (name, value) in each(&expected[library]["metrics"]) {
            let ours = gate(&whole, &format!("models.m.metrics.{name}.max"))["candidate"]["value"].as_f64().unwrap();
            near(ours, value.as_f64().unwrap(), &format!("{library}, {name}"));
            compared += 1;
        }
    }
    assert_eq!(compared, 179, "docs/fairness.md says how many there are");
}

/// Returns mlgate's numbers of the rows on which the libraries disagree, with the reason.
fn ours_where_they_differ() -> [(&'static str, String, &'static str); 6] {
    let rates = "        true_positive_rate: {max_gap: {is: 1, min_n: 10}}
        positive_predictive_value: {max_gap: {is: 1, min_n: 10}}
        false_positive_rate: {min_ratio: {is: 0, reference: [d], min_n: 10}}
        selection_rate: {max_gap: 1}
";
    let rows = fixtures().join("fairness/odd.csv").display().to_string();
    let config = format!(
        "\
version: 1
models:
  m:
    predictions: {rows}
    label: label
    prediction: prediction
    fairness:
      by: [group]
      rates:
{rates}  crossed:
    predictions: {rows}
    label: label
    prediction: prediction
    fairness:
      by: [[group, region]]
      rates:
        selection_rate: {{max_gap: {{is: 1, min_n: 10}}}}
"
    );
    let report = report(&config, &[]);
    let of = |rate: &str, check: &str| gate(&report, &format!("models.m.fairness.group.{rate}.{check}")).clone();
    let group = |gate: &Value, key: &[&str]| -> Value {
        let groups = gate["groups"].as_array().unwrap();
        groups.iter().find(|group| group["group"].as_array().unwrap() == key).cloned().unwrap_or(Value::Null)
    };
    let undefined = |group: &Value| group["candidate"]["undefined"].as_str().unwrap().to_owned();
    let recall = of("true_positive_rate", "max_gap");
    let precision = of("positive_predictive_value", "max_gap");
    let ratio = group(&of("false_positive_rate", "min_ratio"), &["a"]);
    let crossing = gate(&report, "models.crossed.fairness.group+region.selection_rate.max_gap").clone();
    let missing = group(&of("selection_rate", "max_gap"), &["(missing)"]);
    [
        (
            "true_positive_rate of a group without positives",
            format!("none: {}", undefined(&group(&recall, &["c"]))),
            "0 would say that the model finds nobody, and there is nobody to find",
        ),
        (
            "max_gap of true_positive_rate, that group among them",
            format!("{:.2}", recall["candidate"]["value"].as_f64().unwrap()),
            "the group is listed and takes no part, so that no gap is made of nothing",
        ),
        (
            "positive_predictive_value of a group that is never selected",
            format!("none: {}", undefined(&group(&precision, &["d"]))),
            "the same",
        ),
        (
            "ratio of false_positive_rate to a group in which it is 0",
            if ratio["against"].is_null() { "none".to_owned() } else { ratio["against"]["value"].to_string() },
            "nothing is a multiple of 0; the rates are beside each other",
        ),
        (
            "rows without a group",
            format!("the group `(missing)`, n = {}", missing["candidate"]["n"]),
            "who has no group may be who is treated worst",
        ),
        (
            "selection_rate of a crossing without rows",
            format!("listed: {}", undefined(&group(&crossing, &["c", "south"]))),
            "an empty cell says who is not there",
        ),
    ]
}

/// The table of docs/fairness.md shows every library's and mlgate's numbers of the rows on which the libraries
/// disagree.
#[test]
fn where_the_libraries_differ_is_what_the_docs_say() {
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(fixtures().join("fairness_expected.json")).unwrap()).unwrap();
    let mut table =
        "| | Fairlearn | AIF360 | Aequitas | Clarify | here | why |\n|---|--:|--:|--:|--:|---|---|\n".to_owned();
    let ours = ours_where_they_differ();
    assert_eq!(expected["differ"].as_object().unwrap().len(), ours.len());
    for (case, here, why) in &ours {
        let said = |library: &str| expected["differ"][case][library].as_str().unwrap_or("").to_owned();
        let theirs = ["fairlearn", "aif360", "aequitas", "smclarify"].map(said).join(" | ");
        writeln!(table, "| {case} | {theirs} | {here} | {why} |").unwrap();
    }
    let path = fixtures().parent().unwrap().join("docs/fairness.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once("<!-- differ -->\n").unwrap();
    let (found, tail) = rest.split_once("<!-- end -->\n").unwrap();
    if std::env::var_os("MLGATE_UPDATE").is_some() {
        std::fs::write(&path, format!("{head}<!-- differ -->\n{table}<!-- end -->\n{tail}")).unwrap();
        return;
    }
    assert_eq!(found, table, "MLGATE_UPDATE=1 cargo test writes it anew");
}

//! Rates and metrics of groups, measured by the binary.

use serde_json::Value;

use crate::support::{Workplace, fixtures, gate};

/// Returns the config of a model on the rows that the other libraries measured.
pub(crate) fn config(rates: &str) -> String {
    let rows = fixtures().join("fairness/rows.csv").display().to_string();
    format!(
        "\
version: 1
models:
  m:
    predictions: {rows}
    label: label
    score: score
    prediction: prediction
    fairness:
      by: [group]
      rates:
{rates}
"
    )
}

pub(crate) fn report(config: &str, files: &[(&str, &str)]) -> Value {
    let place = Workplace::new();
    for (name, text) in files {
        place.write(name, text);
    }
    place.write("mlgate.yml", config);
    let answer = place.run(&["run", "--format", "json"]);
    serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}", answer.stderr))
}

pub(crate) fn problem(config: &str, files: &[(&str, &str)]) -> String {
    let place = Workplace::new();
    for (name, text) in files {
        place.write(name, text);
    }
    place.write("mlgate.yml", config);
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 2, "{}", answer.stdout);
    answer.stderr
}

#[test]
fn the_worse_of_two_rates_says_which_one_it_is() {
    let report = report(&config("        equalized_odds: {max_gap: 0.05}"), &[]);
    let gate = gate(&report, "models.m.fairness.group.equalized_odds.max_gap");
    let measures: Vec<&str> =
        gate["groups"].as_array().unwrap().iter().map(|group| group["measure"].as_str().unwrap()).collect();
    assert_eq!(measures, [["true_positive_rate"; 3], ["false_positive_rate"; 3]].concat());
    assert!(gate["message"].as_str().unwrap().starts_with("of "), "{gate:#}");
}

const FLOWERS: &str = "\
version: 1
models:
  m:
    task: multiclass
    predictions: rows.csv
    label: label
    prediction: prediction
    fairness:
      by: [[garden, soil], {height: [10, 20]}]
      rates:
RATES
";

/// Returns three classes in two gardens, without clay in the north, and with one missing height.
fn flowers() -> String {
    let mut rows = vec!["garden,soil,height,label,prediction".to_owned()];
    for row in 0..240 {
        let (garden, soil) =
            if row % 2 == 0 { ("north", "sand") } else { ("south", if row % 4 == 1 { "clay" } else { "sand" }) };
        let label = ["iris", "rose", "tulip"][row % 3];
        let prediction = if row % 5 == 0 { "rose" } else { label };
        let height = if row == 7 { String::new() } else { format!("{}", 5 + row % 12) };
        rows.push(format!("{garden},{soil},{height},{label},{prediction}"));
    }
    rows.join("\n")
}

#[test]
fn one_class_against_the_rest_and_cells_that_are_empty() {
    let rates =
        "        selection_rate@rose: {max_gap: 0.9}\n        accuracy: {min: 0.5}\n        f1_macro: {max_gap: 0.9}";
    let report = report(&FLOWERS.replace("RATES", rates), &[("rows.csv", &flowers())]);
    let rose = gate(&report, "models.m.fairness.garden+soil.selection_rate@rose.max_gap");
    let groups = rose["groups"].as_array().unwrap();
    let names: Vec<String> = groups
        .iter()
        .map(|group| format!("{} {}", group["group"][0].as_str().unwrap(), group["group"][1].as_str().unwrap()))
        .collect();
    assert_eq!(names, ["north clay", "north sand", "south clay", "south sand"]);
    assert_eq!(groups[0]["left_out"], "no rows");
    // 40 of 120 rows are roses, and 16 of the other 80 are taken for one.
    assert_eq!(groups[1]["candidate"]["value"].as_f64().unwrap(), 56.0 / 120.0);
    assert!(rose["definition"].as_str().unwrap().contains("of `rose` against all other classes"), "{rose:#}");
    let heights = gate(&report, "models.m.fairness.height.selection_rate@rose.max_gap");
    let names: Vec<&str> =
        heights["groups"].as_array().unwrap().iter().map(|group| group["group"][0].as_str().unwrap()).collect();
    assert_eq!(names, ["below 10", "10 to 20", "from 20", "(missing)"]);
    assert!(heights["groups"][3]["candidate"]["value"].is_null());
    assert!(heights["groups"][3]["candidate"]["undefined"].as_str().unwrap().starts_with("not shown"));
    assert_eq!(gate(&report, "models.m.fairness.garden+soil.f1_macro.max_gap")["verdict"], "pass");
}

#[test]
fn what_a_config_gets_wrong_is_said_with_a_way_out() {
    let flowers = flowers();
    let said = |rates: &str| problem(&FLOWERS.replace("RATES", rates), &[("rows.csv", &flowers)]);
    let of_class = said("        selection_rate: {max_gap: 0.1}");
    assert!(of_class.contains("write the class after an `@`, as in `selection_rate@approved`"), "{of_class}");
    let named = said("        accuracy: {max_gap: {is: 0.1, reference: [north]}}");
    assert!(named.contains("has 2 values, but `reference` names 1"), "{named}");
    let word = said("        accuracy: {max_gap: {is: 0.1, reference: mayority}}");
    assert!(word.contains("did you mean `majority`?"), "{word}");
    let two = problem(&config("        selection_rate@1: {max_gap: 0.1}"), &[]);
    assert!(two.contains("with two classes a rate is always of the positive one"), "{two}");
    let odds = problem(&config("        equalized_odds: {min: 0.1}"), &[]);
    assert!(odds.contains("`min` is for a single rate"), "{odds}");
    let growth = problem(&config("        selection_rate: {max_gap_growth: 1%}"), &[]);
    assert!(growth.contains("none is configured"), "{growth}");
    let bands = problem(
        &config("").replace("by: [group]", "by: [{score: [0.5, 0.2]}]").replace("rates:", "rates: {accuracy: {}}"),
        &[],
    );
    assert!(bands.contains("band edges must be strictly increasing numbers"), "{bands}");
    let twice = problem(&config("        accuracy: {}").replace("by: [group]", "by: [group, [group]]"), &[]);
    assert!(twice.contains("the grouping `group` is listed twice"), "{twice}");
}

#[test]
fn a_reference_that_is_not_there_never_passes() {
    let report = report(&config("        selection_rate: {max_gap: {is: 1, reference: [z]}}"), &[]);
    let gate = gate(&report, "models.m.fairness.group.selection_rate.max_gap");
    assert_eq!(gate["verdict"], "error");
    assert!(gate["message"].as_str().unwrap().contains("which the others are compared with"));
}

#[test]
fn a_rate_of_which_nothing_is_known_does_not_hide_behind_another() {
    // All but 8 rows are negative: the false positive rates are alike, and the true positive rates are too uncertain.
    let mut rows = vec!["group,label,prediction".to_owned()];
    rows.extend(
        (0..400).map(|row| format!("{},{},{}", ["a", "b"][row % 2], u8::from(row < 8), u8::from(row % 5 == 0))),
    );
    let config = "\
version: 1
models:
  m:
    predictions: rows.csv
    label: label
    prediction: prediction
    fairness:
      by: [group]
      rates:
        equalized_odds: {max_gap: 0.5}
        false_positive_rate: {max_gap: 0.5}
";
    let report = report(config, &[("rows.csv", &rows.join("\n"))]);
    assert_eq!(gate(&report, "models.m.fairness.group.false_positive_rate.max_gap")["verdict"], "pass");
    let odds = gate(&report, "models.m.fairness.group.equalized_odds.max_gap");
    assert_eq!(odds["verdict"], "error", "{odds:#}");
    assert!(odds["message"].as_str().unwrap().contains("fewer than two groups are large enough"), "{odds:#}");
}

#[test]
fn weights_go_by_the_metrics_that_know_of_them() {
    let rows = std::fs::read_to_string(fixtures().join("fairness/rows.csv")).unwrap();
    let mut lines = rows.lines();
    let mut weighted = vec![format!("{},w", lines.next().unwrap())];
    weighted.extend(lines.enumerate().map(|(row, line)| format!("{line},{}", 1 + row % 3)));
    let path = fixtures().join("fairness/rows.csv").display().to_string();
    let weigh = |rates: &str| config(rates).replace(&path, "rows.csv\n    weight: w");
    let files = [("rows.csv", weighted.join("\n"))];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    for (rate, metric) in [
        ("selection_rate", "predicted_positive_rate"),
        ("base_rate", "prevalence"),
        ("false_omission_rate", "false_omission_rate"),
    ] {
        let report = report(&weigh(&format!("        {rate}: {{max_gap: 0.9}}")), &files);
        let gate = gate(&report, &format!("models.m.fairness.group.{rate}.max_gap"));
        assert_eq!(gate["verdict"], "pass", "{gate:#}");
        assert!(gate["definition"].as_str().unwrap().starts_with(metric), "{gate:#}");
    }
    assert!(problem(&weigh("        equalized_odds: {max_gap: 0.9}"), &files).contains("does not support weights"));
}

#[test]
fn regression_compares_predictions_and_errors() {
    let mut rows = vec!["town,label,prediction".to_owned()];
    for row in 0..200 {
        let (town, off) = if row % 2 == 0 { ("a", 1.0) } else { ("b", 6.0) };
        let noise = f64::from(row * 37 % 11) / 10.0;
        rows.push(format!("{town},{},{}", row % 9, f64::from(row % 9) + off + noise));
    }
    let config = "\
version: 1
models:
  m:
    task: regression
    predictions: rows.csv
    label: label
    prediction: prediction
    fairness:
      by: [town]
      rates:
        mean_prediction: {max_gap: 2}
        mae: {max_gap: 2, min_ratio: 0.8}
        mean_bias_error: {max: 10}
        scoring_rate: {}
";
    let stderr = problem(config, &[("rows.csv", &rows.join("\n"))]);
    assert!(stderr.contains("`scoring_rate` needs one column of scores"), "{stderr}");
    let report = report(&config.replace("        scoring_rate: {}\n", ""), &[("rows.csv", &rows.join("\n"))]);
    for check in ["mean_prediction.max_gap", "mae.max_gap", "mae.min_ratio"] {
        let gate = gate(&report, &format!("models.m.fairness.town.{check}"));
        assert_eq!(gate["verdict"], "fail", "{gate:#}");
    }
    assert_eq!(gate(&report, "models.m.fairness.town.mean_bias_error.max")["verdict"], "pass");
}

/// A metric of all other rows is computed from the rows outside of the group; a metric of all rows includes the
/// group's.
#[test]
fn metrics_are_compared_with_everyone_else_and_with_all_rows() {
    let line = |reference: &str| format!("        roc_auc: {{max_gap: {{is: 0.5, reference: {reference}}}}}");
    let id = "models.m.fairness.group.roc_auc.max_gap";
    let rows = std::fs::read_to_string(fixtures().join("fairness/rows.csv")).unwrap();
    // All rows except `a`'s, computed as one group of `b` and `c`.
    let others = rows.replace(",b,", ",others,").replace(",c,", ",others,");
    let path = fixtures().join("fairness/rows.csv").display().to_string();
    let by_hand = report(&config(&line("[others]")).replace(&path, "rows.csv"), &[("rows.csv", &others)]);
    let by_hand = &gate(&by_hand, id)["groups"][0]["against"].clone();
    let rest = report(&config(&line("rest")), &[]);
    let rest = gate(&rest, id);
    assert_eq!(&rest["groups"][0]["against"], by_hand, "{rest:#}");
    assert!(rest["message"].as_str().unwrap().contains("from everyone else 0."), "{rest:#}");
    let overall =
        report(&config("        roc_auc: {max_gap: {is: 0.5, reference: overall}}\n        accuracy: {}"), &[]);
    let overall = gate(&overall, id);
    assert!(overall["message"].as_str().unwrap().contains("from all rows 0."), "{overall:#}");
    for group in overall["groups"].as_array().unwrap() {
        assert!(!group["against"].is_null(), "{group:#}");
    }
    let growth = problem(
        &config("        roc_auc: {max_gap_growth: {is: 1pp, reference: rest}}")
            .replace("    prediction:", "    baseline: {score: other}\n    prediction:"),
        &[],
    );
    assert!(growth.contains("needs a group to compare with"), "{growth}");
}

#[test]
fn a_scoring_rate_is_the_share_above_the_median() {
    let report = report(&config("        scoring_rate: {min_ratio: 0.1}"), &[]);
    let gate = gate(&report, "models.m.fairness.group.scoring_rate.min_ratio");
    let groups = gate["groups"].as_array().unwrap();
    let above: f64 = groups
        .iter()
        .map(|group| group["candidate"]["value"].as_f64().unwrap() * group["candidate"]["n"].as_f64().unwrap())
        .sum();
    assert!((above - 280.0).abs() < 3.0, "half of 560 rows lie above their median: {above}");
}

#[test]
fn the_order_of_the_rows_does_not_matter() {
    let rows = flowers();
    let (head, body) = rows.split_once('\n').unwrap();
    let turned: Vec<&str> = body.lines().rev().collect();
    let turned = format!("{head}\n{}", turned.join("\n"));
    let rates =
        "        selection_rate@rose: {max_gap: 0.1, max_spread: 0.1}\n        accuracy: {min: 0.5, max_gap: 0.1}";
    let config = FLOWERS.replace("RATES", rates);
    let [forward, backward] = [&rows, &turned].map(|rows| report(&config, &[("rows.csv", rows)]));
    assert_eq!(forward["gates"], backward["gates"]);
    assert_eq!(forward["measurements"], backward["measurements"]);
}

#[test]
fn what_fails_alone_may_be_chance_among_many() {
    let id = "models.m.fairness.group.selection_rate.max_gap";
    let alone = report(&config("        selection_rate: {max_gap: 0}"), &[]);
    let low = gate(&alone, id)["candidate"]["interval"][0].as_f64().unwrap();
    let just = format!("        selection_rate: {{max_gap: {}}}", low - 0.001);
    let alone = report(&config(&just), &[]);
    assert_eq!(gate(&alone, id)["verdict"], "fail");
    let others = ["base_rate", "true_positive_rate", "false_positive_rate", "accuracy", "equalized_odds", "roc_auc"];
    let others: Vec<String> =
        others.iter().map(|rate| format!("        {rate}: {{max_gap: 1, min_ratio: 0}}")).collect();
    let among = report(&config(&format!("{just}\n{}", others.join("\n"))), &[]);
    let gate = gate(&among, id);
    assert_eq!(gate["verdict"], "inconclusive", "{gate:#}");
    let message = gate["message"].as_str().unwrap();
    assert!(
        message.contains("fails on its own, but not after Holm's correction for 13 gates on the same rows"),
        "{message}"
    );
}

/// A group in which the candidate never says yes has an F1 of 0, which is no ratio of 0.8, however few rows decide it.
#[test]
fn a_group_whose_metric_is_zero_fails_a_ratio() {
    let place = Workplace::new();
    let rows = (0..480).map(|row| {
        let (bad, group) = (row % 3 == 0, if row < 240 { "x" } else { "y" });
        format!("{},{},{group}\n", u8::from(bad), u8::from(bad && row < 240))
    });
    place.write("c.csv", &rows.fold("bad,p,plant\n".to_owned(), |text, row| text + &row));
    for demand in ["0.8", "{is: 0.8, reference: rest}", "{is: 0.8, reference: [x]}"] {
        let rates = ["f1", "jaccard", "fbeta@2", "g_mean"].map(|rate| format!("{rate}: {{min_ratio: {demand}}}"));
        place.write(
            "mlgate.yml",
            &format!(
                "version: 1\nmodels: {{m: {{predictions: c.csv, label: bad, prediction: p, fairness: {{by: [plant], rates: {{{}}}}}}}}}\n",
                rates.join(", ")
            ),
        );
        let report = place.report();
        for gate in report["gates"].as_array().unwrap() {
            assert_eq!(gate["verdict"], "fail", "{demand}: {gate:#}");
            assert_eq!(gate["candidate"]["value"], 0.0);
        }
    }
}

//! Rates and metrics of groups, through the binary.

use serde_json::Value;

use crate::support::{Workplace, fixtures, gate};

/// A model on the rows that other libraries were asked about.
fn config(rates: &str) -> String {
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

fn report(config: &str, files: &[(&str, &str)]) -> Value {
    let place = Workplace::new();
    for (name, text) in files {
        place.write(name, text);
    }
    place.write("mlgate.yml", config);
    let answer = place.run(&["run", "--format", "json"]);
    serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}", answer.stderr))
}

fn problem(config: &str, files: &[(&str, &str)]) -> String {
    let place = Workplace::new();
    for (name, text) in files {
        place.write(name, text);
    }
    place.write("mlgate.yml", config);
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 2, "{}", answer.stdout);
    answer.stderr
}

fn near(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-9, "{what}: {found}, and they say {expected}");
}

fn each(of: &Value) -> impl Iterator<Item = (&String, &Value)> {
    of.as_object().unwrap().iter()
}

/// Every number of the fixture, under the name that stands there, to 1e-9.
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
    let with = |reference: &str, of_metrics: bool| {
        let line = |rate: &&str| {
            format!(
                "        {rate}: {{max_gap: {{is: 1, reference: {reference}}}, min_ratio: {{is: 0, reference: {reference}}}}}"
            )
        };
        let is_metric = |rate: &&&str| of_metrics || !["f1", "roc_auc"].contains(*rate);
        let lines: Vec<String> = rates.iter().filter(is_metric).map(line).collect();
        report(&config(&lines.join("\n")), &[])
    };
    let between = with("highest", true);
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
    let overall = with("overall", false);
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
    let (rest, majority) = (with("rest", false), with("majority", true));
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
    assert_eq!(compared, 175, "docs/fairness.md says how many there are");
}

/// What mlgate says of the rows on which the libraries do not agree, and why.
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
      by: [group, [group, region]]
      rates:
{rates}"
    );
    let report = report(&config, &[]);
    let of =
        |by: &str, rate: &str, check: &str| gate(&report, &format!("models.m.fairness.{by}.{rate}.{check}")).clone();
    let group = |gate: &Value, key: &[&str]| -> Value {
        let groups = gate["groups"].as_array().unwrap();
        groups.iter().find(|group| group["group"].as_array().unwrap() == key).cloned().unwrap_or(Value::Null)
    };
    let undefined = |group: &Value| group["candidate"]["undefined"].as_str().unwrap().to_owned();
    let recall = of("group", "true_positive_rate", "max_gap");
    let precision = of("group", "positive_predictive_value", "max_gap");
    let ratio = group(&of("group", "false_positive_rate", "min_ratio"), &["a"]);
    let crossing = of("group+region", "selection_rate", "max_gap");
    let missing = group(&of("group", "selection_rate", "max_gap"), &["(missing)"]);
    [
        (
            "true_positive_rate of a group without positives",
            format!("none: {}", undefined(&group(&recall, &["c"]))),
            "0 would say that the model finds nobody, and there is nobody to find",
        ),
        (
            "max_gap of true_positive_rate, that group among them",
            recall["candidate"]["value"].to_string(),
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

/// The table of docs/fairness.md: what every library says of the odd rows, and mlgate.
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
        table += &format!("| {case} | {theirs} | {here} | {why} |\n");
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

/// Three classes, two gardens, no clay in the north, and a row without a height.
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
    assert!(of_class.contains("name the class behind an `@`, as in `selection_rate@approved`"), "{of_class}");
    let reference = said("        accuracy: {max_gap: {is: 0.1, reference: rest}}");
    assert!(reference.contains("groups are compared with a group"), "{reference}");
    let named = said("        accuracy: {max_gap: {is: 0.1, reference: [north]}}");
    assert!(named.contains("has 2 values, and 1 are named"), "{named}");
    let word = said("        accuracy: {max_gap: {is: 0.1, reference: mayority}}");
    assert!(word.contains("did you mean `majority`?"), "{word}");
    let two = problem(&config("        selection_rate@1: {max_gap: 0.1}"), &[]);
    assert!(two.contains("of two classes it is the positive one"), "{two}");
    let odds = problem(&config("        equalized_odds: {min: 0.1}"), &[]);
    assert!(odds.contains("`min` is of one rate"), "{odds}");
    let growth = problem(&config("        selection_rate: {max_gap_growth: 1%}"), &[]);
    assert!(growth.contains("there is none"), "{growth}");
    let bands = problem(
        &config("").replace("by: [group]", "by: [{score: [0.5, 0.2]}]").replace("rates:", "rates: {accuracy: {}}"),
        &[],
    );
    assert!(bands.contains("bands are cut at numbers that rise"), "{bands}");
    let twice = problem(&config("        accuracy: {}").replace("by: [group]", "by: [group, [group]]"), &[]);
    assert!(twice.contains("`group` groups the rows twice"), "{twice}");
}

#[test]
fn a_reference_that_is_not_there_never_passes() {
    let report = report(&config("        selection_rate: {max_gap: {is: 1, reference: [z]}}"), &[]);
    let gate = gate(&report, "models.m.fairness.group.selection_rate.max_gap");
    assert_eq!(gate["verdict"], "error");
    assert!(gate["message"].as_str().unwrap().contains("the group that the others are compared with is not there"));
}

#[test]
fn a_rate_of_which_nothing_is_known_does_not_hide_behind_another() {
    // All but 8 rows are negative: the false positive rates are alike, and nobody knows of the true positive rates.
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
    let report = report(&weigh("        selection_rate: {max_gap: 0.9}"), &files);
    let gate = gate(&report, "models.m.fairness.group.selection_rate.max_gap");
    assert_eq!(gate["verdict"], "pass", "{gate:#}");
    assert!(gate["definition"].as_str().unwrap().starts_with("predicted_positive_rate"), "{gate:#}");
    assert!(problem(&weigh("        false_omission_rate: {max_gap: 0.9}"), &files).contains("does not take weights"));
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
    assert!(stderr.contains("`scoring_rate` is of one column of scores"), "{stderr}");
    let report = report(&config.replace("        scoring_rate: {}\n", ""), &[("rows.csv", &rows.join("\n"))]);
    for check in ["mean_prediction.max_gap", "mae.max_gap", "mae.min_ratio"] {
        let gate = gate(&report, &format!("models.m.fairness.town.{check}"));
        assert_eq!(gate["verdict"], "fail", "{gate:#}");
    }
    assert_eq!(gate(&report, "models.m.fairness.town.mean_bias_error.max")["verdict"], "pass");
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
fn the_data_before_a_model_as_the_docs_show_it() {
    let docs = include_str!("../docs/fairness.md");
    let data = docs.split("```yaml\n").find_map(|block| block.strip_prefix("data:\n")).unwrap();
    let config =
        format!("version: 1\ndata:\n{}", data.split("```").next().unwrap()).replace("train.parquet", "train.csv");
    let mut rows = vec!["sex,race,shift,hired".to_owned()];
    for row in 0..400 {
        let sex = if row % 4 == 0 { "F" } else { "M" };
        // Women work at night, and are hired half as often.
        let shift = if sex == "F" { "night" } else { "day" };
        let hired = if sex == "F" { row % 8 == 0 && row % 3 == 0 } else { row % 3 == 0 };
        let race = ["a", "b"][row / 12 % 2];
        rows.push(format!("{sex},{race},{shift},{}", u8::from(hired)));
    }
    let report = report(&config, &[("train.csv", &rows.join("\n"))]);
    assert_eq!(gate(&report, "data.train.columns.sex.class_balance")["verdict"], "pass");
    let proxy = gate(&report, "data.train.proxies.sex");
    assert_eq!(proxy["verdict"], "fail", "{proxy:#}");
    assert!(proxy["message"].as_str().unwrap().contains("tell of `sex` in 400 rows: `shift` 100%"), "{proxy:#}");
    assert_eq!(gate(&report, "data.train.proxies.race")["verdict"], "pass");
    let labels = gate(&report, "data.train.fairness.sex.base_rate.min_ratio");
    assert_eq!((&labels["verdict"], &labels["subject"]["dataset"]), (&Value::from("fail"), &Value::from("train")));
    let women = &labels["groups"][0]["candidate"];
    assert_eq!((women["value"].as_f64().unwrap(), women["n"].as_u64().unwrap()), (0.17, 100), "{labels:#}");
    assert!(labels["help"].as_str().unwrap().contains("how they came by their labels"), "{labels:#}");
}

const LABELS: &str = "\
version: 1
data:
  train:
    path: train.csv
    fairness:
      label: hired
      by: [sex]
      rates:
RATES
";

#[test]
fn labels_of_several_classes_and_labels_that_are_lost() {
    let mut rows = vec!["sex,hired".to_owned()];
    rows.extend((0..120).map(|row| format!("{},{}", ["f", "m"][row % 2], ["no", "maybe", "yes"][row % 3])));
    let files = [("train.csv", rows.join("\n"))];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let of_class = report(&LABELS.replace("RATES", "        base_rate@yes: {max_gap: 0.3}"), &files);
    let yes = gate(&of_class, "data.train.fairness.sex.base_rate@yes.max_gap");
    assert_eq!(yes["verdict"], "pass", "{yes:#}");
    assert_eq!(yes["groups"][0]["candidate"]["value"].as_f64().unwrap(), 1.0 / 3.0);
    // Two classes have to say which one is meant.
    let words = report(&LABELS.replace("RATES", "        base_rate: {max_gap: 0.3}"), &files);
    let error = gate(&words, "data.train.fairness.sex.base_rate.max_gap");
    assert_eq!(error["verdict"], "error", "{error:#}");
    let lost = LABELS.replace("RATES", "        base_rate: {max_gap: 0.3}").replace("label: hired", "label: hire");
    let lost = report(&lost, &files);
    let error = gate(&lost, "data.train.fairness.sex.base_rate.max_gap");
    assert!(error["message"].as_str().unwrap().contains("did you mean `hired`?"), "{error:#}");
    let said = |rates: &str| problem(&LABELS.replace("RATES", rates), &files);
    let predictions = said("        selection_rate: {max_gap: 0.1}");
    assert!(predictions.contains("a dataset has labels and no predictions"), "{predictions}");
    let metric = said("        roc_auc: {min: 0.1}");
    assert!(metric.contains("a dataset has labels and no predictions"), "{metric}");
    let growth = said("        base_rate: {max_gap_growth: 1pp}");
    assert!(growth.contains("a dataset's labels are no model"), "{growth}");
    let positive = LABELS.replace("RATES", "        base_rate@yes: {max_gap: 0.1}");
    let positive = problem(&positive.replace("label: hired", "label: hired\n      positive: yes"), &files);
    assert!(positive.contains("a rate names its class behind an `@`"), "{positive}");
    let key =
        problem(&LABELS.replace("RATES", "        base_rate: {}").replace("label: hired", "lable: hired"), &files);
    assert!(key.contains("did you mean `label`?"), "{key}");
}

#[test]
fn a_table_for_the_record_is_shown_whatever_it_says() {
    let place = Workplace::new();
    place.write("mlgate.yml", &config("        selection_rate: {ll144: 0.1}\n        scoring_rate: {ll144: {}}"));
    for format in ["text", "markdown"] {
        let answer = place.run(&["run", "--format", format]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        assert_eq!(answer.stdout.matches("reference").count(), 2, "{}", answer.stdout);
        assert!(!answer.stdout.contains("demanded is"), "{}", answer.stdout);
    }
}

#[test]
fn demands_on_one_rate_share_one_table() {
    let place = Workplace::new();
    let lines = "        selection_rate: {min_ratio: 0.99, four_fifths: {is: 0.99}}";
    place.write("mlgate.yml", &config(lines));
    let text = place.run(&["run"]).stdout;
    assert_eq!(text.matches("reference").count(), 1, "{text}");
    assert!(text.contains("groups: as under m.group.selection_rate.min_ratio"), "{text}");
    assert!(text.contains("mlgate explain selection_rate"), "{text}");
    let page = place.run(&["run", "--format", "markdown"]).stdout;
    assert_eq!(page.matches("reference").count(), 1, "{page}");
    assert!(page.contains("selection_rate: rows predicted positive, over all rows of the group"), "{page}");
}

#[test]
fn numbers_are_explained_by_their_names() {
    let place = Workplace::new();
    let page = place.run(&["explain", "false_positive_rate"]).stdout;
    assert!(page.contains("who are not positive, how many the model takes for it"), "{page}");
    assert!(page.contains("a metric, under `metrics`"), "{page}");
    let odds = place.run(&["explain", "equalized_odds"]).stdout;
    assert!(odds.contains("the worse of true_positive_rate and false_positive_rate"), "{odds}");
    assert!(place.run(&["explain", "selection_rate@approved"]).stdout.contains("how many of the group"));
    let typo = place.run(&["explain", "selektion_rate"]);
    assert_eq!(typo.code, 2);
    assert!(typo.stderr.contains("did you mean `selection_rate`?"), "{}", typo.stderr);
}

#[test]
fn small_cells_are_kept_back_in_every_format() {
    let mut rows = vec!["group,label,prediction".to_owned()];
    rows.extend((0..120).map(|row| format!("{},1,{}", if row % 2 == 0 { "a" } else { "b" }, row % 3 / 2)));
    // Seven persons, of whom five were selected.
    rows.extend((0..7).map(|row| format!("few,1,{}", u8::from(row < 5))));
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
        selection_rate: {max_gap: {is: 0.1, min_n: 10}, min: {is: 0.9, min_n: 10}, four_fifths: {min_n: 10}}
";
    let place = Workplace::new();
    place.write("mlgate.yml", config).write("rows.csv", &rows.join("\n"));
    for format in ["text", "markdown", "json"] {
        let answer = place.run(&["run", "--evidence", "--format", format]);
        assert!(answer.stdout.contains("not shown: it would tell of fewer than 10 rows"), "{}", answer.stdout);
        // 5 of 7.
        assert!(!answer.stdout.contains("71.4") && !answer.stdout.contains("0.7142857"), "{}", answer.stdout);
        // With all others known, those 7 are what is left of all rows; so the next smallest is not told either.
        let telltale = "with it, a group of fewer than 10 rows could be worked out";
        assert!(answer.stdout.contains(telltale), "{}", answer.stdout);
    }
    // What decides is told by the one number.
    let small =
        problem(&config.replace("{is: 0.1, min_n: 10}", "{is: 0.1, min_n: 2}"), &[("rows.csv", &rows.join("\n"))]);
    assert!(small.contains("with `min_n: 2`, groups would decide whose numbers are not told"), "{small}");
    let open = config.replace("version: 1", "version: 1\nmin_cell: 2").replace("min_n: 10", "min_n: 2");
    let open = report(&open, &[("rows.csv", &rows.join("\n"))]);
    let groups = &gate(&open, "models.m.fairness.group.selection_rate.max_gap")["groups"];
    assert_eq!(groups[2]["candidate"]["value"].as_f64().unwrap(), 5.0 / 7.0);
}

#[test]
fn a_small_cell_of_a_crossing_is_kept_back_with_its_neighbours() {
    let mut rows = vec!["sex,town,label,prediction".to_owned()];
    let mut add = |sex: &str, town: &str, count: usize| {
        rows.extend((0..count).map(|row| format!("{sex},{town},{},{}", row % 2, u8::from(row % 3 == 0))));
    };
    for (sex, town, count) in
        [("f", "x", 3), ("m", "x", 41), ("f", "y", 43), ("m", "y", 200), ("f", "z", 90), ("m", "z", 90)]
    {
        add(sex, town, count);
    }
    let config = "\
version: 1
models:
  m:
    predictions: rows.csv
    label: label
    prediction: prediction
    fairness:
      by: [town, sex, [sex, town]]
      rates:
        selection_rate: {max_gap: 0.9}
";
    let report = report(config, &[("rows.csv", &rows.join("\n"))]);
    let crossed = gate(&report, "models.m.fairness.sex+town.selection_rate.max_gap");
    let told: Vec<String> = crossed["groups"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|group| !group["candidate"]["value"].is_null())
        .map(|group| format!("{} {}", group["group"][0].as_str().unwrap(), group["group"][1].as_str().unwrap()))
        .collect();
    // `f x` is small; all of `x` less `m x` would tell it, and all of `f` less the others.
    assert_eq!(told, ["f z", "m y", "m z"], "{crossed:#}");
    for measurement in report["measurements"].as_array().unwrap() {
        let subject = &measurement["subject"];
        if subject["by"] == "sex+town" {
            let is_told = told.contains(&subject["group"].as_str().unwrap().replace(" × ", " "));
            assert_eq!(measurement["value"].is_null(), !is_told, "{measurement:#}");
        }
    }
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
        message.contains("alone it would fail, but of 13 gates on these rows one may by chance (Holm)"),
        "{message}"
    );
}

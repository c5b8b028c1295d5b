//! Groups in a report: visible and suppressed numbers.

use crate::fairness::{config, problem, report};
use crate::support::{Workplace, gate};

/// Returns the config of a model with rows of its own: its rates, and the groups that are compared.
fn selecting(by: &str, rates: &str) -> String {
    format!(
        "\
version: 1
models:
  m:
    predictions: rows.csv
    label: label
    prediction: prediction
    fairness:
      by: {by}
      rates:
        {rates}
"
    )
}

#[test]
fn a_table_for_the_record_is_shown_whatever_it_says() {
    let place = Workplace::new();
    place.write("mlgate.yml", &config("        selection_rate: {ll144: 0.1}\n        scoring_rate: {ll144: {}}"));
    for format in ["text", "markdown"] {
        let answer = place.run(&["run", "--format", format]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        assert_eq!(answer.stdout.matches("reference").count(), 2, "{}", answer.stdout);
        assert!(!answer.stdout.contains("limit: "), "{}", answer.stdout);
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
    assert!(page.contains("<br>`selection_rate`: rows predicted positive, over all rows of the group"), "{page}");
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
    // Seven persons, five of whom are selected.
    rows.extend((0..7).map(|row| format!("few,1,{}", u8::from(row < 5))));
    let rows = rows.join("\n");
    let files = [("rows.csv", rows.as_str())];
    let demands = "{max_gap: {is: 0.1, min_n: 10}, min: {is: 0.9, min_n: 10}, four_fifths: {min_n: 10}}";
    let config = selecting("[group]", &format!("selection_rate: {demands}"));
    let place = Workplace::new();
    place.write("mlgate.yml", &config).write("rows.csv", &rows);
    for format in ["text", "markdown", "json"] {
        let answer = place.run(&["run", "--evidence", "--format", format]);
        assert!(answer.stdout.contains("not shown: it would describe fewer than 10 rows"), "{}", answer.stdout);
        // 5 of 7.
        assert!(!answer.stdout.contains("71.4") && !answer.stdout.contains("0.7142857"), "{}", answer.stdout);
        // If all other groups were shown, all rows less these groups would reveal the 7; so the next smallest is
        // suppressed, too.
        let telltale = "with it, the numbers of fewer than 10 rows could be computed";
        assert!(answer.stdout.contains(telltale), "{}", answer.stdout);
    }
    // The deciding number would reveal the small group.
    let small = problem(&config.replace("{is: 0.1, min_n: 10}", "{is: 0.1, min_n: 2}"), &files);
    assert!(
        small.contains(
            "`min_n: 2` is below `min_cell: 10`, so the verdict could depend on groups whose numbers are hidden"
        ),
        "{small}"
    );
    let open = config.replace("version: 1", "version: 1\nmin_cell: 2").replace("min_n: 10", "min_n: 2");
    let open = report(&open, &files);
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
    let config = selecting("[town, sex, [sex, town]]", "selection_rate: {max_gap: 0.9}");
    let report = report(&config, &[("rows.csv", &rows.join("\n"))]);
    let crossed = gate(&report, "models.m.fairness.sex+town.selection_rate.max_gap");
    let told: Vec<String> = crossed["groups"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|group| !group["candidate"]["value"].is_null())
        .map(|group| format!("{} {}", group["group"][0].as_str().unwrap(), group["group"][1].as_str().unwrap()))
        .collect();
    // `f x` is small; all of `x` less `m x` would reveal it, and so would all of `f` less the others.
    assert_eq!(told, ["f z", "m y", "m z"], "{crossed:#}");
    for measurement in report["measurements"].as_array().unwrap() {
        let subject = &measurement["subject"];
        if subject["by"] == "sex+town" {
            let is_told = told.contains(&subject["group"].as_str().unwrap().replace(" × ", " "));
            assert_eq!(measurement["value"].is_null(), !is_told, "{measurement:#}");
        }
    }
}

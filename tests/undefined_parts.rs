//! A slice or a group whose number is undefined on enough rows is never treated as small.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Workplace, gate};

/// Returns rows of two plants of equal size, of which every third is bad; `score` gives the score of a row of plant
/// `y`.
fn rows(per_plant: usize, score: impl Fn(usize, bool) -> f64) -> String {
    let mut text = "id,bad,s,plant\n".to_owned();
    for row in 0..2 * per_plant {
        let bad = row.is_multiple_of(3);
        let (plant, s) = if row < per_plant { ("x", if bad { 0.8 } else { 0.1 }) } else { ("y", score(row, bad)) };
        writeln!(text, "{row},{},{s},{plant}", u8::from(bad)).unwrap();
    }
    text
}

fn right(_: usize, bad: bool) -> f64 {
    if bad { 0.8 } else { 0.1 }
}

/// Returns a folder with a model on `c.csv` compared with `b.csv`, with these lines below it.
fn place(candidate: &str, baseline: &str, lines: &str) -> Workplace {
    let place = Workplace::new();
    place.write("c.csv", candidate).write("b.csv", baseline).write(
        "mlgate.yml",
        &format!(
            "version: 1\nmodels:\n  m:\n    predictions: c.csv\n    baseline_predictions: b.csv\n    key: id\n    label: bad\n    score: s\n    slices: [plant]\n{lines}"
        ),
    );
    place
}

fn words(gate: &Value) -> (&str, &str) {
    (gate["verdict"].as_str().unwrap(), gate["message"].as_str().unwrap())
}

/// All limits that a metric of slices can have.
const DEMANDS: [&str; 5] = ["min: 0.1", "max: 0.9", "max_drop: 0.5", "min_improvement: 0", "max_improvement: 0.5"];

/// Never passes: a slice of enough rows without a number (exit code 4).
#[test]
fn a_slice_in_which_the_candidate_never_says_yes() {
    let place = place(&rows(240, |_, _| 0.2), &rows(240, right), "    metrics: {accuracy: {min: 0.1}}\n");
    let config = place.read("mlgate.yml");
    for (metric, why) in [
        ("mcc", "one of them never varies"),
        ("precision", "no rows predicted positive"),
        ("cohen_kappa", "one of them never varies"),
    ] {
        for demand in DEMANDS {
            let lines = format!("{metric}: {{slices: {{\"plant=*\": {{{demand}}}}}}}");
            place.write("mlgate.yml", &config.replace("accuracy: {min: 0.1}", &lines));
            let report = place.report();
            let of = &report["gates"][0];
            let (verdict, message) = words(of);
            // A chance-corrected agreement is 0, not undefined, if only the predictions are constant.
            if metric == "cohen_kappa" && verdict != "error" {
                continue;
            }
            assert_eq!((verdict, &report["exit_code"]), ("error", &4.into()), "{lines}: {of:#}");
            assert!(
                message.contains("`plant=y`") && message.contains("undefined") && message.contains(why),
                "{message}"
            );
            // The table of the slices is shown in any case.
            assert_eq!(of["groups"].as_array().unwrap().len(), 2, "{of:#}");
        }
    }
}

#[test]
fn a_slice_without_labels_of_both_classes() {
    // Plant `y` has no bad rows.
    let one_class: String = rows(240, |_, _| 0.2)
        .lines()
        .map(|line| if line.ends_with('y') { line.replacen(",1,", ",0,", 1) } else { line.to_owned() } + "\n")
        .collect();
    let place = place(&one_class, &one_class, "    metrics: {accuracy: {min: 0.1}}\n");
    let config = place.read("mlgate.yml");
    for metric in ["roc_auc", "average_precision", "ks_statistic", "calibration_slope", "mcc", "precision"] {
        for demand in ["min: 0.1", "max_drop: 0.5"] {
            let (demand, metric) = if metric == "calibration_slope" { ("min: 0.1", metric) } else { (demand, metric) };
            let lines = format!("{metric}: {{slices: {{\"plant=*\": {{{demand}}}}}}}");
            place.write("mlgate.yml", &config.replace("accuracy: {min: 0.1}", &lines));
            let report = place.report();
            let (verdict, message) = words(&report["gates"][0]);
            assert_eq!((verdict, &report["exit_code"]), ("error", &4.into()), "{lines}: {message}");
            assert!(message.contains("`plant=y`") && message.contains("undefined"), "{message}");
        }
    }
    // The denominator of a recall is the number of labels: without any it is too small.
    let lines = "recall: {slices: {\"plant=*\": {min: 0.1}}}";
    place.write("mlgate.yml", &config.replace("accuracy: {min: 0.1}", lines));
    let report = place.report();
    let (verdict, message) = words(&report["gates"][0]);
    assert_eq!(verdict, "pass", "{message}");
    assert!(message.contains("fewer than 30 rows: `plant=y`"), "{message}");
}

/// Never passes: a denominator that the candidate made small.
#[test]
fn a_denominator_that_the_candidate_makes_small_does_not_pass() {
    // 80 rows of plant `y` are bad, and the candidate detects 5 of them.
    let few = rows(240, |row, bad| if bad && row < 255 { 0.8 } else { 0.2 });
    let all = rows(240, right);
    let lines = "    metrics: {precision: {slices: {\"plant=*\": {min: 0.1, max_drop: 0.5}}}, f1: {slices: {\"plant=*\": {max_drop: 0.1}}}}\n    \
                 fairness: {by: [plant], rates: {positive_predictive_value: {min: 0.1, max_gap: 0.9, max_gap_growth: 0.9, min_ratio_drop: 0.9}, false_discovery_rate: {max: 0.9}}}\n";
    let report = place(&few, &all, lines).report();
    for id in [
        "metrics.precision.slices.plant=*.min",
        "metrics.precision.slices.plant=*.max_drop",
        "fairness.plant.positive_predictive_value.min",
        "fairness.plant.false_discovery_rate.max",
    ] {
        let (verdict, message) = words(gate(&report, &format!("models.m.{id}")));
        assert_eq!(verdict, "inconclusive", "{id}: {message}");
        assert!(message.contains("the candidate's predictions leave fewer than 30 rows"), "{id}: {message}");
    }
    // A single group cannot be compared.
    for of in ["max_gap", "max_gap_growth", "min_ratio_drop"] {
        let gate = gate(&report, &format!("models.m.fairness.plant.positive_predictive_value.{of}"));
        assert_eq!(gate["verdict"], "error", "{gate:#}");
        assert_eq!(gate["groups"].as_array().unwrap().len(), 2, "{gate:#}");
    }
    // The denominator of an f1 includes the labels, so the slice decides: 5 of 80.
    assert_eq!(gate(&report, "models.m.metrics.f1.slices.plant=*.max_drop")["verdict"], "fail");
    // If neither side has the denominator, the slice is small.
    let report = place(&few, &few, lines).report();
    for id in ["metrics.precision.slices.plant=*.min", "fairness.plant.positive_predictive_value.min"] {
        let (verdict, message) = words(gate(&report, &format!("models.m.{id}")));
        assert_eq!(verdict, "pass", "{id}: {message}");
        assert!(message.contains("`plant=y`") || message.contains("`y`"), "{message}");
    }
    // A fixed limit compares with nothing.
    let alone = "    metrics: {precision: {slices: {\"plant=*\": {min: 0.1}}}}\n";
    let place = place(&few, &all, alone);
    let config = place.read("mlgate.yml").replace("    baseline_predictions: b.csv\n", "");
    place.write("mlgate.yml", &config);
    assert_eq!(place.report()["gates"][0]["verdict"], "pass");
}

/// Never passes: a group of enough rows without a number (exit code 4).
#[test]
fn a_group_in_which_the_candidate_never_says_yes_or_never_no() {
    let all = rows(240, right);
    let never = rows(240, |_, _| 0.2);
    let always = rows(240, |_, _| 0.9);
    let demands =
        "min: 0.1, max: 0.9, max_gap: 0.9, min_ratio: 0.1, max_spread: 0.9, max_gap_growth: 0.9, min_ratio_drop: 0.9";
    for (candidate, rate, why) in [
        (&never, "positive_predictive_value", "no rows predicted positive"),
        (&never, "false_discovery_rate", "no rows predicted positive"),
        (&always, "negative_predictive_value", "no rows predicted negative"),
        (&always, "false_omission_rate", "no rows predicted negative"),
        (&never, "mcc", "one of them never varies"),
    ] {
        let demands = if rate == "mcc" {
            "min: 0.1, max: 0.9, max_gap: 0.9, max_spread: 0.9, max_gap_growth: 0.9"
        } else {
            demands
        };
        let lines = format!(
            "    metrics: {{accuracy: {{min: 0.1}}}}\n    fairness: {{by: [plant], rates: {{{rate}: {{{demands}}}}}}}\n"
        );
        let report = place(candidate, &all, &lines).report();
        for of in report["gates"].as_array().unwrap().iter().filter(|gate| gate["family"] == "fairness") {
            let (verdict, message) = words(of);
            assert_eq!(verdict, "error", "{of:#}");
            assert!(message.contains("`plant=y`: ") && message.contains(why), "{message}");
            assert_eq!(of["groups"].as_array().unwrap().len(), 2, "{of:#}");
            assert!(of["groups"][1]["left_out"].as_str().unwrap().contains(why), "{of:#}");
        }
        assert_eq!(report["exit_code"], 4);
        // The reverse: the baseline's number is undefined, and the candidate's satisfies its limits.
        let report = place(&all, candidate, &lines).report();
        let of = |check: &str| gate(&report, &format!("models.m.fairness.plant.{rate}.{check}"));
        let (verdict, message) = words(of("max_gap_growth"));
        assert_eq!(verdict, "error", "{message}");
        assert!(message.contains("of the baseline is undefined") && message.contains(why), "{message}");
        assert_ne!(of("max_gap")["verdict"], "error");
    }
    // A rate of labels is small in a group that lacks these labels.
    let no_bad: String = all
        .lines()
        .map(|line| if line.ends_with('y') { line.replacen(",1,", ",0,", 1) } else { line.to_owned() } + "\n")
        .collect();
    let lines =
        "    metrics: {accuracy: {min: 0.1}}\n    fairness: {by: [plant], rates: {true_positive_rate: {min: 0.1}}}\n";
    let report = place(&no_bad, &no_bad, lines).report();
    let (verdict, message) = words(gate(&report, "models.m.fairness.plant.true_positive_rate.min"));
    assert_eq!(verdict, "pass", "{message}");
    assert!(message.contains("undefined in `plant=y`"), "{message}");
}

#[test]
fn beside_a_stored_baseline_and_beside_none() {
    let lines = "    metrics: {mcc: {slices: {\"plant=*\": {min: 0.5}}}, precision: {slices: {\"plant=*\": {min: 0.5, max_drop: 0.1}}}}\n    \
                 fairness: {by: [plant], rates: {positive_predictive_value: {min: 0.1, max_gap_growth: 0.9}, mcc: {max_gap_growth: 0.9}}}\n";
    let place = place(&rows(240, right), "", lines);
    let config = place.read("mlgate.yml").replace("    baseline_predictions: b.csv\n", "");
    place.write("mlgate.yml", &config.replace("version: 1\n", "version: 1\nbaseline: base.json\n"));
    let blessed = place.run(&["bless"]);
    assert_eq!(blessed.code, 0, "{}{}", blessed.stdout, blessed.stderr);
    let run = |candidate: &str| {
        place.write("c.csv", candidate);
        place.report()
    };
    let verdicts = |report: &Value| -> Vec<(String, String)> {
        let gates = report["gates"].as_array().unwrap().iter();
        gates
            .map(|gate| (gate["verdict"].as_str().unwrap().to_owned(), gate["message"].as_str().unwrap().to_owned()))
            .collect()
    };
    assert!(verdicts(&run(&rows(240, right))).iter().all(|(verdict, _)| verdict != "error"));
    let never = run(&rows(240, |_, _| 0.2));
    for (verdict, message) in verdicts(&never) {
        assert_eq!(verdict, "error", "{message}");
        assert!(
            message.contains("undefined") && (message.contains("`plant=y`") || message.contains("`y`")),
            "{message}"
        );
    }
    let few = run(&rows(240, |row, bad| if bad && row < 255 { 0.8 } else { 0.2 }));
    for id in [
        "metrics.precision.slices.plant=*.min",
        "metrics.precision.slices.plant=*.max_drop",
        "fairness.plant.positive_predictive_value.min",
    ] {
        let (verdict, message) = words(gate(&few, &format!("models.m.{id}")));
        assert_eq!(verdict, "inconclusive", "{id}: {message}");
    }
    // An undefined slice in the baseline cannot be compared with.
    place
        .write("c.csv", &rows(240, |_, _| 0.2))
        .write("mlgate.yml", &config.replace("version: 1\n", "version: 1\nbaseline: other.json\n"));
    let blessed = place.run(&["bless", "--reason", "a test", "--despite", "*"]);
    if blessed.code == 0 {
        let (verdict, message) = {
            let report = run(&rows(240, right));
            let gate = gate(&report, "models.m.metrics.precision.slices.plant=*.max_drop");
            (gate["verdict"].clone(), gate["message"].as_str().unwrap().to_owned())
        };
        assert_eq!(verdict, "error", "{message}");
        assert!(message.contains("of the baseline is undefined"), "{message}");
    }
    // There is no baseline at all.
    place.write("c.csv", &rows(240, |_, _| 0.2));
    place.write(
        "mlgate.yml",
        &config
            .replace(", max_drop: 0.1", "")
            .replace(", max_gap_growth: 0.9", "")
            .replace(", mcc: {max_gap_growth: 0.9}", ""),
    );
    for (verdict, message) in verdicts(&place.report()) {
        assert_eq!(verdict, "error", "{message}");
    }
}

/// Never passes: a slice or group that is a single cluster (exit code 4).
#[test]
fn a_single_cluster_has_no_spread_and_is_not_small() {
    let mut text = "y,p,v,w,region,site\n".to_owned();
    for row in 0..500 {
        let (region, site) = if row < 300 { ("e", row % 20) } else { ("w", 99) };
        let p = if row < 300 { row % 2 } else { 1 - row % 2 };
        writeln!(text, "{},{p},{},{},{region},{site}", row % 2, row % 7, row % 5).unwrap();
    }
    let place = Workplace::new();
    place.write("k.csv", &text).write(
        "mlgate.yml",
        "version: 1
models:
  m:
    {predictions: k.csv, label: y, prediction: p, cluster: site, slices: [region],
     metrics: {accuracy: {slices: {\"region=*\": {min: 0.7}}}, mcc: {slices: {\"region=*\": {min: 0.7}}}, recall: {slices: {\"region=*\": {min: 0.7}}}},
     fairness: {by: [region], rates: {accuracy: {min: 0.7}, selection_rate: {max_gap: 0.9}}}}
  numbers:
    {predictions: k.csv, task: regression, label: v, prediction: w, cluster: site, slices: [region],
     metrics: {mae: {slices: {\"region=*\": {max: 9}}}, rmse: {slices: {\"region=*\": {max: 9}}}, median_absolute_error: {slices: {\"region=*\": {max: 9}}}},
     fairness: {by: [region], rates: {mae: {max: 9}, rmse: {max_gap: 9}}}}
",
    );
    let report = place.report();
    let gates = report["gates"].as_array().unwrap();
    assert_eq!(gates.len(), 10);
    for of in gates {
        let (verdict, message) = words(of);
        assert_eq!(verdict, "error", "{of:#}");
        assert!(
            message.starts_with("`region=w` is a single cluster, so its variance is unknown")
                || message.starts_with("`region=w` is a single cluster, so its variance is unknown"),
            "{message}"
        );
    }
}

#[test]
fn a_percentage_of_a_label_of_zero_says_so_in_slices_and_groups() {
    let mut text = "id,y,p,g\n".to_owned();
    for row in 0..200 {
        let y = if row == 150 { 0 } else { 10 + row % 7 };
        writeln!(text, "{row},{y},{},{}", 11 + row % 5, if row < 100 { "a" } else { "b" }).unwrap();
    }
    let place = Workplace::new();
    place.write("n.csv", &text).write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m:\n    {predictions: n.csv, task: regression, label: y, prediction: p, slices: [g],\n     metrics: {mape: {slices: {\"g=*\": {max: 9}}}},\n     fairness: {by: [g], rates: {mape: {max: 9, max_gap: 9}}}}\n",
    );
    let report = place.report();
    for of in report["gates"].as_array().unwrap() {
        let (verdict, message) = words(of);
        assert_eq!(verdict, "error", "{of:#}");
        assert!(message.contains("b`: ") && message.contains("a label is 0"), "{message}");
    }
    // In a few rows, this is one more reason to leave the slice out.
    let few: String = text
        .lines()
        .filter(|line| !line.ends_with('b') || line.starts_with("15"))
        .map(|line| format!("{line}\n"))
        .collect();
    place.write("n.csv", &few);
    let report = place.report();
    assert_eq!(words(gate(&report, "models.m.metrics.mape.slices.g=*.max")).0, "pass");
    assert_eq!(words(gate(&report, "models.m.fairness.g.mape.max")).0, "pass");
}

#[test]
fn a_failing_slice_does_not_hide_an_undefined_one() {
    // Plant `x` is wrong in every row, and plant `y` never predicts the class.
    let candidate = rows(240, |_, _| 0.2).replace(",0.8,x", ",0.3,x");
    let lines = "    metrics: {precision: {slices: {\"plant=*\": {min: {is: 0.9, severity: warning}}}}}\n";
    let of_x = candidate.replace(",0,0.1,x", ",0,0.9,x");
    let report = place(&of_x, &rows(240, right), lines).report();
    let (verdict, message) = words(&report["gates"][0]);
    assert_eq!((verdict, &report["exit_code"]), ("error", &4.into()));
    assert!(
        message.contains("`plant=y`") && message.contains("precision fails in 1 of 1 slice: `plant=x`"),
        "{message}"
    );
}

#[test]
fn rankings_and_several_classes() {
    let mut ranked = "q,rel,s,g\n".to_owned();
    for row in 0..800 {
        let g = if row < 400 { "a" } else { "b" };
        writeln!(ranked, "{},{},{},{g}", row / 10, u8::from(row < 400 && row % 10 == 0), (row * 7) % 11).unwrap();
    }
    let mut classes = "y,p,g\n".to_owned();
    for row in 0..600 {
        let (y, g) = (["r", "s", "t"][row % 3], if row < 300 { "a" } else { "b" });
        let p = if g == "b" && y == "t" { "s" } else { y };
        writeln!(classes, "{y},{p},{g}").unwrap();
    }
    let mut several = "a,b,pa,pb,g\n".to_owned();
    for row in 0..400 {
        let (a, b, g) = if row < 200 { (row % 2, row / 2 % 2, "a") } else { (0, 0, "b") };
        writeln!(several, "{a},{b},{a},{b},{g}").unwrap();
    }
    let mut numbers = "y,p,g\n".to_owned();
    for row in 0..400 {
        let (y, g) = if row < 200 { (row % 9, "a") } else { (4, "b") };
        writeln!(numbers, "{y},{},{g}", y + row % 2).unwrap();
    }
    let place = Workplace::new();
    place.write("r.csv", &ranked).write("c.csv", &classes).write("n.csv", &numbers).write("s.csv", &several).write(
        "mlgate.yml",
        "version: 1
models:
  s: {predictions: s.csv, task: multilabel, label: [a, b], prediction: [pa, pb], slices: [g], metrics: {f1_macro: {slices: {\"g=*\": {min: 0.1}}}, precision_micro: {slices: {\"g=*\": {min: 0.1}}}}, fairness: {by: [g], rates: {f1_macro: {min: 0.1}}}}
  r: {predictions: r.csv, task: ranking, label: rel, score: s, query: q, slices: [g], metrics: {ndcg@10: {slices: {\"g=*\": {min: 0.01}}}, mrr: {slices: {\"g=*\": {min: 0.01}}}}, fairness: {by: [g], rates: {ndcg@10: {min: 0.01}}}}
  c: {predictions: c.csv, task: multiclass, label: y, prediction: p, slices: [g], metrics: {precision_macro: {slices: {\"g=*\": {min: 0.1}}}, precision_weighted: {slices: {\"g=*\": {min: 0.1}}}}, fairness: {by: [g], rates: {precision_macro: {max_gap: 0.9}}}}
  n: {predictions: n.csv, task: regression, label: y, prediction: p, slices: [g], metrics: {r2: {slices: {\"g=*\": {min: -9}}}, explained_variance: {slices: {\"g=*\": {min: -9}}}}, fairness: {by: [g], rates: {r2: {min: -9}}}}
",
    );
    let report = place.report();
    for of in report["gates"].as_array().unwrap() {
        let (verdict, message) = words(of);
        assert_eq!(verdict, "error", "{of:#}");
        assert!(message.contains("b`: ") && message.contains("undefined: "), "{message}");
    }
}

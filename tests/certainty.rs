//! Rows that look more certain than they are: few identical rows, clusters that contain little more information than
//! one row, two groups that were picked by the sign of their difference.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Workplace, gate};

fn rows(header: &str, count: usize, row: impl Fn(usize) -> String) -> String {
    format!("{header}\n") + &(0..count).map(row).collect::<String>()
}

fn end(gate: &Value, side: &str, end: usize) -> f64 {
    gate[side]["interval"][end].as_f64().unwrap_or_else(|| panic!("{gate:#}"))
}

const ALIKE: &str = "\
version: 1
models:
  plain: {predictions: t.csv, label: y, prediction: p, metrics: {accuracy: {min: 0.95}}}
  clustered: {predictions: t.csv, label: y, prediction: p, cluster: u, metrics: {accuracy: {min: 0.95}}}
  weighted: {predictions: t.csv, label: y, prediction: p, weight: w, metrics: {accuracy: {min: 0.95}, f1: {min: 0.97}}}
  ranked: {task: ranking, predictions: r.csv, label: rel, score: s, query: q, metrics: {hit_rate@1: {min: 0.95}, mrr: {min: 0.95}, ndcg@5: {min: 0.95}}}
  errors: {task: regression, predictions: c.csv, label: y, prediction: p, metrics: {mae: {max: 0.52}, medae: {max: 0.52}, rmse: {max: 0.52}, mape: {max: 0.07}, mean_bias_error: {max: 0.52}}}
  change: {task: regression, predictions: c.csv, baseline_predictions: b.csv, key: id, label: y, prediction: p, metrics: {mse: {min_improvement: 0.7}, rmse: {min_improvement: 0.49}, wape: {min_improvement: 0.05}, medae: {min_improvement: 0.49}}}
  apart: {task: regression, predictions: c.csv, baseline_predictions: b.csv, pairing: none, label: y, prediction: p, metrics: {mse: {min_improvement: 0.7}, mae: {min_improvement: 0.49}}}
  scores: {predictions: k.csv, label: y, score: s, cluster: u, metrics: {log_loss: {max: 0.17}, ks_statistic: {min: 0.95}, roc_auc: {min: 0.95}}}
";

fn alike(config: &str) -> Workplace {
    let place = Workplace::new();
    place
        .write("t.csv", &rows("u,w,y,p", 16, |row| format!("u{row},{},1,1\n", 1 + row % 2)))
        .write("r.csv", &rows("q,d,rel,s", 2, |row| format!("q{row},a,1,2\nq{row},b,0,1\n")))
        .write("c.csv", &rows("id,y,p", 3, |row| format!("{row},8,8.5\n")))
        .write("b.csv", &rows("id,y,p", 3, |row| format!("{row},8,9\n")))
        .write(
            "k.csv",
            &rows("y,s,u", 8, |row| format!("{},{},{row}\n", row % 2, if row % 2 == 1 { 0.85 } else { 0.15 })),
        )
        .write("mlgate.yml", config);
    place
}

/// Never passes: few rows that are all alike, for every kind of interval: inconclusive.
#[test]
fn few_rows_that_are_all_alike_decide_nothing() {
    let report = alike(ALIKE).report();
    assert_eq!(report["exit_code"], 0);
    for gate in report["gates"].as_array().unwrap() {
        assert_eq!(gate["verdict"], "inconclusive", "{gate:#}");
    }
    let interval = |id: &str, side: &str| [end(gate(&report, id), side, 0), end(gate(&report, id), side, 1)];
    let near = |id: &str, side: &str, expected: [f64; 2]| {
        let found = interval(id, side);
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-3), "{id}: {found:?}");
    };
    // Wilson's interval of 16 of 16, and of 2 of 2.
    near("models.plain.metrics.accuracy.min", "candidate", [0.8064, 1.0]);
    near("models.ranked.metrics.hit_rate@1.min", "candidate", [0.3424, 1.0]);
    // One row that does not differ as much is assumed: 0.75 ± t(2) · 0.75 / 2.
    near("models.change.metrics.mse.min_improvement", "change", [-2.3635, 0.8635]);
    near("models.errors.metrics.mean_bias_error.max", "candidate", [-0.5757, 1.5757]);
    // Fewer rows give a wider interval.
    assert!(interval("models.weighted.metrics.accuracy.min", "candidate")[0] < 0.8064);
    assert!(interval("models.clustered.metrics.accuracy.min", "candidate")[0] <= 0.8064);
}

#[test]
fn a_limit_that_is_far_off_is_decided_by_few_rows() {
    let far = ALIKE.replace("min: 0.95", "min: 0.2").replace("min: 0.97", "min: 0.2").replace("max: 0.17", "max: 2");
    let report = alike(&far).report();
    for id in [
        "models.plain.metrics.accuracy.min",
        "models.clustered.metrics.accuracy.min",
        "models.weighted.metrics.accuracy.min",
        "models.weighted.metrics.f1.min",
        "models.ranked.metrics.hit_rate@1.min",
        "models.scores.metrics.log_loss.max",
    ] {
        assert_eq!(gate(&report, id)["verdict"], "pass", "{id}");
    }
}

#[test]
fn shares_end_where_their_range_does() {
    let place = Workplace::new();
    let miss = |row: usize| if row == 0 { (1, 2) } else { (2, 1) };
    let queries = rows("q,d,rel,s", 20, |row| {
        let (mine, other) = miss(row);
        format!("q{row},a,1,{mine}\nq{row},b,0,{other}\n")
    });
    place.write("r.csv", &queries).write(
        "mlgate.yml",
        "version: 1\nmodels:\n  r: {task: ranking, predictions: r.csv, label: rel, score: s, query: q, metrics: {hit_rate@1: {min: 0.5}}}\n",
    );
    let report = place.report();
    let found = gate(&report, "models.r.metrics.hit_rate@1.min");
    // Wilson's interval of 19 of 20 begins at 0.764; the end towards 1, where a single query is, is exact.
    assert!((end(found, "candidate", 0) - 0.7639).abs() < 1e-3, "{found:#}");
    assert!(end(found, "candidate", 1) < 1.0 && end(found, "candidate", 1) > 0.99, "{found:#}");
}

#[test]
fn many_rows_that_are_all_right_pass_with_clusters_or_without() {
    let place = Workplace::new();
    place.write(
        "t.csv",
        &rows("u,v,w,y,p", 400, |row| format!("{row},{},{},{},{}\n", row / 4, 1 + row % 2, row % 2, row % 2)),
    );
    let mut config = "version: 1\nmodels:\n".to_owned();
    for (name, more) in [
        ("a", ""),
        ("b", ", cluster: u"),
        ("c", ", cluster: v"),
        ("d", ", weight: w"),
        ("e", ", cluster: v, weight: w"),
    ] {
        let _ = writeln!(
            config,
            "  {name}: {{predictions: t.csv, label: y, prediction: p{more}, metrics: {{accuracy: {{min: 0.95}}, balanced_accuracy: {{min: 0.9}}, f1: {{min: 0.9}}}}}}"
        );
    }
    place.write("mlgate.yml", &config);
    let answer = place.run(&["run"]);
    assert!(answer.code == 0 && answer.stdout.contains("all 15 gates passed"), "{}", answer.stdout);
}

/// 40 clusters that differ in difficulty, and whose rows hardly change: the variance of the change is not that of the
/// sides.
#[test]
fn clusters_that_hardly_change_show_so() {
    let place = Workplace::new();
    let side = |breaks: &dyn Fn(usize, usize) -> bool| {
        rows("id,g,y,p", 40 * 50, |row| {
            let (cluster, place) = (row / 50, row % 50);
            let is_right = place * 40 < 50 * (20 + cluster / 2) && !breaks(cluster, place);
            format!("{row},{cluster},1,{}\n", u8::from(is_right))
        })
    };
    place.write("b.csv", &side(&|_, _| false)).write("c.csv", &side(&|cluster, place| cluster % 10 == 0 && place == 0)).write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {predictions: c.csv, baseline_predictions: b.csv, key: id, label: y, prediction: p, cluster: g, metrics: {accuracy: {max_drop: 0.01}, f1: {max_drop: 0.02}}}\n",
    );
    let report = place.report();
    let found = gate(&report, "models.m.metrics.accuracy.max_drop");
    assert_eq!(found["verdict"], "pass", "{found:#}");
    assert_eq!(found["change"]["method"], "t of the clusters' differences");
    // In 4 of 40 clusters, one of 50 rows changed for the worse.
    assert!(end(found, "change", 0) > -0.01 && end(found, "change", 0) < -0.003, "{found:#}");
}

/// Two groups whose rates differ by 2.1 standard errors: either sign would be as surprising.
#[test]
fn the_sign_of_the_gap_between_two_groups_was_picked() {
    let place = Workplace::new();
    let selected =
        |group: usize, most: usize| (0..200).map(move |row| format!("{group},{},{}\n", row % 2, u8::from(row < most)));
    let data =
        |most: [usize; 2]| "g,y,p\n".to_owned() + &selected(0, most[0]).chain(selected(1, most[1])).collect::<String>();
    let config = |demand: &str| {
        format!(
            "version: 1\nmodels:\n  m: {{predictions: p.csv, label: y, prediction: p, fairness: {{by: [g], rates: {{{demand}}}}}}}\n"
        )
    };
    let gates = [
        "selection_rate: {max_gap: 0}",
        "selection_rate: {min_ratio: 1}",
        "selection_rate: {max_gap: {is: 0, reference: rest}}",
        "selection_rate: {max_gap: {is: 0, reference: [\"0\"]}}",
        "accuracy: {max_gap: 0}",
    ];
    for demand in gates {
        place.write("mlgate.yml", &config(demand));
        let verdict = |place: &Workplace| place.report()["gates"][0]["verdict"].as_str().unwrap().to_owned();
        if demand.starts_with("selection_rate") {
            place.write("p.csv", &data([100, 79]));
            assert_eq!(verdict(&place), "inconclusive", "{demand}");
            place.write("p.csv", &data([100, 70]));
            assert_eq!(verdict(&place), "fail", "{demand}");
        } else {
            place.write("p.csv", &data([100, 70]));
            assert_ne!(verdict(&place), "error", "{demand}");
        }
    }
}

/// A model that gives every row the same score ranks nothing: its area is 0.5 and is certain to be far from a good one.
#[test]
fn scores_that_are_all_equal_fail_an_area() {
    let place = Workplace::new();
    place
        .write("p.csv", &rows("y,s,w,u", 400, |row| format!("{},0.5,{},{}\n", row % 2, 1 + row % 3, row / 2)))
        .write("few.csv", &rows("y,s,w,u", 8, |row| format!("{},0.5,1,{row}\n", row % 2)));
    for (file, verdict) in [("p.csv", "fail"), ("few.csv", "inconclusive")] {
        for extra in ["", "weight: w, ", "cluster: u, "] {
            place.write(
                "mlgate.yml",
                &format!(
                    "version: 1\nmodels: {{m: {{predictions: {file}, label: y, score: s, {extra}metrics: {{roc_auc: {{min: 0.8}}}}}}}}\n"
                ),
            );
            let report = place.report();
            let gate = gate(&report, "models.m.metrics.roc_auc.min");
            assert_eq!(gate["verdict"], verdict, "{file} {extra}{gate:#}");
            assert!(end(gate, "candidate", 0) < 0.5 && end(gate, "candidate", 1) > 0.5, "{gate:#}");
        }
    }
}

//! Two baselines: one that moves with the main branch, and a frozen one.

use serde_json::Value;

use crate::support::{Workplace, gate};

const CONFIG: &str = r#"version: 1
baseline: .mlgate/baseline.json
reference: release.json
data:
  goods:
    path: goods.csv
    rows: {is: ">= baseline - 20%", since_reference: ">= baseline - 30%"}
    columns:
      price: {nulls: 0}
models:
  m:
    metrics_file: metrics.json
    metrics: {auc: {direction: higher, min: 0.5, max_drop: {is: 0.01, since_reference: 0.02}}}
"#;

fn measured(place: &Workplace, auc: &str, rows: usize) {
    let rows: String = (0..rows).map(|row| format!("{row},{row}\n")).collect();
    place.write("metrics.json", &format!("{{\"auc\": {auc}}}")).write("goods.csv", &format!("id,price\n{rows}"));
}

/// Returns a release with accuracy 0.91, after which the main branch moved on.
fn place() -> Workplace {
    let place = Workplace::new();
    place.write("mlgate.yml", CONFIG);
    measured(&place, "0.91", 100);
    let first = place.run(&["bless", "--baseline", "release.json"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert_eq!(place.run(&["bless"]).code, 0);
    place
}

#[test]
fn small_losses_do_not_walk_downhill() {
    let place = place();
    for auc in ["0.902", "0.895"] {
        measured(&place, auc, 95);
        let answer = place.run(&["bless"]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
    }
    measured(&place, "0.888", 95);
    let answer = place.run(&["run", "--format", "json"]);
    let report: Value = serde_json::from_str(&answer.stdout).unwrap();
    let since = |id: &str| gate(&report, id).clone();
    let (moving, frozen) =
        (since("models.m.metrics.auc.max_drop"), since("models.m.metrics.auc.max_drop.since_reference"));
    assert_eq!((&moving["verdict"], &moving["baseline"]["value"]), (&"pass".into(), &0.895.into()));
    assert_eq!((&frozen["verdict"], &frozen["baseline"]["value"]), (&"fail".into(), &0.91.into()), "{frozen:#}");
    assert_eq!(since("data.goods.rows.since_reference")["verdict"], "pass");
    assert_eq!(report["gates"].as_array().unwrap().len(), 6, "limits alone are not asked twice: {report:#}");
    assert_eq!(report["provenance"]["reference"]["files"][0]["path"], "release.json");
    assert_eq!(answer.code, 1);
    assert_eq!(place.run(&["bless"]).code, 1, "nor is it blessed");
    let text = place.run(&["run"]).stdout;
    insta::assert_snapshot!(text);
    assert_eq!(place.run(&["run", "--only", "**.since_reference"]).code, 1);
    assert_eq!(place.run(&["run", "--only", "**.max_drop"]).code, 0);
}

#[test]
fn a_reference_that_is_lost_never_passes() {
    let place = place();
    std::fs::remove_file(place.path().join("release.json")).unwrap();
    let answer = place.run(&[]);
    assert_eq!(answer.code, 4, "{}{}", answer.stdout, answer.stderr);
    let said = answer.stdout + &answer.stderr;
    assert!(said.contains("release.json"), "{said}");
}

#[test]
fn what_compares_with_nothing_has_no_reference() {
    let place = place();
    place.write(
        "mlgate.yml",
        &CONFIG.replace("price: {nulls: 0}", "price: {range: {is: [0, 500], since_reference: [0, 600]}}"),
    );
    let answer = place.run(&[]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("`range` compares with a fixed limit only"), "{}", answer.stderr);
}

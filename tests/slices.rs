//! Metrics in slices of the rows.

use serde_json::Value;

use crate::support::{Workplace, fixtures, gate};

const CONFIG: &str = "\
version: 1
models:
  m:
    predictions: FOLDER/bad/predictions.parquet
    baseline_predictions: FOLDER/main/predictions.parquet
    key: id
    label: label
    score: score
    prediction: prediction
    slices: [sex, [sex, region], {surely_approved: \"score > 0.9\"}, {score: {bins: 4}}]
    metrics:
METRICS
";

fn report(metrics: &str) -> (Value, i32) {
    let place = Workplace::new();
    let folder = fixtures().join("loans").display().to_string();
    place.write("mlgate.yml", &CONFIG.replace("FOLDER", &folder).replace("METRICS", metrics));
    let answer = place.run(&["run", "--format", "json"]);
    let report = serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}", answer.stderr));
    (report, answer.code)
}

#[test]
fn every_slice_is_held_to_the_same_demand() {
    let (report, _) = report("      accuracy: {max_drop: 1%, slices: all}");
    let ids: Vec<&str> = report["gates"].as_array().unwrap().iter().map(|gate| gate["id"].as_str().unwrap()).collect();
    assert_eq!(
        ids,
        [
            "models.m.metrics.accuracy.max_drop",
            "models.m.metrics.accuracy.slices.sex.max_drop",
            "models.m.metrics.accuracy.slices.sex,region.max_drop",
            "models.m.metrics.accuracy.slices.surely_approved.max_drop",
            "models.m.metrics.accuracy.slices.score.max_drop",
        ]
    );
    let by_sex = gate(&report, "models.m.metrics.accuracy.slices.sex.max_drop");
    assert_eq!(by_sex["verdict"], "fail", "{by_sex:#}");
    assert_eq!(by_sex["groups"].as_array().unwrap().len(), 2);
    // The unknown region is a slice, and the islands are too small to decide.
    let crossed = gate(&report, "models.m.metrics.accuracy.slices.sex,region.max_drop");
    let groups: Vec<&str> =
        crossed["groups"].as_array().unwrap().iter().map(|group| group["group"][0].as_str().unwrap()).collect();
    assert!(groups.contains(&"sex=female,region=(missing)"), "{groups:?}");
    assert!(
        crossed["message"].as_str().unwrap().contains("fewer than 30 rows: `sex=female,region=islands`"),
        "{crossed:#}"
    );
}

#[test]
fn the_numbers_are_those_of_the_rows_by_themselves() {
    let (report, _) = report(
        "      accuracy: {slices: {\"sex=female\": {min: 0.1}}}\n    fairness: {by: [sex], rates: {selection_rate: {}}}",
    );
    let of_slice = gate(&report, "models.m.metrics.accuracy.slices.sex=female.min");
    let place = Workplace::new();
    let path = fixtures().join("loans/bad/predictions.parquet").display().to_string();
    place.write(
        "mlgate.yml",
        &format!("version: 1\ndata:\n  d: {{path: {path}, numbers: {{right: {{sql: \"SELECT avg(CASE WHEN label = prediction THEN 1.0 ELSE 0.0 END) FROM d WHERE sex = 'female'\", is: \">= 0\"}}}}}}\n"),
    );
    let wanted = gate(&place.report(), "data.d.numbers.right")["candidate"]["value"].as_f64().unwrap();
    let found = of_slice["candidate"]["value"].as_f64().unwrap();
    assert!((found - wanted).abs() < 1e-12, "{found} is not {wanted}");
}

#[test]
fn a_slice_may_have_demands_of_its_own() {
    let (report, _) = report("      accuracy: {slices: {\"*\": {min: 0.99}, \"sex=female\": {min: 0.1}}}");
    let own = gate(&report, "models.m.metrics.accuracy.slices.sex=female.min");
    assert_eq!(own["verdict"], "pass");
    let others = gate(&report, "models.m.metrics.accuracy.slices.sex.min");
    assert_eq!(others["groups"].as_array().unwrap().len(), 1, "{others:#}");
    assert_eq!(others["verdict"], "fail");
}

#[test]
fn a_slice_that_is_not_there_never_passes() {
    let (report, code) = report("      accuracy: {slices: {\"sex=femail\": {min: 0.1}}}");
    let lost = gate(&report, "models.m.metrics.accuracy.slices.sex=femail.min");
    assert_eq!((lost["verdict"].as_str(), code), (Some("error"), 4));
    assert_eq!(lost["message"], "there is no slice `sex=femail`; the slices are `sex=female`, `sex=male`");
    let small = self::report("      accuracy: {slices: {\"sex\": {min: {is: 0.1, min_n: 100000}}}}").0;
    let message = small["gates"][0]["message"].as_str().unwrap();
    assert_eq!(message, "no slice has 100,000 rows in the denominator of accuracy", "and none of them decides");
}

#[test]
fn slices_that_no_definition_makes_are_a_mistake_of_the_config() {
    let place = Workplace::new();
    let folder = fixtures().join("loans").display().to_string();
    place.write(
        "mlgate.yml",
        &CONFIG.replace("FOLDER", &folder).replace("METRICS", "      accuracy: {slices: {\"sexx=f\": {min: 0.1}}}"),
    );
    let answer = place.run(&[]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("the model has no slices by `sexx`"), "{}", answer.stderr);
    assert!(answer.stderr.contains("did you mean `sex`?"), "{}", answer.stderr);
}

#[test]
fn slices_without_a_demand_are_reported_without_a_verdict() {
    let (report, code) =
        report("      accuracy: {max_drop: 50%}\n      roc_auc: {slices: all}\n      f1: {slices: {\"sex=*\": {}}}");
    assert_eq!((code, report["gates"].as_array().unwrap().len()), (0, 1));
    let explored = report["explored"].as_array().unwrap();
    assert_eq!(explored.iter().map(|table| table["metric"].as_str().unwrap()).collect::<Vec<_>>(), ["roc_auc", "f1"]);
    let slices = explored[0]["slices"].as_array().unwrap();
    let change = |slice: &Value| slice["change"]["value"].as_f64();
    assert!(
        slices.windows(2).all(|pair| change(&pair[1]).is_none() || change(&pair[0]) <= change(&pair[1])),
        "{slices:#?}"
    );
    let by_name = |name: &str| slices.iter().find(|slice| slice["slice"] == name).unwrap();
    assert!(by_name("sex=female")["adjusted_p"].as_f64().unwrap() < 0.001, "{:#}", by_name("sex=female"));
    assert!(by_name("sex=male,region=islands")["adjusted_p"].is_null(), "so few rows have no p-value");
    assert!(slices.iter().any(|slice| slice["slice"] == "surely_approved"));
    assert_eq!(explored[1]["slices"].as_array().unwrap().len(), 2, "f1 was asked of two slices alone");
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    assert!(jsonschema::is_valid(&schema, &report));
}

#[test]
fn a_lost_column_of_slices_without_a_demand_is_said() {
    let place = Workplace::new();
    let folder = fixtures().join("loans").display().to_string();
    let config = CONFIG.replace("FOLDER", &folder).replace("[sex, [", "[sexx, [");
    place.write("mlgate.yml", &config.replace("METRICS", "      accuracy: {min: 0.1}\n      f1: {slices: all}"));
    let report = place.report();
    assert_eq!(report["gates"][0]["verdict"], "pass");
    let lost = report["explored"][0]["lost"][0].as_str().unwrap();
    assert!(lost.contains("has no column `sexx`; did you mean `sex`?"), "{lost}");
    let text = place.run(&["run"]).stdout;
    assert!(text.contains("slices without a limit") && text.contains("not looked at: "), "{text}");
}

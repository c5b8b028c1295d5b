//! Labels, columns and files that would be compared with themselves are refused.

use crate::class_values::{complaint, verdict};
use crate::support::Workplace;

fn place() -> Workplace {
    let place = Workplace::new();
    let rows: String = (0..120)
        .map(|row| format!("{row},{0},0.{1},0.{2},q{3}\n", row % 2, 2 + row % 2 * 6, 3 + row % 2 * 4, row / 4))
        .collect();
    place.write("p.csv", &format!("id,y,s,t,q\n{rows}")).write("x/p.csv", "id\n1\n");
    place.write("n1.json", r#"{"accuracy": 0.9}"#);
    place
}

/// Never passes: a label that is its own prediction (exit code 2).
#[test]
fn a_label_is_no_prediction_of_itself() {
    let place = place();
    for model in [
        "predictions: p.csv, label: y, prediction: y, metrics: {accuracy: {min: 0.9}}",
        "predictions: p.csv, label: y, score: y, metrics: {roc_auc: {min: 0.9}}",
        "task: multiclass, predictions: p.csv, label: y, score: {0: s, 1: y}, metrics: {accuracy: {min: 0.9}}",
        "task: multilabel, predictions: p.csv, label: [y, q], prediction: [s, y], metrics: {f1_macro: {min: 0.9}}",
        "task: regression, predictions: p.csv, label: y, prediction: y, metrics: {mae: {max: 1}}",
        "task: ranking, predictions: p.csv, label: y, score: y, query: q, metrics: {mrr: {min: 0.9}}",
        "predictions: p.csv, label: y, score: s, baseline: {score: y}, metrics: {roc_auc: {max_drop: 0.1}}",
    ] {
        let said = complaint(&place, model);
        assert!(said.contains("`y` is the label, so it cannot be the "), "{said}");
    }
    // In a file of its own, a column of labels may have any name.
    place.write("l.csv", &place.read("p.csv")).write("mlgate.yml", "");
    let model = "predictions: p.csv, labels: l.csv, key: id, label: s, task: regression, prediction: s, metrics: {mae: {max: 1}}";
    assert_eq!(verdict(&place, model).0, "pass");
}

/// Never passes: a baseline that is the candidate's own file (exit code 2).
#[test]
fn a_baseline_is_not_the_candidate_s_own_file_or_columns() {
    let place = place();
    for (ours, theirs) in [("p.csv", "p.csv"), ("p.csv", "./p.csv"), ("./p.csv", "x/../p.csv")] {
        for pairing in ["", "pairing: none, "] {
            let model = format!(
                "predictions: {ours}, baseline_predictions: {theirs}, {pairing}key: id, label: y, score: s, metrics: {{accuracy: {{max_drop: 0.01}}}}"
            );
            let said = complaint(&place, &model);
            assert!(said.contains(&format!("`{theirs}` is the candidate's own file")), "{said}");
        }
    }
    let said = complaint(
        &place,
        "predictions: p.csv, label: y, score: s, baseline: {score: s}, metrics: {roc_auc: {max_drop: 0.1}}",
    );
    assert!(said.contains("the baseline has the candidate's own columns"), "{said}");
    let said = complaint(
        &place,
        "metrics_file: n1.json, baseline_metrics_file: ./n1.json, metrics: {accuracy: {max_drop: 0.01}}",
    );
    assert!(said.contains("`./n1.json` is the candidate's own file"), "{said}");
    // Two columns of a file are two models.
    let model = "predictions: p.csv, label: y, score: s, baseline: {score: t}, metrics: {roc_auc: {max_drop: 0.1}}";
    assert_eq!(verdict(&place, model).0, "pass");
}

#[test]
fn a_file_that_is_not_there_is_not_mistaken_for_the_other_side_s() {
    let place = place();
    let model = "metrics_file: n1.json, baseline_metrics_file: n2.json, metrics: {accuracy: {max_drop: 0.01}}";
    assert_eq!(verdict(&place, model), ("error".to_owned(), "there is no file `n2.json`".to_owned()));
    let predictions = "predictions: p.csv, baseline_predictions: q.csv, key: id, label: y, score: s, metrics: {roc_auc: {max_drop: 0.01}}";
    assert_eq!(verdict(&place, predictions).1, "there is no file `q.csv`");
    let candidate = "predictions: ./q.csv, baseline_predictions: p.csv, key: id, label: y, score: s, metrics: {roc_auc: {max_drop: 0.01}}";
    assert_eq!(verdict(&place, candidate).1, "there is no file `./q.csv`");
    place.write(
        "mlgate.yml",
        "version: 1\ndata: {d: {path: p.csv, baseline_path: q.csv, columns: {s: {mean: \"<= baseline\"}}}}\n",
    );
    assert!(place.report()["gates"][0]["message"].as_str().unwrap().ends_with("there is no file `q.csv`"));
    // Any other file is accepted.
    place.write("n3.json", "{}");
    assert!(verdict(&place, model).1.contains("did you mean `n3.json`"));
}

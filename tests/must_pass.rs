//! Rows of a model that must be right.

use serde_json::{Value, json};

use crate::support::{Workplace, gate};

fn report(task: &str, rows: &str, line: &str) -> (Value, Workplace) {
    let place = Workplace::new();
    place.write("p.csv", rows).write(
        "mlgate.yml",
        &format!("version: 1\nmodels:\n  m:\n    predictions: p.csv\n{task}    must_pass: {line}\n"),
    );
    (place.report(), place)
}

fn verdict(task: &str, rows: &str, line: &str) -> (String, String) {
    let (report, _) = report(task, rows, line);
    let gate = gate(&report, "models.m.must_pass");
    (gate["verdict"].as_str().unwrap().to_owned(), gate["message"].as_str().unwrap().to_owned())
}

const CLASSES: &str = "    task: multiclass\n    label: label\n    prediction: said\n    key: id\n";
const ROWS: &str = "id,hot,label,said\na,true,x,x\nb,true,y,z\nc,,y,y\nd,false,z,x\ne,true,z,z\nf,true,x,y\n";

#[test]
fn every_selected_row_is_right_or_is_named() {
    let (found, place) = report(CLASSES, ROWS, "{where: hot}");
    let failed = gate(&found, "models.m.must_pass");
    assert_eq!(failed["verdict"], "fail", "{failed:#}");
    assert_eq!(
        failed["message"],
        "2 of 4 rows that must be right are wrong (50.0%); limit: 0; looks at 4 of 6 rows, where `hot`, which is null for 1 row; first at rows \
         2, 6"
    );
    assert_eq!(failed["first_rows"], json!([2, 6]));
    assert_eq!(failed["where"], json!({"condition": "hot", "rows": 4, "null": 1, "of": 6}));
    assert_eq!((&failed["candidate"]["value"], &failed["candidate"]["interval"]), (&json!(0.5), &Value::Null));
    // Keys may identify persons.
    assert!(failed.get("broken_keys").is_none());
    let (listed, _) = place.report_with(&["--list-flips", "1"], &[]);
    assert_eq!(gate(&listed, "models.m.must_pass")["broken_keys"], json!([["b"]]));
    let note = found["notes"].as_array().unwrap().iter().find(|note| note["id"] == "where.models.m.must_pass").unwrap();
    assert!(note["message"].as_str().unwrap().contains("did not look at 1 row of 6"), "{note}");
    assert_eq!(verdict(CLASSES, ROWS, "{where: hot, allow: \"<= 2 rows\"}").0, "pass");
    assert_eq!(verdict(CLASSES, ROWS, "{where: \"hot AND label <> said\", allow: \"< 100%\"}").0, "fail");
}

#[test]
fn right_is_what_the_task_calls_right() {
    let binary = "    label: label\n    score: score\n";
    let rows = "hot,label,score\ntrue,1,0.5\ntrue,0,0.49\nfalse,0,0.9\n";
    assert_eq!(verdict(binary, rows, "{where: hot}").0, "pass");
    assert_eq!(verdict(&format!("{binary}    threshold: 0.6\n"), rows, "{where: hot}").0, "fail");
    let labels = "    task: multilabel\n    label: [a, b]\n    prediction: [pa, pb]\n";
    let rows = "hot,a,b,pa,pb\ntrue,1,0,1,0\ntrue,1,1,1,0\n";
    assert_eq!(verdict(labels, rows, "{where: \"hot AND b = 0\"}").0, "pass");
    assert_eq!(verdict(labels, rows, "{where: hot}").0, "fail");
    let grades = "    task: score\n    score: passed\n";
    let rows = "hot,passed\ntrue,pass\ntrue,yes\nfalse,fail\n";
    assert_eq!(verdict(grades, rows, "{where: hot}").0, "pass");
    assert_eq!(verdict(grades, &rows.replace("yes", "no"), "{where: hot}").0, "fail");
    let (verdict, why) = verdict(grades, &rows.replace("yes", "tie"), "{where: hot}");
    assert!(verdict == "error" && why.contains("a grade is neither 0 nor 1"), "{why}");
}

#[test]
fn every_sample_of_a_question_passes() {
    let task = "    task: score\n    score: passed\n    query: question\n";
    let rows = "question,hot,passed\nq1,true,1\nq1,true,1\nq2,true,1\nq2,true,0\nq3,false,0\nq3,false,0\n";
    let (report, _) = report(task, rows, "{where: hot}");
    let gate = gate(&report, "models.m.must_pass");
    assert_eq!((&gate["verdict"], &gate["candidate"]["n"]), (&json!("fail"), &json!(2)), "{gate:#}");
    // A question is several rows of the file.
    assert!(gate.get("first_rows").is_none());
    assert_eq!(verdict(task, &rows.replace("q2,true,0", "q2,true,1"), "{where: hot}").0, "pass");
}

#[test]
fn new_rows_must_be_right_as_well() {
    let place = Workplace::new();
    let task =
        "    task: score\n    score: passed\n    key: id\n    baseline_predictions: q.csv\n    keys: {new: list}\n";
    place
        .write("p.csv", "id,hot,passed\na,true,1\nb,true,0\nc,false,1\n")
        .write("q.csv", "id,hot,passed\na,true,1\nc,false,0\n")
        .write(
            "mlgate.yml",
            &format!("version: 1\nmodels:\n  m:\n    predictions: p.csv\n{task}    must_pass: {{where: hot}}\n    metrics: {{pass_rate: {{}}}}\n"),
        );
    let report = place.report();
    let failed = gate(&report, "models.m.must_pass");
    assert_eq!((&failed["verdict"], &failed["where"]["rows"]), (&json!("fail"), &json!(2)), "{failed:#}");
    assert_eq!(failed["first_rows"], json!([2]));
}

#[test]
fn nothing_selected_is_an_error_and_what_makes_no_sense_is_refused() {
    let (verdict, why) = verdict(CLASSES, ROWS, "{where: \"hot AND id = 'g'\"}");
    assert!(
        verdict == "error" && why.contains("none of 6 rows satisfies `hot AND id = 'g'`, so nothing is checked"),
        "{why}"
    );
    let place = Workplace::new();
    place.write("p.csv", "id,hot,label,said\na,true,1,1\n");
    for (task, line, wanted) in [
        (CLASSES, "hot", "`must_pass` must be a mapping, as in `must_pass: {where: …}`"),
        (CLASSES, "{allow: 0}", "`must_pass` needs the rows that must be right"),
        (CLASSES, "{where: hot, min_n: 3}", "`min_n` means nothing"),
        (
            "    task: regression\n    label: label\n    prediction: said\n",
            "{where: hot}",
            "no row of a regression task is right or wrong",
        ),
        (
            &format!("{CLASSES}    unscored: drop-pairs\n"),
            "{where: hot}",
            "could be left out by `unscored: drop-pairs`",
        ),
        (
            &format!("{CLASSES}    metrics: {{accuracy: {{must_pass: {{where: hot}}}}}}\n"),
            "{where: hot}",
            "and not about one metric",
        ),
    ] {
        place.write(
            "mlgate.yml",
            &format!("version: 1\nmodels:\n  m:\n    predictions: p.csv\n{task}    must_pass: {line}\n"),
        );
        let answer = place.run(&["run"]);
        assert!(answer.code == 2 && answer.stderr.contains(wanted), "{line}: {}{}", answer.stdout, answer.stderr);
    }
}

//! The behaviour of a model on variants of its rows, held against pandas and NumPy, and the page about it.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Workplace, fixtures, gate, page_shows_what_is_printed};

fn place() -> Workplace {
    let place = Workplace::new();
    place.fixture("behaviour/candidate.csv").fixture("behaviour/baseline.csv");
    place
}

/// Measures a metric of each side with these keys.
fn measured(keys: &str, metrics: &str) -> Value {
    let place = place();
    place.write(
        "mlgate.yml",
        &format!(
            "version: 1\ndata: {{d: {{path: candidate.csv, rows: '> 0'}}}}\nmodels:\n  m: {{task: score, predictions: candidate.csv, \
             baseline_predictions: baseline.csv, key: id, slices: [kind], {keys}, metrics: {metrics}}}\n"
        ),
    );
    place.report()
}

fn value(report: &Value, side: &str, metric: &str) -> f64 {
    let is_it = |found: &&Value| found["side"] == side && found["subject"]["metric"] == metric;
    let found = report["measurements"].as_array().unwrap().iter().find(is_it);
    found.and_then(|found| found["value"].as_f64()).unwrap_or_else(|| panic!("{metric}: {report:#}"))
}

#[test]
fn grades_are_those_of_pandas() {
    let text = fs::read_to_string(fixtures().join("behaviour_expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    let near = |ours: f64, theirs: &Value, what: &str| {
        let theirs = theirs.as_f64().unwrap();
        assert!((ours - theirs).abs() <= 1e-9, "{what}: {ours} is not {theirs}");
    };
    for (name, of) in expected["candidate"]["of"].as_object().unwrap() {
        let (column, change) = name.split_once(' ').unwrap();
        let (expect, metrics) = match change {
            "by kind" => ("{kind: {typo: same, name: same, negation: lower}}", "{pass_rate: {}}"),
            "size" | "difference" => (change, "{mean: {slices: {\"kind=*\": {}}}, \"quantile@0.9\": {}}"),
            change => (change, "{pass_rate: {slices: {\"kind=*\": {}}}}"),
        };
        let tolerance = if column == "score" { ", tolerance: 0.1" } else { "" };
        let report =
            measured(&format!("score: {column}, pair: {{of: original, expect: {expect}{tolerance}}}"), metrics);
        let metric = if metrics.contains("mean") { "mean" } else { "pass_rate" };
        for side in ["candidate", "baseline"] {
            let theirs = &expected[side]["of"][name];
            near(value(&report, side, metric), &theirs["mean"], &format!("{side}, {name}"));
            if metric == "mean" {
                near(value(&report, side, "quantile@0.9"), &theirs["quantile@0.9"], &format!("{side}, {name}"));
            }
        }
        for (kind, theirs) in of["kinds"].as_object().into_iter().flatten() {
            let slices = report["explored"][0]["slices"].as_array().unwrap();
            let slice = slices.iter().find(|slice| slice["slice"] == format!("kind={kind}")).unwrap();
            near(slice["candidate"]["value"].as_f64().unwrap(), theirs, &format!("{name} of {kind}"));
        }
        let notes = report["notes"].as_array().unwrap();
        let note = notes.iter().find(|note| note["id"] == "models.m.rows").unwrap()["message"].as_str().unwrap();
        let (variants, lack) =
            (&expected["candidate"]["variants"], 240 - expected["candidate"]["with"].as_u64().unwrap());
        let told = format!("variants: {variants} of 240 originals in the candidate, {lack} of which have none");
        assert!(note.contains(&told), "{note}");
    }
}

/// The variants of an original are alike, so each original is one unit.
#[test]
fn an_original_is_a_cluster_with_its_variants() {
    let of = |keys: &str| {
        let report = measured(&format!("score: answer, {keys}"), "{pass_rate: {min: 0.5}}");
        let interval = gate(&report, "models.m.metrics.pass_rate.min")["candidate"]["interval"].clone();
        [interval[0].as_f64().unwrap(), interval[1].as_f64().unwrap()]
    };
    let (usual, named) = (of("pair: {of: original}"), of("pair: {of: original}, cluster: original"));
    assert_eq!(usual, named);
    // Rows that are independent by their own word would not narrow it.
    let place = place();
    place.write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {task: score, predictions: candidate.csv, key: id, score: answer, pair: {of: original}, cluster: id, metrics: \
         {pass_rate: {min: 0.5}}}\n",
    );
    let report = place.report();
    let gate = gate(&report, "models.m.metrics.pass_rate.min");
    assert_eq!(gate["verdict"], "error", "{gate:#}");
    assert!(
        gate["message"].as_str().unwrap().contains("the variants of an original are in several clusters (`id`)"),
        "{gate:#}"
    );
}

fn one(rows: &str, keys: &str) -> (String, String) {
    let place = Workplace::new();
    place.write("p.csv", rows).write(
        "mlgate.yml",
        &format!("version: 1\nmodels:\n  m: {{task: score, predictions: p.csv, key: id, {keys}, metrics: {{pass_rate: {{min: 0.01}}}}}}\n"),
    );
    let report = place.report();
    let gate = gate(&report, "models.m.metrics.pass_rate.min");
    (gate["verdict"].as_str().unwrap().to_owned(), gate["message"].as_str().unwrap().to_owned())
}

#[test]
fn what_cannot_be_paired_is_an_error() {
    let same = "score: said, pair: {of: of}";
    for (rows, keys, wanted) in [
        ("id,of,said\na,,x\nb,,y\n", same, "no row is a variant of another: `of` is null in all of 2 rows"),
        ("id,of,said\na,b,x\nb,a,y\n", same, "no row is an original: `of` is not null in all of 2 rows"),
        ("id,of,said\na,,x\nb,a,x\nc,z,x\n", same, "1 of 2 variants names no original (`of` z)"),
        // A variant of a variant has no original.
        ("id,of,said\na,,x\nb,a,x\nc,b,x\n", same, "1 of 2 variants names no original (`of` b)"),
        ("id,of,said\na,,x\na,,y\nb,a,x\n", same, "1 of 2 rows repeats a key"),
        ("id,of,said\na,,x\nb,a,\n", same, "null, NaN or not scored in 1 of 1 rows"),
        ("id,of,said\na,,x\nb,a,x\n", "score: said, pair: {of: of, expect: lower}", "only numbers rise and fall"),
        (
            "id,of,kind,said\na,,,1\nb,a,typo,1\nc,a,other,1\n",
            "score: said, pair: {of: of, expect: {kind: {typo: same}}}",
            "`kind` is `other` in row 3; `expect` has `typo`",
        ),
        (
            "id,of,kind,said\na,,,1\nb,a,,1\n",
            "score: said, pair: {of: of, expect: {kind: {typo: same}}}",
            "`kind` is null in row 2",
        ),
    ] {
        let (verdict, message) = one(rows, keys);
        assert!(verdict == "error" && message.contains(wanted), "{keys}: {verdict}: {message}");
    }
    // pandas writes whole numbers as floats where some are null.
    let rows: String = (0..40).map(|row| format!("{row},,x\n{},{row}.0,x\n", 100 + row)).collect();
    assert_eq!(one(&format!("id,of,said\n{rows}"), same).0, "pass");
    // What was not answered counts as wrong, on whichever side it is.
    let rows: String =
        (0..40).map(|row| format!("{row},,{}\n{},{row},x\n", if row == 0 { "" } else { "x" }, 100 + row)).collect();
    let place = Workplace::new();
    place.write("p.csv", &format!("id,of,said\n{rows}")).write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {task: score, predictions: p.csv, key: id, score: said, unscored: wrong, pair: {of: of}, metrics: {pass_rate: \
         {min: 0.01}}, must_pass: {where: \"of < 10\"}}\n",
    );
    let report = place.report();
    assert!((value(&report, "candidate", "pass_rate") - 39.0 / 40.0).abs() < 1e-12);
    let broken = gate(&report, "models.m.must_pass");
    assert_eq!((&broken["verdict"], &broken["first_rows"]), (&json!("fail"), &json!([2])), "{broken:#}");
}

#[test]
fn what_contradicts_a_pair_is_refused() {
    let place = Workplace::new();
    place.write("p.csv", "id,of,said\na,,x\nb,a,x\n");
    for (keys, wanted) in [
        ("key: id, pair: {}", "`pair` needs the column of originals, `of`"),
        ("key: id, pair: of", "expected the column of originals, found text"),
        ("key: id, pair: {of: of, expects: same}", "did you mean `expect`?"),
        ("key: id, pair: {of: of, expect: sam}", "did you mean `same`?"),
        ("key: id, pair: {of: of, tolerance: -1}", "`tolerance` must be a number of at least 0"),
        ("key: id, pair: {of: of, expect: {kind: {a: same, b: size}}}", "the size of a change is not an expectation"),
        ("key: id, pair: {of: of, expect: {kind: {}}}", "the change of each `kind` is missing"),
        ("key: id, pair: {of: of, expect: size}, unscored: wrong", "an unknown change has no size that is wrong"),
        ("key: id, pair: {of: of}, words: {x: 1}", "the grade of a variant is whether its answer changes as expected"),
        ("key: [id, of], pair: {of: of}", "variants name their original by its `key`, which is one column"),
        ("pair: {of: of}", "variants name their original by its `key`, which is one column"),
        ("query: of, pair: {of: of}", "a variant has one original"),
    ] {
        place.write(
            "mlgate.yml",
            &format!("version: 1\nmodels:\n  m: {{task: score, predictions: p.csv, score: said, {keys}, metrics: {{pass_rate: {{min: 0.5}}}}}}\n"),
        );
        let answer = place.run(&["run"]);
        assert!(answer.code == 2 && answer.stderr.contains(wanted), "{keys}: {}{}", answer.stdout, answer.stderr);
    }
}

/// The page's config is run on the fixtures that it names, and prints the page's report.
#[test]
fn the_page_shows_what_is_printed() {
    page_shows_what_is_printed("docs/behaviour.md", &place());
}

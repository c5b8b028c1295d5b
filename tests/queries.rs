//! Rankings in which one side did not return the relevant rows of some queries.

use serde_json::Value;

use crate::class_values::{report, value, verdict};
use crate::support::{Workplace, gate};

/// Returns a run over these queries: each has two irrelevant rows, and the relevant one if it was found.
fn run(queries: std::ops::Range<usize>, is_found: impl Fn(usize) -> bool) -> String {
    queries.fold("q,d,rel,s\n".to_owned(), |text, query| {
        let gold = if is_found(query) { format!("q{query},gold,1,3\n") } else { String::new() };
        format!("{text}{gold}q{query},x,0,2\nq{query},y,0,1\n")
    })
}

/// Returns the same queries with all rows judged: a relevant row that was not found is last.
fn judged(queries: std::ops::Range<usize>, is_found: impl Fn(usize) -> bool) -> String {
    queries.fold("q,d,rel,s\n".to_owned(), |text, query| {
        format!("{text}q{query},gold,1,{}\nq{query},x,0,2\nq{query},y,0,1\n", if is_found(query) { 3 } else { 0 })
    })
}

const RANKING: &str = "task: ranking, label: rel, score: s, query: q";

fn note(report: &Value) -> &str {
    let notes = report["notes"].as_array().unwrap_or_else(|| panic!("{report:#}"));
    notes.iter().find(|note| note["id"] == "models.m.queries").unwrap()["message"].as_str().unwrap()
}

/// Never passes: relevant documents that a run did not return.
#[test]
fn what_was_not_returned_never_passes() {
    let place = Workplace::new();
    place.write("c.csv", &run(0..40, |query| query < 6)).write("b.csv", &run(0..40, |_| true));
    let metrics = "hit_rate@1: {min: 0.7, max_drop: 0.05}, recall@10: {min: 0.9}, ndcg@5: {min: 0.5}, map: {min: 0.5}, mrr: {max_drop: 0.05}, precision@1: {min: 0.1}";
    let files = "predictions: c.csv, baseline_predictions: b.csv";
    let report = report(&place, &format!("{files}, pairing: none, {RANKING}, metrics: {{{metrics}}}"));
    assert_eq!((&report["exit_code"], &report["counts"]["error"]), (&4.into(), &7.into()), "{report:#}");
    for gate in report["gates"].as_array().unwrap() {
        let message = gate["message"].as_str().unwrap();
        assert!(
            message.starts_with("34 of 40 queries have no relevant row in the candidate, and 0 of 40 in the baseline"),
            "{message}"
        );
    }
    assert_eq!(
        note(&report),
        "34 of 40 queries of the candidate and 0 of 40 of the baseline have no relevant row and are left out"
    );
    // If rows are paired by key, the advice names its cost.
    let (verdict, message) =
        verdict(&place, &format!("{files}, key: [q, d], {RANKING}, metrics: {{hit_rate@1: {{min: 0.7}}}}"));
    assert_eq!(verdict, "error");
    assert!(message.contains("set `pairing: none`: then missing rows are not noticed"), "{message}");
}

#[test]
fn queries_without_any_row_on_one_side_never_pass() {
    let place = Workplace::new();
    place.write("c.csv", &run(0..6, |_| true)).write("b.csv", &run(0..40, |_| true));
    let model = |ours: &str, theirs: &str| {
        format!(
            "predictions: {ours}.csv, baseline_predictions: {theirs}.csv, pairing: none, {RANKING}, metrics: {{hit_rate@1: {{min: 0.1, max_drop: 0.05}}}}"
        )
    };
    for (ours, theirs, numbers) in
        [("c", "b", "6 queries, and the baseline 40"), ("b", "c", "40 queries, and the baseline 6")]
    {
        let report = report(&place, &model(ours, theirs));
        assert_eq!(report["counts"]["error"], 2, "{report:#}");
        let message = report["gates"][0]["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("the candidate has {numbers}, with 6 in common")), "{message}");
    }
    // Both sides have other queries on purpose, all of them with a relevant row.
    place.write("o.csv", &run(100..160, |_| true));
    let others = report(&place, &model("o", "b"));
    assert_eq!(others["counts"]["error"], 0, "{others:#}");
    assert_eq!(
        note(&others),
        "0 of 60 queries of the candidate and 0 of 40 of the baseline have no relevant row and are left out"
    );
    // Both sides have other queries, most of them without a relevant row.
    place.write("o.csv", &run(100..160, |query| query < 110));
    assert_eq!(report(&place, &model("o", "b"))["counts"]["error"], 2);
}

#[test]
fn relevant_rows_that_one_side_lacks_matter_where_all_of_them_count() {
    let place = Workplace::new();
    let two = |both: bool| {
        (0..40).fold("q,d,rel,s\n".to_owned(), |text, query| {
            let second = if both { format!("q{query},silver,1,0.5\n") } else { String::new() };
            format!("{text}q{query},gold,1,3\n{second}q{query},x,0,2\n")
        })
    };
    place.write("c.csv", &two(false)).write("b.csv", &two(true));
    let metrics = "recall@1: {min: 0.1}, hit_rate@1: {min: 0.1}, map: {min: 0.1}, mrr: {min: 0.1}";
    let report = report(
        &place,
        &format!("predictions: c.csv, baseline_predictions: b.csv, pairing: none, {RANKING}, metrics: {{{metrics}}}"),
    );
    for (metric, verdict) in [("recall@1", "error"), ("map", "error"), ("hit_rate@1", "pass"), ("mrr", "pass")] {
        assert_eq!(gate(&report, &format!("models.m.metrics.{metric}.min"))["verdict"], verdict, "{report:#}");
    }
}

#[test]
fn a_stored_baseline_knows_its_queries() {
    let place = Workplace::new();
    place.write("p.csv", &run(0..40, |_| true));
    let model = format!("predictions: p.csv, {RANKING}, metrics: {{hit_rate@1: {{min: 0.1, max_drop: 0.05}}}}");
    place.write("mlgate.yml", &format!("version: 1\nbaseline: b.json\nmodels:\n  m: {{{model}}}\n"));
    let blessed = place.run(&["bless"]);
    assert_eq!(blessed.code, 0, "{}", blessed.stderr);
    let errors = |text: &str| {
        place.write("p.csv", text);
        let report = place.report();
        (report["counts"]["error"].as_u64().unwrap(), report["gates"][0]["message"].as_str().unwrap().to_owned())
    };
    assert_eq!(errors(&run(0..40, |_| true)).0, 0);
    let (count, message) = errors(&run(0..40, |query| query < 6));
    assert_eq!(count, 2, "{message}");
    assert!(
        message.starts_with("34 of 40 queries have no relevant row in the candidate, and 0 of 40 in the baseline"),
        "{message}"
    );
    assert_eq!(errors(&run(0..6, |_| true)).0, 2, "queries without a row");
    assert_eq!(errors(&run(200..240, |_| true)).0, 0, "other queries");
    // An older baseline does not contain the queries.
    let old = place.read("b.json");
    let mut old: Value = serde_json::from_str(&old).unwrap();
    old["models"]["m"]["answers"].as_array_mut().unwrap().retain(|answer| answer["of"] != "queries");
    place.write("b.json", &serde_json::to_string_pretty(&old).unwrap());
    let report = place.report();
    assert_eq!(gate(&report, "models.m.metrics.hit_rate@1.max_drop")["verdict"], "error", "{report:#}");
}

#[test]
fn the_same_judged_rows_on_both_sides_stay() {
    let place = Workplace::new();
    let some = |found: fn(usize) -> bool| judged(0..40, found) + "q90,x,0,2\nq90,y,0,1\nq91,x,0,2\n";
    place.write("c.csv", &some(|query| query < 6)).write("b.csv", &some(|_| true));
    for pairing in ["key: [q, d]", "pairing: none"] {
        let files = format!("predictions: c.csv, baseline_predictions: b.csv, {pairing}, {RANKING}");
        let report = report(
            &place,
            &format!("{files}, metrics: {{hit_rate@1: {{max_drop: 0.05}}, recall@10: {{max_drop: 0.05}}}}"),
        );
        let id = "models.m.metrics.hit_rate@1.max_drop";
        assert_eq!((value(&report, id, "baseline"), value(&report, id, "candidate")), (1.0, 0.15), "{report:#}");
        assert_eq!(gate(&report, id)["verdict"], "fail");
        assert_eq!(report["counts"]["error"], 0, "{report:#}");
        assert!(note(&report).contains("2 of 42"), "{report:#}");
    }
}

#[test]
fn queries_that_take_no_part_are_told_of_one_side_alone() {
    let place = Workplace::new();
    place.write("p.csv", &run(0..40, |query| query % 4 > 0));
    let model = format!("predictions: p.csv, {RANKING}, metrics: {{mrr: {{min: 0.1}}}}");
    assert_eq!(note(&report(&place, &model)), "10 of 40 queries have no relevant row and are left out");
    for format in ["text", "markdown"] {
        let printed = place.run(&["run", "--format", format]).stdout;
        assert!(printed.contains("10 of 40 queries have no relevant row and are left out"), "{printed}");
    }
    place.write("p.csv", &run(0..40, |_| true));
    assert_eq!(note(&place.report()), "0 of 40 queries have no relevant row and are left out");
    // Nothing is concluded from the few remaining queries.
    place.write("p.csv", &run(0..40, |query| query < 6));
    let (verdict, message) = verdict(&place, &model);
    assert_eq!(verdict, "error");
    assert!(message.starts_with("34 of 40 queries have no relevant row, so "), "{message}");
}

//! Waivers: failing gates that somebody accepts until a day. Every run here is at noon of 2024-01-15.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Answer, Workplace, gate};

const CONFIG: &str = r#"version: 1
data:
  t:
    path: t.csv
    rows: ">= 3"
    columns:
      a: {nulls: 0}
      b: {in: [x]}
"#;

/// Returns a table in which `a` is null in one row, and `b` is wrong in another.
fn place(config: &str) -> Workplace {
    let place = Workplace::new();
    place.write("t.csv", "a,b\n1,x\n,x\n3,y\n").write("mlgate.yml", config);
    place
}

fn waived(gates: &str, until: &str) -> String {
    format!("{CONFIG}waivers:\n  - {{gates: {gates}, owner: \"@alice\", reason: the form changed, until: {until}}}\n")
}

fn run(config: &str) -> (Value, Answer) {
    let answer = place(config).run(&["run", "--format", "json"]);
    let report = serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}", answer.stderr));
    (report, answer)
}

#[test]
fn a_waived_gate_is_judged_and_shown_and_does_not_block() {
    let (report, answer) = run(&waived("\"data.t.columns.**\"", "2024-01-15"));
    assert_eq!(answer.code, 0, "{report:#}");
    assert_eq!(report["verdict"], "pass");
    assert_eq!((&report["counts"]["waived"], &report["counts"]["fail"]), (&2.into(), &0.into()));
    let nulls = gate(&report, "data.t.columns.a.nulls");
    assert_eq!((nulls["verdict"].as_str(), nulls["effect"].as_str()), (Some("fail"), Some("waived")));
    assert_eq!(nulls["waiver"]["until"], "2024-01-15");
    assert_eq!(nulls["waiver"]["at"]["line"], 10);
    assert!(nulls["message"].as_str().unwrap().ends_with("waived until 2024-01-15 by `@alice`: the form changed"));
}

#[test]
fn what_it_does_not_name_still_fails() {
    let (report, answer) = run(&waived("data.t.columns.a.nulls", "2024-01-31"));
    assert_eq!(answer.code, 1);
    assert_eq!((&report["counts"]["waived"], &report["counts"]["fail"]), (&1.into(), &1.into()));
}

#[test]
fn a_waiver_that_has_ended_fails_with_its_text_and_place() {
    let (report, answer) = run(&waived("[data.t.columns.*, data.t.rows]", "2024-01-14"));
    assert_eq!(answer.code, 1);
    let broken = gate(&report, "data.t.columns.a.nulls");
    assert!(
        broken["message"].as_str().unwrap().ends_with("the waiver of `@alice` ended on 2024-01-14: the form changed")
    );
    assert!(broken["help"].as_str().unwrap().contains("`mlgate.yml:10:5`"), "{broken:#}");
    // An ended waiver fails its gate even if nothing is left to waive: otherwise nobody would remove it.
    let rows = gate(&report, "data.t.rows");
    assert_eq!((rows["verdict"].as_str(), rows["effect"].as_str()), (Some("fail"), Some("blocks")));
    assert!(rows["message"].as_str().unwrap().contains("that holds, but"), "{rows:#}");
    assert_eq!(report["counts"]["waived"], 0);
}

#[test]
fn what_could_not_be_evaluated_is_not_waived() {
    let config = waived("\"**\"", "2024-02-01").replace("      a: {nulls: 0}", "      lost: {nulls: 0}");
    let (report, answer) = run(&config);
    assert_eq!(answer.code, 4, "{report:#}");
    let lost = gate(&report, "data.t.columns.lost.nulls");
    assert_eq!((lost["verdict"].as_str(), lost["effect"].as_str()), (Some("error"), Some("blocks")));
    assert!(lost["message"].as_str().unwrap().ends_with("what could not be evaluated cannot be accepted"));
    // A missing table is reported as such, without the complaint that its columns have no gates.
    let answer = place(&waived("data.t.columns.a.nulls", "2024-02-01").replace("t.csv", "lost.csv")).run(&["run"]);
    assert_eq!(answer.code, 4, "{}{}", answer.stdout, answer.stderr);
}

#[test]
fn a_line_waives_itself() {
    let on = |until: &str| {
        CONFIG.replace(
            "{nulls: 0}",
            &format!("{{nulls: {{is: 0, waive: {{owner: bob, reason: late, until: {until}}}}}}}"),
        )
    };
    let config = on("2024-01-20").replace("{in: [x]}", "{in: [x, y]}");
    let (report, answer) = run(&config);
    assert_eq!(answer.code, 0);
    assert_eq!(gate(&report, "data.t.columns.a.nulls")["waiver"]["owner"], "bob");
    // Of two waivers, the one that ends first is valid, regardless of their order.
    let both = waived("data.t.columns.a.nulls", "2024-01-14").replace(CONFIG, &on("2024-01-20"));
    assert_eq!(gate(&run(&both).0, "data.t.columns.a.nulls")["waiver"]["owner"], "@alice");
    let both = waived("data.t.columns.a.nulls", "2024-01-20").replace(CONFIG, &on("2024-01-14"));
    assert_eq!(gate(&run(&both).0, "data.t.columns.a.nulls")["waiver"]["owner"], "bob");
}

#[test]
fn as_a_user_reads_it() {
    let place = place(&waived("\"data.t.columns.a.*\"", "2024-01-20"));
    let mut shown = place.run(&["run"]).stdout;
    place.write("mlgate.yml", &waived("\"data.t.columns.a.*\"", "2023-12-31"));
    shown += &place.run(&["run"]).stdout;
    shown += &place.run(&["run", "--format", "markdown", "--quiet"]).stdout;
    insta::assert_snapshot!(shown);
}

#[test]
fn a_bad_waiver_is_a_problem_of_the_config() {
    let mut said = String::new();
    for (what, config) in [
        ("a typo", waived("data.t.columns.a.null", "2024-01-20")),
        ("a glob of nothing", waived("\"models.**\"", "2024-01-20")),
        ("too far away", waived("data.t.rows", "2025-01-16")),
        ("no reason", waived("data.t.rows", "2024-01-20").replace(", reason: the form changed", "")),
        ("no day", waived("data.t.rows", "tomorrow")),
        ("no list", format!("{CONFIG}waivers: {{gates: a}}\n")),
        (
            "an unfinished one on a line",
            CONFIG.replace("{nulls: 0}", "{nulls: {is: 0, waive: {owner: bob, until: 2024-01-20, gates: a}}}"),
        ),
    ] {
        let answer = place(&config).run(&["run"]);
        assert_eq!(answer.code, 2, "{what}: {}{}", answer.stdout, answer.stderr);
        writeln!(said, "# {what}\n{}", answer.stderr).unwrap();
    }
    insta::assert_snapshot!(said);
    // A year is within the limit.
    assert_eq!(place(&waived("data.t.rows", "2025-01-15")).run(&["run"]).code, 1);
}

#[test]
fn what_is_shown_of_it_is_harmless() {
    let config = format!(
        "{CONFIG}waivers:\n  - {{gates: \"data.t.columns.*\", owner: \"@octo`cat\", reason: \"\\e[2J\\n::error::x ![p](http://e/p.png) @bob <b>\", until: 2024-01-20}}\n"
    );
    let place = place(&config);
    let text = place.run(&["run", "--evidence"]).stdout;
    assert!(!text.contains('\u{1b}') && !text.contains("\n::error"), "{text}");
    let markdown = place.run(&["run", "--format", "markdown"]).stdout;
    assert!(markdown.contains("`::error::x` `![p](http://e/p.png)` `@bob` `<b>`"), "{markdown}");
    assert!(!markdown.contains("\n::"), "{markdown}");
}

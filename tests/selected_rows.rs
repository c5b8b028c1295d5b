//! Checks that look at some of the rows: `where` gives the numbers of a file that has no other rows.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::{Workplace, gate};

const ROWS: u64 = 600;

/// Every check that looks at rows; `{where}` stands in each line.
const LINES: &str = r#"
    rows: {is: ">= baseline - 50%"{where}}
    duplicate_rows: {is: "< 90%", columns: [amount, plan]{where}}
    unique_together: {columns: [id, day]{where}}
    conflicting_labels: {is: "<= 100%", label: label, ignore: [id, day, status, amount]{where}}
    same_keys: {is: "<= 100%", with: test, key: [id]{where}}
    same_rows: {is: "<= 90%", with: test, ignore: [label]{where}}
    starts_after: {is: "<= 100%", with: test, time: day{where}}
    dataset_drift: {is: "<= 90%"{where}}
    predicts_label: {label: label, is: "<= 99%"{where}}
    foreign_keys:
      known: {of: plans, columns: [plan], their: [plan], allow: "<= 90%"{where}}
    rules:
      positive: {is: "amount > 10", allow: "<= 90%"{where}}
    columns:
      amount:
        nulls: {is: "<= baseline + 20pp"{where}}
        range: {is: [20, 80], allow: "<= 90%"{where}}
        mean: {is: "<= baseline + 20"{where}}
        median: {is: "> 1"{where}}
        stddev: {is: "> 1"{where}}
        sum: {is: "> 1"{where}}
        minimum: {is: ">= 0"{where}}
        maximum: {is: "<= 1000"{where}}
        quantile: {is: "<= baseline + 50", q: 0.9{where}}
        psi: {is: 0.9{where}}
        ks: {is: 0.9{where}}
        w1: {is: 0.9{where}}
        null_change: {is: 0.9{where}}
        not_before: {is: id, allow: "<= 100%"{where}}
      plan:
        in: {is: [free, pro], allow: "<= 90%"{where}}
        not_in: {is: [gold], allow: "<= 90%"{where}}
        regex: {is: "^f", allow: "<= 90%"{where}}
        length: {is: [1, 4], allow: "<= 90%"{where}}
        unseen: {is: "<= 90%"{where}}
        lost: {is: "<= 90%"{where}}
        tv: {is: 0.9{where}}
        js: {is: 0.9{where}}
        chi2: {is: 0.001, effect: 0.9{where}}
        cramers_v: {is: 0.9{where}}
        distinct: {is: "<= 9"{where}}
        class_balance: {is: "> 0"{where}}
        share: {of: [pro], is: "<= 90%"{where}}
        foreign_key: {is: plans.plan, allow: "<= 90%"{where}}
      day:
        freshness: {is: "< 1000000d"{where}}
        unique: {is: true, allow: "<= 100%"{where}}
"#;

/// Returns rows as CSV: of all, or of those that are paid.
fn rows(shift: u64, only_paid: bool) -> String {
    let mut text = "id,status,amount,day,plan,label\n".to_owned();
    for row in 0..ROWS {
        let mixed = (row * 7919 + shift * 104_729) % 1009;
        let status = ["paid", "open", "", "paid", "void"][(mixed % 5) as usize];
        if only_paid && status != "paid" {
            continue;
        }
        let amount = if mixed.is_multiple_of(11) { String::new() } else { (mixed % 97).to_string() };
        let plan = ["free", "pro", "gold", "team"][(mixed / 5 % 4) as usize];
        // Where the status is another one, everything is different.
        let (plan, amount) = if status == "paid" { (plan, amount) } else { ("other", format!("-{mixed}")) };
        writeln!(
            text,
            "{},{status},{amount},2023-{:02}-{:02},{plan},{}",
            row / 2,
            mixed % 12 + 1,
            mixed % 28 + 1,
            mixed % 2
        )
        .unwrap();
    }
    text
}

fn config(filter: &str, baseline: &str) -> String {
    let lines = LINES.replace("{where}", filter);
    format!(
        "version: 1\n{baseline}data:\n  train:\n    path: train.csv\n{}{lines}  test: {{path: test.csv, rows: \"> 0\"}}\n  plans: {{path: plans.csv, \
         rows: \"> 0\"}}\n",
        if baseline.is_empty() { "    baseline_path: before.csv\n" } else { "" }
    )
}

fn place(only_paid: bool) -> Workplace {
    let place = Workplace::new();
    place
        .write("train.csv", &rows(0, only_paid))
        .write("before.csv", &rows(3, only_paid))
        .write("test.csv", &rows(5, false))
        .write("plans.csv", "plan\nfree\npro\nteam\n");
    place
}

const PAID: &str = ", where: \"status = 'paid'\"";

/// Returns the numbers of each gate, and of a drift its interval.
fn numbers(report: &Value) -> Vec<Value> {
    let of = |gate: &Value| json!([gate["id"], gate["verdict"], gate["candidate"], gate["baseline"], gate["test"]]);
    let of_train = |gate: &&Value| gate["id"].as_str().unwrap().starts_with("data.train");
    report["gates"].as_array().unwrap().iter().filter(of_train).map(of).collect()
}

#[test]
fn a_condition_gives_the_numbers_of_a_file_without_the_other_rows() {
    let (all, paid) = (place(false), place(true));
    all.write("mlgate.yml", &config(PAID, ""));
    paid.write("mlgate.yml", &config("", ""));
    let (all, paid) = (all.report(), paid.report());
    let (found, wanted) = (numbers(&all), numbers(&paid));
    assert!(wanted.len() >= 40, "{}", wanted.len());
    for (found, wanted) in found.iter().zip(&wanted) {
        assert_eq!(found, wanted);
        assert_ne!(wanted[1], "error", "{wanted}: {paid:#}");
    }
    assert_eq!(found.len(), wanted.len());
    // Nothing drops out in silence.
    let gate = gate(&all, "data.train.columns.amount.range");
    let selected = &gate["where"];
    assert_eq!((&selected["condition"], &selected["of"]), (&json!("status = 'paid'"), &json!(ROWS)));
    assert_eq!(gate["bound"], "[20, 80] where status = 'paid'");
    let (rows, null) = (selected["rows"].as_u64().unwrap(), selected["null"].as_u64().unwrap());
    assert!(rows + null < ROWS && null > 0);
    let message = gate["message"].as_str().unwrap();
    assert!(
        message.contains(&format!(
            "; looks at {rows} of 600 rows, where `status = 'paid'`, which is null for {null} rows"
        )),
        "{message}"
    );
    let notes = all["notes"].as_array().unwrap();
    let note = notes.iter().find(|note| note["id"].as_str().unwrap().starts_with("where.")).unwrap();
    assert_eq!(notes.iter().filter(|note| note["id"].as_str().unwrap().starts_with("where.")).count(), 1);
    assert!(note["message"].as_str().unwrap().contains(&format!("did not look at {null} rows of 600")), "{note}");
}

#[test]
fn a_stored_baseline_keeps_the_numbers_of_the_selected_rows() {
    let place = place(false);
    let of = |baseline: &str| config(PAID, baseline);
    place.write("mlgate.yml", &of(""));
    let files = place.report();
    let train = place.read("train.csv");
    place.write("mlgate.yml", &of("baseline: b.json\n")).write("train.csv", &place.read("before.csv"));
    let blessed = place.run(&["bless", "--quiet"]);
    assert_eq!(blessed.code, 0, "{}{}", blessed.stdout, blessed.stderr);
    let stored = place.read("b.json");
    assert!(stored.contains("\"filtered\"") && stored.contains("status = 'paid'"), "{stored}");
    place.write("train.csv", &train);
    let from_stored = place.report();
    assert_eq!(numbers(&files), numbers(&from_stored));
    // Of another condition, it has no numbers: the gates that compare say so, and the others go on.
    place.write("mlgate.yml", &of("baseline: b.json\n").replace("status = 'paid'", "status = 'open'"));
    let other = place.report();
    for id in ["columns.amount.mean", "columns.amount.psi", "columns.plan.unseen", "columns.amount.null_change"] {
        let gate = gate(&other, &format!("data.train.{id}"));
        assert_eq!(gate["verdict"], "error", "{gate:#}");
        assert!(gate["message"].as_str().unwrap().contains("the stored baseline does not hold"), "{gate:#}");
    }
    assert_ne!(gate(&other, "data.train.columns.amount.median")["verdict"], "error");
}

#[test]
fn a_condition_that_selects_no_row_is_an_error() {
    let place = place(false);
    place.write("mlgate.yml", &config(", where: \"status = 'piad'\"", ""));
    let report = place.report();
    assert_eq!(report["exit_code"], 4);
    for gate in report["gates"].as_array().unwrap() {
        if gate["id"].as_str().unwrap().starts_with("data.train") {
            assert_eq!(gate["verdict"], "error", "{gate:#}");
            let message = gate["message"].as_str().unwrap();
            let wanted =
                "none of 600 rows satisfies `status = 'piad'`, so nothing is checked; the condition is null for";
            assert!(message.contains(wanted), "{message}");
            assert!(gate.get("where").is_none(), "{gate:#}");
        }
    }
}

#[test]
fn a_baseline_without_selected_rows_is_no_baseline() {
    let place = place(false);
    place.write("before.csv", &rows(3, false).replace("paid", "open")).write("mlgate.yml", &config(PAID, ""));
    let report = place.report();
    for id in ["columns.amount.mean", "columns.amount.psi", "columns.plan.lost", "rows"] {
        let gate = gate(&report, &format!("data.train.{id}"));
        assert_eq!(gate["verdict"], "error", "{gate:#}");
    }
}

#[test]
fn broken_rows_have_their_numbers_in_the_file() {
    let place = Workplace::new();
    place
        .write("a.csv", "id,kind,day,label\n1,x,2024-01-01,0\n1,y,2024-01-01,1\n1,x,2024-01-01,1\n7,y,2024-01-03,0\n7,x,2024-01-03,0\n")
        .write("b.csv", "id,day\n7,2024-01-02\n")
        .write(
            "mlgate.yml",
            "version: 1\ndata:\n  a:\n    path: a.csv\n    duplicate_rows: {is: 0, columns: [id], where: \"kind = 'x'\"}\n    unique_together: \
             {columns: [id, day], where: \"kind = 'x'\"}\n    conflicting_labels: {is: 0, label: label, ignore: [kind], where: \"kind = 'x'\"}\n    \
             same_keys: {is: 0, with: b, key: [id], where: \"kind = 'x'\"}\n    starts_after: {is: 0, with: b, time: day, where: \"kind = 'x'\"}\n    \
             rules: {ratio: {is: \"12 / (id - 7) > 0\", where: \"id <> 7\"}, label: {is: \"label = 0\", where: \"kind = 'x'\"}}\n    columns:\n      \
             id: {in: {is: [3], where: \"kind = 'y'\"}}\n  b: {path: b.csv, rows: \"> 0\"}\n",
        );
    let report = place.report();
    for (id, rows) in [
        ("duplicate_rows", vec![3]),
        ("unique_together", vec![3]),
        ("conflicting_labels", vec![1, 3]),
        ("same_keys", vec![5]),
        ("starts_after", vec![1, 3]),
        ("rules.label", vec![3]),
        // In the other rows it would divide by zero.
        ("rules.ratio", vec![1, 2, 3]),
        ("columns.id.in", vec![2, 4]),
    ] {
        let gate = gate(&report, &format!("data.a.{id}"));
        assert_eq!(gate["verdict"], "fail", "{gate:#}");
        assert_eq!(gate["first_rows"], json!(rows), "{gate:#}");
    }
}

#[test]
fn what_a_condition_cannot_be_is_said() {
    let place = Workplace::new();
    place.write("a.csv", "id,kind\n1,x\n2,y\n");
    let said = |line: &str| {
        place.write("mlgate.yml", &format!("version: 1\ndata:\n  a:\n    path: a.csv\n    {line}\n"));
        let answer = place.run(&["run"]);
        (answer.code, answer.stdout + &answer.stderr)
    };
    for (line, code, wanted) in [
        (
            "schema: {is: same, where: \"id > 1\"}",
            2,
            "`where` means nothing to `schema`: it is about columns, and not about rows",
        ),
        ("columns: {id: {type: {is: int64, where: \"id > 1\"}}}", 2, "it is about columns, and not about rows"),
        (
            "numbers: {n: {sql: \"SELECT count(*) FROM a\", is: 2, where: \"id > 1\"}}",
            2,
            "its query has a `WHERE` of its own",
        ),
        (
            "rows: {is: \"> 0\", where: \"1 = 1\"}",
            2,
            "`1 = 1` is true for every row, so `data.a.rows` does not depend on the data",
        ),
        ("rows: {is: \"> 0\", where: \"\"}", 2, "`where` must be a condition in SQL"),
        ("rows: {is: \"> 0\", where: [kind]}", 2, "`where` must be a condition in SQL"),
        ("where: \"id > 1\"", 2, "`where` belongs inside a check"),
        ("rows: {is: \"> 0\", whre: \"id > 1\"}", 2, "did you mean `where`?"),
        ("rows: {is: \"> 0\", where: \"knd = 'x'\"}", 4, "there is no column `knd`; did you mean `kind`?"),
        ("rows: {is: \"> 0\", where: \"id\"}", 4, "is int64, and not true or false"),
        ("rows: {is: \"> 0\", where: \"id > (SELECT max(id) FROM a)\"}", 4, "cannot be evaluated"),
        ("rows: {is: \"> 0\", where: \"random() < 0.5\"}", 4, "a function whose result changes from run to run"),
        ("rows: {is: \"> 0\", where: \"kind = 'x'; DROP TABLE a\"}", 4, "cannot be evaluated"),
    ] {
        let (found, text) = said(line);
        let text = text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        assert!(text.contains(wanted), "{line}: {text}");
        assert_eq!(found, code, "{line}: {text}");
    }
}

#[test]
fn a_check_of_ones_own_may_have_a_parameter_of_this_name() {
    let page = "---\nid: at_least_where\nfamily: column\nsince: 1.0.0\nseverity: error\nsummary: rows of a kind\ndefinition: rows\ncounts: rows\n\
                params:\n  is: {type: share bound, about: \"how many\"}\n  where: {type: condition, about: \"which\"}\nmeasure: {sql: \"$where\", \
                among: \"value IS NOT NULL\"}\njudge: {bound: is}\nmessage: \"{hits} of {n}\"\nhelp: look\n---\n\n# `at_least_where`\n\n## What it \
                checks\n\nRows.\n";
    let place = Workplace::new();
    place.write("a.csv", "id,kind\n1,x\n2,y\n").write("own/at_least_where.md", page).write(
        "mlgate.yml",
        "version: 1\nchecks: own\ndata:\n  a:\n    path: a.csv\n    columns:\n      id: {at_least_where: {is: \">= 50%\", where: \"kind = 'x'\"}}\n",
    );
    let report = place.report();
    let gate = gate(&report, "data.a.columns.id.at_least_where");
    assert_eq!((&gate["verdict"], gate["message"].as_str()), (&json!("pass"), Some("1 of 2 (50.0%)")));
}

/// A narrower condition is a weaker demand, and the guard cannot rank any other two.
#[test]
fn the_guard_sees_which_rows_are_no_longer_looked_at() {
    let place = Workplace::new();
    place.write("a.csv", "id,kind\n1,x\n2,y\n");
    let line = |condition: &str, is: &str| match condition {
        "" => format!("version: 1\ndata: {{a: {{path: a.csv, columns: {{id: {{nulls: {{is: {is}}}}}}}}}}}\n"),
        _ => format!(
            "version: 1\ndata: {{a: {{path: a.csv, columns: {{id: {{nulls: {{is: {is}, where: \"{condition}\"}}}}}}}}}}\n"
        ),
    };
    for (before, after, is, kind) in [
        ("", "kind = 'x'", "0", "loosened"),
        ("kind = 'x'", "kind = 'x' AND id > 1", "0", "loosened"),
        ("kind = 'x'", "id > 1 AND kind = 'x'", "'< 5%'", "loosened"),
        ("kind = 'x'", "kind = 'x' OR id > 1", "0", "changed"),
        ("kind = 'x'", "kind = 'y'", "0", "changed"),
        ("kind = 'x'", "", "0", "tightened"),
        // A proportion of all rows may be smaller.
        ("kind = 'x'", "", "'< 5%'", "changed"),
    ] {
        place.write("before.yml", &line(before, is)).write("after.yml", &line(after, is));
        let answer = place.run(&["guard", "--config", "after.yml", "--against", "before.yml", "--format", "json"]);
        let found: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}", answer.stderr));
        let changes = found["guard"]["changes"].as_array().unwrap();
        let kinds: Vec<&Value> = changes.iter().map(|change| &change["kind"]).collect();
        assert_eq!(kinds, [kind], "{before} → {after}: {found:#}");
    }
    // A policy is not satisfied by a check of some rows.
    place
        .write("rules.yml", "version: 1\ndemands:\n  data.*.columns.id: {nulls: 0}\n")
        .write("mlgate.yml", &line("kind = 'x'", "0").replace("version: 1\n", "version: 1\npolicy: rules.yml\n"));
    let answer = place.run(&["run"]);
    assert!(
        answer.code == 2 && answer.stderr.contains("`data.a.columns.id.nulls` is looser than the policy allows"),
        "{}{}",
        answer.stdout,
        answer.stderr
    );
}

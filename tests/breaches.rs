//! The first rows that fail a gate are named, whatever measure counted them.

use crate::support::{Workplace, gate};

const CONFIG: &str = r#"
version: 1
data:
  train:
    path: train
    duplicate_rows: 0
    unique_together: {columns: [day, plan]}
    conflicting_labels: {label: label, ignore: [id, day]}
    same_keys: {with: test, key: [id]}
    same_rows: {with: test, ignore: [day]}
    starts_after: {with: test, time: day}
    foreign_keys:
      subscription: {of: plans, columns: [id, plan], their: [customer, plan]}
    rules:
      known: "plan IS NOT NULL"
    columns:
      id: {unique: true, foreign_key: customers.id}
      plan: {unseen: 0, not_in: [gold]}
    baseline_path: before.csv
  test: {path: test.csv, rows: "> 0"}
  customers: {path: customers.csv, rows: "> 0"}
  plans: {path: plans.csv, rows: "> 0"}
"#;

fn place() -> Workplace {
    let place = Workplace::new();
    place
        .write("mlgate.yml", CONFIG)
        .write("train/a.csv", "id,day,plan,label\n1,2024-03-01,free,0\n2,2024-03-02,free,1\n1,2024-03-01,free,0\n")
        .write("train/b.csv", "id,day,plan,label\n3,2024-01-01,gold,0\n9,2024-03-05,,0\n2,2024-03-06,pro,1\n")
        .write("before.csv", "id,day,plan,label\n1,2024-01-01,free,0\n2,2024-01-01,pro,1\n")
        .write("test.csv", "id,day,plan,label\n9,2024-02-01,,0\n3,2024-02-02,gold,1\n")
        .write("customers.csv", "id\n1\n2\n3\n")
        .write("plans.csv", "customer,plan\n1,free\n2,free\n3,pro\n");
    place
}

#[test]
fn the_first_rows_are_named_in_the_order_of_the_files() {
    let report = place().report();
    for (id, rows) in [
        ("duplicate_rows", vec![3]),
        ("unique_together", vec![3]),
        // Rows 1 and 3 equal row 2 in the plan, and row 2 has another label.
        ("conflicting_labels", vec![1, 2, 3]),
        ("same_keys", vec![4, 5]),
        ("same_rows", vec![5]),
        ("starts_after", vec![4]),
        // The third customer exists with another plan; a row without a plan is not looked up.
        ("foreign_keys.subscription", vec![4, 6]),
        ("rules.known", vec![5]),
        ("columns.id.unique", vec![3, 6]),
        ("columns.id.foreign_key", vec![5]),
        ("columns.plan.unseen", vec![4]),
        ("columns.plan.not_in", vec![4]),
    ] {
        let gate = gate(&report, &format!("data.train.{id}"));
        assert_eq!(gate["verdict"], "fail", "{gate:#}");
        assert_eq!(gate["first_rows"], serde_json::json!(rows), "{gate:#}");
        let message = gate["message"].as_str().unwrap();
        assert!(message.contains("; first at row"), "{message}");
    }
}

#[test]
fn no_more_than_five_are_named() {
    let place = Workplace::new();
    let config = "version: 1\ndata:\n  t: {path: t.csv, columns: {id: {unique: true}}}\n";
    place.write("mlgate.yml", config).write("t.csv", &format!("id\n{}", "7\n".repeat(100)));
    let report = place.report();
    assert_eq!(gate(&report, "data.t.columns.id.unique")["first_rows"], serde_json::json!([2, 3, 4, 5, 6]));
}

#[test]
fn values_that_enough_rows_have_are_named() {
    let place = Workplace::new();
    let config = "version: 1
data:
  t:
    path: t.csv
    columns:
      state: {in: [MA, NY], length: [1, 2], not_regex: C}
      age: {range: [0, 120]}
      mail: {pii: 0}
      when: {format: date}
";
    let mut rows = "state,age,mail,when\n".to_owned();
    for _ in 0..20 {
        rows.push_str("MA,30,a@example.com,2024-01-01\nFL,999,a@example.com,soon\nFL,-1,a@example.com,soon\nNY,200,a@example.com,\n");
    }
    rows.push_str("CAL,5000,a@example.com,later\n");
    place.write("mlgate.yml", config).write("t.csv", &rows);
    let report = place.report();
    let of = |id: &str| gate(&report, &format!("data.t.columns.{id}"));
    let message = |id: &str| of(id)["message"].as_str().unwrap().to_owned();
    assert!(
        message("state.in").contains("; values: `FL` (40 rows) and 1 more; first at rows 2"),
        "{}",
        message("state.in")
    );
    let ages = "; values: `-1` (20 rows), `999` (20 rows), `200` (20 rows) and 1 more; first";
    assert!(message("age.range").contains(ages), "{}", message("age.range"));
    assert!(message("when.format").contains("; values: `soon` (40 rows) and 1 more"), "{}", message("when.format"));
    assert_eq!(of("state.in")["broken_values"], serde_json::json!([{"value": "FL", "rows": 40}]));
    // One row's value may identify an individual, and personal data is never repeated.
    for id in ["state.length", "state.not_regex", "mail.pii"] {
        assert!(of(id)["verdict"] == "fail" && of(id).get("broken_values").is_none(), "{:#}", of(id));
        assert!(!message(id).contains("CAL") && !message(id).contains("example.com"), "{}", message(id));
    }
}

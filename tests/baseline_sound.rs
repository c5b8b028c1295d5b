//! Stored baselines with inconsistent numbers: every command refuses them when reading, whatever is compared.

use serde_json::{Value, json};

use crate::baseline_models::{MODELS, rows};
use crate::support::Workplace;

const DATA: &str = r#"
data:
  d:
    path: d.csv
    rows: ">= baseline - 10%"
    numbers: {total: {sql: "SELECT count(*) FROM d", is: ">= baseline"}}
    columns:
      x: {mean: "<= baseline + 1", distinct: ">= baseline - 1", quantile: {q: 0.5, is: "<= baseline + 1"}}
      t: {nulls: "<= baseline", unseen: 0}
  e: {path: e.csv, rows: "> 0"}
"#;

/// Returns a folder with all kinds of columns: integers, NaN, text, dates, times, constants, nulls only, a table of one
/// row, and models.
fn place(data: &str) -> Workplace {
    let place = Workplace::new();
    let text = (0..3000).fold("x,f,t,n,c,day,time,ok\n".to_owned(), |text, row| {
        let f = if row % 7 == 0 { "NaN".to_owned() } else { format!("{}.5", row % 11) };
        let t = ["", "a", "b", "c"][row % 4];
        text + &format!(
            "{row},{f},{t},,1,2024-01-{:02},2024-01-01T00:00:{:02},{}\n",
            1 + row % 28,
            row % 60,
            row % 3 == 0
        )
    });
    place
        .write("d.csv", &text)
        .write("e.csv", "a,b\n1,x\n")
        .write("new.csv", &rows(1500, 12))
        .write("mlgate.yml", &format!("version: 1\nbaseline: b.json{data}models:{MODELS}"));
    place
}

fn blessed() -> (Workplace, Value) {
    let place = place(DATA);
    let answer = place.run(&["bless"]);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    let stored = serde_json::from_str(&place.read("b.json")).unwrap();
    (place, stored)
}

/// Returns a column, or a result of a model, in the stored form.
fn column<'a>(stored: &'a mut Value, name: &str) -> &'a mut Value {
    let columns = stored["datasets"]["d"]["columns"].as_array_mut().unwrap();
    columns.iter_mut().find(|column| column["name"] == name).unwrap()
}

fn numbers<'a>(stored: &'a mut Value, name: &str) -> &'a mut Value {
    &mut column(stored, name)["holds"]["numbers"]
}

fn answer<'a>(stored: &'a mut Value, key: &str) -> &'a mut Value {
    let answers = stored["datasets"]["d"]["answers"].as_array_mut().unwrap();
    let known = answers.iter_mut().find(|known| known["is"].get(key).is_some());
    &mut known.unwrap_or_else(|| panic!("no {key}"))["is"][key]
}

/// Returns the first state of a kind among the results of a model.
fn state<'a>(stored: &'a mut Value, model: &str, kind: &str) -> &'a mut Value {
    let answers = stored["models"][model]["answers"].as_array_mut().unwrap();
    let known = answers.iter_mut().find(|known| known["is"]["all"].get(kind).is_some());
    &mut known.unwrap_or_else(|| panic!("no {kind}"))["is"]["all"][kind]
}

fn parts(stored: &mut Value) -> &mut Vec<Value> {
    let answers = stored["models"]["binary"]["answers"].as_array_mut().unwrap();
    let known = answers.iter_mut().find(|known| known["is"].get("parts").is_some()).unwrap();
    known["is"]["parts"].as_array_mut().unwrap()
}

fn again(list: &mut Value) {
    let first = list[0].clone();
    list.as_array_mut().unwrap().push(first);
}

type Change = (&'static str, fn(&mut Value));

const CHANGES: [Change; 49] = [
    ("fewer counts than cells", |b| numbers(b, "x")["counts"].as_array_mut().unwrap().truncate(5)),
    ("more counts than cells", |b| numbers(b, "x")["counts"].as_array_mut().unwrap().push(json!(0))),
    ("fewer sums than cells", |b| numbers(b, "f")["sums"].as_array_mut().unwrap().truncate(3)),
    ("edges that fall", |b| numbers(b, "x")["edges"].as_array_mut().unwrap().reverse()),
    ("an edge twice", |b| numbers(b, "x")["edges"][1] = numbers(b, "x")["edges"][0].clone()),
    ("fewer edges", |b| numbers(b, "f")["edges"].as_array_mut().unwrap().truncate(2)),
    ("counts beyond the rows", |b| numbers(b, "f")["counts"][0] = json!(9_000_000)),
    ("counts below the rows", |b| numbers(b, "x")["counts"][0] = json!(0)),
    ("counts that overflow", |b| {
        numbers(b, "x")["counts"][0] = json!(u64::MAX);
        numbers(b, "x")["counts"][1] = json!(u64::MAX);
    }),
    ("sums that overflow", |b| {
        numbers(b, "x")["sums"][0] = json!(1.7e308);
        numbers(b, "x")["sums"][1] = json!(1.7e308);
    }),
    ("a negative spread", |b| numbers(b, "x")["spread"] = json!(-1.0)),
    ("a spread that is none", |b| numbers(b, "x")["spread"] = Value::Null),
    ("nulls beyond the rows", |b| column(b, "n")["nulls"] = json!(3001)),
    ("nulls of a full column", |b| column(b, "x")["nulls"] = json!(1)),
    ("fewer nulls", |b| column(b, "t")["nulls"] = json!(0)),
    ("nulls below 0", |b| column(b, "t")["nulls"] = json!(-1)),
    ("other rows", |b| b["datasets"]["d"]["rows"] = json!(2999)),
    ("more rows", |b| b["datasets"]["d"]["rows"] = json!(30_000)),
    ("a column twice", |b| again(&mut b["datasets"]["d"]["columns"])),
    ("values beyond their number", |b| column(b, "t")["holds"]["values"]["different"] = json!(1)),
    ("more values than are listed", |b| column(b, "t")["holds"]["values"]["different"] = json!(9)),
    ("values that overflow", |b| column(b, "t")["holds"]["values"]["listed"]["a"] = json!(u64::MAX)),
    ("others that nobody is", |b| column(b, "t")["holds"]["values"]["others"] = json!(5)),
    ("an answer twice", |b| again(&mut b["datasets"]["d"]["answers"])),
    ("moments of no rows", |b| answer(b, "moments")["n"] = json!(0)),
    ("moments of too many rows", |b| answer(b, "moments")["n"] = json!(3001)),
    ("ends turned round", |b| answer(b, "moments")["smallest"] = json!(1e9)),
    ("a sum that no such numbers have", |b| answer(b, "moments")["sum"] = json!([1e12])),
    ("squares that no such numbers have", |b| answer(b, "moments")["squares"] = json!([1.0])),
    ("a sum that overflows", |b| answer(b, "moments")["sum"] = json!([1.7e308, 1.7e308])),
    ("more distinct than rows", |b| answer(b, "distinct")["distinct"] = json!(3001)),
    ("frequencies beyond the rows", |b| answer(b, "frequencies")["a"] = json!(3001)),
    ("a quantile of no rows", |b| answer(b, "quantile")["n"] = json!(0)),
    ("a query twice", |b| again(&mut b["queries"])),
    ("an interval turned round", |b| {
        let number = &mut b["models"]["binary"]["numbers"][0]["interval"];
        number.as_array_mut().unwrap().reverse();
    }),
    ("a value that is undefined", |b| b["models"]["binary"]["numbers"][0]["undefined"] = json!("why")),
    ("bins that fall", |b| b["models"]["binary"]["bins"][0]["edges"].as_array_mut().unwrap().reverse()),
    ("more bins than asked for", |b| b["models"]["binary"]["bins"][0]["count"] = json!(1)),
    ("bins twice", |b| again(&mut b["models"]["binary"]["bins"])),
    ("an answer of a model twice", |b| again(&mut b["models"]["values"]["answers"])),
    ("a slice twice", |b| {
        let first = parts(b)[0].clone();
        parts(b).push(first);
    }),
    ("a slice of more rows than there are", |b| parts(b)[0]["rows"] = json!(1501)),
    ("ranks that do not add up", |b| state(b, "binary", "ranks")["positives"]["sum"] = json!("1")),
    ("a loss of no rows", |b| state(b, "binary", "loss")["rows"] = json!(0)),
    ("a loss that overflows", |b| state(b, "binary", "loss")["squares"] = json!([1.7e308, 1.7e308])),
    ("a cell twice", |b| again(&mut state(b, "kinds", "table")["cells"])),
    ("a class that is none", |b| state(b, "kinds", "table")["cells"][0]["label"] = json!(7)),
    ("an estimate outside of its interval", |b| {
        let metrics = state(b, "values", "metrics").as_object_mut().unwrap();
        metrics.values_mut().next().unwrap()["interval"] = json!([9e9, 1e10]);
    }),
    ("a variance below 0", |b| state(b, "users", "joint")["variance"] = json!(-1.0)),
];

/// Never passes: a stored baseline whose numbers do not fit together (exit code 4).
#[test]
fn it_is_refused_whatever_is_asked_of_it() {
    let (place, stored) = blessed();
    let good = place.read("b.json");
    place.write("good.json", &good);
    // A config that compares only a number of rows.
    let little = "version: 1\nbaseline: b.json\ndata:\n  e: {path: e.csv, rows: \">= baseline\"}\n".to_owned();
    for (index, (what, change)) in CHANGES.into_iter().enumerate() {
        let mut bad = stored.clone();
        change(&mut bad);
        assert_ne!(bad, stored, "{what}");
        refused(&place, &little, (what, if index == 0 { 4 } else { 1 }), &bad.to_string());
    }
    for (name, what) in [("d", "a dataset twice"), ("binary", "a model twice"), ("a", "a value twice")] {
        let at = good.find(&format!("\"{name}\":")).unwrap();
        let twice = format!("{}\"{name}\": 0, {}", &good[..at], &good[at..]);
        refused(&place, &little, (what, 2), &twice);
    }
    place.write("b.json", &good);
    assert_eq!(place.run(&["run", "--quiet"]).code, 0);
}

/// Asserts that the first `commands` commands refuse the baseline.
fn refused(place: &Workplace, little: &str, (what, commands): (&str, usize), bad: &str) {
    place.write("b.json", bad).write("little.yml", little);
    for arguments in [
        &["diff", "good.json", "b.json"][..],
        &["run", "--quiet", "--config", "little.yml"],
        &["diff", "b.json", "good.json"],
        &["bless", "--quiet", "--config", "little.yml"],
    ]
    .into_iter()
    .take(commands)
    {
        let answer = place.run(arguments);
        assert_eq!(answer.code, 4, "{what}: {arguments:?}: {}{}", answer.stdout, answer.stderr);
        assert!(answer.stdout.contains("broken") || answer.stderr.contains("broken"), "{what}: {}", answer.stderr);
    }
    assert_eq!(place.read("b.json"), bad, "{what}: nothing is written");
}

#[test]
fn what_bless_writes_is_read() {
    let (place, _) = blessed();
    for arguments in [&["run", "--quiet"][..], &["bless", "--quiet"], &["diff", "b.json", "b.json"]] {
        let answer = place.run(arguments);
        assert_eq!(answer.code, 0, "{arguments:?}: {}{}", answer.stdout, answer.stderr);
    }
}

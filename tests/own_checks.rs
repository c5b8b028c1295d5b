//! Checks of one's own: what a page may say, and what is refused with its place.

use crate::support::{Answer, Workplace, gate};

fn page(front: &str) -> String {
    format!(
        "---\nid: mine\nsince: \"1\"\nseverity: error\nsummary: mine\ndefinition: mine\n{front}\nhelp: \"mend it\"\n---\n# `mine`\n"
    )
}

fn run(front: &str, lines: &str) -> (Workplace, Answer) {
    let place = Workplace::new();
    place.write("a.csv", "id,city\n1,x\n2,y\n").write("b.csv", "id\n2\n").write("own/mine.md", &page(front)).write(
        "mlgate.yml",
        &format!(
            "version: 1\nchecks: own\ndata:\n  a: {{path: a.csv, rows: 2, {lines}}}\n  b: {{path: b.csv, rows: 1}}\n"
        ),
    );
    let answer = place.run(&["run", "--format", "json"]);
    (place, answer)
}

#[test]
fn a_message_names_any_parameter_of_its_page() {
    let front = "family: column\nparams:\n  is: {type: number, about: x}\n  unit: {type: choice, words: [km, m], default: km, about: x}\n  allow: {type: share bound, default: 0, about: x}\nmeasure: {sql: \"value > $is\"}\njudge: {bound: allow}\nmessage: \"{hits} of {n} values are more than {is} {unit} ({allow})\"";
    let (place, answer) = run(front, "columns: {id: {mine: {is: 1, allow: \"< 10%\"}}}");
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    let report = place.report();
    let message = gate(&report, "data.a.columns.id.mine")["message"].as_str().unwrap();
    assert!(message.starts_with("1 of 2 values is more than 1 km (< 10%) (50.0%)"), "{message}");
    // What is filled in is filled in no second time.
    let front = "family: dataset\nparams:\n  other: {type: dataset, about: x}\n  key: {type: columns, about: x}\n  is: {type: share bound, default: 0, about: x}\nmeasure: shared keys\njudge: {bound: is}\nmessage: \"{hits} of {n} rows are in `{other}` by {key}\"";
    let place = Workplace::new();
    place.write("a.csv", "{n}\n1\n2\n").write("own/mine.md", &page(front)).write(
        "mlgate.yml",
        "version: 1\nchecks: own\ndata:\n  a: {path: a.csv, mine: {other: \"{hits}`\", key: [\"{n}\"]}}\n  \"{hits}`\": {path: a.csv, rows: 2}\n",
    );
    let message = gate(&place.report(), "data.a.mine")["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("2 of 2 rows are in `{hits}'` by {n}"), "{message}");
    let (_, answer) = run(&front.replace("{key}", "{kye}"), "mine: {other: b, key: [id]}");
    assert_eq!(answer.code, 2);
    assert!(
        answer.stderr.contains("`{kye}` is not known; a message may name") && answer.stderr.contains("other, key, is"),
        "{}",
        answer.stderr
    );
}

#[test]
fn a_page_that_lacks_a_parameter_of_its_measure_is_refused_with_its_place() {
    let share = "  is: {type: share bound, default: 0, about: x}\n";
    let number = "  is: {type: number, default: 0.1, about: x}\n";
    for (family, measure, judge, lacking) in [
        ("dataset", "shared keys", share, "a parameter of the type `dataset`"),
        ("dataset", "shared rows", share, "a parameter of the type `dataset`"),
        ("dataset", "missing keys", share, "a parameter of the type `columns`"),
        ("column", "missing keys", share, "a parameter of the type `reference`"),
        ("dataset", "rows not after", share, "a parameter of the type `column`"),
        ("dataset", "conflicting rows", share, "a parameter `label` of the type `column`"),
        ("dataset", "explained label", share, "a parameter `label` of the type `column`"),
        (
            "dataset",
            "query rows",
            "  is: {type: rows bound, default: 0, about: x}\n",
            "a parameter of the type `query`",
        ),
        ("dataset", "drifted columns", share, "a parameter `each` of the type `number`"),
        ("column", "chi-square", number, "a parameter `effect` of the type `number`"),
        ("column", "{sql: \"value > $least\"}", share, "a parameter `least`"),
        ("column", "{sql: \"value IS NULL\", among: \"value > $is_low\"}", share, "a parameter `is_low`"),
    ] {
        let way = if measure == "chi-square" { "at_least" } else { "bound" };
        let front =
            format!("family: {family}\nparams:\n{judge}measure: {measure}\njudge: {{{way}: is}}\nmessage: \"x\"");
        let (_, answer) = run(&front, "duplicate_rows: 0");
        assert_eq!(answer.code, 2, "{measure}: {}", answer.stdout);
        assert!(answer.stderr.contains(&format!("this measure needs {lacking}")), "{measure}: {}", answer.stderr);
        assert!(answer.stderr.contains("own/mine.md:"), "{}", answer.stderr);
        assert!(answer.stderr.contains(&format!("measure: {measure}")), "{}", answer.stderr);
    }
}

#[test]
fn several_demands_of_one_check_go_by_names() {
    let front = "family: dataset\nnamed: true\nparams:\n  is: {type: condition, about: x}\n  allow: {type: share bound, default: 0, about: x}\nmeasure: {sql: \"($is) IS NOT TRUE\"}\njudge: {bound: allow}\nmessage: \"{hits} of {n} rows break `{is}`\"";
    let (place, answer) = run(front, "mine: {one: \"id > 1\", other: {is: \"id < 9\", severity: note}}");
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    let report = place.report();
    assert_eq!(gate(&report, "data.a.mine.one")["verdict"], "fail");
    assert_eq!(gate(&report, "data.a.mine.other")["verdict"], "pass");
    let message = gate(&report, "data.a.mine.one")["message"].as_str().unwrap();
    assert!(message.starts_with("1 of 2 rows breaks `id > 1`"), "{message}");
    for (lines, said) in [("mine: 3", "expected a mapping"), ("rules: [x]", "expected a mapping")] {
        let (_, answer) = run(front, lines);
        assert_eq!(answer.code, 2, "{lines}");
        assert!(answer.stderr.contains(said), "{}", answer.stderr);
    }
    for (wrong, said) in [
        (front.replace("named: true", "named: yes please"), "`named` must be true or false"),
        (front.replace("family: dataset", "family: column"), "only checks of a dataset are `named`"),
    ] {
        let (_, answer) = run(&wrong, "duplicate_rows: 0");
        assert!(answer.code == 2 && answer.stderr.contains(said), "{}", answer.stderr);
    }
}

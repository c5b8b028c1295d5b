//! JSON lines.

use super::{counted, expected, fixture, packed, put, refusal, scan_refusal};
use crate::support::Workplace;

#[test]
fn every_dress_is_read_as_pandas_reads_it() {
    let expected = &expected()["text"];
    for file in ["lines.jsonl", "lines.jsonl.gz", "lines.jsonl.zst"] {
        let columns = ["id", "age", "income", "sex", "joined", "note"];
        let found = counted(&Workplace::new(), &fixture(&format!("text/{file}")), &columns);
        for name in columns {
            let (_, nulls, distinct) = found.column(name);
            assert_eq!(Some(nulls), expected["nulls"][name].as_u64(), "{file}, {name}: nulls");
            assert_eq!(distinct, expected["distinct"][name].as_u64(), "{file}, {name}: distinct values");
        }
        let kinds = columns.map(|name| found.column(name).0.to_owned());
        assert_eq!(kinds, ["int64", "int64", "float64", "string", "string", "string"]);
    }
}

#[test]
fn a_broken_line_is_named() {
    let place = Workplace::new();
    for (text, why) in [
        ("{\"a\":1}\n{\"a\":\n", "line 2 is not JSON: EOF while parsing a value (column 5)"),
        ("{\"a\":1}\n\n{\"a\":1} {\"a\":2}\n", "line 3 is not JSON: trailing characters (column 9)"),
        ("{\"a\":1}\n{\"a\":1,\"a\":2}\n", "line 2 is not JSON: the key `a` is repeated (column 13)"),
        ("{\"a\":1}\n[1]\n", "line 2 holds a list and not an object"),
        ("{\"a\":1}\n3\n", "line 2 holds a whole number and not an object"),
        ("{\"a\":NaN}\n", "line 1 is not JSON: expected value (column 6)"),
        (
            "{\"a\":18446744073709551615}\n",
            "line 1 is not JSON: 18446744073709551615 does not fit a signed integer of 64 bits; write it as text (column 25)",
        ),
        (
            "{\n  \"a\": 1\n}\n",
            "it is one object over several lines and none of its keys has a list of objects; rows are JSON lines, or the items of a list",
        ),
    ] {
        place.write("t.jsonl", text);
        let message = refusal(&place, "t.jsonl");
        assert_eq!(message, format!("`t.jsonl` cannot be read: {why}"), "{text:?}");
    }
    put(&place, "t.jsonl", b"{\"a\":\"x\"}\n{\"a\":\"\xe9\"}\n");
    let message = refusal(&place, "t.jsonl");
    assert!(message.contains("line 2 is not UTF-8: its byte 7 is 0xE9; if it is Latin-1"), "{message}");
}

#[test]
fn a_list_of_objects_is_read_like_lines() {
    let place = Workplace::new();
    let lines = std::fs::read_to_string(fixture("text/array.json")).unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_str(&lines).unwrap();
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    let column = rows[0].as_object().unwrap().keys().next().unwrap().clone();
    let wrapped = format!("{{\n  \"n\": 3, \"rows\": {}\n}}\n", serde_json::to_string_pretty(&rows).unwrap());
    place.write("t.jsonl", &lines).write("list.json", &serde_json::to_string(&rows).unwrap());
    place.write("pretty.json", &serde_json::to_string_pretty(&rows).unwrap()).write("wrapped.json", &wrapped);
    let config = |name: &str, rows: usize| {
        format!(
            "version: 1\ndata:\n  t:\n    path: {name}\n    rows: \">= {rows}\"\n    columns:\n      {column}: {{nulls: 0}}\n"
        )
    };
    for name in ["t.jsonl", "list.json", "pretty.json", "wrapped.json"] {
        for (least, code) in [(rows.len(), 0), (rows.len() + 1, 1)] {
            place.write("mlgate.yml", &config(name, least));
            let answer = place.run(&["run"]);
            assert_eq!(answer.code, code, "{name}: {}{}", answer.stdout, answer.stderr);
        }
    }
}

#[test]
fn a_list_that_is_cut_or_holds_others_is_refused() {
    let place = Workplace::new();
    for (text, why) in [
        ("[{\"a\":1},{\"a\":2}", "its list or object does not end; is the file cut off?"),
        ("[{\"a\":1},3]", "item 2 of its list is not an object"),
        ("[{\"a\":1}]\n[{\"a\":1}]\n", "more text follows its end, in line 2"),
        ("[\n {\"a\":1},\n {\"a\":x}\n]", "line 3 is not JSON: expected value (column 6)"),
        (
            "{\n\"x\": [{\"a\":1}], \"y\": [{\"a\":2}]}",
            "it has several lists of objects, another one in line 2; write the rows alone",
        ),
    ] {
        place.write("t.json", text);
        assert_eq!(refusal(&place, "t.json"), format!("`t.json` cannot be read: {why}"), "{text:?}");
    }
}

#[test]
fn values_of_two_types() {
    let place = Workplace::new();
    place.write("t.jsonl", "{\"a\":1}\n{\"a\":\"one\"}\n");
    assert_eq!(
        scan_refusal(&place, "t.jsonl", "a"),
        "t.jsonl: line 2: `a` holds text (`one`), but whole numbers before"
    );
    place.write("t.jsonl", "{\"a\":{\"b\":1}}\n{\"a\":{\"b\":true}}\n");
    assert_eq!(
        scan_refusal(&place, "t.jsonl", "a.b"),
        "t.jsonl: line 2: `a.b` holds true or false, but whole numbers before"
    );
    place.write("t.jsonl", "{\"a\":1,\"b\":null}\n{\"a\":1.5}\n{}\n");
    let found = counted(&place, "t.jsonl", &["a", "b"]);
    assert_eq!(found.column("a"), ("float64", 1, Some(2)));
    assert_eq!(found.column("b").0, "null");
}

/// Other readers round 1.5 down if the first rows contain integers, and drop columns that occur late.
#[test]
fn what_comes_late_is_not_dropped() {
    let place = Workplace::new();
    let text = "{\"a\":1,\"b\":null}\n".repeat(100_000);
    for name in ["t.jsonl", "t.jsonl.gz", "t.jsonl.zst"] {
        let last = "{\"a\":1.5,\"b\":3,\"c\":\"x\"}\n";
        put(&place, name, &packed(name, format!("{text}{last}").as_bytes()));
        let found = counted(&place, name, &["a", "b", "c"]);
        assert_eq!(found.rows, 100_001);
        assert_eq!(found.column("a"), ("float64", 0, Some(2)));
        assert_eq!(found.column("b"), ("int64", 100_000, Some(1)));
        assert_eq!(found.column("c"), ("string", 100_000, Some(1)));
        // A text is of another type, so the column has no common type.
        put(&place, name, &packed(name, format!("{text}{{\"a\":\"one\",\"b\":null}}\n").as_bytes()));
        place.write("main.jsonl", "{\"a\":1,\"b\":null}\n");
        for (gate, code) in [
            ("columns: {a: {type: int64}}", 1),
            ("schema: same", 1),
            ("retyped_columns: 0", 1),
            ("columns: {a: {nulls: 0}}", 4),
            ("duplicate_rows: '< 50%'", 4),
            ("columns: {b: {nulls: '= 100%'}}", 0),
            ("rows: '> 0'", 0),
        ] {
            let config = format!("version: 1\ndata: {{t: {{path: {name}, baseline_path: main.jsonl, {gate}}}}}\n");
            let answer = place.write("mlgate.yml", &config).run(&["run"]);
            assert_eq!(answer.code, code, "{name}, {gate}: {}", answer.stdout);
        }
        put(&place, name, &packed(name, format!("{text}{{\"a\":\n").as_bytes()));
        assert!(refusal(&place, name).contains("line 100001 is not JSON"));
    }
}

/// Logs of evaluations contain text, numbers and objects in one column, which no check may read.
#[test]
fn a_mixed_column_stops_only_who_reads_it() {
    let values = ["\"four\"", "4", "4.5", "true", "null", "[1,\"a\"]", "{\"tool\":\"calc\"}"];
    let mixes = [
        ("top", "output", "{}"),
        ("in a map", "output.text", "{\"text\":{},\"n\":1}"),
        ("in a list", "output", "[1,{}]"),
        ("deep", "output", "[[{\"a\":{}}]]"),
    ];
    for (what, column, shape) in mixes {
        for name in ["p.jsonl", "p.jsonl.gz", "p.jsonl.zst"] {
            let place = Workplace::new();
            let line = |row: usize| {
                let output = shape.replace("{}", values[row % values.len()]);
                format!("{{\"id\":{row},\"passed\":{},\"want\":true,\"output\":{output}}}\n", !row.is_multiple_of(8))
            };
            let lines: String = (0..80).map(line).collect();
            put(&place, name, &packed(name, lines.as_bytes()));
            let model =
                format!("predictions: {name}, label: want, prediction: passed, metrics: {{accuracy: {{min: 0.7}}}}");
            place.write("mlgate.yml", &format!("version: 1\nmodels: {{m: {{{model}}}}}\n"));
            let report = place.report();
            assert_eq!(report["exit_code"], 0, "{what}: {report:#}");
            assert_eq!(report["gates"][0]["candidate"]["value"], 0.875);
            // A check that reads the column gets the place.
            let message = scan_refusal(&place, name, &format!("'{column}'"));
            assert!(
                message.starts_with(&format!("{name}: line ")) && message.contains(&format!("`{column}")),
                "{message}"
            );
            let sliced = model.replace("min: 0.7", "min: 0.7, slices: all");
            place.write("mlgate.yml", &format!("version: 1\nmodels: {{m: {{{sliced}, slices: ['{column}']}}}}\n"));
            assert_eq!(place.report()["exit_code"], 4, "{what}");
        }
    }
}

#[test]
fn a_baseline_keeps_the_name_of_a_mixed_column() {
    let place = Workplace::new();
    let line = |row: usize| format!("{{\"id\":{row},\"v\":{},\"m\":{}}}\n", row % 5, ["1", "\"x\""][row % 2]);
    place.write("t.jsonl", &(0..40).map(line).collect::<String>());
    let config =
        |line: &str| format!("version: 1\nbaseline: b.json\ndata: {{t: {{path: t.jsonl, schema: same, {line}}}}}\n");
    place.write("mlgate.yml", &config("columns: {v: {nulls: '<= baseline'}}"));
    let answer = place.run(&["bless"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_eq!(place.run(&["run"]).code, 0);
    // The change of type is visible, and a count that was not made is not 0.
    place.write("t.jsonl", &(0..40).map(|row| format!("{{\"id\":{row},\"v\":1,\"m\":1}}\n")).collect::<String>());
    assert_eq!(place.run(&["run"]).code, 1);
    place.write("mlgate.yml", &config("columns: {m: {null_change: 10%}}").replace("schema: same, ", ""));
    let report = place.report();
    assert_eq!(report["exit_code"], 4, "{report:#}");
    assert!(report["gates"][0]["message"].as_str().unwrap().contains("its values were of several types"), "{report:#}");
}

#[test]
fn a_mixed_column_of_one_file_of_a_model() {
    let place = Workplace::new();
    let line = |row: usize, more: &str| {
        format!("{{\"id\":{row},\"y\":{},\"p\":{}{more}}}\n", row % 2, f64::from(row as u32 % 2) * 0.8 + 0.1)
    };
    let plain: String = (0..60).map(|row| line(row, "")).collect();
    let mixed: String = (0..60).map(|row| line(row, [",\"m\":1", ",\"m\":\"x\""][row % 2])).collect();
    for (candidate, baseline, labels) in
        [(&mixed, &plain, &plain), (&plain, &mixed, &plain), (&plain, &plain, &mixed), (&mixed, &mixed, &mixed)]
    {
        place.write("p.jsonl", candidate).write("b.jsonl", baseline).write("l.jsonl", labels);
        place.write(
            "mlgate.yml",
            "version: 1\nmodels:\n  m: {predictions: p.jsonl, baseline_predictions: b.jsonl, labels: l.jsonl, key: id, label: y, score: p, metrics: {roc_auc: {min: 0.9, max_drop: 0.1}}}\n",
        );
        let report = place.report();
        assert_eq!(report["exit_code"], 0, "{report:#}");
    }
}

#[test]
fn a_field_that_has_the_name_of_a_column_is_refused() {
    let place = Workplace::new();
    place.write("t.jsonl", "{\"a.b\":1,\"a\":{\"b\":2}}\n");
    assert_eq!(
        refusal(&place, "t.jsonl"),
        "`t.jsonl` cannot be read: there are two columns `a.b`: one at the top, and a field of a struct; rename one of them"
    );
}

#[test]
fn nested_values_are_columns() {
    let place = Workplace::new();
    place.write(
        "t.jsonl",
        "{\"id\":1,\"tags\":[\"x\",null],\"at\":{\"lat\":1.5,\"lon\":2}}\n{\"id\":2,\"tags\":[],\"at\":{\"lat\":3}}\n{\"id\":3,\"tags\":null}\n",
    );
    let found = counted(&place, "t.jsonl", &["id", "tags", "at.lat", "at.lon"]);
    assert_eq!(found.column("tags"), ("list<string>", 1, Some(2)));
    assert_eq!(found.column("at.lat"), ("float64", 1, Some(2)));
    assert_eq!(found.column("at.lon"), ("int64", 2, Some(1)));
}

/// The reader once duplicated each level's name, so that ten levels took seconds.
#[test]
fn objects_within_objects() {
    let place = Workplace::new();
    let nested =
        |depth: usize, inside: &str| format!("{{\"a\":{}{inside}{}}}\n", "{\"b\":".repeat(depth), "}".repeat(depth));
    // A null value; null objects ten and thirty levels above; and a value.
    let lines = [nested(30, "null"), nested(20, "null"), nested(0, "null"), nested(30, "7")];
    place.write("t.jsonl", &lines.concat());
    let name = format!("a{}", ".b".repeat(30));
    let found = counted(&place, "t.jsonl", &[&name]);
    assert_eq!(found.column(&name), ("int64", 3, Some(1)));
    place.write("t.jsonl", &nested(33, "7"));
    let message = refusal(&place, "t.jsonl");
    assert!(message.ends_with("holds structs that are nested too deep; limit: 32"), "{message}");
}

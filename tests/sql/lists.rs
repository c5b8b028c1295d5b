//! Lists, times of day, and the index of pandas.

use datafusion::arrow::array::{
    ArrayRef, BinaryArray, Float64Array, Int64Array, ListArray, StringArray, Time64MicrosecondArray,
};
use datafusion::arrow::datatypes::{Float32Type, Int64Type};

use super::{array, place, report, rules};
use crate::support::gate;

fn embeddings(rows: [Option<Vec<Option<f32>>>; 2]) -> (&'static str, ArrayRef) {
    ("e", array(ListArray::from_iter_primitive::<Float32Type, _, _>(rows)))
}

#[test]
fn rules_read_lists() {
    let whole = embeddings([Some(vec![Some(0.1), Some(0.7)]), Some(vec![Some(0.7), Some(-2.0)])]);
    let ids =
        array(ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(7)]), Some(vec![Some(7), None])]));
    let text = array(StringArray::from(vec!["7", "7"]));
    let columns = [whole, ("ids", ids), ("s", text), ("n", array(Int64Array::from(vec![7, 8])))];
    rules(
        &columns,
        &[
            ("array_length(e) = 2", "pass"),
            ("cardinality(ids) = 1", "fail"),
            ("array_has(e, 0.7)", "pass"),
            ("array_has(e, 0.1)", "fail"),
            ("array_has(ids, 7)", "pass"),
            ("array_has(ids, n)", "fail"),
            ("array_has(ids, 7.0)", "pass"),
            ("array_has(ids, s)", "`array_has` looks for string in list<int64>"),
            ("NOT array_has_null(e)", "pass"),
            ("NOT array_has_null(ids)", "fail"),
            ("array_all_finite(e)", "pass"),
            ("array_length(n) = 1", "`array_length` needs a list, and is given int64"),
        ],
    );
    let broken = embeddings([Some(vec![Some(f32::NAN)]), None]);
    let answers = [
        ("array_all_finite(e)", "fail"),
        ("array_length(e) = 1", "fail"),
        ("e IS NULL OR array_length(e) = 1", "pass"),
        ("array_has_null(e) OR e IS NULL", "fail"),
    ];
    rules(&[broken], &answers);
}

#[test]
fn lists_have_types_and_checks() {
    let place = place(&[embeddings([Some(vec![Some(0.1), Some(0.7)]), Some(vec![Some(0.7), None, None])])]);
    let of = |checks: &str| {
        let report = report(&place, &format!("    columns: {{e: {{{checks}}}}}\n"));
        let gate = report["gates"].as_array().unwrap()[0].clone();
        (gate["verdict"].as_str().unwrap().to_owned(), gate["message"].as_str().unwrap().to_owned())
    };
    for (checks, wanted) in [
        ("type: 'list<float32>'", "pass"),
        ("type: 'list<float>'", "pass"),
        ("type: list", "pass"),
        ("type: 'list<float64>'", "fail"),
        ("type: 'map<string, float32>'", "fail"),
        ("element_count: [2, 3]", "pass"),
        ("element_count: [2, 2]", "fail"),
        ("null_elements: 50%", "pass"),
        ("null_elements: 0", "fail"),
        ("length: [2, 3]", "error"),
    ] {
        let (verdict, message) = of(checks);
        assert_eq!(verdict, wanted, "{checks}: {message}");
    }
}

#[test]
fn bytes_are_text_if_the_config_says_so() {
    let of = |second: &[u8], lines: &str| {
        let place = place(&[("s", array(BinaryArray::from(vec![b"red".as_slice(), second])))]);
        let report = report(&place, lines);
        let gate = report["gates"][0].clone();
        (gate["verdict"].as_str().unwrap().to_owned(), gate["message"].as_str().unwrap().to_owned())
    };
    let checks = "    columns: {s: {in: [red, green]}}\n";
    let declared = format!("    types: {{s: string}}\n{checks}");
    let (verdict, message) = of(b"green", checks);
    assert!(verdict == "error" && message.contains("`types` declares the column as string"), "{message}");
    assert_eq!(of(b"green", &declared).0, "pass");
    assert_eq!(of(b"blue", &declared).0, "fail");
    let (verdict, message) = of(b"\xff", &declared);
    assert!(verdict == "error" && message.contains("the bytes FF are not UTF-8"), "{message}");
}

#[test]
fn times_of_day_have_ranges() {
    let hour = |hour: i64| hour * 3_600_000_000;
    let place = place(&[("t", array(Time64MicrosecondArray::from(vec![hour(8), hour(23)])))]);
    let of = |range: &str| report(&place, &format!("    columns: {{t: {{range: {range}}}}}\n"))["gates"][0].clone();
    assert_eq!(of("['08:00', '23:00:00.5']")["verdict"], "pass");
    let late = of("[null, '22:30']");
    assert!(late["verdict"] == "fail" && late["first_rows"] == serde_json::json!([2]), "{late:#}");
    let message = of("['8', null]")["message"].as_str().unwrap().to_owned();
    assert!(message.contains("a text that is not a time of day such as 08:30"), "{message}");
}

#[test]
fn an_index_of_pandas_is_named_where_it_makes_rows_differ() {
    let place = place(&[
        ("a", array(Float64Array::from(vec![1.0, 1.0]))),
        ("__index_level_0__", array(Int64Array::from(vec![10, 11]))),
    ]);
    let all = report(&place, "    duplicate_rows: 0\n");
    assert_eq!(gate(&all, "data.t.duplicate_rows")["verdict"], "pass");
    let notes = all["notes"].as_array().unwrap();
    let note = notes.iter().find(|note| note["id"] == "index.data.t.duplicate_rows").unwrap();
    assert!(note["message"].as_str().unwrap().contains("the column `__index_level_0__`"), "{note}");
    assert_eq!(all["verdict"], "warn");
    let listed = report(&place, "    duplicate_rows: {is: 0, columns: [a]}\n");
    assert_eq!(gate(&listed, "data.t.duplicate_rows")["verdict"], "fail");
    assert!(listed["notes"].as_array().is_none_or(Vec::is_empty), "{listed:#}");
    let answer = place.run(&["init", "--config", "new.yml", "t.parquet"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let config = place.read("new.yml");
    assert!(!config.contains("    duplicate_rows") && !config.contains("      __index"), "{config}");
}

//! Arithmetic that does not wrap around.

use datafusion::arrow::array::{
    ArrayRef, Decimal128Array, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, UInt8Array,
    UInt32Array, UInt64Array,
};

use super::{array, numbers, place, report, rules};
use crate::support::gate;

fn whole_numbers() -> Vec<(&'static str, ArrayRef)> {
    vec![
        ("w", array(Int16Array::from(vec![300]))),
        ("h", array(Int16Array::from(vec![200]))),
        ("p", array(Int32Array::from(vec![100_000]))),
        ("q", array(Int32Array::from(vec![50_000]))),
        ("a", array(UInt8Array::from(vec![200]))),
        ("b", array(UInt8Array::from(vec![100]))),
        ("i", array(Int8Array::from(vec![-128]))),
        ("x", array(Int64Array::from(vec![i64::MAX]))),
        ("low", array(Int64Array::from(vec![i64::MIN]))),
        ("u", array(UInt64Array::from(vec![5]))),
        ("v", array(UInt64Array::from(vec![7]))),
        ("z", array(UInt64Array::from(vec![u64::MAX]))),
        ("m", array(UInt32Array::from(vec![5]))),
        ("n", array(UInt32Array::from(vec![7]))),
        ("d", array(Decimal128Array::from(vec![10_i128.pow(38) - 1]).with_precision_and_scale(38, 0).unwrap())),
    ]
}

/// Never passes: whole numbers that wrap in a rule, at every width.
#[test]
fn whole_numbers_do_not_turn_around_in_rules() {
    rules(
        &whole_numbers(),
        &[
            ("w * h <= 40000", "fail"),
            ("w * h = 60000", "pass"),
            ("a + b <= 255", "fail"),
            ("a + b = 300", "pass"),
            ("p * q <= 1000000000", "fail"),
            ("p * q = 5000000000", "pass"),
            ("b - a < 0", "pass"),
            ("m - n < 0", "pass"),
            ("m - n = -2", "pass"),
            ("u - v < 0", "pass"),
            ("u - v + 1 < 0", "`u - v` is negative or goes beyond the range of uint64"),
            ("z - 1 > 0", "pass"),
            ("-i = 128", "pass"),
            ("abs(i) = 128", "pass"),
            ("-a = -200", "only supports signed"),
            ("x * 2 <= 100", "`x * 2` goes beyond the range of int64 in some row"),
            ("x + 1 < 0", "`x + 1` goes beyond"),
            ("low - 1 > 0", "`low - 1` goes beyond"),
            ("-low < 0", "`-low` goes beyond"),
            ("abs(low) < 0", "`abs(low)` goes beyond"),
            ("z + 1 < 5", "`z + 1` is negative or goes beyond"),
            ("z * z < 5", "`z * z` is negative or goes beyond"),
            ("x << 1 < 5", "`x << 1` goes beyond"),
            ("d + d < 5", "`d + d` goes beyond the range of decimal(38, 0)"),
            ("d * d < 5", "`d * d` goes beyond the range of decimal(38, 0)"),
            ("CASE WHEN w > 0 THEN x * 2 ELSE 0 END <= 100", "`x * 2` goes beyond"),
            ("x * 2 BETWEEN -10 AND 10", "`x * 2` goes beyond"),
            ("x * 2 IN (-2, 5)", "`x * 2` goes beyond"),
            ("4611686018427387904 * 2 < w", "`4611686018427387904 * 2` goes beyond"),
            ("power(x, 2) < 5", "`power(x, 2)` is a whole number beyond 2^53"),
            ("power(w, 2) = 90000", "pass"),
            ("(w + h) / 3 = 166", "pass"),
            ("w % 7 = 6", "pass"),
            ("x > 9223372036854775806", "pass"),
            ("x - 1 = 9223372036854775806", "pass"),
            ("x <= 9223372036854775808.0", "pass"),
            ("x < 9223372036854775807.0", "pass"),
        ],
    );
}

/// Never passes: whole numbers that wrap in a query.
#[test]
fn whole_numbers_do_not_turn_around_in_queries() {
    numbers(
        &whole_numbers(),
        &[
            ("SELECT max(p * q) FROM t", "5000000000"),
            (
                "SELECT sum(x) FROM (SELECT x FROM t UNION ALL SELECT x FROM t)",
                "`sum(x)` goes beyond the range of int64",
            ),
            ("SELECT sum(z) FROM (SELECT z FROM t UNION ALL SELECT z FROM t)", "goes beyond the range of uint64"),
            (
                "SELECT max(s) FROM (SELECT sum(x) OVER () AS s FROM (SELECT x FROM t UNION ALL SELECT x FROM t))",
                "goes beyond",
            ),
            (
                "SELECT sum(x) FROM (SELECT x FROM t UNION ALL SELECT x FROM t) GROUP BY x",
                "goes beyond the range of int64",
            ),
            ("SELECT sum(x) + sum(low) FROM t", "-1"),
            (
                "SELECT sum(y) FROM (SELECT x AS y FROM t UNION ALL SELECT x FROM t UNION ALL SELECT low FROM t)",
                "9223372036854775806",
            ),
            ("SELECT sum(DISTINCT x) FROM (SELECT x FROM t UNION ALL SELECT x FROM t)", "9223372036854775807"),
            ("WITH c AS (SELECT w * h AS area FROM t) SELECT max(area) FROM c", "60000"),
            ("SELECT count(*) FROM t l JOIN t r ON l.w * l.h = r.w * 200", "1"),
            ("SELECT count(*) FROM t WHERE w * h > 40000", "1"),
            ("SELECT count(*) FROM (SELECT w FROM t GROUP BY w HAVING sum(w) * 200 > 32767)", "1"),
            ("SELECT count(*) FROM t WHERE p * q > (SELECT max(p) * 40000 FROM t)", "1"),
            ("SELECT max(d + d) FROM t", "`d + d` goes beyond the range of decimal(38, 0)"),
            ("SELECT count(*) / count(DISTINCT w) FROM t", "1"),
            ("SELECT sum(w) / 7 FROM t", "42"),
        ],
    );
}

#[test]
fn a_query_of_rows_and_a_slice_compute_as_rules_do() {
    let place = place(&whole_numbers());
    let report = report(
        &place,
        "    failed_rows: {wide: \"SELECT * FROM t WHERE w * h > 40000\", over: \"SELECT * FROM t WHERE x + x > 0\"}\n",
    );
    assert_eq!(gate(&report, "data.t.failed_rows.wide")["verdict"], "fail");
    let message = gate(&report, "data.t.failed_rows.over")["message"].as_str().unwrap();
    assert_eq!(
        message,
        "the query cannot be evaluated: `x + x` goes beyond the range of int64 in some row; compute it with \
         `CAST(… AS DECIMAL(38, 0))`"
    );
    place.write("p.csv", "y,p,a\n1,1,9223372036854775807\n0,0,1\n").write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {predictions: p.csv, label: y, prediction: p, slices: [{big: \"a * 2 > 10\"}], metrics: {accuracy: {min: 0.5, slices: all}}}\n",
    );
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 4, "{}", answer.stdout);
    assert!(answer.stdout.contains("`a * 2` goes beyond"), "{}", answer.stdout);
}

#[test]
fn a_page_of_one_s_own_computes_as_rules_do() {
    let place = place(&[("v", array(Int8Array::from(vec![100])))]);
    place.write(
        "checks/double.md",
        "---\nid: double\nfamily: column\nsince: 0.1.0\nseverity: error\nsummary: s\ndefinition: d\nparams:\n  is: {type: number, about: a}\n  allow: {type: share bound, default: 0, about: a}\nmeasure: {sql: \"value + value > $is\"}\njudge: {bound: allow}\nmessage: \"{hits}\"\nhelp: h\n---\n# `double`\n\n## What it checks\n\nx\n\n## Why it matters\n\nx\n\n## Limits\n\nx\n",
    );
    place
        .write("mlgate.yml", "version: 1\nchecks: checks\ndata: {t: {path: t.parquet, columns: {v: {double: 150}}}}\n");
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 1, "{}{}", answer.stdout, answer.stderr);
}

/// Never passes: the result of a query beside a limit that a float cannot tell from it.
#[test]
fn results_of_queries_are_compared_with_all_their_digits() {
    let decimal = |digits: i128, scale: i8| {
        array(Decimal128Array::from(vec![digits]).with_precision_and_scale(20, scale).unwrap())
    };
    let place = place(&[
        ("whole", array(Int64Array::from(vec![(1_i64 << 53) + 1]))),
        ("unsigned", array(UInt64Array::from(vec![u64::MAX]))),
        ("id", decimal(12_345_678_901_234_568, 0)),
        ("money", decimal(9_007_199_254_740_993, 2)),
        ("cents", decimal(30, 2)),
        ("single", array(Float32Array::from(vec![0.7_f32]))),
    ]);
    let cases = [
        ("max(whole)", "<= 9007199254740992", "fail"),
        ("max(whole)", "= 9007199254740993", "pass"),
        ("sum(whole)", "< 9007199254740993", "fail"),
        ("max(unsigned)", "<= 18446744073709551614", "fail"),
        ("max(id)", "<= 12345678901234567", "fail"),
        ("max(money)", "<= 90071992547409.92", "fail"),
        ("max(cents)", "= 0.3", "pass"),
        ("avg(cents)", "[0.3, 0.3]", "pass"),
        ("max(single)", "< 0.7", "fail"),
        ("max(single)", ">= 0.7", "pass"),
        ("count(*)", "= 1", "pass"),
    ];
    let line = |(index, (sql, is, _)): (usize, &(&str, &str, &str))| {
        let is = if is.starts_with('[') { (*is).to_owned() } else { format!("{is:?}") };
        format!("      n{index}: {{sql: \"SELECT {sql} FROM t\", is: {is}}}\n")
    };
    let lines: String = cases.iter().enumerate().map(line).collect();
    let report = report(&place, &format!("    numbers:\n{lines}"));
    for (index, (sql, is, verdict)) in cases.iter().enumerate() {
        let gate = gate(&report, &format!("data.t.numbers.n{index}"));
        assert_eq!(gate["verdict"], *verdict, "{sql} {is}: {gate:#}");
    }
    let message = gate(&report, "data.t.numbers.n0")["message"].as_str().unwrap();
    assert_eq!(message, "the query returns 9007199254740993; limit: <= 9007199254740992");
}

/// Never passes: a whole number that a float beside it would round, in rules, joins and sets.
#[test]
fn whole_numbers_beside_floats_are_not_rounded() {
    const EDGE: i64 = 1 << 53;
    let columns = [
        ("i", array(Int64Array::from(vec![Some(EDGE + 1), None]))),
        ("u", array(UInt64Array::from(vec![u64::MAX, 1]))),
        ("f", array(Float64Array::from(vec![9_007_199_254_740_992.0; 2]))),
        ("g", array(Float32Array::from(vec![9_007_199_254_740_992.0; 2]))),
        ("even", array(Int64Array::from(vec![EDGE + 2, -EDGE]))),
        ("small", array(Int32Array::from(vec![3, 4]))),
    ];
    let beside = "`i` is combined with floats, and in some row it is a whole number beyond 2^53";
    let cases = [
        ("i = f", beside),
        ("f = i", beside),
        ("i <= f", beside),
        ("i = g", beside),
        ("i IN (f, 3)", beside),
        ("i BETWEEN 0 AND f", beside),
        ("i IS NOT DISTINCT FROM f", beside),
        ("CASE i WHEN f THEN true ELSE false END", beside),
        ("coalesce(i, f) > 5", beside),
        ("nullif(i, f) IS NULL", beside),
        ("u > f", "`u` is combined with floats"),
        ("i * 3 > f", "`i * 3` is combined with floats"),
        ("CAST(i AS DOUBLE) = f OR i IS NULL", "pass"),
        ("even <> f", "pass"),
        ("even = f + 2 OR even < 0", "pass"),
        ("small < f", "pass"),
        ("i > 9007199254740992 OR i IS NULL", "pass"),
    ];
    rules(&columns, &cases);
    let place = place(&columns);
    let queries = [
        "SELECT i FROM t WHERE i <> f",
        "SELECT i FROM t WHERE i NOT IN (SELECT f FROM t)",
        "SELECT a.i FROM t a LEFT JOIN t b ON a.i = b.f WHERE b.f IS NULL AND a.i IS NOT NULL",
        "SELECT i FROM t WHERE i IS NOT NULL EXCEPT SELECT f FROM t",
        "SELECT x FROM (SELECT i AS x FROM t UNION ALL SELECT f FROM t) both WHERE x > 9007199254740992",
    ];
    let lines = queries.iter().enumerate().map(|(index, sql)| format!("      q{index}: {sql:?}\n"));
    let report = report(&place, &format!("    failed_rows:\n{}", lines.collect::<String>()));
    for (index, sql) in queries.iter().enumerate() {
        let gate = gate(&report, &format!("data.t.failed_rows.q{index}"));
        let message = gate["message"].as_str().unwrap();
        assert!(gate["verdict"] == "error" && message.contains("is combined with floats"), "{sql}: {message}");
    }
}

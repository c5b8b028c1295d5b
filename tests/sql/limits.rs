//! SQL of a config cannot exhaust memory, disk or time, and limits that no data can break are refused.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::support::{Answer, Workplace};

/// Runs a config whose dataset `d`, of this number of rows, has these lines.
fn asked(rows: usize, top: &str, lines: &str) -> Answer {
    let place = Workplace::new();
    let mut text = "id,age,s\n".to_owned();
    (0..rows).for_each(|row| writeln!(text, "{row},{},text {row}", row % 90).unwrap());
    place.write("d.csv", &text);
    place.write("mlgate.yml", &format!("version: 1\n{top}data:\n  d:\n    path: d.csv\n{lines}"));
    place.run(&["run"])
}

#[track_caller]
fn refused(answer: &Answer, code: i32, part: &str) {
    let text = format!("{}{}", answer.stdout, answer.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
    // Lines of a message are wrapped.
    let text = text.replace(" │ ", " ");
    assert_eq!(answer.code, code, "{text}");
    assert!(text.contains(part), "{part}: {text}");
    assert!(!text.contains("panicked"), "{text}");
}

/// Never passes: a query whose plan doubles (exit code 4).
#[test]
fn plans_that_double_are_refused() {
    let doubled = |with: &str| {
        let mut sql = "WITH c0 AS (SELECT id FROM d)".to_owned();
        for level in 1..=24 {
            let before = level - 1;
            write!(sql, ", c{level} AS ({})", with.replace("LAST", &format!("c{before}"))).unwrap();
        }
        sql + " SELECT count(*) FROM c24"
    };
    for with in [
        "SELECT a.id FROM LAST a JOIN LAST b ON a.id = b.id",
        "SELECT id FROM LAST UNION ALL SELECT id FROM LAST",
        "SELECT id FROM LAST EXCEPT SELECT id + 1 FROM LAST",
        "SELECT id FROM LAST WHERE id IN (SELECT id FROM LAST)",
        "SELECT id FROM LAST WHERE id = (SELECT max(id) FROM LAST)",
    ] {
        let lines = format!("    numbers: {{n: {{sql: \"{}\", is: 1}}}}\n", doubled(with));
        let started = Instant::now();
        refused(&asked(5, "", &lines), 4, "it names more than 500 tables once each `WITH` is expanded");
        assert!(started.elapsed() < Duration::from_secs(20));
    }
    let mut grown = "WITH c0 AS (SELECT age AS v FROM d)".to_owned();
    for level in 1..=24 {
        write!(grown, ", c{level} AS (SELECT v + v AS v FROM c{})", level - 1).unwrap();
    }
    let lines = format!("    failed_rows: {{n: \"{grown} SELECT * FROM c24 WHERE v > 5\"}}\n");
    refused(&asked(5, "", &lines), 4, "is computed from more than 100000 parts");
}

#[test]
fn a_plan_that_names_a_part_twice_is_read() {
    let sql =
        "WITH a AS (SELECT age FROM d), b AS (SELECT l.age FROM a l JOIN a r ON l.age = r.age) SELECT count(*) FROM b";
    assert_eq!(asked(50, "", &format!("    numbers: {{n: {{sql: \"{sql}\", is: 50}}}}\n")).code, 0);
}

/// Never passes: a query that makes texts without a bound (exit code 4).
#[test]
fn texts_that_sql_makes_are_bounded() {
    for (sql, part) in [
        ("length(repeat(s, 1000000000)) > 0", "`repeat` makes"),
        ("length(lpad(s, 2000000000, 'x')) > 0", "`lpad` makes"),
        ("length(rpad(s, 2000000000, 'é')) > 0", "`rpad` makes"),
        ("length(replace(repeat(s, 1000), 't', repeat('x', 100000))) > 0", "`replace` makes"),
        ("length(regexp_replace(repeat(s, 1000), 't', repeat('x', 100000), 'g')) > 0", "`regexp_replace` makes"),
        ("length(repeat(s, 20000) || repeat(s, 20000) || repeat(s, 20000)) > 0", "MB of text from some rows at once"),
        (
            "length(concat(repeat(s, 20000), repeat(s, 20000), repeat(s, 20000))) > 0",
            "MB of text from some rows at once",
        ),
        ("levenshtein(repeat(s, 20000), repeat(s, 20000)) > 0", "`levenshtein` of two texts would take"),
    ] {
        refused(&asked(1000, "", &format!("    rules: {{r: \"{sql}\"}}\n")), 4, part);
        let query = format!("    failed_rows: {{r: \"SELECT * FROM d WHERE NOT ({sql})\"}}\n");
        refused(&asked(1000, "", &query), 4, part);
    }
    let rule = "    rules: {r: \"length(repeat(s, 10000)) > 0\"}\n";
    assert_eq!(asked(1000, "", rule).code, 0);
    refused(&asked(1000, "memory_limit: 20MB\n", rule), 4, "this needs more memory than `memory_limit`");
    let together = "    numbers: {n: {sql: \"SELECT length(string_agg(repeat(s, 1000), ',')) FROM d\", is: \"> 0\"}}\n";
    refused(&asked(20_000, "memory_limit: 40MB\n", together), 4, "this needs more memory than `memory_limit`");
}

#[test]
fn what_texts_usually_are_is_made() {
    let rules = "    rules:\n      a: \"lpad(s, 12, '0') = rpad(lpad(s, 12, '0'), 12, 'x')\"\n      b: \"replace(s, 'text', 'texts') LIKE 'texts %'\"\n      c: \"s || '!' = concat(s, '!')\"\n      d: \"(s || NULL) IS NULL\"\n      e: \"levenshtein(s, 'text 1') < 8\"\n      f: \"repeat(left(s, 2), 2) = 'tete'\"\n      g: \"regexp_replace(s, '[0-9]+', 'n') = 'text n'\"\n      h: \"upper(s) = 'TEXT ' || id\"\n      i: \"concat_ws('-', s, id) = s || '-' || id\"\n";
    let answer = asked(100, "", rules);
    assert_eq!(answer.code, 0, "{}", answer.stdout);
}

/// Never passes: a query without an end (exit code 4).
#[test]
fn a_query_without_an_end_is_ended() {
    let endless = "    numbers: {n: {sql: \"SELECT count(*) FROM d a, d b, d c, d e WHERE a.id + b.id + c.id + e.id > 7\", is: \"> 0\"}}\n";
    let started = Instant::now();
    refused(&asked(10_000, "time_limit: 2s\n", endless), 4, "it took longer than its `time_limit`; limit: 2 s");
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
fn temporary_files_are_bounded() {
    let sorted = "    numbers: {n: {sql: \"SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY a.s || b.s) AS n FROM d a, d b)\", is: \"> 0\"}}\n";
    let answer = asked(3000, "memory_limit: 30MB\ndisk_limit: 20MB\ntime_limit: 10 minutes\n", sorted);
    refused(&answer, 4, "this needs more room for temporary files than `disk_limit` allows");
}

#[test]
fn limits_are_lengths_of_time_and_sizes() {
    refused(&asked(1, "time_limit: soon\n", "    rows: 1\n"), 2, "is not a duration of at least one second");
    refused(&asked(1, "disk_limit: much\n", "    rows: 1\n"), 2, "much");
}

/// Never passes: a demand that cannot fail (exit code 2).
#[test]
fn demands_that_cannot_fail_are_refused() {
    for lines in [
        "    rows: '>= -1'\n",
        "    rows: '>= 0'\n",
        "    duplicate_rows: '<= 100%'\n",
        "    columns: {age: {nulls: '<= 100%'}}\n",
        "    columns: {age: {distinct: '>= 0'}}\n",
        "    columns: {age: {range: {is: [0, 1], allow: '<= 100%'}}}\n",
        "    columns: {age: {stddev: '>= 0'}}\n",
        "    rules: {r: {is: 'age > 5', allow: '<= 100%'}}\n",
        "    failed_rows: {r: {is: 'SELECT * FROM d', allow: '>= 0'}}\n",
        "    baseline_path: d.csv\n    columns: {age: {tv: 1}}\n",
    ] {
        refused(&asked(3, "", lines), 2, "could never fail");
    }
    for lines in [
        "    rules: {r: 'true'}\n",
        "    rules: {r: 'age > 5 OR true'}\n",
        "    rules: {r: '1 = 1'}\n",
        "    rules: {r: 'false'}\n",
        "    rules: {r: 'age > 5 AND NULL IS NOT NULL'}\n",
        "    numbers: {n: {sql: 'SELECT 1', is: '> 0'}}\n",
        "    numbers: {n: {sql: 'SELECT count(*) FROM d WHERE false', is: 0}}\n",
        "    numbers: {n: {sql: 'WITH one AS (SELECT 1 AS x) SELECT x FROM one', is: 1}}\n",
        "    failed_rows: {r: 'SELECT 1 WHERE false'}\n",
        "    failed_rows: {r: 'SELECT * FROM d WHERE 1 = 2'}\n",
        "    failed_rows: {r: 'SELECT * FROM d LIMIT 0'}\n",
    ] {
        refused(&asked(3, "", lines), 2, "does not depend on the data");
    }
}

#[test]
fn beside_other_demands_a_limit_may_say_what_is_allowed() {
    let answer = asked(3, "", "    columns: {age: {type: int, nulls: '<= 100%'}}\n");
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
}

#[test]
fn messages_name_types_and_columns_as_a_config_does() {
    for (sql, part) in [
        ("Age > 5", "there is no column `Age`; did you mean `age`?"),
        ("nothing > 5", "there is no column `nothing`; a text goes between single quotes"),
        ("age + 1", "is int64, and not true or false"),
        ("age AND true", "int64"),
    ] {
        let answer = asked(3, "", &format!("    rules: {{r: \"{sql}\"}}\n"));
        refused(&answer, 4, part);
        let text = answer.stdout;
        assert!(!text.contains("?table?") && !text.contains("Int64") && !text.contains("Utf8"), "{text}");
    }
    let answer = asked(3, "", "    numbers: {n: {sql: 'SELECT max(s) FROM d', is: 1}}\n");
    refused(&answer, 4, "it must return a number, but returns string");
}

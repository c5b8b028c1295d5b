//! Dates and times: instants in every zone and unit, which are no numbers.

use std::sync::Arc;

use datafusion::arrow::array::{
    Date32Array, Int64Array, StringArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, TimestampSecondArray,
};

use super::{array, numbers, place, report, rules};
use crate::support::gate;

/// The microseconds of 2026-03-01T00:00:00Z, and of an hour.
const MARCH: i64 = 1_772_323_200_000_000;
const HOUR: i64 = 3_600_000_000;

#[test]
fn an_instant_is_one_in_every_zone() {
    let zoned = |at: i64, zone: &str| array(TimestampMicrosecondArray::from(vec![at]).with_timezone(zone));
    let columns = [
        ("ny", zoned(MARCH + 20 * HOUR + 59 * HOUR / 60, "America/New_York")),
        ("berlin", zoned(MARCH + 15 * HOUR + HOUR / 2, "Europe/Berlin")),
        ("halifax", zoned(MARCH + 12 * HOUR, "America/Halifax")),
        ("offset", zoned(MARCH + 17 * HOUR, "+05:30")),
        ("naive", array(TimestampMicrosecondArray::from(vec![MARCH + 10 * HOUR]))),
        ("nanos", array(TimestampNanosecondArray::from(vec![(MARCH + 10 * HOUR) * 1000]))),
        (
            "seconds",
            array(TimestampSecondArray::from(vec![(MARCH + 12 * HOUR) / 1_000_000]).with_timezone("Asia/Tokyo")),
        ),
        ("day", array(Date32Array::from(vec![i32::try_from(MARCH / (24 * HOUR)).unwrap()]))),
    ];
    let report = report(
        &place(&columns),
        "    columns:\n      ny: {range: [2020-01-01, now]}\n      halifax: {not_before: naive}\n      seconds: {not_before: nanos}\n",
    );
    for (id, verdict) in [("ny.range", "fail"), ("halifax.not_before", "pass"), ("seconds.not_before", "pass")] {
        assert_eq!(gate(&report, &format!("data.t.columns.{id}"))["verdict"], verdict, "{id}");
    }
    rules(
        &columns,
        &[
            ("halifax >= naive", "pass"),
            ("halifax > nanos", "pass"),
            ("seconds = halifax", "pass"),
            ("naive = nanos", "pass"),
            ("naive BETWEEN day AND halifax", "pass"),
            ("day < naive", "pass"),
            ("naive > '2026-03-01T09:59:59.999999999'", "pass"),
            ("naive = '2026-03-01T10:00:00.000000001'", "fail"),
            // Midnight in New York is five hours later than in Greenwich.
            ("ny >= '2026-03-01'", "pass"),
            ("ny = '2026-03-01T15:59:00'", "pass"),
            ("ny = '2026-03-01T20:59:00Z'", "pass"),
        ],
    );
    numbers(
        &columns,
        &[
            ("SELECT count(*) FROM t l JOIN t r ON l.naive = r.nanos", "1"),
            ("SELECT count(*) FROM t WHERE halifax IN (SELECT seconds FROM t)", "1"),
            ("SELECT count(*) FROM (SELECT naive AS at FROM t) l JOIN (SELECT nanos AS at FROM t) r USING (at)", "1"),
            // 10:00 without a zone is 10:00 UTC, which is 06:00 in Halifax.
            (
                "SELECT count(DISTINCT at) FROM (SELECT naive + INTERVAL '2 hours' AS at FROM t UNION ALL SELECT halifax FROM t)",
                "1",
            ),
            ("SELECT count(*) FROM (SELECT halifax FROM t UNION SELECT naive FROM t UNION SELECT day FROM t)", "3"),
        ],
    );
}

/// Never passes: `now` beside text (exit code 4).
#[test]
fn now_is_an_instant_and_no_word() {
    let zoned = |at: i64, zone: &str| array(TimestampMicrosecondArray::from(vec![at]).with_timezone(zone));
    for (name, column, verdict) in [
        ("ny", zoned(MARCH + 20 * HOUR + 59 * HOUR / 60, "America/New_York"), "fail"),
        ("berlin", zoned(MARCH + 15 * HOUR + HOUR / 2, "Europe/Berlin"), "pass"),
        ("offset", zoned(MARCH + 17 * HOUR, "+05:30"), "fail"),
        ("naive", array(TimestampMicrosecondArray::from(vec![MARCH + 15 * HOUR])), "pass"),
        ("later", array(TimestampMillisecondArray::from(vec![(MARCH + 17 * HOUR) / 1000])), "fail"),
        ("nanos", array(TimestampNanosecondArray::from(vec![(MARCH + 17 * HOUR) * 1000])), "fail"),
        ("day", array(Date32Array::from(vec![20_513])), "pass"),
        ("text", array(StringArray::from(vec!["2999-01-01T00:00:00Z"])), "error"),
    ] {
        let from_now = match verdict {
            "pass" => "fail",
            "fail" => "pass",
            other => other,
        };
        for (range, verdict) in [("[2020-01-01, now]", verdict), ("[now, 2030-01-01]", from_now)] {
            let lines = format!("    columns: {{{name}: {{range: {range}}}}}\n");
            let report = report(&place(&[(name, Arc::clone(&column))]), &lines);
            let gate = gate(&report, &format!("data.t.columns.{name}.range"));
            assert_eq!(gate["verdict"], verdict, "{name} {range}: {}", gate["message"]);
            if verdict == "error" {
                let message = gate["message"].as_str().unwrap();
                assert!(message.starts_with("`now` needs dates or times, but `text` is string"), "{message}");
            }
        }
    }
}

#[test]
fn dates_beyond_what_nanoseconds_hold_are_bounds() {
    let (today, last) = (MARCH, 253_402_214_400_000_000_i64);
    let of = |zone: Option<&str>| {
        let times = TimestampMicrosecondArray::from(vec![today, last]);
        array(match zone {
            Some(zone) => times.with_timezone(zone),
            None => times,
        })
    };
    let columns = [
        ("until", of(None)),
        ("utc", of(Some("UTC"))),
        ("seconds", array(TimestampSecondArray::from(vec![today / 1_000_000, last / 1_000_000]))),
        ("millis", array(TimestampMillisecondArray::from(vec![today / 1000, last / 1000]))),
        ("nanos", array(TimestampNanosecondArray::from(vec![today * 1000, today * 1000]))),
        ("old", array(TimestampMicrosecondArray::from(vec![-62_135_596_800_000_000, today]))),
    ];
    let lines: String = ["until", "utc", "seconds", "millis"]
        .map(|name| {
            format!(
                "      {name}: {{range: [2000-01-01, 9999-12-31], in: [\"2026-03-01\", \"9999-12-31\"], not_in: [\"9999-12-30\"], share: {{of: [\"9999-12-31\"], is: 50%}}, missing: {{is: 50%, tokens: [\"9999-12-31\"]}}}}\n"
            )
        })
        .concat();
    let lines = format!(
        "    columns:\n{lines}      nanos: {{range: [0001-01-01, 9999-12-31], not_in: [\"9999-12-31\"], not_before: old}}\n      old: {{range: [0001-01-01, 9999-12-31]}}\n"
    );
    let report = report(&place(&columns), &lines);
    assert_eq!(report["exit_code"], 0, "{report}");
    rules(
        &columns,
        &[
            ("until <= '9999-12-31'", "pass"),
            ("until < '9999-12-31'", "fail"),
            ("until <= TIMESTAMP '9999-12-31'", "pass"),
            ("until <= DATE '9999-12-31'", "pass"),
            ("nanos <= '9999-12-31'", "pass"),
            ("nanos <> '9999-12-31'", "pass"),
            ("nanos > '0001-01-01'", "pass"),
            ("utc <= '9999-12-31'", "pass"),
            ("until >= nanos", "pass"),
            ("until <= 'tomorrow'", "`until` is timestamp, but 'tomorrow' is not a date or time"),
        ],
    );
    numbers(
        &columns,
        &[
            ("SELECT count(*) FROM t WHERE until = '9999-12-31'", "1"),
            ("SELECT count(*) FROM t l JOIN t r ON l.until = r.nanos", "2"),
        ],
    );
}

/// Never passes: a date beside a number (exit code 4).
#[test]
fn a_date_is_no_number_of_days() {
    let columns = [
        ("d", array(Date32Array::from(vec![19_723]))),
        ("e", array(Date32Array::from(vec![19_733]))),
        ("t", array(TimestampMicrosecondArray::from(vec![MARCH]))),
        ("n", array(Int64Array::from(vec![5]))),
    ];
    let wrong = "write a date as '2024-01-31', a duration as INTERVAL '5 days'";
    rules(
        &columns,
        &[
            ("d > 5", wrong),
            ("d > 20240101", wrong),
            ("5 < d", wrong),
            ("d > n", wrong),
            ("d IN (5, 6)", wrong),
            ("d BETWEEN 1 AND 20000", wrong),
            ("d + 5 > e", wrong),
            ("d - 5 > e", wrong),
            ("t > 5", wrong),
            ("coalesce(d, 5) IS NULL", wrong),
            ("CASE d WHEN 5 THEN true ELSE false END", wrong),
            ("d = '2024-01-01'", "pass"),
            ("d = DATE '2024-01-01'", "pass"),
            ("d IN ('2024-01-01', '2024-01-02')", "pass"),
            ("d + INTERVAL '10 days' = e", "pass"),
            ("e - d = 10", "pass"),
        ],
    );
    numbers(
        &columns,
        &[
            ("SELECT count(*) FROM t WHERE d > 5", wrong),
            ("SELECT count(*) FROM t l JOIN t r ON l.d = r.n", wrong),
            ("SELECT count(*) FROM t WHERE d IN (SELECT n FROM t)", wrong),
        ],
    );
}

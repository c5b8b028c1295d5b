//! Every type of Parquet and Arrow, with the counts of pyarrow.

use super::{Counted, counted, expected, fixture};
use crate::support::Workplace;

/// Returns this project's name of a pyarrow type.
fn name_of(theirs: &str) -> String {
    let plain = match theirs {
        "halffloat" => "float16",
        "float" => "float32",
        "double" => "float64",
        "large_string" | "string_view" => "string",
        "large_binary" => "binary",
        "date32[day]" | "date64[ms]" => "date",
        "fixed_size_binary[3]" => "binary(3)",
        "month_day_nano_interval" => "interval",
        "dictionary<values=string, indices=int32, ordered=0>" => "string",
        "dictionary<values=int64, indices=int32, ordered=0>" => "int64",
        "run_end_encoded<run_ends: int64, values: string>" => "string",
        _ if theirs.starts_with("timestamp") => return theirs.split_once("tz=").map_or("timestamp".to_owned(), zone),
        _ if theirs.starts_with("time") => "time",
        _ if theirs.starts_with("duration") => "duration",
        _ if theirs.starts_with("decimal") => return format!("decimal{}", &theirs[theirs.find('(').unwrap()..]),
        _ if theirs.contains("list<") && theirs.contains("struct") => "list<struct<a: int64>>",
        _ if theirs.contains("list<") && theirs.contains("string") => "list<string>",
        _ if theirs.contains("list<") && theirs.contains("float") => "list<float32>",
        _ if theirs.contains("list<") => "list<int64>",
        _ if theirs.starts_with("map") => "map<string, int64>",
        other => other,
    };
    plain.to_owned()
}

fn zone((_, rest): (&str, &str)) -> String {
    format!("timestamp[{}]", rest.trim_end_matches(']'))
}

fn agrees(path: &str, what: &str) {
    let expected = &expected()[what];
    let columns: Vec<&str> = expected.as_object().unwrap().keys().map(String::as_str).collect();
    assert!(columns.len() > 40, "every type is in the file");
    let found = counted(&Workplace::new(), &fixture(path), &columns);
    assert_eq!(found.rows, 60);
    for name in columns {
        let theirs = &expected[name];
        let (kind, nulls, distinct) = found.column(name);
        assert_eq!(kind, name_of(theirs["type"].as_str().unwrap()), "{name}");
        assert_eq!(Some(nulls), theirs["nulls"].as_u64(), "{name}: nulls");
        // Without a value in any row, the proportion of repeated values is undefined.
        if nulls < found.rows {
            assert_eq!(distinct, theirs["distinct"].as_u64(), "{name}: distinct values");
        }
    }
}

#[test]
fn every_type_of_parquet() {
    agrees("parquet/every_type.parquet", "parquet");
}

#[test]
fn every_type_of_an_arrow_file() {
    agrees("arrow/file.arrow", "arrow");
}

#[test]
fn every_type_of_an_arrow_stream() {
    agrees("arrow/stream.arrow", "arrow");
}

#[test]
fn every_codec_and_encoding_of_parquet() {
    let count =
        |name: &str| -> Counted { counted(&Workplace::new(), &fixture(name), &["int64", "float64", "string", "bool"]) };
    let wanted = count("parquet/none.parquet");
    assert_eq!(wanted.column("string"), ("string", 15, Some(17)));
    for codec in ["snappy", "gzip", "brotli", "lz4", "zstd", "delta"] {
        assert_eq!(count(&format!("parquet/{codec}.parquet")), wanted, "{codec}");
    }
}

#[test]
fn compressed_feather() {
    for codec in ["lz4", "zstd"] {
        let found = counted(&Workplace::new(), &fixture(&format!("arrow/{codec}.feather")), &["int64", "string"]);
        assert_eq!(found.column("string"), ("string", 15, Some(17)), "{codec}");
        assert_eq!(found.column("int64"), ("int64", 9, Some(44)), "{codec}");
    }
}

/// Spark writes timestamps in this type; in nanoseconds the years 1 and 9999 would wrap around.
#[test]
fn the_years_of_old_timestamps() {
    let place = Workplace::new();
    place.write(
        "mlgate.yml",
        &format!(
            "version: 1\ndata:\n  t:\n    path: {:?}\n    rules:\n      first: \"time IS NULL OR date_part('year', time) IN (1, 9999)\"\n",
            fixture("parquet/int96.parquet")
        ),
    );
    let report = place.report();
    assert_eq!(report["exit_code"], 0, "{report:#}");
}

/// A check of one column reads no other column.
#[test]
fn nested_columns_are_no_trouble_to_their_neighbours() {
    let place = Workplace::new();
    place.write(
        "mlgate.yml",
        &format!(
            "version: 1\ndata:\n  t:\n    path: {:?}\n    rows: 60\n    duplicate_rows: 0\n    columns:\n      string: {{length: [1, 10]}}\n      dictionary: {{regex: '^wort-[0-9]+é$'}}\n      dictionary_int: {{range: [0, 4]}}\n      float16: {{range: [-15, 15]}}\n      decimal256: {{range: [0, 15]}}\n      timestamp_berlin: {{range: ['2024-02-29', '2024-03-02']}}\n      date64: {{range: ['2024-02-28', '2024-04-30']}}\n    rules:\n      sane: \"int64 < 100 OR int64 IS NULL\"\n      broken: \"int64 / (int64 - int64) > 0\"\n",
            fixture("parquet/every_type.parquet")
        ),
    );
    let report = place.report();
    for gate in report["gates"].as_array().unwrap() {
        let wanted = if gate["id"] == "data.t.rules.broken" { "error" } else { "pass" };
        assert_eq!(gate["verdict"], wanted, "{gate:#}");
    }
}

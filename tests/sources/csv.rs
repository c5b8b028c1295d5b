//! Dialects of CSV that are read, and dialects that are refused.

use std::fmt::Write as _;

use super::{Counted, counted, expected, fixture, packed, put, refusal};
use crate::support::Workplace;

const COLUMNS: [&str; 6] = ["id", "age", "income", "sex", "joined", "note"];

#[track_caller]
fn agrees(found: &Counted) {
    let expected = &expected()["text"];
    assert_eq!(Some(found.rows), expected["rows"].as_u64());
    for name in COLUMNS {
        let (_, nulls, distinct) = found.column(name);
        assert_eq!(Some(nulls), expected["nulls"][name].as_u64(), "{name}: nulls");
        assert_eq!(distinct, expected["distinct"][name].as_u64(), "{name}: distinct values");
    }
}

#[test]
fn every_dress_is_read_as_pandas_reads_it() {
    for file in [
        "comma.csv",
        "bom.csv",
        "crlf.csv",
        "semicolon.csv",
        "pipe.csv",
        "tab.csv",
        "tab.tsv",
        "packed.csv.gz",
        "members.csv.gz",
        "packed.csv.zst",
    ] {
        let found = counted(&Workplace::new(), &fixture(&format!("text/{file}")), &COLUMNS);
        agrees(&found);
        let kinds = COLUMNS.map(|name| found.column(name).0.to_owned());
        assert_eq!(kinds, ["int64", "int64", "float64", "string", "date", "string"], "{file}");
    }
}

#[test]
fn line_breaks_and_delimiters_in_values_stay_there() {
    let place = Workplace::new();
    place.write(
        "mlgate.yml",
        &format!(
            "version: 1\ndata:\n  t:\n    path: {:?}\n    rules:\n      whole: \"note IS NULL OR (note LIKE 'said \\\"%\\\", and' || chr(10) || 'left; %|é')\"\n",
            fixture("text/comma.csv")
        ),
    );
    assert_eq!(place.report()["exit_code"], 0);
}

#[test]
fn text_that_is_not_utf_8() {
    for (file, why) in [
        ("latin1.csv", "is not UTF-8: row 2 (line 3), byte 118 of the file is 0xE9; if it is Latin-1 or Windows-1252"),
        ("utf16.csv", "cannot be read: it is UTF-16, not UTF-8; convert it, as with `iconv -f UTF-16 -t UTF-8`"),
        ("utf16_without_bom.csv", "cannot be read: the header (line 1) holds a NUL byte; is it UTF-16"),
    ] {
        let place = Workplace::new();
        put(&place, file, &std::fs::read(fixture(&format!("text/{file}"))).unwrap());
        let message = refusal(&place, file);
        assert!(message.starts_with(&format!("`{file}` cannot be read: ")) && message.contains(why), "{message}");
    }
}

#[test]
fn rows_that_do_not_fit_the_header() {
    let place = Workplace::new();
    for (text, why) in [
        ("a,b\n1,2\n3\n", "row 2 (line 3) has 1 field, but the header has 2"),
        ("a,b\n1,2\n3,4,5\n", "row 2 (line 3) has 3 fields, but the header has 2"),
        ("a,b\n\"x\ny\",2\n3,4,\n", "row 2 (line 4) has 3 fields, but the header has 2"),
        ("a;b\n1;2\n3,4\n", "row 2 (line 3) has 1 field, but the header has 2"),
        ("a\n1\n2,3\n", "row 2 (line 3) has 2 fields, but the header has 1"),
        ("a\n1\n\n2\n", "line 3 is empty; if that is a missing value of a table with one column, write it as `\"\"`"),
    ] {
        place.write("t.csv", text);
        assert_eq!(refusal(&place, "t.csv"), format!("`t.csv` cannot be read: {why}"), "{text:?}");
    }
}

/// The engine's reader extends an unclosed quote to the end of the file, so that all rows below would be lost.
#[test]
fn quotes_that_swallow_rows() {
    let place = Workplace::new();
    for (text, why) in [
        ("a,b\n1,\"x\n2,y\n3,z\n", "row 1 (line 2) opens a quote that is never closed; is the file cut off?"),
        ("a,b\n1,\"x\"y\n2,z\n", "row 1 (line 2) has text after the closing quote of field 2"),
    ] {
        place.write("t.csv", text);
        let message = refusal(&place, "t.csv");
        assert!(message.starts_with(&format!("`t.csv` cannot be read: {why}")), "{message}");
    }
}

#[test]
fn headers_that_name_no_columns() {
    let place = Workplace::new();
    for (text, why) in [
        ("a,b,a\n1,2,3\n", "its header names `a` twice, in columns 1 and 3"),
        (
            ",a\n0,1\n",
            "column 1 of its header has no name; name it, or write the file without its index (pandas: `index=False`)",
        ),
        (
            "a,,b\n0,1,2\n",
            "column 2 of its header has no name; name it, or write the file without its index (pandas: `index=False`)",
        ),
        ("\n\r\n", "it has no header"),
        ("\u{feff}", "it has no header"),
    ] {
        place.write("t.csv", text);
        let message = refusal(&place, "t.csv");
        assert_eq!(message, format!("`t.csv` cannot be read: {why}"), "{text:?}");
    }
}

#[test]
fn delimiters_are_those_of_the_header() {
    let place = Workplace::new();
    // In German numbers, the commas are no delimiters.
    place.write("t.csv", "a;b\n1,5;x\n2,5;y\n");
    assert_eq!(counted(&place, "t.csv", &["a", "b"]).column("a"), ("string", 0, Some(2)));
    // A column's name contains a delimiter, but only the comma splits all rows alike.
    place.write("t.csv", "a|b,c\n1,2\n");
    assert_eq!(counted(&place, "t.csv", &["a|b", "c"]).column("a|b"), ("int64", 0, Some(1)));
    place.write("t.csv", "id;price, net;x\n1;2,5;3\n");
    let message = refusal(&place, "t.csv");
    assert!(message.contains("its header holds `,` and `;`, and any of them could be the delimiter"), "{message}");
}

#[test]
fn a_value_that_does_not_fit_far_below() {
    let place = Workplace::new();
    let mut text = "id,age,born,empty\n".to_owned();
    for row in 0..100_000 {
        writeln!(text, "{row},30,2000-01-01,").unwrap();
    }
    place.write("t.csv", &format!("{text}100000,thirty,2000-01-01,\n"));
    assert_eq!(
        refusal(&place, "t.csv"),
        "`t.csv`: row 100001: `age` holds `thirty`, but its first 100000 rows are int64; if it is text, declare \
         `types: {age: string}`"
    );
    place.write("t.csv", &format!("{text}100000,30,2000-13-01,\n"));
    assert!(refusal(&place, "t.csv").contains("row 100001: `born` holds `2000-13-01`"));
    // Numbers go with numbers, and dates with times.
    place.write("t.csv", &format!("{text}100000,30.5,2000-01-01 10:00:00,\n"));
    let found = counted(&place, "t.csv", &["age", "born"]);
    assert_eq!(found.column("age"), ("float64", 0, Some(2)));
    assert_eq!(found.column("born"), ("timestamp", 0, Some(2)));
    // A column may start with a hundred thousand nulls; its later values are not null.
    place.write("t.csv", &format!("{text}100000,30,2000-01-01,5\n"));
    assert_eq!(counted(&place, "t.csv", &["empty"]).column("empty"), ("int64", 100_000, Some(1)));
}

#[test]
fn what_stands_for_a_null() {
    let place = Workplace::new();
    // Empty fields are null, quoted or not; words are words.
    place.write("t.csv", "a,b,c\n1,,NA\n2,\"\",null\n3,x,\n");
    let found = counted(&place, "t.csv", &["a", "b", "c"]);
    assert_eq!((found.column("b").1, found.column("c").1), (2, 1));
    place.write("t.csv", "only\n1\n\"\"\n3\n");
    assert_eq!(counted(&place, "t.csv", &["only"]).column("only"), ("int64", 1, Some(2)));
}

#[test]
fn other_formats_under_a_wrong_name() {
    let place = Workplace::new();
    for (from, name, why) in [
        ("text/packed.csv.gz", "t.csv", "it is compressed with gzip; its name must end in .gz"),
        ("text/packed.csv.zst", "t.tsv", "it is compressed with zstd; its name must end in .zst"),
        ("parquet/none.parquet", "t.csv", "it is a Parquet file; its name must end in .parquet"),
        ("arrow/file.arrow", "t.jsonl", "it is an Arrow file; its name must end in .arrow"),
    ] {
        put(&place, name, &std::fs::read(fixture(from)).unwrap());
        assert_eq!(refusal(&place, name), format!("`{name}` cannot be read: {why}"));
    }
    put(&place, "t.csv.gz", b"a,b\n1,2\n");
    let message = refusal(&place, "t.csv.gz");
    assert_eq!(message, "`t.csv.gz` cannot be read: its name ends in .gz, but it is not compressed with gzip");
    for name in ["t.csv.bz2", "t.parquet.gz", "t.txt"] {
        put(&place, name, b"a,b\n1,2\n");
        let message = refusal(&place, name);
        assert!(
            message.starts_with(&format!("the format of `{name}` is not known; the name must end in")),
            "{message}"
        );
    }
}

/// No gate reads a value of the column, and none may take its type for granted.
/// Never passes: a type of CSV that later values do not have (exit code 4 or 1).
#[test]
fn no_type_is_claimed_of_values_that_were_not_read() {
    let mut numbers = "id,v,flag,day,time\n".to_owned();
    for row in 0..100_000 {
        writeln!(numbers, "{row},{},true,2024-01-01,2024-01-01 10:00:00", row % 7).unwrap();
    }
    let main = "id,v,flag,day,time\n1,1,true,2024-01-01,2024-01-01 10:00:00\n";
    let config = |path: &str| {
        format!(
            "version: 1\ndata:\n  t:\n    path: {path}\n    baseline_path: main.csv\n    rows: '> 0'\n    schema: same\n    retyped_columns: 0\n    required_columns: [id, v]\n    columns:\n      id: {{unique: {{is: true, allow: '<= 2 rows'}}}}\n      v: {{type: int64}}\n      flag: {{type: bool}}\n      day: {{type: date}}\n      time: {{type: timestamp}}\n"
        )
    };
    for (name, separator) in [("t.csv", ","), ("t.tsv", "\t"), ("t.csv.gz", ","), ("t.csv.zst", ","), ("f/t.csv", ",")]
    {
        let place = Workplace::new();
        place.write("main.csv", main);
        if name == "f/t.csv" {
            place.write("f/s.csv", main);
        }
        place.write("mlgate.yml", &config(if name == "f/t.csv" { "f" } else { name }));
        for last in [
            "100000,unknown,true,2024-01-01,2024-01-01 10:00:00",
            "100000,1,maybe,2024-01-01,2024-01-01 10:00:00",
            "100000,1,true,soon,2024-01-01 10:00:00",
            "100000,1,true,2024-01-01,2024-01-01 25:00:00",
        ] {
            let text = format!("{numbers}{last}\n").replace(',', separator);
            put(&place, name, &packed(name, text.as_bytes()));
            let report = place.report();
            for gate in report["gates"].as_array().unwrap() {
                assert_eq!(gate["verdict"], "error", "{name}, {last}: {gate:#}");
                assert!(gate["message"].as_str().unwrap().contains("row 100001: "), "{gate:#}");
            }
        }
        // A late fraction makes the column a column of fractions.
        let text = format!("{numbers}100000,1.5,true,2024-01-01,2024-01-01 10:00:00\n").replace(',', separator);
        put(&place, name, &packed(name, text.as_bytes()));
        let report = place.report();
        for gate in report["gates"].as_array().unwrap() {
            let id = gate["id"].as_str().unwrap();
            let fails = ["data.t.schema", "data.t.retyped_columns", "data.t.columns.v.type"].contains(&id);
            assert_eq!(gate["verdict"], if fails { "fail" } else { "pass" }, "{name}: {gate:#}");
        }
    }
}

#[test]
fn a_stored_baseline_and_init_read_to_the_end_too() {
    let place = Workplace::new();
    let mut text = "id,v\n".to_owned();
    for row in 0..100_000 {
        writeln!(text, "{row},{}", row % 7).unwrap();
    }
    let config = "version: 1\nbaseline: b.json\ndata: {t: {path: t.csv, schema: same, rows: '> 0'}}\n";
    place.write("mlgate.yml", config).write("t.csv", &text);
    assert_eq!(place.run(&["bless"]).code, 0);
    assert_eq!(place.run(&["run"]).code, 0);
    place.write("t.csv", &format!("{text}100000,unknown\n"));
    assert_eq!(place.run(&["run"]).code, 4);
    assert_eq!(place.run(&["bless"]).code, 4);
    let answer = place.run(&["init", "t.csv", "--config", "new.yml"]);
    assert_eq!(answer.code, 4, "{}", answer.stderr);
    assert!(answer.stderr.contains("row 100001: `v` holds `unknown`"), "{}", answer.stderr);
}

/// The reader's parser is stricter than the shape of a value suggests.
#[test]
fn what_only_looks_like_a_time_is_text() {
    for (values, kind, format, broken) in [
        (&["2024-05-01 10:00:00 user logged in", "2024-05-01 10:05:09 user logged out"][..], "string", "datetime", 2),
        (&["1980-05-01", "0000-00-00", "1990-02-30", "1971-07-09"], "string", "date", 2),
        (&["2024-13-01", "2024-01-31"], "string", "date", 1),
        (
            &["2024-01-01 24:00:00", "2024-01-01 10:60:00", "2024-01-01 10:00:61", "2024-01-01 10:00:00"],
            "string",
            "datetime",
            3,
        ),
        (&["2024-05-01 10:00:00 AM", "2024-05-01 10:00:00 PM"], "string", "datetime", 2),
        (&["0001-01-01 00:00:00.1234567", "2024-05-01 10:00:00.1234567"], "string", "datetime", 0),
        (&["2024-05-01 10:00:00.1234567", "0001-01-01 00:00:00"], "string", "datetime", 0),
        (&["1980-05-01", "unknown"], "string", "date", 1),
        (&["1980-05-01", "1971-07-09"], "date", "date", 0),
        (&["2024-05-01T10:00:00Z", "2024-05-01 10:00:00+02:00"], "timestamp", "datetime", 0),
        (&["0001-01-01 00:00:00", "9999-12-31 23:59:59"], "timestamp", "datetime", 0),
    ] {
        for name in ["t.csv", "t.tsv", "t.csv.gz", "t.csv.zst", "f"] {
            let place = Workplace::new();
            let separator = if name == "t.tsv" { "\t" } else { "," };
            let row = |(at, value): (usize, &&str)| format!("{at}{separator}{value}\n");
            let rows: Vec<String> = values.iter().enumerate().map(row).collect();
            let head = format!("id{separator}v\n");
            if name == "f" {
                for (at, row) in rows.iter().enumerate() {
                    place.write(&format!("f/{at}.csv"), &format!("{head}{row}"));
                }
            } else {
                put(&place, name, &packed(name, format!("{head}{}", rows.concat()).as_bytes()));
            }
            let found = counted(&place, name, &["id", "v"]);
            assert_eq!(
                (found.rows, found.column("v")),
                (values.len() as u64, (kind, 0, Some(values.len() as u64))),
                "{name} {values:?}"
            );
            if kind == "string" {
                place.write(
                    "mlgate.yml",
                    &format!("version: 1\ndata: {{t: {{path: {name}, columns: {{v: {{format: {format}}}}}}}}}\n"),
                );
                let report = place.report();
                let wanted = if broken == 0 { 0 } else { 1 };
                assert_eq!(report["exit_code"], wanted, "{name} {values:?} {report:#}");
                if broken > 0 {
                    let message = report["gates"][0]["message"].as_str().unwrap();
                    assert!(message.contains(&format!("{broken} of {}", values.len())), "{message}");
                }
            }
            if values[0].starts_with("0001") {
                continue;
            }
            let answer = place.run(&["init", name, "--config", "new.yml"]);
            assert_eq!(answer.code, 0, "{name} {values:?}: {}", answer.stderr);
        }
    }
}

#[test]
fn a_line_for_excel_is_told_by_its_name() {
    let place = Workplace::new();
    place.write("t.csv", "sep=;\nid;q\n1;2\n");
    assert_eq!(
        refusal(&place, "t.csv"),
        "`t.csv` cannot be read: its first line is `sep=;`, which gives Excel the delimiter and is not a header; remove this line"
    );
}

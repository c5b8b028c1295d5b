//! CSV in every dress that is read, and every one that is not.

use std::fmt::Write as _;

use super::{Counted, counted, expected, fixture, put, refusal, scan_refusal};
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
        ("a,b\n1,2\n3\n", "row 2 (line 3) has 1 field, and the header has 2"),
        ("a,b\n1,2\n3,4,5\n", "row 2 (line 3) has 3 fields, and the header has 2"),
        ("a,b\n\"x\ny\",2\n3,4,\n", "row 2 (line 4) has 3 fields, and the header has 2"),
        ("a;b\n1;2\n3,4\n", "row 2 (line 3) has 1 field, and the header has 2"),
        ("a\n1\n2,3\n", "row 2 (line 3) has 2 fields, and the header has 1"),
        (
            "a\n1\n\n2\n",
            "line 3 is empty; in a table of one column that may be a missing value, which is written `\"\"`",
        ),
    ] {
        place.write("t.csv", text);
        assert_eq!(refusal(&place, "t.csv"), format!("`t.csv` cannot be read: {why}"), "{text:?}");
    }
}

/// The engine's reader takes an open quote for a field that goes on to the end of the file: all rows below would be gone.
#[test]
fn quotes_that_swallow_rows() {
    let place = Workplace::new();
    for (text, why) in [
        ("a,b\n1,\"x\n2,y\n3,z\n", "row 1 (line 2) opens a quote that is never closed; is the file cut off?"),
        ("a,b\n1,\"x\"y\n2,z\n", "row 1 (line 2) has text behind the closing quote of field 2"),
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
        ("\n\r\n", "there is no header"),
        ("\u{feff}", "there is no header"),
    ] {
        place.write("t.csv", text);
        let message = refusal(&place, "t.csv");
        assert_eq!(message, format!("`t.csv` cannot be read: {why}"), "{text:?}");
    }
}

#[test]
fn delimiters_are_those_of_the_header() {
    let place = Workplace::new();
    // German numbers: the commas of the values are no delimiters.
    place.write("t.csv", "a;b\n1,5;x\n2,5;y\n");
    assert_eq!(counted(&place, "t.csv", &["a", "b"]).column("a"), ("string", 0, Some(2)));
    // A column whose name holds a sign: only the comma splits the rows as often.
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
        scan_refusal(&place, "t.csv", "age"),
        "t.csv: row 100001: `age` holds `thirty`, and its first 100000 rows are int64"
    );
    place.write("t.csv", &format!("{text}100000,30.5,2000-01-01,\n"));
    assert!(scan_refusal(&place, "t.csv", "age").contains("row 100001: `age` holds `30.5`"));
    place.write("t.csv", &format!("{text}100000,30,2000-13-01,\n"));
    assert!(scan_refusal(&place, "t.csv", "born").contains("row 100001: `born` holds `2000-13-01`"));
    // A column may begin with a hundred thousand rows of nothing. Its values are values, and no nulls.
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
        ("text/packed.csv.gz", "t.csv", "it is compressed with gzip; let its name end in .gz"),
        ("text/packed.csv.zst", "t.tsv", "it is compressed with zstd; let its name end in .zst"),
        ("parquet/none.parquet", "t.csv", "it is a Parquet file; let its name end in .parquet"),
        ("arrow/file.arrow", "t.jsonl", "it is an Arrow file; let its name end in .arrow"),
    ] {
        put(&place, name, &std::fs::read(fixture(from)).unwrap());
        assert_eq!(refusal(&place, name), format!("`{name}` cannot be read: {why}"));
    }
    put(&place, "t.csv.gz", b"a,b\n1,2\n");
    let message = refusal(&place, "t.csv.gz");
    assert_eq!(message, "`t.csv.gz` cannot be read: its name says gzip, and its bytes are not");
    for name in ["t.csv.bz2", "t.parquet.gz", "t.txt"] {
        put(&place, name, b"a,b\n1,2\n");
        let message = refusal(&place, name);
        assert!(
            message.starts_with(&format!("the format of `{name}` is not known; the name must end in")),
            "{message}"
        );
    }
}

//! Dialects of CSV.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::io::BufReader;

use proptest::prelude::*;

use super::*;

fn read(bytes: &[u8], dialect: &CsvDialect, read_as: &ReadAs) -> Result<String, String> {
    let text: Box<dyn Read + Send> = match &dialect.encoding {
        Some(label) => Box::new(Decoded::new(io::Cursor::new(bytes.to_vec()), label)),
        None => Box::new(io::Cursor::new(bytes.to_vec())),
    };
    let mut standard = StandardCsv::new(BufReader::with_capacity(7, text), dialect, read_as, None);
    let mut read = String::new();
    standard.read_to_string(&mut read).map(|_| read).map_err(|error| error.to_string())
}

fn standard(text: &str, dialect: &CsvDialect) -> Result<String, String> {
    read(text.as_bytes(), dialect, &ReadAs::default())
}

fn plain() -> CsvDialect {
    CsvDialect::default()
}

#[test]
fn quotes_may_be_escaped() {
    let spark = CsvDialect { escape: Some(b'\\'), ..plain() };
    let text = "a,b\n\"say \\\"hi\\\", ok\",c:\\dir\n\"\\\\\",\"two \"\"ways\"\"\"\n";
    let wanted = "a,b\n\"say \"\"hi\"\", ok\",c:\\dir\n\\,\"two \"\"ways\"\"\"\n";
    assert_eq!(standard(text, &spark).unwrap(), wanted);
    let mysql = CsvDialect { quote: None, escape: Some(b'\\'), delimiter: Some(b'\t'), ..plain() };
    assert_eq!(standard("a\tb\n\"x\ty\\\tz\n", &mysql).unwrap(), "a,b\n\"\"\"x\",\"y\tz\"\n");
    let single = CsvDialect { quote: Some(b'\''), ..plain() };
    assert_eq!(standard("a;b\n'x;y';\"\n", &single).unwrap(), "a,b\n\"x;y\",\"\"\"\"\n");
}

#[test]
fn a_decimal_comma_makes_numbers() {
    let german = CsvDialect { has_decimal_comma: true, ..plain() };
    let text = "n;t\n1,5;a,b\n-1.234,5;1.2.3\n1.234.567;12\n,5;\"1,2,3\"\n2,5e-3;01.02.2024\n";
    let wanted = "n,t\n1.5,\"a,b\"\n-1234.5,1.2.3\n1234567,12\n.5,\"1,2,3\"\n2.5e-3,01.02.2024\n";
    assert_eq!(standard(text, &german).unwrap(), wanted);
    let why = standard("n\n1,5\n2.5\n", &german).unwrap_err();
    assert!(why.starts_with("line 3: `2.5` has a decimal point"), "{why}");
    let read_as = ReadAs { na: vec!["-9,0".to_owned()], ..ReadAs::text(["t".to_owned()]) };
    let texts = read(b"n;t\n-9,0;1,5\n2,0;2.5\n", &german, &read_as).unwrap();
    assert_eq!(texts, "n,t\n\"-9,0\",\"1,5\"\n2.0,2.5\n");
}

#[test]
fn lines_before_the_header_and_comments_keep_their_lines() {
    let dialect = CsvDialect { skip_lines: 2, comment: Some(b'#'), ..plain() };
    let text = "Report, of\r\n\"open\r\na;b\r\n# 1;2\r\n1;2\r\n\r\n3;4";
    assert_eq!(standard(text, &dialect).unwrap(), "\n\na,b\n\n1,2\n\n3,4\n");
    // A line that is not a row would be a missing value in a table of one column.
    assert_eq!(standard("\n\na\n#\n1\n\n2\n\"\"\n", &dialect).unwrap(), "\n\na\n1\n2\n\"\"\n");
}

#[test]
fn names_stand_in_for_a_header() {
    let numbered = CsvDialect { names: CsvNames::Numbered, ..plain() };
    assert_eq!(standard("1,2\n3,4\n", &numbered).unwrap(), "column_1,column_2\n1,2\n3,4\n");
    let given =
        CsvDialect { names: CsvNames::Given(vec!["a".to_owned(), "b;c".to_owned()]), delimiter: Some(b' '), ..plain() };
    assert_eq!(standard("1 2\n", &given).unwrap(), "a,\"b;c\"\n1,2\n");
    assert_eq!(standard("", &given).unwrap(), "a,\"b;c\"\n");
}

#[test]
fn encodings_are_decoded_or_refused() {
    let windows = CsvDialect { encoding: Some("windows-1252".to_owned()), ..plain() };
    assert_eq!(read(b"gr\xf6\xdfe\n\x80 5\n", &windows, &ReadAs::default()).unwrap(), "größe\n€ 5\n");
    let wide = CsvDialect { encoding: Some("utf-16le".to_owned()), ..plain() };
    let bytes: Vec<u8> = "\u{feff}a,b\nä,1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&bytes, &wide, &ReadAs::default()).unwrap(), "a,b\nä,1\n");
    let japanese = CsvDialect { encoding: Some("shift_jis".to_owned()), ..plain() };
    let why = read(b"a\n\x81\xff\n", &japanese, &ReadAs::default()).unwrap_err();
    assert!(why.contains("it is not Shift_JIS: byte 3 is not a character"), "{why}");
    assert!(read(b"a\n\x81", &japanese, &ReadAs::default()).is_err(), "a cut letter");
}

#[test]
fn what_is_no_csv_is_refused_with_its_line() {
    for (text, why) in [
        ("a,b\n\"1\"x,2\n", "line 2: text follows a closing quote"),
        ("a,b\n1,2\n\"3,4\n5,6\n", "line 3: a quote that opens in this row is never closed"),
        ("a;b,c\n1;2,3\n", "line 1: several characters could be the delimiter"),
    ] {
        let found = standard(text, &plain()).unwrap_err();
        assert!(found.contains(why), "{text}: {found}");
    }
}

proptest! {
    /// Any table is the same after it was written in a dialect and read from it.
    #[test]
    fn a_table_survives_its_dialect(
        rows in proptest::collection::vec(proptest::collection::vec("[ab\"';\\\\,\\r\\n#é ]{0,6}", 3), 1..6),
        has_escape: bool,
    ) {
        let dialect = CsvDialect {
            delimiter: Some(b';'),
            quote: Some(b'\''),
            escape: has_escape.then_some(b'\\'),
            names: CsvNames::Numbered,
            ..plain()
        };
        let field = |field: &String| {
            let text = if has_escape { field.replace('\\', "\\\\").replace('\'', "\\'") } else { field.replace('\'', "''") };
            format!("'{text}'")
        };
        let lines: Vec<String> = rows.iter().map(|row| row.iter().map(field).collect::<Vec<_>>().join(";")).collect();
        let text = standard(&lines.join("\n"), &dialect).unwrap();
        let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
        let read: Vec<Vec<String>> =
            reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        prop_assert_eq!(read, rows);
    }
}

//! Data sources: every format, broken files of every kind, folders, remote stores, little memory.

mod broken;
mod csv;
mod csv_dialect;
mod digests;
mod folders;
mod json;
mod layouts;
mod memory;
mod passed_over;
mod read_as;
mod redirects;
mod remote;
mod repetition;
mod stores;
mod types;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Workplace, fixtures};

/// Returns other libraries' counts of the fixtures.
fn expected() -> Value {
    serde_json::from_str(&fs::read_to_string(fixtures().join("sources/expected.json")).unwrap()).unwrap()
}

/// Returns the path of a fixture.
fn fixture(name: &str) -> String {
    fixtures().join("sources").join(name).display().to_string()
}

/// A table's rows, and the type, the nulls and the distinct values of each column.
#[derive(Debug, PartialEq)]
struct Counted {
    rows: u64,
    columns: Vec<(String, String, u64, Option<u64>)>,
}

impl Counted {
    #[track_caller]
    fn column(&self, name: &str) -> (&str, u64, Option<u64>) {
        let found = self.columns.iter().find(|column| column.0 == name);
        found.map(|(_, kind, nulls, distinct)| (kind.as_str(), *nulls, *distinct)).unwrap()
    }
}

/// Returns the gate's counts of a table; the checks are notes, because they have no limit.
#[track_caller]
fn counted(place: &Workplace, path: &str, columns: &[&str]) -> Counted {
    let note = "severity: note";
    let lines = format!(
        "{{type: {{is: bool, {note}}}, nulls: {{is: '<= 100%', {note}}}, unique: {{is: true, allow: '<= 100%', {note}}}}}"
    );
    let columns_text: String = columns.iter().map(|name| format!("      {}: {lines}\n", Value::from(*name))).collect();
    let config = format!(
        "version: 1\ndata:\n  t:\n    path: {}\n    rows: '< 1e15'\n    columns:\n{columns_text}",
        Value::from(path)
    );
    place.write("mlgate.yml", &config);
    let report = place.report();
    let gate = |id: &str| crate::support::gate(&report, id).clone();
    let rows = gate("data.t.rows")["candidate"]["value"].as_f64().unwrap_or_else(|| panic!("{report:#}"));
    let whole = |share: &Value, n: f64| share.as_f64().map(|share| (share * n).round() as u64);
    let one = |name: &&str| {
        let kind = gate(&format!("data.t.columns.{name}.type"))["message"].as_str().unwrap().to_owned();
        let kind = kind.trim_start_matches("the type is ").trim_end_matches(", not bool").to_owned();
        let nulls = gate(&format!("data.t.columns.{name}.nulls"));
        let nulls = whole(&nulls["candidate"]["value"], rows).unwrap_or_else(|| panic!("{name}: {nulls:#}"));
        let present = rows - nulls as f64;
        let repeated = whole(&gate(&format!("data.t.columns.{name}.unique"))["candidate"]["value"], present);
        ((*name).to_owned(), kind, nulls, repeated.map(|repeated| present as u64 - repeated))
    };
    Counted { rows: rows as u64, columns: columns.iter().map(one).collect() }
}

/// Runs a gate over a table that must not pass, and returns the reason. All gates err, and the exit code is 4.
#[track_caller]
fn refusal(place: &Workplace, path: &str) -> String {
    place.write("mlgate.yml", &format!("version: 1\ndata:\n  t: {{path: {}, rows: '< 1e15'}}\n", Value::from(path)));
    let report = place.report();
    assert_eq!((report["exit_code"].as_u64(), report["verdict"].as_str()), (Some(4), Some("error")), "{report:#}");
    report["gates"][0]["message"].as_str().unwrap().to_owned()
}

/// Returns the reason a scan of these columns errs, in a table that can be opened.
#[track_caller]
fn scan_refusal(place: &Workplace, path: &str, column: &str) -> String {
    let config = format!(
        "version: 1\ndata:\n  t: {{path: {}, columns: {{{column}: {{nulls: '< 1e15 rows'}}}}}}\n",
        Value::from(path)
    );
    place.write("mlgate.yml", &config);
    let report = place.report();
    assert_eq!(report["exit_code"], 4, "{report:#}");
    report["gates"][0]["message"].as_str().unwrap().to_owned()
}

/// Returns the bytes of a file of this name: compressed if the name says so.
fn packed(name: &str, bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    if name.ends_with(".gz") {
        let mut file = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        file.write_all(bytes).unwrap();
        return file.finish().unwrap();
    }
    if name.ends_with(".zst") { zstd::encode_all(bytes, 1).unwrap() } else { bytes.to_vec() }
}

/// Writes a fixture's bytes under another name.
#[track_caller]
fn put(place: &Workplace, name: &str, bytes: &[u8]) -> PathBuf {
    let path = place.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}

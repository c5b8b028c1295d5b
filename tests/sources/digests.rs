//! The digest of a file is that of its bytes, whether the file is read for its rows or for the digest only.

use std::fs::{self, File};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use mlgate::testing::Catalog;
use mlgate::testing::Engine;
use mlgate::testing::bind;
use mlgate::testing::plan;
use mlgate::testing::stats::Side;
use mlgate::testing::{Config, ReadAs};
use mlgate::testing::{Measurements, TableId, TableKind};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;

use super::remote::sha256;
use crate::support::Workplace;

/// The number of row groups of more than a megabyte each with which a file is digested while it is read.
const GROUPS: i64 = 9;
const ROWS: i64 = 100_000;

fn large(place: &Workplace) -> Vec<u8> {
    let numbers =
        |factor: i64| -> ArrayRef { Arc::new((0..ROWS).map(|row| row.wrapping_mul(factor)).collect::<Int64Array>()) };
    let columns = [("a", numbers(7)), ("b", numbers(0x2545_f491_4f6c_dd1d))];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let path = place.path().join("t.parquet");
    let properties = WriterProperties::builder().set_dictionary_enabled(false).build();
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), Some(properties)).unwrap();
    for _ in 0..GROUPS {
        writer.write(&batch).unwrap();
        writer.flush().unwrap();
    }
    writer.close().unwrap();
    fs::read(path).unwrap()
}

fn digests(report: &Value) -> Vec<&str> {
    let files = report["provenance"]["candidate"]["files"].as_array().unwrap();
    files.iter().map(|file| file["digest"].as_str().unwrap()).collect()
}

#[test]
fn a_large_file_is_digested_while_it_is_read() {
    let place = Workplace::new();
    let wanted = sha256(&large(&place));
    for checks in [
        // The checks read both columns, one, none, both twice, and no row at all.
        "columns: {a: {nulls: 0}, b: {nulls: 0}}",
        "columns: {b: {range: [-1e19, 1e19]}}",
        "rows: '>= 1'",
        "rules: {all: 'a >= 0'}\n    columns: {a: {median: '>= 0'}, b: {nulls: 0}}",
        "columns: {a: {type: int64}}",
    ] {
        let config = format!("version: 1\ndata:\n  t:\n    path: t.parquet\n    {checks}\n");
        place.write("mlgate.yml", &config);
        for threads in ["1", "2", "5"] {
            let (report, answer) = place.report_with(&["--threads", threads], &[]);
            assert_eq!(answer.code, 0, "{checks}: {report:#}");
            assert_eq!(digests(&report), [&wanted], "{checks}, {threads} threads");
        }
    }
}

#[test]
fn a_file_that_was_read_whole_is_not_read_again() {
    let place = Workplace::new();
    let wanted = sha256(&large(&place));
    let config = Config::parse("version: 1\ndata:\n  t:\n    path: t.parquet\n    columns: {a: {nulls: 0}}\n").unwrap();
    let mut engine = Engine::new(place.path()).unwrap();
    let id = TableId { kind: TableKind::Dataset, name: "t".to_owned(), side: Side::Candidate };
    engine.open(id, "t.parquet", &ReadAs::default());
    let gates = bind(&config, &Catalog::built_in().unwrap(), &engine.tables(), 0).unwrap();
    engine.measure(&plan(gates.measurements()), &gates.specs, &Measurements::new(), || ());
    fs::remove_file(place.path().join("t.parquet")).unwrap();
    let read = engine.readers(Side::Candidate);
    let file = ("t.parquet".to_owned(), wanted);
    assert_eq!(read.into_iter().collect::<Vec<_>>(), [(file, vec!["data.t".to_owned()])]);
}

#[test]
fn a_large_file_that_breaks_off_has_the_digest_of_all_its_bytes() {
    let place = Workplace::new();
    let mut bytes = large(&place);
    let path = place.path().join("t.parquet");
    let footer = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
    let page = footer.metadata().row_group(4).column(0).data_page_offset();
    // No page header starts with this byte.
    let page = usize::try_from(page).unwrap();
    bytes[page..page + 8].fill(0xff);
    fs::write(&path, &bytes).unwrap();
    place.write("mlgate.yml", "version: 1\ndata:\n  t:\n    path: t.parquet\n    columns: {a: {nulls: 0}}\n");
    let (report, answer) = place.report_with(&[], &[]);
    assert_eq!(answer.code, 4, "{report:#}");
    let message = report["gates"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("`t.parquet` cannot be read: "), "{message}");
    assert_eq!(digests(&report), [sha256(&bytes)]);
}

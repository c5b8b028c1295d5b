//! Every check of data on random tables: the results do not depend on the number of threads, the size of batches, the
//! order of the rows, or the files that contain them and their layout.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Cursor;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::csv::ReaderBuilder;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::ipc::CompressionType;
use datafusion::arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use mlgate::testing::Catalog;
use mlgate::testing::bind;
use mlgate::testing::plan;
use mlgate::testing::stats::Side;
use mlgate::testing::{Config, ReadAs};
use mlgate::testing::{Engine, Resources};
use mlgate::testing::{Evidence, Outcome, judge};
use mlgate::testing::{Measurements, TableId, TableKind};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::{WriterProperties, WriterVersion};
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::Workplace;

/// Every check of a dataset or a column that reads rows. The bounds are arbitrary: verdicts are compared, not asserted.
const CONFIG: &str = r#"
version: 1
data:
  other: {path: base, rows: "< 1e15"}
  train:
    path: new
    baseline_path: base
    rows: "<= baseline + 10%"
    duplicate_rows: "< 10%"
    unique_together: {columns: [word, flag], allow: "< 90%"}
    conflicting_labels: {label: flag, ignore: [id, at], is: "< 50%"}
    predicts_label: {label: flag, ignore: [id]}
    dataset_drift: {is: "<= 20%", ignore: [id]}
    same_rows: {with: other, is: "< 50%"}
    same_keys: {with: other, key: [word, whole], is: "< 50%"}
    starts_after: {with: other, time: at, gap: 1 week, is: "< 50%"}
    foreign_keys: {both: {of: other, columns: [word, whole], allow: "< 50%"}}
    schema: same
    columns:
      id: {unique: {is: true, allow: "< 5%"}, foreign_key: {is: other.id, allow: "< 50%"}, distinct: "> 3"}
      number:
        nulls: "<= baseline + 1pp"
        null_change: 5%
        finite: {is: true, allow: "< 5%"}
        range: {is: [-100, 100], allow: "< 5%"}
        mean: "<= baseline + 10%"
        median: "<= baseline + 1"
        quantile: {q: 0.9, is: "<= 100"}
        stddev: "< 50"
        sum: "< 5000"
        minimum: ">= -100"
        maximum: "<= 100"
        psi: 0.2
        js: 0.1
        ks: 0.1
        w1: 0.2
        chi2: {is: 0.05, effect: 0.1}
      whole: {share: {of: [1, 2], is: "< 60%"}, not_in: {is: [3], allow: "< 40%"}, psi: 0.2, w1: 0.5}
      word: {chi2: 0.01, cramers_v: 0.2, not_constant: true, format: {is: date, allow: "<= 100%"}, not_regex: {is: "^z", allow: "< 50%"}, in: {is: [a, b], allow: "< 50%"}, tv: 0.1, unseen: "< 5%", lost: "< 5%", class_balance: "> 1%", length: {is: [1, 3], allow: "< 50%"}, regex: {is: "^[a-z]+$", allow: "< 50%"}, blank: "< 5%", missing: "< 5%", pii: "< 5%"}
      at: {range: {is: ["2024-01-01", "now"], allow: "< 50%"}, freshness: "< 3650d", ks: 0.2}
    rules:
      some: "number < whole OR word = 'a'"
    failed_rows:
      many: "SELECT word FROM train GROUP BY word HAVING count(*) > 10"
    numbers:
      mean: {sql: "SELECT avg(whole) FROM train", is: "< 3"}
"#;

const HEADER: &str = "id,number,whole,word,flag,at\n";

/// Generates a row of CSV; every field but the key may be missing.
fn row() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        6 => (-1e3..1e3_f64).prop_map(|number| number.to_string()),
        2 => select(vec!["0.1", "0.2", "1e-300", "1e15", "-1e15", "-0.0"]).prop_map(str::to_owned),
        1 => select(vec!["", "NaN", "inf", "-inf"]).prop_map(str::to_owned),
    ];
    let whole = select(vec!["", "1", "2", "3", "4", "5"]);
    let word = select(vec!["", "a", "b", "ccc", "N/A", " ", "Ünï", "a@b.org", "4111111111111111"]);
    let flag = select(vec!["", "true", "false", "false"]);
    let day = select(vec!["", "2024-01-05T10:00:00", "2024-06-01T00:00:00", "2019-02-03T04:05:06"]);
    (0..500_u32, number, whole, word, flag, day)
        .prop_map(|(id, number, whole, word, flag, day)| format!("{id},{number},{whole},{word},{flag},{day}\n"))
}

/// The first row of every file, which fixes the types of the columns.
const FIRST: &str = "1000,0.5,1,a,true,2024-01-01T00:00:00\n";

fn table() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(row(), 20..120)
}

/// Judges both tables, the new one divided into several files.
fn judged(folder: &Path, resources: Resources) -> Vec<Outcome> {
    let config = Config::parse(CONFIG).unwrap();
    let catalog = Catalog::built_in().unwrap();
    let mut engine = Engine::within(folder, resources).unwrap();
    for (name, side, path) in
        [("other", Side::Candidate, "base"), ("train", Side::Candidate, "new"), ("train", Side::Baseline, "base")]
    {
        engine.open(TableId { kind: TableKind::Dataset, name: name.to_owned(), side }, path, &ReadAs::default());
    }
    let gates = bind(&config, &catalog, &engine.tables(), 1_800_000_000_000_000).unwrap();
    let measurements = engine.measure(&plan(gates.measurements()), &gates.specs, &Measurements::new(), || ());
    judge(&gates, &measurements, 0)
}

fn write(place: &Workplace, name: &str, rows: &[String], files: usize) {
    let size = rows.len().div_ceil(files);
    for (index, part) in rows.chunks(size).enumerate() {
        let mut text = HEADER.to_owned();
        if index == 0 {
            text.push_str(FIRST);
        }
        for row in part {
            let _ = write!(text, "{row}");
        }
        place.write(&format!("{name}/part-{index}.csv"), &text);
    }
}

/// The layout of a Parquet file.
#[derive(Debug, Clone)]
struct Layout {
    group_rows: usize,
    page_rows: usize,
    has_dictionaries: bool,
    compression: Compression,
    version: WriterVersion,
}

fn layout() -> impl Strategy<Value = Layout> {
    let codecs = vec![Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::ZSTD(Default::default())];
    let versions = vec![WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0];
    (1..30_usize, 1..20_usize, any::<bool>(), select(codecs), select(versions)).prop_map(
        |(group_rows, page_rows, has_dictionaries, compression, version)| Layout {
            group_rows,
            page_rows,
            has_dictionaries,
            compression,
            version,
        },
    )
}

/// The layout of an Arrow file.
#[derive(Debug, Clone)]
struct ArrowLayout {
    batch_rows: usize,
    compression: Option<CompressionType>,
    is_stream: bool,
}

fn arrow_layout() -> impl Strategy<Value = ArrowLayout> {
    let codecs = vec![None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)];
    (1..200_usize, select(codecs), any::<bool>()).prop_map(|(batch_rows, compression, is_stream)| ArrowLayout {
        batch_rows,
        compression,
        is_stream,
    })
}

/// Returns the types of the columns.
fn schema() -> SchemaRef {
    let at = DataType::Timestamp(TimeUnit::Microsecond, None);
    let types = [DataType::Int64, DataType::Float64, DataType::Int64, DataType::Utf8, DataType::Boolean, at];
    let fields = HEADER.trim().split(',').zip(types).map(|(name, data_type)| Field::new(name, data_type, true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Returns the rows in batches of `size`.
fn batches(rows: &[String], size: usize) -> impl Iterator<Item = RecordBatch> {
    let reader = ReaderBuilder::new(schema()).with_batch_size(size).build(Cursor::new(rows.concat())).unwrap();
    reader.map(Result::unwrap)
}

/// Writes the rows as Arrow files.
fn write_arrow(place: &Workplace, name: &str, rows: &[String], files: usize, layout: &ArrowLayout) {
    fs::create_dir(place.path().join(name)).unwrap();
    for (index, part) in rows.chunks(rows.len().div_ceil(files)).enumerate() {
        let file = File::create(place.path().join(format!("{name}/part-{index}.arrow"))).unwrap();
        let options = IpcWriteOptions::default().try_with_compression(layout.compression).unwrap();
        let part = batches(part, layout.batch_rows);
        if layout.is_stream {
            let mut writer = StreamWriter::try_new_with_options(file, &schema(), options).unwrap();
            part.for_each(|batch| writer.write(&batch).unwrap());
            writer.finish().unwrap();
        } else {
            let mut writer = FileWriter::try_new_with_options(file, &schema(), options).unwrap();
            part.for_each(|batch| writer.write(&batch).unwrap());
            writer.finish().unwrap();
        }
    }
}

/// Writes the rows as Parquet files.
fn write_parquet(place: &Workplace, name: &str, rows: &[String], files: usize, layout: Option<&Layout>) {
    let mut properties = WriterProperties::builder();
    if let Some(layout) = layout {
        properties = properties
            .set_max_row_group_row_count(Some(layout.group_rows))
            .set_data_page_row_count_limit(layout.page_rows)
            .set_write_batch_size(layout.page_rows)
            .set_dictionary_enabled(layout.has_dictionaries)
            .set_compression(layout.compression)
            .set_writer_version(layout.version);
    }
    let properties = properties.build();
    fs::create_dir(place.path().join(name)).unwrap();
    for (index, part) in rows.chunks(rows.len().div_ceil(files)).enumerate() {
        let file = File::create(place.path().join(format!("{name}/part-{index}.parquet"))).unwrap();
        let mut writer = ArrowWriter::try_new(file, schema(), Some(properties.clone())).unwrap();
        batches(part, 8192).for_each(|batch| writer.write(&batch).unwrap());
        writer.close().unwrap();
    }
}

fn resources(threads: usize, batch_rows: usize) -> Resources {
    Resources {
        memory: None,
        threads: NonZero::new(threads),
        batch_rows: NonZero::new(batch_rows),
        ..Resources::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]
    #[test]
    fn nothing_but_the_rows_matters(
        base in table(),
        (new, shuffled) in table().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        (files, threads, batch_rows) in (2..5_usize, 2..6_usize, 1..40_usize),
    ) {
        let place = Workplace::new();
        write(&place, "base", &base, 1);
        write(&place, "new", &new, 1);
        let wanted = judged(place.path(), resources(1, 8192));
        // If all gates erred, the comparison would prove nothing.
        let errs = wanted.iter().filter(|outcome| matches!(outcome.evidence, Evidence::Reason(_))).count();
        prop_assert!(errs <= 2, "{:#?}", wanted);
        prop_assert_eq!(&judged(place.path(), resources(threads, batch_rows)), &wanted);

        let other = Workplace::new();
        write(&other, "base", &base, 1);
        write(&other, "new", &shuffled, files);
        prop_assert_eq!(&judged(other.path(), resources(threads, batch_rows)), &wanted);
        prop_assert_eq!(&judged(other.path(), resources(1, 1)), &wanted);
    }

    #[test]
    fn nor_does_how_files_are_laid_out(
        base in table(),
        (new, shuffled) in table().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        (files, threads, batch_rows) in (1..5_usize, 2..6_usize, 1..40_usize),
        (layout, arrow) in (layout(), arrow_layout()),
    ) {
        let place = Workplace::new();
        write_parquet(&place, "base", &base, 1, None);
        write_parquet(&place, "new", &new, 1, None);
        let wanted = judged(place.path(), resources(1, 8192));
        let errs = wanted.iter().filter(|outcome| matches!(outcome.evidence, Evidence::Reason(_))).count();
        prop_assert!(errs <= 2, "{:#?}", wanted);

        let other = Workplace::new();
        write_parquet(&other, "base", &base, 1, None);
        write_parquet(&other, "new", &shuffled, files, Some(&layout));
        prop_assert_eq!(&judged(other.path(), resources(threads, batch_rows)), &wanted);
        prop_assert_eq!(&judged(other.path(), resources(1, 8192)), &wanted);

        let third = Workplace::new();
        write_parquet(&third, "base", &base, 1, None);
        write_arrow(&third, "new", &shuffled, files, &arrow);
        prop_assert_eq!(&judged(third.path(), resources(threads, batch_rows)), &wanted);
        prop_assert_eq!(&judged(third.path(), resources(1, 8192)), &wanted);
    }
}

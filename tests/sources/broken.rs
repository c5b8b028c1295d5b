//! Truncated, damaged and hostile files. None of them is read partially, and none crashes the gate.

use std::panic::catch_unwind;

use mlgate::testing::Engine;
use mlgate::testing::ReadAs;

use super::{counted, fixture, put, refusal, scan_refusal};
use crate::support::Workplace;

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap()
}

#[test]
fn a_file_that_is_cut_off() {
    let place = Workplace::new();
    for (from, name, why) in [
        ("parquet/every_type.parquet", "t.parquet", "cannot be read"),
        ("arrow/file.arrow", "t.arrow", "cannot be read: it is not a whole Arrow file"),
        ("arrow/stream.arrow", "t.arrow", "cannot be read"),
        ("arrow/lz4.feather", "t.feather", "cannot be read"),
        (
            "text/packed.csv.gz",
            "t.csv.gz",
            "cannot be decompressed: its gzip data end too early, so the file is cut off",
        ),
        (
            "text/packed.csv.zst",
            "t.csv.zst",
            "cannot be decompressed: its zstd data end too early, so the file is cut off",
        ),
        (
            "text/lines.jsonl.gz",
            "t.jsonl.gz",
            "cannot be decompressed: its gzip data end too early, so the file is cut off",
        ),
        (
            "text/lines.jsonl.zst",
            "t.jsonl.zst",
            "cannot be decompressed: its zstd data end too early, so the file is cut off",
        ),
        ("text/lines.jsonl", "t.jsonl", "cannot be read: line 3"),
    ] {
        let whole = bytes(from);
        for length in [whole.len() / 2, whole.len() - 9, whole.len() - 1] {
            if from.ends_with(".jsonl") && length != whole.len() / 2 {
                continue;
            }
            put(&place, name, &whole[..length]);
            let message = refusal(&place, name);
            assert!(message.starts_with(&format!("`{name}` {}", &why[..14])), "{from}, {length} bytes: {message}");
            if length == whole.len() / 2 && !why.ends_with("line 3") {
                assert!(message.contains(why), "{from}, {length} bytes: {message}");
            }
        }
    }
}

/// A stream that is truncated between two messages looks complete except for its end.
#[test]
fn a_stream_without_its_end() {
    let place = Workplace::new();
    let whole = bytes("arrow/stream.arrow");
    put(&place, "t.arrow", &whole[..whole.len() - 8]);
    assert_eq!(
        refusal(&place, "t.arrow"),
        "`t.arrow` cannot be read: it is not a whole Arrow file (its stream has no end mark, so it is cut off; write it again)"
    );
}

/// In a table of many files, exactly the broken one is named.
#[test]
fn the_broken_one_of_many() {
    let place = Workplace::new();
    let whole = bytes("parquet/none.parquet");
    for index in 0..4 {
        put(&place, &format!("t/part-{index}.parquet"), &whole);
    }
    put(&place, "t/part-2.parquet", &whole[..whole.len() / 2]);
    let message = refusal(&place, "t");
    assert!(message.starts_with("`t/part-2.parquet` cannot be read: "), "{message}");
    // The footer is valid, but a page is not.
    let mut damaged = whole.clone();
    damaged[4..400].fill(0xff);
    put(&place, "t/part-2.parquet", &damaged);
    let message = scan_refusal(&place, "t", "int64");
    assert!(message.starts_with("t: `t/part-2.parquet` cannot be read: "), "{message}");

    for index in 0..4 {
        place.write(&format!("c/part-{index}.csv"), "a,b\n1,2\n");
    }
    place.write("c/part-3.csv", "a,b\n1,2\n3\n");
    assert_eq!(refusal(&place, "c"), "`c/part-3.csv` cannot be read: row 2 (line 3) has 1 field, but the header has 2");
    put(&place, "c/part-3.csv", b"");
    assert_eq!(refusal(&place, "c"), "`c/part-3.csv` is empty (0 bytes)");

    let arrow = bytes("arrow/zstd.feather");
    for index in 0..3 {
        put(&place, &format!("a/part-{index}.arrow"), &arrow);
    }
    put(&place, "a/part-1.arrow", &arrow[..arrow.len() / 2]);
    let message = refusal(&place, "a");
    assert!(message.starts_with("`a/part-1.arrow` cannot be read: it is not a whole Arrow file"), "{message}");
}

/// The first of several broken files is named, whichever worker reads which of them first.
#[test]
fn the_first_broken_one() {
    let place = Workplace::new();
    let whole = bytes("parquet/none.parquet");
    let mut damaged = whole.clone();
    damaged[4..400].fill(0xff);
    for index in 0..8 {
        put(&place, &format!("t/part-{index}.parquet"), if index < 2 { &whole } else { &damaged });
        // The malformed value is below the rows that determine types, and in the first file it is the farthest below.
        let (rows, at) = (if index == 2 { 400_000 } else { 100_000 }, if index < 2 { "2" } else { "x" });
        let before = "1\n".repeat(rows);
        place.write(&format!("c/part-{index}.csv"), &format!("int64\n{before}{at}\n"));
    }
    for _ in 0..3 {
        let message = scan_refusal(&place, "t", "int64");
        assert!(message.starts_with("t: `t/part-2.parquet` cannot be read: "), "{message}");
        let message = refusal(&place, "c");
        assert!(message.starts_with("`c/part-2.csv`: row 400001: "), "{message}");
    }
}

/// A value with a flipped bit is still a value. If the writer added checksums, the flip is detected.
#[test]
fn a_flipped_bit() {
    let place = Workplace::new();
    let mut whole = bytes("parquet/checksums.parquet");
    let word = whole.windows(4).position(|text| text == b"wort").unwrap();
    put(&place, "t.parquet", &whole);
    assert_eq!(counted(&place, "t.parquet", &["string"]).rows, 60);
    whole[word] ^= 1;
    put(&place, "t.parquet", &whole);
    let message = scan_refusal(&place, "t.parquet", "string");
    assert_eq!(message, "`t.parquet` cannot be read: Page CRC checksum mismatch");
}

/// The broken side of a model is named, too.
#[test]
fn a_broken_file_of_predictions() {
    let place = Workplace::new();
    let whole = bytes("parquet/none.parquet");
    let mut damaged = whole.clone();
    damaged[4..400].fill(0xff);
    put(&place, "p/part-0.parquet", &whole);
    put(&place, "p/part-1.parquet", &damaged);
    place.write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {predictions: p, label: bool, score: int64, metrics: {roc_auc: {min: 0.1}}}\n",
    );
    let report = place.report();
    assert_eq!(report["exit_code"], 4);
    let message = report["gates"][0]["message"].as_str().unwrap();
    assert!(message.contains("`p/part-1.parquet` cannot be read: "), "{message}");
}

/// Damages a file at many places. The gate may read the rest or refuse it, and never crashes.
#[track_caller]
fn survives(name: &str, target: &str) {
    let whole = bytes(name);
    let place = Workplace::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for round in 0..150 {
        let mut damaged = whole.clone();
        for _ in 0..=next(4) {
            // The ends of a file contain the metadata.
            let from = if round % 2 == 0 { whole.len().saturating_sub(2_000) } else { 0 };
            let at = from + next(whole.len() - from);
            damaged[at] = [0, 0xff, 0x80, damaged[at] ^ 1, damaged[at].wrapping_add(1)][next(5)];
        }
        put(&place, target, &damaged);
        let root = place.path().to_owned();
        let target = target.to_owned();
        let read = catch_unwind(move || {
            let engine = Engine::new(&root).unwrap();
            engine.profile(&target, &ReadAs::default()).map(|profile| profile.rows).map_err(|error| error.0)
        });
        match read {
            Ok(Ok(rows)) => assert!(rows < 1_000_000, "{rows} rows out of nothing in round {round}"),
            Ok(Err(why)) => assert!(!why.is_empty(), "round {round}"),
            Err(_) => panic!("round {round}: a damaged file stopped the engine"),
        }
    }
}

#[test]
fn damaged_parquet_never_stops_the_gate() {
    survives("parquet/every_type.parquet", "t.parquet");
    survives("parquet/zstd.parquet", "t.parquet");
}

#[test]
fn damaged_arrow_never_stops_the_gate() {
    survives("arrow/file.arrow", "t.arrow");
    survives("arrow/stream.arrow", "t.arrow");
    survives("arrow/lz4.feather", "t.arrow");
    survives("arrow/zstd.feather", "t.arrow");
}

#[test]
fn damaged_text_never_stops_the_gate() {
    for (name, target) in [
        ("text/comma.csv", "t.csv"),
        ("text/packed.csv.gz", "t.csv.gz"),
        ("text/packed.csv.zst", "t.csv.zst"),
        ("text/lines.jsonl", "t.jsonl"),
    ] {
        survives(name, target);
    }
}

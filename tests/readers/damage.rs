//! Damaged files: never another number than the tool wrote.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write as _};

use mlgate::testing::readers::{ReadLimits, RunStatus};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::snapshot;
use crate::support::{Workplace, fixtures};

fn bytes(name: &str) -> Vec<u8> {
    fs::read(fixtures().join("readers").join(name)).unwrap()
}

/// Returns the values of metrics; NaN as a text, so that it equals itself.
fn values(run: &mlgate::testing::readers::RunSnapshot) -> BTreeMap<String, String> {
    run.metrics.iter().map(|(name, reading)| (name.clone(), reading.value.to_string())).collect()
}

#[test]
fn an_archive_without_its_end_is_unfinished_or_refused() {
    for name in ["inspect/sums.eval", "inspect_old/sums.eval", "inspect/epochs.eval"] {
        let place = Workplace::new();
        let whole = bytes(name);
        let target = place.path().join("log.eval");
        fs::write(&target, &whole).unwrap();
        let numbers = values(&snapshot(place.path(), "log.eval").unwrap());
        let (mut with_results, mut without, mut refused) = (0, 0, 0);
        for cut in (0..whole.len()).step_by(197).chain(whole.len() - 30..whole.len()) {
            fs::write(&target, &whole[..cut]).unwrap();
            match snapshot(place.path(), "log.eval") {
                Ok(run) => {
                    assert_eq!(run.run.status, Some(RunStatus::Unfinished), "{name} cut at {cut}");
                    assert!(!run.warnings.is_empty());
                    let found = values(&run);
                    assert!(found.is_empty() || found == numbers, "{name} cut at {cut}: {found:?}");
                    if found.is_empty() { without += 1 } else { with_results += 1 }
                }
                Err(_) => refused += 1,
            }
        }
        assert!(with_results > 0 && without > 0 && refused > 0, "{name}: {with_results} {without} {refused}");
    }
}

#[test]
fn a_flipped_bit_never_gives_another_number() {
    for name in ["inspect/sums.eval", "inspect_old/sums.eval"] {
        let place = Workplace::new();
        let whole = bytes(name);
        let target = place.path().join("log.eval");
        fs::write(&target, &whole).unwrap();
        let numbers = values(&snapshot(place.path(), "log.eval").unwrap());
        let mut refused = 0;
        let mut tried = 0;
        for at in (0..whole.len()).step_by(83) {
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << (at % 8);
            fs::write(&target, &damaged).unwrap();
            tried += 1;
            match snapshot(place.path(), "log.eval") {
                // Names, times and flags have no checksum.
                Ok(run) => assert!(run.metrics.is_empty() || values(&run) == numbers, "{name} at {at}"),
                Err(_) => refused += 1,
            }
        }
        assert!(refused * 10 > tried * 8, "{name}: {refused} of {tried}");
    }
}

#[test]
fn a_cut_document_is_refused() {
    let folder = fixtures().join("readers/lm_eval/whole/acme__tiny");
    let results = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let results = results.into_iter().find(|path| path.to_string_lossy().contains("results_")).unwrap();
    let documents = [
        bytes("inspect/sums.json"),
        bytes("promptfoo/out.json"),
        bytes("kfp/executor_input.json"),
        bytes("dvclive/metrics.json"),
        fs::read(results).unwrap(),
    ];
    for whole in documents {
        let place = Workplace::new();
        let end = String::from_utf8(whole.clone()).unwrap().trim_end().len();
        for cut in (1..end).step_by(end / 40 + 1).chain(end - 3..end) {
            fs::write(place.path().join("m.json"), &whole[..cut]).unwrap();
            assert!(snapshot(place.path(), "m.json").is_err(), "cut at {cut} of {end}");
        }
    }
}

#[test]
fn a_cut_card_is_refused_within_its_front_matter() {
    let place = Workplace::new();
    let whole = String::from_utf8(bytes("huggingface/README.md")).unwrap();
    place.write("README.md", &whole);
    let numbers = values(&snapshot(place.path(), "README.md").unwrap());
    let end = whole.find("\n---\n").unwrap() + 4;
    for cut in 1..whole.len() {
        place.write("README.md", &whole[..cut]);
        match snapshot(place.path(), "README.md") {
            Ok(run) => assert!(cut >= end && values(&run) == numbers, "cut at {cut}"),
            Err(_) => assert!(cut < end, "cut at {cut}"),
        }
    }
}

#[test]
fn a_cut_log_of_lines_is_unfinished() {
    let place = Workplace::new();
    let whole = "{\"step\": 1, \"loss\": 0.53}\n{\"step\": 2, \"loss\": 0.41}\n{\"step\": 3, \"loss\": 0.39}\n";
    for cut in 1..whole.len() {
        place.write("log.jsonl", &whole[..cut]);
        let lines = whole[..cut].matches('}').count();
        match snapshot(place.path(), "log.jsonl") {
            Ok(run) => {
                assert!((run.metrics["loss"].value - [0.53, 0.41, 0.39][lines - 1]).abs() < 1e-12, "cut at {cut}");
                let is_within = !whole[..cut].trim_end().ends_with('}');
                assert_eq!(run.run.status == Some(RunStatus::Unfinished), is_within, "cut at {cut}");
            }
            Err(_) => assert_eq!(lines, 0, "cut at {cut}"),
        }
    }
    place.write("log.jsonl", "{\"step\": 1, \"loss\": 0.5}\n{\"step\": 2, \"lo\n{\"step\": 3, \"loss\": 0.4}\n");
    assert!(snapshot(place.path(), "log.jsonl").unwrap_err().to_string().contains("line 2"));
}

#[test]
fn a_cut_table_is_unfinished_or_has_a_warning() {
    let place = Workplace::new();
    place.write("log.csv", "epoch,loss\n1,0.5\n2,0.4\n3");
    let run = snapshot(place.path(), "log.csv").unwrap();
    assert_eq!(run.run.status, Some(RunStatus::Unfinished));
    assert!((run.metrics["loss"].value - 0.4).abs() < 1e-12);
    place.write("log.csv", "epoch,loss\n1,0.5\n2,0.4");
    assert!(snapshot(place.path(), "log.csv").unwrap().warnings[0].contains("may be cut"));
}

#[test]
fn bombs_do_not_go_off() {
    let place = Workplace::new();
    for (method, name) in [(CompressionMethod::Deflated, "deflate.eval"), (CompressionMethod::Zstd, "zstd.eval")] {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file("header.json", SimpleFileOptions::default().compression_method(method)).unwrap();
        let blanks = vec![b' '; 1 << 20];
        for _ in 0..=ReadLimits::default().bytes >> 20 {
            archive.write_all(&blanks).unwrap();
        }
        fs::write(place.path().join(name), archive.finish().unwrap().into_inner()).unwrap();
        assert!(snapshot(place.path(), name).unwrap_err().to_string().contains("too large unpacked"), "{name}");
    }
}

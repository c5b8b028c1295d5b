//! Entries in a folder or under a glob that are not read: each is an error that names it, or one of those that may be
//! ignored.

#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Command;

use super::{counted, refusal};
use crate::support::Workplace;

/// Returns a path below a folder, of bytes that are no text.
fn bytes(place: &Workplace, name: &[u8]) -> PathBuf {
    place.path().join(OsStr::from_bytes(name))
}

fn table() -> Workplace {
    let place = Workplace::new();
    place.write("t/ok.csv", "age\n20\n30\n");
    place
}

const PATHS: [&str; 6] = ["t", "t/*.csv", "t/*", "t/**/*.csv", "*/*.csv", "**/*.csv"];

/// Never passes: a file whose name is not UTF-8 (exit code 4).
#[test]
fn names_that_are_no_text() {
    for path in PATHS {
        let place = table();
        fs::write(bytes(&place, b"t/caf\xe9.csv"), "age\n-999\n").unwrap();
        assert_eq!(refusal(&place, path), "the name of `t/caf\\xe9.csv` is not UTF-8; rename it", "{path}");
    }
    // Folders, including those that define a column.
    for folder in [&b"t/caf\xe9"[..], b"t/city=S\xe3o Paulo"] {
        let place = table();
        fs::create_dir(bytes(&place, folder)).unwrap();
        fs::write(bytes(&place, &[folder, b"/p.csv"].concat()), "age\n-999\n").unwrap();
        for path in ["t", "t/**/*.csv", "t/*/*.csv"] {
            let message = refusal(&place, path);
            assert!(message.starts_with("the name of `t/c") && message.contains("\\xe"), "{path}: {message}");
        }
    }
    // In a folder, the file is an error with any ending, because its kind is unknown.
    let place = table();
    fs::write(bytes(&place, b"t/caf\xe9"), "").unwrap();
    assert_eq!(refusal(&place, "t"), "the name of `t/caf\\xe9` is not UTF-8; rename it");
    assert_eq!(counted(&place, "t/*.csv", &["age"]).rows, 2);
}

/// Never passes: a link whose target was not fetched (exit code 4).
#[test]
fn links_to_what_is_not_there() {
    for path in PATHS {
        let place = table();
        symlink("../.git/annex/objects/k", place.path().join("t/part2.csv")).unwrap();
        assert_eq!(refusal(&place, path), "`t/part2.csv` is a link to a missing file", "{path}");
    }
    let place = table();
    place.write("t/a/b/c.csv", "age\n1\n");
    symlink("nowhere", place.path().join("t/a/b/d.csv")).unwrap();
    for path in ["t", "t/**/*.csv", "t/*/*/*.csv", "t/a/b/d.csv*", "t/a/b/?.csv"] {
        assert_eq!(refusal(&place, path), "`t/a/b/d.csv` is a link to a missing file", "{path}");
    }
    // A dangling link in the place of a folder.
    let place = table();
    place.write("t/a/c.csv", "age\n1\n");
    symlink("nowhere", place.path().join("t/b")).unwrap();
    for path in ["t", "t/**/*.csv", "t/*/*.csv"] {
        assert_eq!(refusal(&place, path), "`t/b` is a link to a missing file", "{path}");
    }
}

/// Never passes: a folder that a glob matches (exit code 4).
#[test]
fn folders_that_a_glob_matches() {
    let place = table();
    place.write("t/part.csv/part-0000.csv", "age\n1\n");
    for path in ["t/*.csv", "t/*", "*/*.csv"] {
        assert_eq!(
            refusal(&place, path),
            "`t/part.csv` is a folder, but a glob matches files; match those in it, as in \"t/part.csv/*\"",
            "{path}"
        );
    }
    // These paths look into folders.
    for path in ["t", "t/**/*.csv", "**/*.csv"] {
        assert_eq!(counted(&place, path, &["age"]).rows, 3, "{path}");
    }
}

#[test]
fn links_to_folders() {
    let place = table();
    place.write("other/b.csv", "age\n1\n").write("t/sub/c.csv", "age\n1\n");
    symlink("../other", place.path().join("t/link")).unwrap();
    for path in ["t", "t/**/*.csv", "t/*/*.csv"] {
        assert_eq!(
            refusal(&place, path),
            "`t/link` is a link to a folder, which is not followed; name the folder itself",
            "{path}"
        );
    }
    assert_eq!(counted(&place, "t/*.csv", &["age"]).rows, 2);
    // A link that the path names is followed, and so are links to files.
    assert_eq!(counted(&place, "t/link/*.csv", &["age"]).rows, 1);
    fs::remove_file(place.path().join("t/link")).unwrap();
    symlink("../other/b.csv", place.path().join("t/b.csv")).unwrap();
    for (path, rows) in [("t", 4), ("t/*.csv", 3), ("t/**/*.csv", 4), ("*/*.csv", 4)] {
        assert_eq!(counted(&place, path, &["age"]).rows, rows, "{path}");
    }
}

/// Never passes: a pipe or socket among the files (exit code 4).
#[test]
fn pipes_and_sockets() {
    for path in PATHS {
        let place = table();
        let pipe = place.path().join("t/pipe.csv");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(refusal(&place, path), "`t/pipe.csv` is neither a file nor a folder", "{path}");
        fs::remove_file(pipe).unwrap();
        let _socket = UnixListener::bind(place.path().join("t/socket.csv")).unwrap();
        assert_eq!(refusal(&place, path), "`t/socket.csv` is neither a file nor a folder", "{path}");
    }
}

#[test]
fn delta_tables_under_a_glob() {
    let place = Workplace::new();
    place
        .write("lake/year=2024/p.csv", "age\n1\n")
        .write("lake/p.csv", "age\n1\n")
        .write("lake/_delta_log/0.json", "{}");
    for path in ["lake", "lake/*.csv", "lake/**/*.csv", "lake/year=*/*.csv", "lake/year=2024", "lake/year=2024/*.csv"] {
        let message = refusal(&place, path);
        assert!(message.starts_with("`lake` is a Delta table, whose files may hold deleted rows"), "{path}: {message}");
    }
}

/// Spark ignores names that start with `_`, and reads those that contain a `=`.
#[test]
fn columns_whose_names_begin_with_an_underline() {
    let place = Workplace::new();
    place.write("t/_src=a/p.csv", "v\n1\n").write("t/_src=b/q/_day=1/p.csv", "v\n1\n");
    assert!(refusal(&place, "t").contains("its folders have different columns"));
    place.write("u/_src=a/p.csv", "v\n1\n").write("u/p.csv", "v\n1\n");
    assert!(refusal(&place, "u").contains("its folders have different columns"));
    place.write("w/_src=a/p.csv", "v\n1\n").write("w/_src=b/p.jsonl", "{\"v\":1}\n");
    assert!(refusal(&place, "w").contains("mixes formats"));
    place.write("x/_src=a/_day=1/p.csv", "v\n1\n").write("x/_src=b/_day=2/p.csv", "v\n1\n").write("x/_SUCCESS", "");
    let found = counted(&place, "x", &["v", "_src", "_day"]);
    assert_eq!(
        (found.rows, found.column("_src"), found.column("_day")),
        (2, ("string", 0, Some(2)), ("int64", 0, Some(2)))
    );
}

#[test]
fn what_may_be_left_out() {
    let place = table();
    place
        .write("t/_SUCCESS", "")
        .write("t/.ok.csv.crc", "crc")
        .write("t/.DS_Store", "x")
        .write("t/_metadata", "x")
        .write("t/_temporary/0/x.csv", "other\n1\n")
        .write("t/README.md", "x")
        .write("t/notes.txt", "x");
    for path in ["t", "t/*.csv"] {
        assert_eq!(counted(&place, path, &["age"]).rows, 2, "{path}");
    }
    // Hidden names may be anything.
    fs::write(bytes(&place, b"t/.caf\xe9.csv"), "x").unwrap();
    fs::write(bytes(&place, b"t/_caf\xe9.csv"), "x").unwrap();
    symlink("nowhere", place.path().join("t/.#lock.csv")).unwrap();
    symlink("nowhere", place.path().join("t/gone.txt")).unwrap();
    for path in ["t", "t/*.csv"] {
        assert_eq!(counted(&place, path, &["age"]).rows, 2, "{path}");
    }
    // Names in any script, with blanks and brackets.
    for name in ["Größe 1.csv", "年龄.csv", "a[1].csv", "a (2)!.csv"] {
        place.write(&format!("t/{name}"), "age\n5\n");
    }
    for path in ["t", "t/*.csv"] {
        assert_eq!(counted(&place, path, &["age"]).rows, 6, "{path}");
    }
    assert_eq!(counted(&place, "t/a[1].csv", &["age"]).rows, 1);
    // A glob that starts with such a character includes such files.
    place.write("h/.a.csv", "age\n1\n").write("h/_b.csv", "age\n2\n").write("h/c.csv", "age\n3\n");
    for (path, rows) in [("h/.*.csv", 1), ("h/_*.csv", 1), ("h/*.csv", 1), ("h", 1)] {
        assert_eq!(counted(&place, path, &["age"]).rows, rows, "{path}");
    }
}

#[test]
fn every_path_of_a_config_and_the_folder_of_a_run() {
    let place = table();
    let rows: String = (0..40).map(|row| format!("{row},{},0.{}\n", row % 2, row % 10)).collect();
    place.write("p/a.csv", &format!("id,y,s\n{rows}")).write("q/a.csv", &format!("id,y,s\n{rows}"));
    fs::write(bytes(&place, b"q/caf\xe9.csv"), "id,y,s\n").unwrap();
    place.write("run/metrics/accuracy", "1700000000 0.9 0\n");
    fs::write(bytes(&place, b"run/metrics/f1\xe9"), "1700000000 0.1 0\n").unwrap();
    for config in [
        "data: {t: {path: t, baseline_path: q, schema: same}}".to_owned(),
        "models: {m: {predictions: q, key: id, label: y, score: s, metrics: {roc_auc: {min: 0}}}}".to_owned(),
        "models: {m: {predictions: p, baseline_predictions: 'q/*.csv', key: id, label: y, score: s, \
         metrics: {roc_auc: {min: 0, max_drop: 0.5}}}}"
            .to_owned(),
        "models: {m: {predictions: p, labels: q, key: id, label: y, score: s, metrics: {roc_auc: {min: 0}}}}"
            .to_owned(),
        "models: {m: {metrics_file: run/metrics, metrics: {accuracy: {min: 0.5}}}}".to_owned(),
    ] {
        place.write("mlgate.yml", &format!("version: 1\n{config}\n"));
        let answer = place.run(&["run"]);
        assert_eq!(answer.code, 4, "{config}: {}", answer.stdout);
        assert!(answer.stdout.contains("\\xe9"), "{config}: {}", answer.stdout);
    }
    fs::remove_file(bytes(&place, b"run/metrics/f1\xe9")).unwrap();
    symlink("nowhere", place.path().join("run/metrics/f1")).unwrap();
    assert_eq!(place.run(&["run"]).code, 4);
    fs::remove_file(place.path().join("run/metrics/f1")).unwrap();
    assert_eq!(place.run(&["run"]).code, 0);
}

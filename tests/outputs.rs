//! The targets of reports: files are written whole or not at all, and any other target is written into.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::Workplace;

fn gate() -> Workplace {
    let place = Workplace::new();
    place.write("d.csv", "age\n20\n30\n").write("mlgate.yml", "version: 1\ndata:\n  d: {path: d.csv, rows: '> 0'}\n");
    place
}

/// Never passes: two reports to one file (exit code 2).
#[test]
fn one_file_is_named_once() {
    let place = gate();
    fs::create_dir(place.path().join("real")).unwrap();
    symlink("real", place.path().join("linked")).unwrap();
    let absolute = place.path().join("real/a").display().to_string();
    for other in ["./real/a", "linked/a", "x/../real/a", "real/../real/a", "real//a", absolute.as_str()] {
        let outputs = ["run", "-q", "--output", "json=real/a", "--output", &format!("markdown={other}")];
        let answer = place.run(&outputs);
        assert_eq!(answer.code, 2, "{other}");
        assert!(answer.stderr.contains("so one report would overwrite the other"), "{}", answer.stderr);
        assert!(!place.path().join("real/a").exists(), "nothing is written");
    }
    let answer =
        place.run(&["run", "-q", "--output", "json=real/a", "--output", "markdown=real/b", "--output", "text=new/a"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(place.read("new/a").starts_with("mlgate  PASS"));
    // A device loses nothing.
    assert_eq!(place.run(&["run", "-q", "--output", "json=/dev/null", "--output", "text=/dev/null"]).code, 0);
}

/// A change may create a link at the path of a report.
#[test]
fn a_link_to_a_file_is_replaced_and_not_followed() {
    let place = gate();
    place.write("precious", "x");
    symlink("precious", place.path().join("link")).unwrap();
    assert_eq!(place.run(&["run", "-q", "--output", "json=link"]).code, 0);
    assert!(fs::symlink_metadata(place.path().join("link")).unwrap().is_file());
    assert!(serde_json::from_str::<Value>(&place.read("link")).is_ok());
    assert_eq!(place.read("precious"), "x");
}

#[test]
fn standard_output_is_written_into() {
    for (path, name) in [("/dev/stdout", None), ("/dev/fd/1", None), ("/proc/self/fd/1", Some("stdout"))] {
        let place = gate();
        let named = match name {
            Some(name) => {
                symlink(path, place.path().join(name)).unwrap();
                name
            }
            None => path,
        };
        let answer = place.run(&["run", "-q", "--output", &format!("json={named}")]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        let end = answer.stdout.rfind('}').unwrap();
        let report: Value = serde_json::from_str(&answer.stdout[..=end]).unwrap();
        assert_eq!(report["verdict"], "pass", "{path}");
        assert!(
            answer.stdout.ends_with("1 gate passed\n") || answer.stdout.contains("mlgate  PASS"),
            "{}",
            answer.stdout
        );
        if let Some(name) = name {
            assert!(fs::symlink_metadata(place.path().join(name)).unwrap().file_type().is_symlink());
        }
    }
    let place = gate();
    let answer = place.run(&["run", "-q", "--output", "json=/dev/stderr"]);
    assert_eq!(serde_json::from_str::<Value>(&answer.stderr).unwrap()["verdict"], "pass");
}

#[test]
fn pipes_are_written_into() {
    let place = gate();
    let made = Command::new("mkfifo").args(["one", "two"]).current_dir(place.path()).status().unwrap();
    assert!(made.success());
    let readers: Vec<_> = ["one", "two"]
        .map(|name| Command::new("cat").arg(name).current_dir(place.path()).stdout(Stdio::piped()).spawn().unwrap())
        .into();
    let answer = place.run(&["run", "-q", "--output", "json=one", "--output", "markdown=two"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let read: Vec<String> = readers
        .into_iter()
        .map(|reader| String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap())
        .collect();
    assert!(serde_json::from_str::<Value>(&read[0]).is_ok() && read[1].contains("mlgate"), "{read:?}");
    for name in ["one", "two"] {
        assert!(fs::symlink_metadata(place.path().join(name)).unwrap().file_type().is_fifo());
    }
}

#[test]
fn open_files_of_the_shell_are_written_into() {
    let place = gate();
    let binary = assert_cmd::cargo::cargo_bin("mlgate");
    let script =
        r#"exec 3> three; "$0" run -q --output json=/dev/fd/3 --output markdown=/dev/fd/4 4>&1 > printed | cat > four"#;
    let done = Command::new("sh")
        .args(["-c", script])
        .arg(binary)
        .current_dir(place.path())
        .env("MLGATE_NOW", "2024-01-15T12:00:00Z")
        .status()
        .unwrap();
    assert!(done.success());
    assert!(serde_json::from_str::<Value>(&place.read("three")).is_ok(), "{}", place.read("three"));
    assert!(place.read("four").contains("mlgate"), "{}", place.read("four"));
    assert!(place.read("printed").contains("PASS"), "{}", place.read("printed"));
}

/// Never passes: a report that cannot be written (exit code 4).
#[cfg(target_os = "linux")]
#[test]
fn a_device_that_takes_nothing_is_an_error() {
    let place = gate();
    symlink("/dev/full", place.path().join("full")).unwrap();
    for path in ["/dev/full", "full"] {
        let answer = place.run(&["run", "-q", "--output", &format!("json={path}")]);
        assert_eq!(answer.code, 4, "{path}: {}", answer.stderr);
        assert!(answer.stderr.contains(&format!("`{path}` cannot be written")), "{}", answer.stderr);
    }
    assert!(fs::symlink_metadata(place.path().join("full")).unwrap().file_type().is_symlink());
    assert_eq!(place.run(&["run", "-q", "--output", "json=."]).code, 4, "a folder is no place for a report");
}

/// Never removes a file that the command line names as an input, by whatever path.
#[test]
fn an_input_is_no_output() {
    let place = gate();
    place.write("p.yml", "version: 1\n").write("b.json", "{}").write("old.json", "of yesterday");
    symlink("mlgate.yml", place.path().join("linked.yml")).unwrap();
    let config = place.read("mlgate.yml");
    for (role, output, more) in [
        ("the config", "mlgate.yml", vec![]),
        ("the config", "./mlgate.yml", vec!["--config", "mlgate.yml"]),
        ("the config", "x/../mlgate.yml", vec![]),
        ("the baseline", "b.json", vec!["--baseline", "./b.json"]),
        ("a policy", "p.yml", vec!["--policy", "p.yml"]),
    ] {
        place.write("old.json", "of yesterday");
        let outputs = ["--output", &format!("json={output}"), "--output", "sarif=old.json"];
        let answer = place.run(&[&["run"], &outputs[..], &more].concat());
        assert_eq!(answer.code, 2, "{}", answer.stdout);
        let said = format!("--output names `{output}`, which is {role}: the report would overwrite it\n");
        assert!(answer.stderr.ends_with(&said) && answer.stderr.lines().count() == 1, "{}", answer.stderr);
        assert_eq!((place.read("mlgate.yml"), place.read("b.json").as_str()), (config.clone(), "{}"));
        assert_eq!(place.read("p.yml"), "version: 1\n");
        assert!(!place.read("old.json").contains("yesterday"), "the other output is removed");
    }
    // A wrong argument removes old reports, and no input.
    assert_eq!(place.run(&["run", "--output", "json=mlgate.yml", "--no-such"]).code, 2);
    assert_eq!(place.read("mlgate.yml"), config);
    let answer = place.run(&["run", "--output", "junit=-"]);
    assert!(
        answer.code == 2 && answer.stderr.contains("`-` is not a file; --format junit prints"),
        "{}",
        answer.stderr
    );
}

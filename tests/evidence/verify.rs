//! The verification of reports: whatever was changed is named.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::project;
use crate::support::{Answer, Workplace};

fn verify(place: &Workplace, more: &[&str]) -> Answer {
    place.run(&[&["verify", "report.json"], more].concat())
}

/// Changes one byte of a file.
fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    let at = at.min(bytes.len() - 1);
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// Writes a report with a digest of itself that holds, as a forger would.
fn forge(place: &Workplace, change: impl FnOnce(&mut Value)) {
    let mut report: Value = serde_json::from_str(&place.read("report.json")).unwrap();
    change(&mut report);
    report["provenance"]["self_digest"] = json!(format!("sha256:{}", "0".repeat(64)));
    let text = serde_json::to_string_pretty(&report).unwrap() + "\n";
    let digits: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    place.write("report.json", &text.replace(&"0".repeat(64), &digits));
}

#[test]
fn what_is_as_it_was_is_verified() {
    let place = project();
    let answer = verify(&place, &[]);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{}", answer.stdout);
    assert!(answer.stdout.ends_with("verified\n"), "{}", answer.stdout);
    let answer = verify(&place, &["--format", "json"]);
    let found: Value = serde_json::from_str(&answer.stdout).unwrap();
    let states: Vec<&str> =
        found["items"].as_array().unwrap().iter().map(|item| item["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["holds", "note", "holds", "holds", "holds", "holds", "holds", "holds"]);
    // From elsewhere, with the folder of the run.
    let other = Workplace::new();
    let (report, root) = (place.path().join("report.json"), place.path().display().to_string());
    let answer = other.run(&["verify", &report.display().to_string(), "--root", &root]);
    assert_eq!(answer.code, 0, "{}", answer.stdout);
}

#[test]
fn one_changed_byte_of_any_file_is_named() {
    for name in ["mlgate.yml", "data/a.csv", "main/a.csv", "p.csv"] {
        for at in [0, 7, usize::MAX] {
            let place = project();
            match (name, at) {
                ("mlgate.yml", 0) => _ = place.write(name, &place.read(name).replace("rows: 2", "rows: 3")),
                ("mlgate.yml", 7) => _ = place.write(name, &place.read(name).replace("min: 0.1", "min: 0.0")),
                ("mlgate.yml", _) => _ = place.write(name, &(place.read(name) + "\n")),
                _ => flip(&place.path().join(name), at),
            }
            let answer = verify(&place, &["--quiet"]);
            assert_eq!(answer.code, 1, "{name} {at}");
            let lines: Vec<&str> = answer.stdout.lines().collect();
            assert!(lines[0].starts_with("CHANGED      ") && lines[0].contains(&format!("`{name}`: ")), "{lines:?}");
            assert_eq!(lines[1..], ["NOT VERIFIED: 1 changed"], "nothing else was changed");
        }
    }
}

#[test]
fn one_changed_byte_of_the_report_is_exit_code_1_wherever_it_is() {
    let place = project();
    let whole = fs::read(place.path().join("report.json")).unwrap();
    let path = place.path().join("t.json");
    for at in (0..whole.len()).step_by(whole.len() / 40).chain(whole.len() - 90..whole.len()) {
        fs::write(&path, &whole).unwrap();
        flip(&path, at);
        let answer = place.run(&["verify", "t.json"]);
        assert_eq!(answer.code, 1, "byte {at}: {}{}", answer.stdout, answer.stderr);
        assert!(answer.stdout.starts_with("CHANGED      report: "), "byte {at}: {}", answer.stdout);
    }
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(place.run(&["verify", "t.json"]).code, 1, "a report that is cut off");
    for text in ["", "{}", "[]", "no report", "\u{0}"] {
        fs::write(&path, text).unwrap();
        assert_eq!(place.run(&["verify", "t.json"]).code, 4, "{text}");
    }
    assert_eq!(place.run(&["verify", "none.json"]).code, 4);
    assert_eq!(place.run(&["verify", "."]).code, 4);
}

#[test]
fn a_forged_verdict_does_not_follow_from_the_gates() {
    let failing = || {
        let place = project();
        place.write("data/a.csv", "id,age\n1,20\n2,\n");
        assert_eq!(place.run(&["run", "--quiet", "--output", "json=report.json"]).code, 1);
        assert_eq!(verify(&place, &[]).code, 0, "a failing report is evidence, too");
        place
    };
    type Forgery = fn(&mut Value);
    let forgeries: [(Forgery, &str); 5] = [
        (|report| report["verdict"] = json!("pass"), "the verdict does not match the gates"),
        (|report| report["exit_code"] = json!(0), "the exit code does not match the verdict"),
        (|report| report["counts"]["fail"] = json!(0), "the counts do not match the gates"),
        (
            |report| {
                let gates = report["gates"].as_array_mut().unwrap();
                let mut gate = gates[0].clone();
                gate["id"] = json!("data.d.more");
                gates.push(gate);
            },
            "the counts do not match the gates",
        ),
        (
            |report| {
                let gates = report["gates"].as_array_mut().unwrap();
                let failed = gates.iter_mut().find(|gate| gate["verdict"] == "fail").unwrap();
                failed["effect"] = json!("none");
            },
            "does not follow from its verdict",
        ),
    ];
    for (forgery, why) in forgeries {
        let place = failing();
        forge(&place, forgery);
        let answer = verify(&place, &[]);
        assert_eq!(answer.code, 1, "{}", answer.stdout);
        assert!(answer.stdout.starts_with("ok           report: "), "the forger computed it: {}", answer.stdout);
        assert!(answer.stdout.contains("CHANGED      verdict: ") && answer.stdout.contains(why), "{}", answer.stdout);
    }
}

/// A page of one's own says what is measured, so it is part of the evidence.
#[test]
fn a_changed_page_of_a_check_is_named() {
    let place = project();
    let page = fs::read_to_string(crate::support::fixtures().join("../checks/column/range.md")).unwrap();
    place.write("pages/own.md", &page.replace("id: range", "id: own").replace("# `range`", "# `own`"));
    place.write("mlgate.yml", &(place.read("mlgate.yml") + "checks: pages\n"));
    let answer = place.run(&["run", "--quiet", "--output", "json=report.json"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_eq!(verify(&place, &[]).code, 0);
    flip(&place.path().join("pages/own.md"), usize::MAX);
    let answer = verify(&place, &["--quiet"]);
    assert_eq!(answer.code, 1);
    assert!(answer.stdout.starts_with("CHANGED      check `pages/own.md`: "), "{}", answer.stdout);
}

#[test]
fn a_report_without_its_digest_is_not_verified() {
    let place = project();
    let mut report: Value = serde_json::from_str(&place.read("report.json")).unwrap();
    report["provenance"].as_object_mut().unwrap().remove("self_digest");
    place.write("report.json", &(serde_json::to_string_pretty(&report).unwrap() + "\n"));
    let answer = verify(&place, &["--quiet"]);
    assert_eq!(answer.code, 1);
    assert!(answer.stdout.starts_with("CHANGED      report: it has no digest of itself"), "{}", answer.stdout);
}

#[test]
fn what_cannot_be_compared_is_exit_code_4_and_named() {
    let place = project();
    fs::remove_file(place.path().join("p.csv")).unwrap();
    let answer = verify(&place, &["--quiet"]);
    assert_eq!(answer.code, 4);
    assert!(answer.stdout.starts_with("not checked  candidate `p.csv`: there is no such file\n"), "{}", answer.stdout);
    assert_eq!(verify(&place, &["--skip", "p.csv"]).code, 0);
    fs::create_dir(place.path().join("p.csv")).unwrap();
    let answer = verify(&place, &["--quiet"]);
    assert_eq!(answer.code, 4);
    assert!(answer.stdout.contains("it is not a file"), "{}", answer.stdout);
    // What was changed counts more than what is missing.
    flip(&place.path().join("data/a.csv"), 0);
    assert_eq!(verify(&place, &[]).code, 1);

    let place = project();
    let remote = |report: &mut Value| {
        report["provenance"]["candidate"]["files"][0]["path"] = json!("https://user.example/a.csv");
    };
    forge(&place, remote);
    let answer = verify(&place, &["--quiet"]);
    assert_eq!(answer.code, 4);
    assert!(answer.stdout.contains("it is not a file on this machine"), "{}", answer.stdout);
}

#[test]
fn files_outside_of_the_folder_are_not_read() {
    let other = Workplace::new();
    other.write("secret", "s");
    let secret = other.path().join("secret").display().to_string();
    for path in [secret.as_str(), "../../../../../../etc/passwd", "/etc/passwd", "/dev/zero"] {
        let place = project();
        forge(&place, |report| report["provenance"]["candidate"]["files"][0]["path"] = json!(path));
        let answer = verify(&place, &["--quiet"]);
        assert_eq!(answer.code, 4, "{}", answer.stdout);
        assert!(answer.stdout.contains("it lies outside of"), "{}", answer.stdout);
    }
    let place = project();
    let digits: String = Sha256::digest("s").iter().map(|byte| format!("{byte:02x}")).collect();
    forge(&place, |report| {
        report["provenance"]["candidate"]["files"][0] = json!({"path": secret, "digest": format!("sha256:{digits}")});
    });
    assert_eq!(verify(&place, &["--outside"]).code, 0);
    assert_eq!(verify(&place, &[]).code, 4);
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_of_the_folder_alone() {
    let place = project();
    let path = place.path().join("p.csv");
    fs::rename(&path, place.path().join("q.csv")).unwrap();
    std::os::unix::fs::symlink("q.csv", &path).unwrap();
    assert_eq!(verify(&place, &[]).code, 0, "the contents are the same");
    let other = Workplace::new();
    fs::rename(place.path().join("q.csv"), other.path().join("q.csv")).unwrap();
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(other.path().join("q.csv"), &path).unwrap();
    let answer = verify(&place, &["--quiet"]);
    assert_eq!(answer.code, 4);
    assert!(answer.stdout.contains("it is a link to a file outside of"), "{}", answer.stdout);
    assert_eq!(verify(&place, &["--outside"]).code, 0);
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("p.csv", &path).unwrap();
    assert_eq!(verify(&place, &[]).code, 4, "a link to itself");
}

#[test]
fn another_version_is_a_note_unless_one_is_demanded() {
    let place = project();
    forge(&place, |report| report["tool"]["version"] = json!("0.0.1"));
    let answer = verify(&place, &[]);
    assert_eq!(answer.code, 0, "{}", answer.stdout);
    assert!(answer.stdout.contains("note         mlgate: version 0.0.1 wrote it"), "{}", answer.stdout);
    let answer = verify(&place, &["--tool-version", env!("CARGO_PKG_VERSION"), "--quiet"]);
    assert_eq!(answer.code, 1);
    assert!(answer.stdout.starts_with("CHANGED      mlgate: version 0.0.1 wrote it"), "{}", answer.stdout);
}

#[test]
fn no_name_of_a_report_steers_a_terminal_or_a_runner() {
    let place = project();
    forge(&place, |report| {
        report["provenance"]["candidate"]["files"][0]["path"] = json!("a\u{1b}[2J\n::error::x ##[add-mask]y");
    });
    let answer = verify(&place, &[]);
    assert_eq!(answer.code, 4);
    assert!(!answer.stdout.contains('\u{1b}') && !answer.stdout.contains("##["), "{}", answer.stdout);
    assert!(!answer.stdout.lines().any(|line| line.trim_start().starts_with("::")), "{}", answer.stdout);
}

//! The sources of a stored baseline: each place, the order of places, and runs without a baseline.

mod git;
mod gitlab;
mod targets;
pub(crate) mod web;

use std::fs;

use serde_json::Value;

use crate::support::{Answer, Workplace, gate, run_with};
pub(crate) use git::git;

/// Returns a gate that compares the number of rows, and one of the table alone.
pub(crate) fn config(baseline: &str) -> String {
    format!(
        "version: 1\nbaseline: {baseline}\ndata:\n  t: {{path: t.csv, rows: \">= baseline\", columns: {{a: {{nulls: 0}}}}}}\n"
    )
}

/// Returns a table of `n` rows.
pub(crate) fn rows(n: usize) -> String {
    (0..n).fold("a\n".to_owned(), |text, row| text + &row.to_string() + "\n")
}

/// Returns the bytes of a baseline of `n` rows.
pub(crate) fn blessed(n: usize) -> Vec<u8> {
    let place = Workplace::new();
    place.write("t.csv", &rows(n)).write("mlgate.yml", &config("b.json"));
    let answer = place.run(&["bless"]);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    fs::read(place.path().join("b.json")).unwrap()
}

/// Returns a change of five rows whose config searches these places for a baseline.
fn change(baseline: &str) -> Workplace {
    let place = Workplace::new();
    place.write("t.csv", &rows(5)).write("mlgate.yml", &config(baseline));
    place
}

/// Returns the number of rows of the baseline with which a run compares.
fn compared_with(place: &Workplace, environment: &[(&str, &str)]) -> (u64, Value) {
    let (report, answer) = place.report_with(&[], environment);
    let rows = &gate(&report, "data.t.rows")["baseline"]["value"];
    let rows = rows.as_f64().unwrap_or_else(|| panic!("{report:#}{}", answer.stderr));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (rows as u64, report)
}

/// Returns the message of a run that cannot compare.
fn complaint(place: &Workplace, environment: &[(&str, &str)]) -> String {
    let (report, answer) = place.report_with(&[], environment);
    assert_eq!(answer.code, 4, "{report:#}");
    gate(&report, "data.t.rows")["message"].as_str().unwrap().to_owned()
}

fn tried(report: &Value) -> Vec<(&str, &str)> {
    let tried = report["provenance"]["tried"].as_array().map(Vec::as_slice).unwrap_or_default();
    tried.iter().map(|tried| (tried["source"].as_str().unwrap(), tried["why"].as_str().unwrap())).collect()
}

#[test]
fn places_are_asked_in_their_order_and_the_report_says_so() {
    let place =
        change("{from: [first.json, github-artifact:base, 'gitlab-artifact:bless:b.json', second.json, third.json]}");
    for (name, n) in [("second.json", 2), ("third.json", 3)] {
        fs::write(place.path().join(name), blessed(n)).unwrap();
    }
    let (rows, report) = compared_with(&place, &[]);
    assert_eq!(rows, 2);
    assert_eq!(report["provenance"]["baseline"]["files"][0]["path"], "second.json");
    assert_eq!(
        tried(&report),
        [
            ("first.json", "there is no file `first.json`"),
            ("github-artifact:base", "this is not a job of GitHub Actions: GITHUB_REPOSITORY is not set"),
            ("gitlab-artifact:bless:b.json", "this is not a job of GitLab: CI_API_V4_URL is not set"),
        ]
    );
    fs::write(place.path().join("first.json"), blessed(1)).unwrap();
    let (rows, report) = compared_with(&place, &[]);
    assert_eq!((rows, tried(&report).len()), (1, 0));
    // The command line's place is the only one that is searched.
    let (report, _) = place.report_with(&["--baseline", "third.json"], &[]);
    assert_eq!(gate(&report, "data.t.rows")["baseline"]["value"].as_f64(), Some(3.0));
    let (_, answer) = place.report_with(&["--baseline", "lost.json"], &[]);
    assert_eq!(answer.code, 4);
}

#[test]
fn a_broken_one_is_not_passed_over() {
    let whole = blessed(3);
    for (bytes, why) in [
        (&whole[..whole.len() / 2], "is not a stored baseline: EOF"),
        (b"\x1f\x8b\x08\x00".as_slice(), "compressed with gzip"),
        (b"\x28\xb5\x2f\xfd\x00\x00".as_slice(), "broken or cut off"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n".as_slice(), "pointer of Git LFS"),
        (b"".as_slice(), "`first.json`"),
    ] {
        let place = change("{from: [first.json, second.json], required: false}");
        fs::write(place.path().join("first.json"), bytes).unwrap();
        fs::write(place.path().join("second.json"), &whole).unwrap();
        let said = complaint(&place, &[]);
        assert!(said.contains(why), "{said}");
    }
    let place = change("{from: [., second.json]}");
    fs::write(place.path().join("second.json"), &whole).unwrap();
    assert!(complaint(&place, &[]).contains("the baseline `.` cannot be used"));
}

#[test]
fn a_packed_one_is_read_too() {
    let place = change(".mlgate/baseline.json.zst");
    fs::create_dir(place.path().join(".mlgate")).unwrap();
    let packed = zstd::encode_all(blessed(4).as_slice(), 19).unwrap();
    fs::write(place.path().join(".mlgate/baseline.json.zst"), packed).unwrap();
    assert_eq!(compared_with(&place, &[]).0, 4);
}

#[test]
fn none_where_none_is_required_is_a_verdict_of_its_own_and_warns() {
    let place = change("{from: [.mlgate/baseline.json, github-artifact:base], required: false}");
    let (report, answer) = place.report_with(&[], &[]);
    assert_eq!((answer.code, report["verdict"].as_str()), (0, Some("warn")));
    let rows = gate(&report, "data.t.rows");
    assert_eq!((rows["verdict"].as_str(), rows["effect"].as_str()), (Some("no_baseline"), Some("warns")));
    assert_eq!((&report["counts"]["no_baseline"], &report["counts"]["pass"]), (&1.into(), &1.into()));
    assert_eq!(report["notes"][0]["id"], "baseline.none");
    assert_eq!(place.run(&["run", "--warn-exit-code"]).code, 3);
    let text = place.run(&["run"]).stdout;
    let markdown = place.run(&["run", "--format", "markdown"]).stdout;
    insta::assert_snapshot!("none_required", text + &markdown);
    // Problems of the table are reported in any case.
    place.write("t.csv", "b\n1\n");
    assert_eq!(place.run(&["run"]).code, 4);
}

#[test]
fn none_is_missed_unless_the_config_says_otherwise() {
    for baseline in ["b.json", "{from: [b.json, 'git:main']}", "{required: true}", "{max_age: 30d}"] {
        let place = change(baseline);
        assert!(complaint(&place, &[]).starts_with("there is no baseline"), "{baseline}");
    }
    // The same holds if no gate compares.
    let place = change("{from: [b.json, c.json]}");
    place.write("mlgate.yml", &config("{from: [b.json, c.json]}").replace(">= baseline", ">= 1"));
    assert_eq!(place.run(&["run"]).code, 4);
    place.write("mlgate.yml", &config("{from: [b.json, c.json], required: false}").replace(">= baseline", ">= 1"));
    let answer = place.run(&["run", "--warn-exit-code"]);
    assert_eq!(answer.code, 3, "{}", answer.stdout);
}

#[test]
fn an_old_one_warns() {
    // The baseline is blessed in a commit of 2023-12-01; the runs are of 2024-01-15.
    let repository = git::Repository::new();
    repository.place.write("t.csv", &rows(3)).write("mlgate.yml", &config("{max_age: 45d}"));
    repository.commit("2023-12-01T12:00:00Z");
    assert_eq!(repository.place.run(&["bless"]).code, 0);
    let notes = |max_age: &str, now: &str| {
        repository.place.write("mlgate.yml", &config(&format!("{{max_age: {max_age}}}")));
        let (report, answer) = repository.place.report_with(&[], &[("MLGATE_NOW", now)]);
        assert_eq!(answer.code, 0, "{report:#}");
        let notes = report["notes"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert_eq!(report["verdict"] == "warn", !notes.is_empty());
        notes.iter().map(|note| note["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(notes("45d", "2024-01-15T12:00:00Z"), Vec::<String>::new());
    assert_eq!(notes("45d", "2024-01-15T12:00:01Z"), ["the baseline is 45 days old; limit: at most 45 days"]);
    assert_eq!(notes("36h", "2023-12-03T12:00:00Z"), ["the baseline is 2 days old; limit: at most 36 hours"]);
    assert!(notes("1w", "2023-11-01T12:00:00Z")[0].contains("in the future"));
    let place = change("{from: b.json, max_age: 30d}");
    fs::write(place.path().join("b.json"), blessed(3)).unwrap();
    let (report, _) = place.report_with(&[], &[]);
    assert!(report["notes"][0]["message"].as_str().unwrap().contains("without a commit"), "{report:#}");
}

#[test]
fn a_place_that_is_none_is_a_problem_of_the_config() {
    let mut said = String::new();
    for baseline in [
        "'git:--upload-pack=touch x'",
        "'git:main:/etc/passwd'",
        "github-artefact:x",
        "{from: [a.json, 'https://example.org/b.json']}",
        "{from: {url: 'https://example.org/b.json', sha256: abc}}",
        "{form: a.json, max_age: soon}",
    ] {
        let answer = change(baseline).run(&["run"]);
        assert_eq!(answer.code, 2, "{baseline}: {}", answer.stderr);
        said += &answer.stderr;
    }
    let Answer { code, stderr, .. } = change("b.json").run(&["run", "--baseline", "git:--x"]);
    assert_eq!(code, 2);
    insta::assert_snapshot!("no_places", said + &stderr);
}

#[test]
fn bless_writes_to_the_first_file_that_the_places_name() {
    let place = change("{from: [github-artifact:base, 'git:merge-base:stored/b.json', c.json]}");
    let answer = run_with(place.path(), &["bless"], &[]);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    assert!(place.path().join("stored/b.json").is_file() && !place.path().join("c.json").exists());
}

//! `mlgate bless`: its output, its refusals, and its records.

use std::fs;

use serde_json::Value;

use crate::support::Workplace;

const CONFIG: &str = r#"version: 1
baseline: .mlgate/baseline.json
data:
  goods:
    path: goods.csv
    rows: ">= 3"
    columns:
      price: {nulls: "<= baseline + 10pp", range: [0, 100]}
models:
  m: {metrics_file: metrics.json, metrics: {auc: {direction: higher, min: 0.5, max_drop: 0.01}}}
"#;

fn place() -> Workplace {
    let place = Workplace::new();
    place
        .write("mlgate.yml", CONFIG)
        .write("goods.csv", "id,price,kind\n1,10,a\n2,20,b\n3,30,a\n4,40,b\n")
        .write("metrics.json", "{\"auc\": 0.91}");
    place
}

fn stored(place: &Workplace) -> Value {
    serde_json::from_str(&place.read(".mlgate/baseline.json")).unwrap()
}

#[test]
fn the_first_one_is_held_against_the_limits_alone() {
    let place = place();
    let answer = place.run(&["bless"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    fs::remove_dir_all(place.path().join(".mlgate")).unwrap();
    place.write("metrics.json", "{\"auc\": 0.41}");
    let answer = place.run(&["bless"]);
    assert_eq!(answer.code, 1, "{}", answer.stdout);
    insta::assert_snapshot!(answer.stderr);
    assert!(!place.path().join(".mlgate/baseline.json").exists(), "nothing is written");
}

#[test]
fn it_shows_what_changes_before_it_writes() {
    let place = place();
    assert_eq!(place.run(&["bless"]).code, 0);
    let before = place.read(".mlgate/baseline.json");
    place
        .write("goods.csv", "id,price,colour\n1,10.5,red\n2,20,red\n3,30,blue\n4,90,blue\n5,91,red\n")
        .write("metrics.json", "{\"auc\": 0.93}");
    let answer = place.run(&["bless", "--dry-run"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    insta::assert_snapshot!(answer.stdout);
    assert_eq!(place.read(".mlgate/baseline.json"), before);
    assert_eq!(place.run(&["bless"]).code, 0);
    assert_ne!(place.read(".mlgate/baseline.json"), before);
}

#[test]
fn a_failing_gate_is_blessed_only_by_name_and_with_a_reason() {
    let place = place();
    assert_eq!(place.run(&["bless"]).code, 0);
    let before = place.read(".mlgate/baseline.json");
    place.write("metrics.json", "{\"auc\": 0.80}");
    let refused = place.run(&["bless"]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.contains("mlgate bless --despite models.m.metrics.auc.max_drop --reason 'why'"),
        "{}",
        refused.stderr
    );
    assert_eq!(place.read(".mlgate/baseline.json"), before);
    let gate = "models.m.metrics.auc.max_drop";
    assert_eq!(place.run(&["bless", "--despite", gate]).code, 2, "a reason is demanded");
    assert_eq!(place.run(&["bless", "--despite", gate, "--reason", " "]).code, 2, "and not an empty one");
    let other = place.run(&["bless", "--despite", "data.goods.rows", "--reason", "x"]);
    assert!(
        other.stderr.contains("that gate does not fail; the failing gate is `models.m.metrics.auc.max_drop`"),
        "{}",
        other.stderr
    );
    let arguments = [
        "bless",
        "--despite",
        gate,
        "--reason",
        "the labels are cleaner now",
        "--owner",
        "ada",
        "--now",
        "2026-03-01T10:00:00Z",
    ];
    let answer = place.run(&arguments);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let record = &stored(&place)["despite"][0];
    assert_eq!(
        (&record["gate"], &record["owner"], &record["date"]),
        (&gate.into(), &"ada".into(), &"2026-03-01".into())
    );
    assert_eq!(record["reason"], "the labels are cleaner now");
    // A later run that compares with the baseline reports it.
    let report = place.run(&["run"]).stdout.replace("\n         │ ", " ");
    assert!(report.contains("blessed although models.m.metrics.auc.max_drop failed (ada, 2026-03-01)"), "{report}");
}

#[test]
fn what_ci_measured_is_blessed_without_measuring_again() {
    let place = place();
    assert_eq!(place.run(&["bless"]).code, 0);
    let measured = place.read(".mlgate/baseline.json");
    assert_eq!(place.run(&["run", "--states", "--output", "json=report.json"]).code, 0);
    for gone in ["goods.csv", "metrics.json", ".mlgate/baseline.json"] {
        fs::remove_file(place.path().join(gone)).unwrap();
    }
    let answer = place.run(&["bless", "--from", "report.json"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_eq!(place.read(".mlgate/baseline.json"), measured);
}

#[test]
fn a_report_is_not_believed() {
    let place = place();
    assert_eq!(place.run(&["run", "--states", "--baseline", "none.json", "--output", "json=lost.json"]).code, 4);
    assert_eq!(place.run(&["bless", "--from", "lost.json"]).code, 1, "what could not be evaluated is no baseline");
    assert_eq!(place.run(&["bless"]).code, 0);
    assert_eq!(place.run(&["run", "--output", "json=plain.json"]).code, 0);
    let plain = place.run(&["bless", "--from", "plain.json"]);
    assert!(plain.stderr.contains("`mlgate run --states` adds them"), "{}", plain.stderr);
    place.write("metrics.json", "{\"auc\": 0.80}");
    assert_eq!(place.run(&["run", "--states", "--output", "json=failed.json"]).code, 1);
    assert_eq!(place.run(&["bless", "--from", "failed.json"]).code, 1);
    let text = place.read("failed.json").replace("\"verdict\": \"fail\"", "\"verdict\": \"pass\"");
    place.write("forged.json", &text);
    assert_eq!(place.run(&["bless", "--from", "forged.json"]).code, 2, "it contradicts itself");
}

#[test]
fn it_may_be_compressed() {
    let place = place();
    place.write("mlgate.yml", &CONFIG.replace("baseline.json", "baseline.json.zst"));
    assert_eq!(place.run(&["bless"]).code, 0);
    let bytes = fs::read(place.path().join(".mlgate/baseline.json.zst")).unwrap();
    assert_eq!(bytes[..4], [0x28, 0xb5, 0x2f, 0xfd]);
    assert_eq!(place.run(&[]).code, 0);
    assert_eq!(place.run(&["bless"]).code, 0);
    assert_eq!(fs::read(place.path().join(".mlgate/baseline.json.zst")).unwrap(), bytes);
    // A decompression bomb and a truncated file are refused.
    for bad in [zstd::encode_all(&vec![b' '; 80 << 20][..], 3).unwrap(), bytes[..bytes.len() / 2].to_vec()] {
        fs::write(place.path().join(".mlgate/baseline.json.zst"), bad).unwrap();
        assert_eq!(place.run(&[]).code, 4);
    }
}

#[test]
fn an_earlier_version_s_file_is_read() {
    let place = Workplace::new();
    place.write("goods.csv", "id,price\n1,10\n2,20\n").write(
        "mlgate.yml",
        "version: 1\nbaseline: b.json\ndata: {goods: {path: goods.csv, rows: \">= baseline\", columns: {price: {psi: 0.2}}}}\n",
    );
    place.write("b.json", include_str!("../fixtures/baseline/version_1.json"));
    let answer = place.run(&["run", "--format", "json"]);
    let report: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(report["counts"]["error"], 0, "{report:#}");
    assert_eq!(report["gates"][0]["baseline"]["value"], 2.0);
}

#[test]
fn two_revisions_are_compared() {
    let place = place();
    let git = |arguments: &[&str]| {
        let mut all = vec!["-C", place.path().to_str().unwrap(), "-c", "user.email=a@b.c", "-c", "user.name=ada"];
        all.extend(arguments);
        assert!(std::process::Command::new("git").args(all).output().unwrap().status.success(), "{arguments:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-qm", "data"]);
    assert_eq!(place.run(&["bless"]).code, 0);
    git(&["add", "-A"]);
    git(&["commit", "-qm", "bless"]);
    git(&["tag", "before"]);
    place.write("metrics.json", "{\"auc\": 0.95}");
    assert_eq!(place.run(&["bless"]).code, 0);
    git(&["commit", "-qam", "better"]);
    let answer = place.run(&["diff", "before", "HEAD"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(answer.stdout.contains("0.9100 → 0.9500"), "{}", answer.stdout);
    fs::create_dir(place.path().join("before")).unwrap();
    let folder = place.run(&["diff", "before", "HEAD"]);
    assert_eq!(folder.stdout, answer.stdout, "a folder of that name is no baseline");
    let same = place.run(&["diff", "HEAD", ".mlgate/baseline.json"]);
    assert!(same.stdout.contains("nothing that is stored is different"), "{}", same.stdout);
    let json = place.run(&["diff", "git:before", "HEAD", "--format", "json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["changes"][0]["what"], "auc");
    for (what, why) in [
        ("nonsense", "there is no commit `nonsense`"),
        ("--upload-pack=x", "unexpected argument"),
        ("git:--all", "is not a commit"),
        ("HEAD:metrics.yml", "has no file `metrics.yml`"),
        ("HEAD:metrics.json", "is not a stored baseline"),
    ] {
        let answer = place.run(&["diff", what, "HEAD"]);
        assert_eq!(answer.code, 2, "{what}");
        assert!(answer.stderr.contains(why), "{what}: {}", answer.stderr);
    }
}

/// Never passes: a baseline's path that leads out of the repository: `bless` writes nothing (exit code 4).
#[cfg(unix)]
#[test]
fn nothing_is_written_out_of_the_repository() {
    use std::os::unix::fs::symlink;

    let outside = Workplace::new();
    let git = |place: &Workplace| {
        crate::baseline_source::git(place.path(), &["init", "--quiet"]);
    };
    let refused = |place: &Workplace, arguments: &[&str]| {
        let answer = place.run(&[&["bless"], arguments].concat());
        assert_eq!(answer.code, 4, "{}{}", answer.stdout, answer.stderr);
        assert!(answer.stderr.contains("is not written"), "{}", answer.stderr);
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    };
    // A folder that is a link, with and without a repository.
    for is_repository in [true, false] {
        let place = place();
        if is_repository {
            git(&place);
        }
        symlink(outside.path(), place.path().join(".mlgate")).unwrap();
        refused(&place, &[]);
        refused(&place, &["--dry-run"]);
        refused(&place, &["--baseline", ".mlgate/other.json"]);
    }
    // A path in the config that leads upwards, or into git's own folder.
    for path in ["../x.json", "in/../../x.json", ".git/x.json", ".git/hooks/x.json", "/tmp/mlgate-nowhere/x.json"] {
        let place = place();
        git(&place);
        place.write("mlgate.yml", &CONFIG.replace(".mlgate/baseline.json", path));
        refused(&place, &[]);
    }
    // The folder of the rows.
    let rows = place();
    git(&rows);
    rows.write("p.csv", "id,y,s\n1,0,0.2\n2,1,0.7\n3,1,0.9\n").write(
        "mlgate.yml",
        "version: 1\nbaseline: {rows: true}\nmodels: {m: {predictions: p.csv, key: id, label: y, score: s, metrics: {accuracy: {min: 0.1}}}}\n",
    );
    fs::create_dir(rows.path().join(".mlgate")).unwrap();
    symlink(outside.path(), rows.path().join(".mlgate/baseline.rows")).unwrap();
    refused(&rows, &[]);
    assert!(!rows.path().join(".mlgate/baseline.json").exists());
    // Links and `..` inside the repository are allowed, and so is a path outside of it on the command line.
    let place = place();
    git(&place);
    fs::create_dir_all(place.path().join("stored")).unwrap();
    symlink("stored", place.path().join(".mlgate")).unwrap();
    assert_eq!(place.run(&["bless", "--quiet"]).code, 0);
    assert!(place.path().join("stored/baseline.json").is_file());
    place.write(
        "gate/mlgate.yml",
        &CONFIG
            .replace(".mlgate/", "../top/")
            .replace("path: goods", "path: ../goods")
            .replace("metrics.json", "../metrics.json"),
    );
    assert_eq!(place.run(&["bless", "--quiet", "--config", "gate/mlgate.yml"]).code, 0);
    assert!(place.path().join("top/baseline.json").is_file());
    let named = outside.path().join("b.json").display().to_string();
    assert_eq!(place.run(&["bless", "--quiet", "--baseline", &named]).code, 0);
    assert!(outside.path().join("b.json").is_file());
}

/// A bless that is killed while it writes leaves nothing that `git add --all` would add.
#[cfg(target_os = "linux")]
#[test]
fn what_is_not_finished_lies_in_git_s_own_folder() {
    let place = place();
    crate::baseline_source::git(place.path(), &["init", "--quiet"]);
    // The finished file is moved from there, and nothing is left.
    let before = fs::read_dir(place.path().join(".git")).unwrap().count();
    assert_eq!(place.run(&["bless", "--quiet"]).code, 0);
    assert_eq!(fs::read_dir(place.path().join(".git")).unwrap().count(), before);
    let names: Vec<_> =
        fs::read_dir(place.path().join(".mlgate")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["baseline.json"]);
    // A read-only folder of git's is not used.
    fs::remove_dir_all(place.path().join(".mlgate")).unwrap();
    assert_eq!(place.run(&["bless", "--quiet"]).code, 0);
}

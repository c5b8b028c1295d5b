//! DVC: a repository and a cache that DVC has made.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::{copy_folder, facts, read, refused, tracker, value};
use crate::support::Workplace;

/// Clones the repository, and puts DVC's cache into it.
fn project() -> Workplace {
    let place = Workplace::new();
    git(&place, &["clone", "-q", &tracker("dvc-3.bundle").display().to_string(), "project"]);
    copy_folder(&tracker("dvc-3-cache"), &place.path().join("project/.dvc/cache"));
    place
}

fn git(place: &Workplace, arguments: &[&str]) {
    let status = Command::new("git").args(arguments).current_dir(place.path()).status().unwrap();
    assert!(status.success(), "{arguments:?}");
}

/// Returns numbers of nested mappings by their names, as `dvc metrics show` has them.
fn shown(name: &str, value: &Value, into: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(entries) => entries.iter().for_each(|(key, value)| {
            shown(&if name.is_empty() { key.clone() } else { format!("{name}.{key}") }, value, into);
        }),
        Value::Bool(flag) => into.push((name.to_owned(), json!(f64::from(u8::from(*flag))))),
        Value::String(word) => {
            let word = match word.as_str() {
                "nan" => "NaN",
                "inf" => "Infinity",
                "-inf" => "-Infinity",
                other => other,
            };
            into.push((name.to_owned(), json!(word)));
        }
        other => into.push((name.to_owned(), other.clone())),
    }
}

#[test]
fn every_revision_has_what_dvc_shows_of_it() {
    let place = project();
    let folder = place.path().join("project");
    let text = facts("dvc-3")["shown"].as_str().unwrap().replace("NaN", "\"nan\"");
    let revisions: Value = serde_json::from_str(&text).unwrap();
    let mut compared = 0;
    for (revision, data) in revisions.as_object().unwrap() {
        let files = data["data"].as_object().unwrap();
        if files.is_empty() || revision == "workspace" {
            continue;
        }
        let snapshot = read(&folder, &format!("dvc:{revision}"));
        assert_eq!((&snapshot["kind"], &snapshot["run"]["commit"]), (&json!("dvc"), &json!(revision)));
        for (file, data) in files {
            let mut numbers = Vec::new();
            shown("", &data["data"], &mut numbers);
            for (name, expected) in numbers {
                let found = value(&snapshot, &format!("{file}:{name}"));
                assert_eq!((found.as_f64(), found.as_str()), (expected.as_f64(), expected.as_str()), "{file}:{name}");
                compared += 1;
            }
        }
        assert_eq!(snapshot["params"]["params.yaml:model.depth"], "6");
        assert_eq!(snapshot["params"]["live/params.yaml:epochs"], "3");
        assert!(snapshot["artifacts"]["model"].as_str().unwrap().ends_with(".dir"));
    }
    assert_eq!(compared, 24, "two revisions of twelve numbers");
}

#[test]
fn a_revision_is_any_name_and_a_path_starts_at_the_top() {
    let place = project();
    let folder = place.path().join("project");
    for (source, expected) in [
        ("dvc:first:eval/metrics.json", 0.75),
        ("dvc:HEAD:eval/metrics.json", 0.5),
        ("dvc:HEAD~1:./eval/metrics.json", 0.75),
        ("dvc:main:eval", 0.5),
        ("dvc::eval/metrics.json", 0.5),
    ] {
        let snapshot = read(&folder, source);
        assert_eq!(value(&snapshot, "f1"), expected, "{source}");
        assert_eq!(value(&snapshot, "bad"), "NaN");
        // The same from a folder below.
        assert_eq!(value(&read(&folder.join("eval"), source), "f1"), expected, "{source}");
    }
    assert_eq!(value(&read(&folder, "dvc:first:cached.json"), "rmse"), 3.0, "from the cache");
    assert_eq!(value(&read(&folder, "dvc:first:live"), "train.acc"), 0.75);
    assert_eq!(read(&folder, "dvc:first:live")["metrics"]["train.acc"]["step"], 1);
    for (source, why) in [
        ("dvc:none", "no revision `none`"),
        ("dvc:eval/metrics.json", "write `dvc::eval/metrics.json`"),
        ("dvc:first:none.json", "not in this revision"),
        ("dvc:first:train.py", "unknown kind"),
        ("dvc:first:../x.json", "`x.json` is not in"),
        ("dvc:first:/etc/passwd", "not a path from the top"),
        ("dvc:--help", "no revision"),
    ] {
        let message = refused(&folder, source);
        assert!(message.contains(why), "{source}: {message}");
    }
    // A file that no dvc.yaml declares is read as what it is.
    let table = read(&folder, "dvc:first:live/plots/metrics/train/acc.tsv");
    assert_eq!((&table["kind"], table["run"]["commit"].as_str().map(str::len)), (&json!("dvc"), Some(40)));
    assert!(!table["metrics"].as_object().unwrap().is_empty(), "{table}");
    assert!(!table.to_string().contains("/tmp/"), "{table}");
    assert!(refused(place.path(), "dvc:HEAD").contains("not in a git repository"));
}

#[test]
fn what_is_not_in_the_cache_is_refused() {
    let place = project();
    let folder = place.path().join("project");
    // The work tree of a clone has no outputs of DVC: dvc.lock says which one the cache holds.
    assert_eq!(value(&read(&folder, "dvc:"), "cached.json:rmse"), 2.0);
    fs::write(folder.join("cached.json"), "{\"rmse\": 8.5}").unwrap();
    assert_eq!(value(&read(&folder, "dvc:"), "cached.json:rmse"), 8.5, "the work tree counts as it is");
    assert_eq!(read(&folder, "dvc:")["run"]["commit"], Value::Null);

    let cache = folder.join(".dvc/cache/files/md5");
    let damaged: Vec<_> = fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path()).collect();
    for folder in &damaged {
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let mut permissions = fs::metadata(&path).unwrap().permissions();
            #[expect(clippy::permissions_set_readonly_false, reason = "a file of the test's own folder")]
            permissions.set_readonly(false);
            fs::set_permissions(&path, permissions).unwrap();
            fs::write(&path, "{\"rmse\": 0.0}").unwrap();
        }
    }
    assert!(refused(&folder, "dvc:first:cached.json").contains("its MD5 is not"));
    fs::remove_dir_all(folder.join(".dvc/cache")).unwrap();
    let message = refused(&folder, "dvc:first");
    assert!(message.contains("is not in the cache here") && message.contains("dvc fetch"), "{message}");
    // What is in git is read all the same, where it is asked for.
    assert_eq!(value(&read(&folder, "dvc:first:eval/metrics.json"), "f1"), 0.75);
}

#[test]
fn a_remote_that_is_a_folder_is_read_if_it_is_asked_for() {
    let place = project();
    let folder = place.path().join("project");
    fs::rename(folder.join(".dvc/cache"), place.path().join("store")).unwrap();
    let message = refused(&folder, "dvc:first");
    assert!(message.contains("remotes are not queried without `--fetch`"), "{message}");
    let fetched = |arguments: &[&str]| {
        let answer = crate::support::run_in(&folder, &[&["read", "--format", "json"], arguments].concat());
        (answer.code, answer.stdout, answer.stderr)
    };
    fs::write(folder.join(".dvc/config.local"), "['remote \"far\"']\n    url = s3://bucket/x\n").unwrap();
    let (code, _, message) = fetched(&["--fetch", "dvc:first:cached.json"]);
    assert_eq!(code, 4);
    assert!(message.contains("no remote is a folder on this machine") || message.contains("has it"), "{message}");
    fs::write(folder.join(".dvc/config.local"), "['remote \"near\"']\n    url = ../../store\n").unwrap();
    for arguments in [&["--fetch", "dvc:first:cached.json"][..], &["dvc:first:cached.json?fetch=true"][..]] {
        let (code, found, message) = fetched(arguments);
        assert_eq!(code, 0, "{message}");
        assert!(found.contains("\"rmse\""), "{found}");
    }
    assert!(!folder.join(".dvc/cache").exists(), "nothing is written");
    assert_eq!(fetched(&["dvc:first?fetch=maybe"]).0, 4);
}

#[test]
fn the_layout_of_dvc_2_is_read() {
    let place = Workplace::new();
    git(&place, &["init", "-q", "."]);
    // DVC 2 hashed a text with the line ends of Unix.
    let (text, md5) = ("{\"rmse\": 1.5}\r\n", "b6f9e2cc5b104f84598996507f4f7356");
    place.write("dvc.yaml", "metrics:\n- m.json\n");
    place.write("m.json.dvc", &format!("outs:\n- md5: {md5}\n  size: 15\n  path: m.json\n"));
    let message = refused(place.path(), "dvc:");
    assert!(message.contains("not in the cache"), "{message}");
    place.write(&format!(".dvc/cache/{}/{}", &md5[..2], &md5[2..]), text);
    assert_eq!(value(&read(place.path(), "dvc:"), "rmse"), 1.5);
    place.write("m.json.dvc", &format!("outs:\n- md5: {md5}\n  hash: md5\n  path: m.json\n"));
    assert!(refused(place.path(), "dvc:").contains("its MD5 is not"));
}

#[cfg(unix)]
#[test]
fn links_do_not_lead_out() {
    let place = Workplace::new();
    git(&place, &["init", "-q", "project"]);
    place.write("secret.json", "{\"a\": 1}");
    place.write("project/dvc.yaml", "metrics:\n- m.json\n");
    std::os::unix::fs::symlink(place.path().join("secret.json"), place.path().join("project/m.json")).unwrap();
    assert!(refused(&place.path().join("project"), "dvc:").contains("leads out"));
}

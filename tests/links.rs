//! Configs and pages that are links: files outside of the repository are not shown by problems in them.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::{Answer, Workplace, run_in};

const CONFIG: &str = "version: 1\ndata:\n  d: {path: d.csv, rows: '> 0'}\n";
const SECRET: &str = "machine example.org login x password hunter2\n";

/// Returns a folder with a repository `here` and a file beside it.
fn places() -> Workplace {
    let place = Workplace::new();
    place.write("netrc", SECRET).write("outside/mlgate.yml", SECRET).write("outside/k/p.md", SECRET);
    place.write("here/.git/config", SECRET).write("here/d.csv", "age\n1\n").write("here/ml/d.csv", "age\n1\n");
    place
}

#[track_caller]
fn is_refused(answer: &Answer) {
    assert_eq!(answer.code, 2, "{}{}", answer.stdout, answer.stderr);
    assert!(!format!("{}{}", answer.stdout, answer.stderr).contains("hunter2"), "{}", answer.stderr);
    assert!(answer.stderr.contains("out of the repository") || answer.stderr.contains("`.git`"), "{}", answer.stderr);
}

fn all_commands(folder: &Path, more: &[&str]) -> Vec<Answer> {
    let commands: [&[&str]; 7] =
        [&["run"], &["bless"], &["power"], &["checks"], &["explain", "rows"], &["schema"], &["diff", "a", "b"]];
    commands.into_iter().map(|command| run_in(folder, &[command, more].concat())).collect()
}

/// Never passes: a config that is a link out of the repository (exit code 2).
#[test]
fn a_config_outside_of_the_repository_is_not_read() {
    for target in ["../netrc", ".git/config", "../here/../netrc", "/proc/self/environ"] {
        let place = places();
        let here = place.path().join("here");
        symlink(target, here.join("mlgate.yml")).unwrap();
        for answer in all_commands(&here, &[]) {
            is_refused(&answer);
        }
        // The config is found from a folder below, or named.
        for answer in all_commands(&here.join("ml"), &[]) {
            is_refused(&answer);
        }
        for answer in all_commands(place.path(), &["--config", "here/mlgate.yml"]) {
            is_refused(&answer);
        }
    }
}

#[test]
fn a_folder_that_leads_out_is_not_followed() {
    let place = places();
    let here = place.path().join("here");
    symlink("../outside", here.join("linked")).unwrap();
    symlink("linked/mlgate.yml", here.join("mlgate.yml")).unwrap();
    for answer in all_commands(&here, &[]) {
        is_refused(&answer);
    }
    for answer in all_commands(&here, &["--config", "linked/mlgate.yml"]) {
        is_refused(&answer);
    }
    // A repository around the target does not make it part of the change's repository.
    place.write("outside/.git/HEAD", "ref: refs/heads/main\n");
    for answer in all_commands(&here, &["--config", "linked/mlgate.yml"]) {
        is_refused(&answer);
    }
}

#[test]
fn a_page_outside_of_the_repository_is_not_read() {
    let place = places();
    let here = place.path().join("here");
    place.write("here/mlgate.yml", &format!("{CONFIG}checks: k\n"));
    symlink("../outside/k", here.join("k")).unwrap();
    let mut answers = all_commands(&here, &[]);
    answers.truncate(6);
    // `bless` looks for the repository first, and git cannot read this one.
    let bless = answers.remove(1);
    assert!(bless.code == 4 && !bless.stderr.contains("hunter2"), "{}", bless.stderr);
    for answer in answers {
        is_refused(&answer);
    }
}

#[test]
fn without_a_repository_a_link_stays_beside_the_file() {
    let place = Workplace::new();
    place.write("netrc", SECRET).write("here/d.csv", "age\n1\n");
    symlink("../netrc", place.path().join("here/mlgate.yml")).unwrap();
    for answer in all_commands(&place.path().join("here"), &[]) {
        is_refused(&answer);
    }
}

#[test]
fn links_inside_stay() {
    let place = places();
    let here = place.path().join("here");
    place.write("here/shared/gate.yml", CONFIG).write("here/shared/d.csv", "age\n1\n");
    symlink("../shared/gate.yml", here.join("ml/mlgate.yml")).unwrap();
    symlink("shared", here.join("linked")).unwrap();
    assert_eq!(run_in(&here.join("ml"), &["run", "-q"]).code, 0);
    assert_eq!(run_in(&here, &["run", "-q", "--config", "linked/gate.yml"]).code, 0);
    // The path to the repository may be a link, and a config anywhere may be named.
    symlink("here", place.path().join("way")).unwrap();
    assert_eq!(run_in(place.path(), &["run", "-q", "--config", "way/ml/mlgate.yml"]).code, 0);
    let elsewhere = Workplace::new();
    let named = here.join("ml/mlgate.yml").display().to_string();
    assert_eq!(run_in(elsewhere.path(), &["run", "-q", "--config", &named]).code, 0);
    // A folder of configs whose files are links to a folder beside them, as in a mounted volume.
    let mounted = Workplace::new();
    mounted.write("..data/mlgate.yml", CONFIG).write("d.csv", "age\n1\n");
    symlink("..data/mlgate.yml", mounted.path().join("mlgate.yml")).unwrap();
    assert_eq!(mounted.run(&["run", "-q"]).code, 0);
    assert!(fs::read_link(mounted.path().join("mlgate.yml")).is_ok());
}

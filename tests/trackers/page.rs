//! docs/trackers.md shows what is printed. `MLGATE_UPDATE=1` writes it there.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{copy_folder, mlflow_stores, tracker};
use crate::support::Workplace;

/// Makes a folder with everything that the page reads.
fn place() -> Workplace {
    let place = mlflow_stores("mlflow-3");
    copy_folder(&tracker("tensorboard"), &place.path().join("logs"));
    let run = place.path().join("wandb/offline-run-20261201_042030-abc12345");
    fs::create_dir_all(&run).unwrap();
    fs::copy(tracker("wandb-0.31.wandb"), run.join("run-abc12345.wandb")).unwrap();
    let bundle = tracker("dvc-3.bundle").display().to_string();
    let status = Command::new("git").args(["clone", "-q", &bundle, "project"]).current_dir(place.path()).status();
    assert!(status.unwrap().success());
    copy_folder(&tracker("dvc-3-cache"), &place.path().join("project/.dvc/cache"));
    place
}

#[test]
fn the_page_shows_what_is_printed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/trackers.md");
    let page = fs::read_to_string(&path).unwrap();
    let place = place();
    let mut real = String::new();
    let mut blocks = 0;
    let mut rest = page.as_str();
    while let Some((before, block)) = rest.split_once("```console\n$ mlgate ") {
        let (block, after) = block.split_once("```\n").unwrap();
        let command = block.lines().next().unwrap();
        let arguments: Vec<&str> = command.split(' ').map(|word| word.trim_matches('"')).collect();
        let folder = if command.contains("dvc:") { "project" } else { "." };
        let answer = crate::support::run_in(&place.path().join(folder), &arguments);
        assert_eq!(answer.code, 0, "{command}: {}", answer.stderr);
        // The folder of the test is the user's.
        let printed = answer.stdout.replace(&place.path().canonicalize().unwrap().display().to_string(), "/home/me");
        write!(real, "{before}```console\n$ mlgate {command}\n{printed}```\n").unwrap();
        rest = after;
        blocks += 1;
    }
    real += rest;
    assert_eq!(blocks, 4);
    if std::env::var_os("MLGATE_UPDATE").is_some() {
        fs::write(path, real).unwrap();
    } else {
        assert_eq!(page, real, "MLGATE_UPDATE=1 cargo test --locked trackers writes what is printed now");
    }
}

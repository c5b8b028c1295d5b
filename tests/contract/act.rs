//! The action in a whole workflow, run by nektos' `act` on this machine: its scripts, expressions, outputs and annotations, and
//! jobs that race for one comment.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{python, root, said, tools};
use crate::github::server::{GitHub, TOKEN};

const WORKFLOW: &str = "on: [pull_request]
jobs:
  gate:
    runs-on: ubuntu-latest
    strategy: {fail-fast: false, matrix: {side: [pass, fail, broken]}}
    steps:
      - uses: actions/checkout@v4
      - {id: gate, uses: ./, with: {config: \"${{ matrix.side }}.yml\", path: ./mlgate-here, key: gate}}
      - if: always()
        env: {OUTPUTS: \"${{ toJSON(steps.gate.outputs) }}\", SIDE: \"${{ matrix.side }}\"}
        run: echo \"OUTPUTS $SIDE $(echo \"$OUTPUTS\" | tr -d '\\n')\"
";

fn git(folder: &Path, arguments: &[&str]) {
    let done = Command::new("git").current_dir(folder).args(arguments).output().unwrap();
    assert!(done.status.success(), "{}", said(&done));
}

/// Writes the repository that the workflow runs in, with a binary that speaks to the fake.
fn repository(folder: &Path, github: &GitHub) {
    fs::create_dir_all(folder.join("action")).unwrap();
    fs::create_dir_all(folder.join(".github/workflows")).unwrap();
    for file in ["action.yml", "Cargo.toml", "action/install.sh", "action/run.sh", "action/checksums.txt"] {
        fs::copy(root().join(file), folder.join(file)).unwrap();
    }
    let gate = |rule: &str| format!("version: 1\ndata:\n  t: {{path: rows.csv, {rule}}}\n");
    for (name, text) in [
        ("rows.csv", "a\n1\n2\n3\n".to_owned()),
        ("pass.yml", gate("rows: \">= 3\"")),
        ("fail.yml", gate("rows: \">= 9\"")),
        ("broken.yml", gate("rowz: 1")),
        (".github/workflows/gate.yml", WORKFLOW.to_owned()),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    // act sets the addresses of GitHub over those of a step.
    let wrapper = format!(
        "#!/bin/sh\nexport GITHUB_API_URL={0} GITHUB_GRAPHQL_URL={0}/graphql GITHUB_REPOSITORY=octo/model\nexec '{1}' \"$@\"\n",
        github.url(),
        env!("CARGO_BIN_EXE_mlgate")
    );
    fs::write(folder.join("mlgate-here"), wrapper).unwrap();
    let made = Command::new("chmod").arg("+x").arg(folder.join("mlgate-here")).status().unwrap();
    assert!(made.success());
    git(folder, &["init", "--quiet"]);
    git(folder, &["add", "--all"]);
    git(folder, &["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "--quiet", "--message=x"]);
}

#[test]
fn a_workflow_runs_the_passing_the_failing_and_the_broken_config() {
    let Some(tools) = tools("no workflow was run") else { return };
    let (place, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let github = GitHub::start();
    repository(place.path(), &github);
    fs::write(home.path().join("event.json"), crate::github::event("octo").to_string()).unwrap();
    let mut act = python(&tools, "act");
    act.current_dir(place.path())
        .args(["pull_request", "-P", "ubuntu-latest=-self-hosted", "--concurrent-jobs", "3"])
        .args(["-s", &format!("GITHUB_TOKEN={TOKEN}"), "-e"])
        .arg(home.path().join("event.json"))
        .env_clear()
        .envs(std::env::vars().filter(|(name, _)| name == "PATH"))
        .env("HOME", home.path())
        .env("XDG_CACHE_HOME", home.path());
    let log = said(&act.output().unwrap());
    for (side, verdict, code) in [("pass", "pass", "0"), ("fail", "fail", "1"), ("broken", "error", "2")] {
        let mark = format!("OUTPUTS {side} {{");
        let line = log.lines().find(|line| line.contains(&mark)).unwrap_or_else(|| panic!("{side}: {log}"));
        let outputs: Value = serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap();
        assert_eq!((&outputs["verdict"], &outputs["exit-code"]), (&json!(verdict), &json!(code)), "{side}: {outputs}");
    }
    // Two jobs raced for one comment, which has both of their parts.
    let comments = github.state().comments.clone();
    assert_eq!(comments.len(), 1, "{comments:#?}");
    let body = &comments[0].body;
    assert!(body.contains(" verdict=fail ") && body.contains(" verdict=pass "), "{body}");
    assert!(!body.contains("mlgate: all"), "{body}");
}

//! The composite action, run on this machine with GitHub's own expression engine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use tempfile::TempDir;

use super::{node, root, said, script, tools};
use crate::github::artifact::packed;
use crate::github::server::{Fault, GitHub, TOKEN};
use crate::github::{HEAD, event};
use crate::support::fixtures;

/// A version that is never released.
const RELEASED: &str = "9.8.7";

/// A runner of one job with its own checkout of the action, whose table of digests can grow.
pub(super) struct Runner {
    tools: PathBuf,
    folder: TempDir,
    pub(super) with: Value,
    pub(super) env: Value,
    runs: usize,
}

impl Runner {
    pub(super) fn new(untested: &str) -> Option<Self> {
        let tools = tools(untested)?;
        let folder = tempfile::tempdir().unwrap();
        let action = folder.path().join("checkout");
        fs::create_dir_all(action.join("action")).unwrap();
        for file in ["action.yml", "Cargo.toml"] {
            fs::copy(root().join(file), action.join(file)).unwrap();
        }
        for entry in fs::read_dir(root().join("action")).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, action.join("action").join(path.file_name().unwrap())).unwrap();
        }
        fs::create_dir(folder.path().join("workspace")).unwrap();
        let path = std::env::var("PATH").unwrap();
        let env = json!({"PATH": format!("{}:{path}", folder.path().join("bin").display())});
        Some(Self { tools, folder, with: json!({}), env, runs: 0 })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    pub(super) fn with(&mut self, name: &str, value: &str) -> &mut Self {
        self.with[name] = value.into();
        self
    }

    /// Writes a program to the runner's path.
    pub(super) fn program(&self, name: &str, script: &str) {
        self.write(&format!("bin/{name}"), &format!("#!/usr/bin/env bash\n{script}\n"));
        let made = Command::new("chmod").arg("+x").arg(self.path(&format!("bin/{name}"))).status().unwrap();
        assert!(made.success());
    }

    pub(super) fn run(&mut self) -> Value {
        self.runs += 1;
        let temp = self.path(&format!("temp-{}", self.runs));
        fs::create_dir(&temp).unwrap();
        let request = json!({
            "action": self.path("checkout"), "workspace": self.path("workspace"), "temp": temp, "with": self.with,
            "env": self.env, "os": "Linux", "arch": "X64",
        });
        self.write("request.json", &request.to_string());
        let output = node(&self.tools)
            .arg(script(&self.tools, "run-composite.mjs"))
            .arg(self.path("request.json"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer["warnings"], json!([]), "{answer:#}");
        answer
    }

    /// Makes a release of this binary, in the table and on a mirror, and returns its archive.
    pub(super) fn release(&mut self, binary: &Path) -> PathBuf {
        let folder = self.path(&format!("mirror/v{RELEASED}"));
        fs::create_dir_all(&folder).unwrap();
        let archive = folder.join(format!("mlgate-{RELEASED}-x86_64-unknown-linux-gnu.tar.gz"));
        let packed = Command::new("tar")
            .arg("-C")
            .arg(binary.parent().unwrap())
            .arg("-czf")
            .arg(&archive)
            .arg(binary.file_name().unwrap())
            .output()
            .unwrap();
        assert!(packed.status.success(), "{}", said(&packed));
        let added = Command::new(self.path("checkout/action/checksums")).arg(&folder).output().unwrap();
        assert!(added.status.success(), "{}", said(&added));
        let mirror = format!("file://{}", self.path("mirror").display());
        self.with("version", RELEASED).with("mirror", &mirror);
        archive
    }

    /// Returns a program that replaces mlgate and prints its version.
    pub(super) fn stand_in(&self) -> PathBuf {
        self.program("mlgate", "echo stand-in $*");
        self.path("bin/mlgate")
    }

    pub(super) fn gate(&self, rows: u64) {
        self.write("workspace/rows.csv", "a\n1\n2\n3\n");
        self.write(
            "workspace/mlgate.yml",
            &format!("version: 1\ndata:\n  t: {{path: rows.csv, rows: \">= {rows}\"}}\n"),
        );
    }

    pub(super) fn binary(&mut self) -> &mut Self {
        self.with("path", env!("CARGO_BIN_EXE_mlgate")).with("comment", "off")
    }
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn a_change_that_passes_and_one_that_fails() {
    let Some(mut runner) = Runner::new("the action was not run") else { return };
    // Outside of a repository, no change could be told from what it changes: the guard is silent.
    crate::support::copy(&fixtures().join("loans"), &runner.path("loans"));
    for (name, status, verdict, code, failed) in
        [("good", "success", "pass", "0", "0"), ("bad", "failure", "fail", "1", "9")]
    {
        let config = runner.path("loans").join(name).join("mlgate.yml");
        let answer = runner.binary().with("config", config.to_str().unwrap()).run();
        assert_eq!(answer["status"], status, "{}", text(&answer["log"]));
        let outputs = &answer["outputs"];
        assert_eq!(
            (&outputs["verdict"], &outputs["exit-code"], &outputs["failed-count"]),
            (&verdict.into(), &code.into(), &failed.into())
        );
        for report in ["report-json", "report-markdown"] {
            assert!(fs::metadata(text(&outputs[report])).unwrap().len() > 1_000);
        }
        assert!(text(&answer["summary"]).contains("## "), "{}", answer["summary"]);
        let commands = answer["commands"].as_array().unwrap();
        assert_eq!(commands.len().to_string(), failed, "{commands:#?}");
    }
}

#[test]
fn fail_on_says_what_stops_the_merge() {
    let Some(mut runner) = Runner::new("the action was not run") else { return };
    runner.gate(9);
    let broken = "version: 1\ndata:\n  t: {path: nowhere.csv, rows: 1}\n";
    let warns = "version: 1\ndata:\n  t: {path: rows.csv, rows: {is: \">= 9\", severity: warning}}\n";
    let fails = fs::read_to_string(runner.path("workspace/mlgate.yml")).unwrap();
    for (config, fail_on, status, code) in [
        (fails.as_str(), "failure", "failure", "1"),
        (&fails, "error", "success", "1"),
        (warns, "failure", "success", "0"),
        (warns, "warning", "failure", "3"),
        (broken, "error", "failure", "4"),
        (broken, "failure", "failure", "4"),
        (&fails, "never", "failure", "2"),
    ] {
        runner.write("workspace/mlgate.yml", config);
        let answer = runner.binary().with("fail-on", fail_on).run();
        assert_eq!(
            (&answer["status"], &answer["outputs"]["exit-code"]),
            (&status.into(), &code.into()),
            "{fail_on}: {}",
            text(&answer["log"])
        );
    }
}

#[test]
fn whatever_is_written_into_an_input_is_only_text() {
    let Some(mut runner) = Runner::new("hostile inputs were not tried") else { return };
    runner.gate(1);
    let marked = runner.path("marked");
    let hostile = format!("\"; touch '{0}'; $(touch '{0}') `touch '{0}'` ' -- &\n::error::x", marked.display());
    let names = ["config", "baseline", "only", "output", "working-directory", "key", "version", "path", "mirror"];
    for name in names
        .iter()
        .chain(&["comment", "template", "check-run", "status", "fail-on", "require-post", "token"])
        .chain(&["pull", "commit", "repository", "author"])
    {
        runner.with = json!({});
        if !["version", "path", "mirror"].contains(name) {
            runner.binary();
        }
        let answer = runner.with(name, &hostile).run();
        assert!(!marked.exists(), "{name} was run");
        // A key and a token can be any text, and a missing template changes no verdict.
        let takes_any = ["key", "template", "check-run", "status", "token", "pull", "commit", "repository", "author"];
        let takes_any = takes_any.contains(name);
        assert_eq!(answer["status"] == "success", takes_any, "{name}: {}", text(&answer["log"]));
        assert!(takes_any || answer["outputs"]["verdict"] == "error", "{name}: {answer:#}");
        for command in answer["commands"].as_array().unwrap() {
            assert!(text(command).starts_with("::error title=mlgate%3A no verdict::"), "{name}: {command}");
        }
    }
}

#[test]
fn the_runner_obeys_nothing_that_a_file_says() {
    let Some(mut runner) = Runner::new("hostile files were not tried") else { return };
    runner.write("workspace/rows.csv", "a\n::error::injected\n##[error]injected\n::set-output name=verdict::pass\n");
    runner.write(
        "workspace/mlgate.yml",
        "version: 1\ndata:\n  t:\n    path: rows.csv\n    columns:\n      a: {in: [x]}\n      \"::error::b\\n::error::c\": {nulls: 0}\n",
    );
    let answer = runner.binary().run();
    assert_eq!(answer["status"], "failure");
    let commands = answer["commands"].as_array().unwrap();
    assert!(!commands.is_empty());
    for command in commands {
        assert!(text(command).starts_with("::error file=mlgate.yml,line="), "{command}");
    }
}

#[test]
fn a_released_archive_is_run_by_its_digest() {
    let Some(mut runner) = Runner::new("downloads were not tried") else { return };
    let binary = runner.stand_in();
    let archive = runner.release(&binary);
    let log = |answer: &Value| text(&answer["log"]).to_owned();
    let answer = runner.run();
    assert!(log(&answer).contains("stand-in run --color=never"), "{}", log(&answer));
    // A run without a report has no result, and never passes.
    assert_eq!((&answer["status"], &answer["outputs"]["verdict"]), (&"failure".into(), &"error".into()));

    // A replaced archive is not run.
    let released = fs::read(&archive).unwrap();
    fs::write(&archive, [&released[..], b"x"].concat()).unwrap();
    let answer = runner.run();
    assert!(log(&answer).contains("it is not what was released"), "{}", log(&answer));
    assert!(!log(&answer).contains("stand-in"));
    assert_eq!(
        (&answer["outputs"]["verdict"], &answer["outputs"]["exit-code"]),
        (&"error".into(), &"2".into()),
        "{answer:#}"
    );
    // The table of digests is not changed to match it, either.
    let again = Command::new(runner.path("checkout/action/checksums")).arg(archive.parent().unwrap()).output().unwrap();
    assert!(!again.status.success());
    assert!(said(&again).contains("with another sha256"), "{}", said(&again));

    fs::remove_file(&archive).unwrap();
    assert!(log(&runner.run()).contains("could not be downloaded"));
    let answer = runner.with("version", "1.2.3").run();
    assert!(log(&answer).contains("this action knows no release 1.2.3"), "{}", log(&answer));
}

#[test]
fn an_attestation_that_is_asked_for_is_checked() {
    let Some(mut runner) = Runner::new("attestations were not tried") else { return };
    let binary = runner.stand_in();
    runner.release(&binary);
    runner.with("attestation", "true").with("token", "ghs_SECRET");
    for (gh, is_run) in [("[ \"$GH_TOKEN\" = ghs_SECRET ] && echo checked $*", true), ("exit 1", false)] {
        runner.program("gh", gh);
        let answer = runner.run();
        let log = text(&answer["log"]);
        assert_eq!(log.contains("stand-in run"), is_run, "{log}");
        let asked = "checked attestation verify mlgate-9.8.7-x86_64-unknown-linux-gnu.tar.gz --repo mlgate/mlgate \
                     --signer-workflow mlgate/mlgate/.github/workflows/release.yml";
        assert_eq!(log.contains(asked), is_run, "{log}");
        assert!(!log.contains("ghs_SECRET"), "{log}");
    }
    // A binary that was built here, or is at a given path, is not attested.
    for given in ["path", "none"] {
        runner.with = json!({"attestation": "true"});
        if given == "path" {
            runner.with("path", "mlgate");
        }
        let answer = runner.run();
        assert_eq!(answer["status"], "failure");
        assert!(text(&answer["log"]).contains("attested"), "{}", answer["log"]);
    }
}

/// If a version has no release, the action's own checkout is built: here a `cargo` that copies a binary replaces the
/// build.
#[test]
fn without_a_release_the_checkout_is_built() {
    let Some(mut runner) = Runner::new("the build by the action was not tried") else { return };
    runner.gate(1);
    let binary = env!("CARGO_BIN_EXE_mlgate");
    runner.program(
        "cargo",
        &format!("echo \"cargo $* in $PWD\"\nmkdir -p \"$CARGO_TARGET_DIR/release\"\ncp '{binary}' \"$CARGO_TARGET_DIR/release/mlgate\""),
    );
    let answer = runner.with("comment", "off").run();
    let log = text(&answer["log"]);
    assert_eq!((&answer["status"], &answer["outputs"]["verdict"]), (&"success".into(), &"pass".into()), "{log}");
    // The folder in which cargo starts determines its settings.
    let checkout = runner.path("checkout").canonicalize().unwrap();
    let line = format!("cargo build --release --locked --bin mlgate in {}", checkout.display());
    assert!(log.contains(&line), "{log}");
    // Every build script would see what is in the environment.
    runner.program("cargo", "env >\"$RUNNER_TEMP/../../seen\"; exit 101");
    for name in ["GITHUB_TOKEN", "GH_TOKEN"] {
        runner.env[name] = "ghs_SECRET".into();
    }
    runner.with("token", "ghs_SECRET").with("mirror-token", "ghs_SECRET").run();
    let seen = fs::read_to_string(runner.path("seen")).unwrap();
    assert!(seen.contains("CARGO_TARGET_DIR") && !seen.contains("ghs_SECRET"), "{seen}");
    runner.program("cargo", "exit 101");
    let answer = runner.run();
    assert_eq!((&answer["status"], &answer["outputs"]["verdict"]), (&"failure".into(), &"error".into()));
}

/// The token reaches the posting and no output.
#[test]
fn the_action_comments_and_its_second_stage_does_for_forks() {
    let Some(mut runner) = Runner::new("the comment of the action was not tried") else { return };
    let github = GitHub::start();
    let job = |runner: &mut Runner, kind: &str, event: &Value| {
        runner.write("event.json", &event.to_string());
        let names = [
            ("GITHUB_REPOSITORY", "octo/model".to_owned()),
            ("GITHUB_API_URL", github.url()),
            ("GITHUB_EVENT_NAME", kind.to_owned()),
            ("GITHUB_EVENT_PATH", runner.path("event.json").display().to_string()),
            ("GITHUB_RUN_ID", "31".to_owned()),
            // The runner's value of `github.token`.
            ("JOB_TOKEN", TOKEN.to_owned()),
        ];
        for (name, value) in names {
            runner.env[name] = value.into();
        }
    };
    runner.gate(9);
    job(&mut runner, "pull_request", &event("octo"));
    runner.with("path", env!("CARGO_BIN_EXE_mlgate"));
    let answer = runner.run();
    assert_eq!(answer["outputs"]["comment-url"], "https://github.com/octo/model/pull/7#issuecomment-101", "{answer:#}");
    assert!(github.state().comments[0].body.contains("1 of 1 gate failed"));
    assert!(!answer.to_string().contains(TOKEN), "the token is shown");

    // A fork's job cannot write: its report becomes an artifact, and the following job writes the comment.
    github.state().comments.clear();
    github.state().faults.push(Fault::new("POST /repos", 403, "Resource not accessible by integration").times(1));
    job(&mut runner, "pull_request", &event("fork"));
    let answer = runner.run();
    assert_eq!((&answer["status"], github.state().comments.len()), (&"failure".into(), 0));
    assert!(text(&answer["summary"]).contains("a token that can only read"), "{}", answer["summary"]);
    let report = fs::read(text(&answer["outputs"]["report-json"])).unwrap();
    let archive = packed("report.json", &report);
    let artifact = json!({"id": 9, "name": "mlgate-report", "expired": false, "size_in_bytes": archive.len()});
    github.state().artifacts.push(artifact);
    github.state().archive = archive;
    github.state().pulls.push(json!({"number": 7, "state": "open", "head": {"sha": HEAD}}));
    let ended = json!({"workflow_run": {
        "id": 30, "head_sha": HEAD, "head_branch": "patch-1", "head_repository": {"owner": {"login": "forker"}},
    }});
    job(&mut runner, "workflow_run", &ended);
    // The second job has no checkout.
    fs::remove_dir_all(runner.path("workspace")).unwrap();
    fs::create_dir(runner.path("workspace")).unwrap();
    let answer = runner.with("report-artifact", "mlgate-report").run();
    assert_eq!((&answer["status"], &answer["outputs"]["verdict"]), (&"success".into(), &"fail".into()), "{answer:#}");
    assert!(github.state().comments[0].body.contains("the numbers are the author's claim"));
    assert_eq!(answer["commands"], json!([]));
}

#[test]
fn the_table_has_a_digest_for_each_name() {
    let table = fs::read_to_string(root().join("action/checksums.txt")).unwrap();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let (digest, name) = line.split_once("  ").unwrap();
        assert_eq!(digest.len(), 64, "{line}");
        assert!(name.starts_with("mlgate-") && name.ends_with(".tar.gz"), "{line}");
    }
}

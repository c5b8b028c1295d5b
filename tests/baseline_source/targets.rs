//! The branch that a change goes to, from what each CI system says: in a job nothing is guessed.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::git::Repository;
use super::{blessed, config, git, rows};
use crate::support::{Workplace, gate, run_with};

/// A repository whose `main` has a baseline of 2 rows and whose `release/1` has one of 50, and a clone of it as a job has
/// it, in which a change of 10 rows to `release/1` is checked out.
struct Change {
    parent: Workplace,
    base: String,
    head: String,
}

impl Change {
    fn new() -> Self {
        let parent = Workplace::new();
        let origin = parent.path().join("origin");
        fs::create_dir(&origin).unwrap();
        let write = |name: &str, bytes: &[u8]| {
            fs::create_dir_all(origin.join(".mlgate")).unwrap();
            fs::write(origin.join(name), bytes).unwrap();
        };
        let commit = || {
            git(&origin, &["add", "--all"]);
            git(&origin, &["commit", "--quiet", "--message=x"]);
            git(&origin, &["rev-parse", "HEAD"])
        };
        git(&origin, &["init", "--quiet", "--initial-branch=main"]);
        write("mlgate.yml", config("git:merge-base").as_bytes());
        write("t.csv", rows(2).as_bytes());
        write(".mlgate/baseline.json", &blessed(2));
        commit();
        git(&origin, &["checkout", "--quiet", "-b", "release/1"]);
        write(".mlgate/baseline.json", &blessed(50));
        let base = commit();
        git(&origin, &["checkout", "--quiet", "-b", "topic"]);
        write("t.csv", rows(10).as_bytes());
        let head = commit();
        git(&origin, &["checkout", "--quiet", "main"]);
        let url = format!("file://{}", origin.display());
        git(parent.path(), &["clone", "--quiet", &url, "clone"]);
        let change = Self { parent, base, head };
        git(&change.clone(), &["checkout", "--quiet", "--detach", "origin/topic"]);
        change
    }

    fn clone(&self) -> PathBuf {
        self.parent.path().join("clone")
    }

    /// Returns the rows of the baseline that a run compares with, or the message of one that cannot compare.
    fn compared(&self, environment: &[(&str, &str)]) -> Result<u64, String> {
        compared(&self.clone(), environment)
    }

    /// Runs as a job of GitHub Actions on an event.
    fn on(&self, kind: &str, event: &Value, more: &[(&str, &str)]) -> Result<u64, String> {
        self.parent.write("event.json", &event.to_string());
        let event = self.parent.path().join("event.json").display().to_string();
        let sha = "f".repeat(40);
        let job = [
            ("GITHUB_ACTIONS", "true"),
            ("CI", "true"),
            ("GITHUB_EVENT_NAME", kind),
            ("GITHUB_EVENT_PATH", &event),
            ("GITHUB_SHA", &sha),
        ];
        self.compared(&[&job, more].concat())
    }
}

fn compared(folder: &Path, environment: &[(&str, &str)]) -> Result<u64, String> {
    let answer = run_with(folder, &["run", "--format", "json"], environment);
    let report: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}", answer.stderr));
    let rows = gate(&report, "data.t.rows");
    match rows["baseline"]["value"].as_f64() {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Some(n) => Ok(n as u64),
        None => {
            assert_eq!(answer.code, 4, "{report:#}");
            Err(rows["message"].as_str().unwrap().to_owned())
        }
    }
}

/// Asserts that a run was refused for want of a target, and says what to set.
fn is_refused(compared: &Result<u64, String>, what: &str) {
    let why = compared.as_ref().expect_err(what);
    for word in ["nothing says which branch the change goes to", "MLGATE_TARGET_BRANCH", "git:REF"] {
        assert!(why.contains(word), "{what}: {why}");
    }
}

/// Never passes: a change to one branch that is compared with another.
#[test]
fn a_merge_queue_compares_with_the_branch_that_it_merges_into() {
    let change = Change::new();
    let event =
        json!({"merge_group": {"head_sha": change.head, "base_sha": change.base, "base_ref": "refs/heads/release/1"}});
    assert_eq!(change.on("merge_group", &event, &[]), Ok(50));
    // Without the branch its commit decides, and never another branch.
    git(&change.clone(), &["update-ref", "-d", "refs/remotes/origin/release/1"]);
    assert_eq!(change.on("merge_group", &event, &[]), Ok(50));
    let event = json!({"merge_group": {"base_sha": "e".repeat(40), "base_ref": "refs/heads/release/1"}});
    let why = change.on("merge_group", &event, &[]).unwrap_err();
    assert!(why.contains("does not hold the branch `release/1`"), "{why}");
    assert!(why.contains("git fetch origin '+refs/heads/release/1:refs/remotes/origin/release/1'"), "{why}");
}

#[test]
fn each_event_of_github_has_its_target_or_is_refused() {
    let change = Change::new();
    let pull = json!({"pull_request": {"number": 7, "base": {"ref": "release/1"}}});
    for kind in ["pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"] {
        assert_eq!(change.on(kind, &pull, &[]), Ok(50), "{kind}");
    }
    let push = |before: &str, reference: &str| json!({"ref": reference, "before": before, "after": change.head, "repository": {"default_branch": "main"}});
    assert_eq!(change.on("push", &push(&change.base, "refs/heads/release/1"), &[]), Ok(50));
    assert_eq!(change.on("push", &push(&change.base, "refs/heads/topic"), &[]), Ok(50));
    is_refused(&change.on("push", &push(&"0".repeat(40), "refs/heads/topic"), &[]), "a new branch");
    let lost = change.on("push", &push(&"e".repeat(40), "refs/heads/topic"), &[]).unwrap_err();
    assert!(lost.contains("which `topic` had before this push"), "{lost}");
    let comment = json!({"issue": {"number": 7, "pull_request": {}}, "repository": {"default_branch": "main"}});
    is_refused(&change.on("issue_comment", &comment, &[]), "issue_comment");
    let of_default = json!({"repository": {"default_branch": "main"}});
    for kind in ["workflow_dispatch", "schedule", "repository_dispatch", "workflow_run", "release"] {
        is_refused(&change.on(kind, &of_default, &[("GITHUB_REF", "refs/heads/main")]), kind);
        is_refused(&change.on(kind, &json!({}), &[]), kind);
    }
    is_refused(&change.on("workflow_dispatch", &of_default, &[("GITHUB_REF", "refs/heads/topic")]), "topic");
    assert_eq!(change.on("workflow_dispatch", &json!({}), &[("MLGATE_TARGET_BRANCH", "release/1")]), Ok(50));
}

#[test]
fn a_branch_pipeline_of_any_system_is_refused_and_one_of_a_pull_request_is_not() {
    let change = Change::new();
    for system in [
        "CI",
        "GITHUB_ACTIONS",
        "GITLAB_CI",
        "JENKINS_URL",
        "TF_BUILD",
        "BUILDKITE",
        "BITBUCKET_BUILD_NUMBER",
        "CIRCLECI",
    ] {
        is_refused(&change.compared(&[(system, "true")]), system);
        for branch in ["BRANCH_NAME", "BUILD_SOURCEBRANCH", "BITBUCKET_BRANCH", "BUILDKITE_BRANCH", "CI_COMMIT_BRANCH"]
        {
            is_refused(&change.compared(&[(system, "true"), (branch, "topic")]), branch);
        }
    }
    for name in [
        "GITHUB_BASE_REF",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
        "CHANGE_TARGET",
        "SYSTEM_PULLREQUEST_TARGETBRANCH",
        "BITBUCKET_PR_DESTINATION_BRANCH",
        "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
    ] {
        assert_eq!(change.compared(&[("CI", "true"), (name, "release/1")]), Ok(50), "{name}");
    }
    // On a developer's machine the usual branches are tried.
    assert_eq!(change.compared(&[]), Ok(2));
    assert_eq!(change.compared(&[("CI", "false")]), Ok(2));
}

#[test]
fn a_run_on_the_default_branch_itself_is_not_refused() {
    let change = Change::new();
    git(&change.clone(), &["checkout", "--quiet", "main"]);
    let of_default = json!({"repository": {"default_branch": "main"}});
    for kind in ["push", "schedule", "workflow_dispatch"] {
        assert_eq!(change.on(kind, &of_default, &[("GITHUB_REF", "refs/heads/main")]), Ok(2), "{kind}");
    }
    for job in [
        &[("JENKINS_URL", "x"), ("BRANCH_NAME", "main")][..],
        &[("JENKINS_URL", "x"), ("BRANCH_NAME", "main"), ("BRANCH_IS_PRIMARY", "true")],
        &[("GITLAB_CI", "true"), ("CI_COMMIT_BRANCH", "main"), ("CI_DEFAULT_BRANCH", "main")],
        &[("TF_BUILD", "True"), ("BUILD_SOURCEBRANCH", "refs/heads/main")],
        &[("CI", "true")],
    ] {
        assert_eq!(change.compared(job), Ok(2), "{job:?}");
    }
    // A default branch of another name.
    git(&change.clone(), &["checkout", "--quiet", "-B", "release/1", "origin/release/1"]);
    let job =
        [("BUILDKITE", "true"), ("BUILDKITE_BRANCH", "release/1"), ("BUILDKITE_PIPELINE_DEFAULT_BRANCH", "release/1")];
    assert_eq!(change.compared(&job), Ok(50));
    is_refused(&change.compared(&[("BUILDKITE", "true"), ("BUILDKITE_BRANCH", "release/1")]), "main is the default");
}

/// Returns what GitLab's runner makes: a clone of the pipeline's reference alone.
fn of_gitlab(change: &Change, depth: &[&str]) -> PathBuf {
    let path = change.parent.path().join("gitlab");
    fs::create_dir(&path).unwrap();
    git(&path, &["init", "--quiet"]);
    let url = format!("file://{}", change.parent.path().join("origin").display());
    git(&path, &[&["fetch", "--quiet"], depth, &[&url, "+topic:refs/pipelines/12"]].concat());
    git(&path, &["checkout", "--quiet", "--detach", "refs/pipelines/12"]);
    path
}

#[test]
fn gitlab_names_the_merge_base_itself() {
    let change = Change::new();
    let path = of_gitlab(&change, &[]);
    let job =
        |base: &'static str| [("GITLAB_CI", "true"), ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "release/1"), ("X", base)];
    let with_base = |name: &'static str| [&job("")[..2], &[(name, change.base.as_str())]].concat();
    assert_eq!(compared(&path, &with_base("CI_MERGE_REQUEST_DIFF_BASE_SHA")), Ok(50));
    assert_eq!(compared(&path, &with_base("CI_MERGE_REQUEST_TARGET_BRANCH_SHA")), Ok(50));
    let why = compared(&path, &job("")).unwrap_err();
    assert!(why.contains("GIT_DEPTH: 0") && why.contains("git fetch origin '+refs/heads/release/1:"), "{why}");
    fs::remove_dir_all(&path).unwrap();
    let shallow = of_gitlab(&change, &["--depth", "1"]);
    let why = compared(&shallow, &with_base("CI_MERGE_REQUEST_DIFF_BASE_SHA")).unwrap_err();
    assert!(why.contains("this clone is shallow") && why.contains("GIT_DEPTH: 0"), "{why}");
}

#[test]
fn a_repository_without_a_remote_asks_its_own_branches() {
    let repository = Repository::new();
    repository.place.write("mlgate.yml", &config("git:merge-base")).write("t.csv", &rows(5));
    fs::create_dir(repository.place.path().join(".mlgate")).unwrap();
    fs::write(repository.place.path().join(".mlgate/baseline.json"), blessed(3)).unwrap();
    repository.commit("2024-01-01T12:00:00Z");
    assert_eq!(compared(repository.place.path(), &[("GITHUB_BASE_REF", "main")]), Ok(3));
    is_refused(&compared(repository.place.path(), &[("CI", "true")]), "no remote");
}

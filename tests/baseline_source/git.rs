//! Baselines of other commits.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{change, compared_with, complaint, config, rows};
use crate::support::{Workplace, gate, run_with};

/// A repository that is isolated from the machine's git configuration.
pub(super) struct Repository {
    pub(super) place: Workplace,
}

pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    at(folder, arguments, "2024-01-01T12:00:00Z")
}

fn at(folder: &Path, arguments: &[&str], date: &str) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_AUTHOR_DATE", date)
        .env("GIT_COMMITTER_DATE", date)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Repository {
    pub(super) fn new() -> Self {
        let repository = Self { place: Workplace::new() };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    pub(super) fn git(&self, arguments: &[&str]) -> String {
        git(self.place.path(), arguments)
    }

    pub(super) fn commit(&self, date: &str) -> String {
        self.git(&["add", "--all"]);
        at(self.place.path(), &["commit", "--quiet", "--message=x"], date);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Blesses a table of `n` rows, and commits.
    fn bless(&self, n: usize) -> String {
        self.place.write("t.csv", &rows(n));
        let answer = self.place.run(&["bless"]);
        assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
        self.commit("2024-01-01T12:00:00Z")
    }

    /// Returns a repository whose main branch blesses 3 rows, then 4; the change branches off between, then deletes and
    /// blesses arbitrarily.
    fn branched(baseline: &str) -> (Self, String) {
        let repository = Self::new();
        repository.place.write("mlgate.yml", &config(baseline));
        let base = repository.bless(3);
        repository.git(&["checkout", "--quiet", "-b", "change"]);
        repository.git(&["checkout", "--quiet", "main"]);
        repository.bless(4);
        repository.git(&["checkout", "--quiet", "change"]);
        repository.place.write("t.csv", &rows(5));
        repository.commit("2024-01-02T12:00:00Z");
        (repository, base)
    }
}

#[test]
fn a_change_is_compared_with_what_it_was_made_from() {
    let (repository, base) = Repository::branched("git:merge-base");
    let (rows, report) = compared_with(&repository.place, &[]);
    assert_eq!(rows, 3);
    let file = &report["provenance"]["baseline"]["files"][0]["path"];
    assert_eq!(*file, format!("git:merge-base:.mlgate/baseline.json (commit {})", &base[..12]));
    // A rebase changes the merge base.
    repository.git(&["rebase", "--quiet", "-X", "theirs", "main"]);
    assert_eq!(compared_with(&repository.place, &[]).0, 4);
}

#[test]
fn a_baseline_that_the_change_deletes_or_renews_does_not_matter() {
    let (repository, _) = Repository::branched("git:merge-base");
    repository.bless(5);
    assert_eq!(compared_with(&repository.place, &[]).0, 3);
    repository.git(&["rm", "--quiet", "-r", ".mlgate"]);
    repository.commit("2024-01-03T12:00:00Z");
    assert_eq!(compared_with(&repository.place, &[]).0, 3);
    // As a file, the baseline is missing.
    repository.place.write("mlgate.yml", &config(".mlgate/baseline.json"));
    assert!(complaint(&repository.place, &[]).starts_with("there is no baseline at"));
}

#[test]
fn any_commit_can_be_named() {
    let (repository, base) = Repository::branched("git:merge-base");
    repository.git(&["tag", "v1.0", "main"]);
    for (reference, rows) in [("main", 4), ("v1.0", 4), ("main~1", 3), ("refs/heads/main", 4), (base.as_str(), 3)] {
        repository.place.write("mlgate.yml", &config(&format!("'git:{reference}:.mlgate/baseline.json'")));
        assert_eq!(compared_with(&repository.place, &[]).0, rows, "{reference}");
    }
    for (reference, why) in [
        ("nowhere", "`git:nowhere:.mlgate/baseline.json`: there is no commit `nowhere`"),
        ("main:lost.json", "has no file `lost.json`"),
    ] {
        repository.place.write("mlgate.yml", &config(&format!("'git:{reference}'")));
        let said = complaint(&repository.place, &[]);
        assert!(said.contains(why), "{said}");
    }
    repository.place.write("mlgate.yml", &config("'git:main:.mlgate'"));
    assert!(complaint(&repository.place, &[]).contains("`.mlgate` is a tree in commit"));
}

#[test]
fn the_ci_says_which_branch_the_change_goes_to() {
    let (repository, _) = Repository::branched("git:merge-base");
    repository.git(&["branch", "release", "main"]);
    // The target is a branch from which the change does not come.
    repository.git(&["checkout", "--quiet", "-b", "later", "release"]);
    assert_eq!(compared_with(&repository.place, &[]).0, 4);
    for name in ["GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CHANGE_TARGET"] {
        assert_eq!(compared_with(&repository.place, &[(name, "change")]).0, 3, "{name}");
    }
    assert_eq!(compared_with(&repository.place, &[("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/change")]).0, 3);
    let said = complaint(&repository.place, &[("GITHUB_BASE_REF", "--output=x")]);
    assert!(said.contains("this clone does not hold the branch `--output=x` that the change goes to"), "{said}");
}

#[test]
fn a_config_in_a_folder_has_its_baseline_there() {
    let repository = Repository::new();
    let inner = repository.place.path().join("models/income");
    for (name, text) in [("mlgate.yml", config("git:merge-base")), ("t.csv", rows(3))] {
        repository.place.write(&format!("models/income/{name}"), &text);
    }
    assert_eq!(run_with(&inner, &["bless"], &[]).code, 0);
    repository.commit("2024-01-01T12:00:00Z");
    for folder in [inner.as_path(), repository.place.path()] {
        let config = if folder == inner { "mlgate.yml" } else { "models/income/mlgate.yml" };
        let answer = run_with(folder, &["run", "--config", config, "--format", "json"], &[]);
        assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    }
}

/// Returns a clone of the repository of `branched`, with the server's `main`.
fn clone(of: &Repository, options: &[&str]) -> (Workplace, PathBuf) {
    of.git(&["checkout", "--quiet", "main"]);
    let parent = Workplace::new();
    let url = format!("file://{}", of.place.path().display());
    let arguments = [&["clone", "--quiet", "--branch", "change"], options, &[&url, "clone"]].concat();
    git(parent.path(), &arguments);
    let path = parent.path().join("clone");
    (parent, path)
}

fn message(folder: &Path) -> (i32, String) {
    let answer = run_with(folder, &["run", "--format", "json"], &[]);
    let report: serde_json::Value =
        serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}", answer.stderr));
    (answer.code, gate(&report, "data.t.rows")["message"].as_str().unwrap().to_owned())
}

#[test]
fn a_shallow_clone_is_told_how_much_to_fetch() {
    let (repository, _) = Repository::branched("git:merge-base");
    let (_parent, path) = clone(&repository, &["--depth", "1"]);
    let (code, said) = message(&path);
    assert_eq!(code, 4);
    for needed in ["this clone is shallow", "`fetch-depth: 0` of actions/checkout", "`GIT_DEPTH: 0`"] {
        assert!(said.contains(needed), "{said}");
    }
    // With both branches shallow, there is still no common commit.
    git(&path, &["fetch", "--quiet", "--depth", "1", "origin", "main:refs/remotes/origin/main"]);
    let (code, said) = message(&path);
    assert_eq!(code, 4);
    assert!(said.contains("have no common ancestor; this clone is shallow"), "{said}");
    git(&path, &["fetch", "--quiet", "--unshallow"]);
    assert_eq!(message(&path).0, 0, "{}", message(&path).1);
}

#[test]
fn a_clone_without_its_blobs_fetches_none() {
    let (repository, _) = Repository::branched("git:merge-base");
    // Without this, the file of the merge base would equal that of the checkout.
    repository.bless(5);
    repository.git(&["config", "uploadpack.allowFilter", "true"]);
    let (_parent, path) = clone(&repository, &["--filter=blob:none"]);
    // The server is gone, so a fetch would fail.
    git(&path, &["remote", "set-url", "origin", "file:///nowhere"]);
    let (code, said) = message(&path);
    assert_eq!(code, 4);
    assert!(said.contains("this clone does not hold `.mlgate/baseline.json` of commit"), "{said}");
}

#[test]
fn without_a_repository_there_is_nothing_committed() {
    assert!(complaint(&change("git:merge-base"), &[]).contains("the config is not in a git repository"));
    let empty = Repository::new();
    empty.place.write("t.csv", &rows(3)).write("mlgate.yml", &config("git:merge-base"));
    assert!(complaint(&empty.place, &[]).contains("there is no commit yet"));
    assert!(complaint(&empty.place, &[("PATH", "/nowhere")]).contains("there is no `git` on this machine"));
}

#[cfg(unix)]
#[test]
fn nothing_of_the_repository_is_run() {
    use std::os::unix::fs::PermissionsExt as _;

    let (repository, _) = Repository::branched("git:merge-base");
    let trap = repository.place.path().join(".git/trap");
    let sprung = repository.place.path().join(".git/sprung");
    fs::write(&trap, format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\ncat\n", sprung.display())).unwrap();
    fs::set_permissions(&trap, fs::Permissions::from_mode(0o755)).unwrap();
    let trap = trap.display().to_string();
    for hook in ["post-index-change", "reference-transaction", "post-checkout"] {
        fs::create_dir_all(repository.place.path().join(".git/hooks")).unwrap();
        fs::copy(&trap, repository.place.path().join(".git/hooks").join(hook)).unwrap();
    }
    for key in
        ["diff.evil.textconv", "diff.evil.command", "core.fsmonitor", "core.pager", "core.sshCommand", "diff.external"]
    {
        repository.git(&["config", key, &trap]);
    }
    // A smudge filter runs at a checkout; nothing is checked out.
    repository.git(&["config", "filter.evil.smudge", &trap]);
    repository.place.write(".git/info/attributes", "* diff=evil filter=evil\n");
    let environment = [
        ("GIT_EXTERNAL_DIFF", trap.as_str()),
        ("GIT_PAGER", &trap),
        ("GIT_SSH_COMMAND", &trap),
        ("GIT_ASKPASS", &trap),
        ("GIT_EDITOR", &trap),
        // Variables that direct git to another repository.
        ("GIT_DIR", "/nowhere"),
        ("GIT_OBJECT_DIRECTORY", "/nowhere"),
    ];
    assert_eq!(compared_with(&repository.place, &environment).0, 3);
    assert_eq!(fs::read_to_string(&sprung).unwrap_or_default(), "");
}

//! The commit that a report names, and what of it was changed.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::git;
use crate::support::{Workplace, run_with};

/// Returns a repository whose config, with checks of its own, lies in a folder.
fn project() -> Workplace {
    let place = Workplace::new();
    git(place.path(), &["init", "--quiet", "--initial-branch=main"]);
    let page = "---\nid: own\nfamily: dataset\nsummary: Rows\n";
    place
        .write("m/rows.csv", "a\n1\n2\n")
        .write("m/mlgate.yml", "version: 1\ndata:\n  t: {path: rows.csv, rows: \">= 1\"}\n")
        .write("m/notes.md", page)
        .write("other/x", "x");
    git(place.path(), &["add", "--all"]);
    git(place.path(), &["commit", "--quiet", "--message=x"]);
    place
}

/// Returns the report's candidate, and its two pages.
fn candidate(folder: &Path, config: &str, more: &[(&str, &str)]) -> (Value, [String; 2]) {
    let run = |format: &str| run_with(folder, &["run", "--config", config, "--format", format], more).stdout;
    let report: Value = serde_json::from_str(&run("json")).unwrap();
    (report["provenance"]["candidate"].clone(), [run("text"), run("markdown")])
}

fn is_told(folder: &Path, config: &str, what: &str) {
    let (candidate, pages) = candidate(folder, config, &[]);
    assert_eq!(candidate["uncommitted_changes"], true, "{what}: {candidate:#}");
    for page in pages.iter().chain([&candidate.to_string()]) {
        assert!(page.contains("with uncommitted changes"), "{what}: {page}");
    }
}

/// A file that git does not look at, and that nobody changed, or that a sparse checkout left out, is no change.
#[test]
fn a_file_that_is_hidden_and_unchanged_is_no_change() {
    let place = project();
    git(place.path(), &["update-index", "--assume-unchanged", "m/rows.csv"]);
    git(place.path(), &["update-index", "--skip-worktree", "other/x"]);
    fs::remove_file(place.path().join("other/x")).unwrap();
    let (candidate, _) = candidate(&place.path().join("m"), "mlgate.yml", &[]);
    assert!(candidate["git"].is_string() && candidate.get("uncommitted_changes").is_none(), "{candidate:#}");
}

/// Never passes: a changed tree that is reported as its commit.
#[test]
fn a_changed_tree_is_not_reported_as_its_commit() {
    let clean = project();
    let (candidate, pages) = candidate(&clean.path().join("m"), "mlgate.yml", &[]);
    assert!(candidate["git"].is_string() && candidate.get("uncommitted_changes").is_none(), "{candidate:#}");
    assert!(pages.iter().all(|page| !page.contains("uncommitted")));
    clean.write("m/untracked.csv", "a\n");
    assert!(!self::candidate(&clean.path().join("m"), "mlgate.yml", &[]).1[0].contains("uncommitted"));
    type Change = fn(&Workplace);
    let changes: [(&str, Change); 8] = [
        ("modified", |place| _ = place.write("m/rows.csv", "a\n1\n")),
        ("config", |place| _ = place.write("m/mlgate.yml", "version: 1\ndata: {t: {path: rows.csv, rows: 2}}\n")),
        ("staged", |place| {
            place.write("m/rows.csv", "a\n1\n");
            git(place.path(), &["add", "m/rows.csv"]);
        }),
        ("added", |place| {
            place.write("m/new.csv", "a\n1\n");
            git(place.path(), &["add", "m/new.csv"]);
        }),
        ("hidden by assume-unchanged", |place| {
            git(place.path(), &["update-index", "--assume-unchanged", "m/rows.csv"]);
            place.write("m/rows.csv", "a\n1\n");
        }),
        ("hidden by skip-worktree", |place| {
            git(place.path(), &["update-index", "--skip-worktree", "m/rows.csv"]);
            place.write("m/rows.csv", "a\n3\n4\n");
        }),
        ("deleted", |place| fs::remove_file(place.path().join("other/x")).unwrap()),
        ("config that is not tracked", |place| {
            git(place.path(), &["rm", "--quiet", "--cached", "m/mlgate.yml"]);
            git(place.path(), &["commit", "--quiet", "--message=y"]);
        }),
    ];
    for (what, change) in changes {
        let place = project();
        change(&place);
        is_told(&place.path().join("m"), "mlgate.yml", what);
        is_told(place.path(), "m/mlgate.yml", what);
        is_told(&place.path().join("other"), "../m/mlgate.yml", what);
    }
}

#[test]
fn a_folder_of_somebody_else_does_not_lose_its_commit_silently() {
    let place = project();
    // Only root may give a folder away.
    if std::os::unix::fs::chown(place.path(), Some(54_321), None).is_err() {
        return;
    }
    std::os::unix::fs::chown(place.path().join(".git"), Some(54_321), None).unwrap();
    let (candidate, pages) = candidate(&place.path().join("m"), "mlgate.yml", &[]);
    assert!(candidate["git"].is_null(), "{candidate:#}");
    for page in pages.iter().chain([&candidate.to_string()]) {
        assert!(page.contains("safe.directory"), "{page}");
    }
    assert_eq!(run_with(&place.path().join("m"), &["run", "--warn-exit-code"], &[]).code, 0, "it is no warning");
}

#[test]
fn a_merge_commit_names_what_it_merges() {
    let place = project();
    git(place.path(), &["checkout", "--quiet", "-b", "topic"]);
    git(place.path(), &["commit", "--quiet", "--allow-empty", "--message=head"]);
    let head = git(place.path(), &["rev-parse", "HEAD"]);
    git(place.path(), &["checkout", "--quiet", "main"]);
    git(place.path(), &["commit", "--quiet", "--allow-empty", "--message=main"]);
    let base = git(place.path(), &["rev-parse", "HEAD"]);
    git(place.path(), &["merge", "--quiet", "--no-ff", "--message=m", "topic"]);
    // A shallow clone, as in a job, has the merge alone.
    let clone = Workplace::new();
    let url = format!("file://{}", place.path().display());
    git(clone.path(), &["clone", "--quiet", "--depth", "1", &url, "clone"]);
    for folder in [place.path().join("m"), clone.path().join("clone/m")] {
        let (candidate, pages) = candidate(&folder, "mlgate.yml", &[]);
        assert_eq!(candidate["merges"], serde_json::json!([base, head]));
        assert!(
            pages[1].contains(&format!("commit, the merge of `{}` and `{}`", &base[..10], &head[..10])),
            "{}",
            pages[1]
        );
    }
}

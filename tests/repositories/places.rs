//! A change that keeps git from finding main's baseline does not thereby select another place.

use std::fs;
use std::path::Path;

use super::{GATE, Project, config, fails_by_main, git, refused, report};

const BOTH: &str = "{from: [git:merge-base, .mlgate/baseline.json]}";

/// Returns a change that breaks the data and blesses them, in a project that searches two places.
fn change(baseline: &'static str) -> Project {
    let project = Project::new("ml", baseline);
    project.bless();
    project.commit();
    project
}

/// Never passes: a shallow clone, or one without the target branch, where the baseline is main's (exit code 4).
#[test]
fn a_clone_that_holds_too_little_is_refused_and_told_what_to_fetch() {
    let project = change(BOTH);
    fails_by_main(&project.clone(&[]).join("ml"), &[]);
    let shallow = project.clone(&["--depth", "1"]);
    let said = refused(&shallow.join("ml"), &[]);
    assert!(said.contains("`fetch-depth: 0` of actions/checkout"), "{said}");
    git(&shallow, &["fetch", "--quiet", "--depth", "1", "origin", "main:refs/remotes/origin/main"]);
    let said = refused(&shallow.join("ml"), &[]);
    assert!(said.contains("no common ancestor; this clone is shallow"), "{said}");
    let single = project.clone(&["--single-branch"]);
    let said = refused(&single.join("ml"), &[]);
    assert!(said.contains("does not hold the branch `main`") && said.contains("git fetch origin"), "{said}");
    let said = refused(&single.join("ml"), &[("GITHUB_BASE_REF", "release")]);
    assert!(said.contains("does not hold the branch `release`"), "{said}");
    for name in ["main", "v1.0"] {
        let from = format!("{{from: ['git:{name}', .mlgate/baseline.json]}}");
        for clone in [&single, &shallow] {
            fs::write(clone.join("ml/mlgate.yml"), config(&from)).unwrap();
            git(clone, &["for-each-ref"]);
        }
        let said = refused(&single.join("ml"), &[]);
        assert!(said.contains(&format!("there is no commit `{name}`")), "{said}");
    }
}

/// Never passes: a config's folder that was moved, so that main has no baseline at its path (exit code 4).
#[test]
fn a_folder_that_was_moved_is_refused() {
    let project = change(BOTH);
    git(&project.origin(), &["mv", "ml", "moved"]);
    project.commit();
    let said = refused(&project.clone(&[]).join("moved"), &[]);
    assert!(said.contains("has no file `moved/.mlgate/baseline.json`"), "{said}");
    assert!(said.contains("a change could cause that"), "{said}");
}

/// Never passes: an orphan branch, and a branch without commits (exit code 4).
#[test]
fn an_orphan_and_a_branch_without_commits_are_refused() {
    let project = change(BOTH);
    git(&project.origin(), &["checkout", "--quiet", "--orphan", "orphan"]);
    let said = refused(&project.config(), &[]);
    assert!(said.contains("there is no commit yet"), "{said}");
    project.commit();
    let said = refused(&project.config(), &[]);
    assert!(said.contains("have no common ancestor"), "{said}");
}

/// Never passes: files without a repository, where the baseline is main's (exit code 4).
#[test]
fn files_without_a_repository_are_refused() {
    let project = change(BOTH);
    fs::remove_dir_all(project.origin().join(".git")).unwrap();
    let said = refused(&project.config(), &[]);
    assert!(said.contains("is not in a git repository"), "{said}");
    let said = refused(&change(BOTH).config(), &[("PATH", "/nowhere")]);
    assert!(said.contains("there is no `git` on this machine"), "{said}");
}

/// Asserts that the verdict is `warn` and that the note names the skipped place.
fn goes_on_with_a_warning(folder: &Path) {
    let (code, report) = report(folder, &[]);
    assert_eq!((code, report["verdict"].as_str()), (0, Some("warn")), "{:#}", report["notes"]);
    let note = &report["notes"][0];
    assert_eq!((note["id"].as_str(), note["effect"].as_str()), (Some("baseline.fallback"), Some("warns")));
    assert!(note["message"].as_str().unwrap().starts_with("compared with `.mlgate/baseline.json`"), "{note:#}");
    let markdown = super::job(folder, &["run", "--format", "markdown"], &[]).stdout;
    assert_eq!(markdown.matches("no earlier place has a baseline").count(), 1, "{markdown}");
    assert_eq!(super::job(folder, &["run", "--quiet", "--warn-exit-code"], &[]).code, 3);
}

#[test]
fn a_place_that_may_be_absent_is_passed_over_with_a_warning() {
    let project = change("{from: [{place: git:merge-base, required: false}, .mlgate/baseline.json]}");
    fails_by_main(&project.clone(&[]).join("ml"), &[]);
    git(&project.origin(), &["mv", "ml", "moved"]);
    project.commit();
    goes_on_with_a_warning(&project.clone(&[]).join("moved"));
    // A clone that lacks commits is refused in any case.
    assert!(refused(&project.clone(&["--depth", "1"]).join("moved"), &[]).contains("shallow"));
}

/// Never passes: a place of the baseline that is passed over in silence: it is a warning.
#[test]
fn a_file_that_is_not_there_is_passed_over_with_a_warning() {
    let project = change("{from: [first.json, .mlgate/baseline.json]}");
    goes_on_with_a_warning(&project.config());
    // If the next place is git's, main's own baseline is used.
    let project = change("{from: [first.json, git:merge-base]}");
    fails_by_main(&project.clone(&[]).join("ml"), &[]);
}

#[test]
fn the_first_place_decides() {
    let project = change("{from: [.mlgate/baseline.json, git:merge-base]}");
    let (code, report) = report(&project.config(), &[]);
    assert_eq!((code, report["notes"].is_null()), (0, true), "{:#}", report["notes"]);
    let changes = report["guard"]["changes"].as_array().unwrap();
    assert!(changes.iter().all(|change| change["gate"] == "baseline.renewed"), "{changes:#?}");
    assert_eq!(crate::support::gate(&report, GATE)["baseline"]["value"], 1.0);
}

/// `required: false` is for a baseline that does not exist yet, and not for a clone that lacks commits.
#[test]
fn a_baseline_that_need_not_exist_is_missed_visibly() {
    let project = Project::new("ml", "{from: git:merge-base, required: false}");
    let said = refused(&project.clone(&["--depth", "1"]).join("ml"), &[]);
    assert!(said.contains("`fetch-depth: 0`"), "{said}");
    git(&project.origin(), &["mv", "ml", "moved"]);
    project.commit();
    let (code, report) = report(&project.clone(&[]).join("moved"), &[]);
    assert_eq!((code, report["verdict"].as_str()), (0, Some("warn")));
    assert_eq!(report["notes"][0]["id"], "baseline.none");
    // The change's own file does not become the next place.
    let project = change("{from: [git:merge-base, .mlgate/baseline.json], required: false}");
    git(&project.origin(), &["mv", "ml", "moved"]);
    project.commit();
    refused(&project.clone(&[]).join("moved"), &[]);
}

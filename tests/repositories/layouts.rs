//! Repositories in common layouts: each is discovered, and none through the environment.

use std::fs;
use std::path::Path;

use super::{Project, broken, config, copy, fails_by_main, git, honest, job};
use crate::support::Workplace;

#[test]
fn linked_work_trees_also_below_the_checkout() {
    let project = Project::new("ml", "git:merge-base");
    let origin = project.origin();
    let outside = project.place.path().join("outside");
    for path in [outside.as_path(), &origin.join("inside"), &origin.join("ml/inside")] {
        git(&origin, &["worktree", "add", "--quiet", "--detach", path.to_str().unwrap(), "pr"]);
        fails_by_main(&path.join("ml"), &[]);
        let answer = job(
            &path.join("ml"),
            &["bless", "--dry-run", "--despite", super::GATE, "--reason", "x", "--owner", "a"],
            &[],
        );
        assert_eq!(answer.code, 0, "{}", answer.stderr);
    }
}

#[test]
fn bare_stores_with_work_trees() {
    let project = Project::new("ml", "git:merge-base");
    for store in ["store.git", "project/.bare"] {
        let root = project.place.path();
        git(root, &["clone", "--quiet", "--bare", project.origin().to_str().unwrap(), store]);
        let tree = root.join(store).parent().unwrap().join("tree");
        if store == "project/.bare" {
            fs::write(root.join("project/.git"), "gitdir: ./.bare\n").unwrap();
        }
        git(&root.join(store), &["worktree", "add", "--quiet", "--detach", tree.to_str().unwrap(), "pr"]);
        fails_by_main(&tree.join("ml"), &[]);
    }
}

#[test]
fn a_repository_whose_git_lies_elsewhere() {
    let project = Project::new("ml", "git:merge-base");
    let store = project.place.path().join("elsewhere");
    git(&project.origin(), &["init", "--quiet", "--separate-git-dir", store.to_str().unwrap()]);
    assert!(project.origin().join(".git").is_file());
    fails_by_main(&project.config(), &[]);
}

#[test]
fn folders_that_happen_to_be_called_like_those_of_git() {
    let project = Project::new("ml", "git:merge-base");
    for name in ["objects/a.txt", "refs/b.txt", "config", "hooks/pre-commit", "info/attributes"] {
        project.write(name, "text\n");
    }
    project.commit();
    fails_by_main(&project.clone(&[]).join("ml"), &[]);
}

#[test]
fn variables_of_a_hook_do_not_matter() {
    let project = Project::new("ml", "git:merge-base");
    let other = Workplace::new();
    git(other.path(), &["init", "--quiet"]);
    let elsewhere = other.path().join(".git").display().to_string();
    let more = [
        ("GIT_DIR", elsewhere.as_str()),
        ("GIT_INDEX_FILE", "/nowhere/index"),
        ("GIT_WORK_TREE", "/nowhere"),
        ("GIT_COMMON_DIR", &elsewhere),
        ("GIT_PREFIX", "ml/"),
        ("GIT_CEILING_DIRECTORIES", "/"),
        ("GIT_ATTR_SOURCE", "HEAD"),
        ("GIT_NAMESPACE", "x"),
    ];
    fails_by_main(&project.config(), &more);
}

#[test]
fn a_folder_named_by_a_link_or_by_another_way() {
    let project = Project::new("ml", "git:merge-base");
    let root = project.place.path();
    std::os::unix::fs::symlink("origin", root.join("link")).unwrap();
    for path in ["link/ml/mlgate.yml", "origin/ml/../ml/mlgate.yml"] {
        let answer = job(root, &["run", "--quiet", "--config", path], &[]);
        assert_eq!(answer.code, 1, "{path}: {}{}", answer.stdout, answer.stderr);
    }
}

#[test]
fn data_in_a_submodule() {
    let data = Workplace::new();
    git(data.path(), &["init", "--quiet", "--initial-branch=main"]);
    data.write("d.csv", &honest());
    git(data.path(), &["add", "--all"]);
    git(data.path(), &["commit", "--quiet", "--message=x"]);
    let project = Workplace::new();
    git(project.path(), &["init", "--quiet", "--initial-branch=main"]);
    git(project.path(), &["submodule", "--quiet", "add", data.path().to_str().unwrap(), "data"]);
    let text = |baseline: &str| config(baseline).replace("path: d.csv", "path: data/d.csv");
    project.write("mlgate.yml", &text(".mlgate/baseline.json"));
    assert_eq!(project.run(&["bless"]).code, 0);
    project.write("mlgate.yml", &text("git:merge-base"));
    git(project.path(), &["add", "--all"]);
    git(project.path(), &["commit", "--quiet", "--message=x"]);
    assert_eq!(project.run(&["run", "--quiet"]).code, 0);
    project.write("data/d.csv", &broken());
    fails_by_main(project.path(), &[]);
}

/// A program `git` in the job's working directory is not used.
#[test]
fn git_is_not_looked_for_in_the_working_directory() {
    let project = Project::new("ml", "git:merge-base");
    let trap = super::Trap::new();
    copy(Path::new(&trap.program()), &project.config().join("git"));
    let path = format!(".::{}", std::env::var("PATH").unwrap());
    fails_by_main(&project.config(), &[("PATH", &path)]);
    trap.was_not_run();
}

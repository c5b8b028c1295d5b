//! The meaning of `git:NAME` if several references have the name.

use std::fs;

use super::{Project, config, fails_by_main, git, job};

/// Returns a project whose change blesses broken data, and adds tags with the names of the project's branches.
fn tagged(names: &[&str]) -> Project {
    let project = Project::new("ml", "git:main");
    git(&project.origin(), &["branch", "release/1.0", "main"]);
    project.bless();
    project.commit();
    for name in names {
        git(&project.origin(), &["tag", name]);
    }
    project
}

/// Never passes: a tag that has the name of the target branch: the branch is meant.
#[test]
fn a_branch_goes_before_a_tag() {
    let project = tagged(&["main", "release/1.0", "origin/main", "origin/release/1.0"]);
    let folder = project.config();
    for name in ["main", "release/1.0"] {
        fs::write(folder.join("mlgate.yml"), config(&format!("git:{name}"))).unwrap();
        fails_by_main(&folder, &[]);
    }
    let diff = job(&folder, &["diff", "main", "git:merge-base"], &[]);
    assert!(diff.stdout.contains("nothing that is stored is different"), "{}{}", diff.stdout, diff.stderr);
    // The checkout of a job has the server's branches only.
    let clone = project.clone(&[]);
    git(&clone, &["checkout", "--quiet", "--detach"]);
    for name in ["main", "origin/main", "release/1.0", "origin/release/1.0", "main~0", "main:.mlgate/baseline.json"] {
        fs::write(clone.join("ml/mlgate.yml"), config(&format!("'git:{name}'"))).unwrap();
        fails_by_main(&clone.join("ml"), &[]);
        let answer = job(&clone.join("ml"), &["run", "--quiet", "--baseline", &format!("git:{name}")], &[]);
        assert_eq!(answer.code, 1, "{name}");
    }
}

#[test]
fn tags_ids_and_revisions_are_understood() {
    let project = tagged(&["v1.0"]);
    let folder = project.config();
    let main = git(&project.origin(), &["rev-parse", "main"]);
    git(&project.origin(), &["tag", "--annotate", "--message=x", "v0.9", "main"]);
    // A branch whose name is an id is not used.
    git(&project.origin(), &["update-ref", &format!("refs/heads/{main}"), "pr"]);
    for (name, code) in [
        ("v1.0", 0),
        ("v0.9", 1),
        ("v0.9^0", 1),
        ("refs/tags/v0.9", 1),
        ("refs/heads/main", 1),
        ("heads/main", 1),
        ("HEAD", 0),
        ("HEAD~1", 1),
        ("pr~2", 1),
        (&main, 1),
        (&main[..12], 1),
    ] {
        fs::write(folder.join("mlgate.yml"), config(&format!("git:{name}"))).unwrap();
        let answer = job(&folder, &["run", "--quiet"], &[]);
        assert_eq!(answer.code, code, "{name}: {}{}", answer.stdout, answer.stderr);
    }
}

//! The commits that are judged: of new and old branches, of tags, of several references at once.

use std::fs;

use super::{BAD, CONFIG, GOOD, Project, is_empty};

#[test]
fn a_bad_commit_stays_and_a_good_one_leaves() {
    let project = Project::new();
    project.write("d.csv", BAD).commit();
    let said = project.is_blocked(&["origin", "main"]);
    assert!(said.contains("(main) by mlgate.yml") && said.contains("d.age.nulls"), "{said}");
    project.write("d.csv", &format!("{GOOD}3,50\n")).commit();
    let said = project.arrives(&["origin", "main"]);
    assert!(said.contains("PASS"), "{said}");
}

#[test]
fn the_commit_is_judged_and_not_the_working_tree() {
    let project = Project::new();
    project.write("d.csv", BAD).commit().write("d.csv", GOOD);
    project.is_blocked(&["origin", "main"]);
    project.write("d.csv", &format!("{GOOD}3,50\n")).commit().write("d.csv", BAD).write("mlgate.yml", "broken");
    project.arrives(&["origin", "main"]);
    // Another branch than the checked-out one is pushed.
    project.git(&["stash", "--quiet"]);
    project.git(&["checkout", "--quiet", "-b", "bad"]);
    project.write("d.csv", BAD).commit();
    project.git(&["checkout", "--quiet", "main"]);
    project.is_blocked(&["origin", "bad"]);
}

#[test]
fn a_push_that_touches_nothing_of_the_config_is_silent() {
    let project = Project::new();
    project.write("README", "x").commit();
    project.arrives_silently(&["origin", "main"]);
    project.git(&["checkout", "--quiet", "-b", "docs"]);
    project.write("README", "y").commit();
    project.arrives_silently(&["origin", "docs"]);
    // The data of the remote are bad already, and this push does not touch them.
    project.write("d.csv", BAD).commit();
    project.arrives(&["--no-verify", "origin", "docs"]);
    project.write("README", "z").commit();
    project.arrives_silently(&["origin", "docs"]);
    // Commits that the remote has need no second look.
    project.arrives_silently(&["origin", "docs:refs/heads/same"]);
    project.arrives_silently(&["origin", "--delete", "same"]);
}

#[test]
fn no_config_is_no_block() {
    let project = Project::new();
    project.git(&["rm", "--quiet", "mlgate.yml"]);
    project.write("d.csv", BAD).commit();
    project.arrives_silently(&["origin", "main"]);
}

#[test]
fn a_broken_config_is_shown_and_blocks() {
    let project = Project::new();
    project.write("mlgate.yml", &CONFIG.replace("nulls", "nuls")).commit();
    let said = project.is_blocked(&["origin", "main"]);
    assert!(said.contains("did you mean `nulls`?"), "{said}");
    project.write("mlgate.yml", "version: 1\ndata: [").commit();
    project.is_blocked(&["origin", "main"]);
    project.write("mlgate.yml", CONFIG).write("d.csv", "").commit();
    project.is_blocked(&["origin", "main"]);
}

#[test]
fn each_reference_of_a_push_counts() {
    let project = Project::new();
    project.git(&["checkout", "--quiet", "-b", "good"]);
    project.write("d.csv", &format!("{GOOD}3,1\n")).commit();
    project.git(&["checkout", "--quiet", "-b", "bad"]);
    project.write("d.csv", BAD).commit();
    for arguments in [&["origin", "good", "bad"][..], &["--all", "origin"], &["--mirror", "origin"]] {
        let said = project.is_blocked(arguments);
        assert!(said.contains("(bad)"), "{said}");
    }
    project.git(&["config", "push.default", "current"]);
    project.is_blocked(&["origin"]);
    project.git(&["branch", "--quiet", "-D", "main"]);
    project.git(&["checkout", "--quiet", "good"]);
    project.git(&["branch", "--quiet", "-D", "bad"]);
    let said = project.arrives(&["origin", "good", "HEAD:refs/heads/again", ":main"]);
    assert_eq!(said.matches("judging").count(), 1, "{said}");
    assert!(said.contains("(good, again)"), "{said}");
}

#[test]
fn tags_are_judged_unless_a_branch_has_their_commits() {
    let project = Project::new();
    project.git(&["tag", "old"]);
    project.arrives_silently(&["origin", "old"]);
    project.write("d.csv", BAD).commit();
    project.git(&["tag", "--annotate", "--message=x", "v1"]);
    project.is_blocked(&["origin", "v1"]);
    project.is_blocked(&["--tags", "origin"]);
    project.write("d.csv", &format!("{GOOD}3,1\n")).commit();
    let said = project.arrives(&["--follow-tags", "origin", "main"]);
    assert_eq!(said.matches("judging").count(), 1, "{said}");
    // A tag of a file has no config.
    project.git(&["tag", "file", "HEAD:d.csv"]);
    project.arrives_silently(&["origin", "file"]);
}

#[test]
fn a_forced_push_is_judged() {
    let project = Project::new();
    project.write("d.csv", &format!("{GOOD}3,1\n")).commit();
    project.arrives(&["origin", "main"]);
    project.write("d.csv", BAD);
    project.git(&["commit", "--quiet", "--all", "--amend", "--message=y"]);
    project.is_blocked(&["--force", "origin", "main"]);
    project.write("d.csv", &format!("{GOOD}4,1\n"));
    project.git(&["commit", "--quiet", "--all", "--amend", "--message=y"]);
    project.arrives(&["--force-with-lease", "origin", "main"]);
}

#[test]
fn a_first_push_and_an_address_are_judged() {
    let project = Project::new();
    project.write("d.csv", BAD).commit();
    let other = project.place.path().join("other.git");
    project.git_in(project.place.path(), &["init", "--quiet", "--bare", "other.git"]);
    let address = format!("file://{}", other.display());
    let answer = project.push(&[&address, "main"]);
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    project.git(&["remote", "add", "other", &address]);
    assert_eq!(project.push(&["--set-upstream", "other", "main"]).code, 1);
    project.write("d.csv", GOOD).commit();
    assert_eq!(project.push(&["--set-upstream", "other", "main"]).code, 0);
}

#[test]
fn a_change_is_compared_with_the_remote_as_it_was() {
    let config = "version: 1\nbaseline: git:merge-base\ndata:\n  d: {path: d.csv, columns: {age: {mean: \">= baseline - 1%\"}}}\n";
    for remote in ["origin", "upstream"] {
        let project = Project::without_hook();
        project.git(&["config", "--rename-section", "remote.origin", "remote.x"]);
        project.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
        project.git(&["remote", "add", remote, "../../remote.git"]);
        project.write("mlgate.yml", config);
        assert_eq!(project.mlgate(&["bless", "--quiet"]).code, 0);
        project.commit();
        project.git(&["push", "--quiet", remote, "main"]);
        assert_eq!(project.mlgate(&["hook", "install"]).code, 0);
        // On main itself, the branch before the push is the other side.
        project.write("d.csv", "id,age\n1,3\n2,4\n").commit();
        let said = project.is_blocked(&[remote, "main"]);
        assert!(said.contains("35"), "{said}");
        let said = project.is_blocked(&[remote, "main:refs/heads/new"]);
        assert!(said.contains("35"), "{said}");
    }
}

#[test]
fn nothing_of_the_temporary_folder_is_left() {
    let project = Project::new();
    let temporary = project.place.path().join("temporary");
    fs::create_dir(&temporary).unwrap();
    let before = project.git(&["status", "--porcelain", "--ignored"]);
    for (data, code) in [(BAD, 1), (GOOD, 0)] {
        project.write("d.csv", data).write("x", data).commit();
        let mut push = project.command("git".as_ref(), &project.top());
        let output = push.env("TMPDIR", &temporary).args(["push", "origin", "main"]).output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert!(is_empty(&temporary));
    }
    assert_eq!(project.git(&["status", "--porcelain", "--ignored"]), before);
    assert!(!project.top().join(".git/worktrees").exists());
}

#[test]
fn pre_commit_names_the_commits_in_its_variables() {
    let project = Project::new();
    project.write("d.csv", BAD).commit();
    let judged = |variables: &[(&str, &str)]| {
        let mut run = project.command(env!("CARGO_BIN_EXE_mlgate").as_ref(), &project.top());
        run.args(["hook", "run"]).envs(variables.iter().copied()).stdin(std::process::Stdio::null());
        run.output().unwrap().status.code()
    };
    let push = ("PRE_COMMIT_REMOTE_NAME", "origin");
    assert_eq!(judged(&[push, ("PRE_COMMIT_FROM_REF", "HEAD~1"), ("PRE_COMMIT_TO_REF", "HEAD")]), Some(1));
    assert_eq!(judged(&[push, ("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/main")]), Some(1));
    project.write("README", "x").commit();
    assert_eq!(judged(&[push, ("PRE_COMMIT_FROM_REF", "HEAD~1"), ("PRE_COMMIT_TO_REF", "HEAD")]), Some(0));
}

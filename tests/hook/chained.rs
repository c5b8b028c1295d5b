//! The hook beside others: an earlier one, `core.hooksPath`, husky, work trees, submodules.

use std::fs;

use super::{BAD, GOOD, Project, script};

/// A hook that writes down its arguments and its input.
const WITNESS: &str = "#!/bin/sh\n{ echo \"$1\"; cat; } > ../../witness\n";

#[test]
fn an_earlier_hook_runs_afterwards_and_comes_back() {
    let project = Project::without_hook();
    script(&project.hook(), WITNESS);
    let witness = project.place.path().join("witness");
    let answer = project.mlgate(&["hook", "install"]);
    assert!(answer.stdout.contains("runs after mlgate's"), "{}", answer.stdout);
    // A second installation keeps the first hook, too.
    assert_eq!(project.mlgate(&["hook", "install"]).code, 0);
    project.write("d.csv", BAD).commit();
    project.is_blocked(&["origin", "main"]);
    assert!(!witness.exists());
    project.write("d.csv", &format!("{GOOD}3,1\n")).commit();
    let head = project.git(&["rev-parse", "HEAD"]);
    project.arrives(&["origin", "main"]);
    let seen = fs::read_to_string(&witness).unwrap();
    assert!(seen.starts_with("origin\nrefs/heads/main ") && seen.contains(head.trim()), "{seen}");
    // A hook that refuses still refuses.
    script(&project.hook().with_file_name("pre-push.before-mlgate"), "#!/bin/sh\nexit 7\n");
    project.write("README", "x").commit();
    assert_eq!(project.push(&["origin", "main"]).code, 1);
    script(&project.hook().with_file_name("pre-push.before-mlgate"), WITNESS);
    let status = project.mlgate(&["hook", "status"]);
    assert!(status.code == 0 && status.stdout.contains("before runs afterwards"), "{}", status.stdout);
    assert_eq!(project.mlgate(&["hook", "uninstall"]).code, 0);
    assert_eq!(fs::read_to_string(project.hook()).unwrap(), WITNESS);
    assert_eq!(project.mlgate(&["hook", "status"]).code, 1);
    let again = project.mlgate(&["hook", "uninstall"]);
    assert!(again.code == 0 && again.stdout.contains("no hook of mlgate's"), "{}", again.stdout);
}

#[test]
fn without_another_hook_nothing_is_left() {
    let project = Project::new();
    assert_eq!(project.mlgate(&["hook", "uninstall"]).code, 0);
    assert!(!project.hook().exists());
    project.write("d.csv", BAD).commit();
    project.arrives_silently(&["origin", "main"]);
}

#[test]
fn a_project_s_own_folder_of_hooks_gets_lines() {
    for (setting, file, there) in [
        (".githooks", ".githooks/pre-push", None),
        (".githooks", ".githooks/pre-push", Some(WITNESS)),
        (".husky/_", ".husky/pre-push", Some("{ echo \"$1\"; cat; } > ../../witness\n")),
    ] {
        let project = Project::without_hook();
        project.git(&["config", "core.hooksPath", setting]);
        let path = project.top().join(file);
        if let Some(text) = there {
            script(&path, text);
        }
        // husky's generated scripts start those of the project.
        script(&project.top().join(".husky/_/pre-push"), "#!/bin/sh\nsh -e \"$(dirname \"$0\")/../pre-push\" \"$@\"\n");
        let answer = project.mlgate(&["hook", "install"]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        assert!(answer.stdout.contains("commit it"), "{}", answer.stdout);
        assert!(!fs::read_to_string(&path).unwrap().contains(env!("CARGO_BIN_EXE_mlgate")));
        project.write("d.csv", BAD).commit();
        project.is_blocked(&["origin", "main"]);
        project.write("d.csv", &format!("{GOOD}3,1\n")).commit();
        project.arrives(&["origin", "main"]);
        if there.is_some() {
            let seen = fs::read_to_string(project.place.path().join("witness")).unwrap();
            assert!(seen.starts_with("origin\nrefs/heads/main "), "{seen}");
        }
        assert_eq!(project.mlgate(&["hook", "uninstall"]).code, 0);
        assert_eq!(fs::read_to_string(&path).ok().as_deref(), there);
    }
}

#[test]
fn a_folder_of_hooks_for_all_repositories_is_asked_for() {
    let project = Project::without_hook();
    let hooks = project.place.path().join("hooks");
    project.git(&["config", "--global", "core.hooksPath", hooks.to_str().unwrap()]);
    let answer = project.mlgate(&["hook", "install"]);
    assert_eq!(answer.code, 2, "{}", answer.stdout);
    assert!(answer.stderr.contains("--shared") && answer.stderr.contains("core.hooksPath"), "{}", answer.stderr);
    assert!(!hooks.exists());
    assert_eq!(project.mlgate(&["hook", "install", "--shared"]).code, 0);
    project.write("d.csv", BAD).commit();
    project.is_blocked(&["origin", "main"]);
    assert_eq!(project.mlgate(&["hook", "uninstall", "--shared"]).code, 0);
    project.arrives_silently(&["origin", "main"]);
}

#[test]
fn a_program_that_is_gone_blocks_and_says_so() {
    let project = Project::new();
    let text = fs::read_to_string(project.hook()).unwrap();
    let gone = text.lines().map(|line| if line.starts_with("mlgate=") { "mlgate='/gone/mlgate'" } else { line });
    script(&project.hook(), &gone.map(|line| format!("{line}\n")).collect::<String>());
    project.write("README", "x").commit();
    let mut push = project.command("git".as_ref(), &project.top());
    let output = push.env("PATH", std::env::var_os("PATH").unwrap()).args(["push", "origin", "main"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && said.contains("the program is gone"), "{said}");
    let status = project.mlgate(&["hook", "status"]);
    assert!(status.code == 1 && status.stdout.contains("is gone"), "{}", status.stdout);
    // The one on the path takes its place.
    project.arrives_silently(&["origin", "main"]);
}

#[test]
fn work_trees_and_submodules_have_the_hook() {
    let project = Project::new();
    let tree = project.place.path().join("a b/tree");
    project.git(&["worktree", "add", "--quiet", "-b", "side", tree.to_str().unwrap()]);
    fs::write(tree.join("d.csv"), BAD).unwrap();
    project.git_in(&tree, &["commit", "--quiet", "--all", "--message=x"]);
    let answer = project.run("git", &tree, &["push", "origin", "side"]);
    assert!(answer.code == 1 && answer.stderr.contains("(side)"), "{}", answer.stderr);

    let outer = project.place.path().join("outer");
    fs::create_dir(&outer).unwrap();
    project.git_in(&outer, &["init", "--quiet"]);
    let remote = project.place.path().join("remote.git");
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", remote.to_str().unwrap(), "sub"];
    project.git_in(&outer, &add);
    let inner = outer.join("sub");
    project.git_in(&inner, &["checkout", "--quiet", "-B", "inner", "origin/main"]);
    let install = project.run(env!("CARGO_BIN_EXE_mlgate"), &inner, &["hook", "install"]);
    assert_eq!(install.code, 0, "{}", install.stderr);
    fs::write(inner.join("d.csv"), BAD).unwrap();
    project.git_in(&inner, &["commit", "--quiet", "--all", "--message=x"]);
    let answer = project.run("git", &inner, &["push", "origin", "inner"]);
    assert!(answer.code == 1 && answer.stderr.contains("(inner)"), "{}", answer.stderr);
}

#[test]
fn a_config_in_a_folder_is_the_one_that_was_meant() {
    let project = Project::without_hook();
    project.git(&["rm", "--quiet", "mlgate.yml"]);
    let config = "version: 1\ndata:\n  d: {path: ../d.csv, columns: {age: {nulls: 0}}}\n";
    project.write("models/o'b/mlgate.yml", config).commit();
    let folder = project.top().join("models/o'b");
    let install = project.run(env!("CARGO_BIN_EXE_mlgate"), &folder, &["hook", "install"]);
    assert!(install.code == 0 && install.stdout.contains("models/o'b/mlgate.yml"), "{}", install.stderr);
    project.write("models/d.csv", BAD).commit();
    let said = project.is_blocked(&["origin", "main"]);
    assert!(said.contains("by models/o'b/mlgate.yml"), "{said}");
    project.write("models/d.csv", GOOD).commit();
    project.arrives(&["origin", "main"]);
}

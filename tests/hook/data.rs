//! Data that a commit holds, stands for, or does not have.

use std::fs;
use std::path::Path;

use super::{BAD, CONFIG, GOOD, Project, script};

/// Returns a pointer of Git LFS to these bytes, and their digest.
fn pointer(text: &str) -> (String, String) {
    use sha2::{Digest, Sha256};
    let digest: String = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    (format!("version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {}\n", text.len()), digest)
}

fn store(project: &Project, text: &str) {
    let digest = pointer(text).1;
    let folder = project.top().join(".git/lfs/objects").join(&digest[..2]).join(&digest[2..4]);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(digest), text).unwrap();
}

#[test]
fn ignored_data_come_from_the_working_tree_by_name() {
    let project = Project::new();
    project.git(&["rm", "--quiet", "--cached", "d.csv"]);
    project.write(".gitignore", "d.csv\n").write("d.csv", BAD).commit();
    let said = project.is_blocked(&["origin", "main"]);
    assert!(said.contains("`d.csv`: ignored by git, so read from the working tree"), "{said}");
    project.write("d.csv", GOOD);
    project.arrives(&["origin", "main"]);
}

#[test]
fn data_that_were_forgotten_are_missed() {
    let project = Project::new();
    project.write("mlgate.yml", &CONFIG.replace("d.csv", "new.csv"));
    project.git(&["add", "mlgate.yml"]);
    project.git(&["commit", "--quiet", "--message=x"]);
    project.write("new.csv", GOOD);
    let said = project.is_blocked(&["origin", "main"]);
    assert!(said.contains("`new.csv`: not in the commit, only in the working tree; `git add` it"), "{said}");
    project.git(&["add", "new.csv"]);
    project.git(&["commit", "--quiet", "--amend", "--no-edit"]);
    project.arrives(&["origin", "main"]);
}

#[test]
fn pointers_of_git_lfs_are_followed_into_the_clone_s_store() {
    let project = Project::new();
    let lost = "id,age\n1,1\n2,2\n3,3\n";
    project.write("d.csv", &pointer(lost).0).commit();
    let said = project.is_blocked(&["origin", "main"]);
    assert!(said.contains("`git lfs fetch` gets it"), "{said}");
    store(&project, lost);
    let said = project.arrives(&["origin", "main"]);
    assert!(said.contains("read from this clone's LFS store"), "{said}");
    store(&project, BAD);
    project.write("d.csv", &pointer(BAD).0).commit();
    let said = project.is_blocked(&["origin", "main"]);
    assert!(said.contains("d.age.nulls"), "{said}");
    // A store that holds something else under this name is not believed.
    let digest = pointer(BAD).1;
    fs::write(project.top().join(".git/lfs/objects").join(&digest[..2]).join(&digest[2..4]).join(&digest), GOOD)
        .unwrap();
    let said = project.is_blocked(&["origin", "main"]);
    assert!(said.contains("`git lfs fetch` gets it"), "{said}");
    // The working tree of a clone with filters has the file itself.
    project.write("d.csv", &pointer(GOOD).0).commit().write("d.csv", GOOD);
    let said = project.arrives(&["origin", "main"]);
    assert!(said.contains("the working tree has the file that it names"), "{said}");
}

#[test]
fn data_of_dvc_are_those_that_the_commit_names() {
    let project = Project::new();
    // The MD5 of GOOD and of BAD, by `md5sum`.
    let (good, bad) = ("8cab50b7b55239d43768048604196dce", "ef60430de7216d18ee3c474ed0aa635f");
    let file = |md5: &str| format!("outs:\n- md5: {md5}\n  size: 17\n  hash: md5\n  path: d.csv\n");
    project.git(&["rm", "--quiet", "--cached", "d.csv"]);
    project.write(".gitignore", "/d.csv\n/.dvc/cache\n").write("d.csv.dvc", &file(good)).write("d.csv", GOOD).commit();
    let said = project.arrives(&["origin", "main"]);
    assert!(said.contains("`d.csv`: tracked by DVC; the working tree has the file"), "{said}");
    project.write("README", "x").commit();
    project.arrives_silently(&["origin", "main"]);
    project.write("d.csv.dvc", &file(bad)).commit();
    let said = project.is_blocked(&["origin", "main"]);
    assert!(said.contains("has another file than the commit names"), "{said}");
    project.write(&format!(".dvc/cache/files/md5/{}/{}", &bad[..2], &bad[2..]), BAD);
    let said = project.is_blocked(&["origin", "main"]);
    assert!(said.contains("read from DVC's cache") && said.contains("d.age.nulls"), "{said}");
    fs::remove_file(project.top().join("d.csv")).unwrap();
    fs::remove_dir_all(project.top().join(".dvc")).unwrap();
    let said = project.is_blocked(&["origin", "main"]);
    assert!(said.contains("`dvc pull` gets it"), "{said}");
}

#[test]
fn folders_globs_links_and_paths_outside_are_read() {
    let project = Project::new();
    for (path, files) in [
        ("parts", &["parts/a.csv", "parts/b.csv"][..]),
        ("parts/*.csv", &["parts/a.csv"]),
        ("x/**/p*.csv", &["x/y/p1.csv", "x/p2.csv"]),
    ] {
        project.write("mlgate.yml", &CONFIG.replace("d.csv", &format!("'{path}'")));
        files.iter().for_each(|file| _ = project.write(file, GOOD));
        project.write(files[0], BAD).commit();
        project.is_blocked(&["origin", "main"]);
        project.write(files[0], GOOD).commit();
        project.arrives(&["origin", "main"]);
    }
    std::os::unix::fs::symlink("../parts/a.csv", project.top().join("x/link.csv")).unwrap();
    project.write("mlgate.yml", &CONFIG.replace("d.csv", "x/link.csv")).commit();
    project.arrives(&["origin", "main"]);
    project.write("parts/a.csv", BAD).commit();
    project.is_blocked(&["origin", "main"]);
    project.place.write("outside.csv", BAD);
    project.write("mlgate.yml", &CONFIG.replace("d.csv", "../../outside.csv")).commit();
    let said = project.is_blocked(&["origin", "main"]);
    assert!(said.contains("outside of the repository"), "{said}");
    project.place.write("outside.csv", GOOD);
    project.arrives(&["origin", "main"]);
}

#[test]
fn own_checks_and_policies_are_the_commit_s() {
    let project = Project::new();
    project.write("rules.yml", "version: 1\ndemands:\n  data.*.columns.age: {nulls: 0}\n");
    project.write("mlgate.yml", &format!("{CONFIG}policy: rules.yml\n")).commit();
    project.write("rules.yml", "broken");
    project.arrives(&["origin", "main"]);
    project.commit();
    project.is_blocked(&["origin", "main"]);
}

#[test]
fn nothing_of_a_change_is_run() {
    let project = Project::new();
    let trap = project.place.path().join("trap");
    let sprung = project.place.path().join("sprung");
    script(&trap, &format!("#!/bin/sh\ntouch '{}'\ncat\n", sprung.display()));
    for (key, of) in [("filter.x.clean", "filter"), ("filter.x.smudge", "filter"), ("diff.x.textconv", "diff")] {
        assert!(key.starts_with(of));
        project.git(&["config", key, trap.to_str().unwrap()]);
    }
    project.write("d.csv", BAD);
    project.git(&["commit", "--quiet", "--all", "--message=x"]);
    project.write(".gitattributes", "* filter=x diff=x\n");
    fs::remove_file(&sprung).unwrap_or_default();
    project.git(&["-c", "filter.x.clean=", "-c", "filter.x.smudge=", "add", ".gitattributes"]);
    project.git(&["-c", "filter.x.clean=", "commit", "--quiet", "--message=y"]);
    for hook in ["post-checkout", "post-index-change", "reference-transaction"] {
        script(&project.hook().with_file_name(hook), &format!("#!/bin/sh\ntouch '{}'\n", sprung.display()));
    }
    fs::remove_file(&sprung).unwrap_or_default();
    assert_eq!(project.push(&["--dry-run", "--no-verify", "origin", "main"]).code, 0);
    assert!(!Path::new(&sprung).exists(), "git itself springs the trap");
    project.is_blocked(&["origin", "main"]);
    assert!(!Path::new(&sprung).exists(), "the trap was sprung");
}

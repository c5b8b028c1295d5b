//! Paths on which a push can change what a config reads: links, submodules, and names of any bytes.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use super::{BAD, CONFIG, GOOD, Project};

/// Returns a config that reads a path.
fn reads(path: &str) -> String {
    CONFIG.replace("d.csv", path)
}

fn more(rows: u32) -> String {
    format!("{GOOD}3,{rows}\n")
}

#[test]
fn a_change_of_what_a_link_leads_to_is_seen() {
    let project = Project::new();
    let top = project.top();
    fs::create_dir(top.join("data")).unwrap();
    symlink("../raw/d.csv", top.join("data/d.csv")).unwrap();
    for read in ["data", "'data/*.csv'", "'data/d.*'"] {
        project.write("raw/d.csv", GOOD).write("mlgate.yml", &reads(read)).commit();
        project.arrives(&["origin", "main"]);
        project.write("raw/d.csv", BAD).commit();
        project.is_blocked(&["origin", "main"]);
    }
}

#[test]
fn a_link_that_leads_elsewhere_is_seen() {
    let project = Project::new();
    project.write("v1/d.csv", GOOD).write("v2/d.csv", BAD).write("mlgate.yml", &reads("now/d.csv"));
    symlink("v1", project.top().join("now")).unwrap();
    project.commit().arrives(&["origin", "main"]);
    fs::remove_file(project.top().join("now")).unwrap();
    symlink("v2", project.top().join("now")).unwrap();
    project.commit().is_blocked(&["origin", "main"]);
    // A folder in the place of the link is a change, too.
    fs::remove_file(project.top().join("now")).unwrap();
    project.write("now/d.csv", BAD).commit().is_blocked(&["origin", "main"]);
}

#[test]
fn a_config_behind_a_link_is_seen() {
    let project = Project::new();
    project.git(&["mv", "mlgate.yml", "gate.yml"]);
    symlink("gate.yml", project.top().join("mlgate.yml")).unwrap();
    project.commit().arrives(&["origin", "main"]);
    project.write("gate.yml", "version: 1\nbroken\n").commit().is_blocked(&["origin", "main"]);
}

#[test]
fn a_link_that_leads_into_itself_ends() {
    let project = Project::new();
    symlink("now/more", project.top().join("now")).unwrap();
    symlink("two", project.top().join("one")).unwrap();
    symlink("one", project.top().join("two")).unwrap();
    for read in ["now/d.csv", "one/d.csv"] {
        project.write("mlgate.yml", &reads(read)).commit().is_blocked(&["origin", "main"]);
    }
}

#[test]
fn a_link_out_of_the_repository_leads_where_it_leads_from_the_clone() {
    let project = Project::new();
    fs::remove_file(project.top().join("d.csv")).unwrap();
    project.place.write("a b/shared/d.csv", GOOD);
    symlink("../shared/d.csv", project.top().join("d.csv")).unwrap();
    let said = project.commit().arrives(&["origin", "main"]);
    assert!(said.contains("`d.csv`: outside of the repository; read from there"), "{said}");
    fs::remove_file(project.top().join("d.csv")).unwrap();
    symlink("../shared", project.top().join("shared")).unwrap();
    project.write("mlgate.yml", &reads("shared/d.csv")).commit().arrives(&["origin", "main"]);
    project.place.write("a b/shared/d.csv", BAD);
    project.write("mlgate.yml", &format!("{}\n", reads("shared/d.csv"))).commit().is_blocked(&["origin", "main"]);
}

#[test]
fn an_absolute_path_is_judged_by_the_commit_or_said() {
    let project = Project::new();
    let top = project.top();
    fs::remove_file(top.join("d.csv")).unwrap();
    symlink(top.join("raw/d.csv"), top.join("d.csv")).unwrap();
    project.write("raw/d.csv", BAD).commit().write("raw/d.csv", GOOD);
    project.is_blocked(&["origin", "main"]);
    let absolute = format!("\"{}\"", top.join("raw/d.csv").display());
    project.write("raw/d.csv", &more(50)).write("mlgate.yml", &reads(&absolute)).commit();
    let said = project.arrives(&["origin", "main"]);
    assert!(said.contains("`raw/d.csv`: an absolute path, so read from the working tree"), "{said}");
}

#[test]
fn another_commit_of_a_submodule_is_seen() {
    let project = Project::new();
    let inner = project.top().join("sub");
    let commit = |text: &str| {
        fs::write(inner.join("d.csv"), text).unwrap();
        project.git_in(&inner, &["add", "--all"]);
        project.git_in(&inner, &["commit", "--quiet", "--message=x"]);
    };
    fs::create_dir(&inner).unwrap();
    project.git_in(&inner, &["init", "--quiet"]);
    commit(GOOD);
    for read in ["sub/d.csv", "sub", "'sub/*.csv'"] {
        commit(&more(u32::try_from(read.len()).unwrap()));
        project.write("mlgate.yml", &reads(read)).commit().arrives(&["origin", "main"]);
        commit(BAD);
        project.commit().is_blocked(&["origin", "main"]);
    }
}

#[test]
fn names_of_any_bytes_are_judged() {
    let project = Project::new();
    project.write("data/new\nline \"q\".csv", GOOD).write("mlgate.yml", &reads("data"));
    project.commit().arrives(&["origin", "main"]);
    let odd = std::ffi::OsStr::from_bytes(b"a\xff.csv");
    fs::write(project.top().join("data").join(odd), GOOD).unwrap();
    project.commit().is_blocked(&["origin", "main"]);
}

//! Changes that commit the inside of a repository, or turn a folder into another repository.

use std::fs;
use std::path::Path;

use super::{Project, Trap, broken, config, copy, fails_by_main, git, job, refused};
use crate::support::{Workplace, run_with};

/// Returns the `.git` of a repository whose `origin/main` has a baseline that was blessed with broken data, and whose
/// filter is a trap.
fn evil(trap: &Trap) -> Workplace {
    let place = Workplace::new();
    git(place.path(), &["init", "--quiet", "--initial-branch=main"]);
    place.write("d.csv", &broken()).write("mlgate.yml", &config(".mlgate/baseline.json"));
    assert_eq!(run_with(place.path(), &["bless", "--quiet"], &[]).code, 0);
    place.write("mlgate.yml", &config("git:merge-base")).write(".gitattributes", "*.csv filter=x\n");
    git(place.path(), &["add", "--all"]);
    git(place.path(), &["commit", "--quiet", "--message=main"]);
    git(place.path(), &["update-ref", "refs/remotes/origin/main", "HEAD"]);
    git(place.path(), &["config", "core.worktree", "."]);
    git(place.path(), &["config", "filter.x.clean", &trap.program()]);
    git(place.path(), &["config", "core.fsmonitor", &trap.program()]);
    place
}

/// Puts files into empty folders, which git would leave out.
fn keep(folder: &Path) {
    let entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    if entries.is_empty() {
        fs::write(folder.join(".keep"), "").unwrap();
    }
    entries.iter().filter(|path| path.is_dir()).for_each(|path| keep(path));
}

/// Copies the inside of a repository into a folder of the checkout.
fn inside(of: &Workplace, to: &Path, parts: &[&str]) {
    for part in parts {
        copy(&of.path().join(".git").join(part), &to.join(part));
        if to.join(part).is_dir() {
            keep(&to.join(part));
        }
    }
}

const ALL: [&str; 5] = ["HEAD", "config", "index", "objects", "refs"];

/// Asserts that main's baseline judges a run and that no command runs anything of the change.
fn judged_by_main(project: &Project, trap: &Trap) {
    fs::write(project.config().join(".gitattributes"), "*.csv filter=x\n").unwrap();
    project.commit();
    let clone = project.clone(&[]);
    let folder = clone.join(project.folder);
    fails_by_main(&folder, &[]);
    let named = Path::new(project.folder).join("mlgate.yml");
    let answer = job(&clone, &["run", "--quiet", "--config", named.to_str().unwrap()], &[]);
    assert_eq!(answer.code, 1, "{}{}", answer.stdout, answer.stderr);
    for reference in ["git:main", "git:origin/main"] {
        assert_eq!(job(&folder, &["run", "--quiet", "--baseline", reference], &[]).code, 1, "{reference}");
    }
    let answer = job(&folder, &["diff", "origin/main", "git:merge-base"], &[]);
    assert!(answer.stdout.contains("nothing that is stored is different"), "{}{}", answer.stdout, answer.stderr);
    super::touch(&folder.join("d.csv"));
    for arguments in [
        &["bless", "--dry-run"][..],
        &["bless", "--despite", super::GATE, "--reason", "x", "--owner", "a"],
        &["run", "--states", "--output", "json=r.json"],
        &["publish", "--report", "r.json"],
        &["run", "--publish", "--quiet"],
    ] {
        let answer = job(&folder, arguments, &[]);
        assert!(matches!(answer.code, 0..=2), "{arguments:?}: {}{}", answer.stdout, answer.stderr);
    }
    trap.was_not_run();
}

/// Never passes: a repository that a change commits into the config's folder, above it or below it: nothing of it is run, and main's baseline judges.
#[test]
fn the_inside_of_a_repository_is_no_repository() {
    let trap = Trap::new();
    let evil = evil(&trap);
    for (folder, at) in [("ml", "ml"), ("ml/deep/er", "ml"), ("ml/deep/er", "ml/deep/er"), ("ml", ".")] {
        let project = Project::new(folder, "git:merge-base");
        inside(&evil, &project.origin().join(at), &ALL);
        judged_by_main(&project, &trap);
    }
}

/// Never passes: other forms of such a repository: packed refs, a common directory, alternates, an empty one.
#[test]
fn other_forms_of_one_are_none_either() {
    let trap = Trap::new();
    let evil = evil(&trap);
    let head = git(evil.path(), &["rev-parse", "HEAD"]);
    let forms: [&dyn Fn(&Path); 4] = [
        // References in one file, and no branch checked out.
        &|to| {
            inside(&evil, to, &["config", "index", "objects"]);
            fs::create_dir_all(to.join("refs")).unwrap();
            fs::write(to.join("refs/.keep"), "").unwrap();
            fs::write(to.join("HEAD"), format!("{head}\n")).unwrap();
            fs::write(to.join("packed-refs"), format!("{head} refs/remotes/origin/main\n")).unwrap();
        },
        // The objects and references are the project's, through a common directory.
        &|to| {
            inside(&evil, to, &["HEAD", "index"]);
            fs::write(to.join("commondir"), "../.git\n").unwrap();
            fs::write(to.join("config.worktree"), format!("{}[core]\n\tworktree = .\n", trap.filters())).unwrap();
        },
        // No object of its own.
        &|to| {
            inside(&evil, to, &["config", "index", "refs"]);
            fs::write(to.join("HEAD"), "ref: refs/heads/main\n").unwrap();
            fs::create_dir_all(to.join("objects/info")).unwrap();
            fs::write(to.join("objects/info/alternates"), "../../.git/objects\n").unwrap();
        },
        // An empty folder, so that no commit is found.
        &|to| {
            for name in ["objects", "refs"] {
                fs::create_dir_all(to.join(name)).unwrap();
                fs::write(to.join(name).join(".k"), "").unwrap();
            }
            fs::write(to.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        },
    ];
    for form in forms {
        let project = Project::new("ml", "git:merge-base");
        form(&project.config());
        judged_by_main(&project, &trap);
        // The change's own file does not become the next place.
        let project = Project::new("ml", "{from: [git:merge-base, .mlgate/baseline.json]}");
        form(&project.config());
        project.bless();
        judged_by_main(&project, &trap);
    }
}

/// Never passes: a `.git` file that leads into the work tree (exit code 4).
#[test]
fn a_git_file_that_leads_into_the_work_tree_is_refused() {
    let trap = Trap::new();
    let evil = evil(&trap);
    for (store, link) in [("ml/store", "store"), ("store", "../store"), ("store/.git", "../store/.git")] {
        let project = Project::new("ml", "{from: [git:merge-base, .mlgate/baseline.json]}");
        project.bless();
        project.commit();
        let clone = project.clone(&[]);
        copy(&evil.path().join(".git"), &clone.join(store));
        fs::write(clone.join("ml/.git"), format!("gitdir: {link}\n")).unwrap();
        let said = refused(&clone.join("ml"), &[]);
        assert!(said.contains("are not read"), "{store}: {said}");
        for arguments in [&["bless"][..], &["bless", "--dry-run"], &["diff", "main", "HEAD"]] {
            let answer = job(&clone.join("ml"), arguments, &[]);
            assert!(matches!(answer.code, 2 | 4), "{arguments:?}: {}", answer.stdout);
        }
        trap.was_not_run();
        // A run that needs no commit goes on, names none, and gives the reason.
        fs::write(clone.join("ml/mlgate.yml"), config(".mlgate/baseline.json")).unwrap();
        let (code, report) = super::report(&clone.join("ml"), &[]);
        assert_eq!((code, report["verdict"].as_str()), (0, Some("warn")));
        assert_eq!(report["notes"][0]["id"], "commit.unknown");
        trap.was_not_run();
    }
}

/// Never passes: a config's folder that is a link into another repository.
#[test]
fn a_link_out_of_the_repository_leads_to_no_other_one() {
    let trap = Trap::new();
    let evil = evil(&trap);
    let project = Project::new("ml", "git:merge-base");
    let clone = project.clone(&[]);
    fs::remove_dir_all(clone.join("ml")).unwrap();
    std::os::unix::fs::symlink(evil.path(), clone.join("ml")).unwrap();
    let answer = job(&clone, &["run", "--config", "ml/mlgate.yml"], &[]);
    assert_ne!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    trap.was_not_run();
}

/// Another folder of the repository in the place of the config's: the baseline is that of main at this place.
#[test]
fn a_link_inside_of_the_repository_does_not_choose_another_baseline() {
    let project = Project::new("ml", "git:merge-base");
    let origin = project.origin();
    git(&origin, &["checkout", "--quiet", "main"]);
    copy(&project.config(), &origin.join("toy"));
    fs::write(origin.join("toy/d.csv"), broken()).unwrap();
    fs::write(origin.join("toy/mlgate.yml"), config(".mlgate/baseline.json")).unwrap();
    fs::remove_dir_all(origin.join("toy/.mlgate")).unwrap();
    assert_eq!(run_with(&origin.join("toy"), &["bless", "--quiet"], &[]).code, 0);
    fs::write(origin.join("toy/mlgate.yml"), config("git:merge-base")).unwrap();
    project.commit();
    git(&origin, &["checkout", "--quiet", "-b", "change"]);
    assert_eq!(job(&origin, &["run", "--quiet", "--config", "toy/mlgate.yml"], &[]).code, 0);
    fs::remove_dir_all(origin.join("ml")).unwrap();
    std::os::unix::fs::symlink("toy", origin.join("ml")).unwrap();
    project.commit();
    assert_eq!(job(&origin, &["run", "--quiet", "--config", "ml/mlgate.yml"], &[]).code, 1);
    // If main contains the link, too, it is followed.
    git(&origin, &["branch", "--force", "main", "HEAD"]);
    assert_eq!(job(&origin, &["run", "--quiet", "--config", "ml/mlgate.yml"], &[]).code, 0);
}

/// Never passes: a folder that a change turns into a submodule of its author's (exit code 4).
#[test]
fn a_folder_that_becomes_a_submodule_has_not_the_projects_branches() {
    let trap = Trap::new();
    let evil = evil(&trap);
    git(evil.path(), &["config", "--unset", "core.worktree"]);
    git(evil.path(), &["config", "--unset", "filter.x.clean"]);
    git(evil.path(), &["config", "--unset", "core.fsmonitor"]);
    let project = Project::new("ml", "git:merge-base");
    git(&project.origin(), &["rm", "-r", "--quiet", "ml"]);
    let _ = fs::remove_dir_all(project.config());
    let url = evil.path().to_str().unwrap();
    git(&project.origin(), &["submodule", "--quiet", "add", url, "ml"]);
    project.commit();
    let clone = project.clone(&["--recurse-submodules"]);
    assert!(clone.join("ml/mlgate.yml").is_file());
    for reference in ["git:merge-base", "git:main", "git:origin/main"] {
        fs::write(clone.join("ml/mlgate.yml"), config(reference)).unwrap();
        let said = refused(&clone.join("ml"), &[]);
        assert!(said.contains("is a submodule, but was not in commit"), "{reference}: {said}");
        let answer = job(&clone.join("ml"), &["diff", reference, "HEAD"], &[]);
        assert_eq!(answer.code, 2, "{}", answer.stdout);
    }
    // Without the target branch, the project's contents are unknown.
    git(&clone, &["update-ref", "-d", "refs/remotes/origin/main"]);
    let said = refused(&clone.join("ml"), &[]);
    assert!(said.contains("the config is in a submodule"), "{said}");
}

/// Never passes: a submodule whose address a change replaces (exit code 4).
#[test]
fn a_submodule_of_another_address_has_not_the_projects_branches() {
    let trap = Trap::new();
    let model = Workplace::new();
    git(model.path(), &["init", "--quiet", "--initial-branch=main"]);
    model.write("d.csv", &super::honest()).write("mlgate.yml", &config(".mlgate/baseline.json"));
    assert_eq!(run_with(model.path(), &["bless", "--quiet"], &[]).code, 0);
    model.write("mlgate.yml", &config("git:merge-base"));
    git(model.path(), &["add", "--all"]);
    git(model.path(), &["commit", "--quiet", "--message=main"]);
    let project = Project::new("other", "git:merge-base");
    let origin = project.origin();
    git(&origin, &["checkout", "--quiet", "main"]);
    git(&origin, &["submodule", "--quiet", "add", model.path().to_str().unwrap(), "ml"]);
    project.commit();
    git(&origin, &["branch", "--force", "pr", "main"]);
    let clone = project.clone(&["--recurse-submodules"]);
    let (code, _) = super::report(&clone.join("ml"), &[]);
    assert_eq!(code, 0, "a project that is a submodule itself");
    fs::write(clone.join("ml/d.csv"), broken()).unwrap();
    fails_by_main(&clone.join("ml"), &[]);
    let evil = evil(&trap);
    let theirs = evil.path().to_str().unwrap();
    git(&clone, &["config", "--file", ".gitmodules", "submodule.ml.url", theirs]);
    git(&clone, &["commit", "--quiet", "--all", "--message=x"]);
    let said = refused(&clone.join("ml"), &[]);
    assert!(said.contains("is a submodule with another address than in commit"), "{said}");
}

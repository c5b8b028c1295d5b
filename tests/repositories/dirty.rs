//! The comparison of tracked files with the commit, without running any filter.

use std::fs;
use std::path::Path;

use super::{Trap, config, git, honest, touch};
use crate::support::{Workplace, run_with};

/// Returns a project whose attributes name filters for all of its tables.
fn project() -> Workplace {
    let place = Workplace::new();
    git(place.path(), &["init", "--quiet", "--initial-branch=main"]);
    place
        .write("d.csv", &honest())
        .write("e.csv", "a\n1\n")
        .write("mlgate.yml", &config(".mlgate/baseline.json"))
        .write(".gitattributes", "d.csv filter=x\ne.csv filter=p\n");
    git(place.path(), &["add", "--all"]);
    git(place.path(), &["commit", "--quiet", "--message=x"]);
    for name in ["d.csv", "e.csv"] {
        touch(&place.path().join(name));
    }
    place
}

/// Runs the test's own git, without any filter.
fn plainly(folder: &Path, arguments: &[&str]) {
    let off = ["-c", "filter.x.clean=", "-c", "filter.p.process=", "-c", "filter.p.required=false"];
    git(folder, &[&off, arguments].concat());
}

fn is_dirty(place: &Path, more: &[(&str, &str)]) -> bool {
    let answer = run_with(place, &["bless", "--quiet"], more);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    let stored = fs::read_to_string(place.join(".mlgate/baseline.json")).unwrap();
    let stored: serde_json::Value = serde_json::from_str(&stored).unwrap();
    stored["commit"]["dirty"].as_bool().unwrap()
}

/// Asserts that the tree is clean, changed, and clean again except for the baseline itself, which is committed.
fn is_told(place: &Workplace, more: &[(&str, &str)]) {
    assert!(!is_dirty(place.path(), more), "touched, and not changed");
    plainly(place.path(), &["add", "--all", "."]);
    plainly(place.path(), &["commit", "--quiet", "--message=y"]);
    touch(&place.path().join("d.csv"));
    assert!(!is_dirty(place.path(), more), "the baseline itself");
    place.write("e.csv", "a\n2\n");
    assert!(is_dirty(place.path(), more), "changed");
    plainly(place.path(), &["add", "e.csv"]);
    assert!(is_dirty(place.path(), more), "staged");
}

/// Never passes: filters of the repository's configuration that a change names: they are not run.
#[test]
fn filters_of_the_repository_are_not_run() {
    let trap = Trap::new();
    for how in ["config", "include", "config.worktree", "includeIf"] {
        let place = project();
        match how {
            "config" => place.write(".git/x", &trap.filters()),
            _ => place.write("filters", &trap.filters()),
        };
        match how {
            "config" => {
                let text = place.read(".git/config") + &trap.filters();
                place.write(".git/config", &text);
            }
            "include" => {
                git(place.path(), &["config", "include.path", "../filters"]);
            }
            "includeIf" => {
                git(place.path(), &["config", "includeIf.gitdir:**.path", "../filters"]);
            }
            _ => {
                git(place.path(), &["config", "extensions.worktreeConfig", "true"]);
                place.write(".git/config.worktree", &trap.filters());
            }
        }
        is_told(&place, &[]);
        trap.was_not_run();
    }
}

/// Never passes: filters of the user's configuration that a change names: they are not run.
#[test]
fn filters_of_the_user_are_not_run() {
    let trap = Trap::new();
    trap.place.write("gitconfig", &trap.filters());
    let global = trap.place.path().join("gitconfig").display().to_string();
    is_told(&project(), &[("GIT_CONFIG_GLOBAL", &global)]);
    trap.was_not_run();
    let program = trap.program();
    let pairs = [
        ("GIT_CONFIG_COUNT", "2"),
        ("GIT_CONFIG_KEY_0", "filter.x.clean"),
        ("GIT_CONFIG_VALUE_0", program.as_str()),
        ("GIT_CONFIG_KEY_1", "filter.p.process"),
        ("GIT_CONFIG_VALUE_1", &program),
    ];
    is_told(&project(), &pairs);
    trap.was_not_run();
}

#[test]
fn a_filter_that_cannot_be_switched_off_is_not_run_either() {
    let trap = Trap::new();
    let place = project();
    let odd = trap.filters().replace("\"x\"", "\"a=b\"");
    let text = place.read(".git/config") + &odd;
    place.write(".git/config", &text).write(".gitattributes", "d.csv filter=a=b\n");
    touch(&place.path().join("d.csv"));
    assert!(is_dirty(place.path(), &[]));
    trap.was_not_run();
}

/// A file that Git LFS fetched differs from its pointer by the filter alone.
#[test]
fn a_file_of_lfs_is_compared_with_its_pointer() {
    let trap = Trap::new();
    let place = project();
    let text = honest();
    let digest = {
        use sha2::Digest as _;
        sha2::Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {}\n", text.len());
    place.write("d.csv", &pointer).write(".gitattributes", "d.csv filter=lfs diff=lfs merge=lfs -text\n");
    git(place.path(), &["add", "--all"]);
    git(place.path(), &["commit", "--quiet", "--message=lfs"]);
    let filters = place.read(".git/config") + &trap.filters().replace("\"x\"", "\"lfs\"");
    place.write(".git/config", &filters).write("d.csv", &text);
    assert!(!is_dirty(place.path(), &[]));
    place.write("d.csv", &text.replace("\n7,", "\n7000,"));
    assert!(is_dirty(place.path(), &[]));
    trap.was_not_run();
}

/// Line ends that git converts itself are no difference, because no program runs for them.
#[test]
fn line_ends_are_no_difference() {
    let place = project();
    place.write(".gitattributes", "* text eol=crlf\n").write("e.csv", "a\r\n2\r\n");
    git(place.path(), &["add", "--all"]);
    git(place.path(), &["commit", "--quiet", "--message=eol"]);
    touch(&place.path().join("e.csv"));
    assert!(!is_dirty(place.path(), &[]));
}

/// Returns a project with a submodule whose own configuration has filters.
fn with_submodule(trap: &Trap) -> (Workplace, Workplace) {
    let inner = project();
    let place = project();
    git(place.path(), &["submodule", "--quiet", "add", inner.path().to_str().unwrap(), "sub"]);
    git(place.path(), &["commit", "--quiet", "--all", "--message=sub"]);
    let text = place.read(".git/modules/sub/config") + &trap.filters();
    place.write(".git/modules/sub/config", &text);
    touch(&place.path().join("sub/d.csv"));
    (inner, place)
}

/// Never passes: filters of a submodule's configuration: they are not run.
#[test]
fn submodules_are_looked_at_without_their_filters() {
    let trap = Trap::new();
    let (_inner, place) = with_submodule(&trap);
    assert!(!is_dirty(place.path(), &[]), "touched, and not changed");
    trap.was_not_run();
    place.write("sub/untracked", "x");
    assert!(!is_dirty(place.path(), &[]), "what is not tracked does not count");
    place.write("sub/e.csv", "a\n2\n");
    assert!(is_dirty(place.path(), &[]), "changed");
    plainly(&place.path().join("sub"), &["add", "e.csv"]);
    assert!(is_dirty(place.path(), &[]), "staged there");
    plainly(&place.path().join("sub"), &["commit", "--quiet", "--message=z"]);
    assert!(is_dirty(place.path(), &[]), "another commit");
    trap.was_not_run();
    // Git itself inspects the submodule, and would run the filters there.
    let filters = place.read(".git/modules/sub/config");
    let without = filters.replace(&trap.filters(), "");
    let plainly = |arguments: &[&str]| {
        place.write(".git/modules/sub/config", &without);
        git(place.path(), arguments);
        place.write(".git/modules/sub/config", &filters);
    };
    plainly(&["add", "sub"]);
    assert!(is_dirty(place.path(), &[]), "another commit, staged");
    plainly(&["commit", "--quiet", "--all", "--message=z"]);
    assert!(!is_dirty(place.path(), &[]));
    // A submodule that is not checked out has no changes.
    plainly(&["submodule", "--quiet", "deinit", "--force", "sub"]);
    assert!(!is_dirty(place.path(), &[]));
    trap.was_not_run();
}

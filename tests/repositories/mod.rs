//! The commits that a run reads, without running anything of a change: repositories inside a checkout, filters,
//! submodules.

mod dirty;
mod embedded;
mod layouts;
mod names;
mod places;
mod provenance;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::baseline_source::git;
use crate::support::{Answer, Workplace, copy, gate, run_with};

/// The gate of all these projects: the mean age, which is 44.5 in main's baseline.
const GATE: &str = "data.d.columns.age.mean";

fn config(baseline: &str) -> String {
    format!(
        "version: 1\nbaseline: {baseline}\ndata:\n  d: {{path: d.csv, columns: {{age: {{mean: \">= baseline - 1%\"}}}}}}\n"
    )
}

fn honest() -> String {
    (0..500).fold("id,age\n".to_owned(), |text, row| format!("{text}{row},{}\n", 20 + row % 50))
}

fn broken() -> String {
    (0..500).fold("id,age\n".to_owned(), |text, row| format!("{text}{row},1\n"))
}

/// A repository `origin` whose main has a blessed baseline in a folder, and a branch `pr` with broken data, checked
/// out.
struct Project {
    place: Workplace,
    folder: &'static str,
    baseline: &'static str,
}

impl Project {
    fn new(folder: &'static str, baseline: &'static str) -> Self {
        let project = Self { place: Workplace::new(), folder, baseline };
        fs::create_dir_all(project.config()).unwrap();
        git(&project.origin(), &["init", "--quiet", "--initial-branch=main"]);
        project.write("d.csv", &honest());
        project.bless();
        project.commit();
        git(&project.origin(), &["checkout", "--quiet", "-b", "pr"]);
        project.write("d.csv", &broken());
        project.commit();
        project
    }

    fn origin(&self) -> PathBuf {
        self.place.path().join("origin")
    }

    /// Returns the config's folder.
    fn config(&self) -> PathBuf {
        self.origin().join(self.folder)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.config().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Blesses the present data into a file, and leaves the project's config unchanged.
    fn bless(&self) {
        self.write("mlgate.yml", &config(".mlgate/baseline.json"));
        // To bless broken data, the old baseline is removed.
        let _ = fs::remove_dir_all(self.config().join(".mlgate"));
        let answer = run_with(&self.config(), &["bless", "--quiet"], &[]);
        assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
        self.write("mlgate.yml", &config(self.baseline));
    }

    fn commit(&self) {
        git(&self.origin(), &["add", "--all", "--force"]);
        git(&self.origin(), &["commit", "--quiet", "--allow-empty", "--message=x"]);
    }

    /// Returns a clone of the branch `pr`, as in a job.
    fn clone(&self, options: &[&str]) -> PathBuf {
        let path = self.place.path().join("clone");
        let _ = fs::remove_dir_all(&path);
        let url = format!("file://{}", self.origin().display());
        git(self.place.path(), &[&["clone", "--quiet", "--branch", "pr"], options, &[&url, "clone"]].concat());
        path
    }
}

/// Runs mlgate as a job of a pull request to `main`.
fn job(folder: &Path, arguments: &[&str], more: &[(&str, &str)]) -> Answer {
    run_with(folder, arguments, &[&[("GITHUB_BASE_REF", "main")], more].concat())
}

fn report(folder: &Path, more: &[(&str, &str)]) -> (i32, Value) {
    let answer = job(folder, &["run", "--format", "json"], more);
    let report = serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}", answer.stderr));
    (answer.code, report)
}

/// Asserts that main's own baseline judges the run, which therefore fails.
fn fails_by_main(folder: &Path, more: &[(&str, &str)]) {
    let (code, report) = report(folder, more);
    let mean = gate(&report, GATE);
    assert_eq!((code, mean["baseline"]["value"].as_f64()), (1, Some(44.5)), "{mean:#}");
}

/// Asserts that a run is refused, and returns the reason.
fn refused(folder: &Path, more: &[(&str, &str)]) -> String {
    let (code, report) = report(folder, more);
    let mean = gate(&report, GATE);
    assert_eq!(code, 4, "{mean:#}");
    mean["message"].as_str().unwrap().to_owned()
}

/// A program that leaves a trace if it is run.
struct Trap {
    place: Workplace,
}

impl Trap {
    fn new() -> Self {
        let trap = Self { place: Workplace::new() };
        trap.place.write("trap", &format!("#!/bin/sh\ntouch '{}'\ncat\n", trap.trace().display()));
        let path = trap.place.path().join("trap");
        let mut may = fs::metadata(&path).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut may, 0o755);
        fs::set_permissions(&path, may).unwrap();
        trap
    }

    fn program(&self) -> String {
        self.place.path().join("trap").display().to_string()
    }

    fn trace(&self) -> PathBuf {
        self.place.path().join("sprung")
    }

    /// Returns a configuration with filters of all kinds.
    fn filters(&self) -> String {
        let program = self.program();
        format!(
            "[filter \"x\"]\n\tclean = {program}\n\tsmudge = {program}\n[filter \"p\"]\n\tprocess = {program}\n\trequired = true\n"
        )
    }

    fn was_not_run(&self) {
        assert!(!self.trace().exists(), "the trap was sprung");
    }
}

/// Makes an unchanged file look changed.
fn touch(path: &Path) {
    let text = fs::read(path).unwrap();
    fs::remove_file(path).unwrap();
    fs::write(path, text).unwrap();
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000);
    fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
}

//! The guard: what a change does to its own demands, and to what feeds them.

mod feeds;
mod keys;
mod pairs;
mod sides;
mod views;

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::baseline_source::git;
use crate::support::{Answer, Workplace, run_with};

/// A job of a pull request to `main`.
const JOB: [(&str, &str); 2] = [("GITHUB_ACTIONS", "true"), ("GITHUB_BASE_REF", "main")];

const ROWS: &str = "id,age,zip\n1,20,a\n2,30,b\n3,40,c\n4,50,d\n";

fn config(line: &str) -> String {
    format!("version: 1\ndata:\n  d:\n    path: d.csv\n    {line}\n")
}

/// A repository with a commit on `main`, and a branch `pr`, checked out, whose files differ.
struct Project {
    place: Workplace,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let project = Self { place: Workplace::new() };
        git(project.folder(), &["init", "--quiet", "--initial-branch=main"]);
        project.place.write("d.csv", ROWS);
        project.commit(files);
        git(project.folder(), &["checkout", "--quiet", "-b", "pr"]);
        project
    }

    fn folder(&self) -> &Path {
        self.place.path()
    }

    fn write(&self, files: &[(&str, &str)]) {
        for (name, text) in files {
            self.place.write(name, text);
        }
    }

    fn commit(&self, files: &[(&str, &str)]) -> String {
        self.write(files);
        git(self.folder(), &["add", "--all", "--force"]);
        git(self.folder(), &["commit", "--quiet", "--allow-empty", "--message=x"]);
        git(self.folder(), &["rev-parse", "HEAD"])
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.folder().join(name)).unwrap();
    }

    /// Runs the gate as a job of the pull request.
    fn job(&self, arguments: &[&str]) -> (Value, Answer) {
        self.run(arguments, &JOB)
    }

    fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> (Value, Answer) {
        let (report, answer) = self.place.report_with(arguments, environment);
        crate::formats::valid(&report);
        (report, answer)
    }

    /// Returns what the guard finds in a job of the pull request.
    fn found(&self) -> Vec<(String, String)> {
        found(&self.job(&[]).0)
    }

    fn command(&self, arguments: &[&str]) -> Answer {
        run_with(self.folder(), arguments, &[])
    }
}

/// Returns the gates and the kinds of all differences of a report.
fn found(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let changes = report["guard"]["changes"].as_array().unwrap_or_else(|| panic!("no guard: {report:#}"));
    changes.iter().map(|change| (text(&change["gate"]), text(&change["kind"]))).collect()
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(gate, kind)| ((*gate).to_owned(), (*kind).to_owned())).collect()
}

fn notes(report: &Value) -> String {
    report["guard"]["notes"].to_string()
}

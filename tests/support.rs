//! A folder to work in, and the binary to run there with nothing of the surroundings leaking in.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// A folder that is gone after the test.
pub(crate) struct Workplace {
    folder: TempDir,
}

/// What a run gave.
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The folder of the project's fixtures.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

impl Workplace {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> &Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Copies a file of the fixtures to the top of the folder.
    pub(crate) fn fixture(&self, name: &str) -> &Self {
        let from = fixtures().join(name);
        fs::copy(&from, self.path().join(from.file_name().unwrap())).unwrap();
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Runs the gate with more of an environment, and reads its report.
    pub(crate) fn report_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> (Value, Answer) {
        let arguments = [&["run", "--format", "json"], arguments].concat();
        let answer = run_with(self.path(), &arguments, environment);
        let report: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}", answer.stderr));
        (report, answer)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        run_in(self.path(), arguments)
    }

    /// Runs the gate and reads its report.
    pub(crate) fn report(&self) -> Value {
        let answer = self.run(&["run", "--format", "json"]);
        assert!(answer.stderr.is_empty(), "{}", answer.stderr);
        let report: Value = serde_json::from_str(&answer.stdout).unwrap();
        assert_eq!(report["exit_code"], answer.code);
        report
    }
}

/// Runs the binary in a folder.
pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> Answer {
    run_with(folder, arguments, &[])
}

/// The same, with more of an environment.
pub(crate) fn run_with(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Answer {
    let output = Command::cargo_bin("mlgate")
        .unwrap()
        .current_dir(folder)
        .args(arguments)
        .env_clear()
        .envs(
            std::env::vars()
                .filter(|(name, _)| matches!(name.as_str(), "PATH" | "HOME" | "SYSTEMROOT" | "TMPDIR" | "TEMP")),
        )
        // Ages are told at a moment that does not pass.
        .env("MLGATE_NOW", "2024-01-15T12:00:00Z")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Answer { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The gate of this id.
pub(crate) fn gate<'a>(report: &'a Value, id: &str) -> &'a Value {
    let gates = report["gates"].as_array().unwrap();
    gates.iter().find(|gate| gate["id"] == id).unwrap_or_else(|| panic!("no gate {id}"))
}

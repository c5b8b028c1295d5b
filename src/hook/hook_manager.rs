//! Programs that manage the hooks of a repository, which have their own place for a command.

use std::path::Path;

/// A program that manages hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    /// The Python program `pre-commit`.
    PreCommit,
    /// `lefthook`.
    Lefthook,
    /// `husky`.
    Husky,
}

/// Files at the top of a repository that show a manager.
const FILES: [(Manager, &[&str]); 3] = [
    (Manager::PreCommit, &[".pre-commit-config.yaml", ".pre-commit-config.yml"]),
    (
        Manager::Lefthook,
        &[
            "lefthook.yml",
            "lefthook.yaml",
            "lefthook.toml",
            "lefthook.json",
            ".lefthook.yml",
            ".lefthook.yaml",
            ".lefthook.toml",
        ],
    ),
    (Manager::Husky, &[".husky"]),
];

/// Returns the managers that a repository has files of.
pub fn managers(top: &Path) -> Vec<Manager> {
    let has = |files: &[&str]| files.iter().any(|file| top.join(file).exists());
    FILES.iter().filter(|(_, files)| has(files)).map(|(manager, _)| *manager).collect()
}

impl Manager {
    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::Lefthook => "lefthook",
            Self::Husky => "husky",
        }
    }

    /// Returns the lines that make the manager run mlgate itself, and the file that they belong into.
    pub fn snippet(self) -> (&'static str, &'static str) {
        match self {
            Self::PreCommit => (
                ".pre-commit-config.yaml",
                "  - repo: local\n    hooks:\n      - id: mlgate\n        name: mlgate\n        entry: mlgate hook run\n        \
                 language: system\n        stages: [pre-push]\n        pass_filenames: false\n        always_run: true\n",
            ),
            Self::Lefthook => (
                "lefthook.yml",
                "pre-push:\n  commands:\n    mlgate:\n      run: mlgate hook run -- {1} {2}\n      use_stdin: true\n",
            ),
            Self::Husky => (".husky/pre-push", "mlgate hook run -- \"$@\"\n"),
        }
    }
}

//! Files that make a CI system run mlgate: the examples of this repository.

use std::fmt::Write as _;

/// A CI system for which there is a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CiSystem {
    /// GitHub Actions.
    Github,
    /// GitLab CI.
    Gitlab,
    /// Jenkins.
    Jenkins,
}

/// A file for a CI system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CiFile {
    /// The path from the top of the repository.
    pub path: &'static str,
    /// The text.
    pub text: String,
    /// The remark on what is left to do, if the file alone does nothing.
    pub remark: Option<&'static str>,
}

impl CiSystem {
    /// Returns the file for a config at a path from the top, if the repository has no file of the system's own yet.
    ///
    /// `exists` says if the repository has a file at a path.
    ///
    /// # Errors
    ///
    /// The config's path has characters that the shells of CI systems may read otherwise.
    pub fn file(self, config: &str, exists: impl Fn(&str) -> bool) -> Result<CiFile, String> {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-' | '/');
        if !config.chars().all(is_plain) || config.starts_with('-') {
            return Err(format!(
                "`{config}` has other characters than letters, digits, `.`, `_`, `-` and `/`; write the file by hand, with \
                 the path in the quotes of your shell"
            ));
        }
        let is_usual = config == "mlgate.yml";
        let with_option = |text: &str| match is_usual {
            true => text.to_owned(),
            false => text.replace("mlgate run ", &format!("mlgate run --config {config} ")),
        };
        Ok(match self {
            Self::Github => {
                let text = include_str!("../../examples/github/gate.yml");
                let text = if is_usual { text.to_owned() } else { with_input(text, config) };
                let remark = Some("its line `uses: mlgate/mlgate@…` wants the commit that you have reviewed");
                CiFile { path: ".github/workflows/mlgate.yml", text, remark }
            }
            Self::Gitlab => {
                let text = with_option(include_str!("../../examples/gitlab/mlgate.yml"));
                if exists(".gitlab-ci.yml") {
                    let remark = Some("add to .gitlab-ci.yml under `include:` the line `- local: .gitlab/mlgate.yml`");
                    CiFile { path: ".gitlab/mlgate.yml", text, remark }
                } else {
                    CiFile { path: ".gitlab-ci.yml", text, remark: None }
                }
            }
            Self::Jenkins => {
                let text = with_option(include_str!("../../examples/jenkins/Jenkinsfile"));
                if exists("Jenkinsfile") {
                    let remark = Some("put its stage into the Jenkinsfile that is there");
                    CiFile { path: "Jenkinsfile.mlgate", text, remark }
                } else {
                    CiFile { path: "Jenkinsfile", text, remark: None }
                }
            }
        })
    }
}

/// Returns a workflow whose step of mlgate has the input `config`.
fn with_input(text: &str, config: &str) -> String {
    let mut with = String::new();
    for line in text.lines() {
        with.push_str(line);
        with.push('\n');
        if line.trim_start().starts_with("uses: mlgate/mlgate@") {
            let _ = writeln!(with, "        with:\n          config: {config}");
        }
    }
    with
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_in_a_folder_is_named() {
        for system in [CiSystem::Github, CiSystem::Gitlab, CiSystem::Jenkins] {
            let usual = system.file("mlgate.yml", |_| false).expect("a file");
            assert!(!usual.text.contains("config m"), "{}", usual.text);
            let other = system.file("models/a/mlgate.yml", |_| true).expect("a file");
            assert!(other.text.contains("models/a/mlgate.yml"), "{}", other.text);
            assert!(system.file("a'; rm -rf ~ #/mlgate.yml", |_| false).is_err());
        }
    }
}

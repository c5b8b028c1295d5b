//! Files that make a CI system run mlgate: the examples of this repository, for a config of one's own.

use std::fmt::Write as _;

use crate::ci::CiExample;

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

impl CiFile {
    /// Returns the file of an example for a config at a path from the top, beside a file of the system's own if there is one.
    ///
    /// `exists` says if the repository has a file at a path.
    ///
    /// # Errors
    ///
    /// The config's path has characters that the shells of CI systems may read otherwise.
    pub fn of(example: &CiExample, config: &str, exists: impl Fn(&str) -> bool) -> Result<Self, String> {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-' | '/');
        if !config.chars().all(is_plain) || config.starts_with('-') {
            return Err(format!(
                "`{config}` has other characters than letters, digits, `.`, `_`, `-` and `/`; write the file by hand, with \
                 the path in the quotes of your shell"
            ));
        }
        let text = match config {
            "mlgate.yml" => example.text.to_owned(),
            _ => with_input(&example.text.replace("mlgate run ", &format!("mlgate run --config {config} ")), config),
        };
        Ok(match example.beside.filter(|_| exists(example.path)) {
            Some((path, remark)) => Self { path, text, remark: Some(remark) },
            None => Self { path: example.path, text, remark: example.remark },
        })
    }
}

/// Returns a workflow whose steps with mlgate's action have the input `config`.
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
    use crate::ci;

    #[test]
    fn a_config_in_a_folder_is_named() {
        assert!(ci::examples().len() >= 9);
        for example in ci::examples() {
            let usual = CiFile::of(example, "mlgate.yml", |_| false).expect("a file");
            assert!(!usual.text.contains("config m") && !usual.text.contains("--config "), "{}", usual.text);
            let other = CiFile::of(example, "models/a/mlgate.yml", |_| true).expect("a file");
            assert!(other.text.contains("models/a/mlgate.yml"), "{}", other.text);
            assert!(CiFile::of(example, "a'; rm -rf ~ #/mlgate.yml", |_| false).is_err());
        }
    }
}

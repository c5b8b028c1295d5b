//! The files that a report names, with paths from the folder in which the run was started.

use std::path::Path;

use super::document::{FileDigest, Report};

/// Prefixes of places that are not files of this machine.
const ELSEWHERE: [&str; 3] = ["git:", "github-artifact:", "gitlab-artifact:"];

/// A file that a report names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// The part that the file has in the run: `config`, `policy`, `check`, `candidate`, `baseline` or `reference`.
    pub role: &'static str,
    /// The path from the folder in which the run was started, or an address.
    pub path: String,
    /// `sha256:` and 64 hexadecimal digits; empty if the run could not read the file.
    pub digest: String,
    /// The datasets and models that are read from the file: `data.train`, `models.income`.
    pub used_by: Vec<String>,
    /// True: the file is not one of this machine, but a store's, a server's or a commit's.
    pub is_elsewhere: bool,
}

impl NamedFile {
    /// Returns the 64 hexadecimal digits of the digest, if it has that form.
    pub fn sha256(&self) -> Option<&str> {
        let digits = self.digest.strip_prefix("sha256:")?;
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (digits.len() == 64 && digits.bytes().all(is_hex)).then_some(digits)
    }
}

/// Returns all files that a report names: the config first, then what is judged, and what it is compared with.
pub fn named_files(report: &Report) -> Vec<NamedFile> {
    let provenance = &report.provenance;
    let run = report.run.as_ref();
    let folder = Path::new(&provenance.config.path).parent();
    let beside = |path: &str| match folder {
        Some(folder) => folder.join(path).display().to_string(),
        None => path.to_owned(),
    };
    let named = |role, file: &FileDigest, path: String, is_elsewhere| NamedFile {
        role,
        path,
        digest: file.digest.clone(),
        used_by: file.used_by.clone(),
        is_elsewhere,
    };
    // The config of another commit is named like the file of this one, whose contents it does not have.
    let commit = run.and_then(|run| run.config_from.as_deref());
    let judging = |path: &str| match commit {
        Some(commit) => format!("git:{}:{path}", commit.split(':').next().unwrap_or(commit)),
        None => path.to_owned(),
    };
    let (config, is_of_commit) = (&provenance.config, commit.is_some());
    let mut files = vec![named("config", config, judging(&config.path), is_of_commit)];
    let of_command = |path: &str| run.is_some_and(|run| run.policies.iter().any(|named| named == path));
    for policy in &provenance.policies {
        let path = &policy.path;
        let path = if is_elsewhere(path) || of_command(path) { path.clone() } else { beside(path) };
        files.push(named("policy", policy, path.clone(), is_elsewhere(&path)));
    }
    files.extend(provenance.checks.iter().map(|page| named("check", page, judging(&page.path), is_of_commit)));
    let baseline = run.and_then(|run| run.baseline.as_deref());
    let sides = [
        ("candidate", Some(&provenance.candidate)),
        ("baseline", Some(&provenance.baseline)),
        ("reference", provenance.reference.as_ref()),
    ];
    for (role, side) in sides {
        for file in side.iter().flat_map(|side| &side.files) {
            let path = &file.path;
            // A baseline of the command line starts in the folder of the run, and all else in that of the config.
            let is_given = role == "baseline" && baseline == Some(path);
            let path = if is_elsewhere(path) || is_given { path.clone() } else { beside(path) };
            files.push(named(role, file, path.clone(), is_elsewhere(&path)));
        }
    }
    files
}

/// Returns true if a path leads to a store, a server or a commit.
pub fn is_elsewhere(path: &str) -> bool {
    path.contains("://") || ELSEWHERE.iter().any(|prefix| path.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::super::document::{Inputs, RunRecord};
    use super::super::sample;
    use super::*;

    fn paths(report: &Report) -> Vec<(&'static str, String, bool)> {
        named_files(report).into_iter().map(|file| (file.role, file.path, file.is_elsewhere)).collect()
    }

    #[test]
    fn paths_start_where_the_run_did() {
        let file = |path: &str| FileDigest { path: path.to_owned(), ..FileDigest::default() };
        let mut report = sample::report();
        report.provenance.config = file("gates/mlgate.yml");
        report.provenance.policies = vec![file("org.yml"), file("/etc/org.yml"), file("https://e.x/org.yml")];
        report.provenance.candidate = Inputs { files: vec![file("a.csv"), file("/b.csv")], ..Inputs::default() };
        report.provenance.baseline = Inputs { files: vec![file("base.json"), file("git:main:b")], ..Inputs::default() };
        report.provenance.checks = vec![file("gates/checks/own.md")];
        report.run = Some(RunRecord { baseline: Some("base.json".to_owned()), ..RunRecord::default() });
        let found = paths(&report);
        let wanted = [
            ("config", "gates/mlgate.yml", false),
            ("policy", "gates/org.yml", false),
            ("policy", "/etc/org.yml", false),
            ("policy", "https://e.x/org.yml", true),
            ("check", "gates/checks/own.md", false),
            ("candidate", "gates/a.csv", false),
            ("candidate", "/b.csv", false),
            ("baseline", "base.json", false),
            ("baseline", "git:main:b", true),
        ];
        assert_eq!(found, wanted.map(|(role, path, is_elsewhere)| (role, path.to_owned(), is_elsewhere)));
        report.run = Some(RunRecord { config_from: Some("abc".to_owned()), ..RunRecord::default() });
        assert_eq!(paths(&report)[0], ("config", "git:abc:gates/mlgate.yml".to_owned(), true));
    }

    #[test]
    fn a_digest_has_64_digits() {
        let of = |digest: &str| NamedFile {
            role: "config",
            path: String::new(),
            digest: digest.to_owned(),
            used_by: Vec::new(),
            is_elsewhere: false,
        };
        let digits = "0".repeat(63);
        assert_eq!(of(&format!("sha256:{digits}a")).sha256().map(str::len), Some(64));
        for bad in [String::new(), digits.clone(), format!("sha256:{digits}"), format!("sha256:{digits}A")] {
            assert_eq!(of(&bad).sha256(), None, "{bad}");
        }
    }
}

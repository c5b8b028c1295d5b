//! The files that a config reads: data, predictions, metrics, its own checks, policies and stored baselines.

use std::collections::BTreeSet;
use std::io;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use crate::config::{BaselineConfig, BaselineSource, Config};
use crate::git::{NoRepository, ObjectKind, Repository};

/// The most links of which one leads to the next.
const MOST_LINKS: usize = 5;
/// The signs of a glob.
const SIGNS: [char; 3] = ['*', '?', '['];

/// A path that a config reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReadPath {
    /// The path from the top of the repository: a file, a folder or a glob.
    pub(super) path: PathBuf,
    /// True: the file holds rows or numbers, and no text that messages may quote.
    pub(super) is_data: bool,
}

/// A relative path that leads out of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OutsidePath {
    /// The number of folders that it climbs above the top.
    pub(super) climbs: usize,
    /// The path from there.
    pub(super) rest: PathBuf,
}

/// The files that a config reads, in a repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadSet {
    /// The config's own path from the top.
    pub(super) config: PathBuf,
    pub(super) inside: Vec<ReadPath>,
    pub(super) outside: Vec<OutsidePath>,
}

impl ReadSet {
    /// Returns the files of a config at a path from the top of the repository.
    pub fn of(config: &Config, at: &Path, top: &Path) -> Self {
        let mut set = Self { config: at.to_owned(), ..Self::default() };
        let folder = at.parent().unwrap_or(Path::new(""));
        for path in config.paths() {
            set.add(folder, path, true, top);
        }
        let texts = config.checks.iter().chain(&config.comment.template).map(|path| path.value.as_str());
        let policies = config.policy.iter().filter_map(|policy| match &policy.value {
            BaselineSource::Path(path) => Some(path.as_str()),
            _ => None,
        });
        for path in texts.chain(policies) {
            set.add(folder, path, false, top);
        }
        let reference = config.reference.as_ref().and_then(|reference| reference.baseline.as_ref());
        for baseline in config.baseline.iter().chain(reference) {
            set.baseline(folder, baseline, top);
        }
        set
    }

    /// Returns the config alone, for one that cannot be read.
    pub fn only(at: &Path) -> Self {
        Self { config: at.to_owned(), ..Self::default() }
    }

    fn baseline(&mut self, folder: &Path, baseline: &BaselineConfig, top: &Path) {
        for place in &baseline.from {
            if let BaselineSource::Path(path) = &place.source {
                self.add(folder, path, false, top);
                // Rows of models are stored beside a baseline.
                let stem = path.trim_end_matches(".zst").trim_end_matches(".json");
                self.add(folder, &format!("{stem}.rows"), false, top);
            }
        }
    }

    fn add(&mut self, folder: &Path, written: &str, is_data: bool, top: &Path) {
        // An absolute path outside of the repository is where it is, whatever is checked out.
        let path = match Path::new(written).strip_prefix(top) {
            Ok(below) => below.to_owned(),
            Err(_) if written.contains("://") || Path::new(written).is_absolute() => return,
            Err(_) => folder.join(written),
        };
        let (mut climbs, mut inside) = (0, PathBuf::new());
        for part in path.components() {
            match part {
                Component::ParentDir if !inside.pop() => climbs += 1,
                Component::Normal(name) => inside.push(name),
                _ => {}
            }
        }
        if climbs > 0 {
            self.outside.push(OutsidePath { climbs, rest: inside });
            return;
        }
        let read = ReadPath { path: inside, is_data };
        if !self.inside.contains(&read) {
            self.inside.push(read);
        }
    }

    /// Adds what links on the way to a path lead to, in a commit.
    ///
    /// # Errors
    ///
    /// Git cannot be started, or objects of the commit are missing.
    pub fn follow(&mut self, repository: &Repository, commit: &str) -> io::Result<()> {
        let asked = |none: NoRepository| io::Error::other(none.why());
        for _ in 0..MOST_LINKS {
            let parts: BTreeSet<PathBuf> = self
                .inside
                .iter()
                .flat_map(|read| read.literal().ancestors().map(Path::to_owned).collect::<Vec<_>>())
                .filter(|path| !path.as_os_str().is_empty())
                .collect();
            let parts: Vec<PathBuf> = parts.into_iter().collect();
            let entries = repository.entries(commit, &parts).map_err(asked)?.map_err(io::Error::other)?;
            let links = entries.into_iter().filter(|(_, entry)| entry.kind == ObjectKind::Link);
            let (links, ids): (Vec<PathBuf>, Vec<String>) = links.map(|(path, entry)| (path, entry.id)).unzip();
            let mut targets = Vec::new();
            repository.contents(&ids, |at, _, content| {
                let mut to = String::new();
                content.read_to_string(&mut to)?;
                targets.extend(target(&links[at], &to).map(|target| (links[at].clone(), target)));
                Ok(())
            })?;
            let before = self.inside.len();
            for (link, target) in targets {
                for read in self.inside.clone() {
                    let Ok(rest) = read.path.strip_prefix(&link) else { continue };
                    let read = ReadPath { path: target.join(rest), ..read };
                    if !self.inside.contains(&read) {
                        self.inside.push(read);
                    }
                }
            }
            if self.inside.len() == before {
                break;
            }
        }
        Ok(())
    }

    /// Returns true if a change of the file at a path from the top can change the verdict.
    pub fn contains(&self, path: &Path) -> bool {
        path == self.config || self.inside.iter().any(|read| read.matches(path) || is_pointer_of(path, &read.literal()))
    }
}

impl ReadPath {
    /// Returns true if the path is this file, is in this folder, or matches this glob.
    pub(super) fn matches(&self, path: &Path) -> bool {
        if path.starts_with(&self.path) {
            return true;
        }
        let text = self.path.to_string_lossy();
        let options = MatchOptions { require_literal_separator: true, ..MatchOptions::default() };
        self.is_glob() && Pattern::new(&text).is_ok_and(|pattern| pattern.matches_path_with(path, options))
    }

    /// Returns true if the path has signs of a glob.
    pub(super) fn is_glob(&self) -> bool {
        self.path.to_string_lossy().contains(SIGNS)
    }

    /// Returns the leading folders without signs of a glob, or the whole path.
    pub(super) fn literal(&self) -> PathBuf {
        let is_plain = |part: &Component<'_>| !part.as_os_str().to_string_lossy().contains(SIGNS);
        self.path.components().take_while(is_plain).collect()
    }
}

/// Returns the path from the top to which a link leads; `None` if it leads out of the repository.
pub(super) fn target(link: &Path, to: &str) -> Option<PathBuf> {
    let mut path = link.parent()?.to_owned();
    for part in Path::new(to).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir if path.pop() => {}
            _ => return None,
        }
    }
    Some(path)
}

/// Returns true if a file is one of DVC's that can stand for a path, or for something above or below it.
pub(super) fn is_pointer_of(file: &Path, path: &Path) -> bool {
    if file.extension().is_some_and(|end| end == "dvc") {
        let stands_for = file.with_extension("");
        return path.starts_with(&stands_for) || stands_for.starts_with(path);
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    file.file_name().is_some_and(|name| name == "dvc.lock") && (path.starts_with(folder) || folder.starts_with(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_config_reads_is_known_from_the_top() {
        let text = "version: 1\nchecks: own\nbaseline: .mlgate/b.json\ndata:\n  a: {path: ../d/a.csv, rows: 1}\n  \
                    b: {path: 'part/*.csv', rows: 1}\n  c: {path: /top/c.csv, rows: 1}\n  \
                    d: {path: ../../x/d.csv, rows: 1}\n  e: {path: 's3://x/e.csv', rows: 1}\n  \
                    f: {path: folder, rows: 1}\n";
        let (config, problems) = Config::read(text);
        assert!(problems.is_empty(), "{problems:?}");
        let set = ReadSet::of(&config.expect("a config"), Path::new("gate/mlgate.yml"), Path::new("/top"));
        for path in [
            "gate/mlgate.yml",
            "d/a.csv",
            "d/a.csv.dvc",
            "d.dvc",
            "gate/part/1.csv",
            "c.csv",
            "gate/folder/x/y.csv",
            "gate/own/a.md",
            "gate/.mlgate/b.json",
            "gate/.mlgate/b.rows/m.parquet",
            "dvc.lock",
            "gate/folder/y.csv.dvc",
        ] {
            assert!(set.contains(Path::new(path)), "{path}");
        }
        for path in ["mlgate.yml", "gate/part/x/1.csv", "d/b.csv", "src/main.py", "a.csv", "other/dvc.lock"] {
            assert!(!set.contains(Path::new(path)), "{path}");
        }
        assert_eq!(set.outside, [OutsidePath { climbs: 1, rest: "x/d.csv".into() }]);
    }
}

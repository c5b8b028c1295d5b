//! The files that a config reads: data, predictions, metrics, its own checks, policies and stored baselines.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use crate::config::{BaselineConfig, BaselineSource, Config};
use crate::git::{NoRepository, ObjectKind, Repository, is_in_git};
use crate::readers;

/// The most links of which one leads to the next.
pub(super) const MOST_LINKS: usize = 40;
/// The most paths in one question to git.
const MOST_NAMED: usize = 500;
/// The signs of a glob.
const SIGNS: [char; 3] = ['*', '?', '['];

/// A path that a config reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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
    /// The config and what it names, below the top.
    pub(super) inside: Vec<ReadPath>,
    pub(super) outside: Vec<OutsidePath>,
    /// Those of `inside` that the config names by an absolute path.
    pub(super) absolute: Vec<PathBuf>,
}

impl ReadSet {
    /// Returns the files of a config at a path from the top of the repository.
    pub fn of(config: &Config, at: &Path, top: &Path) -> Self {
        let mut set = Self::only(at);
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
        Self { inside: vec![ReadPath { path: at.to_owned(), is_data: false }], ..Self::default() }
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
        // Of a locator, the files that it names; a server or a revision is not a file of a commit.
        let place = readers::local_place(written);
        let folder = if place.as_ref().is_some_and(|place| place.is_from_top) { Path::new("") } else { folder };
        let written = place.as_ref().map_or(written, |place| &place.path);
        if written.is_empty() {
            return;
        }
        // An absolute path outside of the repository is where it is, whatever is checked out.
        let path = match Path::new(written).strip_prefix(top) {
            Ok(below) => {
                self.absolute.push(below.to_owned());
                below.to_owned()
            }
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

    /// Adds what links on the way to a path and below it lead to, in a commit.
    ///
    /// # Errors
    ///
    /// Git cannot be started, or objects of the commit are missing.
    pub fn follow(&mut self, repository: &Repository, commit: &str) -> io::Result<()> {
        let mut new = self.inside.clone();
        for _ in 0..MOST_LINKS {
            let links = links(repository, commit, &new)?;
            let mut next = Vec::new();
            for read in new {
                let literal = read.literal();
                let above = literal.ancestors().filter_map(|path| links.get_key_value(path));
                for (link, target) in above {
                    let rest = read.path.strip_prefix(link).unwrap_or(Path::new(""));
                    next.push(ReadPath { path: target.join(rest), is_data: read.is_data });
                }
                let below = links.range(literal.clone()..).take_while(|(link, _)| link.starts_with(&literal));
                let below = below.filter(|(link, _)| **link != literal && read.matches(link));
                next.extend(below.map(|(_, target)| ReadPath { path: target.clone(), is_data: read.is_data }));
            }
            let known: BTreeSet<&ReadPath> = self.inside.iter().collect();
            let is_new: BTreeSet<ReadPath> = next.into_iter().filter(|read| !known.contains(read)).collect();
            if is_new.is_empty() {
                break;
            }
            new = is_new.into_iter().collect();
            self.inside.extend(new.iter().cloned());
        }
        Ok(())
    }

    /// Returns true if a change of the file at a path from the top can change the verdict.
    pub fn contains(&self, path: &Path) -> bool {
        self.inside.iter().any(|read| {
            let literal = read.literal();
            // A link or a submodule on the way leads elsewhere.
            read.matches(path) || literal.starts_with(path) || is_pointer_of(path, &literal)
        })
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
        self.is_glob()
            && Pattern::new(&text).is_ok_and(|pattern| pattern.matches_with(&path.to_string_lossy(), options))
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

/// Returns the links of a commit on the way to paths and below them, with the paths to which they lead.
fn links(repository: &Repository, commit: &str, reads: &[ReadPath]) -> io::Result<BTreeMap<PathBuf, PathBuf>> {
    let asked = |none: NoRepository| io::Error::other(none.why());
    let literals: BTreeSet<PathBuf> = reads.iter().map(ReadPath::literal).collect();
    let above = literals.iter().flat_map(|path| path.ancestors().skip(1).map(Path::to_owned));
    let above: BTreeSet<PathBuf> = above.filter(|path| !path.as_os_str().is_empty()).collect();
    let found = if literals.len() + above.len() > MOST_NAMED {
        repository.listing(commit).map_err(asked)?.map_err(io::Error::other)?
    } else {
        let (literals, above): (Vec<_>, Vec<_>) = (literals.into_iter().collect(), above.into_iter().collect());
        let mut found = repository.entries(commit, &above).map_err(asked)?.map_err(io::Error::other)?;
        found.extend(repository.listing_below(commit, &literals).map_err(asked)?.map_err(io::Error::other)?);
        found
    };
    let links = found.into_iter().filter(|(_, entry)| entry.kind == ObjectKind::Link);
    let (paths, ids): (Vec<PathBuf>, Vec<String>) = links.map(|(path, entry)| (path, entry.id)).unzip();
    let mut links = BTreeMap::new();
    repository.contents(&ids, |at, _, content| {
        let mut to = String::new();
        content.read_to_string(&mut to)?;
        links.extend(target(&paths[at], &to, repository.top()).map(|target| (paths[at].clone(), target)));
        Ok(())
    })?;
    Ok(links)
}

/// Returns the path from the top to which a link leads; `None` if it leads out of the work tree, as those of git-annex do.
pub(super) fn target(link: &Path, to: &str, top: &Path) -> Option<PathBuf> {
    let (mut path, to) = match Path::new(to).strip_prefix(top) {
        Ok(below) => (PathBuf::new(), below),
        Err(_) => (link.parent()?.to_owned(), Path::new(to)),
    };
    for part in to.components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir if path.pop() => {}
            _ => return None,
        }
    }
    (!is_in_git(&path)).then_some(path)
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

    #[test]
    fn files_of_locators_are_read_and_servers_are_not() {
        let text = "version: 1\nmodels:\n  a:\n    metrics_file: 'lm-eval:out/new'\n    baseline_metrics_file: 'mlflow:sqlite:///m.db?run=x'\n    \
                    metrics: {acc: {}}\n  b:\n    metrics_file: 'dvc::eval/m.json'\n    baseline_metrics_file: 'dvc:main'\n    metrics: {acc: {}}\n";
        let (config, problems) = Config::read(text);
        assert!(problems.is_empty(), "{problems:?}");
        let set = ReadSet::of(&config.expect("a config"), Path::new("gate/mlgate.yml"), Path::new("/top"));
        for path in ["gate/out/new/results_1.json", "gate/m.db", "eval/m.json"] {
            assert!(set.contains(Path::new(path)), "{path}");
        }
        for path in ["gate/eval/m.json", "main", "gate/main", "gate/lm-eval:out/new"] {
            assert!(!set.contains(Path::new(path)), "{path}");
        }
    }
}

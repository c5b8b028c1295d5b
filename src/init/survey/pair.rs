//! Two sides of one table, by their names: `main/scores.csv` and `scores.csv`, `test_old.csv` and `test_new.csv`.

use std::collections::BTreeSet;

use super::FoundFile;

/// Words of the names of the side that a change is compared with.
const OLD: [&str; 16] = [
    "main",
    "master",
    "baseline",
    "base",
    "old",
    "before",
    "previous",
    "prev",
    "prod",
    "production",
    "champion",
    "reference",
    "ref",
    "trunk",
    "stable",
    "last",
];
/// Words of the names of the change's side.
const NEW: [&str; 10] =
    ["new", "candidate", "cand", "after", "challenger", "pr", "current", "head", "change", "branch"];

/// A file to write a config for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The file.
    pub file: FoundFile,
    /// The path of the other side's file.
    pub baseline: Option<String>,
}

/// Files to write a config for, and the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proposals {
    /// The files.
    pub files: Vec<Proposal>,
    /// Files that are named as another side, but not of one table alone.
    pub unpaired: Vec<FoundFile>,
}

/// Returns the words of a path, without its ending.
fn words(path: &str) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split('.').next().unwrap_or(name);
    let parts = folder.split('/').chain([stem]);
    let words = parts.flat_map(|part| part.split(|letter: char| !letter.is_alphanumeric()));
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn has(words: &[String], known: &[&str]) -> bool {
    words.iter().any(|word| known.contains(&word.as_str()))
}

/// Returns a path's words that tell no side.
fn subject(path: &str) -> Vec<String> {
    let is_side = |word: &String| OLD.contains(&word.as_str()) || NEW.contains(&word.as_str());
    words(path).into_iter().filter(|word| !is_side(word)).collect()
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Returns true if two tables have at least half of their columns in common.
fn are_alike(one: &FoundFile, other: &FoundFile) -> bool {
    let of = |file: &FoundFile| file.columns.iter().cloned().collect::<BTreeSet<_>>();
    let (one, other) = (of(one), of(other));
    2 * one.intersection(&other).count() >= one.union(&other).count()
}

/// Assigns files of the other side to the files that a change has.
pub fn proposals(files: &[FoundFile]) -> Proposals {
    let is_old = |file: &&FoundFile| {
        let words = words(&file.path);
        has(&words, &OLD) && !has(&words, &NEW)
    };
    let (old, own): (Vec<&FoundFile>, Vec<&FoundFile>) = files.iter().partition(is_old);
    let mut found = Proposals {
        files: own.iter().map(|file| Proposal { file: (*file).clone(), baseline: None }).collect(),
        unpaired: Vec::new(),
    };
    // Without a file of a change there is no side: all files are a change's.
    if own.is_empty() {
        found.files = old.iter().map(|file| Proposal { file: (*file).clone(), baseline: None }).collect();
        return found;
    }
    for file in old {
        let is_free = |at: &usize| {
            let proposal = &found.files[*at];
            proposal.baseline.is_none() && proposal.file.kind == file.kind && are_alike(&proposal.file, file)
        };
        let free: Vec<usize> = (0..found.files.len()).filter(is_free).collect();
        let only = |fits: &dyn Fn(&FoundFile) -> bool| match free
            .iter()
            .filter(|at| fits(&found.files[**at].file))
            .collect::<Vec<_>>()[..]
        {
            [one] => Some(*one),
            _ => None,
        };
        let same = subject(&file.path);
        let at = only(&|other| subject(&other.path) == same && has(&words(&other.path), &NEW))
            .or_else(|| only(&|other| subject(&other.path) == same))
            .or_else(|| only(&|other| name(&other.path) == name(&file.path)));
        match at {
            Some(at) => found.files[at].baseline = Some(file.path.clone()),
            None => found.unpaired.push(file.clone()),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::survey::FoundKind;

    fn pairs(paths: &[&str]) -> Vec<String> {
        let file = |path: &&str| FoundFile {
            path: (*path).to_owned(),
            kind: FoundKind::Data,
            columns: vec!["id".to_owned(), "x".to_owned()],
            bytes: 1,
            parts: 1,
        };
        let files: Vec<FoundFile> = paths.iter().map(file).collect();
        let found = proposals(&files);
        let pair =
            |proposal: &Proposal| format!("{}<{}", proposal.file.path, proposal.baseline.clone().unwrap_or_default());
        found.files.iter().map(pair).chain(found.unpaired.iter().map(|file| format!("?{}", file.path))).collect()
    }

    #[test]
    fn names_tell_the_sides() {
        assert_eq!(pairs(&["main/a.csv", "a.csv"]), ["a.csv<main/a.csv"]);
        assert_eq!(pairs(&["out/test_old.csv", "out/test_new.csv"]), ["out/test_new.csv<out/test_old.csv"]);
        assert_eq!(pairs(&["preds_baseline.csv", "preds.csv"]), ["preds.csv<preds_baseline.csv"]);
        assert_eq!(pairs(&["main/a.csv", "x/a.csv"]), ["x/a.csv<main/a.csv"]);
        assert_eq!(pairs(&["main/a.csv", "x/a.csv", "y/a.csv"]), ["x/a.csv<", "y/a.csv<", "?main/a.csv"]);
        assert_eq!(pairs(&["main/a.csv", "main/b.csv"]), ["main/a.csv<", "main/b.csv<"]);
        assert_eq!(pairs(&["train.csv", "test.csv"]), ["train.csv<", "test.csv<"]);
    }
}

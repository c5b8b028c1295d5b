//! Folders with files of metrics.

use super::endings::by_ending;
use crate::plural::counted;
use crate::readers::{FoundPath, MetricReading, ReadError, RunSnapshot};

/// Levels below a folder in which files are looked for.
const MOST_DEPTH: usize = 4;
/// Files of metrics of a folder; more are a data set, and not metrics.
const MOST_FILES: usize = 100;

/// Returns true if the folder has a file of metrics.
pub(super) fn has_metrics(found: &FoundPath) -> bool {
    found.is_folder() && files(found).is_ok_and(|files| !files.is_empty())
}

/// Reads all files of metrics below a folder. Where several hold numbers, a name has the file's path and a colon before it.
///
/// # Errors
///
/// There is no file of metrics, too many, or one that cannot be read.
pub(super) fn read(found: &FoundPath) -> Result<RunSnapshot, ReadError> {
    if !found.is_folder() {
        return Err(ReadError::unreadable(found.shown(), "it is a file, not a folder"));
    }
    let mut parts = Vec::new();
    for (path, file) in files(found)? {
        let mut part = RunSnapshot::default();
        by_ending(&file, &mut part)?;
        if !part.metrics.is_empty() {
            parts.push((path, part));
        }
    }
    let is_several = parts.len() > 1;
    let mut snapshot = RunSnapshot::default();
    for (path, part) in parts {
        for (name, reading) in part.metrics {
            let name = if is_several { format!("{path}:{name}") } else { name };
            snapshot.add(found.shown(), name, MetricReading { ..reading }, found.limits())?;
        }
        if let Some(status) = part.run.status {
            snapshot.run.status = Some(status);
        }
        part.warnings.into_iter().for_each(|warning| snapshot.warn(warning));
    }
    if snapshot.metrics.is_empty() {
        return Err(ReadError::unreadable(found.shown(), "the folder holds no file with a number that has a name"));
    }
    Ok(snapshot)
}

/// Returns the files of metrics below a folder by their paths, sorted. Hidden files and folders are left out.
fn files(found: &FoundPath) -> Result<Vec<(String, FoundPath)>, ReadError> {
    let mut files = Vec::new();
    let mut open: Vec<(String, Option<FoundPath>, usize)> = vec![(String::new(), None, 0)];
    while let Some((path, folder, depth)) = open.pop() {
        let folder = folder.as_ref().unwrap_or(found);
        for name in folder.names()?.into_iter().filter(|name| !name.starts_with('.')) {
            // A link may lead to a folder above.
            let is_link = folder.path().join(&name).is_symlink();
            let Ok(Some(child)) = folder.child(&name) else { continue };
            let path = if path.is_empty() { name } else { format!("{path}/{name}") };
            if child.is_folder() {
                if depth < MOST_DEPTH && !is_link {
                    open.push((path, Some(child), depth + 1));
                }
            } else if is_of_metrics(&child) {
                files.push((path, child));
                if files.len() > MOST_FILES {
                    let limit = counted(MOST_FILES as u64, "file");
                    let why = format!("the folder has too many files of metrics; limit: {limit}; name one of them");
                    return Err(ReadError::unreadable(found.shown(), why));
                }
            }
        }
    }
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(files)
}

fn is_of_metrics(file: &FoundPath) -> bool {
    let ending = file.ending();
    [&super::endings::DOCUMENTS[..], &super::endings::TABLES, &super::endings::LINES_ENDINGS]
        .iter()
        .any(|list| list.contains(&ending.as_str()))
}

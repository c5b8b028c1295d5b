//! The folder of `--output_path`: a folder for each model, with results and samples of each call.

use std::path::Path;

use crate::readers::{FoundPath, ReadError, RunSnapshot};

/// Returns true if the folder, or one directly below it, has a file of results.
pub(super) fn has_results(found: &FoundPath) -> bool {
    folders(found).is_ok_and(|folders| {
        folders.iter().any(|(_, files)| {
            files
                .last()
                .is_some_and(|newest| newest.json_at(&["results"]).is_some() && newest.json_at(&["n-shot"]).is_some())
        })
    })
}

/// Reads the newest results of the folder's only model.
///
/// # Errors
///
/// There are none, or those of several models.
pub(super) fn read(found: &FoundPath, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
    let refused = |why: String| ReadError::unreadable(found.shown(), why);
    let folders = folders(found)?;
    let [(folder, files)] = folders.as_slice() else {
        let names: Vec<&str> = folders.iter().map(|(name, _)| name.as_str()).collect();
        return Err(refused(match names.as_slice() {
            [] => "the folder has no results of lm-evaluation-harness (`results_*.json`)".to_owned(),
            names => format!("the folder has results of several models; name one of {}", names.join(", ")),
        }));
    };
    let Some(newest) = files.last() else { return Err(refused("the folder has no results".to_owned())) };
    super::results::of_results(newest, snapshot)?;
    if files.len() > 1 {
        snapshot.warn(format!("of {} results the newest is read, `{}`", files.len(), newest.name()));
    }
    let time = stamp(&newest.name()).unwrap_or_default().to_owned();
    snapshot.artifacts.insert("results".to_owned(), newest.shown().to_owned());
    let beside = Path::new(newest.shown()).parent().map(|path| path.display().to_string()).unwrap_or_default();
    for name in folder_names(found, folder)? {
        let task = name.strip_prefix("samples_").and_then(|rest| rest.strip_suffix(&format!("_{time}.jsonl")));
        if let Some(task) = task {
            snapshot.artifacts.insert(format!("samples.{task}"), format!("{beside}/{name}"));
        }
    }
    Ok(())
}

fn folder_names(found: &FoundPath, folder: &str) -> Result<Vec<String>, ReadError> {
    match folder {
        "" => found.names(),
        folder => found.child(folder)?.map_or_else(|| Ok(Vec::new()), |child| child.names()),
    }
}

/// Returns the time in the name of a results file, which sorts as text.
fn stamp(name: &str) -> Option<&str> {
    name.strip_prefix("results_")?.strip_suffix(".json")
}

/// Returns the folders that have results, with their files from the oldest to the newest.
fn folders(found: &FoundPath) -> Result<Vec<(String, Vec<FoundPath>)>, ReadError> {
    let own = results(found)?;
    if !own.is_empty() {
        return Ok(vec![(String::new(), own)]);
    }
    let mut folders = Vec::new();
    for name in found.names()? {
        let Ok(Some(child)) = found.child(&name) else { continue };
        let files = if child.is_folder() { results(&child)? } else { Vec::new() };
        if !files.is_empty() {
            folders.push((name, files));
        }
    }
    Ok(folders)
}

fn results(folder: &FoundPath) -> Result<Vec<FoundPath>, ReadError> {
    let names = folder.names()?.into_iter().filter(|name| stamp(name).is_some());
    names.filter_map(|name| folder.child(&name).transpose()).collect()
}

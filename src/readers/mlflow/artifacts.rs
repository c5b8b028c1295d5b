//! Artifacts of a run. Stores keep absolute addresses, which are wrong once a store was moved: what lies beside the store
//! comes first, and what was written second.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use url::Url;

use super::place::OpenStore;
use super::store::{StoredRun, StoredVersion};
use crate::lexical::lexical;

/// The most artifacts that are listed.
const MOST: usize = 1_000;
/// Folders beside an SQLite file in which MLflow keeps artifacts.
const ROOTS: [&str; 2] = ["mlruns", "mlartifacts"];

/// Returns the artifacts at the top of a run with their places, and those of the model's version.
///
/// Artifacts on a server or in a store are not listed: their address stands under a dot.
pub(super) fn of(open: &OpenStore, run: &StoredRun, version: Option<&StoredVersion>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    if let Some(address) = &run.artifact_uri {
        match local(open, run, address) {
            Some(folder) => found.extend(listed(&folder)),
            None => {
                found.insert(".".to_owned(), address.clone());
            }
        }
    }
    if let Some(version) = version
        && let Some(address) = version.storage.as_ref().or(version.source.as_ref())
    {
        found.insert(format!("models:/{}/{}", version.model, version.version), address.clone());
    }
    found
}

fn local(open: &OpenStore, run: &StoredRun, address: &str) -> Option<PathBuf> {
    let beside = open.folder.as_ref().map(|folder| {
        let of_run = Path::new(&run.experiment).join(&run.id).join("artifacts");
        ROOTS.iter().map(|root| folder.join(root).join(&of_run)).find(|path| path.is_dir())
    });
    let written = match Url::parse(address) {
        Ok(url) if url.scheme() == "file" => url.to_file_path().ok(),
        Ok(_) => None,
        Err(_) => Some(PathBuf::from(address)),
    };
    beside.flatten().or_else(|| written.filter(|path| open.folder.is_some() && path.is_dir()))
}

fn listed(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(MOST);
    let listed = |entry: fs::DirEntry| {
        (entry.file_name().to_string_lossy().into_owned(), lexical(&entry.path()).display().to_string())
    };
    entries.map(listed).collect()
}

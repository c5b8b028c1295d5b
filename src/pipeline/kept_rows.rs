//! The rows of models beside a baseline: `mlgate bless` writes them if the config says `rows: true`, and later runs are
//! paired with them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::project::Project;
use crate::baseline::{Baseline, KeptRows};
use crate::config::ReadAs;
use crate::digest::sha256;
use crate::engine::Engine;
use crate::measurement::prediction_spec::{BaselinePredictions, HashedRows, PredictionSpec};
use crate::measurement::{RowsDigest, TableId, TableKind};
use crate::stats::Side;

/// A file to write: its path and contents.
pub(crate) type RowsFile = (PathBuf, Vec<u8>);

/// The number of a digest's characters in a file name or a salt.
const SHORT: usize = 32;

/// Returns the files to write, by their paths beside the baseline's, and enters them into the baseline.
///
/// # Errors
///
/// A model has no key, or its rows cannot be read.
pub(crate) fn collect(
    engine: &Engine,
    specs: &BTreeMap<String, PredictionSpec>,
    baseline: &mut Baseline,
    place: &Path,
) -> Result<Vec<RowsFile>, String> {
    let mut files = Vec::new();
    for (name, model) in &mut baseline.models {
        let Some(spec) = specs.get(name) else { continue };
        // The rows of a dataset's labels have no predictions to pair.
        if name.starts_with("data.") && spec.key.is_empty() {
            continue;
        }
        if spec.key.is_empty() {
            return Err(format!("`rows: true` stores rows by their keys, but the model `{name}` has no `key`"));
        }
        let salt = salt(name, &model.measured_on);
        let bytes = engine.rows_to_store(name, spec, &salt).map_err(|error| error.0)?;
        let file = format!("{}/{}", folder(place), file_name(name));
        let digest = sha256(bytes.as_slice()).map_err(|error| error.to_string())?;
        files.push((place.with_file_name(&file), bytes));
        model.rows = Some(KeptRows { file, digest, salt });
    }
    Ok(files)
}

/// Opens the rows beside the baseline, so that a run is paired with them. A file that cannot be used is reported.
pub(crate) fn open(
    engine: &mut Engine,
    specs: &mut BTreeMap<String, PredictionSpec>,
    baseline: &Baseline,
    place: &Path,
    loaded: &Project,
) -> Vec<String> {
    let mut notes = Vec::new();
    for (name, spec) in specs.iter_mut().filter(|(_, spec)| spec.baseline == Some(BaselinePredictions::Stored)) {
        let Some(model) = baseline.models.get(name) else { continue };
        let Some(rows) = &model.rows else { continue };
        // The baseline is untrusted and does not determine the file's path.
        let file = format!("{}/{}", folder(place), file_name(name));
        let path = place.with_file_name(&file);
        // A pipe would block, and a device has no end.
        let is_file = std::fs::metadata(&path).is_ok_and(|found| found.is_file());
        let opened = if is_file { std::fs::File::open(&path) } else { Err(std::io::ErrorKind::NotFound.into()) };
        let digest = opened.and_then(sha256);
        match digest {
            Ok(digest) if digest == rows.digest => {
                // The engine resolves paths relative to the config's folder.
                let shown = path.strip_prefix(&loaded.root).map(Path::to_owned);
                let shown = shown.or_else(|_| std::path::absolute(&path)).unwrap_or(path);
                let id = TableId { kind: TableKind::Predictions, name: name.clone(), side: Side::Baseline };
                engine.open(id, &shown.display().to_string(), &ReadAs::default());
                spec.baseline = Some(BaselinePredictions::Hashed(HashedRows {
                    salt: rows.salt.clone(),
                    measured_on: model.measured_on.clone(),
                }));
            }
            Ok(_) => notes.push(format!("{name}: `{file}` is not the file that was blessed, so no rows are paired")),
            Err(_) => notes.push(format!("{name}: there is no `{file}`, so no rows are paired")),
        }
    }
    notes
}

/// Returns a salt that is equal for the same rows, so that the same data give the same bytes, and different for others,
/// so that a list of hashes is useful only once.
fn salt(model: &str, measured_on: &RowsDigest) -> String {
    let keys = measured_on.keys.as_deref().unwrap_or_default();
    short(&format!("mlgate rows\n{model}\n{keys}"))
}

fn short(text: &str) -> String {
    let digest = sha256(text.as_bytes()).unwrap_or_default();
    digest.trim_start_matches("sha256:").chars().take(SHORT).collect()
}

/// Returns the folder `baseline.rows` beside `baseline.json`.
fn folder(place: &Path) -> String {
    let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.trim_end_matches(".zst").trim_end_matches(".json");
    format!("{stem}.rows")
}

/// Returns a file name for a model, whose name may contain any character.
fn file_name(model: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    let plain: String = model.chars().map(|character| if is_plain(character) { character } else { '_' }).collect();
    if plain == model {
        return format!("{plain}.parquet");
    }
    let digest: String = short(model).chars().take(8).collect();
    format!("{plain}-{digest}.parquet")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_models_do_not_lead_out_of_the_folder() {
        assert_eq!(file_name("income"), "income.parquet");
        let odd = file_name("../../etc/passwd");
        assert!(odd.starts_with("______etc_passwd-") && odd.ends_with(".parquet"), "{odd}");
        assert_ne!(file_name("a b"), file_name("a/b"));
        assert_eq!(folder(Path::new("x/baseline.json.zst")), "baseline.rows");
    }
}

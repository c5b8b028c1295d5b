//! `mlgate diff`: what is different between two baselines.

use std::path::Path;

use super::exit::{Failure, PASSED};
use super::stored::{self, MOST_BYTES};
use super::{DiffArguments, TableFormat, git, load, output};
use crate::baseline::{Baseline, Difference};
use crate::report;

/// Prints it; that something is different is no failure.
pub(super) fn diff(arguments: &DiffArguments) -> Result<u8, Failure> {
    let loaded = load::optional(arguments.config.as_deref())?;
    let root = loaded.as_ref().map_or(Path::new("."), |loaded| loaded.root.as_path());
    let place = loaded
        .as_ref()
        .and_then(|loaded| loaded.config.baseline.as_ref().and_then(|config| config.file().map(str::to_owned)));
    let place = place.unwrap_or_else(|| stored::USUAL.to_owned());
    let before = read(&arguments.before, root, &place)?;
    let after = read(&arguments.after, root, &place)?;
    let found = Difference::between(&before, &after);
    let text = match arguments.format {
        TableFormat::Text => report::difference(&found, &arguments.before, &arguments.after),
        TableFormat::Json => {
            let text = serde_json::to_string_pretty(&found);
            text.map_err(|error| Failure::Environment(format!("the difference has no JSON form: {error}")))? + "\n"
        }
    };
    output::print(&text)?;
    Ok(PASSED)
}

/// A file, or `git:REVISION[:PATH]`, or a plain revision that has a baseline at the config's place.
fn read(what: &str, root: &Path, place: &str) -> Result<Baseline, Failure> {
    let file = Path::new(what);
    let is_revision = what.starts_with("git:") || !file.exists();
    let bytes = if is_revision {
        let named = what.strip_prefix("git:").unwrap_or(what);
        let (revision, path) = named.split_once(':').unwrap_or((named, place));
        git::file_of(root, revision, path, MOST_BYTES).map_err(Failure::Usage)?
    } else {
        stored::bytes_of(file).map_err(|error| Failure::Usage(format!("`{what}` cannot be read: {error}")))?
    };
    stored::parse(&bytes).map_err(|why| Failure::Usage(format!("`{what}` {why}")))
}

//! `mlgate diff`: the differences between two baselines.

use std::path::Path;

use crate::baseline::{Baseline, Difference};
use crate::cli::arguments::{DiffArguments, TableFormat};
use crate::cli::exit::PASSED;
use crate::cli::{load, output};
use crate::config::BaselineSource;
use crate::pipeline::failure::Failure;
use crate::pipeline::{find_baseline, stored};
use crate::report;

/// Prints the differences; a difference is not a failure.
pub(in crate::cli) fn diff(arguments: &DiffArguments) -> Result<u8, Failure> {
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
            text.map_err(|error| {
                Failure::Environment(format!("internal error: the difference cannot be written as JSON: {error}"))
            })? + "\n"
        }
    };
    output::print(&text)?;
    Ok(PASSED)
}

/// Reads a baseline: a file; any other place that a config may name; or a git revision, which has its baseline at the
/// config's place unless it names another, as in `main:other.json`.
fn read(what: &str, root: &Path, usual: &str) -> Result<Baseline, Failure> {
    let failed = |why: String| Failure::Usage(format!("`{what}`: {why}"));
    let file = Path::new(what);
    let (place, path) = if file.is_file() {
        (BaselineSource::Path(what.to_owned()), Some(file.to_owned()))
    } else {
        (place(what, usual).map_err(failed)?, None)
    };
    let found = find_baseline::fetch(&place, path, root).map_err(|lost| failed(lost.why()))?;
    stored::parse(&found.bytes).map_err(|why| {
        // To name a file that is not a baseline is a mistake on the command line; a malformed baseline is not.
        let is_another = why.starts_with("is not a stored baseline");
        let said = format!("`{what}` {why}");
        if is_another { Failure::Usage(said) } else { Failure::Environment(said) }
    })
}

fn place(what: &str, usual: &str) -> Result<BaselineSource, String> {
    let revision = what.strip_prefix("git:");
    match BaselineSource::parse(what) {
        Ok(place) if revision.is_none() && !matches!(place, BaselineSource::Path(_)) => Ok(place),
        _ => {
            let revision = revision.unwrap_or(what);
            let path = if revision.contains(':') { String::new() } else { format!(":{usual}") };
            BaselineSource::parse(&format!("git:{revision}{path}"))
        }
    }
}

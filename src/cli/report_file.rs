//! Reports in files.

use std::path::Path;

use crate::bounded;
use crate::pipeline::failure::Failure;
use crate::publish::claim;
use crate::report::document::Report;

/// Maximum bytes of a report, which is read whole.
const MOST_REPORT: u64 = 256 << 20;

/// Reads a report and checks it.
pub(in crate::cli) fn read(path: &Path, now: i64) -> Result<Report, Failure> {
    Ok(read_guarded(path, now)?.0)
}

/// Reads a report and checks it, and returns the gates as well that its guard found to be removed.
pub(in crate::cli) fn read_guarded(path: &Path, now: i64) -> Result<(Report, Vec<String>), Failure> {
    let failed = |why: String| Failure::Environment(format!("`{}` cannot be read: {why}", path.display()));
    let text = bounded::read_text(path, MOST_REPORT).map_err(|error| failed(error.to_string()))?;
    let report = claim::read(&text, now).map_err(|error| failed(error.to_string()))?;
    Ok((report, claim::removed(&text)))
}

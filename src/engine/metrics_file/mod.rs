//! Files of metrics that another program has computed, such as `metrics.json`.
//!
//! The formats are JSON and YAML, flat or nested (as DVC, DVCLive and MLflow's `describe` write them), CSV and TSV, and
//! the folder of a run in MLflow's file store; a locator names a run of another tool. The bytes come from a pull request: files must be small.

mod history;
mod numbers;
mod recorded;
mod table;
mod tree;

use std::io::Read;
use std::path::Path;

use crate::measurement::protocol::EvaluationProtocol;
use crate::measurement::{Column, ColumnType, MeasureError, Measured, TableInfo, TypeFamily};

use super::source::{self, SourceFile};
pub(super) use numbers::{FoundNumber, MetricsFile};

/// The largest file of metrics, in bytes.
const MOST_BYTES: u64 = 4 << 20;

impl MetricsFile {
    /// Reads the file, the folder of a run, or the run that a locator names.
    ///
    /// # Errors
    ///
    /// The file does not exist, has an unknown format, is too large, or has no number.
    pub(super) async fn read(root: &Path, path: &str, named: &[String]) -> Result<Self, MeasureError> {
        if recorded::is_locator(path) {
            return recorded::read(root, path);
        }
        let files = source::files_of(root, path, named, MOST_BYTES).await?;
        let mut digests = Vec::new();
        let mut found = FoundNumber::new();
        for part in &files.parts {
            let text = text(part)?;
            let here = if files.is_folder {
                let folder = files.shown.trim_start_matches("./").trim_end_matches('/');
                let name = part.name.strip_prefix(folder).unwrap_or(&part.name).trim_start_matches('/');
                history::last(&text).map(|number| FoundNumber::from([(name.to_owned(), number)]))
            } else {
                of_text(&part.name, &text)
            };
            let here = here.map_err(|why| MeasureError(format!("`{}`: {why}", part.name)))?;
            found.extend(here);
            let digest = part.digest().map_err(|error| source::unreadable(&part.name, &error))?;
            digests.push((part.name.clone(), digest));
        }
        if found.keys().all(String::is_empty) {
            return Err(MeasureError(format!("`{}` holds no named number", files.shown)));
        }
        let protocol = if files.is_folder { Ok(EvaluationProtocol::default()) } else { recorded::protocol(root, path) };
        Ok(Self { path: files.shown, found, digests, protocol })
    }

    /// Returns the names, as a table's columns.
    pub(super) fn info(&self) -> TableInfo {
        let number = |name: &String| Column {
            name: name.clone(),
            data_type: ColumnType { name: "float64".to_owned(), family: TypeFamily::Float },
            nullable: None,
        };
        TableInfo {
            path: self.path.clone(),
            columns: self.found.keys().map(number).collect(),
            protocol: self.protocol.clone(),
        }
    }

    /// Returns the number with this name.
    ///
    /// # Errors
    ///
    /// There is none, or the value is not a number.
    pub(super) fn number(&self, name: &str) -> Result<Measured, MeasureError> {
        match self.found.get(name) {
            Some(Ok(number)) => Ok(Measured::Number(Some(*number))),
            Some(Err(what)) => {
                Err(MeasureError(format!("`{}`: `{name}` is {what}, where a number is needed", self.path)))
            }
            None => Err(MeasureError(format!("`{}` has no metric `{name}`", self.path))),
        }
    }

    /// Returns a copy with a fault.
    ///
    /// # Errors
    ///
    /// There is no such number.
    pub(super) fn with(&self, fault: &MetricFault) -> Result<Self, String> {
        let mut file = self.clone();
        let (MetricFault::Renamed(name) | MetricFault::Changed(name, _)) = fault;
        let Some(Ok(number)) = self.found.get(name) else { return Err(format!("there is no number `{name}`")) };
        let new = match fault {
            MetricFault::Changed(name, by) => (name.clone(), number + number.abs() * by),
            MetricFault::Renamed(name) => {
                file.found.remove(name);
                let mut other = format!("{name}_2");
                while self.found.contains_key(&other) {
                    other.push('_');
                }
                (other, *number)
            }
        };
        file.found.insert(new.0, Ok(new.1));
        Ok(file)
    }

    /// Returns each file with the digest of its bytes.
    pub(super) fn digests(&self) -> &[(String, String)] {
        &self.digests
    }
}

fn text(part: &SourceFile) -> Result<String, MeasureError> {
    let wrap = |why: String| MeasureError(source::told_of(&part.name, &why));
    let mut bytes = Vec::new();
    let reader = part.text().map_err(wrap)?;
    reader.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| wrap(part.broken(&error)))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(wrap(format!("is too large for a file of metrics; limit: {} MiB", MOST_BYTES >> 20)));
    }
    let broken = |error: std::string::FromUtf8Error| {
        wrap(format!("it is not UTF-8 from byte {} on", error.utf8_error().valid_up_to()))
    };
    String::from_utf8(bytes).map_err(broken)
}

fn of_text(name: &str, text: &str) -> Result<FoundNumber, String> {
    let name = name.to_ascii_lowercase();
    let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("json" | "yaml" | "yml") => tree::numbers(text),
        Some("csv") => table::numbers(text, b','),
        Some("tsv") => table::numbers(text, b'\t'),
        _ => Err("the format is not known; the name of a file of metrics ends in .json, .yaml, .yml, .csv or .tsv"
            .to_owned()),
    }
}

/// A fault of a file of metrics.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricFault {
    /// A number has another name.
    Renamed(String),
    /// A number is larger by this proportion of itself, or smaller if it is negative.
    Changed(String, f64),
}

//! The heads of files: the names of their columns.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::config::ReadAs;
use crate::engine::Engine;
use crate::init::model::are_of_predictions;
use crate::init::survey::FoundKind;
use crate::measurement::{TableId, TableKind};
use crate::stats::Side;

/// The largest head of a text file, in bytes.
const MOST: u64 = 64 << 10;
/// The largest file of metrics, and the most numbers in it: more is something else.
const MOST_METRICS: u64 = 1 << 20;
const MOST_NUMBERS: usize = 100;
/// Words in the names of files of metrics.
const METRICS: [&str; 9] =
    ["metrics", "metric", "scores", "score", "eval", "evaluation", "results", "report", "summary"];

/// The forms of files by their endings.
#[derive(Clone, Copy, PartialEq)]
enum HeadForm {
    Separated,
    Lines,
    Binary,
    Metrics,
}

/// Returns true for a name that a table or a file of metrics may have.
pub(super) fn is_known(name: &str) -> bool {
    form(name).is_some()
}

fn form(name: &str) -> Option<HeadForm> {
    let name = name.to_ascii_lowercase();
    let plain = [".gz", ".zst"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    let (stem, ending) = plain.rsplit_once('.')?;
    match ending {
        "csv" | "tsv" => Some(HeadForm::Separated),
        "jsonl" | "ndjson" => Some(HeadForm::Lines),
        "parquet" | "arrow" | "feather" if plain == name => Some(HeadForm::Binary),
        "json" | "yaml" | "yml" if plain == name => {
            let mut words = stem.split(|letter: char| !letter.is_ascii_alphanumeric());
            words.any(|word| METRICS.contains(&word)).then_some(HeadForm::Metrics)
        }
        _ => None,
    }
}

/// Reads heads; an engine is started for the first file that needs one.
#[derive(Default)]
pub(super) struct Heads {
    engine: Option<Engine>,
}

impl Heads {
    /// Returns the contents of a file and its columns; `None` if it is neither a table nor a file of metrics.
    pub(super) fn look(&mut self, path: &Path) -> Option<(FoundKind, Vec<String>)> {
        let name = path.file_name()?.to_str()?;
        let columns = match form(name)? {
            HeadForm::Separated => separated(path).ok()?,
            HeadForm::Lines => keys(path).ok()?,
            HeadForm::Binary => self.opened(path, false)?,
            HeadForm::Metrics => {
                path.metadata().ok().filter(|found| found.len() <= MOST_METRICS)?;
                let numbers = self.opened(path, true).filter(|numbers| numbers.len() <= MOST_NUMBERS)?;
                return Some((FoundKind::Metrics, numbers));
            }
        };
        // One column is a list, and no table.
        (columns.len() > 1).then(|| {
            let kind = if are_of_predictions(&columns) { FoundKind::Predictions } else { FoundKind::Data };
            (kind, columns)
        })
    }

    fn opened(&mut self, path: &Path, is_metrics: bool) -> Option<Vec<String>> {
        if self.engine.is_none() {
            self.engine = Engine::new(Path::new(".")).ok();
        }
        let engine = self.engine.as_mut()?;
        let kind = if is_metrics { TableKind::Metrics } else { TableKind::Dataset };
        let id = TableId { kind, name: path.display().to_string(), side: Side::Candidate };
        if is_metrics {
            engine.open_metrics(id.clone(), path.to_str()?);
        } else {
            engine.open(id.clone(), path.to_str()?, &ReadAs::default());
        }
        let info = engine.tables().remove(&id)?.ok()?;
        Some(info.columns.into_iter().map(|column| column.name).collect())
    }
}

/// Returns the first line of a file, at most this many bytes of it.
fn first_line(path: &Path) -> io::Result<String> {
    let file = BufReader::new(File::open(path)?);
    let name = path.to_string_lossy().to_ascii_lowercase();
    let text: Box<dyn Read> = if name.ends_with(".gz") {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else if name.ends_with(".zst") {
        Box::new(zstd::Decoder::new(file)?)
    } else {
        Box::new(file)
    };
    let mut line = String::new();
    BufReader::new(text.take(MOST)).read_line(&mut line)?;
    Ok(line.trim_start_matches('\u{feff}').trim_end().to_owned())
}

fn separated(path: &Path) -> io::Result<Vec<String>> {
    let line = first_line(path)?;
    let is_tsv = path.to_string_lossy().to_ascii_lowercase().contains(".tsv");
    let delimiter = if is_tsv { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(line.as_bytes());
    let record = reader.records().next().transpose().map_err(io::Error::other)?;
    Ok(record.iter().flatten().map(str::to_owned).collect())
}

fn keys(path: &Path) -> io::Result<Vec<String>> {
    let value: serde_json::Value = serde_json::from_str(&first_line(path)?)?;
    Ok(value.as_object().into_iter().flat_map(|object| object.keys().cloned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_may_be_read() {
        for name in ["a.csv", "A.CSV.gz", "b.tsv", "c.jsonl.zst", "d.parquet", "metrics.json", "eval_results.yaml"] {
            assert!(is_known(name), "{name}");
        }
        for name in ["package.json", "config.yml", "a.py", "csv", "metricsystem.json", "d.parquet.gz"] {
            assert!(!is_known(name), "{name}");
        }
    }
}

//! Where a table lies: a file, a folder or a glob, in one of four formats.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use datafusion::common::DataFusionError;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::file_format::options::ArrowReadOptions;
use datafusion::execution::context::SessionContext;
use datafusion::prelude::{CsvReadOptions, JsonReadOptions, ParquetReadOptions};
use url::Url;

use crate::digest::sha256;
use crate::gate::measurement::MeasureError;

/// Rows of a CSV or JSON file that are read to find out the types of its columns.
///
/// A later row that does not fit its column is an error that names the row, never a null.
const TYPED_BY: usize = 100_000;

/// The files of one table, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    format: Format,
    extension: String,
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Parquet,
    Csv,
    Tsv,
    JsonLines,
    ArrowIpc,
}

impl Format {
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "parquet" | "pq" => Some(Self::Parquet),
            "csv" => Some(Self::Csv),
            "tsv" => Some(Self::Tsv),
            "jsonl" | "ndjson" | "json" => Some(Self::JsonLines),
            "arrow" | "ipc" | "feather" => Some(Self::ArrowIpc),
            _ => None,
        }
    }
}

impl Source {
    /// Finds the files that `path`, relative to `root`, stands for.
    ///
    /// # Errors
    ///
    /// There is no such file, a folder or glob holds none in a known format or several formats, or a file is empty.
    pub(super) fn find(root: &Path, path: &str) -> Result<Self, MeasureError> {
        let full = root.join(path);
        let files = if full.is_dir() {
            folder(&full, path)?
        } else if full.exists() {
            vec![full]
        } else if path.contains(['*', '?', '[']) {
            matches(&full, path)?
        } else {
            return Err(MeasureError(missing(&full, path)));
        };
        let mut formats: Vec<(Format, &PathBuf)> = Vec::new();
        for file in &files {
            let format = Format::of(file).ok_or_else(|| {
                MeasureError(format!(
                    "the format of `{}` is not known; the name must end in .parquet, .csv, .tsv, .jsonl or .arrow",
                    shown(root, file)
                ))
            })?;
            formats.push((format, file));
        }
        let Some(&(format, first)) = formats.first() else {
            return Err(MeasureError(format!(
                "`{path}` holds no file that ends in .parquet, .csv, .tsv, .jsonl or .arrow"
            )));
        };
        let extension = first.extension().and_then(|end| end.to_str()).unwrap_or_default().to_owned();
        if let Some((_, other)) = formats.iter().find(|(_, file)| file.extension() != first.extension()) {
            return Err(MeasureError(format!(
                "`{path}` mixes formats: `{}` and `{}`; name one of them, as in \"{path}/*.{extension}\"",
                shown(root, first),
                shown(root, other)
            )));
        }
        for file in &files {
            let size = fs::metadata(file).map_err(|error| unreadable(&shown(root, file), &error))?.len();
            if size == 0 {
                return Err(MeasureError(format!("`{}` is empty (0 bytes)", shown(root, file))));
            }
        }
        Ok(Self { format, extension, files })
    }

    /// Opens the files as one table.
    pub(super) async fn open(&self, context: &SessionContext) -> Result<DataFrame, DataFusionError> {
        let urls = self.files.iter().map(|file| url(file)).collect::<Result<Vec<_>, _>>()?;
        let extension = format!(".{}", self.extension);
        match self.format {
            Format::Parquet => {
                let options = ParquetReadOptions { file_extension: &extension, ..Default::default() };
                context.read_parquet(urls, options).await
            }
            Format::Csv | Format::Tsv => {
                let delimiter = if self.format == Format::Tsv { b'\t' } else { b',' };
                let options = CsvReadOptions::new()
                    .delimiter(delimiter)
                    .newlines_in_values(true)
                    .schema_infer_max_records(TYPED_BY)
                    .file_extension(&extension);
                context.read_csv(urls, options).await
            }
            Format::JsonLines => {
                let options = JsonReadOptions {
                    file_extension: &extension,
                    schema_infer_max_records: TYPED_BY,
                    ..Default::default()
                };
                context.read_json(urls, options).await
            }
            Format::ArrowIpc => {
                let options = ArrowReadOptions { file_extension: &extension, ..Default::default() };
                context.read_arrow(urls, options).await
            }
        }
    }

    /// Each file, as seen from `root`, with the SHA-256 of its bytes.
    pub(super) fn digests(&self, root: &Path) -> Result<Vec<(String, String)>, MeasureError> {
        self.files
            .iter()
            .map(|file| {
                let name = shown(root, file);
                let digest = File::open(file).and_then(sha256).map_err(|error| unreadable(&name, &error))?;
                Ok((name, digest))
            })
            .collect()
    }
}

fn folder(full: &Path, path: &str) -> Result<Vec<PathBuf>, MeasureError> {
    let entries = fs::read_dir(full).map_err(|error| unreadable(path, &error))?;
    let mut files = Vec::new();
    for entry in entries {
        let file = entry.map_err(|error| unreadable(path, &error))?.path();
        // Writers leave files such as `_SUCCESS` and `.part.crc` beside the data.
        if file.is_file() && Format::of(&file).is_some() && !starts_hidden(&file) {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn starts_hidden(file: &Path) -> bool {
    file.file_name().and_then(|name| name.to_str()).is_none_or(|name| name.starts_with(['.', '_']))
}

fn matches(full: &Path, path: &str) -> Result<Vec<PathBuf>, MeasureError> {
    let pattern = full.to_str().ok_or_else(|| MeasureError(format!("`{path}` is not UTF-8")))?;
    let found = glob::glob(pattern).map_err(|error| MeasureError(format!("`{path}` is not a glob: {error}")))?;
    let mut files = Vec::new();
    for file in found {
        let file = file.map_err(|error| unreadable(path, error.error()))?;
        if file.is_file() {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(MeasureError(format!("no file matches `{path}`")));
    }
    Ok(files)
}

fn missing(full: &Path, path: &str) -> String {
    let folder = full.parent().filter(|folder| folder.is_dir());
    let names: Vec<String> = folder
        .and_then(|folder| fs::read_dir(folder).ok())
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let wanted = full.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match crate::config::did_you_mean(wanted, names.iter().map(String::as_str)) {
        Some(name) => format!("there is no file `{path}`; did you mean `{name}` in the same folder?"),
        None if folder.is_none() => format!("there is no file `{path}`: its folder does not exist"),
        None => format!("there is no file `{path}`"),
    }
}

fn unreadable(name: &str, error: &io::Error) -> MeasureError {
    MeasureError(format!("`{name}` cannot be read: {error}"))
}

/// A path as the report shows it: relative to the config, without the folders of the machine.
fn shown(root: &Path, file: &Path) -> String {
    file.strip_prefix(root).unwrap_or(file).display().to_string()
}

/// A URL, because the engine would read `[` and `*` of a plain path as a glob.
fn url(file: &Path) -> Result<String, DataFusionError> {
    let absolute = std::path::absolute(file)?;
    Url::from_file_path(&absolute)
        .map(String::from)
        .map_err(|()| DataFusionError::Plan(format!("{} is not a path", absolute.display())))
}

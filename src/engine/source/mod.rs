//! Sources of tables: files, folders and globs, on disk or remote, in five formats.
//!
//! The author of a pull request chooses these bytes. So a file is read completely or not at all: a value that does not
//! fit is an error with its place, and never a null or the end of the table.

mod address;
mod arrow_ipc;
mod arrow_lengths;
mod column_chunks;
mod copies;
mod csv;
mod csv_fields;
mod csv_layout;
mod csv_survey;
mod dialect;
mod digest_sections;
mod each_part;
mod entry;
mod file;
mod files;
mod format;
mod globbed;
pub(super) mod guard;
mod hive;
mod in_range;
mod inspect_rows;
mod json;
mod json_columns;
mod json_kind;
mod json_lines;
mod json_rows;
mod json_value;
mod layout;
mod loose_files;
mod nested;
mod parquet_depth;
mod records;
mod relaid;
#[cfg(feature = "remote")]
mod remote;
mod repetition;
mod row_groups;
mod schema;
mod seen;
mod share_out;
mod table;
mod text_form;
mod text_reader;
mod unified;
mod work_units;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf, absolute};
use std::sync::{Arc, OnceLock};

use datafusion::arrow::datatypes::Field;
use datafusion::catalog::TableProvider;
use datafusion::common::DataFusionError;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::dataframe::DataFrame;
use datafusion::datasource::source_as_provider;
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::ident;
use futures::StreamExt;

use super::error::sentence;
use crate::config::ReadAs;
use crate::measurement::MeasureError;
use crate::measurement::protocol::EvaluationProtocol;
use crate::readers;
pub use address::Undelivered;
use address::{is_scheme, without_secrets};
pub(super) use entry::unreadable;
pub(super) use file::{SourceFile, told_of};
use format::{ENDINGS, FileFormat};
use layout::{MIXED, Reader, Shape};
pub(super) use loose_files::files_of;
#[cfg(feature = "remote")]
pub use remote::download;
use table::SourceTable;

/// Files of one table, in the order of their names.
#[derive(Debug)]
pub(super) struct Source {
    /// The path, without secrets.
    path: String,
    /// The folder at which the path starts; `None` for remote files.
    root: Option<PathBuf>,
    format: FileFormat,
    parts: Arc<Vec<SourceFile>>,
    read_as: Arc<ReadAs>,
    shape: OnceLock<Arc<Shape>>,
    /// The copies of remote files, which are removed after the run.
    _copies: Option<copies::Copies>,
}

impl Source {
    /// Finds the files that `path`, relative to `root`, stands for, and copies remote ones; `named` are all paths of
    /// the config.
    ///
    /// # Errors
    ///
    /// There is no such file, a folder or glob has no file of a known format or files of several formats, or a file is
    /// empty.
    pub(super) async fn find(
        root: &Path,
        path: &str,
        (read_as, named): (&ReadAs, &[String]),
    ) -> Result<Self, MeasureError> {
        let (found, copies, root) = match path.split_once("://") {
            Some((scheme, _)) if is_scheme(scheme) => {
                let (found, copies) = fetch(path).await?;
                (found, copies, None)
            }
            _ => (files::find(root, path, named)?, None, absolute(root).ok()),
        };
        let path = without_secrets(path);
        let Some(format) = found.first().map(|(format, _)| *format) else {
            return Err(MeasureError(format!("`{path}` has no file that ends in {ENDINGS}")));
        };
        if let Some((_, other)) = found.iter().find(|(other, _)| *other != format) {
            return Err(MeasureError(format!(
                "`{path}` mixes formats: `{}` and `{}`; name one of them, as in \"{path}/*.{}\"",
                found[0].1.name,
                other.name,
                format.ending()
            )));
        }
        let parts = Arc::new(found.into_iter().map(|(_, part)| part).collect());
        let read_as = Arc::new(read_as.clone());
        Ok(Self { path, root, format, parts, read_as, shape: OnceLock::new(), _copies: copies })
    }

    /// Returns the path for messages and reports.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Determines the columns, with at most `threads` threads. Text files are read to their end, because only their
    /// values show their types.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or two of them have different columns.
    pub(super) async fn look(&self, threads: usize) -> Result<(), MeasureError> {
        let found = self.shape(threads).await;
        found.map(|_| ()).map_err(|error| {
            let why = sentence(&error);
            // The error begins with the name of the file, unless the table is that file.
            MeasureError(if why.starts_with('`') { why } else { told_of(&self.path, &why) })
        })
    }

    /// Opens the files as one table; the files of an input are digested while they are read, where possible.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::look`].
    pub(super) async fn open(&self, context: &SessionContext, is_input: bool) -> Result<DataFrame, DataFusionError> {
        self.table(context, is_input, None).await
    }

    /// Opens one of several parts of the files, by its index and their number: together they have all rows, each once.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::look`].
    pub(super) async fn open_part(
        &self,
        context: &SessionContext,
        part: (usize, usize),
    ) -> Result<DataFrame, DataFusionError> {
        self.table(context, false, Some(part)).await
    }

    async fn table(
        &self,
        context: &SessionContext,
        is_input: bool,
        part: Option<(usize, usize)>,
    ) -> Result<DataFrame, DataFusionError> {
        let shape = self.shape(context.copied_config().target_partitions()).await?;
        let (path, parts, read_as) = (self.path.clone(), Arc::clone(&self.parts), Arc::clone(&self.read_as));
        nested::flattened(context.read_table(Arc::new(SourceTable { path, parts, shape, read_as, is_input, part }))?)
    }

    /// Returns the size in bytes, and the number of parts into which the rows can be divided, up to a number; `None` for
    /// remote files, and before the table was looked at.
    pub(super) fn divisible(&self, most: usize) -> Option<(u64, usize)> {
        self.root.as_ref()?;
        let shape = self.shape.get()?;
        let bytes = self.parts.iter().map(|part| Some(fs::metadata(&part.file).ok()?.len())).sum::<Option<u64>>()?;
        let units = match &shape.reader {
            Reader::RowGroups(footers) => work_units::in_parts(footers, most).len(),
            Reader::Whole(_) => self.parts.len(),
        };
        Some((bytes, units.clamp(1, most.max(1))))
    }

    /// Returns the folder at which the path starts; `None` for remote files.
    pub(super) fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// Returns the reading that the config declares.
    pub(super) fn read_as(&self) -> &ReadAs {
        &self.read_as
    }

    /// Returns the name and the path of each file.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.parts.iter().map(|part| (part.name.as_str(), part.file.as_path()))
    }

    /// Returns the names and types of all columns as one text; `None` before the table was looked at.
    pub(super) fn columns(&self) -> Option<String> {
        let shape = self.shape.get()?;
        let fields = shape.all.fields().iter().map(|field| format!("{:?}: {:?}", field.name(), field.data_type()));
        Some(fields.collect::<Vec<_>>().join(", "))
    }

    /// Returns true if the files declare that a column may have nulls; `None` before the table was looked at.
    pub(super) fn nullable(&self, column: &str) -> Option<bool> {
        self.shape.get().and_then(|shape| shape.nullable.get(column).copied())
    }

    /// Returns the columns with values of incompatible types, which exist but cannot be read.
    pub(super) fn mixed(&self) -> BTreeSet<String> {
        let fields = self.shape.get().into_iter().flat_map(|shape| shape.all.fields());
        fields.filter(|field| is_mixed(field)).map(|field| field.name().clone()).collect()
    }

    /// Returns a value with leading zeros, if the column has whole numbers only because no other type is declared.
    pub(super) fn padded(&self, column: &str) -> Option<&str> {
        self.shape.get().and_then(|shape| shape.padded.get(column).map(String::as_str))
    }

    async fn shape(&self, threads: usize) -> Result<Arc<Shape>, DataFusionError> {
        if let Some(known) = self.shape.get() {
            return Ok(Arc::clone(known));
        }
        let found = layout::find(&self.path, self.format, &self.parts, &self.read_as, threads).await;
        let found = Arc::new(found.map_err(DataFusionError::Execution)?);
        Ok(Arc::clone(self.shape.get_or_init(|| found)))
    }

    /// Digests the files that are not digested while they are read; all of them, if they are read elsewhere. Errors are left
    /// to [`Self::digests`].
    pub(super) fn digest_ahead(&self, is_read_here: bool) {
        let footers = match self.shape.get().map(|shape| &shape.reader) {
            Some(Reader::RowGroups(footers)) if is_read_here => footers.as_ref(),
            _ => &[],
        };
        for (at, part) in self.parts.iter().enumerate() {
            if footers.get(at).is_none_or(|footer| footer.sections.is_empty()) {
                drop(part.digest());
            }
        }
    }

    /// Returns the protocol of the evaluation logs whose samples are the rows; nothing for other files.
    ///
    /// # Errors
    ///
    /// A log cannot be read.
    pub(super) fn protocol(&self) -> Result<EvaluationProtocol, MeasureError> {
        let mut all = EvaluationProtocol::default();
        for part in self.parts.iter().filter(|_| self.format == FileFormat::JsonLines) {
            let parts = readers::protocol_of_rows(&part.file, &part.name);
            let parts = parts.map_err(|error| MeasureError(error.to_string()))?;
            parts.into_iter().for_each(|(task, parts)| all.add(&task, parts));
        }
        Ok(all)
    }

    /// Returns the name and the SHA-256 of each file.
    pub(super) fn digests(&self) -> Result<Vec<(String, String)>, MeasureError> {
        let digest = |part: &SourceFile| {
            let digest = part.digest().map_err(|error| entry::unreadable(&part.name, &error))?;
            Ok((part.name.clone(), digest))
        };
        self.parts.iter().map(digest).collect()
    }
}

/// Returns true for a table of files of which a part of the columns can be read in a part of the time.
pub(super) fn reads_columns_apart(provider: &dyn TableProvider) -> bool {
    provider.downcast_ref::<SourceTable>().is_some_and(SourceTable::reads_columns_apart)
}

/// Reads all rows of every readable column, and discards them.
pub(super) async fn read_all(table: DataFrame) -> Result<(), DataFusionError> {
    let fields = table.schema().fields().iter();
    let (mixed, others): (Vec<_>, Vec<_>) = fields.partition(|field| is_mixed(field));
    let readable = others.into_iter().map(|field| ident(field.name())).collect::<Vec<_>>();
    let table = if mixed.is_empty() { table } else { table.select(readable)? };
    let mut batches = table.execute_stream().await?;
    while let Some(batch) = batches.next().await {
        batch?;
    }
    Ok(())
}

/// Returns true if a table is that of its files, and not one that stands in for it.
pub(super) fn is_of_files(table: &DataFrame) -> bool {
    let mut found = false;
    let _ = table.logical_plan().apply(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            found =
                source_as_provider(&scan.source).is_ok_and(|provider| provider.downcast_ref::<SourceTable>().is_some());
        }
        Ok(TreeNodeRecursion::Continue)
    });
    found
}

/// Returns true for a column of JSON lines with values of incompatible types.
pub(super) fn is_mixed(field: &Field) -> bool {
    field.metadata().contains_key(MIXED)
}

#[cfg(feature = "remote")]
async fn fetch(path: &str) -> Result<(Vec<(FileFormat, SourceFile)>, Option<copies::Copies>), MeasureError> {
    let (found, copies) = remote::fetch(path).await?;
    Ok((found, Some(copies)))
}

#[cfg(feature = "remote")]
async fn fetch_one(
    path: &str,
    packing: format::Packing,
    most: u64,
) -> Result<(SourceFile, copies::Copies), MeasureError> {
    remote::fetch_one(path, packing, most).await
}

#[cfg(not(feature = "remote"))]
async fn fetch(path: &str) -> Result<(Vec<(FileFormat, SourceFile)>, Option<copies::Copies>), MeasureError> {
    Err(without_remote(path))
}

#[cfg(not(feature = "remote"))]
async fn fetch_one(path: &str, _: format::Packing, _: u64) -> Result<(SourceFile, copies::Copies), MeasureError> {
    Err(without_remote(path))
}

/// Returns all bytes of a remote file, up to a limit.
///
/// # Errors
///
/// This binary was built without the feature `remote`.
#[cfg(not(feature = "remote"))]
pub fn download(url: &str, _: u64) -> Result<Vec<u8>, Undelivered> {
    Err(Undelivered::Failed(without_remote(url).0))
}

#[cfg(not(feature = "remote"))]
fn without_remote(path: &str) -> MeasureError {
    MeasureError(format!(
        "`{}` is remote, but this binary was built without the feature `remote`; copy the file first",
        without_secrets(path)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_never_shown() {
        for (path, shown) in [
            ("https://u:p@h.org/a/b.csv?X-Amz-Signature=s#f", "https://h.org/a/b.csv"),
            ("https://h.org?sig=s", "https://h.org"),
            ("s3://bucket/a?.csv", "s3://bucket/a?.csv"),
            ("data/a.csv", "data/a.csv"),
        ] {
            assert_eq!(without_secrets(path), shown);
        }
    }
}

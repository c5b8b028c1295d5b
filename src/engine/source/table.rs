//! Files of a table as a `TableProvider` of the engine.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{iter, thread};

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::datasource::TableType;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::stream::{RecordBatchReceiverStreamBuilder, RecordBatchStreamAdapter};
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use futures::stream;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

use super::guard::guarded;
use super::in_range::refuse_out_of_range;
use super::relaid::relaid;
use super::row_groups::Footer;
use super::{arrow_ipc, csv, hive, json, row_groups};
use crate::config::ReadAs;
use crate::digest::Sections;
use crate::engine::source::file::SourceFile;
use crate::engine::source::layout::{Reader, Shape, WholeFile};
use crate::engine::source::work_units;
use crate::engine::source::work_units::{TablePass, WorkUnit, WorkUnits};
use crate::engine::threads::STACK;
use crate::engine::types::type_name;
use crate::workers;

/// The number of batches that are read ahead.
const AHEAD: usize = 2;

/// A table for the engine.
#[derive(Debug, Clone)]
pub(super) struct SourceTable {
    pub(super) path: String,
    pub(super) parts: Arc<Vec<SourceFile>>,
    pub(super) shape: Arc<Shape>,
    pub(super) read_as: Arc<ReadAs>,
    /// True if a report names the files with their digests.
    pub(super) is_input: bool,
    /// The index of the part that is read, and the number of parts; `None`: all rows are read.
    pub(super) part: Option<(usize, usize)>,
}

#[async_trait::async_trait]
impl TableProvider for SourceTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.shape.all)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let wanted = projection.cloned().unwrap_or_else(|| (0..self.shape.all.fields().len()).collect());
        self.refuse_mixed(&wanted)?;
        let schema = Arc::new(self.shape.all.project(&wanted)?);
        let batch_size = state.config().batch_size();
        let workers = state.config().target_partitions().max(1);
        let pieces = Arc::new(self.pieces(workers));
        let workers = pieces.len().clamp(1, workers);
        let columns = ReadColumns { table: self.clone(), pieces, wanted, schema: Arc::clone(&schema), batch_size };
        let columns = Arc::new(columns);
        let slices = (0..workers).map(|_| {
            let columns = Arc::clone(&columns);
            Arc::new(RowRange { columns, times: AtomicUsize::new(0) }) as Arc<dyn PartitionStream>
        });
        let plan = StreamingTableExec::try_new(Arc::clone(&schema), slices.collect(), None, Vec::new(), false, limit)?;
        Ok(Arc::new(plan))
    }
}

impl SourceTable {
    /// Returns true if a part of the columns can be read in a part of the time.
    pub(super) fn reads_columns_apart(&self) -> bool {
        matches!(self.shape.reader, Reader::RowGroups(_))
    }

    fn pieces(&self, workers: usize) -> WorkUnits {
        if let Some((part, parts)) = self.part {
            let all = match &self.shape.reader {
                Reader::RowGroups(footers) => work_units::in_parts(footers, parts),
                Reader::Whole(_) => work_units::of_files(self.parts.len()),
            };
            return WorkUnits::new(work_units::of_part(all, part, parts), Vec::new());
        }
        let Reader::RowGroups(footers) = &self.shape.reader else {
            return WorkUnits::new(work_units::of_files(self.parts.len()), Vec::new());
        };
        let ends = |(footer, part): (&Footer, &SourceFile)| {
            let is_digested = self.is_input && part.is_undigested() && !footer.sections.is_empty();
            is_digested.then(|| footer.sections.iter().map(|section| section.end).collect())
        };
        let ends = footers.iter().zip(self.parts.iter()).map(ends).collect();
        WorkUnits::new(work_units::of_row_groups(footers, workers), ends)
    }

    fn folder_value(&self, file: usize, folder: usize) -> Result<ScalarValue> {
        hive::value(&self.parts[file], folder, self.shape.folders[folder].data_type(), &self.read_as)
    }

    /// Refuses to read a column of JSON lines with values of incompatible types.
    fn refuse_mixed(&self, wanted: &[usize]) -> Result<()> {
        let Reader::Whole(whole) = &self.shape.reader else { return Ok(()) };
        let WholeFile::Json(columns) = whole.as_ref() else { return Ok(()) };
        match wanted.iter().filter_map(|at| columns.get(*at)).find(|column| column.is_mixed()) {
            Some(mixed) => {
                let why = mixed.misfit(&self.parts, &self.read_as);
                Err(DataFusionError::Execution(why.unwrap_or_else(|why| why)))
            }
            None => Ok(()),
        }
    }
}

/// The part of a table that one worker reads: the pieces that it takes.
#[derive(Debug)]
struct RowRange {
    columns: Arc<ReadColumns>,
    /// The number of times that it was read.
    times: AtomicUsize,
}

impl PartitionStream for RowRange {
    fn schema(&self) -> &SchemaRef {
        &self.columns.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (columns, schema) = (Arc::clone(&self.columns), Arc::clone(&self.columns.schema));
        let (reading, pieces) = Arc::clone(&columns.pieces).left(self.times.fetch_add(1, Ordering::Relaxed));
        let whole = match &columns.table.shape.reader {
            Reader::RowGroups(footers) => {
                let footers = Arc::clone(footers);
                // A decoded batch is processed next by the same core, which has it in its cache.
                let batches = pieces.flat_map(move |piece| {
                    Arc::clone(&columns).row_groups(Arc::clone(&footers), piece, Arc::clone(&reading))
                });
                return Box::pin(RecordBatchStreamAdapter::new(schema, stream::iter(batches)));
            }
            Reader::Whole(whole) => Arc::clone(whole),
        };
        let builder = RecordBatchReceiverStreamBuilder::new(Arc::clone(&schema), AHEAD);
        let (batches, told, path) = (builder.tx(), builder.tx(), columns.table.path.clone());
        let read = move || {
            // Nobody receives batches after the query has ended early.
            for piece in pieces.take_while(|_| !batches.is_closed()) {
                let take = |batch| batches.blocking_send(batch).is_ok();
                match guarded(|| columns.read(&whole, piece.file, take)) {
                    Ok(()) => reading.finish(&piece),
                    Err(why) => {
                        let test =
                            |before: &WorkUnit| guarded(|| columns.read(&whole, before.file, |batch| batch.is_ok()));
                        return Err(columns.first_problem(&piece, &reading, why, test));
                    }
                }
            }
            Ok(())
        };
        // A thread of its own, not one of the runtime's: those are shared, and a reader whose batches are not taken yet
        // would block one that another reader needs.
        let reader = thread::Builder::new().name("reader".to_owned()).stack_size(STACK);
        let started = workers::detached(reader, move || {
            let read = catch_unwind(AssertUnwindSafe(read));
            let read = read.unwrap_or_else(|_| Err(execution("the reader stopped unexpectedly".to_owned())));
            if let Err(error) = read {
                let _ = told.blocking_send(Err(error));
            }
        });
        match started {
            Ok(()) => builder.build(),
            Err(error) => {
                let why = execution(format!("`{path}` cannot be read: the system starts no thread for it ({error})"));
                Box::pin(RecordBatchStreamAdapter::new(schema, stream::iter([Err(why)])))
            }
        }
    }
}

fn execution(why: String) -> DataFusionError {
    DataFusionError::Execution(why)
}

/// ReadColumns of a table to read.
#[derive(Debug)]
struct ReadColumns {
    table: SourceTable,
    pieces: Arc<WorkUnits>,
    /// The indices of the columns in the table.
    wanted: Vec<usize>,
    schema: SchemaRef,
    batch_size: usize,
}

impl ReadColumns {
    /// Returns the names of the wanted columns that are in the files.
    fn names(&self) -> Vec<&String> {
        let fields = self.table.shape.files.fields();
        self.wanted.iter().filter_map(|at| fields.get(*at)).map(|field| field.name()).collect()
    }

    /// Returns the batches of some row groups; the first error ends them.
    fn row_groups(
        self: Arc<Self>,
        footers: Arc<[Footer]>,
        piece: WorkUnit,
        reading: Arc<TablePass>,
    ) -> impl Iterator<Item = Result<RecordBatch>> + Send {
        let mut opened = Some(self.opened(&footers, &piece, reading.digest(&piece)));
        iter::from_fn(move || {
            let next = match opened.as_mut()? {
                Ok(batches) => guarded(|| row_groups::next(batches)),
                Err(why) => Err(why.clone()),
            };
            match next {
                Ok(Some(batch)) => Some(self.complete(piece.file, &batch)),
                Ok(None) => {
                    reading.finish(&piece);
                    None
                }
                Err(why) => {
                    opened = None;
                    let test = |before: &WorkUnit| {
                        let mut batches = self.opened(&footers, before, None)?;
                        while guarded(|| row_groups::next(&mut batches))?.is_some() {}
                        Ok(())
                    };
                    Some(Err(self.first_problem(&piece, &reading, why, test)))
                }
            }
        })
    }

    fn opened(
        &self,
        footers: &[Footer],
        piece: &WorkUnit,
        digest: Option<(&Sections, usize)>,
    ) -> Result<ParquetRecordBatchReader, String> {
        let (part, footer, groups) = (&self.table.parts[piece.file], &footers[piece.file], piece.groups.clone());
        guarded(|| row_groups::batches(part, footer, &self.names(), groups, digest, self.batch_size))
    }

    /// Returns the error of the first unreadable piece: this one, or one before it that another worker still reads.
    ///
    /// The order in which workers find errors is random, but the reported one is not.
    fn first_problem(
        &self,
        piece: &WorkUnit,
        reading: &TablePass,
        why: String,
        test: impl Fn(&WorkUnit) -> Result<(), String>,
    ) -> DataFusionError {
        let mut before = self.pieces.open_before(piece, reading);
        let first = before.find_map(|before| Some((before.file, test(before).err()?)));
        let (file, why) = first.unwrap_or((piece.file, why));
        DataFusionError::Execution(self.table.parts[file].blame(&self.table.path, &why))
    }

    fn read(
        &self,
        whole: &WholeFile,
        file: usize,
        mut take: impl FnMut(Result<RecordBatch>) -> bool,
    ) -> Result<(), String> {
        let (part, fields) = (&self.table.parts[file], &self.table.shape.files);
        let names = self.names();
        let take = |batch: RecordBatch| take(self.complete(file, &batch));
        match whole {
            WholeFile::Csv(layouts) => {
                let layout = &layouts[file];
                let known: HashMap<&String, &DataType> =
                    fields.fields().iter().map(|field| (field.name(), field.data_type())).collect();
                let typed = |name: &String| known.get(name).map_or(DataType::Null, |data_type| (*data_type).clone());
                let types: Vec<DataType> = layout.header.iter().map(typed).collect();
                let places: HashMap<&String, usize> = layout.header.iter().zip(0..).collect();
                let wanted: Vec<usize> = names.iter().filter_map(|name| places.get(name).copied()).collect();
                csv::read(part, layout, &types, &wanted, &self.table.read_as, take)
            }
            WholeFile::Json(columns) => {
                let wanted: Vec<usize> = self.wanted.iter().copied().filter(|at| *at < columns.len()).collect();
                let schema = Arc::new(fields.project(&wanted).map_err(|error| error.to_string())?);
                let columns: Vec<_> = wanted.iter().map(|at| &columns[*at]).collect();
                json::read(part, &columns, &schema, &self.table.read_as, take)
            }
            WholeFile::ArrowIpc => {
                let names: Vec<String> = names.into_iter().cloned().collect();
                arrow_ipc::read(part, &names, self.batch_size, take)
            }
        }
    }

    /// Returns the wanted columns in their order and types, including those of the folders.
    fn complete(&self, file: usize, batch: &RecordBatch) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        let in_files = self.table.shape.files.fields().len();
        // Tables of genes and sensors have thousands of columns, so a map replaces a search.
        let read = batch.schema_ref();
        let places: HashMap<&String, usize> = read.fields().iter().map(|field| field.name()).zip(0..).collect();
        let blame = |why: String| DataFusionError::Execution(self.table.parts[file].blame(&self.table.path, &why));
        let column = |at: &usize| -> Result<ArrayRef> {
            if *at >= in_files {
                return self.table.folder_value(file, *at - in_files)?.to_array_of_size(rows);
            }
            let field = self.table.shape.files.field(*at);
            let name = field.name();
            let place =
                places.get(name).ok_or_else(|| blame(format!("cannot be read: its column `{name}` is missing")))?;
            let column = batch.column(*place);
            refuse_out_of_range(column).map_err(|why| {
                let of = type_name(column.data_type());
                blame(format!(
                    "`{name}` holds a value that is not a valid {of}: {why}; the file is damaged, or its writer has a bug"
                ))
            })?;
            relaid(column, field.data_type()).map_err(|error| {
                let (from, to) = (column.data_type(), field.data_type());
                blame(format!(
                    "`{name}` holds a value of {from} that {to}, the type of all files, cannot hold: {error}"
                ))
            })
        };
        let columns = self.wanted.iter().map(column).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}

//! A table's files as a table of the engine.

use std::iter;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::TableType;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::stream::{RecordBatchReceiverStreamBuilder, RecordBatchStreamAdapter};
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use futures::stream;

use super::part::Part;
use super::shape::{Reader, Shape};
use super::{arrow_ipc, csv, hive, json, row_groups};

/// Batches that are read ahead.
const AHEAD: usize = 2;

/// As many pieces for each worker: enough that all end at about the same time, and few, as each is a new beginning.
const PIECES: usize = 4;

/// A table of the engine.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) path: String,
    pub(super) parts: Arc<Vec<Part>>,
    pub(super) shape: Arc<Shape>,
}

#[async_trait::async_trait]
impl TableProvider for Table {
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
        let schema = Arc::new(self.shape.all.project(&wanted)?);
        let batch_size = state.config().batch_size();
        let workers = state.config().target_partitions().max(1);
        let pieces = Arc::new(Pieces::new(self.pieces(workers)));
        let workers = pieces.all.len().clamp(1, workers);
        let columns = Arc::new(Columns { table: self.clone(), wanted, schema: Arc::clone(&schema), batch_size });
        let slices = (0..workers).map(|_| {
            let (columns, pieces) = (Arc::clone(&columns), Arc::clone(&pieces));
            Arc::new(Slice { columns, pieces, runs: AtomicUsize::new(0) }) as Arc<dyn PartitionStream>
        });
        let plan = StreamingTableExec::try_new(Arc::clone(&schema), slices.collect(), None, Vec::new(), false, limit)?;
        Ok(Arc::new(plan))
    }
}

/// A file, or some neighbouring row groups of one.
#[derive(Debug, Clone)]
struct Piece {
    file: usize,
    groups: Range<usize>,
}

/// All pieces of a table, in their order. Workers take them one by one, so that none is left with more than the others.
#[derive(Debug)]
struct Pieces {
    all: Vec<Piece>,
    /// Where the next piece is, for each time that the table is read.
    next: Mutex<Vec<Arc<AtomicUsize>>>,
}

impl Pieces {
    fn new(all: Vec<Piece>) -> Self {
        Self { all, next: Mutex::default() }
    }

    /// The pieces that are left when they are asked for.
    fn left(self: Arc<Self>, run: usize) -> impl Iterator<Item = Piece> + Send + use<> {
        let next = {
            let mut runs = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let begun = runs.len();
            runs.extend((begun..=run).map(|_| Arc::default()));
            Arc::clone(&runs[run])
        };
        iter::from_fn(move || self.all.get(next.fetch_add(1, Ordering::Relaxed)).cloned())
    }
}

impl Table {
    fn pieces(&self, workers: usize) -> Vec<Piece> {
        let Reader::Parquet(footers) = &self.shape.reader else {
            return (0..self.parts.len()).map(|file| Piece { file, groups: 0..0 }).collect();
        };
        let rows: u64 = footers.iter().flat_map(row_groups::rows).sum();
        let enough = rows / (workers * PIECES) as u64;
        let mut pieces: Vec<Piece> = Vec::new();
        for (file, footer) in footers.iter().enumerate() {
            let mut so_far = None;
            for (group, rows) in row_groups::rows(footer).enumerate() {
                match (pieces.last_mut(), so_far) {
                    (Some(piece), Some(before)) if before < enough => {
                        piece.groups.end = group + 1;
                        so_far = Some(before + rows);
                    }
                    _ => {
                        pieces.push(Piece { file, groups: group..group + 1 });
                        so_far = Some(rows);
                    }
                }
            }
        }
        pieces
    }

    fn folder_value(&self, file: usize, folder: usize) -> datafusion::common::ScalarValue {
        hive::value(&self.parts[file], folder, self.shape.folders[folder].data_type())
    }

    fn blame(&self, file: usize, why: &str) -> DataFusionError {
        DataFusionError::Execution(self.parts[file].blame(&self.path, why))
    }
}

/// What one worker reads: the pieces that it comes to.
#[derive(Debug)]
struct Slice {
    columns: Arc<Columns>,
    pieces: Arc<Pieces>,
    /// How often it was read.
    runs: AtomicUsize,
}

impl PartitionStream for Slice {
    fn schema(&self) -> &SchemaRef {
        &self.columns.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let pieces = Arc::clone(&self.pieces).left(self.runs.fetch_add(1, Ordering::Relaxed));
        let (columns, schema) = (Arc::clone(&self.columns), Arc::clone(&self.columns.schema));
        if let Reader::Parquet(_) = &columns.table.shape.reader {
            // Where a batch is decoded it is looked at next, by the core that has it in its cache.
            let batches = pieces.flat_map(move |piece| Arc::clone(&columns).row_groups(piece));
            return Box::pin(RecordBatchStreamAdapter::new(schema, stream::iter(batches)));
        }
        let mut builder = RecordBatchReceiverStreamBuilder::new(schema, AHEAD);
        let batches = builder.tx();
        builder.spawn_blocking(move || {
            // Nobody listens when the query has ended early.
            let mut heard = pieces.take_while(|_| !batches.is_closed());
            heard.try_for_each(|Piece { file, .. }| {
                let take = |batch| batches.blocking_send(batch).is_ok();
                guarded(|| columns.read(file, take)).map_err(|why| columns.table.blame(file, &why))
            })
        });
        builder.build()
    }
}

/// Calls a reader that was not made for files that mean ill, and must not take the whole gate with it.
fn guarded<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err("cannot be read: the reader stopped unexpectedly; the file is broken".to_owned()))
}

/// Some columns of a table.
#[derive(Debug)]
struct Columns {
    table: Table,
    /// Their places in the table.
    wanted: Vec<usize>,
    schema: SchemaRef,
    batch_size: usize,
}

impl Columns {
    /// The names of the wanted columns that are in the files.
    fn names(&self) -> Vec<&String> {
        let fields = self.table.shape.files.fields();
        self.wanted.iter().filter_map(|at| fields.get(*at)).map(|field| field.name()).collect()
    }

    /// The batches of some row groups; the first error is the last of them.
    fn row_groups(self: Arc<Self>, Piece { file, groups }: Piece) -> impl Iterator<Item = Result<RecordBatch>> + Send {
        let open = || match &self.table.shape.reader {
            Reader::Parquet(footers) => {
                row_groups::batches(&self.table.parts[file], &footers[file], &self.names(), groups, self.batch_size)
            }
            _ => Err("cannot be read: it is no Parquet file".to_owned()),
        };
        let mut opened = Some(guarded(open));
        iter::from_fn(move || {
            let next = match opened.as_mut()? {
                Ok(batches) => guarded(|| row_groups::next(batches)),
                Err(why) => Err(why.clone()),
            };
            match next {
                Ok(batch) => batch.map(|batch| self.complete(file, &batch)),
                Err(why) => {
                    opened = None;
                    Some(Err(self.table.blame(file, &why)))
                }
            }
        })
    }

    fn read(&self, file: usize, mut take: impl FnMut(Result<RecordBatch>) -> bool) -> Result<(), String> {
        let part = &self.table.parts[file];
        let shape = &self.table.shape;
        let names = self.names();
        let take = |batch: RecordBatch| take(self.complete(file, &batch));
        match &shape.reader {
            Reader::Csv(layouts) => {
                let layout = &layouts[file];
                let typed = |name: &String| {
                    shape.files.field_with_name(name).map_or(DataType::Null, |field| field.data_type().clone())
                };
                let types: Vec<DataType> = layout.header.iter().map(typed).collect();
                let at = |name: &&String| layout.header.iter().position(|other| other == *name);
                let wanted: Vec<usize> = names.iter().filter_map(at).collect();
                csv::read(part, layout, &types, &wanted, take)
            }
            Reader::Json(columns) => json::read(part, columns, &shape.files, take),
            Reader::ArrowIpc => {
                let names: Vec<String> = names.into_iter().cloned().collect();
                arrow_ipc::read(part, &names, take)
            }
            Reader::Parquet(_) => Err("cannot be read: it is read by its row groups".to_owned()),
        }
    }

    /// The wanted columns in their order and types, with those that the folders stand for.
    fn complete(&self, file: usize, batch: &RecordBatch) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        let in_files = self.table.shape.files.fields().len();
        let column = |at: &usize| -> Result<ArrayRef> {
            if *at >= in_files {
                return self.table.folder_value(file, *at - in_files).to_array_of_size(rows);
            }
            let field = self.table.shape.files.field(*at);
            let column = batch.column(batch.schema_ref().index_of(field.name())?);
            if column.data_type() == field.data_type() {
                Ok(Arc::clone(column))
            } else {
                Ok(cast(column, field.data_type())?)
            }
        };
        let columns = self.wanted.iter().map(column).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reading_comes_to_every_piece_once() {
        let all: Vec<Piece> = (0..5).map(|file| Piece { file, groups: 0..0 }).collect();
        let pieces = Arc::new(Pieces::new(all));
        let left = |run| Arc::clone(&pieces).left(run).map(|piece| piece.file);
        let (mut one, mut other) = (left(0), left(0));
        assert_eq!([one.next(), other.next(), one.next()], [Some(0), Some(1), Some(2)]);
        // A worker that is asked again reads all again, whatever the others still do.
        assert_eq!(left(1).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert_eq!(other.chain(one).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(left(0).next(), None);
    }
}

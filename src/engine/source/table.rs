//! A table's files as a table of the engine.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::TableType;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::TaskContext;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream};

use super::part::Part;
use super::shape::{Reader, Shape, parquet_format};
use super::{arrow_ipc, csv, hive, json};

/// Batches that are read ahead.
const AHEAD: usize = 2;

/// A table of the engine.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) path: String,
    pub(super) parts: Arc<Vec<Part>>,
    pub(super) shape: Arc<Shape>,
    /// The files among them that are read.
    pub(super) files: Range<usize>,
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
        let workers = state.config().target_partitions().max(1);
        if let Reader::Parquet(metas) = &self.shape.reader {
            let shape = &self.shape;
            let schema =
                TableSchema::builder(Arc::clone(&shape.files)).with_table_partition_cols(shape.folders.clone()).build();
            let files = self.files.clone().map(|at| {
                let values = (0..shape.folders.len()).map(|folder| self.folder_value(at, folder)).collect();
                PartitionedFile::new_from_meta(metas[at].clone()).with_partition_values(values)
            });
            let format = parquet_format();
            let source = format.file_source(schema);
            let scan = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), source)
                .with_file_groups(FileGroup::new(files.collect()).split_files(workers))
                .with_projection_indices(projection.cloned())?
                .with_limit(limit)
                .build();
            return format.create_physical_plan(state, scan).await;
        }
        let wanted = projection.cloned().unwrap_or_else(|| (0..self.shape.all.fields().len()).collect());
        let schema = Arc::new(self.shape.all.project(&wanted)?);
        // Each worker reads its files one after the other, so that one worker reads them in their order.
        let share = self.files.len().div_ceil(workers).max(1);
        let slices = self.files.clone().step_by(share).map(|from| {
            let files = from..(from + share).min(self.files.end);
            let table = Self { files, ..self.clone() };
            Arc::new(Slice { table, wanted: wanted.clone(), schema: Arc::clone(&schema) }) as Arc<dyn PartitionStream>
        });
        let plan = StreamingTableExec::try_new(Arc::clone(&schema), slices.collect(), None, Vec::new(), false, limit)?;
        Ok(Arc::new(plan))
    }
}

impl Table {
    fn folder_value(&self, file: usize, folder: usize) -> datafusion::common::ScalarValue {
        hive::value(&self.parts[file], folder, self.shape.folders[folder].data_type())
    }
}

/// Some files of a table, and some of its columns.
#[derive(Debug, Clone)]
struct Slice {
    table: Table,
    wanted: Vec<usize>,
    schema: SchemaRef,
}

impl PartitionStream for Slice {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut builder = RecordBatchReceiverStreamBuilder::new(Arc::clone(&self.schema), AHEAD);
        let batches = builder.tx();
        let slice = self.clone();
        builder.spawn_blocking(move || {
            for file in slice.table.files.clone() {
                let mut is_open = true;
                let take = |batch| {
                    // Nobody listens when the query has ended early.
                    is_open = batches.blocking_send(batch).is_ok();
                    is_open
                };
                // A reader that was not made for files that mean ill must not take the whole gate with it.
                let read = catch_unwind(AssertUnwindSafe(|| slice.read(file, take)));
                let part = &slice.table.parts[file];
                let why = match read {
                    Ok(Ok(())) if is_open => continue,
                    Ok(Ok(())) => break,
                    Ok(Err(why)) => why,
                    Err(_) => "cannot be read: the reader stopped unexpectedly; the file is broken".to_owned(),
                };
                return Err(DataFusionError::Execution(part.blame(&slice.table.path, &why)));
            }
            Ok(())
        });
        builder.build()
    }
}

impl Slice {
    fn read(&self, file: usize, mut take: impl FnMut(Result<RecordBatch>) -> bool) -> Result<(), String> {
        let part = &self.table.parts[file];
        let shape = &self.table.shape;
        let names: Vec<&String> =
            self.wanted.iter().filter_map(|at| shape.files.fields().get(*at)).map(|field| field.name()).collect();
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
            Reader::Parquet(_) => Err("cannot be read so".to_owned()),
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

//! Rows in memory that stand in for a table of the config, so that gates measure them like its files.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::common::DataFusionError;
use datafusion::datasource::MemTable;
use datafusion::execution::context::SessionContext;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use futures::StreamExt;

use super::error::sentence;
use super::fault::{Fault, MarkedRows, Marks, plant};
use super::indexed_table::IndexedTable;
use super::metrics_file::{MetricFault, MetricsFile};
use super::resources::functions;
use super::{Engine, Opened, types};
use crate::measurement::{MeasureError, TableId, TableInfo};

/// All rows of a table, in memory.
pub struct TableRows {
    batch: RecordBatch,
    marks: Marks,
    _held: MemoryReservation,
}

/// A table, or a file of metrics, that another one can stand in for.
pub struct StandIn(Either);

enum Either {
    Table(Result<Opened, MeasureError>),
    Metrics(Result<MetricsFile, MeasureError>),
}

impl TableRows {
    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.marks.len()
    }
}

impl Engine {
    /// Reads all rows of a table in the order of its files, and marks them by a seed.
    ///
    /// # Errors
    ///
    /// The table cannot be read, a column of it cannot be, or the memory limit is too small.
    pub fn rows_of(&self, id: &TableId, seed: u64) -> Result<TableRows, MeasureError> {
        let opened = self.opened(id)?;
        let wrap = |error: DataFusionError| MeasureError(sentence(&error));
        // Files are read from their beginning, one after the other.
        let config = self.context.copied_config().with_target_partitions(1);
        let one_worker = functions(SessionContext::new_with_config_rt(config, self.context.runtime_env()));
        self.guarded(async {
            let table = opened.source.open(&one_worker, false).await.map_err(wrap)?;
            let schema = table.schema().inner().clone();
            let held = MemoryConsumer::new("rows").register(table.task_ctx().memory_pool());
            let mut stream = table.execute_stream().await.map_err(wrap)?;
            let mut batches = Vec::new();
            while let Some(batch) = stream.next().await {
                let batch = batch.map_err(wrap)?;
                // The batch itself, the whole, and a copy with a fault.
                held.try_grow(3 * batch.get_array_memory_size()).map_err(wrap)?;
                batches.push(batch);
            }
            let batch = concat_batches(&schema, &batches).map_err(|error| MeasureError(error.to_string()))?;
            let marks = Marks::of(&batch, seed).map_err(MeasureError)?;
            Ok(TableRows { batch, marks, _held: held })
        })
    }

    /// Returns a table that has these rows with a fault. `marked` are the rows whose marks say which ones are touched: those
    /// of the same file, which may be read as other types.
    ///
    /// # Errors
    ///
    /// The fault does not apply to the rows.
    pub fn planted(
        &self,
        id: &TableId,
        (rows, marked): (&TableRows, &TableRows),
        fault: &Fault,
        dose: f64,
    ) -> Result<StandIn, String> {
        if rows.len() != marked.len() {
            return Err("the file has other rows when it is read in another way".to_owned());
        }
        let original = self.opened(id).map_err(|error| error.0)?;
        let batch = plant(&MarkedRows { batch: &rows.batch, marks: &marked.marks }, fault, dose)?;
        if batch == rows.batch {
            return Err("it would change nothing".to_owned());
        }
        let schema = batch.schema();
        let workers = self.context.copied_config().target_partitions().max(1);
        let size = batch.num_rows().div_ceil(workers).max(1);
        let parts = (0..batch.num_rows()).step_by(size);
        let parts = parts.map(|start| vec![batch.slice(start, size.min(batch.num_rows() - start))]).collect();
        let wrap = |error: DataFusionError| sentence(&error);
        let table = MemTable::try_new(schema, parts).map_err(wrap)?;
        let table = self.context.read_table(Arc::new(table)).map_err(wrap)?;
        let mut columns = types::columns(table.schema().as_arrow());
        for column in &mut columns {
            column.nullable = original.source.nullable(&column.name);
        }
        let info = TableInfo { columns, ..original.info.clone() };
        let indexed = Arc::new(IndexedTable::of(&table));
        Ok(StandIn(Either::Table(Ok(Opened { table, indexed, info, source: Arc::clone(&original.source) }))))
    }

    /// Returns a file of metrics with a fault.
    ///
    /// # Errors
    ///
    /// The file does not have the number.
    pub fn planted_metrics(&self, id: &TableId, fault: &MetricFault) -> Result<StandIn, String> {
        let Some(Ok(file)) = self.metrics.get(id) else { return Err("the file cannot be read".to_owned()) };
        Ok(StandIn(Either::Metrics(Ok(file.with(fault)?))))
    }

    /// Puts a table in the place of another one, and returns that.
    pub fn exchange(&mut self, id: &TableId, table: StandIn) -> Option<StandIn> {
        let before = match table.0 {
            Either::Table(table) => self.tables.insert(id.clone(), table).map(Either::Table),
            Either::Metrics(file) => self.metrics.insert(id.clone(), file).map(Either::Metrics),
        };
        before.map(StandIn)
    }
}

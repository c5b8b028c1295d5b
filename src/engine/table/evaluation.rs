//! Expressions over the columns of a table, each planned alone, and evaluated batch by batch.
//!
//! The engine's planner rewrites all expressions of a query together, and resolves each name among all columns: its time
//! grows with the square of both. Planned over the columns that it names, an expression costs the same in any table.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::catalog::TableProvider;
use datafusion::catalog::default_table_source::source_as_provider;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, DataFusionError, Result};
use datafusion::execution::{SessionState, TaskContext};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Expr, LogicalPlan, ident};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream, execute_stream_partitioned};

use crate::engine::indexed_table::IndexedTable;
use crate::engine::source;

/// The most columns that are read together, if reading a part of the columns costs a part of the time: so memory does
/// not grow with the width of a table.
pub(crate) const TOGETHER: usize = 512;

/// The most values of a batch; a batch of many columns has fewer rows.
const BATCH_VALUES: usize = 8192 * TOGETHER;

/// An expression over some columns of a table.
#[derive(Debug, Clone)]
pub(crate) struct PlannedExpr {
    /// The expression, in which a column's index is its position in [`Self::columns`].
    physical: Arc<dyn PhysicalExpr>,
    /// The indices of its columns in the table.
    pub(crate) columns: Vec<usize>,
}

/// Plans the expressions over a table. Equal expressions over columns of one type are planned once.
pub(crate) struct ExprPlanner<'a> {
    table: &'a IndexedTable,
    /// The expressions over a single column, by the column's type.
    known: HashMap<(Expr, DataType), Arc<dyn PhysicalExpr>>,
}

impl<'a> ExprPlanner<'a> {
    pub(crate) fn new(table: &'a IndexedTable) -> Self {
        Self { table, known: HashMap::new() }
    }

    /// Plans an expression.
    ///
    /// # Errors
    ///
    /// The table lacks a column, or the types of operands do not fit.
    pub(crate) fn plan(&mut self, expression: &Expr) -> Result<PlannedExpr> {
        let names: BTreeSet<&str> = expression.column_refs().into_iter().map(|column| column.name.as_str()).collect();
        let place = |name: &&str| {
            let missing = || DataFusionError::Plan(format!("there is no column `{name}`"));
            self.table.place(name).ok_or_else(missing)
        };
        let columns: Vec<usize> = names.iter().map(place).collect::<Result<_>>()?;
        let [at] = columns.as_slice() else {
            let fields = columns.iter().map(|at| Arc::clone(&self.table.fields()[*at]));
            let physical = physical(self.table.state(), expression.clone(), Schema::new(fields.collect::<Vec<_>>()))?;
            return Ok(PlannedExpr { physical, columns });
        };
        let renamed = expression.clone().transform(|part| match part {
            Expr::Column(_) => Ok(Transformed::yes(ident("value"))),
            other => Ok(Transformed::no(other)),
        })?;
        let field = &self.table.fields()[*at];
        let key = (renamed.data, field.data_type().clone());
        let known = match self.known.get(&key) {
            Some(known) => Arc::clone(known),
            None => {
                // Another column of the type may hold nulls: what is simplified for this one has to fit that one, too.
                let value = Field::clone(field).with_name("value").with_nullable(true);
                let planned = physical(self.table.state(), key.0.clone(), Schema::new(vec![value]))?;
                self.known.insert(key, Arc::clone(&planned));
                planned
            }
        };
        Ok(PlannedExpr { physical: known, columns })
    }
}

/// Plans an expression as the engine does for a query: with operands of one type, and simplified.
fn physical(state: &SessionState, expression: Expr, schema: Schema) -> Result<Arc<dyn PhysicalExpr>> {
    if let Expr::Column(column) = &expression {
        return Ok(Arc::new(Column::new(&column.name, 0)));
    }
    let schema = Arc::new(DFSchema::try_from(schema)?);
    let context = SimplifyContext::builder()
        .with_schema(Arc::clone(&schema))
        .with_config_options(Arc::clone(state.config_options()))
        .with_query_execution_start_time(state.execution_props().query_execution_start_time)
        .build();
    let simplifier = ExprSimplifier::new(context);
    let expression = simplifier.simplify(simplifier.coerce(expression, &schema)?)?;
    state.create_physical_expr(expression, &schema)
}

/// A reading of some columns of a table.
pub(crate) struct ColumnScan {
    plan: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
    /// The position of each column that is read, by its index in the table.
    positions: HashMap<usize, usize>,
}

impl ColumnScan {
    /// Prepares to read the columns with these indices.
    ///
    /// # Errors
    ///
    /// The table cannot be planned.
    pub(crate) async fn of(table: &IndexedTable, columns: &BTreeSet<usize>) -> Result<Self> {
        let wanted: Vec<usize> = columns.iter().copied().collect();
        let mut context = table.state().task_ctx();
        let plan = match provider(table)? {
            Some(provider) if wanted.len() > TOGETHER => {
                let rows = (BATCH_VALUES / wanted.len()).clamp(1, table.state().config().batch_size());
                let mut state = table.state().clone();
                *state.config_mut() = table.state().config().clone().with_batch_size(rows);
                context = state.task_ctx();
                provider.scan(&state, Some(&wanted), &[], None).await?
            }
            Some(provider) => provider.scan(table.state(), Some(&wanted), &[], None).await?,
            None => {
                let names = wanted.iter().map(|at| ident(table.fields()[*at].name()));
                table.table().clone().select(names.collect::<Vec<_>>())?.create_physical_plan().await?
            }
        };
        Ok(Self { plan, context, positions: wanted.into_iter().zip(0..).collect() })
    }

    /// Returns the streams of batches, one for each worker.
    ///
    /// # Errors
    ///
    /// The engine cannot start to read.
    pub(crate) fn streams(&self) -> Result<Vec<SendableRecordBatchStream>> {
        execute_stream_partitioned(Arc::clone(&self.plan), Arc::clone(&self.context))
    }

    /// Returns the schema of the batches.
    pub(crate) fn schema(&self) -> Arc<Schema> {
        self.plan.schema()
    }

    /// Returns an expression over the batches.
    ///
    /// # Errors
    ///
    /// A column of the expression is not read.
    pub(crate) fn over_batches(&self, planned: &PlannedExpr) -> Result<Arc<dyn PhysicalExpr>> {
        let schema = self.plan.schema();
        let column = |index: usize| {
            let position = planned.columns.get(index).and_then(|at| self.positions.get(at));
            let missing = || DataFusionError::Internal("internal error: a column is not read".to_owned());
            let position = *position.ok_or_else(missing)?;
            Ok::<_, DataFusionError>(Column::new(schema.field(position).name(), position))
        };
        let physical = Arc::clone(&planned.physical);
        let moved = physical.transform(|part| match part.downcast_ref::<Column>() {
            Some(found) => {
                let moved: Arc<dyn PhysicalExpr> = Arc::new(column(found.index())?);
                Ok(Transformed::yes(moved))
            }
            None => Ok(Transformed::no(part)),
        })?;
        Ok(moved.data)
    }
}

/// Evaluates an expression over a batch.
///
/// # Errors
///
/// A value does not fit, such as a text that is cast to a number.
pub(crate) fn evaluated(expression: &dyn PhysicalExpr, batch: &RecordBatch) -> Result<ArrayRef> {
    expression.evaluate(batch)?.into_array(batch.num_rows())
}

/// A pass over some columns of a table.
pub(crate) struct ColumnPass {
    /// The indices of the columns.
    pub(crate) columns: BTreeSet<usize>,
    /// The positions of the pieces of work that the pass does.
    pub(crate) work: Vec<usize>,
}

/// Divides work among passes over a table, in the order of its columns: `columns` has the columns of each piece of work.
///
/// All of it is one pass, unless the table is wide and its columns can be read apart.
pub(crate) fn passes(table: &IndexedTable, columns: &[BTreeSet<usize>]) -> Result<Vec<ColumnPass>> {
    let reads_apart = provider(table)?.is_some_and(|provider| source::reads_columns_apart(provider.as_ref()));
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|at| columns[*at].first());
    let mut found: Vec<ColumnPass> = Vec::new();
    for at in order {
        match found.last_mut() {
            Some(pass) if !reads_apart || pass.columns.union(&columns[at]).count() <= TOGETHER => {
                pass.columns.extend(&columns[at]);
                pass.work.push(at);
            }
            _ => found.push(ColumnPass { columns: columns[at].clone(), work: vec![at] }),
        }
    }
    Ok(found)
}

/// Returns the provider of a table that is read as it is, without a query over it.
fn provider(table: &IndexedTable) -> Result<Option<Arc<dyn TableProvider>>> {
    let LogicalPlan::TableScan(scan) = table.table().logical_plan() else { return Ok(None) };
    if scan.projection.is_some() || !scan.filters.is_empty() || scan.fetch.is_some() {
        return Ok(None);
    }
    source_as_provider(&scan.source).map(Some)
}

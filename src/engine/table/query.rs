//! Queries in a config: one read-only `SELECT` over the tables of the config, and no other SQL.

use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, MemoryCatalogProviderList, MemorySchemaProvider};
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result};
use datafusion::dataframe::DataFrame;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::{SQLOptions, SessionContext};
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};
use datafusion::optimizer::Analyzer;
use futures::StreamExt;

use crate::engine::error::sentence;
use crate::engine::resources::QueryLimits;
use crate::engine::sql::size;
use crate::engine::types::type_name;
use crate::engine::{resources, sql};
use crate::measurement::{MeasureError, Measured};
use crate::stats::Digits;

/// QueryTables of one side, by their names in the config.
pub(crate) type QueryTables = Vec<(String, DataFrame)>;

/// The most rows that are counted in a result that should have one.
const COUNTED: usize = 10_000;
/// The time in which a query that ran out of time may release its resources.
const GRACE: Duration = Duration::from_millis(300);

/// Evaluates a query over these tables.
pub(in crate::engine) async fn answer(
    context: &SessionContext,
    tables: QueryTables,
    text: &str,
    is_number: bool,
    limits: QueryLimits,
) -> std::result::Result<Measured, MeasureError> {
    let cannot = |why: &str| MeasureError(format!("the query cannot be evaluated: {why}"));
    let wrong = |error: DataFusionError| cannot(&sql::plain(&sentence(&error)));
    let context = alone(context, limits).map_err(wrong)?;
    let text = text.to_owned();
    let asked = SpawnedTask::spawn(async move {
        let table = planned(&context, tables, &text).await?;
        if is_number { number(table).await } else { counted(table).await }
    });
    match tokio::time::timeout(limits.time, asked.join()).await {
        Ok(Ok(answer)) => answer.map_err(wrong),
        Ok(Err(_)) => Err(cannot("internal error: the engine stopped unexpectedly")),
        Err(_) => {
            // Temporary files are removed with the query.
            tokio::time::sleep(GRACE).await;
            let seconds = limits.time.as_secs();
            Err(cannot(&format!(
                "it took longer than its `time_limit`; limit: {seconds} s; join or read less, or raise the limit"
            )))
        }
    }
}

/// Returns the reason why the result of a query does not depend on any row; `None` if it does, or if it cannot be
/// planned.
pub(crate) async fn idle(context: &SessionContext, tables: QueryTables, text: &str) -> Option<&'static str> {
    let context = alone(context, QueryLimits::default()).ok()?;
    let table = planned(&context, tables, text).await.ok()?;
    let (state, plan) = table.into_parts();
    let reads = |plan: &LogicalPlan| {
        let mut reads = false;
        let walked = plan.apply_with_subqueries(|node| {
            reads |= matches!(node, LogicalPlan::TableScan(_));
            Ok(TreeNodeRecursion::Continue)
        });
        reads || walked.is_err()
    };
    if !reads(&plan) {
        return Some("the query reads no table");
    }
    let optimized = state.optimize(&plan).ok()?;
    (!reads(&optimized)).then_some("the query reads no row, whatever the tables hold")
}

/// Returns a separate context, because the tables of the other side have the same names. It has one worker, so that a
/// sum of floats is reproducible.
fn alone(context: &SessionContext, limits: QueryLimits) -> Result<SessionContext> {
    let config = context.copied_config().with_target_partitions(1).with_default_catalog_and_schema("tables", "own");
    let mut rules: Analyzer = Analyzer::new();
    rules.rules.insert(0, Arc::new(sql::Meaning));
    let state = SessionStateBuilder::new_from_existing(context.state())
        .with_config(config)
        .with_catalog_list(Arc::new(MemoryCatalogProviderList::new()))
        .with_analyzer_rules(rules.rules)
        .with_runtime_env(resources::of_query(&context.runtime_env(), limits)?)
        .build();
    let context = SessionContext::new_with_state(state);
    sql::register(&context);
    context.register_udaf(sql::total());
    // Functions that generate rows are not tables of the config, and may generate more of them than time allows.
    let functions: Vec<String> = context.state().table_functions().keys().cloned().collect();
    functions.iter().for_each(|name| context.deregister_udtf(name));
    Ok(context)
}

async fn planned(context: &SessionContext, tables: QueryTables, text: &str) -> Result<DataFrame> {
    size::refuse_long(text).map_err(DataFusionError::Plan)?;
    let (catalogs, catalog) = (context.state().catalog_list().clone(), MemoryCatalogProvider::new());
    catalog.register_schema("own", Arc::new(MemorySchemaProvider::new()))?;
    catalogs.register_catalog("tables".to_owned(), Arc::new(catalog));
    for (name, table) in tables {
        context.register_table(name.as_str(), sql::in_one_form(table)?.into_view())?;
    }
    let state = context.state();
    let statement = state.sql_to_statement(text, &state.config().options().sql_parser.dialect)?;
    sql::refuse_unfolded(&statement)?;
    let plan = state.statement_to_plan(statement).await?;
    sql::refuse_large(&plan)?;
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    options.verify_plan(&plan)?;
    refuse_unsafe(&plan)?;
    Ok(DataFrame::new(context.state(), plan))
}

/// Rejects a query that does more than read, or is not reproducible.
fn refuse_unsafe(plan: &LogicalPlan) -> Result<()> {
    let mut found = None;
    plan.apply_with_subqueries(|node| {
        if matches!(node, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) | LogicalPlan::DescribeTable(_)) {
            found = Some("it must be a SELECT");
        }
        if matches!(node, LogicalPlan::RecursiveQuery(_)) {
            found = Some("it is recursive, and may never end");
        }
        node.apply_expressions(|expression| {
            expression.apply(|part| {
                if let Expr::ScalarFunction(call) = part
                    && call.func.signature().volatility != Volatility::Immutable
                {
                    found = Some("it calls a function whose result changes from run to run");
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    match found {
        Some(why) => Err(DataFusionError::Plan(why.to_owned())),
        None => Ok(()),
    }
}

/// Counts the rows of a result. No row out of tables without rows says nothing about them.
async fn counted(table: DataFrame) -> Result<Measured> {
    let rows = table.clone().count().await? as u64;
    if rows == 0 {
        let (state, plan) = table.into_parts();
        let mut scans = Vec::new();
        plan.apply_with_subqueries(|node| {
            scans.extend(matches!(node, LogicalPlan::TableScan(_)).then(|| node.clone()));
            Ok(TreeNodeRecursion::Continue)
        })?;
        let mut is_empty = !scans.is_empty();
        for scan in scans {
            let first = DataFrame::new(state.clone(), scan).limit(0, Some(1))?;
            is_empty &= first.count().await? == 0;
            if !is_empty {
                break;
            }
        }
        if is_empty {
            return Err(DataFusionError::Plan("the tables that it reads have no rows".to_owned()));
        }
    }
    Ok(Measured::Rows(rows))
}

async fn number(table: DataFrame) -> Result<Measured> {
    let columns = table.schema().fields().len();
    if columns != 1 {
        return Err(DataFusionError::Plan(format!("it must return one number, but has {columns} columns")));
    }
    let mut batches = table.execute_stream().await?;
    let (mut rows, mut answer): (usize, Option<ArrayRef>) = (0, None);
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        rows += batch.num_rows();
        if batch.num_rows() == 1 {
            answer = Some(Arc::clone(batch.column(0)));
        }
        if rows > COUNTED {
            break;
        }
    }
    if rows != 1 {
        let more = if rows > COUNTED { "more than " } else { "" };
        return Err(DataFusionError::Plan(format!(
            "it must return one number, but has {more}{} rows",
            rows.min(COUNTED)
        )));
    }
    let Some(column) = answer else { return Ok(Measured::Number(None)) };
    if !column.data_type().is_numeric() {
        let of = type_name(column.data_type());
        return Err(DataFusionError::Plan(format!("it must return a number, but returns {of}")));
    }
    if column.is_null(0) {
        return Ok(Measured::Number(None));
    }
    let of = column.data_type();
    let text = || Ok::<_, DataFusionError>(cast(&column, &DataType::Utf8)?.as_string::<i32>().value(0).to_owned());
    let digits = if of.is_integer() || of.is_decimal() { Digits::parse(&text()?) } else { None };
    if let Some(digits) = digits {
        return Ok(Measured::Digits(digits));
    }
    // A narrow float has the digits that its author reads: 0.7, and not the 0.699999988 of a wider float.
    let narrow = if matches!(of, DataType::Float16 | DataType::Float32) { text()?.parse().ok() } else { None };
    let number = match narrow {
        Some(number) => number,
        None => cast(&column, &DataType::Float64)?.as_primitive::<Float64Type>().value(0),
    };
    if number.is_infinite() {
        return Err(DataFusionError::Plan(format!("it must return a finite number, but returns {number}")));
    }
    Ok(Measured::Number(Some(number)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch};

    use super::*;

    fn asked(sql: &str) -> std::result::Result<Measured, MeasureError> {
        let context = SessionContext::new();
        let table = |numbers: Vec<i64>| {
            let column: ArrayRef = Arc::new(Int64Array::from(numbers));
            context.read_batch(RecordBatch::try_from_iter([("a", column)]).unwrap()).unwrap()
        };
        let tables = vec![("t".to_owned(), table(vec![1, 2, 2])), ("none".to_owned(), table(Vec::new()))];
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(answer(&context, tables, sql, false, QueryLimits::default()))
    }

    #[test]
    fn it_reads_the_tables_of_the_config() {
        assert_eq!(asked("SELECT a FROM t GROUP BY a HAVING count(*) > 1"), Ok(Measured::Rows(1)));
        assert_eq!(asked("WITH twice AS (SELECT a FROM t WHERE a = 2) SELECT * FROM twice, t"), Ok(Measured::Rows(6)));
    }

    #[test]
    fn no_row_of_empty_tables_is_an_error() {
        let why = "the query cannot be evaluated: the tables that it reads have no rows";
        for sql in ["SELECT * FROM none WHERE a > 1", "SELECT x.a FROM none x JOIN none y ON x.a = y.a"] {
            assert_eq!(asked(sql).expect_err(sql).0, why);
        }
        assert_eq!(asked("SELECT * FROM t WHERE a > 2"), Ok(Measured::Rows(0)));
        assert_eq!(asked("SELECT * FROM t WHERE a IN (SELECT a FROM none)"), Ok(Measured::Rows(0)));
        assert_eq!(asked("SELECT count(*) FROM none HAVING count(*) < 10"), Ok(Measured::Rows(1)));
    }

    #[test]
    fn it_does_nothing_else() {
        for sql in [
            "SELECT * FROM other",
            "SELECT * FROM '/etc/passwd'",
            "SELECT * FROM read_csv('/etc/passwd')",
            "SELECT * FROM information_schema.tables",
            "SELECT * FROM generate_series(1, 1000000000000)",
            "SELECT * FROM range(1, 1000000000000)",
            "WITH RECURSIVE r AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM r) SELECT * FROM r",
            "SELECT random() FROM t",
            "SELECT now() FROM t",
            "EXPLAIN SELECT * FROM t",
            "SELECT * FROM t; DROP TABLE t",
            "DROP TABLE t",
            "INSERT INTO t VALUES (1)",
            "COPY t TO 'out.csv'",
            "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
            "SET datafusion.execution.batch_size = 1",
        ] {
            let why = asked(sql).expect_err(sql);
            assert!(why.0.starts_with("the query cannot be evaluated: "), "{sql}: {why}");
        }
    }
}

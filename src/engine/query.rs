//! Queries that a config's author wrote: one read-only `SELECT` over the tables of the config, and nothing else of SQL.

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result};
use datafusion::dataframe::DataFrame;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::{SQLOptions, SessionContext};
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};

use super::error::sentence;
use super::sql_size;
use crate::gate::measurement::{MeasureError, State};

/// Answers a query over these tables, by their names in the config.
pub(super) async fn answer(
    context: &SessionContext,
    tables: &[(String, DataFrame)],
    sql: &str,
    is_number: bool,
) -> std::result::Result<State, MeasureError> {
    let cannot = |why: &str| MeasureError(format!("the query cannot be answered: {why}"));
    let wrong = |error: DataFusionError| cannot(&sentence(&error));
    sql_size::refuse_long(sql).map_err(|why| cannot(&why))?;
    // A context of its own: the tables of the other side have the same names. It has one worker, so that a sum of floats
    // is the same sum on every machine and every day.
    let alone = context.copied_config().with_target_partitions(1);
    let state = SessionStateBuilder::new_from_existing(context.state()).with_config(alone).build();
    let context = SessionContext::new_with_state(state);
    for (name, table) in tables {
        context.register_table(name.as_str(), table.clone().into_view()).map_err(wrong)?;
    }
    // Functions that make rows of nothing are no tables of the config, and may make more of them than there is time for.
    let functions: Vec<String> = context.state().table_functions().keys().cloned().collect();
    functions.iter().for_each(|name| context.deregister_udtf(name));
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let answered = async {
        let table = context.sql_with_options(sql, options).await?;
        refuse_unsafe(table.logical_plan())?;
        if is_number { number(table).await } else { Ok(State::Rows(table.count().await? as u64)) }
    };
    let state = answered.await.map_err(wrong);
    for (name, _) in tables {
        context.deregister_table(name.as_str()).map_err(wrong)?;
    }
    state
}

/// A query reads; and it answers the same tomorrow.
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
                    found = Some("it calls a function whose answer changes from run to run");
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

async fn number(table: DataFrame) -> Result<State> {
    let columns = table.schema().fields().len();
    if columns != 1 {
        return Err(DataFusionError::Plan(format!("it must answer with one number, and has {columns} columns")));
    }
    let batches = table.collect().await?;
    let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
    if rows != 1 {
        return Err(DataFusionError::Plan(format!("it must answer with one number, and has {rows} rows")));
    }
    let batch = batches.iter().find(|batch| batch.num_rows() == 1);
    let Some(column) = batch.map(|batch| batch.column(0)) else { return Ok(State::Number(None)) };
    if !column.data_type().is_numeric() {
        return Err(DataFusionError::Plan(format!(
            "it must answer with a number, and answers with {}",
            super::types::type_name(column.data_type())
        )));
    }
    let numbers = cast(column, &DataType::Float64)?;
    let numbers = numbers.as_primitive::<Float64Type>();
    Ok(State::Number(numbers.is_valid(0).then(|| numbers.value(0))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch};

    use super::*;

    fn asked(sql: &str) -> std::result::Result<State, MeasureError> {
        let context = SessionContext::new();
        let column: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 2]));
        let table = context.read_batch(RecordBatch::try_from_iter([("a", column)]).unwrap()).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(answer(&context, &[("t".to_owned(), table)], sql, false))
    }

    #[test]
    fn it_reads_the_tables_of_the_config() {
        assert_eq!(asked("SELECT a FROM t GROUP BY a HAVING count(*) > 1"), Ok(State::Rows(1)));
        assert_eq!(asked("WITH twice AS (SELECT a FROM t WHERE a = 2) SELECT * FROM twice, t"), Ok(State::Rows(6)));
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
            assert!(why.0.starts_with("the query cannot be answered: "), "{sql}: {why}");
        }
    }
}

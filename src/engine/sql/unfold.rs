//! Limits on the size of a query after its names are expanded.
//!
//! The planner copies a `WITH` query wherever it is named, and an expression wherever its name is used. From two dozen
//! queries that each name the previous one twice, it would make millions.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, LogicalPlan, Projection};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{ObjectName, Query, Visit, Visitor, visit_relations};

/// The most tables that a query may name, with those of each `WITH` wherever it is named.
const MOST_TABLES: u64 = 500;

/// The most steps of a plan: tables that are read, conditions, joins.
const MOST_STEPS: u64 = 2_000;
/// The most parts of an expression, including the expressions that it is computed from.
const MOST_PARTS: u64 = 100_000;

/// The queries of `WITH`, by name.
#[derive(Default)]
struct WithQueries(HashMap<String, Vec<Query>>);

impl Visitor for WithQueries {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        for part in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.0.entry(part.alias.name.value.clone()).or_default().push((*part.query).clone());
        }
        ControlFlow::Continue(())
    }
}

impl WithQueries {
    /// Counts the tables that a part of a query names; `open` are the names of the queries around it.
    fn tables(&self, part: &impl Visit, known: &mut HashMap<String, u64>, open: &mut HashSet<String>) -> u64 {
        let mut names = Vec::new();
        let _ = visit_relations(part, |name: &ObjectName| {
            names.extend(name.0.last().and_then(|last| last.as_ident()).map(|last| last.value.clone()));
            ControlFlow::<()>::Continue(())
        });
        names.into_iter().map(|name| self.named(name, known, open)).fold(0, u64::saturating_add)
    }

    fn named(&self, name: String, known: &mut HashMap<String, u64>, open: &mut HashSet<String>) -> u64 {
        let Some(parts) = self.0.get(&name) else { return 1 };
        if let Some(tables) = known.get(&name) {
            return *tables;
        }
        // A table of the config may have the name of the query that reads it.
        if !open.insert(name.clone()) {
            return 1;
        }
        let tables = parts.iter().map(|part| self.tables(part, known, open)).fold(0, u64::saturating_add);
        open.remove(&name);
        known.insert(name, tables);
        tables
    }
}

/// Rejects a query that names too many tables.
///
/// # Errors
///
/// The query names more than [`MOST_TABLES`] tables, counting each `WITH` wherever it is named.
pub(in crate::engine) fn refuse_unfolded(statement: &Statement) -> Result<()> {
    let Statement::Statement(statement) = statement else { return Ok(()) };
    let mut named = WithQueries::default();
    let _ = statement.visit(&mut named);
    let tables = named.tables(statement.as_ref(), &mut HashMap::new(), &mut HashSet::new());
    if tables <= MOST_TABLES {
        return Ok(());
    }
    Err(DataFusionError::Plan(format!(
        "it names more than {MOST_TABLES} tables once each `WITH` is expanded; use each of them less often"
    )))
}

/// Rejects a plan that is too large without sharing.
///
/// # Errors
///
/// The plan shares parts that are named more than once, and would be too large without sharing.
pub(in crate::engine) fn refuse_large(plan: &LogicalPlan) -> Result<()> {
    let size = sized(plan, &mut HashMap::new())?;
    if size.steps > MOST_STEPS {
        return Err(DataFusionError::Plan(format!(
            "it has more than {MOST_STEPS} steps once each `WITH` is expanded; use each of them less often"
        )));
    }
    if size.widest() > MOST_PARTS {
        return Err(DataFusionError::Plan(format!(
            "one of its columns is computed from more than {MOST_PARTS} parts, as each column is expanded where it is used; \
             use a computed column less often"
        )));
    }
    Ok(())
}

/// UnfoldedSize of a plan without sharing.
#[derive(Debug, Clone)]
struct UnfoldedSize {
    steps: u64,
    /// The number of parts of each column.
    columns: Vec<u64>,
}

impl UnfoldedSize {
    fn widest(&self) -> u64 {
        self.columns.iter().copied().max().unwrap_or(0)
    }
}

/// Sizes of plans, by address.
type Known = HashMap<*const LogicalPlan, UnfoldedSize>;

fn shared(plan: &Arc<LogicalPlan>, known: &mut Known) -> Result<UnfoldedSize> {
    let place = Arc::as_ptr(plan);
    if let Some(size) = known.get(&place) {
        return Ok(size.clone());
    }
    let size = sized(plan, known)?;
    known.insert(place, size.clone());
    Ok(size)
}

fn sized(plan: &LogicalPlan, known: &mut Known) -> Result<UnfoldedSize> {
    let mut steps: u64 = 1;
    let mut inputs: Vec<UnfoldedSize> = Vec::new();
    for input in shared_inputs(plan) {
        let size = shared(input, known)?;
        steps = steps.saturating_add(size.steps);
        inputs.push(size);
    }
    let columns: Vec<u64> = inputs.iter().flat_map(|size| size.columns.iter().copied()).collect();
    let widest = columns.iter().copied().max().unwrap_or(1);
    let mut subqueries: Vec<Arc<LogicalPlan>> = Vec::new();
    let mut parts = |expression: &Expr| -> Result<u64> {
        let mut parts: u64 = 0;
        expression.apply(|node| {
            let size = match node {
                Expr::Column(_) if widest <= 1 => 1,
                Expr::Column(column) => plan
                    .inputs()
                    .iter()
                    .scan(0, |offset, input| {
                        let at = input.schema().maybe_index_of_column(column).map(|index| index + *offset);
                        *offset += input.schema().fields().len();
                        Some(at)
                    })
                    .flatten()
                    .next()
                    .and_then(|index| columns.get(index).copied())
                    .unwrap_or(widest),
                Expr::ScalarSubquery(subquery) => {
                    subqueries.push(Arc::clone(&subquery.subquery));
                    1
                }
                Expr::InSubquery(of) => {
                    subqueries.push(Arc::clone(&of.subquery.subquery));
                    1
                }
                Expr::Exists(of) => {
                    subqueries.push(Arc::clone(&of.subquery.subquery));
                    1
                }
                Expr::SetComparison(of) => {
                    subqueries.push(Arc::clone(&of.subquery.subquery));
                    1
                }
                _ => 1,
            };
            parts = parts.saturating_add(size);
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(parts)
    };
    let mut own: Vec<u64> = Vec::new();
    plan.apply_expressions(|expression| {
        own.push(parts(expression)?);
        Ok(TreeNodeRecursion::Continue)
    })?;
    for subquery in subqueries {
        steps = steps.saturating_add(shared(&subquery, known)?.steps);
    }
    let width = plan.schema().fields().len();
    let largest = own.iter().copied().max().unwrap_or(1);
    let columns = match plan {
        LogicalPlan::Projection(Projection { .. }) => own,
        // Their results are computed once, wherever they are used; but the conditions of a filter are pushed down.
        LogicalPlan::Aggregate(_) | LogicalPlan::Window(_) if largest <= MOST_PARTS => vec![1; width],
        _ if columns.len() == width && largest <= MOST_PARTS => columns,
        _ => vec![widest.max(largest); width.max(1)],
    };
    Ok(UnfoldedSize { steps, columns })
}

/// Returns the inputs that a plan shares.
fn shared_inputs(plan: &LogicalPlan) -> Vec<&Arc<LogicalPlan>> {
    match plan {
        LogicalPlan::Projection(of) => vec![&of.input],
        LogicalPlan::Filter(of) => vec![&of.input],
        LogicalPlan::Window(of) => vec![&of.input],
        LogicalPlan::Aggregate(of) => vec![&of.input],
        LogicalPlan::Sort(of) => vec![&of.input],
        LogicalPlan::Join(of) => vec![&of.left, &of.right],
        LogicalPlan::Repartition(of) => vec![&of.input],
        LogicalPlan::Union(of) => of.inputs.iter().collect(),
        LogicalPlan::Subquery(of) => vec![&of.subquery],
        LogicalPlan::SubqueryAlias(of) => vec![&of.input],
        LogicalPlan::Limit(of) => vec![&of.input],
        LogicalPlan::Unnest(of) => vec![&of.input],
        LogicalPlan::Distinct(of) => vec![of.input()],
        _ => Vec::new(),
    }
}

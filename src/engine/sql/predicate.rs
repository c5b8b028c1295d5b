//! Translates SQL conditions into engine expressions.
//!
//! A condition may come from a pull request. So it is parsed as one expression, never as a statement; it may not
//! contain a subquery, an aggregate, a window or a function that is not deterministic; and values are inserted as typed
//! literals, never as text.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, DataFusionError, ScalarValue};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Expr, Volatility, lit};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::prelude::ident;
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, visit_expressions};

use crate::config::did_you_mean;
use crate::engine::error::{clipped, sentence};
use crate::engine::indexed_table::IndexedTable;
use crate::engine::sql;
use crate::engine::sql::{in_list, regexp_like, size};
use crate::engine::table::exact;
use crate::engine::types::type_name;
use crate::measurement::{Literal, MeasureError, Predicate};

/// The two conditions of a predicate: for the rows that count, and for the rows among which they count.
pub(crate) type BoundPredicate = (Expr, Option<Expr>);

/// Returns the two conditions of a predicate, bound to `table`.
pub(crate) fn bind(table: &IndexedTable, predicate: &Predicate) -> Result<BoundPredicate, MeasureError> {
    let condition = |text: &str| {
        let whole = Condition { table, predicate };
        whole.bind(text).map_err(|error| whole.blame().unwrap_or(error))
    };
    let among = predicate.among.as_deref().map(condition).transpose()?;
    Ok((condition(&predicate.matches)?, among))
}

/// Returns the condition of the config on the rows of a table.
pub(crate) fn condition(table: &IndexedTable, text: &str) -> Result<Expr, MeasureError> {
    bind(table, &alone(text)).map(|(condition, _)| condition)
}

/// Returns the rows of a table that a condition of the config selects.
pub(crate) fn selected(table: &IndexedTable, text: &str) -> Result<IndexedTable, MeasureError> {
    let condition = condition(table, text)?;
    let rows = table.table().clone().filter(condition).map_err(|error| problem(text, &error))?;
    Ok(IndexedTable::of(&rows))
}

fn alone(text: &str) -> Predicate {
    Predicate { matches: text.to_owned(), among: None, column: None, values: BTreeMap::new() }
}

/// Binds the predicates of one table. Equal conditions on columns of one type are planned once.
pub(crate) struct PredicateBinder<'a> {
    table: &'a IndexedTable,
    /// The conditions over a column called `value`, by its type; `None` where they depend on more than that.
    planned: BTreeMap<(DataType, Predicate), Option<BoundPredicate>>,
}

impl<'a> PredicateBinder<'a> {
    pub(crate) fn new(table: &'a IndexedTable) -> Self {
        Self { table, planned: BTreeMap::new() }
    }

    /// Returns the two conditions of a predicate.
    ///
    /// # Errors
    ///
    /// A condition cannot be planned.
    pub(crate) fn bind(&mut self, predicate: &Predicate) -> Result<BoundPredicate, MeasureError> {
        // These may name a column of the table that is itself called `value`.
        let names_more =
            predicate.values.values().any(|value| matches!(value, Literal::Column(_) | Literal::Expression(_)));
        let field = predicate.column.as_ref().filter(|_| !names_more).and_then(|column| self.table.field(column));
        let Some(field) = field else { return bind(self.table, predicate) };
        let any_column = Predicate { column: Some("value".to_owned()), ..predicate.clone() };
        let key = (field.data_type().clone(), any_column);
        let planned = self.planned.entry(key).or_insert_with_key(|(data_type, any_column)| {
            let found = bind(&self.table.with_one_column("value", data_type), any_column).ok()?;
            // An operation that may fail names its column in the error.
            let names_column = |expression: &Expr| expression.exists(|part| Ok(sql::names_its_column(part)));
            let mut both = std::iter::once(&found.0).chain(&found.1);
            let names_none = both.all(|expression| names_column(expression).is_ok_and(|names| !names));
            names_none.then_some(found)
        });
        let Some((matches, among)) = planned else { return bind(self.table, predicate) };
        let on_column = |expression: &Expr| {
            let renamed = expression.clone().transform(|part| match part {
                Expr::Column(_) => Ok(Transformed::yes(ident(field.name()))),
                other => Ok(Transformed::no(other)),
            });
            renamed.map(|renamed| renamed.data).map_err(|error| problem(&predicate.matches, &error))
        };
        Ok((on_column(matches)?, among.as_ref().map(on_column).transpose()?))
    }
}

/// Returns the reason why a condition has the same result for every row; `None` if it does not, or cannot be planned.
pub(crate) fn constant(table: &IndexedTable, text: &str) -> Option<String> {
    let predicate = alone(text);
    let condition = Condition { table, predicate: &predicate };
    let (expression, scope) = condition.substitute(condition.parse(text, None).ok()?).ok()?;
    let expression = sql::meant(expression, &scope).ok()?;
    let simplifier = ExprSimplifier::new(SimplifyContext::builder().with_schema(Arc::new(scope.clone())).build());
    let expression = simplifier.simplify(simplifier.coerce(expression, &scope).ok()?).ok()?;
    match expression {
        Expr::Literal(ScalarValue::Boolean(Some(answer)), _) => {
            Some(format!("`{}` is {answer} for every row", clipped(text)))
        }
        Expr::Literal(value, _) if value.is_null() => Some(format!("`{}` is null for every row", clipped(text))),
        _ => None,
    }
}

/// Returns true if a condition is known to be null for every row in which its column is null.
pub(crate) fn is_null_of_null(condition: &Expr) -> bool {
    match condition {
        Expr::Not(condition) => is_null_of_null(condition),
        Expr::ScalarFunction(call) => {
            let function: &dyn Any = call.func.inner().as_ref();
            let is_own = function.is::<regexp_like::Matches>() || function.is::<in_list::Lookup>();
            is_own && call.args.iter().all(|argument| matches!(argument, Expr::Column(_)))
        }
        _ => false,
    }
}

/// A condition over a table, and the context to bind it.
#[derive(Clone, Copy)]
struct Condition<'a> {
    table: &'a IndexedTable,
    predicate: &'a Predicate,
}

impl Condition<'_> {
    fn bind(&self, text: &str) -> Result<Expr, MeasureError> {
        let parsed = self.parse(text, self.predicate.column.as_deref())?;
        let (expression, scope) = self.substitute(parsed)?;
        let meant = sql::meant(expression, &scope).map_err(|error| problem(text, &error))?;
        self.check_type(&meant, &scope, text)?;
        Ok(meant)
    }

    /// Returns the error of a condition that is inserted into another one: its author knows only that part.
    fn blame(&self) -> Option<MeasureError> {
        let written = self.predicate.values.values().filter_map(|value| match value {
            Literal::Expression(text) => Some(text),
            _ => None,
        });
        let alone = |text: &String| {
            let predicate = alone(text);
            Condition { predicate: &predicate, ..*self }.bind(text).err()
        };
        written.filter_map(alone).next()
    }

    /// Parses one expression over the columns of the table, in which `value` stands for the tested column.
    fn parse(&self, text: &str, column: Option<&str>) -> Result<Expr, MeasureError> {
        size::refuse_long(text).map_err(|why| cannot(text, &why))?;
        let dialect = self.table.state().config().options().sql_parser.dialect;
        let parsed =
            self.table.state().sql_to_expr_with_alias(text, &dialect).map_err(|error| problem(text, &error))?;
        let mut names = BTreeSet::new();
        let _ = visit_expressions(&parsed.expr, |part: &SqlExpr| {
            match part {
                SqlExpr::Identifier(name) => drop(names.insert(name.value.clone())),
                SqlExpr::CompoundIdentifier(parts) => names.extend(parts.first().map(|name| name.value.clone())),
                _ => {}
            }
            ControlFlow::<()>::Continue(())
        });
        let scope = self.scope(names.iter().map(String::as_str), column).map_err(|why| cannot(text, &why))?;
        let expression = self
            .table
            .state()
            .create_logical_expr_from_sql_expr(parsed, &scope)
            .map_err(|error| problem(text, &error))?;
        refuse_unsafe(&expression, text)?;
        Ok(expression)
    }

    /// Returns a schema of these columns only: there may be thousands of conditions over thousands of columns.
    fn scope<'a>(&self, names: impl Iterator<Item = &'a str>, column: Option<&str>) -> Result<DFSchema, String> {
        let mut fields = Vec::new();
        for name in names {
            let of = match column {
                Some(column) if name == "value" => column,
                _ => name,
            };
            let Some(field) = self.table.field(of) else {
                let known = self.table.fields().iter().map(|field| field.name().as_str());
                return Err(match did_you_mean(of, known) {
                    Some(near) => format!("there is no column `{of}`; did you mean `{near}`?"),
                    None => format!("there is no column `{of}`; a text goes between single quotes"),
                });
            };
            fields.push(Field::new(name, field.data_type().clone(), true));
        }
        let scope = DFSchema::from_unqualified_fields(fields.into(), std::collections::HashMap::new());
        scope.map_err(|error| sentence(&error))
    }

    /// Inserts values and columns; also returns the schema of the columns that the result uses.
    fn substitute(&self, expression: Expr) -> Result<(Expr, DFSchema), MeasureError> {
        let predicate = self.predicate;
        let replaced = expression.transform_down(|node| match node {
            Expr::Column(column) => match &predicate.column {
                Some(name) if column.name == "value" => Ok(Transformed::yes(ident(name))),
                _ => Ok(Transformed::no(Expr::Column(column))),
            },
            Expr::InList(mut call) => {
                call.list = spread(call.list, predicate)?;
                Ok(Transformed::yes(Expr::InList(call)))
            }
            Expr::ScalarFunction(mut call) => {
                call.args = spread(call.args, predicate)?;
                Ok(Transformed::yes(Expr::ScalarFunction(call)))
            }
            Expr::Placeholder(placeholder) => Ok(Transformed::yes(match value_of(predicate, &placeholder.id)? {
                Literal::Column(name) => ident(name),
                Literal::Expression(sql) => self.parse(sql, None).map_err(|error| DataFusionError::Plan(error.0))?,
                value => lit(scalar(value)?),
            })),
            other => Ok(Transformed::no(other)),
        });
        let wrong = |error: DataFusionError| match error {
            DataFusionError::Plan(sentence) => MeasureError(sentence),
            other => problem(&predicate.matches, &other),
        };
        let replaced = replaced.map_err(wrong)?.data;
        let columns: BTreeSet<String> = replaced.column_refs().iter().map(|column| column.name.clone()).collect();
        let scope = self.scope(columns.iter().map(String::as_str), None);
        let scope = scope.map_err(|why| cannot(&predicate.matches, &why))?;
        let compiled =
            replaced.transform_up(|node| regexp_like::compiled(in_list::compiled(node, &scope)).map(Transformed::yes));
        Ok((compiled.map_err(wrong)?.data, scope))
    }

    /// Plans the condition alone, so that an invalid one is reported on its own line and not for the whole scan.
    fn check_type(&self, expression: &Expr, scope: &DFSchema, text: &str) -> Result<(), MeasureError> {
        let physical = self
            .table
            .state()
            .create_physical_expr(expression.clone(), scope)
            .map_err(|error| problem(text, &error))?;
        let data_type = physical.data_type(scope.as_arrow()).map_err(|error| problem(text, &error))?;
        match data_type {
            DataType::Boolean | DataType::Null => Ok(()),
            other => Err(MeasureError(format!("`{}` is {}, and not true or false", clipped(text), type_name(&other)))),
        }
    }
}

fn refuse_unsafe(expression: &Expr, sql: &str) -> Result<(), MeasureError> {
    let mut found = None;
    let walked = expression.apply(|node| {
        found = match node {
            Expr::Exists(_)
            | Expr::InSubquery(_)
            | Expr::ScalarSubquery(_)
            | Expr::SetComparison(_)
            | Expr::OuterReferenceColumn(..) => Some("a subquery"),
            Expr::AggregateFunction(_) => Some("an aggregate"),
            Expr::WindowFunction(_) => Some("a window function"),
            Expr::ScalarFunction(call) if call.func.signature().volatility != Volatility::Immutable => {
                Some("a function whose result changes from run to run")
            }
            _ => None,
        };
        Ok(if found.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    walked.map_err(|error| problem(sql, &error))?;
    match found {
        Some(what) => {
            Err(MeasureError(format!("`{}` holds {what}; a condition can use only one row at a time", clipped(sql))))
        }
        None => Ok(()),
    }
}

/// Expands `value IN ($is)`: one placeholder stands for all values of a list.
fn spread(items: Vec<Expr>, predicate: &Predicate) -> Result<Vec<Expr>, DataFusionError> {
    let mut list = Vec::with_capacity(items.len());
    for item in items {
        let Expr::Placeholder(placeholder) = &item else {
            list.push(item);
            continue;
        };
        match value_of(predicate, &placeholder.id)? {
            Literal::List(values) => {
                for value in values {
                    list.push(lit(scalar(value)?));
                }
            }
            _ => list.push(item),
        }
    }
    Ok(list)
}

fn value_of<'a>(predicate: &'a Predicate, placeholder: &str) -> Result<&'a Literal, DataFusionError> {
    let name = placeholder.trim_start_matches('$');
    let unknown = || DataFusionError::Plan(format!("`${name}` is not a parameter of this check"));
    predicate.values.get(name).ok_or_else(unknown)
}

fn scalar(value: &Literal) -> Result<ScalarValue, DataFusionError> {
    Ok(match value {
        Literal::Null => ScalarValue::Null,
        Literal::Bool(value) => ScalarValue::Boolean(Some(*value)),
        Literal::Int(value) => ScalarValue::Int64(Some(*value)),
        Literal::Float(value) => ScalarValue::Float64(Some(value.0)),
        Literal::Exact(text) => exact::number(text)
            .ok_or_else(|| DataFusionError::Plan(format!("`{text}` has more digits than can be compared")))?,
        Literal::Text(value) => ScalarValue::Utf8(Some(value.clone())),
        Literal::Time(micros) => ScalarValue::TimestampMicrosecond(Some(*micros), None),
        Literal::List(_) | Literal::Expression(_) | Literal::Column(_) => {
            return Err(DataFusionError::Plan("a list may only follow IN".to_owned()));
        }
    })
}

fn problem(text: &str, error: &DataFusionError) -> MeasureError {
    cannot(text, &sql::plain(&sentence(error)))
}

fn cannot(text: &str, why: &str) -> MeasureError {
    MeasureError(format!("`{}` cannot be evaluated: {why}", clipped(text)))
}

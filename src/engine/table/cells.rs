//! Counts of columns in bins: one side in its own bins, then the other side in the same ones.
//!
//! A table is read once for any number of columns, by all workers.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, HashMap};
use datafusion::logical_expr::{Expr, cast, ident, lit, when};
use futures::future;

use super::bins::{BinCounts, Gathered, grid_of};
use super::evaluation::TOGETHER;
use super::rounding::{Narrow, Rounding};
use super::tallies::{Tally, counted};
use crate::engine::error::sentence;
use crate::engine::indexed_table::IndexedTable;
use crate::engine::resources::is_exhausted;
use crate::engine::spelling::{Form, plain};
use crate::engine::types;
use crate::measurement::{CellsOf, Column, MeasureError, OrderedF64, TypeFamily};
use crate::stats::drift::{Cells, Distribution};

/// The number of columns whose numbers are in memory at a time, until their size is known: quantiles need all numbers
/// of a column at once.
const HELD: usize = 8;
/// The most bytes of numbers in memory at a time, if more than [`HELD`] columns are.
const HELD_BYTES: usize = 256 << 20;

/// A table with its path for messages.
#[derive(Clone)]
pub(crate) struct SideTable {
    pub(crate) table: Arc<IndexedTable>,
    pub(crate) path: String,
}

/// Returns the distributions of one side's columns in their own bins, in the order of `wanted`.
pub(crate) async fn distributions(
    side: &SideTable,
    wanted: &[(String, CellsOf)],
) -> Vec<Result<Distribution, MeasureError>> {
    let columns: Vec<_> = wanted.iter().map(|(name, of)| read(name, of, side).map(|read| (name, read, of))).collect();
    let readable: Vec<(&String, ReadKind, &CellsOf)> = columns.iter().flatten().copied().collect();
    let mut found = Vec::with_capacity(readable.len());
    let mut rest = readable.as_slice();
    let mut together = HELD;
    while !rest.is_empty() {
        let (group, others) = rest.split_at(together.min(rest.len()));
        let gathered = |name: &str, read, of: &CellsOf| match of {
            CellsOf::Between(edges) => Gathered::new(read, Some(given(edges, side, name))),
            _ => Gathered::new(read, None),
        };
        let empty: Vec<_> = group.iter().map(|(name, read, of)| (*name, *read, gathered(name, *read, of))).collect();
        match read_once(&side.table, &empty).await {
            Ok(gathered) => {
                let bytes = gathered.iter().map(Tally::size).max().unwrap_or_default();
                together = (HELD_BYTES / bytes.max(1)).clamp(HELD, TOGETHER);
                found.extend(settled(side, group, gathered.into_iter().map(Ok)).await);
            }
            // Columns that do not fit into memory together may fit a few at a time, or one by one.
            Err(error) if is_exhausted(&error) && group.len() > HELD => {
                together = HELD;
                continue;
            }
            Err(error) if is_exhausted(&error) => {
                for (column, empty) in group.chunks(1).zip(empty) {
                    let gathered = scan(side, vec![empty]).await;
                    found.extend(settled(side, column, gathered.into_iter()).await);
                }
            }
            Err(_) => {
                let gathered = scan(side, empty).await;
                found.extend(settled(side, group, gathered.into_iter()).await);
            }
        }
        rest = others;
    }
    let mut found = found.into_iter();
    columns.into_iter().map(|column| column.and_then(|_| found.next().unwrap_or_else(not_counted))).collect()
}

/// Bins columns that were gathered.
async fn settled(
    side: &SideTable,
    columns: &[(&String, ReadKind, &CellsOf)],
    gathered: impl Iterator<Item = Result<Gathered, MeasureError>>,
) -> Vec<Result<Distribution, MeasureError>> {
    let settled = columns.iter().zip(gathered).map(async |((name, _, of), gathered)| {
        let (gathered, name, path) = (gathered?, (*name).clone(), side.path.clone());
        let whole = side.table.field(&name).is_some_and(|field| field.data_type().is_integer());
        if let CellsOf::Between(edges) = of {
            return gathered.between(edges);
        }
        // Sorting takes as long as reading.
        let settled = tokio::task::spawn_blocking(move || gathered.settle(&name, &path, whole)).await;
        settled.unwrap_or_else(|error| Err(MeasureError(format!("the column could not be sorted: {error}"))))
    });
    future::join_all(settled).await
}

/// Counts the candidate's columns in the bins of these distributions, in order; `before` are the baseline's columns.
pub(crate) async fn cells(
    candidate: &SideTable,
    columns: &[(String, CellsOf, Arc<Distribution>)],
    before: &[Column],
) -> Vec<Result<Cells, MeasureError>> {
    let before: HashMap<&str, &Column> = before.iter().map(|column| (column.name.as_str(), column)).collect();
    let widths = |name: &str, of: &CellsOf| {
        let now = candidate.table.field(name).map(|field| types::type_name(field.data_type()));
        let before = before.get(name).map(|column| column.data_type.name.as_str());
        let common = Narrow::common(now.as_deref(), before);
        // Edges that are given have no width of their own.
        common.or_else(|| matches!(of, CellsOf::Between(_)).then(|| Narrow::common(now.as_deref(), None)).flatten())
    };
    let counted: Vec<_> = columns
        .iter()
        .map(|(name, of, distribution)| {
            let read = read(name, of, candidate)?;
            if (read == ReadKind::Numbers) != matches!(**distribution, Distribution::Numbers(_)) {
                return Err(MeasureError(format!(
                    "`{name}` holds numbers or times in only one of `{}` and its baseline, so its values cannot be compared",
                    candidate.path
                )));
            }
            let width = widths(name, of);
            Ok((name, read, BinCounts::new(distribution, width)))
        })
        .collect();
    let readable = counted.iter().flatten().cloned().collect();
    let mut found = scan(candidate, readable).await.into_iter();
    let found = counted.into_iter().map(|column| column.and_then(|_| found.next().unwrap_or_else(not_counted)));
    found
        .zip(columns)
        .map(|(counted, (name, of, distribution))| counted?.against(distribution, (name, of), &candidate.path))
        .collect()
}

pub(super) fn not_counted<T>() -> Result<T, MeasureError> {
    Err(MeasureError("internal error: the column was not counted".to_owned()))
}

/// Kind of values that are read from a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadKind {
    Numbers,
    Values,
    /// Values in their canonical text, so that `1` and `1.0` are one category.
    Spelled,
    Nulls,
}

fn read(column: &str, of: &CellsOf, side: &SideTable) -> Result<ReadKind, MeasureError> {
    let found = side.table.field(column).map(|field| types::column_type(field.data_type()));
    match (found, of) {
        (None, _) => Err(MeasureError(format!("`{}` has no column `{column}`", side.path))),
        (Some(_), CellsOf::Nulls) => Ok(ReadKind::Nulls),
        (Some(found), _) if found.family == TypeFamily::Other => {
            Err(MeasureError(format!("`{column}` of `{}` is {found}, whose values are not counted", side.path)))
        }
        (Some(found), CellsOf::Values) => Ok(if is_scale(found.family) { ReadKind::Numbers } else { ReadKind::Values }),
        (Some(_), CellsOf::Categories) => Ok(ReadKind::Spelled),
        (Some(found), CellsOf::Between(_)) if found.family.is_number() => Ok(ReadKind::Numbers),
        (Some(found), CellsOf::Between(_)) => Err(MeasureError(format!(
            "`{column}` of `{}` is {found}, and `bins` are those of numbers; leave `bins` out",
            side.path
        ))),
    }
}

/// Returns the bins that a config gives, in the width of the column's floats: a 32-bit 0.7 is on an edge of 0.7.
fn given(edges: &[OrderedF64], side: &SideTable, column: &str) -> Arc<Rounding> {
    let name = side.table.field(column).map(|field| types::type_name(field.data_type()));
    let grid = grid_of(edges).unwrap_or_default();
    Arc::new(Rounding::new(&grid, Narrow::common(name.as_deref(), None)))
}

/// Returns a column's values in their canonical text, without NaN and infinity.
fn spelled(table: &IndexedTable, column: &str) -> Result<Expr, DataFusionError> {
    let text = Form::Text.of(ident(column));
    match table.field(column) {
        Some(field) if plain(field.data_type()).is_floating() => {
            // Of these three alone the difference from itself is not 0.
            when((ident(column) - ident(column)).eq(lit(0.0)), text).end()
        }
        _ => Ok(text),
    }
}

pub(crate) fn is_scale(family: TypeFamily) -> bool {
    family.is_number() || matches!(family, TypeFamily::Date | TypeFamily::Timestamp)
}

pub(crate) fn as_number(table: &IndexedTable, column: &str) -> Expr {
    let is_time = table.field(column).is_some_and(|field| !types::column_type(field.data_type()).family.is_number());
    // Dates and timestamps have a numeric form, but no direct cast to a float.
    let value = if is_time {
        use datafusion::arrow::datatypes::TimeUnit;
        cast(cast(ident(column), DataType::Timestamp(TimeUnit::Microsecond, None)), DataType::Int64)
    } else {
        ident(column)
    };
    cast(value, DataType::Float64)
}

/// Counts columns in one pass. If that fails, each column is read on its own, to find out which one fails.
async fn scan<T: Tally>(side: &SideTable, columns: Vec<(&String, ReadKind, T)>) -> Vec<Result<T, MeasureError>> {
    let failed = |error: DataFusionError| MeasureError(format!("{}: {}", side.path, sentence(&error)));
    match read_once(&side.table, &columns).await {
        Ok(counted) => counted.into_iter().map(Ok).collect(),
        Err(error) if columns.len() == 1 => vec![Err(failed(error))],
        Err(_) => {
            let mut counted = Vec::with_capacity(columns.len());
            for column in columns {
                let alone = read_once(&side.table, &[column]).await;
                counted.push(alone.map_err(failed).and_then(|mut alone| alone.pop().map_or_else(not_counted, Ok)));
            }
            counted
        }
    }
}

async fn read_once<T: Tally>(
    table: &IndexedTable,
    columns: &[(&String, ReadKind, T)],
) -> Result<Vec<T>, DataFusionError> {
    let columns = columns.iter().map(|(name, read, empty)| {
        let value = match read {
            ReadKind::Numbers => as_number(table, name),
            ReadKind::Values => cast(ident(*name), DataType::Utf8View),
            ReadKind::Spelled => cast(spelled(table, name)?, DataType::Utf8View),
            ReadKind::Nulls => ident(*name),
        };
        Ok((value, empty.clone()))
    });
    counted(table, &columns.collect::<Result<Vec<_>, DataFusionError>>()?).await
}

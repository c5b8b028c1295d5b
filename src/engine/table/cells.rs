//! Counts of columns in bins: one side in its own bins, then the other side in the same ones.
//!
//! A table is read once for any number of columns, by all workers.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{DataFusionError, HashMap};
use datafusion::logical_expr::{Expr, cast, ident};
use futures::future;

use super::categories::{MOST_VALUES, merge_values, size_of_values, take_values};
use super::evaluation::TOGETHER;
use super::rounding::{Narrow, Rounding};
use super::tallies::{Tally, counted};
use crate::engine::error::sentence;
use crate::engine::indexed_table::IndexedTable;
use crate::engine::resources::is_exhausted;
use crate::engine::types;
use crate::measurement::{CellsOf, Column, MeasureError, TypeFamily};
use crate::stats::Frequencies;
use crate::stats::drift::{Cells, Distribution, NumericCells, Sorted, Values};

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
    let columns: Vec<_> = wanted.iter().map(|(name, of)| read(name, *of, side).map(|read| (name, read))).collect();
    let readable: Vec<(&String, ReadKind)> = columns.iter().flatten().copied().collect();
    let mut found = Vec::with_capacity(readable.len());
    let mut rest = readable.as_slice();
    let mut together = HELD;
    while !rest.is_empty() {
        let (group, others) = rest.split_at(together.min(rest.len()));
        let empty: Vec<_> = group.iter().map(|(name, read)| (*name, *read, Gathered::new(*read))).collect();
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
    columns: &[(&String, ReadKind)],
    gathered: impl Iterator<Item = Result<Gathered, MeasureError>>,
) -> Vec<Result<Distribution, MeasureError>> {
    let settled = columns.iter().zip(gathered).map(async |((name, _), gathered)| {
        let (gathered, name, path) = (gathered?, (*name).clone(), side.path.clone());
        let whole = side.table.field(&name).is_some_and(|field| field.data_type().is_integer());
        // Sorting takes as long as reading.
        let settled = tokio::task::spawn_blocking(move || gathered.settle(&name, &path, whole)).await;
        settled.unwrap_or_else(|error| Err(MeasureError(format!("the column could not be sorted: {error}"))))
    });
    future::join_all(settled).await
}

/// Counts the candidate's columns in the bins of these distributions, in order; `before` are the baseline's columns.
pub(crate) async fn cells(
    candidate: &SideTable,
    columns: &[(String, Arc<Distribution>)],
    before: &[Column],
) -> Vec<Result<Cells, MeasureError>> {
    let before: HashMap<&str, &Column> = before.iter().map(|column| (column.name.as_str(), column)).collect();
    let widths = |name: &str| {
        let now = candidate.table.field(name).map(|field| types::type_name(field.data_type()));
        let before = before.get(name).map(|column| column.data_type.name.as_str());
        Narrow::common(now.as_deref(), before)
    };
    let counted: Vec<_> = columns
        .iter()
        .map(|(name, distribution)| {
            let of = if matches!(**distribution, Distribution::Nulls(..)) { CellsOf::Nulls } else { CellsOf::Values };
            let read = read(name, of, candidate)?;
            if (read == ReadKind::Numbers) != matches!(**distribution, Distribution::Numbers(_)) {
                return Err(MeasureError(format!(
                    "`{name}` holds numbers or times in only one of `{}` and its baseline, so its values cannot be compared",
                    candidate.path
                )));
            }
            Ok((name, read, BinCounts::new(distribution, widths(name))))
        })
        .collect();
    let readable = counted.iter().flatten().cloned().collect();
    let mut found = scan(candidate, readable).await.into_iter();
    let found = counted.into_iter().map(|column| column.and_then(|_| found.next().unwrap_or_else(not_counted)));
    found
        .zip(columns)
        .map(|(counted, (name, distribution))| counted?.against(distribution, name, &candidate.path))
        .collect()
}

fn not_counted<T>() -> Result<T, MeasureError> {
    Err(MeasureError("internal error: the column was not counted".to_owned()))
}

/// Kind of values that are read from a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReadKind {
    Numbers,
    Values,
    Nulls,
}

fn read(column: &str, of: CellsOf, side: &SideTable) -> Result<ReadKind, MeasureError> {
    let found = side.table.field(column).map(|field| types::column_type(field.data_type()));
    match (found, of) {
        (None, _) => Err(MeasureError(format!("`{}` has no column `{column}`", side.path))),
        (Some(_), CellsOf::Nulls) => Ok(ReadKind::Nulls),
        (Some(found), CellsOf::Values) if found.family == TypeFamily::Other => {
            Err(MeasureError(format!("`{column}` of `{}` is {found}, whose values are not counted", side.path)))
        }
        (Some(found), CellsOf::Values) => Ok(if is_scale(found.family) { ReadKind::Numbers } else { ReadKind::Values }),
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
            ReadKind::Nulls => ident(*name),
        };
        (value, empty.clone())
    });
    counted(table, &columns.collect::<Vec<_>>()).await
}

/// Values of a column from which bins are made.
#[derive(Debug, Clone)]
enum Gathered {
    Numbers(Vec<f64>),
    /// The frequencies of the values; `None` if there are too many.
    Values(Option<HashMap<String, u64>>),
    Nulls(u64, u64),
}

impl Gathered {
    fn new(read: ReadKind) -> Self {
        match read {
            ReadKind::Numbers => Self::Numbers(Vec::new()),
            ReadKind::Values => Self::Values(Some(HashMap::new())),
            ReadKind::Nulls => Self::Nulls(0, 0),
        }
    }

    fn settle(self, column: &str, path: &str, whole: bool) -> Result<Distribution, MeasureError> {
        match self {
            Self::Numbers(numbers) => {
                let sorted = Sorted::new(numbers.into_iter());
                if whole && sorted.collapses() {
                    return Err(MeasureError(format!(
                        "`{column}` of `{path}` holds whole numbers beyond 2^53 that are too close together to differ as floats; leave the column out, with `false` as the value of the check or with `ignore`"
                    )));
                }
                Ok(Distribution::Numbers(sorted.distribution()))
            }
            Self::Nulls(nulls, values) => Ok(Distribution::Nulls(nulls, values)),
            Self::Values(Some(counts)) => {
                let counts = counts.into_iter().collect();
                Ok(Distribution::Values(Values::new(&Frequencies { counts })))
            }
            Self::Values(None) => Err(too_many(column, path)),
        }
    }
}

fn too_many(column: &str, path: &str) -> MeasureError {
    MeasureError(format!(
        "`{column}` of `{path}` has too many distinct values for a list of categories; limit: {MOST_VALUES}; leave the column out, with `false` as the value of the check or with `ignore`"
    ))
}

fn finite(column: &ArrayRef) -> impl Iterator<Item = f64> {
    column.as_primitive::<Float64Type>().iter().flatten().filter(|number| number.is_finite())
}

/// Returns the number of rows without a value, and with one.
fn nulls(column: &ArrayRef) -> [u64; 2] {
    let nulls = column.logical_null_count();
    [nulls as u64, (column.len() - nulls) as u64]
}

impl Tally for Gathered {
    fn take(&mut self, column: &ArrayRef) {
        match self {
            Self::Numbers(numbers) => numbers.extend(finite(column)),
            Self::Values(values) => take_values(values, column),
            Self::Nulls(missing, present) => {
                let [nulls, values] = nulls(column);
                *missing += nulls;
                *present += values;
            }
        }
    }

    fn merge(&mut self, other: Self) {
        match (self, other) {
            (Self::Numbers(ours), Self::Numbers(theirs)) => ours.extend(theirs),
            (Self::Values(ours), Self::Values(theirs)) => merge_values(ours, theirs),
            (Self::Nulls(ours, present), Self::Nulls(theirs, values)) => {
                *ours += theirs;
                *present += values;
            }
            (ours, _) => *ours = Self::Values(None),
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.capacity() * size_of::<f64>(),
            Self::Values(values) => size_of_values(values.as_ref()),
            Self::Nulls(..) => 0,
        }
    }
}

/// Counts of a column in existing bins.
#[derive(Debug, Clone)]
enum BinCounts {
    Numbers(Arc<Rounding>, NumericCells),
    /// The rows of each value; `None` if there are too many.
    Values(Option<HashMap<String, u64>>),
    Nulls(u64, u64),
}

impl BinCounts {
    fn new(over: &Distribution, narrow: Option<Narrow>) -> Self {
        match over {
            Distribution::Numbers(numbers) => {
                let rounding = Rounding::new(numbers.grid(), narrow);
                let cells = NumericCells::new(rounding.grid());
                Self::Numbers(Arc::new(rounding), cells)
            }
            Distribution::Values(_) => Self::Values(Some(HashMap::new())),
            Distribution::Nulls(..) => Self::Nulls(0, 0),
        }
    }

    fn against(self, baseline: &Distribution, column: &str, path: &str) -> Result<Cells, MeasureError> {
        match (self, baseline) {
            (Self::Numbers(_, cells), Distribution::Numbers(numbers)) => Ok(numbers.against(&cells)),
            (Self::Values(Some(counts)), Distribution::Values(values)) => Ok(values.against(counts)),
            (Self::Values(None), Distribution::Values(_)) => Err(too_many(column, path)),
            (Self::Nulls(nulls, present), Distribution::Nulls(before, values)) => Ok(Cells {
                names: vec!["(null)".to_owned(), "(a value)".to_owned()],
                baseline: vec![*before, *values],
                candidate: vec![nulls, present],
                scale: None,
                parts: Vec::new(),
            }),
            _ => not_counted(),
        }
    }
}

impl Tally for BinCounts {
    fn take(&mut self, column: &ArrayRef) {
        match self {
            Self::Numbers(over, cells) => {
                finite(column).for_each(|number| over.add(cells, number));
            }
            Self::Values(values) => take_values(values, column),
            Self::Nulls(missing, present) => {
                let [nulls, values] = nulls(column);
                *missing += nulls;
                *present += values;
            }
        }
    }

    fn merge(&mut self, other: Self) {
        match (self, other) {
            (Self::Numbers(_, ours), Self::Numbers(_, theirs)) => ours.merge(&theirs),
            (Self::Values(ours), Self::Values(theirs)) => merge_values(ours, theirs),
            (Self::Nulls(ours, present), Self::Nulls(theirs, values)) => {
                *ours += theirs;
                *present += values;
            }
            // Workers start with copies of one state, so both are of one kind.
            _ => {}
        }
    }

    /// Returns the approximate memory of values, in bytes; bins of numbers are too few to count.
    fn size(&self) -> usize {
        if let Self::Values(values) = self { size_of_values(values.as_ref()) } else { 0 }
    }
}

//! Row numbers of the first violations, for inspection.
//!
//! Tables must be read by one worker from their beginning: then the rows come in the order of the files, and reading
//! stops at the last wanted one.

use std::collections::{HashMap, HashSet};

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Int8Type};
use datafusion::common::DataFusionError;
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr, cast, ident, lit, when};
use futures::StreamExt;

use crate::engine::indexed_table::IndexedTable;
use crate::engine::sql::predicate;
use crate::engine::table::distinct::spilled::row_key;
use crate::engine::table::joins::comparable;
use crate::measurement::{MeasureError, Partners, Predicate};

/// The most keys that are held to find rows, about 100 MB: the rows only illustrate a known count.
const MOST_KEYS: usize = 2_000_000;

/// Digest of a row's key; `None` for a row without one.
type KeyDigest = Option<u128>;

/// A table, and the condition of the rows that a check looks at; all rows if there is none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LookedAt<'a> {
    pub(crate) table: &'a DataFrame,
    pub(crate) rows: Option<&'a Expr>,
}

impl LookedAt<'_> {
    /// Returns 1 for the rows of which an expression is true. For rows that are not looked at it is not evaluated: there
    /// it might fail.
    fn only(self, expression: Expr) -> Result<Expr, DataFusionError> {
        // The engine turns a choice between truths into `AND` and `OR`, which evaluate all of their parts.
        let truth = cast(expression, DataType::Int8);
        match self.rows {
            Some(rows) => when(rows.clone(), truth).end(),
            None => Ok(truth),
        }
    }

    fn is_looked_at(self) -> Expr {
        self.rows.cloned().unwrap_or_else(|| lit(true)).alias("looks")
    }
}

/// Returns the first rows that a predicate selects.
pub(crate) async fn of_predicate(
    at: LookedAt<'_>,
    condition: &Predicate,
    most: usize,
) -> Result<Vec<u64>, DataFusionError> {
    let selected = match predicate::bind(&IndexedTable::of(at.table), condition).map_err(plan)? {
        (matches, Some(among)) => among.and(matches),
        (matches, None) => matches,
    };
    selected_by(at, selected, most).await
}

/// Returns the first rows for which an expression is true.
pub(crate) async fn selected_by(at: LookedAt<'_>, selected: Expr, most: usize) -> Result<Vec<u64>, DataFusionError> {
    let (table, selected) = (at.table, at.only(selected)?);
    let mut found = First::new(most);
    read(table, vec![selected.alias("selected")], |batch| {
        batch.column(0).as_primitive::<Int8Type>().iter().all(|selected| found.take(selected == Some(1)))
    })
    .await?;
    Ok(found.rows)
}

/// Returns the first rows that repeat an earlier one; over one column, nulls repeat nothing.
pub(crate) async fn repeated(at: LookedAt<'_>, columns: &[String], most: usize) -> Result<Vec<u64>, DataFusionError> {
    let (mut found, mut seen) = (First::new(most), HashSet::new());
    read(at.table, vec![key(columns.iter().map(ident).collect()), at.is_looked_at()], |batch| {
        let looks = batch.column(1).as_boolean();
        let mut rows = keys(batch, 0).zip(looks.iter());
        let more = rows.all(|(key, looks)| found.take(looks == Some(true) && key.is_some() && !seen.insert(key)));
        more && seen.len() <= MOST_KEYS
    })
    .await?;
    Ok(found.rows)
}

/// Returns the first rows that have a matching row in another table, or have none.
pub(crate) async fn of_partners(
    at: LookedAt<'_>,
    columns: &[String],
    other: &DataFrame,
    their: &[String],
    which: Partners,
    most: usize,
) -> Result<Vec<u64>, DataFusionError> {
    let (ours, theirs): (Vec<Expr>, Vec<Expr>) =
        comparable(at.table, columns, other, their).map_err(plan)?.into_iter().unzip();
    let (mut found, mut known) = (First::new(most), HashSet::new());
    let is_whole = read(other, vec![key(theirs)], |batch| {
        known.extend(keys(batch, 0));
        known.len() <= MOST_KEYS
    })
    .await?;
    if !is_whole {
        return Ok(Vec::new());
    }
    // A key with a null matches nothing.
    let all_there = ours.iter().map(|value| value.clone().is_not_null()).reduce(Expr::and);
    let looks = if which == Partners::SharedRow { lit(true) } else { all_there.unwrap_or_else(|| lit(true)) };
    read(at.table, vec![key(ours), at.only(looks)?.alias("looks")], |batch| {
        let looks = batch.column(1).as_primitive::<Int8Type>();
        let mut rows = keys(batch, 0).zip(looks.iter());
        rows.all(|(key, looks)| found.take(looks == Some(1) && known.contains(&key) == (which != Partners::MissingKey)))
    })
    .await?;
    Ok(found.rows)
}

/// Returns the first rows that agree in all features with a row of another label.
pub(crate) async fn conflicting(
    at: LookedAt<'_>,
    label: &str,
    features: &[String],
    most: usize,
) -> Result<Vec<u64>, DataFusionError> {
    let wanted =
        || vec![key(features.iter().map(ident).collect()), key(vec![ident(label)]).alias("label"), at.is_looked_at()];
    // The label of a row that is not looked at is none.
    let labelled = |batch: &RecordBatch| {
        let looks = batch.column(2).as_boolean().clone();
        let labels = keys(batch, 1).zip(looks.iter()).map(|(label, looks)| label.filter(|_| looks == Some(true)));
        keys(batch, 0).zip(labels.collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    // The label of each key; `None` once a second one is found.
    let mut labels: HashMap<KeyDigest, Option<u128>> = HashMap::new();
    let is_whole = read(at.table, wanted(), |batch| {
        for (key, label) in labelled(batch).into_iter().filter(|(_, label)| label.is_some()) {
            let known = labels.entry(key).or_insert(label);
            if *known != label {
                *known = None;
            }
        }
        labels.len() <= MOST_KEYS
    })
    .await?;
    if !is_whole {
        return Ok(Vec::new());
    }
    let mut found = First::new(most);
    read(at.table, wanted(), |batch| {
        let mut rows = labelled(batch).into_iter();
        rows.all(|(key, label)| found.take(label.is_some() && labels.get(&key) == Some(&None)))
    })
    .await?;
    Ok(found.rows)
}

/// Row numbers, starting from 1, up to a maximum.
struct First {
    rows: Vec<u64>,
    most: usize,
    read: u64,
}

impl First {
    fn new(most: usize) -> Self {
        Self { rows: Vec::new(), most, read: 0 }
    }

    /// Adds the next row; returns false when there are enough.
    fn take(&mut self, counts: bool) -> bool {
        self.read += 1;
        if counts {
            self.rows.push(self.read);
        }
        self.rows.len() < self.most
    }
}

/// Reads batches until `goes_on` returns false; returns true if the whole table was read.
async fn read(
    table: &DataFrame,
    wanted: Vec<Expr>,
    mut goes_on: impl FnMut(&RecordBatch) -> bool,
) -> Result<bool, DataFusionError> {
    let mut batches = table.clone().select(wanted)?.execute_stream().await?;
    while let Some(batch) = batches.next().await {
        if !goes_on(&batch?) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn key(values: Vec<Expr>) -> Expr {
    row_key().call(values).alias("key")
}

fn keys(batch: &RecordBatch, column: usize) -> impl Iterator<Item = KeyDigest> {
    let digests = batch.column(column).as_fixed_size_binary();
    (0..digests.len()).map(|row| {
        let bytes = digests.is_valid(row).then(|| digests.value(row))?;
        bytes.try_into().ok().map(u128::from_le_bytes)
    })
}

fn plan(error: MeasureError) -> DataFusionError {
    DataFusionError::Plan(error.0)
}

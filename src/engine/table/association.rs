//! Association of a label with each of several columns.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::compute::cast as cast_array;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};
use datafusion::common::DataFusionError;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{cast, ident, lit};
use futures::{StreamExt, future};

use crate::engine::error::sentence;
use crate::engine::indexed_table::IndexedTable;
use crate::engine::table::cells::{as_number, is_scale};
use crate::engine::types;
use crate::measurement::{ColumnType, MeasureError, Measured, TypeFamily};
use crate::stats::drift::{Grid, Sorted};
use crate::stats::{ClassCells, ExactSum, NumberCells, Undefined};

/// The most distinct values of whole numbers that are class codes; more of them are amounts.
const MOST_CODES: f64 = 20.0;
/// The number of text values that have a cell each; all others share one.
const MOST_VALUES: usize = 200;
/// The fewest rows in a cell, approximately.
const ROWS_OF_A_CELL: usize = 10;
/// The most classes of a label.
const MOST_CLASSES: usize = 1000;

/// Measures the association of `label` with each of `features`; rows without a label are left out.
pub(crate) async fn explained(
    table: &IndexedTable,
    label: &str,
    features: &[String],
) -> Result<Measured, MeasureError> {
    let wrap = |error: DataFusionError| MeasureError(sentence(&error));
    let label = Arc::new(Label::find(table, label).await?);
    let columns = features.iter().map(|feature| {
        let (table, feature, label) = (table.clone(), feature.clone(), Arc::clone(&label));
        async move {
            let counted = tokio::spawn(async move {
                let share = of_column(&table, &feature, &label).await?;
                Ok::<_, DataFusionError>((feature, share))
            });
            counted.await.unwrap_or_else(|error| Err(DataFusionError::Execution(error.to_string())))
        }
    });
    // Two at a time limit the memory: each holds a column of numbers while it is sorted.
    let answers: Vec<_> = futures::stream::iter(columns).buffered(2).collect().await;
    let columns = answers.into_iter().collect::<Result<Vec<_>, _>>().map_err(wrap)?;
    Ok(Measured::Explained { columns, n: label.rows })
}

/// A label and its interpretation.
struct Label {
    column: String,
    kind: LabelKind,
    /// The number of rows that have a label.
    rows: u64,
}

enum LabelKind {
    /// Text or codes, with the index of each class.
    Classes(HashMap<String, usize>),
    /// Amounts, stored as the distance from a number near their mean.
    Numbers { middle: f64 },
}

impl Label {
    async fn find(table: &IndexedTable, column: &str) -> Result<Self, MeasureError> {
        let wrap = |error: DataFusionError| MeasureError(sentence(&error));
        let family = type_of(table, column)?.family;
        if family.is_number() {
            let (sum, ends) = numbers(table, column).await.map_err(wrap)?;
            let (mut total, mut rows) = (ExactSum::default(), 0);
            sum.iter().for_each(|(sum, n)| {
                total.merge(sum);
                rows += n;
            });
            let [low, high] = ends;
            if family != TypeFamily::Int || high - low >= MOST_CODES {
                if rows == 0 {
                    return Err(MeasureError(format!("`{column}` holds no numbers, so it cannot be the label")));
                }
                #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
                let middle = total.value() / rows as f64;
                return Ok(Self { column: column.to_owned(), kind: LabelKind::Numbers { middle }, rows });
            }
        }
        let counted = most_frequent(table, column, MOST_CLASSES + 1).await.map_err(wrap)?;
        if counted.len() > MOST_CLASSES {
            return Err(MeasureError(format!(
                "`{column}` has too many distinct values for a label of classes; limit: {MOST_CLASSES}"
            )));
        }
        let rows = counted.iter().map(|(_, rows)| rows).sum();
        let places = counted.into_iter().enumerate().map(|(place, (class, _))| (class, place)).collect();
        Ok(Self { column: column.to_owned(), kind: LabelKind::Classes(places), rows })
    }
}

/// Assignment of a column's values to cells; the last cell is that of rows without a value.
enum CellCounts {
    Numbers { grid: Grid, missing: usize },
    Values { places: HashMap<String, usize>, rest: usize, missing: usize },
}

async fn of_column(
    table: &IndexedTable,
    feature: &str,
    label: &Label,
) -> Result<Result<f64, Undefined>, DataFusionError> {
    let family = type_of(table, feature).map_err(|error| DataFusionError::Execution(error.0))?.family;
    let cells = if is_scale(family) {
        let parts = table
            .table()
            .clone()
            .select(vec![as_number(table, feature).alias("x")])?
            .execute_stream_partitioned()
            .await?;
        let parts = parts.into_iter().map(|mut batches| async move {
            let mut kept = Vec::new();
            while let Some(batch) = batches.next().await {
                kept.extend(batch?.column(0).as_primitive::<Float64Type>().iter().flatten().filter(|x| x.is_finite()));
            }
            Ok::<_, DataFusionError>(kept)
        });
        let numbers = future::try_join_all(parts).await?;
        let grid = Sorted::new(numbers.into_iter().flatten()).coarse_grid(ROWS_OF_A_CELL);
        let missing = grid.cells();
        CellCounts::Numbers { grid, missing }
    } else {
        let mut counted = most_frequent(table, feature, MOST_VALUES).await?;
        // Rare values share a cell, because a row that is alone in its cell always agrees with it.
        counted.retain(|(_, rows)| *rows >= ROWS_OF_A_CELL as u64);
        let rest = counted.len();
        let places = counted.into_iter().enumerate().map(|(place, (value, _))| (value, place)).collect();
        CellCounts::Values { places, rest, missing: rest + 1 }
    };
    let feature = match &cells {
        CellCounts::Numbers { .. } => as_number(table, feature),
        CellCounts::Values { .. } => cast(ident(feature), DataType::Utf8),
    };
    let read_label = match label.kind {
        LabelKind::Classes(_) => cast(ident(&label.column), DataType::Utf8),
        LabelKind::Numbers { .. } => as_number(table, &label.column),
    };
    let pairs = table.table().clone().select(vec![feature.alias("x"), read_label.alias("y")])?;
    let parts = pairs.execute_stream_partitioned().await?.into_iter().map(|mut batches| {
        let cells = &cells;
        async move {
            let (mut classes, mut numbers) = (LabelTally::default(), NumberCells::default());
            while let Some(batch) = batches.next().await {
                let batch = batch?;
                let at = cells.of(batch.column(0))?;
                match &label.kind {
                    LabelKind::Classes(places) => classes.count(&at, &codes(batch.column(1), places, None)?),
                    LabelKind::Numbers { middle } => {
                        let labels = batch.column(1).as_primitive::<Float64Type>();
                        for (cell, label) in at.iter().zip(labels).filter_map(|(cell, label)| Some((cell, label?))) {
                            if label.is_finite() {
                                numbers.add(*cell, label - middle);
                            }
                        }
                    }
                }
            }
            Ok::<_, DataFusionError>((classes.cells(), numbers))
        }
    });
    let parts = future::try_join_all(parts).await?;
    let (mut classes, mut numbers) = (ClassCells::default(), NumberCells::default());
    for (of_classes, of_numbers) in &parts {
        classes.merge(of_classes);
        numbers.merge(of_numbers);
    }
    Ok(match label.kind {
        LabelKind::Classes(_) => classes.explained(),
        LabelKind::Numbers { .. } => numbers.explained(),
    })
}

impl CellCounts {
    /// Returns the cell of every row.
    fn of(&self, column: &ArrayRef) -> Result<Vec<usize>, DataFusionError> {
        match self {
            Self::Numbers { grid, missing } => {
                let cell = |number: Option<f64>| {
                    number.filter(|number| number.is_finite()).map_or(*missing, |number| grid.cell(number))
                };
                Ok(column.as_primitive::<Float64Type>().iter().map(cell).collect())
            }
            Self::Values { places, rest, missing } => {
                let codes = codes(column, places, Some(*rest))?;
                Ok(codes.into_iter().map(|code| code.unwrap_or(*missing)).collect())
            }
        }
    }
}

/// Returns the index of every row's text; each distinct text of a batch is looked up once.
fn codes(
    column: &ArrayRef,
    places: &HashMap<String, usize>,
    rest: Option<usize>,
) -> Result<Vec<Option<usize>>, DataFusionError> {
    let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let encoded = cast_array(column, &kind)?;
    let encoded = encoded.as_dictionary::<Int32Type>();
    let known: Vec<Option<usize>> =
        encoded.values().as_string::<i32>().iter().map(|text| places.get(text?).copied().or(rest)).collect();
    let place = |key: Option<i32>| usize::try_from(key?).ok().and_then(|key| known.get(key).copied().flatten());
    Ok(encoded.keys().iter().map(place).collect())
}

/// Counts of rows by cell and class.
#[derive(Default)]
struct LabelTally(Vec<Vec<u64>>);

impl LabelTally {
    fn count(&mut self, cells: &[usize], classes: &[Option<usize>]) {
        for (cell, class) in cells.iter().zip(classes).filter_map(|(cell, class)| Some((*cell, (*class)?))) {
            if self.0.len() <= cell {
                self.0.resize_with(cell + 1, Vec::new);
            }
            let row = &mut self.0[cell];
            if row.len() <= class {
                row.resize(class + 1, 0);
            }
            row[class] += 1;
        }
    }

    fn cells(self) -> ClassCells {
        let mut cells = ClassCells::default();
        for (cell, row) in self.0.into_iter().enumerate() {
            for (class, rows) in row.into_iter().enumerate().filter(|(_, rows)| *rows > 0) {
                cells.add(cell, class, rows);
            }
        }
        cells
    }
}

fn type_of(table: &IndexedTable, column: &str) -> Result<ColumnType, MeasureError> {
    let found = table.field(column).map(|field| types::column_type(field.data_type()));
    found.ok_or_else(|| MeasureError(format!("there is no column `{column}`")))
}

/// Returns sum and count of the finite numbers of each part of a table, and their extremes.
async fn numbers(table: &IndexedTable, column: &str) -> Result<(Vec<(ExactSum, u64)>, [f64; 2]), DataFusionError> {
    let parts =
        table.table().clone().select(vec![as_number(table, column).alias("y")])?.execute_stream_partitioned().await?;
    let parts = parts.into_iter().map(|mut batches| async move {
        let (mut sum, mut rows, mut ends) = (ExactSum::default(), 0, [f64::INFINITY, f64::NEG_INFINITY]);
        while let Some(batch) = batches.next().await {
            for number in batch?.column(0).as_primitive::<Float64Type>().iter().flatten().filter(|y| y.is_finite()) {
                sum.add(number);
                rows += 1;
                ends = [ends[0].min(number), ends[1].max(number)];
            }
        }
        Ok::<_, DataFusionError>((sum, rows, ends))
    });
    let parts = future::try_join_all(parts).await?;
    let ends = parts
        .iter()
        .fold([f64::INFINITY, f64::NEG_INFINITY], |ends, (_, _, part)| [ends[0].min(part[0]), ends[1].max(part[1])]);
    Ok((parts.into_iter().map(|(sum, rows, _)| (sum, rows)).collect(), ends))
}

/// Returns the most frequent values of a column, with their rows.
async fn most_frequent(table: &IndexedTable, column: &str, most: usize) -> Result<Vec<(String, u64)>, DataFusionError> {
    let value = cast(ident(column), DataType::Utf8).alias("x");
    let counted = table
        .table()
        .clone()
        .select(vec![value])?
        .filter(ident("x").is_not_null())?
        .aggregate(vec![ident("x")], vec![count(lit(1)).alias("rows")])?
        .sort(vec![ident("rows").sort(false, false), ident("x").sort(true, false)])?
        .limit(0, Some(most))?
        .collect()
        .await?;
    let mut values = Vec::new();
    for batch in &counted {
        let rows = batch.column(1).as_primitive::<Int64Type>();
        let texts = batch.column(0).as_string::<i32>();
        values.extend(texts.iter().zip(rows).filter_map(|(text, rows)| Some((text?.to_owned(), rows?.unsigned_abs()))));
    }
    Ok(values)
}

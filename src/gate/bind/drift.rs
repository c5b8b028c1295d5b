//! Lines that compare distributions with the baseline's → gates.

use super::super::bound::Bound;
use super::super::constraint::ColumnCounts;
use super::super::param::{ParamValue, Settings};
use super::super::{Blocked, Constraint};
use super::Binder;
use crate::catalog::MeasureSpec;
use crate::config::{Diagnostic, Span};
use crate::measurement::{CellsOf, Measurement, OrderedF64, TableKind, TypeFamily};
use crate::stats::Side;
use crate::stats::drift::{Distance, Empty};

/// The column that a line compares, with the rows that are counted.
#[derive(Clone, Copy)]
struct ComparedColumn<'a> {
    dataset: &'a str,
    column: &'a str,
    rows: Option<&'a String>,
}

impl ComparedColumn<'_> {
    fn cells(self, of: CellsOf) -> Measurement {
        let (dataset, column) = (self.dataset.to_owned(), self.column.to_owned());
        Measurement::Cells { dataset, column, of, rows: self.rows.cloned() }
    }

    /// Returns the counts, with a bin of the rows without a value if the settings ask for one.
    fn counts(self, of: CellsOf, settings: &Settings) -> ColumnCounts {
        let nulls = is_set(settings, "nulls").then(|| self.cells(CellsOf::Nulls));
        ColumnCounts { cells: self.cells(of), nulls }
    }
}

impl Binder<'_> {
    /// Returns the task of a check of one column's distribution; `None` if the config is wrong.
    pub(super) fn column_drift(
        &mut self,
        (measure, limit): (&MeasureSpec, f64),
        settings: &Settings,
        (dataset, column): (&str, &str),
        span: Span,
    ) -> Option<Result<Constraint, Blocked>> {
        let counted = ComparedColumn { dataset, column, rows: settings.rows.as_ref() };
        let of = bins(settings).map_err(|why| self.problems.push(Diagnostic::new(why, span))).ok()?;
        let empty = empty(settings).map_err(|why| self.problems.push(Diagnostic::new(why, span))).ok()?;
        Some(match measure {
            MeasureSpec::ChiSquare => chi_square(settings, counted.counts(of, settings), limit),
            MeasureSpec::Drift(distance) => {
                let cells = counted.counts(of, settings);
                Ok(Constraint::Drift { distance: *distance, cells, empty, most: limit })
            }
            // For two bins, the total variation is the difference of their proportions.
            _ => Ok(Constraint::Drift {
                distance: Distance::TotalVariation,
                cells: ColumnCounts { cells: counted.cells(CellsOf::Nulls), nulls: None },
                empty,
                most: limit,
            }),
        })
    }

    /// Returns the task on the columns that both sides contain and whose values can be counted.
    pub(super) fn dataset_drift(
        &self,
        settings: &Settings,
        dataset: &str,
        bound: Bound,
    ) -> Result<Constraint, Blocked> {
        let table = |side| self.table(TableKind::Dataset, dataset, side).map_err(|error| Blocked::Error(error.0));
        let (ours, _) = (table(Side::Candidate)?, table(Side::Baseline)?);
        let ignored: &[String] = match settings.values.get("ignore") {
            Some(ParamValue::Words(words)) => words,
            _ => &[],
        };
        let each = match settings.values.get("each") {
            Some(ParamValue::Number(each)) => *each,
            _ => return Err(Blocked::Error("the page lacks the parameter `each`".to_owned())),
        };
        let (mut columns, mut broken) = (Vec::new(), Vec::new());
        for column in ours.columns.iter().filter(|column| !ignored.contains(&column.name)) {
            let name = &column.name;
            let Some(before) = self.column(TableKind::Dataset, dataset, Side::Baseline, name) else { continue };
            let (is, was) = (&column.data_type, &before.data_type);
            if was.family == TypeFamily::Other {
                continue;
            }
            if is.family.is_like(was.family) {
                let counted = ComparedColumn { dataset, column: name, rows: settings.rows.as_ref() };
                columns.push((name.clone(), counted.counts(CellsOf::Values, settings)));
            } else {
                broken.push(format!("`{name}` is {is} and was {was}"));
            }
        }
        // A column that can no longer be compared has changed.
        if !broken.is_empty() {
            return Err(Blocked::Error(format!(
                "{}: values of two kinds cannot be compared; fix the column, or list it under `ignore`",
                broken.join(", ")
            )));
        }
        if columns.is_empty() {
            return Err(Blocked::Error("the sides have no column in common that can be compared".to_owned()));
        }
        Ok(Constraint::DatasetDrift { columns, each, bound })
    }
}

fn is_set(settings: &Settings, flag: &str) -> bool {
    settings.values.get(flag) == Some(&ParamValue::Flag(true))
}

/// Returns the bins that a line asks for: those of the baseline, unless it gives edges or asks for categories.
fn bins(settings: &Settings) -> Result<CellsOf, String> {
    let edges = match settings.values.get("bins") {
        Some(ParamValue::Edges(edges)) => edges.as_slice(),
        _ => &[],
    };
    match (edges, is_set(settings, "categories")) {
        ([], false) => Ok(CellsOf::Values),
        ([], true) => Ok(CellsOf::Categories),
        (edges, false) => Ok(CellsOf::Between(edges.iter().copied().map(OrderedF64).collect())),
        (_, true) => Err("`bins` are those of numbers, and `categories` has a bin for each value; keep one".to_owned()),
    }
}

fn empty(settings: &Settings) -> Result<Empty, String> {
    match settings.values.get("empty") {
        Some(ParamValue::Number(share)) if *share > 0.0 && *share < 1.0 => Ok(Empty::Share(*share)),
        Some(ParamValue::Number(share)) if share.total_cmp(&0.0).is_ne() => Err(format!(
            "`empty: {share}` is not a proportion of a bin: write one between 0 and 1, as in 0.0001, or leave it out"
        )),
        _ => Ok(Empty::HalfARow),
    }
}

fn chi_square(settings: &Settings, cells: ColumnCounts, level: f64) -> Result<Constraint, Blocked> {
    let Some(ParamValue::Number(effect)) = settings.values.get("effect") else {
        return Err(Blocked::Error("the page lacks the parameter `effect`".to_owned()));
    };
    if !(level > 0.0 && level < 1.0) {
        return Err(Blocked::Error(format!(
            "the significance level {level} is not between 0 and 1; write it as in 0.01"
        )));
    }
    if !(0.0..1.0).contains(effect) {
        return Err(Blocked::Error(format!("`effect: {effect}` is not a Cramér's V, which is at least 0 and below 1")));
    }
    Ok(Constraint::ChiSquare { cells, level, effect: *effect })
}

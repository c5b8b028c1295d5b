//! The column types that checks can read.

use std::collections::BTreeMap;

use super::super::param::{ParamValue, Settings};
use super::super::{Blocked, Constraint};
use super::Binder;
use crate::catalog::CheckSpec;
use crate::catalog::type_name::comparable;
use crate::config::Pattern;
use crate::measurement::{
    CellsOf, Column, ColumnType, Literal, Measurement, Predicate, TableId, TableKind, TableMeasure, TypeFamily,
};
use crate::stats::Side;

impl Binder<'_> {
    /// Returns the task of a check, if the check can read the column.
    ///
    /// A line that names a column is meant for exactly that column. A pattern matches columns of all types, and does
    /// not apply to those that the check cannot read. But if the check could read the column in the baseline, the
    /// change broke the column, and the gate errs.
    pub(super) fn fitting(
        &self,
        dataset: &str,
        spec: &CheckSpec,
        settings: &Settings,
        column: &Column,
        exact: bool,
        task: Result<Constraint, Blocked>,
    ) -> Result<Constraint, Blocked> {
        let baseline = self.table(TableKind::Dataset, dataset, Side::Baseline);
        let was = self.column(TableKind::Dataset, dataset, Side::Baseline, &column.name);
        let Some(why) = unreadable(spec, settings, column) else {
            return match was {
                Some(was) if are_of_two_kinds(&task, column, was) => Err(Blocked::Error(format!(
                    "`{}` is {} and was {} in the baseline: values of two kinds cannot be compared",
                    column.name, column.data_type, was.data_type
                ))),
                _ => task,
            };
        };
        if exact {
            return Err(Blocked::Error(why));
        }
        if baseline.is_err() {
            return not_applicable_or_unclear(dataset, spec, settings, column, why);
        }
        match was.filter(|was| unreadable(spec, settings, was).is_none()) {
            Some(was) => Err(Blocked::Error(format!("{why}; it is {} in the baseline", was.data_type))),
            None => Err(Blocked::NotApplicable(why)),
        }
    }
}

impl Binder<'_> {
    /// Returns the baseline's columns that match a pattern and that the candidate no longer has.
    pub(super) fn gone(&self, dataset: &str, pattern: &Pattern) -> Vec<String> {
        let of = |side| self.table(TableKind::Dataset, dataset, side);
        let (Ok(_), Ok(was)) = (of(Side::Candidate), of(Side::Baseline)) else { return Vec::new() };
        let of_side = |side, name: &str| self.column(TableKind::Dataset, dataset, side, name);
        let is_gone = |column: &&Column| of_side(Side::Candidate, &column.name).is_none();
        if let Some(name) = pattern.name() {
            let named = of_side(Side::Baseline, &name);
            return named.filter(is_gone).map(|column| column.name.clone()).into_iter().collect();
        }
        let matching = was.columns.iter().filter(|column| pattern.matches(&column.name));
        matching.filter(is_gone).map(|column| column.name.clone()).collect()
    }

    /// Returns the reason a check of a pattern cannot be evaluated on a column that the baseline alone has, or `Ok` if it
    /// did not apply to the column there either; `None` if the baseline does not have the column.
    pub(super) fn no_longer(
        &self,
        dataset: &str,
        spec: &CheckSpec,
        settings: &Settings,
        column: &str,
    ) -> Option<Result<(), String>> {
        let was = self.column(TableKind::Dataset, dataset, Side::Baseline, column)?;
        Some(if unreadable(spec, settings, was).is_some() {
            Ok(())
        } else {
            Err(format!(
                "no longer has the column `{column}`, which the baseline has; if it was removed on purpose, switch the check off with `{column}: {{{}: false}}`",
                spec.id
            ))
        })
    }
}

/// Returns true for a drift between a numeric column and a time column, which both have a scale, but not the same one,
/// and for values of two kinds: the text `1` is no number.
fn are_of_two_kinds(task: &Result<Constraint, Blocked>, column: &Column, was: &Column) -> bool {
    let is_drift = match task {
        Ok(Constraint::Drift { cells, .. } | Constraint::ChiSquare { cells, .. }) => {
            matches!(cells.cells, Measurement::Cells { of: CellsOf::Values | CellsOf::Between(_), .. })
        }
        _ => false,
    };
    let has_scale =
        |family: TypeFamily| family.is_number() || matches!(family, TypeFamily::Date | TypeFamily::Timestamp);
    let (is, was_family) = (column.data_type.family, was.data_type.family);
    let is_known = !column.data_type.is_null() && !was.data_type.is_null();
    let are_values = matches!(task, Ok(Constraint::Values { .. })) && is_known;
    !is.is_like(was_family) && (are_values || is_drift && has_scale(is) && has_scale(was_family))
}

/// Returns the verdict for an unreadable column without a baseline that tells its previous type: a column without a
/// type may have lost its values, and a text column of numbers may have been numeric.
fn not_applicable_or_unclear(
    dataset: &str,
    spec: &CheckSpec,
    settings: &Settings,
    column: &Column,
    why: String,
) -> Result<Constraint, Blocked> {
    if column.data_type.is_null() {
        return Err(Blocked::Unclear(format!(
            "{why}: it has no values that would show its type; declare the column's `type`, or switch the check off with `false`"
        )));
    }
    let as_number =
        Column { data_type: ColumnType { name: "float64".to_owned(), family: TypeFamily::Float }, ..column.clone() };
    if column.data_type.family != TypeFamily::String || unreadable(spec, settings, &as_number).is_some() {
        return Err(Blocked::NotApplicable(why));
    }
    let is_number = Predicate {
        matches: "TRY_CAST(value AS DOUBLE) IS NOT NULL".to_owned(),
        among: Some("value IS NOT NULL".to_owned()),
        column: Some(column.name.clone()),
        values: BTreeMap::new(),
    };
    let id = TableId { kind: TableKind::Dataset, name: dataset.to_owned(), side: Side::Candidate };
    Ok(Constraint::Readable { numbers: Measurement::Table(id, TableMeasure::Where(is_number)), why })
}

/// Returns the reason the check cannot read a column, if it cannot.
fn unreadable(spec: &CheckSpec, settings: &Settings, column: &Column) -> Option<String> {
    let name = &column.name;
    if !spec.reads.accepts(&column.data_type) {
        return Some(format!("`{}` needs {}, but `{name}` is {}", spec.id, spec.reads.name(), column.data_type));
    }
    // As text, `now` is not a time: every digit sorts before its first letter.
    let is_now = |value: &&Literal| **value == Literal::Text("now".to_owned());
    let has_now = settings.values.values().any(|value| match value {
        ParamValue::Interval(low, high) => [low, high].iter().any(is_now),
        _ => false,
    });
    if has_now && column.data_type.family == TypeFamily::String {
        return Some(format!(
            "`now` needs dates or times, but `{name}` is {}; write it as dates at the source",
            column.data_type
        ));
    }
    let given = settings.values.values().flat_map(|value| match value {
        ParamValue::Interval(low, high) => vec![low, high],
        ParamValue::Values(items) => items.iter().collect(),
        _ => Vec::new(),
    });
    let value = given.into_iter().find(|value| !comparable(value, &column.data_type))?;
    Some(format!(
        "`{name}` is {}, and {} cannot be compared with it",
        column.data_type,
        match value {
            Literal::Bool(_) => "true or false",
            Literal::Int(_) | Literal::Float(_) | Literal::Exact(_) => "a number",
            Literal::Text(_) if matches!(column.data_type.family, TypeFamily::Date | TypeFamily::Timestamp) => {
                "a text that is not a date such as 2024-01-31"
            }
            _ if column.data_type.name == "binary" => "text (unless `types` declares the column as string)",
            _ if column.data_type.name == "time" => "a text that is not a time of day such as 08:30",
            _ if column.data_type.name == "duration" => "text (`rules` compare it, as in d <= INTERVAL '2 hours')",
            _ => "text",
        }
    ))
}

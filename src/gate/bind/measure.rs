//! The measurements of checks under a dataset.

use std::collections::BTreeMap;

use super::super::Blocked;
use super::super::param::{ParamValue, Settings};
use super::dataset::BindTarget;
use super::{Binder, has_column, no_column};
use crate::catalog::{CheckSpec, Judging, MeasureSpec, ParamKind};
use crate::config::{Diagnostic, Span, did_you_mean};
use crate::measurement::summary::Summary;
use crate::measurement::{
    Gap, Literal, OrderedF64, Partners, Predicate, TableId, TableInfo, TableKind, TableMeasure, TypeFamily,
};
use crate::plural::counted;
use crate::stats::Side;

impl Binder<'_> {
    /// Refuses a line that names a dataset that the config does not contain.
    pub(super) fn other_dataset(&mut self, settings: &Settings, span: Span) -> Option<()> {
        for value in settings.values.values() {
            let (ParamValue::Dataset(name) | ParamValue::Reference(name, _)) = value else { continue };
            if self.config.data.iter().any(|dataset| dataset.name.value == *name) {
                continue;
            }
            let mut problem = Diagnostic::new(format!("there is no dataset `{name}` in this config"), span);
            let known: Vec<&str> = self.config.data.iter().map(|dataset| dataset.name.value.as_str()).collect();
            problem.help = Some(match did_you_mean(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", known.join(", ")),
            });
            self.problems.push(problem);
            return None;
        }
        Some(())
    }

    /// Refuses a key whose columns on the other side are not equally many.
    pub(super) fn columns_in_pairs(&mut self, spec: &CheckSpec, settings: &Settings, span: Span) -> Option<()> {
        let Some(their) = their_columns(spec, settings) else { return Some(()) };
        let (ours, theirs) = (columns_of(spec, settings, &ParamKind::Columns).len(), their.len());
        if ours == theirs {
            return Some(());
        }
        let problem = Diagnostic::new(
            format!("the key has {} here and {theirs} in the other dataset", counted(ours as u64, "column")),
            span,
        );
        self.problems.push(problem.with_help("list the matching column for each, in the same order"));
        None
    }

    /// Returns the measure of the table.
    pub(super) fn measure(
        &self,
        spec: &CheckSpec,
        settings: &Settings,
        target: &BindTarget<'_>,
        info: &TableInfo,
    ) -> Result<TableMeasure, Blocked> {
        let column = || target.column.unwrap_or_default().to_owned();
        let named = settings.values.values().filter_map(|value| match value {
            ParamValue::Column(name) => Some(name),
            _ => None,
        });
        let listed: Vec<String> = match spec.judge {
            Judging::Required(_) | Judging::Order(_) => Vec::new(),
            _ => columns_of(spec, settings, &ParamKind::Columns),
        };
        if let Some(lost) = named.chain(&listed).find(|name| !has_column(info, name)) {
            return Err(Blocked::Error(no_column(info, lost)));
        }
        let all_but = |ignored: &[String]| -> Vec<String> {
            let names = info.columns.iter().map(|column| column.name.clone());
            names.filter(|name| !ignored.contains(name)).collect()
        };
        let table = |name: &str| TableId { kind: TableKind::Dataset, name: name.to_owned(), side: Side::Candidate };
        let other = || {
            settings.values.values().find_map(|value| match value {
                ParamValue::Dataset(name) => Some(table(name)),
                ParamValue::Reference(name, _) => Some(table(name)),
                _ => None,
            })
        };
        let incomplete = || Blocked::Error(format!("the page of `{}` has no such parameter", spec.id));
        match &spec.measure {
            MeasureSpec::Partners(Partners::MissingKey) if target.column.is_none() => {
                let of = other().ok_or_else(incomplete)?;
                let their = their_columns(spec, settings).unwrap_or_else(|| listed.clone());
                return self.partners(listed, of, their, Partners::MissingKey);
            }
            MeasureSpec::Partners(Partners::MissingKey) => {
                let their = settings.values.values().find_map(|value| match value {
                    ParamValue::Reference(_, their) => Some(their.clone()),
                    _ => None,
                });
                let (of, their) = other().zip(their).ok_or_else(incomplete)?;
                return self.partners(vec![column()], of, vec![their], Partners::MissingKey);
            }
            MeasureSpec::Partners(which) => {
                let columns = if *which == Partners::SharedKey { listed } else { all_but(&listed) };
                let of = other().ok_or_else(incomplete)?;
                return self.partners(columns.clone(), of, columns, *which);
            }
            MeasureSpec::NotAfter => {
                let time = settings.values.values().find_map(|value| match value {
                    ParamValue::Column(name) => Some(name.clone()),
                    _ => None,
                });
                let (of, column) = other().zip(time).ok_or_else(incomplete)?;
                self.has_columns(&of, std::slice::from_ref(&column))?;
                let gap = settings.values.values().find_map(|value| match value {
                    ParamValue::Gap(gap) if !gap.is_nothing() => Some(*gap),
                    _ => None,
                });
                if let Some(gap) = gap {
                    fits_gap(info, &column, gap)?;
                }
                return Ok(TableMeasure::NotAfter { column, of, gap });
            }
            MeasureSpec::Conflicts | MeasureSpec::Summary(Summary::Association) => {
                let Some(ParamValue::Column(label)) = settings.values.get("label") else {
                    return Err(incomplete());
                };
                let mut ignored = listed;
                ignored.push(label.clone());
                let features = all_but(&ignored);
                if features.is_empty() {
                    return Err(Blocked::Error("no column is left to compare rows by".to_owned()));
                }
                let label = label.clone();
                if spec.measure == MeasureSpec::Conflicts {
                    return Ok(TableMeasure::Conflicts { label, features });
                }
                let is_other = |name: &&String| {
                    let known = info.columns.iter().find(|column| column.name == **name);
                    known.is_some_and(|column| column.data_type.family == TypeFamily::Other)
                };
                let features: Vec<String> = features.iter().filter(|name| !is_other(name)).cloned().collect();
                return match features.is_empty() {
                    true => Err(Blocked::Error("no column is left to measure the association of".to_owned())),
                    false => Ok(TableMeasure::Explained { label, features }),
                };
            }
            _ => {}
        }
        let is_time = info.columns.iter().any(|known| {
            Some(known.name.as_str()) == target.column
                && matches!(known.data_type.family, TypeFamily::Date | TypeFamily::Timestamp)
        });
        measure(spec, settings, target, info, is_time.then_some(self.now))
    }

    fn partners(
        &self,
        columns: Vec<String>,
        of: TableId,
        their: Vec<String>,
        which: Partners,
    ) -> Result<TableMeasure, Blocked> {
        if columns.is_empty() {
            return Err(Blocked::Error("no column is left to compare".to_owned()));
        }
        self.has_columns(&of, &their)?;
        Ok(TableMeasure::Partners { columns, of, their, which })
    }

    fn has_columns(&self, of: &TableId, names: &[String]) -> Result<(), Blocked> {
        let info = self.table(of.kind, &of.name, of.side).map_err(|error| Blocked::Error(error.0))?;
        match names.iter().find(|name| !has_column(info, name)) {
            Some(lost) => Err(Blocked::Error(no_column(info, lost))),
            None => Ok(()),
        }
    }
}

/// Refuses a gap whose unit does not fit the column: a duration for times, a number for numbers.
fn fits_gap(info: &TableInfo, column: &str, gap: Gap) -> Result<(), Blocked> {
    let Some(known) = info.columns.iter().find(|known| known.name == column) else { return Ok(()) };
    let is = format!("`{column}` is {}", known.data_type);
    let is_time = matches!(known.data_type.family, TypeFamily::Date | TypeFamily::Timestamp);
    match gap {
        Gap::Time(_) if is_time => Ok(()),
        Gap::Number(_) if known.data_type.family.is_number() => Ok(()),
        Gap::Number(number) if is_time => {
            Err(Blocked::Error(format!("{is}, so its gap must be a time such as \"7 days\", not {}", number.0)))
        }
        Gap::Time(_) if known.data_type.family.is_number() => {
            Err(Blocked::Error(format!("{is}, so its gap must be a number in its own unit, not a time")))
        }
        _ => Err(Blocked::Error(format!("{is}; a gap needs dates, times or numbers"))),
    }
}

/// Returns the names that all parameters of a kind list.
fn columns_of(spec: &CheckSpec, settings: &Settings, kind: &ParamKind) -> Vec<String> {
    let params = spec.params.iter().filter(|param| param.kind == *kind);
    let lists = params.filter_map(|param| match settings.values.get(&param.name) {
        Some(ParamValue::Words(words)) => Some(words),
        _ => None,
    });
    lists.flatten().cloned().collect()
}

/// Returns the columns of the other dataset, or `None` if they have the names of this dataset's columns.
fn their_columns(spec: &CheckSpec, settings: &Settings) -> Option<Vec<String>> {
    Some(columns_of(spec, settings, &ParamKind::TheirColumns)).filter(|names| !names.is_empty())
}

fn measure(
    spec: &CheckSpec,
    settings: &Settings,
    target: &BindTarget<'_>,
    info: &TableInfo,
    now: Option<i64>,
) -> Result<TableMeasure, Blocked> {
    Ok(match &spec.measure {
        MeasureSpec::Rows => TableMeasure::Rows,
        MeasureSpec::Columns | MeasureSpec::Type => TableMeasure::Columns,
        MeasureSpec::DuplicateValues => TableMeasure::Distinct(target.column.map(str::to_owned).into_iter().collect()),
        MeasureSpec::DuplicateRows => {
            let named = match settings.values.get("columns") {
                Some(ParamValue::Words(columns)) if !columns.is_empty() => columns.clone(),
                _ => info.columns.iter().map(|column| column.name.clone()).collect(),
            };
            match named.as_slice() {
                [one] => TableMeasure::DistinctOrNull(one.clone()),
                _ => TableMeasure::Distinct(named),
            }
        }
        MeasureSpec::Summary(summary) => {
            let q = match settings.values.get("q") {
                Some(ParamValue::Number(q)) if (0.0..=1.0).contains(q) => *q,
                Some(ParamValue::Number(q)) => {
                    return Err(Blocked::Error(format!("`q: {q}` is not between 0 and 1")));
                }
                _ => 0.5,
            };
            summary.measure(target.column.unwrap_or_default(), q)
        }
        MeasureSpec::Values => TableMeasure::Frequencies(target.column.unwrap_or_default().to_owned()),
        MeasureSpec::Where { matches, among } => TableMeasure::Where(Predicate {
            matches: matches.clone(),
            among: among.clone(),
            column: target.column.map(str::to_owned),
            values: placeholders(settings, now),
        }),
        // These are measured elsewhere: over several tables, or over both sides at once.
        MeasureSpec::QueryRows
        | MeasureSpec::Drift(_)
        | MeasureSpec::ChiSquare
        | MeasureSpec::NullChange
        | MeasureSpec::DriftedColumns => TableMeasure::Rows,
        MeasureSpec::Partners(_) | MeasureSpec::NotAfter | MeasureSpec::Conflicts => {
            return Err(Blocked::Error("this check does not measure a number of a table".to_owned()));
        }
        MeasureSpec::Metric | MeasureSpec::Rate | MeasureSpec::WrongRows => {
            return Err(Blocked::Error("a dataset has no metrics".to_owned()));
        }
    })
}

/// Returns the value of each `$name` in the SQL of a page.
///
/// For a time column, the word `now` is the time of the run.
fn placeholders(settings: &Settings, now: Option<i64>) -> BTreeMap<String, Literal> {
    let mut values = BTreeMap::new();
    let end = |literal: &Literal| match (literal, now) {
        (Literal::Text(text), Some(now)) if text == "now" => Literal::Time(now),
        _ => literal.clone(),
    };
    for (name, value) in &settings.values {
        let value = match value {
            ParamValue::Interval(low, high) | ParamValue::NumberInterval(low, high) => {
                values.insert(format!("{name}_low"), end(low));
                values.insert(format!("{name}_high"), end(high));
                continue;
            }
            ParamValue::Values(items) => Literal::List(items.clone()),
            ParamValue::Number(number) => Literal::Float(OrderedF64(*number)),
            ParamValue::Flag(flag) => Literal::Bool(*flag),
            ParamValue::Text(text) => Literal::Text(text.clone()),
            ParamValue::Condition(sql) => Literal::Expression(sql.clone()),
            ParamValue::Column(name) => Literal::Column(name.clone()),
            ParamValue::Words(words) => Literal::List(words.iter().cloned().map(Literal::Text).collect()),
            ParamValue::Bound(_)
            | ParamValue::Margin(_)
            | ParamValue::Group(_)
            | ParamValue::Gap(_)
            | ParamValue::Edges(_)
            | ParamValue::Dataset(_)
            | ParamValue::Reference(..)
            | ParamValue::Query(_) => continue,
        };
        values.insert(name.clone(), value);
    }
    values
}

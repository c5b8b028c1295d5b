//! Names and types of columns.

use super::super::NamesDemand;
use super::super::bound::Bound;
use super::super::verdict::Verdict;
use super::exact::outcome;
use super::judged_names::{ColumnChanges, Names};
use super::{Evidence, Outcome};
use crate::catalog::ColumnChange;
use crate::catalog::type_name::is_type;
use crate::config::Pattern;
use crate::measurement::{Column, ColumnType, Measured};

pub(super) fn columns_of(state: &Measured) -> Result<&[Column], String> {
    match state {
        Measured::Columns(columns) => Ok(columns),
        _ => Err("internal error: the measurement has the wrong state".to_owned()),
    }
}

/// Judges a column's type against a name or a family.
pub(super) fn column_type(found: &ColumnType, wanted: &str, widening: bool) -> Outcome {
    // A column without values contradicts no type; the check `nulls` covers it.
    let holds = found.is_null() || is_type(&found.name, wanted) || (widening && fits_into(&found.name, wanted));
    outcome(holds, Evidence::Type(found.name.clone()))
}

/// Returns true if a wider type contains every value of the found type. The page of `type` shows this table.
fn fits_into(found: &str, wider: &str) -> bool {
    let wider_ones: &[&str] = match found {
        "int8" => &["int16", "int32", "int64", "float16", "float32", "float64"],
        "int16" => &["int32", "int64", "float32", "float64"],
        "int32" => &["int64", "float64"],
        "uint8" => &["uint16", "uint32", "uint64", "int16", "int32", "int64", "float16", "float32", "float64"],
        "uint16" => &["uint32", "uint64", "int32", "int64", "float32", "float64"],
        "uint32" => &["uint64", "int64", "float64"],
        "float16" => &["float32", "float64"],
        "float32" => &["float64"],
        "date" => &["timestamp"],
        _ => &[],
    };
    wider_ones.iter().any(|name| name.eq_ignore_ascii_case(wider))
}

/// Judges the names of the columns against a rule.
pub(super) fn demanded(state: &Measured, demand: &NamesDemand) -> Result<Outcome, String> {
    let columns = columns_of(state)?;
    let has = |name: &String| columns.iter().any(|column| column.name == *name);
    let matched_by = |patterns: &[String]| {
        let patterns: Vec<Pattern> = patterns.iter().map(|text| Pattern::new(text)).collect();
        move |column: &&Column| patterns.iter().any(|pattern| pattern.matches(&column.name))
    };
    let named = |column: &Column| column.name.clone();
    let broken: Vec<String> = match demand {
        NamesDemand::Required(names) => names.iter().filter(|name| !has(name)).cloned().collect(),
        NamesDemand::Allowed(patterns) => {
            let matched = matched_by(patterns);
            columns.iter().filter(|column| !matched(column)).map(named).collect()
        }
        NamesDemand::Forbidden(patterns) => columns.iter().filter(matched_by(patterns)).map(named).collect(),
        NamesDemand::Order(names) => {
            if let Some(lost) = names.iter().find(|name| !has(name)) {
                return Err(format!("there is no column `{lost}`, so the order of the columns cannot be checked"));
            }
            let found = columns.iter().map(|column| &column.name).filter(|name| names.contains(name));
            found.zip(names).filter(|(found, wanted)| found != wanted).map(|(found, _)| found.clone()).collect()
        }
    };
    Ok(outcome(broken.is_empty(), Evidence::Names(Names { broken, columns: columns.len() as u64 })))
}

/// Compares the columns of both sides.
pub(super) fn changes(
    candidate: &Measured,
    baseline: &Measured,
    counted: &[ColumnChange],
    bound: &Bound,
) -> Result<Outcome, String> {
    let (ours, theirs) = (columns_of(candidate)?, columns_of(baseline)?);
    let find = |columns: &[Column], name: &str| columns.iter().find(|column| column.name == name).cloned();
    let mut changes = ColumnChanges { columns: ours.len() as u64, ..ColumnChanges::default() };
    let mut declared = 0;
    for column in ours {
        let Some(before) = find(theirs, &column.name) else {
            changes.added.push(column.clone());
            continue;
        };
        match (before.nullable, column.nullable) {
            (Some(false), Some(true)) => changes.relaxed.push(column.clone()),
            (Some(_), None) | (None, Some(_)) => changes.half_declared.push(column.clone()),
            _ => {}
        }
        declared += usize::from(before.nullable.is_some() && column.nullable.is_some());
        let has_types = !before.data_type.is_null() && !column.data_type.is_null();
        if has_types && before.data_type != column.data_type {
            changes.retyped.push((before, column.clone()));
        }
    }
    changes.removed = theirs.iter().filter(|column| find(ours, &column.name).is_none()).cloned().collect();
    let number = |kind: &ColumnChange| match kind {
        ColumnChange::Added => changes.added.len(),
        ColumnChange::Removed => changes.removed.len(),
        ColumnChange::Retyped => changes.retyped.len(),
        ColumnChange::Relaxed => changes.relaxed.len(),
    };
    changes.counted = counted.iter().map(number).sum::<usize>() as u64;
    #[expect(clippy::cast_precision_loss, reason = "a number of columns")]
    let holds = bound.holds(changes.counted as f64, None);
    // The other kinds of change are known for every column; a relaxed column may be known for none.
    if counted == [ColumnChange::Relaxed] && (declared == 0 || (holds && !changes.half_declared.is_empty())) {
        let reason = Evidence::Reason(undeclared(ours, theirs, &changes.half_declared));
        return Ok(Outcome { verdict: Verdict::NotApplicable, evidence: reason });
    }
    Ok(outcome(holds, Evidence::Columns(changes)))
}

/// Returns the reason it is unknown if a column was relaxed.
fn undeclared(ours: &[Column], theirs: &[Column], half: &[Column]) -> String {
    let declares = |columns: &[Column]| columns.iter().any(|column| column.nullable.is_some());
    match (declares(ours), declares(theirs)) {
        (false, false) => {
            "neither side declares which columns may hold nulls; Parquet and Arrow IPC files do".to_owned()
        }
        (false, true) => {
            "the candidate does not declare which columns may hold nulls; Parquet and Arrow IPC files do".to_owned()
        }
        (true, false) => "the baseline does not declare which columns may hold nulls; Parquet and Arrow IPC files do, \
                          and `mlgate bless` stores it"
            .to_owned(),
        (true, true) => match half.first() {
            Some(column) => format!("only one side declares whether `{}` may hold nulls", column.name),
            None => "no column declares on both sides whether it may hold nulls".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::measurement::{ColumnType, TypeFamily};

    fn table(columns: &[(&str, &str)]) -> Measured {
        let column = |(name, data_type): &(&str, &str)| Column {
            name: (*name).to_owned(),
            data_type: ColumnType { name: (*data_type).to_owned(), family: TypeFamily::Int },
            nullable: None,
        };
        Measured::Columns(columns.iter().map(column).collect())
    }

    #[test]
    fn only_changes_of_the_named_kinds_count() {
        use ColumnChange::{Added, Removed, Retyped};
        let before = table(&[("a", "int64"), ("b", "int64")]);
        let after = table(&[("b", "int32"), ("c", "int64")]);
        let counted = |kinds: &[ColumnChange]| {
            let Evidence::Columns(changes) = changes(&after, &before, kinds, &Bound::exactly(0.0)).unwrap().evidence
            else {
                panic!()
            };
            changes.counted
        };
        assert_eq!(counted(&[Added, Removed, Retyped]), 3);
        assert_eq!(counted(&[Removed]), 1);
        assert_eq!(counted(&[]), 0);
    }

    /// Returns columns with these declarations of nullability.
    fn declaring(columns: &[(&str, Option<bool>)]) -> Measured {
        let column = |(name, nullable): &(&str, Option<bool>)| Column {
            name: (*name).to_owned(),
            data_type: ColumnType { name: "int64".to_owned(), family: TypeFamily::Int },
            nullable: *nullable,
        };
        Measured::Columns(columns.iter().map(column).collect())
    }

    #[test]
    fn a_column_is_relaxed_where_both_sides_declare_it() {
        let (required, optional) = (Some(false), Some(true));
        let verdict = |before, after, counted: &[ColumnChange]| {
            let (before, after) =
                (declaring(&[("a", before), ("b", required)]), declaring(&[("a", after), ("b", required)]));
            changes(&after, &before, counted, &Bound::exactly(0.0)).unwrap().verdict
        };
        let alone = [ColumnChange::Relaxed];
        assert_eq!(verdict(required, optional, &alone), Verdict::Fail);
        for (before, after) in [(optional, required), (optional, optional), (required, required), (None, None)] {
            assert_eq!(verdict(before, after, &alone), Verdict::Pass, "{before:?} {after:?}");
        }
        for (before, after) in [(None, optional), (required, None)] {
            assert_eq!(verdict(before, after, &alone), Verdict::NotApplicable, "{before:?} {after:?}");
            // Together with other kinds of change, `relaxed` is one of several.
            let all = [ColumnChange::Added, ColumnChange::Relaxed];
            assert_eq!(verdict(before, after, &all), Verdict::Pass, "{before:?} {after:?}");
        }
    }

    #[test]
    fn nothing_declared_is_nothing_known() {
        let reason = |before, after| {
            let (before, after) = (declaring(&[("a", before)]), declaring(&[("a", after)]));
            let outcome = changes(&after, &before, &[ColumnChange::Relaxed], &Bound::exactly(0.0)).unwrap();
            let Evidence::Reason(why) = outcome.evidence else { panic!("{:?}", outcome.evidence) };
            assert_eq!(outcome.verdict, Verdict::NotApplicable);
            why
        };
        assert!(reason(None, None).starts_with("neither side declares"));
        assert!(reason(Some(false), None).starts_with("the candidate does not declare"));
        assert!(reason(None, Some(true)).starts_with("the baseline does not declare"));
    }

    #[test]
    fn families_stand_for_all_widths() {
        let state = table(&[("a", "int32")]);
        let found = &columns_of(&state).unwrap()[0].data_type;
        let verdict = |wanted, widening| column_type(found, wanted, widening).verdict;
        for wanted in ["int32", "int", "number"] {
            assert_eq!(verdict(wanted, false), Verdict::Pass, "{wanted}");
        }
        for wanted in ["int64", "string", "float64"] {
            assert_eq!(verdict(wanted, false), Verdict::Fail, "{wanted}");
        }
        assert_eq!((verdict("int64", true), verdict("float64", true)), (Verdict::Pass, Verdict::Pass));
        assert_eq!((verdict("int16", true), verdict("float32", true)), (Verdict::Fail, Verdict::Fail));
    }

    fn broken(demand: NamesDemand) -> Vec<String> {
        let state = table(&[("id", "int64"), ("age", "int64"), ("name_raw", "int64")]);
        let Evidence::Names(names) = demanded(&state, &demand).unwrap().evidence else { panic!() };
        names.broken
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn names_are_demanded_allowed_forbidden_and_ordered() {
        assert_eq!(broken(NamesDemand::Required(names(&["id", "Age"]))), ["Age"]);
        assert_eq!(broken(NamesDemand::Allowed(names(&["id", "a*"]))), ["name_raw"]);
        assert_eq!(broken(NamesDemand::Forbidden(names(&["*_raw", "ssn"]))), ["name_raw"]);
        assert!(broken(NamesDemand::Order(names(&["id", "name_raw"]))).is_empty());
        assert_eq!(broken(NamesDemand::Order(names(&["age", "id"]))), ["id", "age"]);
    }

    #[test]
    fn an_order_of_a_lost_column_is_no_order() {
        let state = table(&[("id", "int64")]);
        assert!(demanded(&state, &NamesDemand::Order(names(&["id", "age"]))).is_err());
    }
}

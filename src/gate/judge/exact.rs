//! Exact numbers of this very data: no interval, the file is the population.

use super::super::bound::Bound;
use super::super::measurement::{Column, State, TypeFamily};
use super::super::verdict::Verdict;
use super::{ColumnChanges, Count, Evidence, Outcome};

fn outcome(holds: bool, evidence: Evidence) -> Outcome {
    Outcome { verdict: if holds { Verdict::Pass } else { Verdict::Fail }, evidence }
}

fn count(state: &State) -> Option<Count> {
    match state {
        State::Rows(rows) => Some(Count { hits: *rows, among: None }),
        State::Share { hits, n } => Some(Count { hits: *hits, among: Some(*n) }),
        State::Distinct { rows, distinct } => Some(Count { hits: rows - distinct, among: Some(*rows) }),
        State::Columns(_) | State::Model(_) => None,
    }
}

/// A count or a share against a bound.
pub(super) fn bound(candidate: &State, baseline: Option<&State>, bound: &Bound) -> Result<Outcome, String> {
    let candidate = count(candidate).ok_or("it was measured as something else")?;
    let baseline = baseline.map(|state| count(state).ok_or("it was measured as something else")).transpose()?;
    let value = |count: Count, whose: &str| -> Result<f64, String> {
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
        let (hits, among) = (count.hits as f64, count.among.map(|n| n as f64));
        match among {
            Some(0.0) => Err(format!("{whose} has no rows to look at, so there is no share of them")),
            Some(n) if !bound.in_rows => Ok(hits / n),
            _ => Ok(hits),
        }
    };
    let holds = bound
        .holds(value(candidate, "the candidate")?, baseline.map(|count| value(count, "the baseline")).transpose()?);
    Ok(outcome(holds, Evidence::Exact { candidate, baseline }))
}

fn columns_of(state: &State) -> Result<&[Column], String> {
    match state {
        State::Columns(columns) => Ok(columns),
        _ => Err("it was measured as something else".to_owned()),
    }
}

/// A column's type against a name or a family.
pub(super) fn column_type(state: &State, column: &str, wanted: &str) -> Result<Outcome, String> {
    let columns = columns_of(state)?;
    let found =
        columns.iter().find(|known| known.name == column).ok_or_else(|| format!("there is no column `{column}`"))?;
    let found = &found.data_type;
    let family = found.family;
    let holds = found.name.eq_ignore_ascii_case(wanted)
        || match wanted {
            "int" => family == TypeFamily::Int,
            "float" => family == TypeFamily::Float,
            "number" => family.is_number(),
            "decimal" => family == TypeFamily::Decimal,
            "timestamp" => family == TypeFamily::Timestamp,
            _ => false,
        };
    Ok(outcome(holds, Evidence::Type(found.name.clone())))
}

/// The columns of both sides.
pub(super) fn columns(candidate: &State, baseline: &State, allowed: &[String]) -> Result<Outcome, String> {
    let (ours, theirs) = (columns_of(candidate)?, columns_of(baseline)?);
    let find = |columns: &[Column], name: &str| columns.iter().find(|column| column.name == name).cloned();
    let mut changes = ColumnChanges { columns: ours.len() as u64, ..ColumnChanges::default() };
    for column in ours {
        match find(theirs, &column.name) {
            None => changes.added.push(column.clone()),
            Some(before) if before.data_type != column.data_type => changes.retyped.push((before, column.clone())),
            Some(_) => {}
        }
    }
    changes.removed = theirs.iter().filter(|column| find(ours, &column.name).is_none()).cloned().collect();
    let counted =
        [("added", changes.added.len()), ("removed", changes.removed.len()), ("retyped", changes.retyped.len())];
    let refused = counted.iter().filter(|(kind, _)| !allowed.iter().any(|word| word == kind)).map(|(_, count)| count);
    changes.refused = refused.sum::<usize>() as u64;
    Ok(outcome(changes.refused == 0, Evidence::Columns(changes)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::super::super::measurement::ColumnType;
    use super::*;

    fn verdict(state: State, text: &str) -> Result<Verdict, String> {
        bound(&state, None, &Bound::parse(text).unwrap()).map(|outcome| outcome.verdict)
    }

    #[test]
    fn a_share_of_no_rows_is_no_number() {
        assert!(verdict(State::Share { hits: 0, n: 0 }, "< 5%").unwrap_err().contains("no rows to look at"));
        assert_eq!(verdict(State::Share { hits: 0, n: 10 }, "< 5%"), Ok(Verdict::Pass));
        assert_eq!(verdict(State::Share { hits: 1, n: 20 }, "< 5%"), Ok(Verdict::Fail));
    }

    #[test]
    fn rows_may_be_bounded_by_number() {
        assert_eq!(verdict(State::Share { hits: 3, n: 4 }, "<= 3 rows"), Ok(Verdict::Pass));
        assert_eq!(verdict(State::Distinct { rows: 10, distinct: 6 }, "<= 3 rows"), Ok(Verdict::Fail));
        assert_eq!(verdict(State::Rows(0), "> 0"), Ok(Verdict::Fail));
    }

    fn table(columns: &[(&str, &str)]) -> State {
        let column = |(name, data_type): &(&str, &str)| Column {
            name: (*name).to_owned(),
            data_type: ColumnType { name: (*data_type).to_owned(), family: TypeFamily::Int },
        };
        State::Columns(columns.iter().map(column).collect())
    }

    #[test]
    fn only_changes_that_are_not_allowed_are_refused() {
        let before = table(&[("a", "int64"), ("b", "int64")]);
        let after = table(&[("b", "int32"), ("c", "int64")]);
        let refused = |allowed: &[&str]| {
            let allowed: Vec<String> = allowed.iter().map(|word| (*word).to_owned()).collect();
            let Evidence::Columns(changes) = columns(&after, &before, &allowed).unwrap().evidence else { panic!() };
            changes.refused
        };
        assert_eq!(refused(&[]), 3);
        assert_eq!(refused(&["added", "retyped"]), 1);
        assert_eq!(refused(&["added", "retyped", "removed"]), 0);
    }

    #[test]
    fn families_stand_for_all_widths() {
        let state = table(&[("a", "int32")]);
        let verdict = |wanted| column_type(&state, "a", wanted).unwrap().verdict;
        assert_eq!(
            (verdict("int32"), verdict("int"), verdict("number")),
            (Verdict::Pass, Verdict::Pass, Verdict::Pass)
        );
        assert_eq!((verdict("int64"), verdict("string")), (Verdict::Fail, Verdict::Fail));
    }
}

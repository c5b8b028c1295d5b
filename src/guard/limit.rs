//! The values of one parameter on both sides: which of them is easier to satisfy.

use std::cmp::Ordering;

use super::demands::{Aspect, DemandChangeKind};
use super::shown;
use crate::catalog::{CheckSpec, Family, Judging, ParamKind};
use crate::gate::ParamValue;
use crate::gate::bound::{Amount, Bound, BoundTarget, Edge};
use crate::gate::margin::Margin;
use crate::measurement::Literal;

/// The effect of a parameter on its check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LimitDirection {
    /// A larger number, or a longer list, is easier to satisfy.
    MoreIsLooser,
    /// A larger number, or a longer list, is harder to satisfy.
    MoreIsTighter,
    /// Another value is another question.
    Meaning,
}

use LimitDirection::{Meaning, MoreIsLooser, MoreIsTighter};

/// Returns the aspects in which a parameter differs. Only the definitions of built-in checks are known; of any other, all
/// parameters but the limit are part of the meaning.
pub(super) fn compare(spec: &CheckSpec, is_built_in: bool, name: &str, sides: [&ParamValue; 2]) -> Vec<Aspect> {
    let [theirs, ours] = sides;
    if theirs == ours {
        return Vec::new();
    }
    let direction = direction(spec, is_built_in, name);
    let (from, to) = (named(spec, name, theirs), named(spec, name, ours));
    let aspect = |kind, why: &str| Aspect::new(kind, from.clone(), to.clone(), why);
    let by = |order: Option<Ordering>| match (order, direction) {
        (Some(Ordering::Equal), _) => Vec::new(),
        (None, _) | (_, Meaning) => vec![aspect(DemandChangeKind::Changed, &other(spec, name))],
        (Some(Ordering::Greater), MoreIsLooser) | (Some(Ordering::Less), MoreIsTighter) => {
            vec![aspect(DemandChangeKind::Loosened, &ranked(spec, name, sides, true))]
        }
        _ => vec![aspect(DemandChangeKind::Tightened, &ranked(spec, name, sides, false))],
    };
    match (theirs, ours) {
        (ParamValue::Bound(theirs), ParamValue::Bound(ours)) => {
            let kind = spec.params.iter().find(|param| param.name == name).map(|param| &param.kind);
            edges([theirs, ours], kind).into_iter().map(|(kind, why)| aspect(kind, why)).collect()
        }
        (ParamValue::Number(theirs), ParamValue::Number(ours)) => by(ours.partial_cmp(theirs)),
        (ParamValue::Margin(theirs), ParamValue::Margin(ours)) => by(margins(*theirs, *ours)),
        (ParamValue::Interval(a, b), ParamValue::Interval(c, d))
        | (ParamValue::NumberInterval(a, b), ParamValue::NumberInterval(c, d))
            if direction != Meaning =>
        {
            interval([a, b], [c, d]).into_iter().map(|(kind, why)| aspect(kind, why)).collect()
        }
        (ParamValue::Values(theirs), ParamValue::Values(ours)) => by(subset(theirs, ours, is_same)),
        (ParamValue::Words(theirs), ParamValue::Words(ours)) => by(words(spec, name, theirs, ours)),
        (ParamValue::Flag(theirs), ParamValue::Flag(ours)) => by(Some(ours.cmp(theirs))),
        (ParamValue::Gap(theirs), ParamValue::Gap(ours)) => by(ours.size().partial_cmp(&theirs.size())),
        _ => by(None),
    }
}

/// Returns the words for a parameter that cannot be ranked.
fn other(spec: &CheckSpec, name: &str) -> String {
    match limit_of(spec) {
        Some(limit) if limit == name => "a limit of another kind".to_owned(),
        _ if name == "is" => "another demand".to_owned(),
        _ => format!("another `{name}`"),
    }
}

/// Returns the words for a parameter that is easier, or harder, to satisfy.
fn ranked(spec: &CheckSpec, name: &str, sides: [&ParamValue; 2], is_looser: bool) -> String {
    let length = |value: &ParamValue| match value {
        ParamValue::Words(words) => Some(words.len()),
        ParamValue::Values(values) => Some(values.len()),
        _ => None,
    };
    let of = if name == "is" { String::new() } else { format!(" `{name}`") };
    match sides.map(length) {
        [Some(before), Some(after)] if before < after => format!("a longer list{of}"),
        [Some(_), Some(_)] => format!("a shorter list{of}"),
        _ if limit_of(spec) == Some(name) => {
            if is_looser {
                "a wider limit".to_owned()
            } else {
                "a narrower limit".to_owned()
            }
        }
        _ => format!("a {}{of}", if is_looser { "softer" } else { "stricter" }),
    }
}

/// Returns a parameter's value with its name, unless the value is the limit itself.
fn named(spec: &CheckSpec, name: &str, value: &ParamValue) -> String {
    if name == "is" || limit_of(spec) == Some(name) {
        let is_metric = matches!(spec.family, Family::Metric | Family::Fairness);
        let operator = match spec.judge {
            Judging::AtMost(_) if !is_metric => "<= ",
            Judging::AtLeast(_) if !is_metric => ">= ",
            _ if is_metric => return format!("{} {}", spec.id, shown::value(value)),
            _ => "",
        };
        let name = if name == "is" { String::new() } else { format!("{name} ") };
        return format!("{name}{operator}{}", shown::value(value));
    }
    format!("{name}: {}", shown::value(value))
}

/// Returns the parameter that is the check's limit.
fn limit_of(spec: &CheckSpec) -> Option<&str> {
    match &spec.judge {
        Judging::Bound(param) | Judging::AtLeast(param) | Judging::AtMost(param) => Some(param),
        _ => None,
    }
}

fn direction(spec: &CheckSpec, is_built_in: bool, name: &str) -> LimitDirection {
    match &spec.judge {
        Judging::AtLeast(param) if param == name => return MoreIsTighter,
        Judging::AtMost(param) if param == name => return MoreIsLooser,
        Judging::Required(param) | Judging::Forbidden(param) | Judging::Order(param) if param == name => {
            return MoreIsTighter;
        }
        Judging::Allowed(param) | Judging::NoChange(param) if param == name => return MoreIsLooser,
        _ if !is_built_in => return Meaning,
        _ => {}
    }
    match (spec.id.as_str(), name) {
        // Rows are equal in more cases if fewer columns are compared.
        ("same_rows" | "conflicting_labels", "ignore") => MoreIsTighter,
        (_, "ignore")
        | ("chi2", "effect")
        | ("dataset_drift", "each")
        | ("range" | "length" | "element_count" | "in", "is")
        | ("type", "widening")
        | ("duplicate_rows" | "unique_together", "columns")
        | ("same_keys", "key") => MoreIsLooser,
        ("missing", "tokens") | ("pii", "kinds" | "within") | ("not_in", "is") | ("starts_after", "gap") => {
            MoreIsTighter
        }
        _ => Meaning,
    }
}

/// Returns the ends of a bound; an end that no number of the kind can lie beyond is absent.
fn ends(bound: &Bound, kind: Option<&ParamKind>) -> [Option<Edge>; 2] {
    let range = match kind {
        Some(ParamKind::ShareBound) if !bound.in_rows => [Some(0.0), Some(1.0)],
        Some(ParamKind::ShareBound | ParamKind::RowsBound) => [Some(0.0), None],
        _ => [None, None],
    };
    let is_idle = |edge: &Edge, end: Option<f64>, is_beyond: fn(&f64, &f64) -> bool| match (edge.at, end) {
        (BoundTarget::Literal(at), Some(end)) => edge.inclusive && (at.total_cmp(&end).is_eq() || is_beyond(&at, &end)),
        _ => false,
    };
    [
        bound.low.filter(|edge| !is_idle(edge, range[0], f64::lt)),
        bound.high.filter(|edge| !is_idle(edge, range[1], f64::gt)),
    ]
}

/// Compares the ends of two bounds, each by itself.
fn edges(sides: [&Bound; 2], kind: Option<&ParamKind>) -> Vec<(DemandChangeKind, &'static str)> {
    let [theirs, ours] = sides.map(|bound| ends(bound, kind));
    // None is none, of rows and as a proportion.
    let is_none = |[low, high]: [Option<Edge>; 2]| {
        low.is_none() && high.is_some_and(|edge| edge.inclusive && edge.at == BoundTarget::Literal(0.0))
    };
    if sides[0].in_rows != sides[1].in_rows && !(is_none(theirs) || is_none(ours)) {
        return vec![(DemandChangeKind::Changed, "a limit on rows in place of one on a share, or the reverse")];
    }
    let mut found = Vec::new();
    for (theirs, ours, is_upper) in [(theirs[0], ours[0], false), (theirs[1], ours[1], true)] {
        let order = match (theirs, ours) {
            (None, None) => continue,
            (Some(_), None) => Some(Ordering::Greater),
            (None, Some(_)) => Some(Ordering::Less),
            (Some(theirs), Some(ours)) => outwards(theirs, ours, is_upper),
        };
        found.extend(match order {
            Some(Ordering::Greater) => Some((DemandChangeKind::Loosened, "a wider limit")),
            Some(Ordering::Less) => Some((DemandChangeKind::Tightened, "a narrower limit")),
            Some(Ordering::Equal) => None,
            None => Some((DemandChangeKind::Changed, "a limit of another kind")),
        });
    }
    found.dedup();
    found
}

/// Returns `Greater` if our edge lies further outwards; `None` if that depends on the baseline.
fn outwards(theirs: Edge, ours: Edge, is_upper: bool) -> Option<Ordering> {
    let order = match (theirs.at, ours.at) {
        (BoundTarget::Literal(theirs), BoundTarget::Literal(ours))
        | (BoundTarget::Baseline(Amount::Absolute(theirs)), BoundTarget::Baseline(Amount::Absolute(ours)))
        | (BoundTarget::Baseline(Amount::Relative(theirs)), BoundTarget::Baseline(Amount::Relative(ours))) => {
            ours.partial_cmp(&theirs)?
        }
        // An offset of 0 has no unit.
        (BoundTarget::Baseline(theirs), BoundTarget::Baseline(ours)) => match (number(theirs), number(ours)) {
            (theirs, ours) if theirs == 0.0 || ours == 0.0 => ours.partial_cmp(&theirs)?,
            _ => return None,
        },
        _ => return None,
    };
    let order = if is_upper { order } else { order.reverse() };
    Some(order.then(ours.inclusive.cmp(&theirs.inclusive)))
}

fn number(amount: Amount) -> f64 {
    match amount {
        Amount::Absolute(number) | Amount::Relative(number) => number,
    }
}

/// Compares margins, each the larger of an amount and a share of the baseline's value; `None` if neither is larger for
/// every baseline.
fn margins(theirs: Margin, ours: Margin) -> Option<Ordering> {
    let parts = |margin: Margin| match margin {
        Margin::One(Amount::Absolute(amount)) => [amount, 0.0],
        Margin::One(Amount::Relative(share)) => [0.0, share],
        Margin::LargerOf { amount, share } => [amount, share],
    };
    let (theirs, ours) = (parts(theirs), parts(ours));
    match (ours[0].partial_cmp(&theirs[0])?, ours[1].partial_cmp(&theirs[1])?) {
        (one, other) if one == other => Some(one),
        (Ordering::Equal, order) | (order, Ordering::Equal) => Some(order),
        _ => None,
    }
}

/// Compares the ends of two intervals, each by itself; `null` is an open end.
fn interval(theirs: [&Literal; 2], ours: [&Literal; 2]) -> Vec<(DemandChangeKind, &'static str)> {
    let mut found = Vec::new();
    for (end, is_upper) in [(0, false), (1, true)] {
        let order = match (theirs[end], ours[end]) {
            (Literal::Null, Literal::Null) => continue,
            (_, Literal::Null) => Some(Ordering::Greater),
            (Literal::Null, _) => Some(Ordering::Less),
            (theirs, ours) => order(ours, theirs).map(|order| if is_upper { order } else { order.reverse() }),
        };
        found.extend(match order {
            Some(Ordering::Greater) => Some((DemandChangeKind::Loosened, "a wider interval")),
            Some(Ordering::Less) => Some((DemandChangeKind::Tightened, "a narrower interval")),
            Some(Ordering::Equal) => None,
            None => Some((DemandChangeKind::Changed, "an interval of other values")),
        });
    }
    found.dedup();
    found
}

fn order(one: &Literal, other: &Literal) -> Option<Ordering> {
    let number = |literal: &Literal| match literal {
        #[expect(
            clippy::cast_precision_loss,
            reason = "equal integers are equal floats, and others are compared exactly"
        )]
        Literal::Int(value) => Some(*value as f64),
        Literal::Float(value) => Some(value.0),
        Literal::Exact(text) => text.parse().ok(),
        _ => None,
    };
    match (one, other) {
        (Literal::Int(one), Literal::Int(other)) => Some(one.cmp(other)),
        (Literal::Text(one), Literal::Text(other)) => Some(one.cmp(other)),
        _ => number(one)?.partial_cmp(&number(other)?),
    }
}

/// Returns true if two literals are the same value: 1 is 1.0.
fn is_same(one: &Literal, other: &Literal) -> bool {
    one == other || order(one, other) == Some(Ordering::Equal)
}

/// Returns `Greater` if our list contains theirs, `Less` if theirs contains ours.
fn subset<T>(theirs: &[T], ours: &[T], is_same: impl Fn(&T, &T) -> bool) -> Option<Ordering> {
    let holds = |outer: &[T], inner: &[T]| inner.iter().all(|item| outer.iter().any(|other| is_same(item, other)));
    match (holds(ours, theirs), holds(theirs, ours)) {
        (true, true) => Some(Ordering::Equal),
        (true, false) => Some(Ordering::Greater),
        (false, true) => Some(Ordering::Less),
        (false, false) => None,
    }
}

fn words(spec: &CheckSpec, name: &str, theirs: &[String], ours: &[String]) -> Option<Ordering> {
    match &spec.judge {
        Judging::Order(_) => {
            let keeps = |whole: &[String], part: &[String]| {
                let mut rest = whole.iter();
                part.iter().all(|word| rest.any(|other| other == word))
            };
            match (keeps(ours, theirs), keeps(theirs, ours)) {
                (true, true) => Some(Ordering::Equal),
                (true, false) => Some(Ordering::Greater),
                (false, true) => Some(Ordering::Less),
                (false, false) => None,
            }
        }
        // Without columns, rows are equal in all of them.
        _ if (spec.id.as_str(), name) == ("duplicate_rows", "columns") && theirs.is_empty() != ours.is_empty() => {
            Some(if ours.is_empty() { Ordering::Greater } else { Ordering::Less })
        }
        _ => subset(theirs, ours, |one, other| one == other),
    }
}

//! Reads columns of classes, scores and groups into vectors. Missing or unusual values are errors, never guesses.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::arrow::util::display::array_value_to_string;

use super::values::{NamedValues, no_missing, value_type};
use super::width::Width;
use crate::engine::types::type_name;
use crate::measurement::{Literal, MeasureError};

/// The most values of a grouping column; more of them are ids, not groups.
const MOST_GROUPS: usize = 1000;

/// The name of the group of rows without a value.
pub(crate) const MISSING: &str = "(missing)";

/// A column of two classes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Classes {
    /// True for a row of the positive class.
    pub(crate) rows: Vec<bool>,
    /// The name of the other class, if any row has it.
    pub(crate) other: Option<String>,
}

/// Reads a column of two classes.
///
/// # Errors
///
/// A null, a third class, or text without a `positive`.
pub(crate) fn classes(name: &str, column: &ArrayRef, positive: Option<&Literal>) -> Result<Classes, MeasureError> {
    no_missing(name, column)?;
    if column.data_type() == &DataType::Boolean {
        let wanted = match positive {
            None | Some(Literal::Bool(true)) => true,
            Some(Literal::Bool(false)) => false,
            Some(_) => {
                return Err(MeasureError(format!(
                    "`{name}` is true or false, so `positive` must be `true` or `false`"
                )));
            }
        };
        let rows: Vec<bool> = column.as_boolean().iter().map(|value| value == Some(wanted)).collect();
        let other = rows.contains(&false).then(|| (!wanted).to_string());
        return Ok(Classes { rows, other });
    }
    let (names, codes) = named(name, column)?;
    let is_number = column.data_type().is_numeric();
    let wanted = match positive {
        Some(value) => class_name(value, is_number),
        None if is_number => "1".to_owned(),
        None => {
            return Err(MeasureError(format!(
                "`{name}` holds text; set the value of the positive class, as in `positive: yes`"
            )));
        }
    };
    let others: Vec<&String> = names.iter().filter(|class| **class != wanted).collect();
    let other = others.first().copied();
    if others.len() > 1 {
        return Err(MeasureError(not_two(name, &names, &wanted, positive.is_some())));
    }
    if positive.is_none() && is_number && other.is_some_and(|class| class != "0" && class != "-1") {
        return Err(MeasureError(format!(
            "`{name}` holds `{}`; without `positive:` its classes must be 0 and 1",
            other.map_or("", String::as_str)
        )));
    }
    let at = names.iter().position(|class| *class == wanted).and_then(|at| u32::try_from(at).ok());
    let rows = codes.iter().map(|code| Some(*code) == at).collect();
    Ok(Classes { rows, other: other.cloned() })
}

/// Returns the reason these classes are not the positive class, `wanted`, and one other.
fn not_two(name: &str, classes: &[String], wanted: &str, is_given: bool) -> String {
    const NAMED: usize = 3;
    // The message does not depend on the order of the rows.
    let mut sorted: Vec<&str> = classes.iter().map(String::as_str).collect();
    sorted.sort_by_key(|class| (*class != wanted, *class));
    let named: Vec<String> = sorted.iter().take(NAMED).map(|class| format!("`{class}`")).collect();
    let listed = match (named.as_slice(), sorted.len() - named.len()) {
        ([first @ .., last], 0) => format!("{} and {last}", first.join(", ")),
        (named, more) => format!("{} and {more} more", named.join(", ")),
    };
    let is_absent = !classes.iter().any(|class| class == wanted);
    match (is_absent, is_given) {
        (true, true) => format!("no row of `{name}` has the positive class `{wanted}`; its classes are {listed}"),
        (true, false) if classes.len() == 2 => {
            format!("`{name}` holds {listed}; without `positive:` its classes must be 0 and 1")
        }
        _ => format!(
            "`{name}` has more than two classes: {listed}; set `task: multiclass` for more than two classes, or `task: regression` for numbers"
        ),
    }
}

/// Returns the classes of a column by name, and each row's class.
///
/// # Errors
///
/// A row has no class, or an infinite one.
pub(crate) fn named(name: &str, column: &ArrayRef) -> Result<(Vec<String>, Vec<u32>), MeasureError> {
    let (names, codes) = NamedValues::of(name, column)?.complete(name, column)?;
    let is_infinite = |class: &&String| matches!(class.as_str(), "inf" | "-inf");
    if value_type(column.data_type()).is_floating() && names.iter().any(|class| is_infinite(&class)) {
        return Err(MeasureError(format!("`{name}` is infinite in some rows, which is not a class")));
    }
    Ok((names, codes))
}

/// Reads a column of predicted classes, which must be classes of the labels.
///
/// # Errors
///
/// Fails like [`classes`], and for a class that no label has, such as `1` with labels `yes` and `no`.
pub(crate) fn predictions(
    name: &str,
    column: &ArrayRef,
    positive: Option<&Literal>,
    label: &str,
    labels: &Classes,
) -> Result<Vec<bool>, MeasureError> {
    let found = classes(name, column, positive)?;
    // Booleans and 0/1 are the same classes in another notation.
    let plain = |class: &str| match class {
        "false" | "-1" => "0".to_owned(),
        "true" => "1".to_owned(),
        other => other.to_owned(),
    };
    match (&found.other, &labels.other) {
        (Some(ours), Some(theirs)) if plain(ours) != plain(theirs) => Err(MeasureError(format!(
            "`{name}` holds the class `{ours}`, and `{label}` does not: its other class is `{theirs}`"
        ))),
        _ => Ok(found.rows),
    }
}

/// Reads a column of labels.
///
/// # Errors
///
/// Fails like [`classes`], and for a `positive` that never occurs, which is a typo and not a model without positives.
pub(crate) fn labels(name: &str, column: &ArrayRef, positive: Option<&Literal>) -> Result<Classes, MeasureError> {
    let labels = classes(name, column, positive)?;
    match positive {
        Some(positive) if !labels.rows.is_empty() && !labels.rows.contains(&true) => {
            let held = array_value_to_string(column, 0).unwrap_or_default();
            Err(MeasureError(format!(
                "no row of `{name}` has the positive class `{}`; its rows have `{held}`",
                class_name(positive, false)
            )))
        }
        _ => Ok(labels),
    }
}

fn class_name(value: &Literal, is_number: bool) -> String {
    match value {
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::Float(value) => value.0.to_string(),
        Literal::Exact(text) => text.clone(),
        Literal::Text(text) if is_number => text.strip_suffix(".0").unwrap_or(text).to_owned(),
        Literal::Text(text) | Literal::Expression(text) | Literal::Column(text) => text.clone(),
        Literal::Null | Literal::List(_) | Literal::Time(_) => String::new(),
    }
}

/// Returns the scores, and the width of their type.
///
/// # Errors
///
/// A null, a NaN or an infinity, or a column that is not numeric.
pub(crate) fn scores(name: &str, column: &ArrayRef) -> Result<(Vec<f64>, Width), MeasureError> {
    if !column.data_type().is_numeric() {
        return Err(MeasureError(format!("`{name}` is {} and not a number", type_name(column.data_type()))));
    }
    no_nulls(name, column)?;
    let width = Width::of(column.data_type());
    let numbers =
        cast(column, &DataType::Float64).map_err(|error| MeasureError(format!("`{name}` holds no scores: {error}")))?;
    let scores = numbers.as_primitive::<Float64Type>().values().to_vec();
    let odd = scores.iter().filter(|score| !score.is_finite()).count();
    if odd > 0 {
        return Err(MeasureError(format!(
            "`{name}` is NaN or infinite in {odd} of {} rows; a row without a score cannot be judged",
            scores.len()
        )));
    }
    Ok((scores, width))
}

/// Returns the name of a type for a sentence.
pub(crate) fn kind(data_type: &DataType) -> String {
    match type_name(data_type) {
        name if name == "string" => "text".to_owned(),
        name => name,
    }
}

pub(crate) fn no_nulls(name: &str, column: &ArrayRef) -> Result<(), MeasureError> {
    let nulls = column.logical_null_count();
    if nulls > 0 {
        return Err(MeasureError(format!("`{name}` is null in {nulls} of {} rows", column.len())));
    }
    Ok(())
}

/// A grouping column: the name of each group, and each row's group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Groups {
    pub(crate) names: Vec<String>,
    pub(crate) codes: Vec<u32>,
}

/// Reads a grouping column; rows without a value, null or NaN, form the group [`MISSING`].
pub(crate) fn groups(name: &str, column: &ArrayRef) -> Result<Groups, MeasureError> {
    let values = NamedValues::of(name, column)?;
    if values.names.len() > MOST_GROUPS {
        return Err(MeasureError(format!(
            "`{name}` has too many values to group by; limit: {MOST_GROUPS}; cut numbers into bands, as in `{{{name}: [25, 40, 65]}}`"
        )));
    }
    let mut names = values.names;
    let missing = match names.iter().position(|name| name == MISSING) {
        Some(at) => at,
        None => names.len(),
    };
    let missing = u32::try_from(missing).unwrap_or(u32::MAX);
    let codes: Vec<u32> = values.codes.into_iter().map(|code| code.unwrap_or(missing)).collect();
    if codes.contains(&missing) && missing as usize == names.len() {
        names.push(MISSING.to_owned());
    }
    Ok(Groups { names, codes })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::sync::Arc;

    use datafusion::arrow::array::{BooleanArray, Float64Array, Int64Array, StringArray};

    use super::*;

    fn refusal<T: std::fmt::Debug>(answer: Result<T, MeasureError>) -> String {
        answer.unwrap_err().0
    }

    #[test]
    fn labels_come_as_numbers_booleans_or_text() {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![0, 1]));
        assert_eq!(classes("y", &numbers, None).unwrap().rows, [false, true]);
        let floats: ArrayRef = Arc::new(Float64Array::from(vec![0.0, 1.0]));
        assert_eq!(classes("y", &floats, None).unwrap().rows, [false, true]);
        let truths: ArrayRef = Arc::new(BooleanArray::from(vec![false, true]));
        assert_eq!(classes("y", &truths, None).unwrap().rows, [false, true]);
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["<=50K", ">50K"]));
        let positive = Literal::Text(">50K".to_owned());
        assert_eq!(classes("y", &texts, Some(&positive)).unwrap().rows, [false, true]);
    }

    #[test]
    fn what_is_not_two_classes_is_refused() {
        let three: ArrayRef = Arc::new(Int64Array::from(vec![0, 1, 2]));
        assert!(refusal(classes("y", &three, None)).contains("more than two classes"));
        let odd: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
        assert!(refusal(classes("y", &odd, None)).contains("must be 0 and 1"));
        let null: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
        assert!(refusal(classes("y", &null, None)).contains("null in 1 of 2 rows"));
        let text: ArrayRef = Arc::new(StringArray::from(vec!["no", "yes"]));
        assert!(refusal(classes("y", &text, None)).contains("set the value of the positive class"));
    }

    #[test]
    fn a_positive_class_that_never_occurs_is_a_typo() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["<=50K", "<=50K"]));
        let positive = Literal::Text(">50k".to_owned());
        assert_eq!(
            refusal(labels("y", &texts, Some(&positive))),
            "no row of `y` has the positive class `>50k`; its rows have `<=50K`"
        );
        assert!(classes("prediction", &texts, Some(&positive)).is_ok(), "a model may predict no positives");
    }

    #[test]
    fn classes_are_named_only_if_a_row_has_them() {
        let of = |numbers: &[i64], positive: Option<&str>| {
            let column: ArrayRef = Arc::new(Int64Array::from(numbers.to_vec()));
            let positive = positive.map(|text| Literal::Text(text.to_owned()));
            refusal(labels("y", &column, positive.as_ref()))
        };
        let absent = "no row of `y` has the positive class `>50K`; its classes are `0` and `1`";
        assert_eq!(of(&[1, 0, 1], Some(">50K")), absent);
        assert_eq!(of(&[0, 1, 1], Some(">50K")), absent, "in any order of the rows");
        assert_eq!(
            of(&[4, 3, 2, 1, 0], Some("9")),
            "no row of `y` has the positive class `9`; its classes are `0`, `1`, `2` and 2 more"
        );
        assert_eq!(of(&[2, 3], None), "`y` holds `2` and `3`; without `positive:` its classes must be 0 and 1");
        assert!(of(&[4, 3, 2], None).starts_with("`y` has more than two classes: `2`, `3` and `4`; set `task"));
        assert!(of(&[0, 2, 1], None).starts_with("`y` has more than two classes: `1`, `0` and `2`; set `task"));
    }

    #[test]
    fn scores_that_are_no_numbers_are_refused() {
        let nan: ArrayRef = Arc::new(Float64Array::from(vec![0.5, f64::NAN, f64::INFINITY]));
        assert!(refusal(scores("p", &nan)).contains("NaN or infinite in 2 of 3 rows"));
        let text: ArrayRef = Arc::new(StringArray::from(vec!["0.5"]));
        assert!(refusal(scores("p", &text)).contains("`p` is string and not a number"));
    }

    #[test]
    fn rows_without_a_group_are_a_group() {
        let sex: ArrayRef = Arc::new(StringArray::from(vec![Some("f"), None, Some("f")]));
        let groups = groups("sex", &sex).unwrap();
        assert_eq!(groups.names, ["f", MISSING]);
        assert_eq!(groups.codes, [0, 1, 0]);
        let site: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), None, Some(f64::NAN), Some(2.5)]));
        let groups = super::groups("site", &site).unwrap();
        assert_eq!(groups.names, ["1", "2.5", MISSING]);
        assert_eq!(groups.codes, [0, 2, 2, 1]);
    }

    #[test]
    fn nan_is_no_class_and_the_word_is_one() {
        let nan: ArrayRef = Arc::new(Float64Array::from(vec![1.0, f64::NAN, 1.0]));
        assert_eq!(refusal(classes("y", &nan, Some(&Literal::Int(1)))), "`y` is NaN in 1 of 3 rows");
        assert_eq!(refusal(classes("y", &nan, None)), "`y` is NaN in 1 of 3 rows");
        let word: ArrayRef = Arc::new(StringArray::from(vec!["NaN", "1"]));
        assert_eq!(classes("y", &word, Some(&Literal::Text("1".to_owned()))).unwrap().rows, [false, true]);
        // A named positive class may be any of two.
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
        assert_eq!(classes("y", &numbers, Some(&Literal::Int(1))).unwrap().rows, [true, false]);
    }
}

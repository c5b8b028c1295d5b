//! Columns of classes, scores and groups → plain vectors. Nothing that is missing or odd is guessed at.

use std::collections::BTreeMap;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::arrow::util::display::array_value_to_string;

use super::types::type_name;
use crate::gate::measurement::{Literal, MeasureError};

/// The most values that a grouping column may have; more is an id, not a group.
const MOST_GROUPS: usize = 1000;

/// The name under which rows without a value form a group of their own.
pub(super) const MISSING: &str = "(missing)";

/// A column of two classes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Classes {
    /// Whether each row is of the positive class.
    pub(super) rows: Vec<bool>,
    /// The name of the other class, if any row is of it.
    pub(super) other: Option<String>,
}

/// Reads a column of two classes.
///
/// # Errors
///
/// A null, a class beside the two, or text without a `positive`.
pub(super) fn classes(name: &str, column: &ArrayRef, positive: Option<&Literal>) -> Result<Classes, MeasureError> {
    no_nulls(name, column)?;
    if column.data_type() == &DataType::Boolean {
        let wanted = match positive {
            None | Some(Literal::Bool(true)) => true,
            Some(Literal::Bool(false)) => false,
            Some(_) => {
                return Err(MeasureError(format!("`{name}` is true or false, so `positive` must be one of the two")));
            }
        };
        let rows: Vec<bool> = column.as_boolean().iter().map(|value| value == Some(wanted)).collect();
        let other = rows.contains(&false).then(|| (!wanted).to_string());
        return Ok(Classes { rows, other });
    }
    let texts =
        cast(column, &DataType::Utf8).map_err(|error| MeasureError(format!("`{name}` holds no classes: {error}")))?;
    let texts = texts.as_string::<i32>();
    let is_number = column.data_type().is_numeric();
    let positive = match positive {
        Some(value) => class_name(value, is_number),
        None if is_number => "1".to_owned(),
        None => {
            return Err(MeasureError(format!(
                "`{name}` holds text; say which value is the positive class, as in `positive: yes`"
            )));
        }
    };
    let mut other: Option<&str> = None;
    let mut rows = Vec::with_capacity(texts.len());
    for text in texts.iter().flatten() {
        // A column of floats writes its classes as 0.0 and 1.0.
        let class = if is_number { text.strip_suffix(".0").unwrap_or(text) } else { text };
        let is_positive = class == positive;
        if !is_positive {
            match other {
                Some(seen) if seen != class => {
                    return Err(MeasureError(format!(
                        "`{name}` has more than two classes: `{positive}`, `{seen}` and `{class}`; with more than two, say `task: multiclass`, and of numbers `task: regression`"
                    )));
                }
                _ => other = Some(class),
            }
        }
        rows.push(is_positive);
    }
    if is_number && positive == "1" && other.is_some_and(|class| class != "0" && class != "-1") {
        return Err(MeasureError(format!(
            "`{name}` holds `{}`; without `positive:` its classes must be 0 and 1",
            other.unwrap_or_default()
        )));
    }
    Ok(Classes { rows, other: other.map(str::to_owned) })
}

/// Reads a column of predicted classes, which must be those of the labels.
///
/// # Errors
///
/// As [`classes`]; and a class that no label has, such as `1` beside labels `yes` and `no`.
pub(super) fn predictions(
    name: &str,
    column: &ArrayRef,
    positive: Option<&Literal>,
    label: &str,
    labels: &Classes,
) -> Result<Vec<bool>, MeasureError> {
    let found = classes(name, column, positive)?;
    // Truth values and 0/1 are the same classes, written otherwise.
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

/// Whether each row's label is the positive class.
///
/// # Errors
///
/// As [`classes`]; and a `positive` that never occurs, which is a typo and not a model without positives.
pub(super) fn labels(name: &str, column: &ArrayRef, positive: Option<&Literal>) -> Result<Classes, MeasureError> {
    let labels = classes(name, column, positive)?;
    match positive {
        Some(positive) if !labels.rows.is_empty() && !labels.rows.contains(&true) => {
            let held = array_value_to_string(column, 0).unwrap_or_default();
            Err(MeasureError(format!(
                "no row of `{name}` is of the positive class `{}`; its rows are `{held}`",
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

/// The scores, and whether they came as 32-bit floats.
///
/// # Errors
///
/// A null, a NaN or an infinity, or a column that holds no numbers.
pub(super) fn scores(name: &str, column: &ArrayRef) -> Result<(Vec<f64>, bool), MeasureError> {
    if !column.data_type().is_numeric() {
        return Err(MeasureError(format!("`{name}` is {}, which is no number", type_name(column.data_type()))));
    }
    no_nulls(name, column)?;
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
    Ok((scores, column.data_type() == &DataType::Float32))
}

pub(super) fn no_nulls(name: &str, column: &ArrayRef) -> Result<(), MeasureError> {
    let nulls = column.logical_null_count();
    if nulls > 0 {
        return Err(MeasureError(format!("`{name}` is null in {nulls} of {} rows", column.len())));
    }
    Ok(())
}

/// A column of groups: the name of each group, and each row's group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Groups {
    pub(super) names: Vec<String>,
    pub(super) codes: Vec<u32>,
}

/// Reads a grouping column; rows without a value are the group [`MISSING`].
pub(super) fn groups(name: &str, column: &ArrayRef) -> Result<Groups, MeasureError> {
    let texts =
        cast(column, &DataType::Utf8).map_err(|error| MeasureError(format!("`{name}` cannot group rows: {error}")))?;
    let texts = texts.as_string::<i32>();
    let mut known: BTreeMap<&str, u32> = BTreeMap::new();
    let mut names = Vec::new();
    let mut codes = Vec::with_capacity(texts.len());
    for text in texts {
        let text = text.unwrap_or(MISSING);
        let code = match known.get(text) {
            Some(code) => *code,
            None if names.len() == MOST_GROUPS => {
                return Err(MeasureError(format!(
                    "`{name}` has more than {MOST_GROUPS} values; it cannot group rows as they are; numbers are cut into bands, as in `{{{name}: [25, 40, 65]}}`"
                )));
            }
            None => {
                let code = u32::try_from(names.len()).unwrap_or(u32::MAX);
                known.insert(text, code);
                names.push(text.to_owned());
                code
            }
        };
        codes.push(code);
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
        assert!(refusal(classes("y", &text, None)).contains("say which value is the positive class"));
    }

    #[test]
    fn a_positive_class_that_never_occurs_is_a_typo() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["<=50K", "<=50K"]));
        let positive = Literal::Text(">50k".to_owned());
        assert_eq!(
            refusal(labels("y", &texts, Some(&positive))),
            "no row of `y` is of the positive class `>50k`; its rows are `<=50K`"
        );
        assert!(classes("prediction", &texts, Some(&positive)).is_ok(), "a model may predict no positives");
    }

    #[test]
    fn scores_that_are_no_numbers_are_refused() {
        let nan: ArrayRef = Arc::new(Float64Array::from(vec![0.5, f64::NAN, f64::INFINITY]));
        assert!(refusal(scores("p", &nan)).contains("NaN or infinite in 2 of 3 rows"));
        let text: ArrayRef = Arc::new(StringArray::from(vec!["0.5"]));
        assert!(refusal(scores("p", &text)).contains("`p` is string, which is no number"));
    }

    #[test]
    fn rows_without_a_group_are_a_group() {
        let sex: ArrayRef = Arc::new(StringArray::from(vec![Some("f"), None, Some("f")]));
        let groups = groups("sex", &sex).unwrap();
        assert_eq!(groups.names, ["f", MISSING]);
        assert_eq!(groups.codes, [0, 1, 0]);
    }
}

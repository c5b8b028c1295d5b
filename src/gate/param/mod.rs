//! The values that a config sets on a check, with the types that the check's page declares.

mod interval;
mod literal;
mod long_form;
mod settings;
mod value;
mod word;

use std::collections::BTreeMap;

use super::bound::{Amount, Bound, percent};
use super::margin::Margin;
use crate::catalog::type_name::type_name;
use crate::catalog::{CheckSpec, Param, ParamKind};
use crate::config::{Diagnostic, Line, Node, Value, seconds};
use crate::measurement::gap::Gap;
use crate::measurement::{Literal, OrderedF64};
use crate::stats::GroupReference;
use interval::interval;
use long_form::{long_form, no_short_form};
use word::word;

pub(super) use word::words;

pub(super) use literal::literal;
pub(super) use settings::Settings;
pub use value::ParamValue;

/// The most edges of bins.
const MOST_EDGES: usize = 1_000;
/// Maximum gap in seconds: a thousand centuries.
const LONGEST_GAP: f64 = 3.2e12;

fn read(param: &Param, node: &Node) -> Result<ParamValue, String> {
    let expected = |what: &str| format!("expected {what}, found {}", node.kind_name());
    Ok(match &param.kind {
        ParamKind::ShareBound => {
            let bound = bound(node)?;
            if !bound.in_rows && bound.literals().any(|number| !(0.0..=1.0).contains(&number)) {
                return Err(format!(
                    "a proportion is between 0 and 1, so `{}` is not possible; write \"< 5%\" for a proportion and \"<= 5 rows\" for a number",
                    bound.text
                ));
            }
            ParamValue::Bound(bound)
        }
        ParamKind::RowsBound => {
            let bound = bound(node)?;
            let points = bound.text.ends_with("pp");
            if points || (bound.text.ends_with('%') && !bound.needs_baseline()) {
                return Err(format!("`{}` is a proportion, but this check counts rows", bound.text));
            }
            ParamValue::Bound(bound)
        }
        ParamKind::NumberBound => {
            let bound = bound(node)?;
            if bound.in_rows {
                return Err(format!("`{}` counts rows, but this check needs a plain number", bound.text));
            }
            ParamValue::Bound(bound)
        }
        ParamKind::Interval => {
            let (low, high) = interval(node)?;
            ParamValue::Interval(low, high)
        }
        ParamKind::NumberInterval => {
            let (low, high) = interval(node)?;
            let is_number =
                |end: &Literal| matches!(end, Literal::Null | Literal::Int(_) | Literal::Float(_) | Literal::Exact(_));
            if !is_number(&low) || !is_number(&high) {
                return Err("the ends of this interval must be numbers or null".to_owned());
            }
            ParamValue::NumberInterval(low, high)
        }
        ParamKind::Values => match &node.value {
            Value::List(items) if !items.is_empty() => {
                ParamValue::Values(items.iter().map(literal).collect::<Result<_, _>>()?)
            }
            Value::List(_) => return Err("the list is empty: no value would be allowed".to_owned()),
            _ => return Err(expected("a list of values")),
        },
        ParamKind::Pattern => {
            let text = node.as_text().ok_or_else(|| expected("a regular expression"))?;
            regex::Regex::new(text).map_err(|error| {
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                format!("not a regular expression: {reason}")
            })?;
            ParamValue::Text(text.to_owned())
        }
        ParamKind::Group => ParamValue::Group(reference(node)?),
        ParamKind::Flag => match node.value {
            Value::Bool(flag) => ParamValue::Flag(flag),
            _ => return Err(expected("true or false")),
        },
        ParamKind::Number => ParamValue::Number(share(node)?),
        ParamKind::Edges => ParamValue::Edges(edges(node)?),
        ParamKind::Amount => ParamValue::Margin(match &node.value {
            Value::List(items) => match items.as_slice() {
                [one, other] => Margin::larger_of(amount(one)?, amount(other)?).map_err(|error| error.to_string())?,
                _ => return Err("write two amounts in a list, as in [0.005, 1%]: the larger of both counts".to_owned()),
            },
            _ => Margin::One(amount(node)?),
        }),
        ParamKind::Choice(words) => ParamValue::Words(vec![word(node, words)?]),
        ParamKind::Choices(words) => match &node.value {
            Value::List(items) => {
                ParamValue::Words(items.iter().map(|item| word(item, words)).collect::<Result<_, _>>()?)
            }
            _ => ParamValue::Words(vec![word(node, words)?]),
        },
        ParamKind::Type => {
            let text = node.as_text().ok_or_else(|| expected("the name of a type"))?;
            ParamValue::Text(type_name(text)?)
        }
        ParamKind::Condition => {
            let text = node.as_text().ok_or_else(|| expected("a condition in SQL"))?;
            ParamValue::Condition(text.to_owned())
        }
        ParamKind::Dataset => {
            let text = node.as_text().ok_or_else(|| expected("the name of a dataset"))?;
            ParamValue::Dataset(text.to_owned())
        }
        ParamKind::Reference => {
            let text = node.as_text().ok_or_else(|| expected("a column of a dataset, as in customers.id"))?;
            let (dataset, column) = text
                .split_once('.')
                .filter(|(dataset, column)| !dataset.is_empty() && !column.is_empty())
                .ok_or_else(|| format!("`{text}` is not a column of a dataset; write it as in customers.id"))?;
            ParamValue::Reference(dataset.to_owned(), column.to_owned())
        }
        ParamKind::Query => {
            let text = node.as_text().ok_or_else(|| expected("a query in SQL"))?;
            ParamValue::Query(text.to_owned())
        }
        ParamKind::AgeBound => {
            let text = node.as_text().ok_or_else(|| expected("a bound on an age such as \"< 2d\""))?;
            ParamValue::Bound(Bound::parse_age(text).map_err(|error| error.to_string())?)
        }
        ParamKind::Gap => ParamValue::Gap(gap(node)?),
        ParamKind::Column => {
            let text = node.as_text().ok_or_else(|| expected("the name of a column"))?;
            ParamValue::Column(text.to_owned())
        }
        ParamKind::Columns | ParamKind::TheirColumns | ParamKind::Patterns => match &node.value {
            Value::List(items) if items.is_empty() && param.default.is_none() => {
                return Err("the list is empty: nothing would be checked".to_owned());
            }
            Value::List(items) => ParamValue::Words(
                items
                    .iter()
                    .map(|item| item.as_text().map(str::to_owned).ok_or_else(|| expected("a list of columns")))
                    .collect::<Result<_, _>>()?,
            ),
            _ => return Err(expected("a list of columns")),
        },
    })
}

/// Reads the reference of a comparison: a word such as `majority`, or a group's values in the order of columns.
fn reference(node: &Node) -> Result<GroupReference, String> {
    if let Value::List(items) = &node.value {
        let key: Vec<String> =
            items.iter().filter_map(|item| item.as_text().map(str::to_owned).or(plain(item))).collect();
        return if key.len() == items.len() && !key.is_empty() {
            Ok(GroupReference::Named(key))
        } else {
            Err("name a group by its values, as in [Male] or [Male, White]".to_owned())
        };
    }
    let words = ["highest", "majority", "rest", "overall"].map(str::to_owned);
    let found = word(node, &words).map_err(|why| format!("{why}; name a group in a list, as in [Male]"))?;
    Ok(match found.as_str() {
        "majority" => GroupReference::Majority,
        "rest" => GroupReference::Rest,
        "overall" => GroupReference::Overall,
        _ => GroupReference::Highest,
    })
}

fn plain(node: &Node) -> Option<String> {
    match node.value {
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Exact(ref text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// Reads the edges of bins.
fn edges(node: &Node) -> Result<Vec<f64>, String> {
    let Value::List(items) = &node.value else {
        return Err(format!("expected a list of numbers that increase, found {}", node.kind_name()));
    };
    let number = |item: &Node| {
        item.as_number()
            .filter(|number| number.is_finite())
            .ok_or_else(|| format!("expected a number, found {}", item.kind_name()))
    };
    let edges = items.iter().map(number).collect::<Result<Vec<f64>, _>>()?;
    match edges.windows(2).find(|pair| pair[0] >= pair[1]) {
        Some(pair) => Err(format!("the edges of bins increase, and {} follows {}", pair[1], pair[0])),
        None if edges.len() > MOST_EDGES => {
            Err(format!("{} edges are too many for bins; limit: {MOST_EDGES}", edges.len()))
        }
        None => Ok(edges),
    }
}

fn gap(node: &Node) -> Result<Gap, String> {
    let written = |found: &str| format!("expected a time such as \"7 days\" or \"36h\", or a number, found {found}");
    match (node.as_number(), node.as_text()) {
        (Some(number), _) if number.is_finite() && number >= 0.0 => Ok(Gap::Number(OrderedF64(number))),
        (Some(number), _) => Err(format!("`{number}` is not a gap, which is finite and not negative")),
        (_, Some(text)) => {
            let found = seconds(text).filter(|seconds| *seconds <= LONGEST_GAP);
            #[expect(clippy::cast_possible_truncation, reason = "within the bounds of whole microseconds")]
            found.map(|seconds| Gap::Time((seconds * 1e6).round() as i64)).ok_or_else(|| written(&format!("`{text}`")))
        }
        _ => Err(written(node.kind_name())),
    }
}

fn amount(node: &Node) -> Result<Amount, String> {
    match (node.as_number(), node.as_text()) {
        (Some(number), _) if number >= 0.0 => Ok(Amount::Absolute(number)),
        (Some(number), _) => Err(format!("`{number}` is negative; an amount has no sign")),
        (_, Some(text)) => Amount::parse(text).map_err(|error| error.to_string()),
        _ => Err(format!("expected an amount such as 0.005, 1pp or 1%, found {}", node.kind_name())),
    }
}

fn bound(node: &Node) -> Result<Bound, String> {
    match &node.value {
        Value::Int(number) => Bound::parse(&number.to_string()).map_err(|error| error.to_string()),
        Value::Float(number) => Ok(Bound::exactly(*number)),
        Value::Exact(text) | Value::Text(text) => Bound::parse(text).map_err(|error| error.to_string()),
        Value::List(items) => match items.as_slice() {
            [low, high] => {
                let bound = Bound::between(share(low)?, share(high)?).map_err(|error| error.to_string())?;
                Ok(bound.written(&written(low), &written(high)))
            }
            _ => Err("an interval has two numbers, [low, high]".to_owned()),
        },
        _ => Err(format!("expected a bound such as \"< 5%\" or \">= 10000\", found {}", node.kind_name())),
    }
}

/// Returns the text of a number as the config writes it; empty if the node is neither text nor a number.
fn written(node: &Node) -> String {
    node.as_text().map(|text| text.trim().to_owned()).or_else(|| plain(node)).unwrap_or_default()
}

/// Reads a number, which may be written in percent.
pub(super) fn share(node: &Node) -> Result<f64, String> {
    let text = match (node.as_number(), node.as_text()) {
        (Some(number), _) => return Ok(number),
        (_, Some(text)) => text.trim(),
        _ => return Err(format!("expected a number, found {}", node.kind_name())),
    };
    let number = match text.strip_suffix('%') {
        Some(number) => percent(number),
        None => text.parse().ok(),
    };
    number.filter(|number| number.is_finite()).ok_or_else(|| format!("`{text}` is not a number"))
}

/// Reads the value of a line as its check's page declares: the short form is the value of `is`.
pub(super) fn settings(
    spec: &CheckSpec,
    line: &Line,
    refused: &[&str],
    problems: &mut Vec<Diagnostic>,
) -> Option<Settings> {
    let (key, value) = (line.key.span, &line.value);
    let before = problems.len();
    let mut settings = Settings {
        values: BTreeMap::new(),
        severity: None,
        confidence: None,
        on_inconclusive: None,
        min_n: None,
        waive: None,
        rows: None,
        words: String::new(),
        texts: BTreeMap::new(),
    };
    let given: Vec<(&str, &Node)> = match &value.value {
        Value::Map(entries) => long_form(spec, entries, refused, &mut settings, problems),
        Value::Null => Vec::new(),
        _ if spec.params.iter().all(|param| param.name != "is") => {
            problems.push(no_short_form(spec, value));
            return None;
        }
        _ => vec![("is", value)],
    };
    for param in &spec.params {
        let node = given.iter().find(|(name, _)| *name == param.name).map(|(_, node)| *node).or(param.default.as_ref());
        let Some(node) = node else {
            let mut problem = Diagnostic::new(format!("`{}` needs a value", spec.id), key);
            problem.help = Some(format!("`{}`: {}", param.name, param.about));
            problems.push(problem);
            continue;
        };
        match read(param, node) {
            Ok(read) => {
                // A table shows the value of `is`, or else the first value that the line sets.
                let is_given = given.iter().any(|(name, _)| *name == param.name);
                if param.name == "is" || (settings.words.is_empty() && is_given) {
                    settings.words = words(node);
                }
                // A message puts names between backticks.
                settings.texts.insert(param.name.clone(), words(node).replace('`', "'"));
                settings.values.insert(param.name.clone(), read);
            }
            Err(message) => {
                let mut problem = Diagnostic::new(message, node.span);
                problem.help = Some(format!("`{}`: {}", spec.id, param.about));
                problems.push(problem);
            }
        }
    }
    (problems.len() == before).then_some(settings)
}

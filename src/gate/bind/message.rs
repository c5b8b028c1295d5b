//! The parameters of a line in the message of its check: `{q}`, `{with}`.

use std::collections::BTreeMap;

use super::super::bound::Amount;
use super::super::param::{ParamValue, Settings};
use crate::measurement::{Gap, Literal};

/// The most characters of a parameter that a message repeats.
const LONGEST: usize = 60;
/// The most values of a list that a message repeats.
const MOST_VALUES: usize = 5;

/// Returns the parameters of a line as its message repeats them, by their names.
pub(super) fn params(settings: &Settings) -> BTreeMap<String, String> {
    let written = settings.texts.iter().map(|(name, text)| (name.clone(), shortened(text)));
    let mut params: BTreeMap<String, String> = written.collect();
    for (name, value) in &settings.values {
        match value {
            // As the config has it.
            ParamValue::Interval(..) | ParamValue::NumberInterval(..) if params.contains_key(name) => {}
            value => {
                params.insert(name.clone(), quoted(value));
            }
        }
    }
    params
}

fn quoted(value: &ParamValue) -> String {
    let texts: Vec<String> = texts(value).into_iter().map(|text| shortened(&text)).collect();
    let more = if texts.len() > MOST_VALUES { "` or `…" } else { "" };
    texts.into_iter().take(MOST_VALUES).collect::<Vec<_>>().join("` or `") + more
}

fn shortened(text: &str) -> String {
    let plain = |c: char| if c == '`' { '\'' } else { c };
    let more = if text.chars().count() > LONGEST { "…" } else { "" };
    text.chars().take(LONGEST).map(plain).collect::<String>() + more
}

fn texts(value: &ParamValue) -> Vec<String> {
    match value {
        ParamValue::Bound(bound) => vec![bound.text.clone()],
        ParamValue::Interval(low, high) | ParamValue::NumberInterval(low, high) => {
            vec![format!("[{}, {}]", literal(low), literal(high))]
        }
        ParamValue::Values(values) => values.iter().map(literal).collect(),
        ParamValue::Text(text)
        | ParamValue::Condition(text)
        | ParamValue::Column(text)
        | ParamValue::Dataset(text)
        | ParamValue::Query(text) => vec![text.clone()],
        ParamValue::Reference(dataset, column) => vec![format!("{dataset}.{column}")],
        ParamValue::Flag(flag) => vec![flag.to_string()],
        ParamValue::Number(number) => vec![number.to_string()],
        ParamValue::Margin(margin) => margin.amounts().iter().map(amount).collect(),
        ParamValue::Words(words) => words.clone(),
        ParamValue::Edges(edges) => edges.iter().map(f64::to_string).collect(),
        ParamValue::Gap(Gap::Time(micros)) => vec![format!("{} s", micros / 1_000_000)],
        ParamValue::Gap(Gap::Number(number)) => vec![number.0.to_string()],
        ParamValue::Group(reference) => vec![reference.definition()],
    }
}

fn amount(amount: &Amount) -> String {
    match amount {
        Amount::Absolute(amount) => amount.to_string(),
        // 0.07 · 100 is not 7 in binary.
        Amount::Relative(share) => format!("{}%", (share * 1e14).round() / 1e12),
    }
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Null => "null".to_owned(),
        Literal::Bool(flag) => flag.to_string(),
        Literal::Int(number) => number.to_string(),
        Literal::Float(number) => number.0.to_string(),
        Literal::Exact(text) | Literal::Text(text) | Literal::Expression(text) | Literal::Column(text) => text.clone(),
        Literal::Time(micros) => format!("{micros} µs"),
        Literal::List(values) => values.iter().map(self::literal).collect::<Vec<_>>().join(", "),
    }
}

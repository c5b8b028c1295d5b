//! Keys that stand where checks do and are none: a key of a check belongs inside one.

use super::super::param::words;
use super::{Around, Binder};
use crate::catalog::{CheckSpec, Family};
use crate::config::{Line, MODEL_KEYS, Value, did_you_mean};

/// The key of a line that compares with the frozen baseline.
const SINCE_REFERENCE: &str = "since_reference";

impl Binder<'_> {
    /// Where a key belongs that is not a check, with an example.
    pub(super) fn stray(&self, family: Family, line: &Line, around: Around<'_>) -> Option<String> {
        let key = line.key.value.as_str();
        let is_of_slices = key == "min_n" && around.refused == ["min_n"];
        if around.refused.contains(&key) && !is_of_slices {
            return Some(format!("`{key}` means nothing here: the number of a file has no interval and no rows"));
        }
        if let Some(inside) = self.inside(family, line, around.lines) {
            return Some(match is_of_slices {
                true => format!(
                    "`{key}` is about slices: it belongs inside one of their checks, as in `slices: {{\"*\": {{{inside}}}}}`"
                ),
                false => format!("`{key}` belongs inside a check, as in `{inside}`"),
            });
        }
        let is_of_model = matches!(family, Family::Metric | Family::Fairness) && MODEL_KEYS.contains(&key);
        is_of_model.then(|| format!("`{key}` is a key of the model"))
    }

    /// The check beside a line, or else the first one, that takes its key, with the key inside.
    fn inside(&self, family: Family, line: &Line, lines: &[Line]) -> Option<String> {
        let key = line.key.value.as_str();
        let takes = |spec: &CheckSpec| spec.takes(key) || (key == SINCE_REFERENCE && spec.param("is").is_some());
        let beside = lines.iter().filter_map(|line| Some((self.catalog.get(family, &line.key.value)?, line)));
        let (spec, sibling) = match beside.into_iter().find(|(spec, _)| takes(spec)) {
            Some((spec, sibling)) => (spec, Some(sibling)),
            None => (self.catalog.family(family).find(|spec| takes(spec))?, None),
        };
        let before = match sibling.map(|sibling| (&sibling.value.value, sibling)) {
            _ if key == "is" => String::new(),
            Some((Value::Map(_), _)) => "…, ".to_owned(),
            Some((Value::Null, _)) => String::new(),
            Some((_, sibling)) => format!("is: {}, ", value(sibling)),
            None if spec.param("is").is_some_and(|is| is.default.is_none()) => "is: …, ".to_owned(),
            None => String::new(),
        };
        Some(format!("{}: {{{before}{key}: {}}}", spec.id, value(line)))
    }

    /// The key of a check or of a model that a word was most likely meant to be.
    pub(super) fn near_stray(&self, family: Family, line: &Line) -> Option<String> {
        let key = line.key.value.as_str();
        let common = crate::catalog::COMMON.into_iter();
        if let Some(near) =
            did_you_mean(key, common.filter(|common| self.catalog.family(family).any(|spec| spec.takes(common))))
        {
            return Some(format!("did you mean `{near}`, which belongs inside a check?"));
        }
        let of_model = matches!(family, Family::Metric | Family::Fairness).then(|| did_you_mean(key, MODEL_KEYS));
        of_model.flatten().map(|near| format!("did you mean `{near}`, a key of the model?"))
    }
}

/// A line's value as a config writes it in short.
fn value(line: &Line) -> String {
    let text = words(&line.value);
    if matches!(line.value.value, Value::Text(_)) && !text.chars().all(|c| c.is_alphanumeric() || c == '_') {
        format!("\"{text}\"")
    } else {
        text
    }
}

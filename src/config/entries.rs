//! Checks of the entries of a mapping.

use super::diagnostic::Diagnostic;
use super::suggest::did_you_mean;
use super::yaml::{Entry, Node, Value};

pub(super) fn truth(node: &Node, key: &str, otherwise: bool, problems: &mut Vec<Diagnostic>) -> bool {
    match node.get(key).map(|given| (&given.value, given.span)) {
        None => otherwise,
        Some((Value::Bool(given), _)) => *given,
        Some((_, span)) => {
            problems.push(Diagnostic::new(format!("`{key}` must be true or false"), span));
            otherwise
        }
    }
}

pub(super) fn unknown(entries: &[Entry], keys: &[&str], problems: &mut Vec<Diagnostic>) {
    for entry in entries {
        let key = entry.key.value.as_str();
        if keys.contains(&key) {
            continue;
        }
        let help = match did_you_mean(key, keys.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the keys here are {}", keys.join(", ")),
        };
        problems.push(Diagnostic::new(format!("unknown key `{key}`"), entry.key.span).with_help(help));
    }
}

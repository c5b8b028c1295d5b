//! A line in its long form: a mapping of parameters and of keys that all checks have.

use super::settings::Settings;
use crate::catalog::{COMMON, CheckSpec, Family, MeasureSpec, Severity, WHERE};
use crate::config::{Diagnostic, Entry, Node, Spanned, Value, WaiverConfig, did_you_mean};
use crate::gate::verdict::OnInconclusive;
use crate::measurement::summary::Summary;

pub(super) fn no_short_form(spec: &CheckSpec, value: &Node) -> Diagnostic {
    let needed = spec.params.iter().find(|param| param.default.is_none()).or(spec.params.first());
    let needed = needed.filter(|_| spec.measure != MeasureSpec::WrongRows);
    let name = needed.map_or(if spec.looks_at_rows() { WHERE } else { "severity" }, |param| param.name.as_str());
    let mut problem =
        Diagnostic::new(format!("`{}` must be a mapping, as in `{}: {{{name}: …}}`", spec.id, spec.id), value.span);
    problem.help = needed.map(|param| format!("`{}`: {}", param.name, param.about));
    problem
}

pub(super) fn long_form<'a>(
    spec: &'a CheckSpec,
    entries: &'a [Entry],
    refused: &[&str],
    settings: &mut Settings,
    problems: &mut Vec<Diagnostic>,
) -> Vec<(&'a str, &'a Node)> {
    let mut given = Vec::new();
    for entry in entries {
        let (key, node) = (entry.key.value.as_str(), &entry.value);
        let meaningless = match key {
            "confidence" | "on_inconclusive" if !spec.takes(key) => "its number is exact and has no interval",
            "min_n" if !spec.takes(key) => "it is about groups, and this check has none",
            WHERE if !spec.takes(key) => no_rows(spec),
            _ => "",
        };
        if !meaningless.is_empty() {
            problems.push(Diagnostic::new(
                format!("`{key}` means nothing to `{}`: {meaningless}", spec.id),
                entry.key.span,
            ));
            continue;
        }
        let wrong = match key {
            "severity" => {
                settings.severity = match node.as_text() {
                    Some("error") => Some(Severity::Error),
                    Some("warning") => Some(Severity::Warning),
                    Some("note") => Some(Severity::Note),
                    _ => None,
                };
                settings.severity.is_none().then_some("`severity` must be error, warning or note")
            }
            "on_inconclusive" => {
                settings.on_inconclusive = match node.as_text() {
                    Some("warn") => Some(OnInconclusive::Warn),
                    Some("fail") => Some(OnInconclusive::Fail),
                    Some("pass") => Some(OnInconclusive::Pass),
                    _ => None,
                };
                settings.on_inconclusive.is_none().then_some("`on_inconclusive` must be warn, fail or pass")
            }
            "confidence" => {
                settings.confidence = node.as_number().filter(|level| (0.5..1.0).contains(level));
                settings.confidence.is_none().then_some("`confidence` must be a number between 0.5 and 1, such as 0.95")
            }
            "min_n" => {
                settings.min_n = match node.value {
                    Value::Int(number) => u64::try_from(number).ok(),
                    _ => None,
                };
                settings.min_n.is_none().then_some("`min_n` must be a whole number of rows")
            }
            WHERE if spec.param(key).is_none() => {
                settings.rows = node.as_text().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
                settings.rows.is_none().then_some("`where` must be a condition in SQL, such as \"status = 'paid'\"")
            }
            "waive" => {
                settings.waive = WaiverConfig::read(node, problems);
                None
            }
            _ => {
                match spec.param(key) {
                    Some(param) if given.iter().any(|(known, _)| *known == param.name) => {
                        let message = format!("`{key}` means the same as `{}`, which is already set", param.name);
                        problems.push(Diagnostic::new(message, entry.key.span));
                    }
                    Some(param) => given.push((param.name.as_str(), node)),
                    None => problems.push(unknown(spec, &entry.key, refused)),
                }
                None
            }
        };
        if let Some(message) = wrong {
            problems.push(Diagnostic::new(message, node.span));
        }
    }
    given
}

/// Returns the reason a check looks at no rows that a condition could select.
fn no_rows(spec: &CheckSpec) -> &'static str {
    match (&spec.measure, spec.family) {
        (MeasureSpec::QueryRows | MeasureSpec::Summary(Summary::Query), _) => "its query has a `WHERE` of its own",
        (_, Family::Metric | Family::Fairness) => "the rows of a model are chosen by its `slices`",
        _ => "it is about columns, and not about rows",
    }
}

/// A key that the check does not have, with those that can stand there.
fn unknown(spec: &CheckSpec, key: &Spanned<String>, refused: &[&str]) -> Diagnostic {
    let common = COMMON.into_iter().chain([WHERE]);
    let common = common.filter(|common| spec.takes(common) && !refused.contains(common));
    let known: Vec<&str> = spec.params.iter().map(|param| param.name.as_str()).chain(common).collect();
    let help = match did_you_mean(&key.value, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    };
    Diagnostic::new(format!("`{}` has no parameter `{}`", spec.id, key.value), key.span).with_help(help)
}

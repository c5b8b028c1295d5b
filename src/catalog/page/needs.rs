//! The parameters without which a measure cannot be taken.

use crate::catalog::{CheckSpec, Family, MeasureSpec, ParamKind};
use crate::measurement::Partners;
use crate::measurement::summary::Summary;

/// Each parameter that a page's measure needs and the page does not declare, in a sentence.
pub(super) fn missing(spec: &CheckSpec) -> Vec<String> {
    let has = |kind: &ParamKind| spec.params.iter().any(|param| param.kind == *kind);
    let of_kind = |kind: ParamKind, name: &str| {
        (!has(&kind))
            .then(|| format!("this measure needs a parameter of the type `{name}`, and the page declares none"))
    };
    let named = |name: &str, kind: ParamKind, of: &str| {
        let is_there = spec.params.iter().any(|param| param.name == name && param.kind == kind);
        (!is_there)
            .then(|| format!("this measure needs a parameter `{name}` of the type `{of}`, and the page declares none"))
    };
    let dataset = || of_kind(ParamKind::Dataset, "dataset");
    let columns = || of_kind(ParamKind::Columns, "columns");
    let label = || named("label", ParamKind::Column, "column");
    let needed: Vec<Option<String>> = match &spec.measure {
        MeasureSpec::Partners(Partners::MissingKey) if spec.family == Family::Column => {
            vec![of_kind(ParamKind::Reference, "reference")]
        }
        MeasureSpec::Partners(Partners::MissingKey | Partners::SharedKey) => vec![dataset(), columns()],
        MeasureSpec::Partners(Partners::SharedRow) => vec![dataset()],
        MeasureSpec::NotAfter => vec![dataset(), of_kind(ParamKind::Column, "column")],
        MeasureSpec::Conflicts => vec![label()],
        // The line of a named one names the label.
        MeasureSpec::Summary(summary) if summary.has_label() && !spec.named => vec![label()],
        MeasureSpec::QueryRows | MeasureSpec::Summary(Summary::Query) => vec![of_kind(ParamKind::Query, "query")],
        MeasureSpec::ChiSquare => vec![named("effect", ParamKind::Number, "number")],
        MeasureSpec::DriftedColumns => vec![named("each", ParamKind::Number, "number")],
        MeasureSpec::Where { matches, among } => {
            let names = std::iter::once(matches).chain(among).flat_map(|sql| parameters(sql));
            names.map(|name| undeclared(spec, name)).collect()
        }
        _ => Vec::new(),
    };
    needed.into_iter().flatten().collect()
}

/// The names behind a `$`.
fn parameters(sql: &str) -> impl Iterator<Item = &str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    sql.split('$').skip(1).filter_map(move |rest| rest.split(|c| !is_name(c)).next()).filter(|name| !name.is_empty())
}

fn undeclared(spec: &CheckSpec, name: &str) -> Option<String> {
    let ends = ["_low", "_high"].into_iter().filter_map(|end| name.strip_suffix(end));
    let is_end = ends.into_iter().any(|of| {
        let kind = spec.params.iter().find(|param| param.name == of).map(|param| &param.kind);
        matches!(kind, Some(ParamKind::Interval | ParamKind::NumberInterval))
    });
    let is_there = is_end || spec.params.iter().any(|param| param.name == name);
    (!is_there).then(|| format!("this measure needs a parameter `{name}`, and the page declares none"))
}

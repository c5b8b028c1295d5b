//! The words of a page that have to fit together.

use super::{PageReader, needs};
use crate::catalog::{CheckSpec, Compare, Family, Judging, MeasureSpec, ParamKind, Reduce};
use crate::config::Node;
use crate::measurement::Partners;

/// Placeholders of every message, besides the parameters of its page.
const PLACEHOLDERS: [&str; 7] = ["hits", "n", "value", "baseline", "subject", "detail", "type"];

impl PageReader {
    /// Checks the constraints between keys: the words of a page must fit together.
    pub(super) fn consistent(&mut self, root: &Node, spec: &CheckSpec) {
        let (name, fits): (&str, fn(&ParamKind) -> bool) = match &spec.judge {
            Judging::Bound(name) => (name, |kind| {
                matches!(
                    kind,
                    ParamKind::ShareBound | ParamKind::RowsBound | ParamKind::NumberBound | ParamKind::AgeBound
                )
            }),
            Judging::AtLeast(name) | Judging::AtMost(name) => {
                (name, |kind| matches!(kind, ParamKind::Number | ParamKind::Amount))
            }
            Judging::Type(name) => (name, |kind| matches!(kind, ParamKind::Type)),
            Judging::NoChange(name) => (name, |kind| matches!(kind, ParamKind::Choices(_))),
            Judging::Required(name) | Judging::Order(name) => (name, |kind| matches!(kind, ParamKind::Columns)),
            Judging::Allowed(name) | Judging::Forbidden(name) => (name, |kind| matches!(kind, ParamKind::Patterns)),
        };
        let span = root.get("judge").map_or(root.span, |node| node.span);
        match spec.param(name) {
            None => self.problem(format!("`judge` names `{name}`, which is not a parameter"), span),
            Some(param) if !fits(&param.kind) => {
                self.problem(format!("the parameter `{name}` has a type that cannot be judged this way"), span);
            }
            Some(_) => {}
        }
        let family = root.get("family").map_or(root.span, |node| node.span);
        let fits = match spec.measure {
            MeasureSpec::Metric | MeasureSpec::WrongRows => spec.family == Family::Metric,
            MeasureSpec::Rate => {
                let compares = match spec.compare {
                    None => true,
                    Some(Compare::Drop) => matches!(spec.reduce, Some(Reduce::Gap | Reduce::Ratio)),
                    Some(_) => false,
                };
                spec.family == Family::Fairness && spec.reduce.is_some() && compares
            }
            MeasureSpec::Summary(summary) if summary.is_of_table() => spec.family == Family::Dataset,
            MeasureSpec::Partners(Partners::SharedKey | Partners::SharedRow)
            | MeasureSpec::NotAfter
            | MeasureSpec::Conflicts
            | MeasureSpec::QueryRows
            | MeasureSpec::DriftedColumns => spec.family == Family::Dataset,
            MeasureSpec::Type
            | MeasureSpec::DuplicateValues
            | MeasureSpec::Summary(_)
            | MeasureSpec::Drift(_)
            | MeasureSpec::ChiSquare
            | MeasureSpec::NullChange => spec.family == Family::Column,
            MeasureSpec::Values => spec.family == Family::Column && matches!(spec.compare, Some(Compare::Value(_))),
            MeasureSpec::Rows | MeasureSpec::DuplicateRows | MeasureSpec::Columns => spec.family == Family::Dataset,
            MeasureSpec::Where { .. } | MeasureSpec::Partners(Partners::MissingKey) => {
                matches!(spec.family, Family::Dataset | Family::Column)
            }
        };
        if !fits {
            self.problem("this family does not have this measure", family);
        }
        if spec.named && spec.family != Family::Dataset {
            self.problem("only checks of a dataset are `named`", root.get("named").map_or(root.span, |node| node.span));
        }
        let is_of_values = spec.family == Family::Column && matches!(spec.measure, MeasureSpec::Where { .. });
        if spec.names_values && !is_of_values {
            let span = root.get("names_values").map_or(root.span, |node| node.span);
            self.problem("`names_values` belongs to checks of a column with `measure: {sql: …}`", span);
        }
        let measure = root.get("measure").map_or(root.span, |node| node.span);
        for problem in needs::missing(spec) {
            self.problem(problem, measure);
        }
        let message = root.get("message").map_or(root.span, |node| node.span);
        for name in placeholders(&spec.message) {
            let params = || spec.params.iter().map(|param| param.name.as_str());
            if !PLACEHOLDERS.iter().copied().chain(params()).any(|known| known == name) {
                let known: Vec<&str> = PLACEHOLDERS.iter().copied().chain(params()).collect();
                self.problem(format!("`{{{name}}}` is not known; a message may name {}", known.join(", ")), message);
            }
        }
    }
}

/// The names between braces.
fn placeholders(message: &str) -> impl Iterator<Item = &str> {
    message.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name))
}

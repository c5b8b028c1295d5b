//! Metrics of one class of several.

use crate::config::{Diagnostic, Spanned, did_you_mean};
use crate::measurement::prediction_spec::PredictionSpec;
use crate::stats::{Metric, Task};

/// The most classes that a message lists.
const LISTED: usize = 8;

/// Returns what is wrong with the class of a metric, as far as the config tells which classes there are.
pub(super) fn problem(metric: Metric, spec: &PredictionSpec, name: &Spanned<String>) -> Option<Diagnostic> {
    let class = metric.class?;
    let known = match spec.task {
        Task::Binary => {
            let message =
                format!("`{}` names a class, but with two classes a metric is always of the positive one", name.value);
            let help = format!("remove `@{class}`; `positive` says which class is the positive one");
            return Some(Diagnostic::new(message, name.span).with_help(help));
        }
        Task::Multiclass => &spec.classes,
        Task::Multilabel => &spec.label,
        Task::Regression | Task::Ranking | Task::Score => return None,
    };
    if known.is_empty() || known.iter().any(|known| known == class.as_str()) {
        return None;
    }
    let what = if spec.task == Task::Multilabel { "label" } else { "class" };
    let help = match did_you_mean(class.as_str(), known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let listed: Vec<String> = known.iter().take(LISTED).map(|class| format!("`{class}`")).collect();
            let more = if known.len() > LISTED { ", …" } else { "" };
            format!("there are {}{more}", listed.join(", "))
        }
    };
    Some(Diagnostic::new(format!("`{}`: there is no {what} `{class}`", name.value), name.span).with_help(help))
}

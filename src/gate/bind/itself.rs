//! Comparisons of a thing with itself, which could never fail: labels that are their own prediction, and a baseline
//! that is the candidate's own file or columns.

use super::Binder;
use crate::config::{Diagnostic, Model, PredictionColumns, Spanned};

impl Binder<'_> {
    /// Refuses a model whose labels or whose baseline are the candidate's own predictions.
    pub(super) fn not_itself(&mut self, model: &Model) {
        // The labels' own file may have a column of the same name as the predictions' file.
        let are_beside =
            model.labels.as_ref().is_none_or(|labels| plain(&labels.value) == plain(&model.predictions.value));
        let sides = std::iter::once(&model.answers).chain(model.baseline.as_ref().map(|baseline| &baseline.value));
        let columns = sides.flat_map(|answers| {
            let scores = answers.score.iter().map(|column| ("score", column));
            let predictions = answers.prediction.iter().map(|column| ("prediction", column));
            scores.chain(predictions).chain(answers.interval.iter().map(|column| ("interval", column)))
        });
        let own = |column: &Spanned<String>| model.label.iter().any(|label| label.value == column.value);
        let problems: Vec<Diagnostic> = columns
            .filter(|(_, column)| are_beside && own(column))
            .map(|(role, column)| {
                let message = format!("`{}` is the label, so it cannot be the {role}, too", column.value);
                Diagnostic::new(message, column.span).with_help("name the column of the model's output")
            })
            .collect();
        self.problems.extend(problems);
        if let Some(baseline) = &model.baseline_predictions {
            self.not_same_file(&model.predictions, baseline);
        }
        if let Some(baseline) = model.baseline.as_ref().filter(|baseline| are_same(&model.answers, &baseline.value)) {
            let message = "the baseline has the candidate's own columns, so it could never differ";
            let help = "name the columns of the other model, or its file as `baseline_predictions`";
            self.problems.push(Diagnostic::new(message, baseline.span).with_help(help));
        }
    }

    /// Refuses a baseline in the candidate's own file.
    pub(super) fn not_same_file(&mut self, ours: &Spanned<String>, theirs: &Spanned<String>) {
        if plain(&ours.value) == plain(&theirs.value) {
            let message = format!("`{}` is the candidate's own file, so the baseline could never differ", theirs.value);
            let help = "name the baseline's file from the main branch, or store its numbers with `mlgate bless`";
            self.problems.push(Diagnostic::new(message, theirs.span).with_help(help));
        }
    }
}

/// Returns true if all columns of the other side are the candidate's own. A single shared column, such as an interval's
/// end, is allowed.
fn are_same(ours: &PredictionColumns, theirs: &PredictionColumns) -> bool {
    let pairs =
        [(&ours.score, &theirs.score), (&ours.prediction, &theirs.prediction), (&ours.interval, &theirs.interval)];
    let equal = |left: &[Spanned<String>], right: &[Spanned<String>]| {
        left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.value == right.value)
    };
    let mut named = pairs.into_iter().filter(|(_, theirs)| !theirs.is_empty()).peekable();
    named.peek().is_some() && named.all(|(ours, theirs)| equal(ours, theirs))
}

/// Returns a path without redundant steps: `./p.csv` and `x/../p.csv` are `p.csv`.
fn plain(path: &str) -> String {
    if path.contains("://") {
        return path.to_owned();
    }
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split(['/', '\\']) {
        match (step, steps.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if *last != ".." => {
                steps.pop();
            }
            _ => steps.push(step),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", steps.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_has_several_paths() {
        for path in ["p.csv", "./p.csv", "x/../p.csv", ".//p.csv"] {
            assert_eq!(plain(path), "p.csv");
        }
        assert_ne!(plain("../p.csv"), "p.csv");
        assert_ne!(plain("/p.csv"), "p.csv");
        assert_eq!(plain("s3://b/p.csv"), "s3://b/p.csv");
    }
}

//! The handling of keys that only one side has.

use super::Binder;
use crate::config::{Diagnostic, Model};

impl Binder<'_> {
    /// Returns true if the candidate may have keys that the baseline lacks. The reverse is always an error: a change
    /// could win by losing its hard rows.
    pub(super) fn allows_new_keys(&mut self, model: &Model) -> bool {
        let Some(node) = &model.keys else { return false };
        let help = "write it as in `keys: {new: list, missing: error}`";
        let Some(entries) = node.entries() else {
            let message = format!("expected what new and missing keys are, found {}", node.kind_name());
            self.problems.push(Diagnostic::new(message, node.span).with_help(help));
            return false;
        };
        let mut allows_new = false;
        for entry in entries {
            let word = entry.value.as_text().unwrap_or_default();
            let problem = match (entry.key.value.as_str(), word) {
                ("new", "list") => {
                    allows_new = true;
                    continue;
                }
                ("new" | "missing", "error") => continue,
                ("new", _) => Diagnostic::new("`new` must be `error` or `list`", entry.value.span).with_help(help),
                ("missing", _) => Diagnostic::new("`missing` must be `error`", entry.value.span)
                    .with_help("a change that loses rows could win by losing the hard ones"),
                (other, _) => Diagnostic::new(format!("unknown key `{other}`"), entry.key.span).with_help(help),
            };
            self.problems.push(problem);
        }
        if model.baseline_predictions.is_none() || model.pairing.as_ref().is_some_and(|pairing| pairing.value == "none")
        {
            let message = "`keys` is about the rows of `baseline_predictions`, which are paired by them";
            self.problems.push(Diagnostic::new(message, node.span));
        }
        allows_new
    }
}

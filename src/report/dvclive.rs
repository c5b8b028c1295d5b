//! The candidate's metrics and the verdict as DVCLive's `metrics.json`, a tree of numbers, for `dvc metrics` and
//! experiments.

use serde_json::{Map, Value, json};

use super::document::{Overall, Report};
use super::{RenderError, safe};

/// The key of the verdict, beside those of the models.
const MLGATE: &str = "mlgate";

/// Renders the metrics of each model, those in its slices, and the counts of the gates. DVC reads numbers alone, so an
/// undefined metric is absent.
pub(super) fn render(report: &Report) -> Result<String, RenderError> {
    let mut tree = Map::new();
    let passes = matches!(report.verdict, Overall::Pass | Overall::Warn);
    tree.insert(
        MLGATE.to_owned(),
        json!({"passed": u8::from(passes), "exit_code": report.exit_code, "gates": report.counts}),
    );
    let mut models = Map::new();
    for measured in report.measurements.iter().filter(|measured| measured.side == "candidate") {
        let subject = |role: &str| measured.subject.get(role).map(|name| safe::sentence(name));
        let (Some(model), Some(metric), Some(value)) = (subject("model"), subject("metric"), measured.value) else {
            continue;
        };
        if measured.subject.contains_key("group") {
            continue;
        }
        let mut path = vec![model];
        path.extend(subject("slice").into_iter().flat_map(|slice| ["slices".to_owned(), slice]));
        if let Some(of) = path.iter().try_fold(&mut models, |tree, name| branch(tree, name)) {
            of.insert(metric, json!(value));
        }
    }
    tree.insert("models".to_owned(), Value::Object(models));
    let text = serde_json::to_string_pretty(&tree)?;
    Ok(safe::json(&text) + "\n")
}

/// Returns the tree below a name; `None` if the name is that of a number.
fn branch<'a>(tree: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    tree.entry(name).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::report::sample;

    #[test]
    fn it_is_a_tree_of_numbers() {
        let report = sample::report();
        let tree: Value = serde_json::from_str(&render(&report).unwrap()).unwrap();
        assert_eq!(tree["mlgate"]["passed"], 0);
        assert_eq!(tree["mlgate"]["gates"]["fail"], report.counts.fail);
        let auc = report.measurements.iter().find(|measured| {
            measured.side == "candidate" && measured.measure == "roc_auc" && !measured.subject.contains_key("slice")
        });
        assert_eq!(tree["models"]["income"]["roc_auc"], json!(auc.unwrap().value));
        let mut rest = vec![&tree];
        while let Some(value) = rest.pop() {
            assert!(value.is_object() || value.is_number(), "{value}");
            rest.extend(value.as_object().into_iter().flat_map(Map::values));
        }
    }
}

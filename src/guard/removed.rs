//! Gates of the other side that the change does not have: the reason.

use std::collections::BTreeSet;

use super::demands::Demands;
use super::difference::is_built_in;
use crate::config::{Pattern, Value};
use crate::gate::Gate;

/// Returns the reason a gate of the other side is missing in `ours`; `added` holds the gates that only the change has.
pub(super) fn why(
    (theirs, gate): (Demands<'_>, &Gate),
    ours: Demands<'_>,
    added: &[&Gate],
    lost: &BTreeSet<(String, String)>,
) -> String {
    let is_own = |other: &&&Gate| {
        let spec = ours.catalog.get(other.family, &other.check);
        other.family == gate.family && other.subject == gate.subject && spec.is_some_and(|spec| !is_built_in(spec))
    };
    if let Some(own) = added.iter().find(is_own) {
        return format!("`{}`, a check of the project's own, has replaced it", own.check);
    }
    let has_groups = |by: &&String| ours.gates.iter().any(|other| other.subject.get("by") == Some(by));
    let lost_groups = gate.subject.get("by").filter(|by| !has_groups(by));
    match (gate.subject.get("dataset"), gate.subject.get("model")) {
        (Some(dataset), _) => of_dataset((theirs, gate), ours, dataset, lost).unwrap_or_else(|| line(lost_groups)),
        (None, Some(model)) => {
            let is_there = ours.config.models.iter().any(|other| other.name.value == *model)
                || ours.config.reported.iter().any(|other| other.name.value == *model);
            if !is_there {
                return format!("there is no model `{model}` any more");
            }
            line(lost_groups)
        }
        (None, None) => line(lost_groups),
    }
}

fn line(groups: Option<&String>) -> String {
    groups.map_or_else(|| "its line is gone".to_owned(), |by| format!("there are no groups by `{by}` any more"))
}

/// Returns the reason a gate on a dataset is missing; `None` if its line is.
fn of_dataset(
    (theirs, gate): (Demands<'_>, &Gate),
    ours: Demands<'_>,
    name: &str,
    lost: &BTreeSet<(String, String)>,
) -> Option<String> {
    let Some(dataset) = ours.config.data.iter().find(|dataset| dataset.name.value == name) else {
        return Some(format!("there is no dataset `{name}` any more"));
    };
    let column = gate.subject.get("column")?;
    let of_check = || {
        let lines =
            dataset.columns.iter().flat_map(|lines| lines.lines.iter().map(move |line| (&lines.pattern.value, line)));
        lines.filter(|(_, line)| line.key.value == gate.check)
    };
    let reaches = |pattern: &str| Pattern::new(pattern).matches(column);
    if lost.contains(&(name.to_owned(), column.clone())) {
        let patterns =
            theirs.config.data.iter().filter(|other| other.name.value == name).flat_map(|other| &other.columns);
        let pattern = patterns.map(|lines| &lines.pattern.value).find(|pattern| reaches(pattern));
        let reach = pattern.map(|pattern| format!(", so `{pattern}` does not reach it")).unwrap_or_default();
        return Some(format!("the data have no column `{column}` any more{reach}"));
    }
    if let Some((pattern, _)) =
        of_check().find(|(pattern, line)| reaches(pattern) && line.value.value == Value::Bool(false))
    {
        return Some(format!("`{pattern}` takes the check off this column"));
    }
    let missing = of_check().find(|(pattern, _)| !reaches(pattern));
    missing.map(|(pattern, _)| format!("`{pattern}` does not reach the column `{column}`"))
}

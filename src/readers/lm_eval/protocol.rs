//! The protocol of tasks: version, examples, samples, filters and data set.

use std::collections::BTreeSet;

use crate::readers::datum::Datum;
use crate::readers::protocol::{ProtocolParts, add, canonical};

/// Adds the protocol of all tasks of a results file. A group has the parts of all its tasks.
pub(super) fn of_results(log: &Datum, parts: &mut ProtocolParts) {
    let keys = ["versions", "n-shot", "n-samples", "results"];
    let tasks = keys.iter().flat_map(|key| log.get(key).map(Datum::entries).unwrap_or_default());
    let tasks: BTreeSet<&str> = tasks.map(|(task, _)| task.as_str()).collect();
    for task in &tasks {
        of_task(log, task, parts);
    }
    for (group, below) in log.get("group_subtasks").map(Datum::entries).unwrap_or_default() {
        if below.items().is_empty() {
            continue;
        }
        let mut leaves = BTreeSet::new();
        gather(log, group, &mut leaves, &mut BTreeSet::new());
        add(parts, group, "tasks", leaves.iter().copied().collect::<Vec<_>>().join(", "));
        for leaf in leaves.into_iter().filter(|leaf| leaf != group) {
            for (part, value) in parts.get(leaf).cloned().unwrap_or_default() {
                // A group's own hash would be one more.
                if part != "hash" {
                    add(parts, group, &format!("{leaf}.{part}"), value);
                }
            }
        }
    }
}

/// Gathers the tasks of a group, each once.
fn gather<'a>(log: &'a Datum, group: &'a str, leaves: &mut BTreeSet<&'a str>, seen: &mut BTreeSet<&'a str>) {
    let below = log.at(&["group_subtasks", group]).map(Datum::items).unwrap_or_default();
    if below.is_empty() {
        leaves.insert(group);
        return;
    }
    // A group may contain itself only in a file that was tampered with; the depth of groups is that of their names.
    if seen.len() < 1_000 && seen.insert(group) {
        below.iter().filter_map(Datum::text).for_each(|task| gather(log, task, leaves, seen));
    }
}

/// Adds the protocol of one task.
pub(super) fn of_task(log: &Datum, task: &str, parts: &mut ProtocolParts) {
    let stored = |keys: &[&str]| log.at(keys).and_then(Datum::as_stored);
    if let Some(version) = stored(&["versions", task]) {
        add(parts, task, "version", version);
    }
    if let Some(shots) = stored(&["n-shot", task]) {
        // Examples are drawn by this seed.
        let seed = stored(&["config", "fewshot_seed"]).filter(|_| shots != "0");
        add(parts, task, "n-shot", seed.map_or_else(|| shots.clone(), |seed| format!("{shots}, fewshot_seed {seed}")));
    }
    let counted = ["effective", "original"].map(|key| log.at(&["n-samples", task, key]).and_then(Datum::count));
    match counted {
        [Some(asked), Some(all)] => add(parts, task, "samples", format!("{asked} of {all}")),
        _ if log.get("n-samples").is_none() => {
            add(parts, task, "limit", stored(&["config", "limit"]).unwrap_or_else(|| "null".to_owned()));
        }
        _ => {}
    }
    if let Some(config) = log.at(&["configs", task]) {
        add(parts, task, "filters", config.get("filter_list").map_or_else(|| "default".to_owned(), canonical));
        let split = config.get("test_split").filter(|split| **split != Datum::Null);
        let of = [config.get("dataset_path"), config.get("dataset_name"), split.or(config.get("validation_split"))];
        let of: Vec<String> = of.into_iter().flatten().filter_map(Datum::as_stored).collect();
        add(parts, task, "dataset", of.join(", "));
    }
    if let Some(hash) = stored(&["task_hashes", task]) {
        add(parts, task, "hash", hash);
    }
}

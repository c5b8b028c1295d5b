//! Pairs of configs with a truth that was written by hand.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::support::{fixtures, run_in};

#[test]
fn every_pair_of_configs_differs_as_it_is_written_down() {
    let folder = fixtures().join("guard");
    let truth: Value = serde_json::from_str(&fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
    let truth = truth.as_object().unwrap();
    let pairs = fs::read_dir(folder.join("pairs")).unwrap();
    let names: BTreeSet<String> = pairs.map(|pair| pair.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names, truth.keys().cloned().collect(), "each pair has a truth");
    assert!(names.len() >= 40);
    let mut kinds = BTreeSet::new();
    let mut wrong = Vec::new();
    for (name, expected) in truth {
        let arguments = ["guard", "--config", "after.yml", "--against", "before.yml", "--format", "json"];
        let answer = run_in(&folder.join("pairs").join(name), &arguments);
        assert_eq!(answer.code, i32::from(name == "guard-switched-off"), "{name}: {}{}", answer.stdout, answer.stderr);
        let found: Value = serde_json::from_str(&answer.stdout).unwrap();
        let sorted = |changes: &Value| -> BTreeSet<(String, String)> {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            changes.as_array().unwrap().iter().map(|one| (text(&one["gate"]), text(&one["kind"]))).collect()
        };
        let (expected, found) = (sorted(expected), sorted(&found["guard"]["changes"]));
        kinds.extend(expected.iter().map(|(_, kind)| kind.clone()));
        if expected != found {
            wrong.push(format!("{name}: expected {expected:?}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let all = ["added", "changed", "loosened", "removed", "tightened", "waived"];
    assert_eq!(kinds, all.map(str::to_owned).into_iter().collect());
}

/// A pair in the other order has the opposite kinds.
#[test]
fn a_pair_the_other_way_round_is_tightened() {
    let folder = fixtures().join("guard/pairs/wider-margin");
    let arguments = ["guard", "--config", "before.yml", "--against", "after.yml", "--format", "json"];
    let answer = run_in(&folder, &arguments);
    let found: Value = serde_json::from_str(&answer.stdout).unwrap();
    let changes = found["guard"]["changes"].as_array().unwrap();
    assert!(changes.len() == 2 && changes.iter().all(|change| change["kind"] == "tightened"), "{found:#}");
    assert_eq!(found["guard"]["effect"], "none");
}

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::collections::BTreeMap;

use serde_json::json;

use super::*;

const BEFORE: &str = "4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2";
const NULL: &str = "0000000000000000000000000000000000000000";

fn of(variables: &[(&str, &str)], event: &Value) -> Target {
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    target(&|name| variables.get(name).map(|value| (*value).to_owned()), Some(event))
}

fn on(kind: &str, event: &Value, more: &[(&str, &str)]) -> Target {
    of(&[&[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", kind)], more].concat(), event)
}

fn is_unknown(target: &Target) -> bool {
    matches!(target, Target::Unknown(why) if why.contains("MLGATE_TARGET_BRANCH") && why.contains("`git:REF`"))
}

/// Returns the name of a target that is a branch.
fn name(target: Target) -> String {
    match target {
        Target::Branch { name, .. } => name,
        other => format!("{other:?}"),
    }
}

#[test]
fn each_event_of_github_names_its_target() {
    let base = json!({"base": {"ref": "release/1", "sha": BEFORE}});
    for kind in ["pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"] {
        let event = json!({"pull_request": base});
        let target = on(kind, &event, &[]);
        assert_eq!(target, Target::Branch { name: "release/1".to_owned(), tip: Some(BEFORE.to_owned()), base: None });
        assert_eq!(name(on(kind, &json!({}), &[("GITHUB_BASE_REF", "release/1")])), "release/1");
        assert!(is_unknown(&on(kind, &json!({}), &[])), "{kind}");
    }
    let group = json!({"merge_group": {"base_ref": "refs/heads/release/1", "base_sha": BEFORE}});
    assert_eq!(name(on("merge_group", &group, &[])), "release/1");
    let queue = format!("refs/heads/gh-readonly-queue/release/1/pr-7-{BEFORE}");
    for (kind, event) in [("merge_group", json!({})), ("push", json!({"ref": queue, "before": NULL}))] {
        let target = on(kind, &event, &[("GITHUB_REF", &queue)]);
        assert_eq!(target, Target::Branch { name: "release/1".to_owned(), tip: Some(BEFORE.to_owned()), base: None });
    }
    assert!(is_unknown(&on("issue_comment", &json!({"issue": {"number": 7, "pull_request": {}}}), &[])));
    let run = json!({"workflow_run": {"pull_requests": [base]}});
    assert_eq!(name(on("workflow_run", &run, &[])), "release/1");
    assert_eq!(name(on("check_run", &json!({"check_run": {"pull_requests": [base]}}), &[])), "release/1");
}

#[test]
fn a_push_is_compared_with_the_branch_before_it() {
    let event = |before: &str| json!({"ref": "refs/heads/a/b", "before": before, "after": NULL});
    match on("push", &event(BEFORE), &[]) {
        Target::Push { branch, before, .. } => assert_eq!((branch.as_str(), before.as_str()), ("a/b", BEFORE)),
        other => panic!("{other:?}"),
    }
    assert!(matches!(on("push", &event(NULL), &[]), Target::Own(own) if own.branch.as_deref() == Some("a/b")));
    let gitlab = [("GITLAB_CI", "true"), ("CI_COMMIT_BRANCH", "x"), ("CI_COMMIT_BEFORE_SHA", BEFORE)];
    assert!(matches!(of(&gitlab, &Value::Null), Target::Push { .. }));
}

#[test]
fn gitlab_has_computed_the_merge_base() {
    let detached = [
        ("GITLAB_CI", "true"),
        ("CI_MERGE_REQUEST_IID", "3"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "release/1"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", BEFORE),
    ];
    let target = of(&detached, &Value::Null);
    assert_eq!(target, Target::Branch { name: "release/1".to_owned(), tip: None, base: Some(BEFORE.to_owned()) });
    // Merged results contain the target's latest commit, from which the change differs by itself alone.
    let merged = [&detached[..], &[("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", BEFORE)]].concat();
    let target = of(&merged, &Value::Null);
    assert_eq!(target, Target::Branch { name: "release/1".to_owned(), tip: Some(BEFORE.to_owned()), base: None });
    assert!(is_unknown(&of(&detached[..2], &Value::Null)));
}

#[test]
fn every_other_system_names_it_for_a_pull_request_alone() {
    for NamedTarget { only_with, branch, .. } in SYSTEMS.iter().flat_map(|system| system.targets) {
        let only = only_with.map(|only| (only, "7"));
        let variables: Vec<_> = [("CI", "true"), (*branch, "refs/heads/release/1")].into_iter().chain(only).collect();
        assert_eq!(name(of(&variables, &Value::Null)), "release/1", "{branch}");
        if only_with.is_some() {
            assert!(matches!(of(&variables[..2], &Value::Null), Target::Own(_)), "{branch}");
        }
    }
    for pull in SYSTEMS.iter().flat_map(|system| system.changes).copied() {
        assert!(is_unknown(&of(&[("CI", "true"), (pull, "7")], &Value::Null)), "{pull}");
    }
}

#[test]
fn only_a_developer_s_machine_is_guessed_for() {
    assert_eq!(of(&[], &Value::Null), Target::Guessed);
    assert_eq!(of(&[("CI", "false")], &Value::Null), Target::Guessed);
    for system in SYSTEMS.iter().flat_map(|system| system.signs).copied() {
        assert!(matches!(of(&[(system, "true")], &Value::Null), Target::Own(own) if own.branch.is_none()), "{system}");
    }
    assert_eq!(name(of(&[("CI", "true"), (OWN_VARIABLE, "x")], &Value::Null)), "x");
}

#[test]
fn a_branch_pipeline_knows_its_branch() {
    for (variable, value) in [
        ("BRANCH_NAME", "a/b"),
        ("GIT_BRANCH", "origin/a/b"),
        ("BUILD_SOURCEBRANCH", "refs/heads/a/b"),
        ("BITBUCKET_BRANCH", "a/b"),
        ("BUILDKITE_BRANCH", "a/b"),
        ("CIRCLE_BRANCH", "a/b"),
    ] {
        let target = of(&[("CI", "true"), (variable, value)], &Value::Null);
        assert!(matches!(&target, Target::Own(own) if own.branch.as_deref() == Some("a/b")), "{target:?}");
    }
    let jenkins = [("JENKINS_URL", "x"), ("BRANCH_NAME", "trunk"), ("BRANCH_IS_PRIMARY", "true")];
    assert!(matches!(of(&jenkins, &Value::Null), Target::Own(own) if own.default_branch.as_deref() == Some("trunk")));
    let queue = format!("gh-readonly-queue/main/pr-7-{BEFORE}");
    assert_eq!(name(of(&[("CI", "true"), ("CIRCLE_BRANCH", &queue)], &Value::Null)), "main");
}

#[test]
fn artifacts_come_from_the_target_or_nowhere() {
    let root = tempfile::tempdir().unwrap();
    let of = |target: &Target| artifact_branch(target, root.path());
    assert_eq!(of(&branch("release/1", None)), Ok(ArtifactBranch::Named("release/1".to_owned())));
    assert_eq!(of(&Target::Guessed), Ok(ArtifactBranch::Default));
    let own = |branch: Option<&str>, default: Option<&str>| {
        Target::Own(OwnBranch {
            branch: branch.map(str::to_owned),
            default_branch: default.map(str::to_owned),
            commit: None,
            why: "why".to_owned(),
        })
    };
    assert_eq!(of(&own(Some("trunk"), Some("trunk"))), Ok(ArtifactBranch::Default));
    assert_eq!(of(&own(Some("x"), Some("trunk"))), Err("why".to_owned()));
    assert_eq!(of(&own(None, Some("trunk"))), Err("why".to_owned()));
    assert!(matches!(of(&own(Some("x"), None)), Ok(ArtifactBranch::IfDefault(..))));
}

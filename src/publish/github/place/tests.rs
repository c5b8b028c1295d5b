use super::*;
use crate::publish::forge::find;

const HEAD: &str = "4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2";
const MERGE: &str = "9999999999999999999999999999999999999999";

fn place_of(kind: &str, event: &str) -> Place {
    let env = |name: &str| {
        let value = match name {
            "GITHUB_REPOSITORY" => "octo/demo",
            "GITHUB_SHA" => MERGE,
            "GITHUB_EVENT_NAME" => kind,
            "GITHUB_RUN_ID" => "77",
            _ => return None,
        };
        Some(value.to_owned())
    };
    find(&env, Some(event), &Wanted::default()).expect("there is a repository")
}

fn pull_request(head: &str, base: u64) -> String {
    format!(
        r#"{{"number": 12, "pull_request": {{"number": 12, "head": {{"sha": "{HEAD}", "repo": {head}}}, "base": {{"repo": {{"id": {base}}}}}}}}}"#
    )
}

#[test]
fn a_pull_request_is_its_number_and_its_head_and_not_the_commit_that_tests_the_merge() {
    let place = place_of("pull_request", &pull_request(r#"{"id": 1}"#, 1));
    assert_eq!(place.pull, Pull::Number(12));
    assert_eq!(place.commit.as_deref(), Some(HEAD));
    assert_eq!(place.read_only, None);
    assert_eq!(place.run_url.as_deref(), Some("https://github.com/octo/demo/actions/runs/77"));
    assert_eq!(place.graphql, "https://api.github.com/graphql");
}

#[test]
fn a_fork_is_known_by_its_repository() {
    for head in [r#"{"id": 2}"#, "null"] {
        assert!(place_of("pull_request", &pull_request(head, 1)).read_only.is_some());
        assert!(place_of("pull_request_target", &pull_request(head, 1)).read_only.is_none());
    }
}

#[test]
fn a_push_is_of_the_pull_request_of_its_commit() {
    let place = place_of("push", &format!(r#"{{"ref": "refs/heads/main", "after": "{HEAD}"}}"#));
    assert_eq!((place.pull, place.commit.as_deref()), (Pull::OfCommit, Some(HEAD)));
    assert!(matches!(place_of("push", r#"{"ref": "refs/tags/v1"}"#).pull, Pull::None(_)));
    assert!(matches!(place_of("push", r#"{"ref": "refs/heads/x", "deleted": true}"#).pull, Pull::None(_)));
}

#[test]
fn a_merge_queue_has_a_commit_and_no_pull_request() {
    let place = place_of("merge_group", &format!(r#"{{"merge_group": {{"head_sha": "{HEAD}"}}}}"#));
    assert!(matches!(place.pull, Pull::None(_)));
    assert_eq!(place.commit.as_deref(), Some(HEAD));
}

#[test]
fn an_earlier_run_is_of_a_branch_of_somebody() {
    let event = format!(
        r#"{{"workflow_run": {{"id": 5, "head_sha": "{HEAD}", "head_branch": "a/b", "head_repository": {{"owner": {{"login": "mallory"}}}}}}}}"#
    );
    let place = place_of("workflow_run", &event);
    assert_eq!(place.pull, Pull::OfBranch { owner: "mallory".to_owned(), branch: "a/b".to_owned() });
    assert_eq!((place.earlier_run, place.commit.as_deref()), (Some(5), Some(HEAD)));
    let gone = format!(
        r#"{{"workflow_run": {{"id": 5, "head_sha": "{HEAD}", "head_branch": "a", "head_repository": null}}}}"#
    );
    assert!(matches!(place_of("workflow_run", &gone).pull, Pull::None(_)));
}

#[test]
fn other_events_belong_to_a_pull_request_if_they_carry_one() {
    assert_eq!(place_of("workflow_dispatch", "{}").pull, Pull::OfCommit);
    assert!(matches!(place_of("schedule", "{}").pull, Pull::None(_)));
    assert_eq!(place_of("issue_comment", r#"{"issue": {"number": 3, "pull_request": {}}}"#).pull, Pull::Number(3));
    for issue in [r#"{"issue": {"number": 3}}"#, r#"{"issue": {"number": 3, "pull_request": null}}"#] {
        assert!(matches!(place_of("issue_comment", issue).pull, Pull::None(_)));
    }
}

#[test]
fn the_command_line_goes_before_the_environment() {
    let wanted = Wanted {
        repository: Some("a/b".to_owned()),
        pull: Some(4),
        commit: Some(HEAD.to_owned()),
        ..Wanted::default()
    };
    let place = find(&|_| None, None, &wanted).expect("it is all there");
    assert_eq!((place.repository.as_str(), place.pull), ("/repos/a/b", Pull::Number(4)));
    let by_commit = Wanted { pull: None, ..wanted };
    assert_eq!(find(&|_| None, None, &by_commit).map(|place| place.pull), Ok(Pull::OfCommit));
}

#[test]
fn an_enterprise_server_has_its_own_addresses() {
    let env = |name: &str| match name {
        "GITHUB_REPOSITORY" => Some("octo/demo".to_owned()),
        "GITHUB_API_URL" => Some("https://github.corp.example/api/v3".to_owned()),
        "GITHUB_SERVER_URL" => Some("https://github.corp.example".to_owned()),
        _ => None,
    };
    let place = find(&env, None, &Wanted::default()).expect("it is all there");
    assert_eq!(place.api, "https://github.corp.example/api/v3");
    assert_eq!(place.graphql, "https://github.corp.example/api/graphql");
}

#[test]
fn nothing_that_could_lead_elsewhere_is_taken() {
    let with = |variable: &'static str, value: &'static str| {
        let env = move |name: &str| match name {
            name if name == variable => Some(value.to_owned()),
            "GITHUB_REPOSITORY" => Some("octo/demo".to_owned()),
            _ => None,
        };
        find(&env, None, &Wanted::default())
    };
    for repository in ["octo", "octo/demo/../../user", "../x", "octo/..", "octo/de mo", "octo/demo?x"] {
        assert!(with("GITHUB_REPOSITORY", repository).is_err(), "{repository}");
    }
    for api in ["http://evil.example", "https://user:pw@evil.example", "file:///etc/passwd", "ftp://x"] {
        assert!(with("GITHUB_API_URL", api).is_err(), "{api}");
    }
    assert!(with("GITHUB_API_URL", "http://127.0.0.1:4010").is_ok());
    let commit = Wanted { commit: Some("HEAD".to_owned()), repository: Some("a/b".to_owned()), ..Wanted::default() };
    assert!(find(&|_| None, None, &commit).is_err());
}

#[test]
fn an_event_that_is_no_json_is_a_reason() {
    let env = |name: &str| (name == "GITHUB_REPOSITORY").then(|| "a/b".to_owned());
    assert!(find(&env, Some("{"), &Wanted::default()).is_err());
}

#[test]
fn the_head_is_asked_for_where_the_event_does_not_name_it() {
    let judged = |place: &Place| (place.judged, place.commit.clone());
    let head = || Some(HEAD.to_owned());
    for kind in ["pull_request", "pull_request_review"] {
        assert_eq!(judged(&place_of(kind, &pull_request(r#"{"id": 1}"#, 1))), (Judged::Named, head()));
    }
    let beside = place_of("pull_request_target", &pull_request(r#"{"id": 1}"#, 1));
    assert_eq!(judged(&beside), (Judged::NamedBesideTarget, head()));
    let comment = place_of("issue_comment", r#"{"issue": {"number": 3, "pull_request": {}}}"#);
    assert_eq!(judged(&comment), (Judged::HeadOfPull, None));
    for kind in ["workflow_dispatch", "schedule"] {
        assert_eq!(judged(&place_of(kind, "{}")), (Judged::OfJob, Some(MERGE.to_owned())));
    }
    // The command line's pull request has a head of its own, unless the event names the commit.
    let env = |kind: &'static str| {
        move |name: &str| match name {
            "GITHUB_REPOSITORY" => Some("octo/demo".to_owned()),
            "GITHUB_SHA" => Some(MERGE.to_owned()),
            "GITHUB_EVENT_NAME" => Some(kind.to_owned()),
            _ => None,
        }
    };
    let wanted = Wanted { pull: Some(4), ..Wanted::default() };
    let place = find(&env("workflow_dispatch"), Some("{}"), &wanted).expect("there is a repository");
    assert_eq!(judged(&place), (Judged::HeadOfPull, None));
    let run = format!(r#"{{"workflow_run": {{"id": 5, "head_sha": "{HEAD}"}}}}"#);
    let place = find(&env("workflow_run"), Some(&run), &wanted).expect("there is a repository");
    assert_eq!((judged(&place), place.pull), ((Judged::Named, head()), Pull::Number(4)));
}

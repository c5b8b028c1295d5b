//! Baselines among the artifacts of GitLab's last successful pipeline.

use std::fs;

use super::web::Web;
use super::{blessed, change, compared_with, complaint, tried};

const TOKEN: &str = "glpat-0123456789SECRET";
const FROM: &str = "{from: ['gitlab-artifact:bless it:out/b.json', second.json]}";

/// Returns a GitLab that has the file in a store on another host, which must not receive the token.
fn gitlab() -> (Web, Web) {
    let bytes = blessed(2);
    let store = Web::start(move |_| (200, Vec::new(), bytes.clone()));
    let elsewhere = store.url.replace("127.0.0.1", "localhost");
    let gitlab = Web::start(move |(path, headers)| {
        let is_known = |name: &str| headers.get(name).is_some_and(|token| token == TOKEN);
        if !is_known("private-token") && !is_known("job-token") {
            return (401, Vec::new(), Vec::new());
        }
        match path.as_str() {
            "/api/v4/projects/7/jobs/artifacts/main/raw/out/b.json?job=bless+it" => {
                (302, vec![("Location", format!("{elsewhere}/b?sig=1"))], Vec::new())
            }
            _ => (404, Vec::new(), Vec::new()),
        }
    });
    (gitlab, store)
}

fn environment<'a>(api: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("CI_API_V4_URL", api), ("CI_PROJECT_ID", "7"), ("CI_DEFAULT_BRANCH", "main")], more].concat()
}

#[test]
fn the_last_pipeline_of_the_default_branch_has_it() {
    let (gitlab, store) = gitlab();
    let api = format!("{}/api/v4", gitlab.url);
    for token in ["MLGATE_GITLAB_TOKEN", "CI_JOB_TOKEN"] {
        let place = change(FROM);
        let (rows, report) = compared_with(&place, &environment(&api, &[(token, TOKEN)]));
        assert_eq!(rows, 2);
        assert_eq!(
            report["provenance"]["baseline"]["files"][0]["path"],
            "gitlab-artifact:bless it:out/b.json (branch main)"
        );
        assert!(!report.to_string().contains(TOKEN));
    }
    for (path, headers) in store.asked.lock().unwrap().iter() {
        assert_eq!(path, "/b?sig=1");
        assert!(headers.values().all(|value| !value.contains(TOKEN)), "the token was sent to another host");
    }
}

#[test]
fn a_pipeline_of_a_fork_asks_the_project_that_the_change_goes_to() {
    let (gitlab, _store) = gitlab();
    let api = format!("{}/api/v4", gitlab.url);
    // The fork is project 8, and has a branch `main` of its own.
    let fork = [("CI_PROJECT_ID", "8"), ("CI_MERGE_REQUEST_PROJECT_ID", "7"), ("CI_JOB_TOKEN", TOKEN)];
    assert_eq!(compared_with(&change(FROM), &environment(&api, &fork)).0, 2);
}

#[test]
fn what_is_not_there_is_passed_over_and_what_is_refused_is_not() {
    let (gitlab, _store) = gitlab();
    let api = format!("{}/api/v4", gitlab.url);
    let place = change("{from: ['gitlab-artifact:other:b.json', second.json]}");
    fs::write(place.path().join("second.json"), blessed(4)).unwrap();
    let (rows, report) = compared_with(&place, &environment(&api, &[("CI_JOB_TOKEN", TOKEN)]));
    assert_eq!(rows, 4);
    assert!(tried(&report)[0].1.contains("no successful pipeline of `main` has a job `other`"), "{:?}", tried(&report));
    let said = complaint(&place, &environment(&api, &[("CI_JOB_TOKEN", "wrong")]));
    assert!(said.contains("GitLab does not let this token read artifacts (401)"), "{said}");
    let said = complaint(&place, &environment("http://gitlab.example.org/api/v4", &[("CI_JOB_TOKEN", TOKEN)]));
    assert!(said.contains("CI_API_V4_URL is not an https address"), "{said}");
}

#[test]
fn a_server_that_misleads_or_is_down_is_refused() {
    let elsewhere = Web::start(|_| (302, vec![("Location", "http://example.org/b.json".to_owned())], Vec::new()));
    let circle = Web::start(|_| (302, vec![("Location", "/again".to_owned())], Vec::new()));
    let busy = Web::start(|_| (503, Vec::new(), Vec::new()));
    for (web, why) in [
        (&elsewhere, "redirects to another server"),
        (&circle, "redirects in a circle"),
        (&busy, "answered with status 503"),
    ] {
        let said = complaint(&change(FROM), &environment(&web.url, &[("CI_JOB_TOKEN", TOKEN)]));
        assert!(said.contains(why), "{said}");
    }
    assert_eq!(busy.asked.lock().unwrap().len(), 3);
}

/// Never passes: a merge request to a release branch that is compared with the default branch's artifact.
#[test]
fn a_merge_request_to_another_branch_takes_that_branch_s_artifact() {
    let bytes = blessed(3);
    let gitlab = Web::start(move |(path, _)| match path.as_str() {
        "/api/v4/projects/7/jobs/artifacts/release%2F1/raw/out/b.json?job=bless+it" => (200, Vec::new(), bytes.clone()),
        _ => (404, Vec::new(), Vec::new()),
    });
    let api = format!("{}/api/v4", gitlab.url);
    let to = |more: &[(&'static str, &'static str)]| {
        let job = [("GITLAB_CI", "true"), ("CI_JOB_TOKEN", TOKEN)];
        [&job[..], more].concat()
    };
    let merge_request = to(&[("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "release/1")]);
    let (rows, report) = compared_with(&change(FROM), &environment(&api, &merge_request));
    assert_eq!(rows, 3);
    let path = report["provenance"]["baseline"]["files"][0]["path"].as_str().unwrap();
    assert_eq!(path, "gitlab-artifact:bless it:out/b.json (branch release/1)");
    let branch = to(&[("CI_COMMIT_BRANCH", "topic")]);
    let said = complaint(&change(FROM), &environment(&api, &branch));
    assert!(said.contains("nothing says which branch the change goes to"), "{said}");
}

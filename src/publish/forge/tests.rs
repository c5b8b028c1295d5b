use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use std::time::Instant;

use super::*;
use crate::publish::http::PATIENCE;
use crate::publish::marker::CommentMode;
use crate::publish::part::{Part, Standing};

/// Starts a server that accepts every request, sends `head` if there is one, and then a blank each second.
fn server(head: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(head.as_bytes());
                while !head.is_empty() && stream.write_all(b" ").is_ok() {
                    thread::sleep(Duration::from_secs(1));
                }
                thread::sleep(Duration::from_secs(60));
            });
        }
    });
    format!("http://{address}")
}

fn order() -> Order {
    let part = Part {
        id: "a".to_owned(),
        lane: "a".to_owned(),
        run: Some(1),
        attempt: 1,
        commit: None,
        job: None,
        config: None,
        only: Vec::new(),
        standing: Standing::Pass,
        title: String::new(),
    };
    let name = || Some("gate".to_owned());
    Order { key: "k".to_owned(), mode: CommentMode::Update, author: None, check_run: name(), status: name(), part }
}

#[test]
fn one_limit_holds_for_everything_that_is_posted() {
    for head in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"] {
        let api = server(head);
        let env = |name: &str| (name == "GITHUB_API_URL").then(|| api.clone());
        let wanted = Wanted {
            repository: Some("o/r".to_owned()),
            pull: Some(7),
            commit: Some("a1".repeat(20)),
            ..Wanted::default()
        };
        let place = find(&env, None, &wanted).expect("a place");
        let content = Content {
            verdict: Overall::Pass,
            title: "all passed".to_owned(),
            bodies: vec!["text".to_owned()],
            annotations: Vec::new(),
            tree: Vec::new(),
            // Three seconds are left.
            started: Instant::now().checked_sub(PATIENCE - Duration::from_secs(3)),
        };
        let start = Instant::now();
        let posted = post(&place, "t", &order(), &content);
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert_eq!(posted.len(), 3, "{posted:?}");
        for surface in posted {
            assert!(matches!(&surface, Posted::Failed(_, why) if why.contains("seconds")), "{surface:?}");
        }
    }
}

/// Returns the forge, the repository and the change of a job with these variables.
fn found(variables: &[(&str, &str)], wanted: &Wanted) -> (&'static str, String, Pull, String) {
    let env = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    let place = find(&env, None, wanted).expect("there is a place");
    (place.forge.name, place.repository, place.pull, place.api)
}

#[test]
fn the_page_of_a_change_says_where_it_is() {
    let seven = |forge, repository: &str, api: &str| (forge, repository.to_owned(), Pull::Number(7), api.to_owned());
    let none = Wanted::default();
    for (page, expected) in [
        ("https://github.com/o/r/pull/7", seven("GitHub", "/repos/o/r", "https://api.github.com")),
        ("https://git.corp/o/r/pull/7/files", seven("GitHub", "/repos/o/r", "https://git.corp/api/v3")),
        (
            "https://gitlab.com/g/s/p/-/merge_requests/7",
            seven("GitLab", "/projects/g%2Fs%2Fp", "https://gitlab.com/api/v4"),
        ),
        (
            "https://git.corp:8443/g/p/merge_requests/7",
            seven("GitLab", "/projects/g%2Fp", "https://git.corp:8443/api/v4"),
        ),
    ] {
        assert_eq!(found(&[("JENKINS_URL", "x"), ("CHANGE_URL", page)], &none), expected, "{page}");
        assert_eq!(found(&[("CIRCLECI", "true"), ("CIRCLE_PULL_REQUEST", page)], &none), expected, "{page}");
    }
    // The token of a page that is not encrypted would be readable by everybody on the way.
    let env = |name: &str| match name {
        "JENKINS_URL" => Some("x".to_owned()),
        "CHANGE_URL" => Some("http://gitlab.corp/g/p/-/merge_requests/7".to_owned()),
        _ => None,
    };
    assert!(find(&env, None, &none).is_err());
}

#[test]
fn a_repository_and_a_number_say_it_as_well() {
    for (repository, expected) in [
        ("git@github.com:o/r.git", ("GitHub", "/repos/o/r")),
        ("https://github.com/o/r", ("GitHub", "/repos/o/r")),
        ("ssh://git@gitlab.corp:2222/g/s/p.git", ("GitLab", "/projects/g%2Fs%2Fp")),
        ("https://user@gitlab.com/g/p.git/", ("GitLab", "/projects/g%2Fp")),
    ] {
        let job = [("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "7"), ("BUILDKITE_REPO", repository)];
        let (forge, path, pull, _) = found(&job, &Wanted::default());
        assert_eq!(((forge, path.as_str()), pull), (expected, Pull::Number(7)), "{repository}");
    }
    // A host whose name says nothing needs --forge.
    let job = [("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "7"), ("BUILDKITE_REPO", "git@code.corp:g/p.git")];
    let asked = Wanted { forge: Some("gitlab".to_owned()), ..Wanted::default() };
    assert_eq!(found(&job, &asked).1, "/projects/g%2Fp");
    assert_eq!(found(&job, &asked).3, "https://code.corp/api/v4");
    let no_change = [("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "false"), job[2]];
    let env = |name: &str| no_change.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    assert!(find(&env, None, &Wanted::default()).is_err());
}

#[test]
fn the_command_line_takes_precedence() {
    let job = [("JENKINS_URL", "x"), ("CHANGE_URL", "https://gitlab.com/g/p/-/merge_requests/7")];
    let wanted = Wanted { repository: Some("a/b".to_owned()), pull: Some(3), ..Wanted::default() };
    let (forge, path, pull, _) = found(&job, &wanted);
    assert_eq!((forge, path.as_str(), pull), ("GitLab", "/projects/a%2Fb", Pull::Number(3)));
    let asked = Wanted { forge: Some("GITHUB".to_owned()), ..wanted };
    assert_eq!(found(&job, &asked).1, "/repos/a/b");
    let unknown = Wanted { forge: Some("svn".to_owned()), ..Wanted::default() };
    let error = find(&|_| None, None, &unknown).expect_err("there is none");
    assert!(error.to_string().starts_with("`svn` is not a forge that mlgate knows; it knows github"), "{error}");
}

#[test]
fn a_link_ends_where_it_should() {
    let hostile = link("https://ci.corp/job/a)[x](http:y)|`b`<c>/7/?q=*_(").expect("it is a page");
    assert!(!hostile.contains(['(', ')', '[', ']', '|', '`', '<', '>', '*', ' ']), "{hostile}");
    assert_eq!(link("http://jenkins:8080/job/x/7/").as_deref(), Some("http://jenkins:8080/job/x/7/"));
    for text in ["javascript:alert(1)", "file:///etc/passwd", "https://me:pw@ci.corp/", "x"] {
        assert_eq!(link(text), None, "{text}");
    }
}

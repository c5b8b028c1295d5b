//! The network as it is in companies: proxies, CAs, refusals of many kinds, and servers that do not answer.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::artifact::{FROM_ARTIFACT, second_job};
use super::server::Fault;
use super::{Job, event};

/// A proxy that notes the head of every request, and answers each with the same status.
struct Proxy {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start(status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let shared = Arc::clone(&heads);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let head = head(&stream);
                shared.lock().unwrap().push(head);
                let _ = write!(&stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            }
        });
        Self { port, heads }
    }

    fn heads(&self) -> Vec<String> {
        std::mem::take(&mut self.heads.lock().unwrap())
    }
}

fn head(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
    head
}

#[test]
fn every_request_goes_through_the_proxy_and_its_password_is_not_told() {
    let proxy = Proxy::start("502 Bad gateway");
    let address = format!("http://me:pass%2Dword@127.0.0.1:{}", proxy.port);
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let mut job = Job::new(true);
        job.more.extend([("GITHUB_API_URL", "https://ghes.invalid/api/v3".to_owned()), (variable, address.clone())]);
        let answer = job.publish(&["--author", "me"]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        let heads = proxy.heads();
        assert!(heads.iter().any(|head| head.starts_with("CONNECT ghes.invalid:443 ")), "{variable}: {heads:?}");
        let authorized = heads.iter().all(|head| head.to_ascii_lowercase().contains("proxy-authorization: basic "));
        assert!(authorized, "{heads:?}");
        let named = format!("through the proxy http://127.0.0.1:{} of {variable}", proxy.port);
        assert!(answer.stderr.contains(&named), "{}", answer.stderr);
        for text in [&answer.stderr, &answer.stdout, &job.summary()] {
            assert!(!text.contains("pass%2Dword") && !text.contains("pass-word"), "{text}");
        }
    }
    // The baseline's download takes the same way.
    let mut job = Job::new(true).on("pull_request", &event("octo"));
    job.place.write(
        "mlgate.yml",
        "version: 1\nbaseline: github-artifact:base\ndata:\n  t: {path: rows.csv, rows: \">= baseline\"}\n",
    );
    job.more.extend([("GITHUB_API_URL", "https://ghes.invalid/api/v3".to_owned()), ("HTTPS_PROXY", address.clone())]);
    assert_eq!(job.run(&["run", "-q"]).code, 4);
    assert!(proxy.heads().iter().any(|head| head.starts_with("CONNECT ghes.invalid:443 ")));
    // Hosts that are exempt are asked directly.
    job.more.push(("NO_PROXY", "ghes.invalid".to_owned()));
    assert_eq!(job.run(&["run", "-q"]).code, 4);
    assert_eq!(proxy.heads(), Vec::<String>::new());
}

/// The store of artifacts is on another host, behind the same proxy, and does not get the token.
#[test]
fn a_redirect_to_the_store_goes_through_the_proxy_as_well() {
    let proxy = Proxy::start("502 Bad gateway");
    let mut job = second_job(b"{}");
    let to = "https://store.invalid/blob?sig=SIGNATURE";
    job.fails(Fault::new("GET /repos/octo/model/actions/artifacts/9/zip", 302, "Found").with("location", to).times(9));
    job.more.push(("HTTPS_PROXY", format!("http://127.0.0.1:{}", proxy.port)));
    let answer = job.run(&FROM_ARTIFACT);
    assert_eq!(answer.code, 4, "{}", answer.stderr);
    let heads = proxy.heads();
    assert!(heads.iter().any(|head| head.starts_with("CONNECT store.invalid:443 ")), "{heads:?}");
    assert!(!heads.concat().contains("Bearer") && !answer.stderr.contains("SIGNATURE"), "{}", answer.stderr);
}

#[test]
fn each_refusal_is_told_by_its_own_reason() {
    for (status, message, reason) in [
        (403, "Unable to create comment because issue is locked.", "the conversation is locked"),
        (403, "Repository was archived so is read-only.", "unarchive it"),
        (403, "Resource protected by organization SAML enforcement.", "single sign-on"),
        (
            403,
            "Although you appear to have the correct authorization credentials, the `octo` organization has an IP allow list enabled",
            "the runner's address",
        ),
        (403, "Commenting is disabled on issues with more than 2500 comments", "delete old ones"),
        (403, "User is blocked", "is blocked here"),
        (422, "Validation Failed: body is too long (maximum is 65536 characters)", "the text is too long"),
    ] {
        let job = Job::new(true);
        job.fails(Fault::new("POST /repos", status, message).times(9));
        let answer = job.publish(&["--require-post"]);
        assert_eq!(answer.code, 5, "{}", answer.stderr);
        assert!(answer.stderr.contains(reason), "{message}: {}", answer.stderr);
        assert!(!answer.stderr.contains("permissions:"), "{message}: {}", answer.stderr);
    }
    // A fork's own conversation may be locked as well, which no second workflow changes.
    let job = Job::new(true).on("pull_request", &event("fork"));
    job.fails(Fault::new("POST /repos", 403, "Unable to create comment because issue is locked.").times(9));
    let answer = job.publish(&[]);
    assert!(answer.stderr.contains("the conversation is locked"), "{}", answer.stderr);
    let job = Job::new(true);
    job.fails(Fault::new("GET /repos", 404, "Not Found").times(9));
    let answer = job.publish(&[]);
    assert!(answer.stderr.contains("`permissions: contents: read` and `pull-requests: write`"), "{}", answer.stderr);
}

#[test]
fn an_answer_of_something_else_is_described() {
    let job = Job::new(true);
    let mut portal = Fault::new("GET /repos", 200, "").with("content-type", "text/html");
    portal.body = "<html>log in</html>".to_owned();
    job.fails(portal);
    let answer = job.publish(&[]);
    assert!(
        answer.stderr.contains("127.0.0.1 answered with status 200 and text/html, which is not JSON"),
        "{}",
        answer.stderr
    );
    let job = Job::new(true);
    let mut wall = Fault::new("GET /repos", 403, "").with("content-type", "text/html").times(9);
    wall.body = "<html>blocked</html>".to_owned();
    job.fails(wall);
    let answer = job.publish(&[]);
    assert!(answer.stderr.contains("text/html and not JSON, from 127.0.0.1"), "{}", answer.stderr);
    assert!(!answer.stderr.contains("permissions:"), "{}", answer.stderr);
}

#[test]
fn a_moved_repository_is_written_to_and_no_other_server_is() {
    let job = Job::new(true);
    let moved = format!("{}/repositories/1/issues/7/comments", job.github.url());
    job.fails(Fault::new("POST /repos/octo/model/issues/7", 307, "Temporary Redirect").with("location", &moved));
    let answer = job.publish(&[]);
    assert_eq!((answer.code, job.comments().len()), (0, 1), "{}", answer.stderr);

    let job = Job::new(true);
    job.fails(
        Fault::new("POST /repos", 307, "Temporary Redirect").with("location", "https://elsewhere.invalid/x").times(9),
    );
    let answer = job.publish(&[]);
    assert!(answer.stderr.contains("redirects to elsewhere.invalid, which is not followed"), "{}", answer.stderr);
}

#[test]
fn another_ci_is_told_what_to_do() {
    for (variable, said) in [
        ("GITLAB_CI", "GitLab CI does not name the change; give --forge, --repository, --pull and --commit"),
        ("JENKINS_URL", "Jenkins does not name the change; give --forge"),
        ("TEAMCITY_VERSION", "with a token in MLGATE_TOKEN"),
    ] {
        let job = Job::new(true);
        let answer = crate::support::run_with(job.place.path(), &["run", "--publish", "-q"], &[(variable, "true")]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        assert!(answer.stderr.contains(said), "{}", answer.stderr);
    }
}

/// Answers in TLS with a certificate that nobody trusts cannot be made here, so the handshake is broken off.
#[test]
fn a_connection_that_breaks_off_is_told_with_its_host() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 64]);
        }
    });
    let mut job = Job::new(true);
    job.more.push(("GITHUB_API_URL", format!("https://127.0.0.1:{port}")));
    let answer = job.publish(&["--require-post"]);
    assert_eq!(answer.code, 5, "{}", answer.stderr);
    assert!(answer.stderr.contains("no answer: 127.0.0.1"), "{}", answer.stderr);
}

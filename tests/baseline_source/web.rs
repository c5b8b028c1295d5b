//! Baselines on a web server, pinned by digest.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use sha2::{Digest, Sha256};

use super::{blessed, change, compared_with, complaint, tried};

/// A request: its path with the query, and its headers by lower-case name.
pub(crate) type Request = (String, BTreeMap<String, String>);
/// A response: status, headers and body.
pub(crate) type Response = (u16, Vec<(&'static str, String)>, Vec<u8>);

/// A web server with a log of its requests.
pub(crate) struct Web {
    pub(crate) url: String,
    pub(crate) asked: Arc<Mutex<Vec<Request>>>,
}

impl Web {
    pub(crate) fn start(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serve(stream, &answer, &log);
            }
        });
        Self { url, asked }
    }
}

fn serve(mut stream: TcpStream, answer: &impl Fn(&Request) -> Response, log: &Mutex<Vec<Request>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(path) = lines.next().and_then(|line| line.split(' ').nth(1).map(str::to_owned)) else { return };
    let headers = lines.take_while(|line| !line.is_empty());
    let headers = headers
        .filter_map(|line| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())));
    let request = (path, headers.collect());
    let (status, headers, body) = answer(&request);
    log.lock().unwrap().push(request);
    let mut head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    let _ = stream.write_all((head + "\r\n").as_bytes()).and_then(|()| stream.write_all(&body));
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn server(bytes: &[u8]) -> Web {
    let bytes = bytes.to_vec();
    Web::start(move |(path, _)| match path.as_str() {
        "/b.json?sig=SECRET" | "/b.json" => (200, Vec::new(), bytes.clone()),
        "/moved" => (302, vec![("Location", "/b.json".to_owned())], Vec::new()),
        "/denied" => (403, Vec::new(), b"SECRET".to_vec()),
        "/broken" => (400, Vec::new(), Vec::new()),
        _ => (404, Vec::new(), Vec::new()),
    })
}

#[test]
fn what_is_pinned_is_what_is_compared_with() {
    let bytes = blessed(2);
    let web = server(&bytes);
    let pin = digest(&bytes);
    for url in ["/b.json?sig=SECRET", "/moved"] {
        let place = change(&format!("{{from: {{url: '{}{url}', sha256: {pin}}}}}", web.url));
        let (rows, report) = compared_with(&place, &[]);
        assert_eq!(rows, 2);
        let file = &report["provenance"]["baseline"]["files"][0];
        assert_eq!(file["digest"], format!("sha256:{pin}"));
        assert!(!report.to_string().contains("SECRET"), "{report:#}");
    }
    // The message is one line, for the command line.
    let place = change("lost.json");
    let url = format!("{}/b.json#sha256={pin}", web.url);
    let (_, answer) = place.report_with(&["--baseline", &url], &[]);
    assert_eq!(answer.code, 0, "{}", answer.stdout);
}

#[test]
fn another_file_than_the_pinned_one_ends_the_search() {
    let web = server(&blessed(2));
    let pin = digest(&blessed(3));
    let place = change(&format!("{{from: [{{url: '{}/b.json', sha256: {pin}}}, second.json]}}", web.url));
    fs::write(place.path().join("second.json"), blessed(4)).unwrap();
    let said = complaint(&place, &[]);
    assert!(said.contains("its digest is sha256:"), "{said}");
}

#[test]
fn what_is_not_found_is_passed_over_and_what_fails_is_not() {
    let web = server(&blessed(2));
    let pin = "0".repeat(64);
    let at = |path: &str| {
        let place = change(&format!("{{from: [{{url: '{}{path}', sha256: '{pin}'}}, second.json]}}", web.url));
        fs::write(place.path().join("second.json"), blessed(4)).unwrap();
        place
    };
    let (rows, report) = compared_with(&at("/lost?sig=SECRET"), &[]);
    assert_eq!(rows, 4);
    assert!(tried(&report)[0].1.contains("on the server (404)"), "{:?}", tried(&report));
    assert!(!report.to_string().contains("SECRET"));
    for (path, why) in [("/denied", "access was denied (403)"), ("/broken", "status 400")] {
        let said = complaint(&at(path), &[]);
        assert!(said.contains(why) && !said.contains("SECRET"), "{said}");
    }
    let place = change(&format!("{{from: [{{url: 'http://127.0.0.1:1/b.json', sha256: '{pin}'}}, second.json]}}"));
    fs::write(place.path().join("second.json"), blessed(4)).unwrap();
    assert!(complaint(&place, &[]).contains("cannot be used"));
    // Plain HTTP is allowed on this machine only.
    let place = change(&format!("{{from: {{url: 'http://example.org/b.json', sha256: '{pin}'}}}}"));
    assert!(complaint(&place, &[]).contains("use https://"));
}

//! Redirects, names of buckets, and copies of private files.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::remote::{demand_rows, message};
use crate::support::Workplace;

const BODY: &[u8] = b"age\n1\n2\n";

/// A server that logs its requests with their headers, and redirects requests of `/to/STATUS/URL`.
struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let log = Arc::clone(&log);
                thread::spawn(move || answer(stream, &log));
            }
        });
        Self { port, asked }
    }

    fn at(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}/{path}", self.port)
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn answer(mut stream: TcpStream, log: &Mutex<Vec<String>>) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
    log.lock().unwrap().push(head.join("\n").to_ascii_lowercase());
    let path = path.replace("%3A", ":");
    let send = match path.find("/to/").map(|at| path[at + 4..].split_once('/').unwrap_or_default()) {
        Some((status, location)) => {
            let location =
                if location.starts_with("http") { location.to_owned() } else { format!("http://{location}") };
            format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .into_bytes()
        }
        None => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", BODY.len());
            if path.contains("stall") {
                [head.as_bytes(), &BODY[..4]].concat()
            } else {
                [head.as_bytes(), BODY].concat()
            }
        }
    };
    let _ = stream.write_all(&send);
    if path.contains("stall") {
        thread::sleep(std::time::Duration::from_secs(100));
    }
}

/// Never passes: a redirect to where a first request may not go (exit code 4).
#[test]
fn a_redirect_goes_where_the_first_request_may_go() {
    let place = Workplace::new();
    let server = Server::start();
    for status in [301, 302, 303, 307, 308] {
        let inside = server.at("localhost", "b.csv");
        let (report, answer) = demand_rows(&place, &server.at("127.0.0.1", &format!("to/{status}/{inside}")), 2, &[]);
        assert_eq!(answer.code, 0, "{report:#}");
        assert!(server.asked().iter().any(|head| head.contains(&format!("host: localhost:{}", server.port))));
        for host in ["0.0.0.0", "0", "[::]", "0x0", "169.254.169.254", "[::ffff:127.0.0.1]"] {
            let outside = server.at(host, "b.csv");
            let direct = message(&place, &outside, &[]);
            assert!(direct.contains("http:// is not secure"), "{direct}");
            // The redirect is immediate, or follows an allowed one.
            for url in [
                server.at("127.0.0.1", &format!("to/{status}/{outside}")),
                server.at(
                    "127.0.0.1",
                    &format!("to/{status}/{}", server.at("localhost", &format!("to/{status}/{outside}"))),
                ),
            ] {
                let why = message(&place, &url, &[]);
                assert!(
                    why.ends_with("cannot be read: the server redirects to another server, which is not followed"),
                    "{why}"
                );
            }
            let heads = server.asked();
            assert!(
                heads.iter().all(|head| head.contains("host: 127.0.0.1") || head.contains("host: localhost")),
                "{heads:#?}"
            );
        }
    }
    let round = format!("http://127.0.0.1:{}/to/302//to/302", server.port);
    let why = message(&place, &(round.clone() + "/x.csv"), &[]);
    assert!(!why.is_empty(), "{why}");
}

#[test]
fn a_store_s_credentials_go_to_no_other_host() {
    let (store, other) = (Server::start(), Server::start());
    let endpoint = format!("http://127.0.0.1:{}", store.port);
    let environment = [
        ("AWS_ENDPOINT", endpoint.as_str()),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKIASECRET"),
        ("AWS_SECRET_ACCESS_KEY", "SECRET"),
        ("AWS_SESSION_TOKEN", "SECRETTOKEN"),
    ];
    let place = Workplace::new();
    for (host, port) in [("localhost", other.port), ("127.0.0.1", other.port), ("localhost", store.port)] {
        for status in [301, 302, 307, 308] {
            let url = format!("s3://bucket/to/{status}/{host}:{port}/t.csv");
            let _ = demand_rows(&place, &url, 2, &environment);
            let asked: Vec<String> = store.asked().into_iter().chain(other.asked()).collect();
            let (own, others): (Vec<String>, Vec<String>) =
                asked.into_iter().partition(|head| head.contains(&format!("host: 127.0.0.1:{}", store.port)));
            assert!(
                own.iter()
                    .any(|head| head.contains("authorization: ") && head.contains("x-amz-security-token: secrettoken")),
                "{own:#?}"
            );
            for head in others {
                for secret in ["authorization", "x-amz", "secret", "cookie", "signature"] {
                    assert!(!head.contains(secret), "{head}");
                }
            }
        }
    }
}

#[test]
fn a_bucket_is_no_host_and_no_path() {
    let server = Server::start();
    let endpoint = format!("http://127.0.0.1:{}", server.port);
    let environment = [
        ("AWS_ENDPOINT", endpoint.as_str()),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "true"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "k"),
        ("AWS_SECRET_ACCESS_KEY", "SECRET"),
    ];
    let place = Workplace::new();
    for bucket in ["..", ".", "%2e%2e", "a b", "host#", "a?b", "a%2f..", "-a", "a\\b"] {
        for scheme in ["s3", "gs", "az"] {
            let (report, answer) = demand_rows(&place, &format!("{scheme}://{bucket}/d.csv"), 2, &environment);
            assert_eq!(answer.code, 4, "{scheme}://{bucket}: {report:#}");
            assert!(answer.stderr.is_empty(), "{}", answer.stderr);
            let why = report["gates"][0]["message"].as_str().unwrap();
            assert!(why.contains("names the bucket") && why.contains("limit: letters, digits"), "{why}");
        }
    }
    assert_eq!(server.asked(), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn copies_are_their_owner_s_and_gone_after_a_signal() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    let server = Server::start();
    for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        let place = Workplace::new();
        let url = server.at("127.0.0.1", "stall/d.csv");
        place.write("mlgate.yml", &format!("version: 1\ndata:\n  t: {{path: '{url}', rows: 2}}\n"));
        let temporary = place.path().join("tmp");
        fs::create_dir(&temporary).unwrap();
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("mlgate"))
            .args(["run", "-q"])
            .current_dir(place.path())
            .env("TMPDIR", &temporary)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let copies = || {
            let folders = fs::read_dir(&temporary).unwrap().map(|entry| entry.unwrap().path());
            let mut folders = folders.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("mlgate-"));
            let folder = folders.next()?;
            let file = fs::read_dir(&folder).ok()?.next()?.ok()?.path();
            Some((folder, file))
        };
        let started = Instant::now();
        let (folder, file) = loop {
            match copies() {
                Some(found) => break found,
                None if started.elapsed() > Duration::from_secs(60) => panic!("no copy is made"),
                None => thread::sleep(Duration::from_millis(20)),
            }
        };
        let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        let killed = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        assert_eq!(child.wait().unwrap().signal(), Some(number), "SIG{name} ends it as ever");
        assert!(!folder.exists(), "SIG{name}");
    }
}

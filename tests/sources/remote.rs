//! Files on web servers, and URLs that are never requested.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::fixture;
use crate::support::{Answer, Workplace};

/// Returns a web server whose response depends on the path.
pub(super) fn web(files: Vec<(&'static str, Vec<u8>)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let files = files.clone();
            thread::spawn(move || answer(stream, &files));
        }
    });
    base
}

fn answer(mut stream: TcpStream, files: &[(&'static str, Vec<u8>)]) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(request)) = lines.next() else { return };
    let headers: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let path = request.split(' ').nth(1).unwrap_or_default();
    let plain = path.split('?').next().unwrap_or_default().trim_start_matches('/');
    let mut send = |status: &str, more: &str, length: usize, body: &[u8]| {
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{more}Connection: close\r\n\r\n");
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    };
    if let Some(place) = plain.strip_prefix("moved/") {
        return send("302 Found", &format!("Location: /{place}\r\n"), 0, b"");
    }
    let secret =
        format!("<Error><AWSAccessKeyId>AKIASECRET</AWSAccessKeyId><StringToSign>{path}</StringToSign></Error>");
    match plain {
        "denied.csv" | "bucket/denied.csv" => return send("403 Forbidden", "", secret.len(), secret.as_bytes()),
        "broken.csv" => return send("400 Bad Request", "", secret.len(), secret.as_bytes()),
        _ => {}
    }
    let Some((_, body)) = files.iter().find(|(name, _)| *name == plain.trim_start_matches("cut/")) else {
        return send("404 Not Found", "", 0, b"");
    };
    if plain.starts_with("cut/") {
        // The response has half of the promised bytes, and no entity tag, so that the rest cannot be requested.
        return send("200 OK", "", body.len(), &body[..body.len() / 2]);
    }
    let from = headers.iter().find_map(|header| {
        let range = header.to_ascii_lowercase().strip_prefix("range: bytes=")?.to_owned();
        range.split('-').next()?.parse::<usize>().ok()
    });
    if plain.starts_with("resumed") && from.is_none() {
        return send("200 OK", "ETag: \"1\"\r\n", body.len(), &body[..body.len() / 2]);
    }
    match from {
        Some(from) => {
            let range = format!("ETag: \"1\"\r\nContent-Range: bytes {from}-{}/{}\r\n", body.len() - 1, body.len());
            send("206 Partial Content", &range, body.len() - from, &body[from..]);
        }
        None => send("200 OK", "ETag: \"1\"\r\n", body.len(), body),
    }
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    let digits: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

pub(super) fn demand_rows(place: &Workplace, url: &str, rows: u64, environment: &[(&str, &str)]) -> (Value, Answer) {
    place.write("mlgate.yml", &format!("version: 1\ndata:\n  t: {{path: {:?}, rows: {rows}}}\n", url));
    place.report_with(&[], environment)
}

/// Asserts that no secret is printed; secrets of these tests contain a marker, and only a variable's name may contain
/// it, too.
#[track_caller]
pub(super) fn tells_no_secret(answer: &Answer) {
    let told = format!("{}{}", answer.stdout, answer.stderr).replace("AWS_SECRET_ACCESS_KEY", "");
    assert!(!told.contains("SECRET"), "{told}");
}

#[track_caller]
pub(super) fn message(place: &Workplace, url: &str, environment: &[(&str, &str)]) -> String {
    let (report, answer) = demand_rows(place, url, 1, environment);
    assert_eq!(answer.code, 4, "{report:#}");
    tells_no_secret(&answer);
    report["gates"][0]["message"].as_str().unwrap().to_owned()
}

#[test]
fn files_of_a_web_server() {
    let read = |name: &str| fs::read(fixture(name)).unwrap();
    let files = vec![
        ("data/t.csv", read("text/comma.csv")),
        ("data/t.csv.gz", read("text/packed.csv.gz")),
        ("data/t.parquet", read("parquet/every_type.parquet")),
        ("resumed.parquet", read("parquet/every_type.parquet")),
        ("data/file.arrow", read("arrow/file.arrow")),
    ];
    let base = web(files.clone());
    let place = Workplace::new();
    for (name, bytes) in &files {
        let rows = if name.contains(".csv") { 40 } else { 60 };
        for path in [format!("{base}/{name}?X-Amz-Signature=SECRET"), format!("{base}/moved/{name}")] {
            let (report, answer) = demand_rows(&place, &path, rows, &[]);
            assert_eq!(answer.code, 0, "{path}: {report:#}");
            tells_no_secret(&answer);
            // The digest is that of the bytes that were read.
            let file = &report["provenance"]["candidate"]["files"][0];
            assert_eq!(file["path"], path.split('?').next().unwrap(), "{path}");
            assert_eq!(file["digest"], sha256(bytes), "{path}");
        }
    }
}

#[test]
fn metrics_of_a_web_server() {
    let large = [&b"{\"a\": 1, \"x\": \""[..], &vec![b'x'; 5 << 20], b"\"}"].concat();
    let base = web(vec![("m.yaml", b"eval:\n  accuracy: 0.9\n".to_vec()), ("large.json", large)]);
    let place = Workplace::new();
    let run = |url: &str| {
        let config =
            format!("version: 1\nmodels:\n  m: {{metrics_file: '{url}', metrics: {{eval.accuracy: {{min: 0.5}}}}}}\n");
        place.write("mlgate.yml", &config).report()
    };
    let report = run(&format!("{base}/m.yaml?signature=secret"));
    assert_eq!(report["gates"][0]["verdict"], "pass", "{report:#}");
    assert_eq!(report["provenance"]["candidate"]["files"][0]["digest"], sha256(b"eval:\n  accuracy: 0.9\n"));
    assert!(!report.to_string().contains("secret"));
    for (name, why) in [("large.json", "limit: 4194304"), ("gone.json", "gone.json")] {
        let report = run(&format!("{base}/{name}"));
        assert_eq!(report["gates"][0]["verdict"], "error");
        assert!(report["gates"][0]["message"].as_str().unwrap().contains(why), "{report:#}");
    }
}

#[test]
fn what_a_web_server_refuses() {
    let base = web(vec![("t.csv", b"id\n1\n2\n3\n4\n5\n6\n".to_vec()), ("none.csv", Vec::new())]);
    let place = Workplace::new();
    for (path, why) in [
        ("lost.csv?sig=SECRET", "there is no file `BASE/lost.csv` on the server (404)"),
        (
            "denied.csv?sig=SECRET",
            "`BASE/denied.csv` cannot be read: access was denied (403); no credentials are sent to a web server; use a signed URL that is still valid",
        ),
        ("broken.csv?sig=SECRET", "`BASE/broken.csv` cannot be read: the server answered with status 400"),
        ("cut/t.csv?sig=SECRET", "`BASE/cut/t.csv` cannot be read: the server closed the connection too early"),
        ("none.csv?sig=SECRET", "`BASE/none.csv` is empty (0 bytes)"),
    ] {
        assert_eq!(message(&place, &format!("{base}/{path}"), &[]), why.replace("BASE", &base));
    }
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = message(&place, &format!("http://{gone}/t.csv?sig=SECRET"), &[]);
    assert_eq!(refused, format!("`http://{gone}/t.csv` cannot be read: Connection refused (os error 111)"));
}

#[test]
fn urls_that_are_not_read() {
    let place = Workplace::new();
    for (url, why) in [
        (
            "http://example.org/t.csv?sig=SECRET",
            "`http://example.org/t.csv` cannot be read: http:// is not secure; use https://",
        ),
        (
            "https://me:SECRET@example.org/t.csv",
            "`https://example.org/t.csv` contains credentials, which must not be in a config",
        ),
        (
            "ftp://example.org/t.csv",
            "`ftp://example.org/t.csv` cannot be read: `ftp://` is not supported; use s3://, gs://, az:// or https://",
        ),
        ("s3://", "`s3://` names no bucket; write s3://BUCKET/PATH"),
    ] {
        assert_eq!(message(&place, url, &[]), why);
    }
    let unknown = message(&place, "https://example.org/t.xlsx?sig=SECRET", &[]);
    assert!(unknown.starts_with("the format of `https://example.org/t.xlsx` is not known"), "{unknown}");
}

//! Files on web servers and in S3.
//!
//! S3 is moto's server (`pip install 'moto[server]'`): on the path, or where `MLGATE_MOTO` says. Without it the test of S3
//! says that it was skipped; with `MLGATE_REQUIRE_S3=1` it fails.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::fixture;
use crate::support::{Answer, Workplace};

/// A web server that answers as the path asks for.
fn web(files: Vec<(&'static str, Vec<u8>)>) -> String {
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
        "denied.csv" => return send("403 Forbidden", "", secret.len(), secret.as_bytes()),
        "broken.csv" => return send("400 Bad Request", "", secret.len(), secret.as_bytes()),
        _ => {}
    }
    let Some((_, body)) = files.iter().find(|(name, _)| *name == plain.trim_start_matches("cut/")) else {
        return send("404 Not Found", "", 0, b"");
    };
    if plain.starts_with("cut/") {
        // Half of what was promised; and no tag, so that nobody can ask for the rest.
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

fn sha256(bytes: &[u8]) -> String {
    let digits: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

fn demand_rows(place: &Workplace, url: &str, rows: u64, environment: &[(&str, &str)]) -> (Value, Answer) {
    place.write("mlgate.yml", &format!("version: 1\ndata:\n  t: {{path: {:?}, rows: {rows}}}\n", url));
    place.report_with(&[], environment)
}

#[track_caller]
fn message(place: &Workplace, url: &str, environment: &[(&str, &str)]) -> String {
    let (report, answer) = demand_rows(place, url, 1, environment);
    assert_eq!(answer.code, 4, "{report:#}");
    assert!(
        !answer.stdout.contains("SECRET") && !answer.stderr.contains("SECRET"),
        "{}{}",
        answer.stdout,
        answer.stderr
    );
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
            assert!(!answer.stdout.contains("SECRET"), "{}", answer.stdout);
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
    for (name, why) in [("large.json", "at most 4194304 are read"), ("gone.json", "gone.json")] {
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
        ("lost.csv?sig=SECRET", "there is no file `BASE/lost.csv`: the server answered that it is not found"),
        (
            "denied.csv?sig=SECRET",
            "`BASE/denied.csv` cannot be read: access was denied (403); may these credentials read it?",
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
            "`http://example.org/t.csv` cannot be read: http:// can be read and changed on its way; use https://",
        ),
        (
            "https://me:SECRET@example.org/t.csv",
            "`https://example.org/t.csv` holds credentials, which do not belong into a config",
        ),
        (
            "ftp://example.org/t.csv",
            "`ftp://example.org/t.csv` cannot be read: `ftp://` is not supported; there are s3://, gs://, az:// and https://",
        ),
        ("s3://", "`s3://` names no bucket; write s3://BUCKET/PATH"),
        (
            "az://container/t.csv",
            "`az://container/t.csv` cannot be read: the store's settings in the environment are not enough or not valid (the account is missing; set AZURE_STORAGE_ACCOUNT_NAME)",
        ),
    ] {
        assert_eq!(message(&place, url, &[]), why);
    }
    let unknown = message(&place, "https://example.org/t.xlsx?sig=SECRET", &[]);
    assert!(unknown.starts_with("the format of `https://example.org/t.xlsx` is not known"), "{unknown}");
}

/// A server of S3 on this machine, and how to reach it.
struct S3 {
    server: Child,
    endpoint: String,
}

impl Drop for S3 {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn moto() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("MLGATE_MOTO") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("moto_server")).find(|program| program.is_file())
}

impl S3 {
    fn start() -> Option<Self> {
        let program = moto()?;
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        let s3 = Self { server, endpoint: format!("127.0.0.1:{port}") };
        while TcpStream::connect(&s3.endpoint).is_err() {
            assert!(started.elapsed() < Duration::from_secs(60), "moto did not start");
            thread::sleep(Duration::from_millis(100));
        }
        Some(s3)
    }

    fn put(&self, path: &str, body: &[u8]) {
        let mut stream = TcpStream::connect(&self.endpoint).unwrap();
        let head = format!(
            "PUT /{path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/octet-stream\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.endpoint,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

fn baseline_of_s3(s3: &S3, environment: &[(&str, &str)]) {
    let place = Workplace::new();
    place
        .write("t.csv", "a\n1\n2\n")
        .write("mlgate.yml", "version: 1\ndata: {t: {path: t.csv, rows: \">= baseline\"}}\n");
    assert_eq!(place.run(&["bless", "--baseline", "b.json"]).code, 0);
    s3.put("bucket/main/b.json", place.read("b.json").as_bytes());
    let (report, answer) = place.report_with(&["--baseline", "s3://bucket/main/b.json"], environment);
    assert_eq!(answer.code, 0, "{report:#}");
    assert_eq!(report["provenance"]["baseline"]["files"][0]["path"], "s3://bucket/main/b.json");
    let (report, answer) = place.report_with(&["--baseline", "s3://bucket/main/lost.json"], environment);
    assert_eq!(answer.code, 4);
    let why = report["gates"][0]["message"].as_str().unwrap();
    assert!(why.contains("there is no file `s3://bucket/main/lost.json`"), "{why}");
}

#[test]
fn objects_of_s3() {
    let Some(s3) = S3::start() else {
        assert!(
            std::env::var_os("MLGATE_REQUIRE_S3").is_none(),
            "MLGATE_REQUIRE_S3 is set, and there is no moto_server"
        );
        // Past the capture of passing tests' output, so that it is seen.
        let skipped = "SKIPPED: there is no `moto_server` (pip install 'moto[server]'), so S3 was not tested";
        writeln!(std::io::stderr(), "{skipped}").unwrap();
        return;
    };
    let endpoint = format!("http://{}", s3.endpoint);
    let environment = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIASECRET"),
        ("AWS_SECRET_ACCESS_KEY", "SECRET"),
    ];
    let read = |name: &str| fs::read(fixture(name)).unwrap();
    s3.put("bucket", b"");
    s3.put("bucket/one/t.csv", &read("text/comma.csv"));
    s3.put("bucket/one/a%20b%3Dc.csv.zst", &read("text/packed.csv.zst"));
    for (month, part) in [("01", 0), ("01", 1), ("02", 0)] {
        s3.put(&format!("bucket/many/year=2024/month={month}/part-{part}.parquet"), &read("parquet/none.parquet"));
    }
    s3.put("bucket/many/_SUCCESS", b"");
    s3.put("bucket/differ/a.csv", b"id,x\n1,2\n");
    s3.put("bucket/differ/b.csv", b"id\n1\n");
    s3.put("bucket/cut/t.parquet", &read("parquet/none.parquet")[..1000]);
    s3.put("bucket/lake/_delta_log/0.json", b"{}");
    s3.put("bucket/lake/part-0.csv", b"id\n1\n");
    let place = Workplace::new();
    for (path, rows, files) in [
        ("s3://bucket/one/t.csv", 40, 1),
        ("s3://bucket/one/a b=c.csv.zst", 40, 1),
        ("s3://bucket/one", 80, 2),
        ("s3://bucket/many/", 180, 3),
        ("s3://bucket/many/year=*/month=01/*.parquet", 120, 2),
    ] {
        let (report, answer) = demand_rows(&place, path, rows, &environment);
        assert_eq!(answer.code, 0, "{path}: {report:#}");
        assert!(!answer.stdout.contains("SECRET"), "{}", answer.stdout);
        let found = report["provenance"]["candidate"]["files"].as_array().unwrap();
        assert_eq!(found.len(), files, "{path}");
        for file in found {
            assert!(file["path"].as_str().unwrap().starts_with("s3://bucket/"), "{file}");
        }
        if path.ends_with("t.csv") {
            assert_eq!(found[0]["digest"], sha256(&read("text/comma.csv")));
        }
    }
    place.write(
        "mlgate.yml",
        "version: 1\ndata:\n  t: {path: 's3://bucket/many', columns: {month: {in: [1, 2]}, year: {in: [2024]}}}\n",
    );
    assert_eq!(place.report_with(&[], &environment).1.code, 0);
    for (path, why) in [
        (
            "s3://bucket/lost.csv",
            "there is no file `s3://bucket/lost.csv`, and no file of a known format in a folder of that name",
        ),
        ("s3://bucket/one/*.parquet", "no file matches `s3://bucket/one/*.parquet`"),
        (
            "s3://bucket/lake",
            "`s3://bucket/lake` is a Delta table, whose files may hold rows that were deleted since; export it to plain Parquet",
        ),
        (
            "s3://bucket/differ",
            "`s3://bucket/differ`: its files differ: `s3://bucket/differ/a.csv` has the column `x` and `s3://bucket/differ/b.csv` has not; write both with the same columns",
        ),
    ] {
        assert_eq!(message(&place, path, &environment), why);
    }
    let cut = message(&place, "s3://bucket/cut/t.parquet", &environment);
    assert!(cut.starts_with("`s3://bucket/cut/t.parquet` cannot be read: "), "{cut}");
    baseline_of_s3(&s3, &environment);
    let lost = message(&place, "s3://nowhere/t.csv", &environment);
    assert!(lost.contains("`s3://nowhere/t.csv`"), "{lost}");
}

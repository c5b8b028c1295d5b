//! S3, as emulated by moto.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::thread;

use super::server::{Program, encoded};
use super::{Store, message};
use crate::sources::remote::web;
use crate::support::Workplace;

const MOTO: Program = Program { name: "moto_server", variable: "MLGATE_MOTO", from: "pip install 'moto[server]'" };

#[test]
fn objects_of_s3() {
    let arguments = |port: u16| ["-H", "127.0.0.1", "-p", &port.to_string()].map(str::to_owned).to_vec();
    let Some(server) = MOTO.start(&[], arguments) else { return };
    let put = |name: &str, body: &[u8]| {
        let target = format!("/bucket/{}", encoded(name));
        server.must("PUT", &target, &["Content-Type: application/octet-stream"], body);
    };
    server.must("PUT", "/bucket", &[], b"");
    let endpoint = format!("http://{}", server.address);
    let environment = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIASECRET"),
        ("AWS_SECRET_ACCESS_KEY", "SECRET"),
    ];
    Store { base: "s3://bucket", environment: &environment, put: &put }.is_read();
    let lost = message(&Workplace::new(), "s3://nowhere/t.csv", &environment);
    assert_eq!(lost, "`s3://nowhere/t.csv` cannot be read: there is no bucket `nowhere` (404)");
}

fn keys(endpoint: &str) -> [(&str, &str); 4] {
    [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_ACCESS_KEY_ID", "AKIASECRET"),
        ("AWS_SECRET_ACCESS_KEY", "SECRET"),
    ]
}

#[test]
fn what_s3_refuses() {
    let place = Workplace::new();
    let base = web(Vec::new());
    assert_eq!(
        message(&place, "s3://bucket/denied.csv", &keys(&base)),
        "`s3://bucket/denied.csv` cannot be read: access was denied (403): the credentials are wrong, or have no permission to read it; set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, if there is one, AWS_SESSION_TOKEN, or another setting in docs/sources.md"
    );
    let plain = [&keys("http://127.0.0.1:9/SECRET")[..1], &keys("")[2..]].concat();
    assert_eq!(
        message(&place, "s3://bucket/redirect.csv", &plain),
        "`s3://bucket/redirect.csv` cannot be read: the endpoint is http://, which is not secure; use https://, or set AWS_ALLOW_HTTP=true for a server of your own"
    );
}

#[test]
fn the_name_of_a_file_is_no_reason() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        // The request is read completely: otherwise the connection would be reset.
        let read = |stream| BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
        listener.incoming().flatten().for_each(|stream| read(stream).for_each(drop));
    });
    for path in ["s3://bucket/region=eu/certificate.csv", "s3://bucket/token request/credential.csv"] {
        assert_eq!(
            message(&Workplace::new(), path, &keys(&base)),
            format!("`{path}` cannot be read: the server closed the connection too early")
        );
    }
}

//! Google Cloud Storage, as emulated by fake-gcs-server. The emulator accepts everybody; so a server of this file
//! emulates Google's refusals, by Google's reference of the XML API ("HTTP status and error codes").

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::json;

use super::server::{Program, encoded};
use super::{Store, message};
use crate::sources::fixture;
use crate::support::Workplace;

const FAKE_GCS: Program = Program {
    name: "fake-gcs-server",
    variable: "MLGATE_FAKE_GCS",
    from: "go install github.com/fsouza/fake-gcs-server@v1.54.0",
};

const TOLD: &str =
    "set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account's key or another setting in docs/sources.md";

/// Returns the file that a user downloads for a service account, with a real key.
fn service_account(more: serde_json::Value) -> String {
    let mut account = json!({
        "type": "service_account",
        "client_email": "SECRET@tests.iam.gserviceaccount.com",
        "private_key_id": "SECRET",
        "private_key": fs::read_to_string(fixture("keys/nobodys.pem")).unwrap(),
    });
    account.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    account.to_string()
}

#[test]
fn objects_of_google() {
    let arguments = |port: u16| {
        let address = format!("127.0.0.1:{port}");
        let port = port.to_string();
        // Buckets are served below the public host, which is otherwise Google's.
        ["-scheme", "http", "-backend", "memory", "-host", "127.0.0.1", "-port", &port, "-public-host", &address]
            .map(str::to_owned)
            .to_vec()
    };
    let Some(server) = FAKE_GCS.start(&[], arguments) else { return };
    let put = |name: &str, body: &[u8]| {
        let target = format!("/upload/storage/v1/b/bucket/o?uploadType=media&name={}", encoded(name));
        server.must("POST", &target, &["Content-Type: application/octet-stream"], body);
    };
    server.must("POST", "/storage/v1/b", &["Content-Type: application/json"], b"{\"name\": \"bucket\"}");
    let endpoint = format!("http://{}", server.address);
    let place = Workplace::new();
    place.write("key.json", &service_account(json!({}))).write(
        "open.json",
        &json!({"gcs_base_url": endpoint, "disable_oauth": true, "client_email": "", "private_key": "", "private_key_id": ""})
            .to_string(),
    );
    let file = |name: &str| place.path().join(name).display().to_string();
    let (key, open) = (file("key.json"), file("open.json"));
    let here = [("GOOGLE_BASE_URL", endpoint.as_str()), ("GOOGLE_ALLOW_HTTP", "true")];
    let environment = [&here[..], &[("GOOGLE_APPLICATION_CREDENTIALS", key.as_str())]].concat();
    Store { base: "gs://bucket", environment: &environment, put: &put }.is_read();

    // Other addresses of the same store.
    let text = service_account(json!({ "gcs_base_url": endpoint }));
    for environment in [
        &[("GOOGLE_SERVICE_ACCOUNT", key.as_str()), here[0], here[1]][..],
        &[("GOOGLE_SERVICE_ACCOUNT", open.as_str()), here[1]],
        &[("GOOGLE_SERVICE_ACCOUNT_KEY", text.as_str()), here[1]],
        &[("GOOGLE_SKIP_SIGNATURE", "true"), here[0], here[1]],
    ] {
        let (report, answer) = super::demand_rows(&place, "gs://bucket/many", 180, environment);
        assert_eq!(answer.code, 0, "{report:#}");
    }
}

/// Returns a server that refuses and repeats its request, as others do.
fn refusing(status: &'static str, code: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| refuse(stream, status, code)));
    base
}

fn refuse(mut stream: TcpStream, status: &str, code: &str) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let head: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let head = head.join("\n");
    // The three parts of a token that the key has signed.
    let token = head.lines().find_map(|line| {
        line.to_ascii_lowercase().strip_prefix("authorization: bearer ey").map(|token| token.matches('.').count())
    });
    let status = if token == Some(2) { status } else { "400 Bad Request" };
    let body = format!(
        "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Details>SECRET {head}</Details></Error>"
    );
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/xml; charset=UTF-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

#[test]
fn what_google_refuses() {
    let key = service_account(json!({}));
    let place = Workplace::new();
    for (status, code, why) in [
        (
            "401 Unauthorized",
            "AuthenticationRequired",
            format!("cannot be read: the credentials are missing or wrong (401); {TOLD}"),
        ),
        (
            "403 Forbidden",
            "AccessDenied",
            format!(
                "cannot be read: access was denied (403): the credentials are wrong, or have no permission to read it; {TOLD}"
            ),
        ),
    ] {
        let base = refusing(status, code);
        let environment = [
            ("GOOGLE_BASE_URL", base.as_str()),
            ("GOOGLE_ALLOW_HTTP", "true"),
            ("GOOGLE_SERVICE_ACCOUNT_KEY", key.as_str()),
        ];
        let store = Store { base: "gs://bucket", environment: &[], put: &|_, _| {} };
        store.is_refused(&environment, &why);
        let (_, answer) = super::demand_rows(&place, "gs://bucket/t.csv", 1, &environment);
        assert!(!answer.stdout.contains("eyJ") && !answer.stderr.contains("eyJ"), "{}", answer.stdout);
    }
    let base = refusing("404 Not Found", "NoSuchBucket");
    let environment = [
        ("GOOGLE_BASE_URL", base.as_str()),
        ("GOOGLE_ALLOW_HTTP", "true"),
        ("GOOGLE_SERVICE_ACCOUNT_KEY", key.as_str()),
    ];
    assert_eq!(
        message(&place, "gs://nowhere/t.csv", &environment),
        "`gs://nowhere/t.csv` cannot be read: there is no bucket `nowhere` (404)"
    );
}

#[test]
fn what_google_wants_to_be_told() {
    let place = Workplace::new();
    place
        .write("external.json", &json!({"type": "external_account", "audience": "SECRET"}).to_string())
        .write("broken.json", "{\"client_email\": \"SECRET\"");
    let file = |name: &str| place.path().join(name).display().to_string();
    let (external, broken, lost) = (file("external.json"), file("broken.json"), file("lost.json"));
    let key = service_account(json!({}));
    let wrong_key =
        service_account(json!({"private_key": "-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----\n"}));
    let no_key = service_account(json!({"private_key": 12345678}));
    let settings = "cannot be read: the store's settings in the environment are incomplete or invalid";
    let account = "GOOGLE_APPLICATION_CREDENTIALS, GOOGLE_SERVICE_ACCOUNT or GOOGLE_SERVICE_ACCOUNT_KEY does not give the JSON of a service account's key";
    for (environment, why) in [
        (
            &[("GOOGLE_APPLICATION_CREDENTIALS", external.as_str())][..],
            format!("{settings} (credentials of this kind are not supported; use a key of a service account or a user's login)"),
        ),
        (&[("GOOGLE_APPLICATION_CREDENTIALS", &broken)], format!("{settings} ({account})")),
        (&[("GOOGLE_SERVICE_ACCOUNT", &broken)], format!("{settings} ({account})")),
        (&[("GOOGLE_SERVICE_ACCOUNT_KEY", &no_key)], format!("{settings} ({account})")),
        (
            &[("GOOGLE_SERVICE_ACCOUNT", &lost)],
            format!("{settings} (the file that GOOGLE_APPLICATION_CREDENTIALS or GOOGLE_SERVICE_ACCOUNT names cannot be opened)"),
        ),
        (
            &[("GOOGLE_APPLICATION_CREDENTIALS", &lost)],
            format!("{settings} (the file that GOOGLE_APPLICATION_CREDENTIALS or GOOGLE_SERVICE_ACCOUNT names cannot be opened)"),
        ),
        (
            &[("GOOGLE_SERVICE_ACCOUNT_KEY", &wrong_key)],
            format!("{settings} (the private key of the service account is broken)"),
        ),
        (
            &[("GOOGLE_SERVICE_ACCOUNT_KEY", &key), ("GOOGLE_SERVICE_ACCOUNT", &lost)],
            format!("{settings} (GOOGLE_SERVICE_ACCOUNT and GOOGLE_SERVICE_ACCOUNT_KEY are both set; set one of them)"),
        ),
        (
            &[("GOOGLE_SERVICE_ACCOUNT_KEY", &key), ("GOOGLE_BASE_URL", "http://127.0.0.1:9/SECRET")],
            "cannot be read: the endpoint is http://, which is not secure; use https://, or set GOOGLE_ALLOW_HTTP=true for a server of your own".to_owned(),
        ),
        // The server that gives tokens to this machine if nothing else is configured: none.
        (
            &[("HOME", "/nowhere"), ("GCE_METADATA_HOST", "127.0.0.1:9"), ("GCE_METADATA_IP", "127.0.0.1:9")],
            format!("cannot be read: there are no credentials in the environment, or they get no token; {TOLD}"),
        ),
    ] {
        assert_eq!(message(&place, "gs://bucket/t.csv", environment), format!("`gs://bucket/t.csv` {why}"));
    }
}

//! Azure Blob Storage, as emulated by Azurite, Microsoft's own emulator.

use super::server::{Program, encoded};
use super::{Store, message};
use crate::support::Workplace;

const AZURITE: Program =
    Program { name: "azurite-blob", variable: "MLGATE_AZURITE", from: "npm install --global azurite@3.37.0" };

/// The account's key: base64 with a marker for which the tests search all output.
const KEY: &str = "SECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRET";
/// A key of the same form that is not the account's.
const OTHER_KEY: &str = "SECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRXX";
/// Shared access signatures of the account's owner and of a reader, so that the test signs nothing. The parameter `sig`
/// is the HMAC, with the key above, of the account and the fields, as in Microsoft's "Create an account SAS":
///
/// ```text
/// printf 'tests\nrwlc\nb\nsco\n\n2099-01-01T00:00:00Z\n\nhttps,http\n2019-12-12\n' |
///     openssl dgst -sha256 -mac HMAC -macopt hexkey:"$(printf %s "$KEY" | base64 -d | xxd -p -c 99)" -binary | base64
/// ```
const OWNER: &str = "sv=2019-12-12&ss=b&srt=sco&sp=rwlc&se=2099-01-01T00:00:00Z&spr=https,http&sig=kjRA1KXaivIXpiiLwDTEhCKJiA%2BRCqTV1YfZh4PW7Vo%3D";
const READER: &str = "sv=2019-12-12&ss=b&srt=sco&sp=rl&se=2099-01-01T00:00:00Z&spr=https,http&sig=wc%2FXqPMLBZyj9PunCLEZvYGNE4IWyEWisZctLxE75Tw%3D";

const DENIED: &str = "cannot be read: access was denied (403): the credentials are wrong, or have no permission to read it; set AZURE_STORAGE_ACCOUNT_NAME, and AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN or another setting in docs/sources.md";

#[test]
fn objects_of_azure() {
    let accounts = format!("tests:{KEY}");
    let arguments = |port: u16| {
        let port = port.to_string();
        // The emulator reports nothing about the tests to anybody.
        ["--blobHost", "127.0.0.1", "--blobPort", &port, "--inMemoryPersistence", "--disableTelemetry"]
            .map(str::to_owned)
            .to_vec()
    };
    let Some(server) = AZURITE.start(&[("AZURITE_ACCOUNTS", &accounts)], arguments) else { return };
    let put = |name: &str, body: &[u8]| {
        let target = format!("/tests/container/{}?{OWNER}", encoded(name));
        server.must("PUT", &target, &["x-ms-blob-type: BlockBlob", "x-ms-version: 2019-12-12"], body);
    };
    server.must("PUT", &format!("/tests/container?restype=container&{OWNER}"), &["x-ms-version: 2019-12-12"], b"");
    let endpoint = format!("http://{}/tests", server.address);
    let reached = [
        ("AZURE_STORAGE_ENDPOINT", endpoint.as_str()),
        ("AZURE_ALLOW_HTTP", "true"),
        ("AZURE_STORAGE_ACCOUNT_NAME", "tests"),
    ];
    let with = |more: &[(&'static str, &'static str)]| [&reached[..], more].concat();
    let environment = with(&[("AZURE_STORAGE_ACCOUNT_KEY", KEY)]);
    let store = Store { base: "az://container", environment: &environment, put: &put };
    store.is_read();

    let place = Workplace::new();
    let lost = message(&place, "az://nowhere/t.csv", &environment);
    assert_eq!(lost, "`az://nowhere/t.csv` cannot be read: there is no container `nowhere` (404)");
    store.is_refused(&with(&[("AZURE_STORAGE_ACCOUNT_KEY", OTHER_KEY)]), DENIED);
    store.is_refused(&with(&[("AZURE_STORAGE_SAS_TOKEN", "sv=2019-12-12&ss=b&srt=sco&sp=rl&se=2099-01-01T00:00:00Z&spr=https,http&sig=SECRETSECRETSECRETSECRETSECRETSECRETSECRETSEC%3D")]), DENIED);
    store.is_refused(&with(&[("AZURE_SKIP_SIGNATURE", "true")]), DENIED);

    // Other addresses of the same store.
    let blobs = format!("http://{}", server.address);
    let emulated = [
        ("AZURE_STORAGE_USE_EMULATOR", "true"),
        ("AZURITE_BLOB_STORAGE_URL", blobs.as_str()),
        ("AZURE_STORAGE_ACCOUNT_NAME", "tests"),
        ("AZURE_STORAGE_ACCOUNT_KEY", KEY),
    ];
    for environment in [&with(&[("AZURE_STORAGE_SAS_TOKEN", READER)])[..], &emulated] {
        let (report, answer) = super::demand_rows(&place, "az://container/many", 180, environment);
        assert_eq!(answer.code, 0, "{report:#}");
        assert!(!answer.stdout.contains("sig="), "{}", answer.stdout);
    }
}

#[test]
fn what_azure_wants_to_be_told() {
    let place = Workplace::new();
    let account = ("AZURE_STORAGE_ACCOUNT_NAME", "tests");
    let key = ("AZURE_STORAGE_ACCOUNT_KEY", KEY);
    let settings = "cannot be read: the store's settings in the environment are incomplete or invalid";
    for (environment, why) in [
        (&[][..], format!("{settings} (the account is missing; set AZURE_STORAGE_ACCOUNT_NAME)")),
        (
            &[account, ("AZURE_STORAGE_ACCOUNT_KEY", "no base64, but SECRET")],
            format!("{settings} (AZURE_STORAGE_ACCOUNT_KEY is not the base64 of a key)"),
        ),
        (
            &[account, ("AZURE_STORAGE_SAS_TOKEN", "SECRET")],
            format!("{settings} (AZURE_STORAGE_SAS_TOKEN is not a signature of the form sv=…&sig=…)"),
        ),
        (
            &[account, key, ("AZURE_STORAGE_ENDPOINT", "SECRET")],
            format!("{settings} (the endpoint is not a URL; write it with https://)"),
        ),
        (
            &[account, key, ("AZURE_STORAGE_USE_EMULATOR", "SECRET")],
            format!("{settings} (a setting that must be true or false has another value)"),
        ),
        (
            &[account, key, ("AZURE_STORAGE_ENDPOINT", "http://127.0.0.1:9/SECRET")],
            "cannot be read: the endpoint is http://, which is not secure; use https://, or set AZURE_ALLOW_HTTP=true for a server of your own".to_owned(),
        ),
        // The server that gives tokens to this machine if nothing else is configured: none.
        (
            &[account, ("IDENTITY_ENDPOINT", "http://127.0.0.1:9/SECRET")],
            "cannot be read: there are no credentials in the environment, or they get no token; set AZURE_STORAGE_ACCOUNT_NAME, and AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN or another setting in docs/sources.md".to_owned(),
        ),
    ] {
        assert_eq!(message(&place, "az://container/t.csv", environment), format!("`az://container/t.csv` {why}"));
    }
    assert_eq!(
        message(&place, "az://container@tests.blob.core.windows.net/t.csv", &[account, key]),
        "`az://tests.blob.core.windows.net/t.csv` contains an account or credentials; set them in the environment"
    );
}

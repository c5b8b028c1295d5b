//! Credentials for a server, in the order of MLflow's own client: user and password before a token, and variables before
//! `~/.mlflow/credentials`.

use std::fs;
use std::path::Path;

use url::Url;

use crate::bounded;
use crate::readers::ReadEnvironment;
use crate::readers::web::{Credentials, TlsSettings};

/// The largest file of credentials or certificates, in bytes.
const MOST_BYTES: u64 = 4 << 20;

/// Returns the credentials for a server, and takes those that its address has out of it.
///
/// # Errors
///
/// The environment demands a way of signing that is not known, or its file of credentials cannot be read.
pub(super) fn of(environment: &ReadEnvironment<'_>, url: &mut Url) -> Result<Option<Credentials>, String> {
    let of_address = Credentials::take_from(url);
    if is_true(environment, "MLFLOW_TRACKING_AWS_SIGV4") {
        return Err("MLFLOW_TRACKING_AWS_SIGV4 is set, and requests are not signed for AWS here".to_owned());
    }
    if let Some(plugin) = environment.variable("MLFLOW_TRACKING_AUTH") {
        return Err(format!(
            "MLFLOW_TRACKING_AUTH names the plugin `{plugin}`, and plugins of Python are not run here"
        ));
    }
    if !environment.trusts(url, &["MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"]) {
        return Ok(of_address);
    }
    let (file_user, file_password) = match environment.home() {
        Some(home) => of_file(&home.join(".mlflow").join("credentials"))?,
        None => (None, None),
    };
    let user = environment.variable("MLFLOW_TRACKING_USERNAME").or(file_user);
    let password = environment.variable("MLFLOW_TRACKING_PASSWORD").or(file_password);
    let token = environment.variable("MLFLOW_TRACKING_TOKEN");
    Ok(of_address.or(match (user, password, token) {
        (Some(user), Some(password), _) => Some(Credentials::Basic(user, password)),
        (_, _, Some(token)) => Some(Credentials::Bearer(token)),
        _ => None,
    }))
}

/// Returns the settings of TLS.
///
/// # Errors
///
/// A file of certificates cannot be read.
pub(super) fn tls(environment: &ReadEnvironment<'_>) -> Result<TlsSettings, String> {
    let pem = |name: &str| {
        let read = |path: String| {
            bounded::read(&environment.resolve(&path), MOST_BYTES)
                .map_err(|error| format!("the file of {name} cannot be read: {error}"))
        };
        environment.variable(name).map(read).transpose()
    };
    Ok(TlsSettings {
        trusted: pem("MLFLOW_TRACKING_SERVER_CERT_PATH")?,
        identity: pem("MLFLOW_TRACKING_CLIENT_CERT_PATH")?,
        is_unchecked: is_true(environment, "MLFLOW_TRACKING_INSECURE_TLS"),
    })
}

fn is_true(environment: &ReadEnvironment<'_>, name: &str) -> bool {
    environment.variable(name).is_some_and(|value| matches!(value.to_ascii_lowercase().as_str(), "true" | "1"))
}

fn of_file(path: &Path) -> Result<(Option<String>, Option<String>), String> {
    if fs::metadata(path).is_err() {
        return Ok((None, None));
    }
    let text = bounded::read_text(path, MOST_BYTES)
        .map_err(|error| format!("`~/.mlflow/credentials` cannot be read: {error}"))?;
    Ok((value(&text, "mlflow_tracking_username"), value(&text, "mlflow_tracking_password")))
}

/// Returns the value of a key in the section `[mlflow]`, as Python's `configparser` reads it.
fn value(text: &str, key: &str) -> Option<String> {
    let mut is_ours = false;
    let mut found = None;
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            is_ours = section == "mlflow";
        } else if is_ours
            && let Some(at) = line.find(['=', ':'])
            && line[..at].trim().eq_ignore_ascii_case(key)
        {
            // `%%` is a percent sign to `configparser`.
            found = Some(line[at + 1..].trim().replace("%%", "%"));
        }
    }
    found.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn of_variables(variables: &[(&str, &str)], address: &str) -> Result<Option<Credentials>, String> {
        let look_up = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        of(&ReadEnvironment::new(Path::new("/nowhere"), &look_up), &mut Url::parse(address).unwrap())
    }

    fn basic(user: &str, password: &str) -> Option<Credentials> {
        Some(Credentials::Basic(user.to_owned(), password.to_owned()))
    }

    #[test]
    fn the_order_is_that_of_mlflow() {
        let user = ("MLFLOW_TRACKING_USERNAME", "me");
        let password = ("MLFLOW_TRACKING_PASSWORD", "secret");
        let token = ("MLFLOW_TRACKING_TOKEN", "t0");
        let bearer = Some(Credentials::Bearer("t0".to_owned()));
        assert!(of_variables(&[user, password, token], "http://h").unwrap() == basic("me", "secret"));
        assert!(of_variables(&[user, token], "http://h").unwrap() == bearer);
        assert!(of_variables(&[token], "http://h").unwrap() == bearer);
        assert!(of_variables(&[token], "http://a:b@h").unwrap() == basic("a", "b"));
        assert!(of_variables(&[], "http://h").unwrap().is_none());
        assert!(of_variables(&[("MLFLOW_TRACKING_AWS_SIGV4", "true")], "http://h").is_err());
    }

    #[test]
    fn a_file_fills_what_variables_lack() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".mlflow")).unwrap();
        let text = "[other]\nmlflow_tracking_username = x\n[mlflow]\n# a comment\nMLFLOW_TRACKING_USERNAME = me\nmlflow_tracking_password: a%%b=c\n";
        fs::write(home.path().join(".mlflow/credentials"), text).unwrap();
        let home = home.path().display().to_string();
        assert!(of_variables(&[("HOME", &home)], "http://h").unwrap() == basic("me", "a%b=c"));
        assert!(
            of_variables(&[("HOME", &home), ("MLFLOW_TRACKING_PASSWORD", "p")], "http://h").unwrap()
                == basic("me", "p")
        );
    }
}

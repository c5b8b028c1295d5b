//! Store and path that a URL stands for.

use super::loopback::is_loopback;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{ClientConfigKey, ClientOptions, ObjectStore, RetryConfig};
use url::Url;

use super::redirects::Connector;

/// The time limit of a whole request. A file may be large; the pace is checked chunk by chunk.
const WHOLE_REQUEST: Duration = Duration::from_secs(6 * 60 * 60);

/// A store, and a path in it.
pub(super) struct RemotePlace {
    pub(super) store: Arc<dyn ObjectStore>,
    /// The prefix of paths in messages.
    pub(super) base: String,
    /// The path of the file, or of the folder to list.
    pub(super) path: Path,
    /// The pattern of the files to read, if not all.
    pub(super) pattern: Option<glob::Pattern>,
    /// True if the path cannot be a folder.
    pub(super) is_one_file: bool,
}

impl RemotePlace {
    /// Returns the place that a URL names; credentials come from the environment.
    ///
    /// # Errors
    ///
    /// The rest of a sentence that begins with the URL.
    pub(super) fn of(url: &str) -> Result<Self, String> {
        let (scheme, rest) = url.split_once("://").ok_or("is not a URL")?;
        if matches!(scheme, "http" | "https") {
            return Self::on_the_web(url);
        }
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(format!("names no bucket; write {scheme}://BUCKET/PATH"));
        }
        if bucket.contains(['@', ':']) {
            return Err("contains an account or credentials; set them in the environment".to_owned());
        }
        // The bucket becomes part of a host name or of a path, where other characters would lead elsewhere.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if !bucket.starts_with(|c: char| c.is_ascii_alphanumeric()) || !bucket.chars().all(is_plain) {
            return Err(format!(
                "names the bucket `{bucket}`; limit: letters, digits, `.`, `_` and `-`, beginning with a letter or a digit"
            ));
        }
        let store: Arc<dyn ObjectStore> = match scheme {
            "s3" | "s3a" => {
                let timeout = AmazonS3ConfigKey::Client(ClientConfigKey::Timeout);
                let builder = AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(retry());
                let builder = builder.with_http_connector(Connector);
                Arc::new(builder.with_config(timeout, seconds(WHOLE_REQUEST)).build().map_err(|e| unusable(&e))?)
            }
            "gs" => {
                let timeout = GoogleConfigKey::Client(ClientConfigKey::Timeout);
                let builder = GoogleCloudStorageBuilder::from_env().with_bucket_name(bucket).with_retry(retry());
                let builder = builder.with_http_connector(Connector);
                // Plain http would send tokens in the clear and allow redirects from https, so it needs explicit
                // permission.
                let builder = match std::env::var_os("GOOGLE_ALLOW_HTTP") {
                    Some(_) => builder,
                    None => builder.with_config(GoogleConfigKey::Client(ClientConfigKey::AllowHttp), "false"),
                };
                Arc::new(builder.with_config(timeout, seconds(WHOLE_REQUEST)).build().map_err(|e| unusable(&e))?)
            }
            "az" => {
                let timeout = AzureConfigKey::Client(ClientConfigKey::Timeout);
                let builder = MicrosoftAzureBuilder::from_env().with_container_name(bucket).with_retry(retry());
                let builder = builder.with_http_connector(Connector);
                Arc::new(builder.with_config(timeout, seconds(WHOLE_REQUEST)).build().map_err(|e| unusable(&e))?)
            }
            other => {
                return Err(format!(
                    "cannot be read: `{other}://` is not supported; use s3://, gs://, az:// or https://"
                ));
            }
        };
        let key = key.trim_end_matches('/');
        let is_glob = key.contains(['*', '?', '[']);
        let folder = if is_glob { literal(key) } else { key };
        let path = Path::parse(folder).map_err(|_| "cannot be read: that is not the path of an object".to_owned())?;
        let pattern = is_glob.then(|| glob::Pattern::new(key)).transpose();
        let pattern = pattern.map_err(|error| format!("is not a glob: {error}"))?;
        Ok(Self { store, base: format!("{scheme}://{bucket}/"), path, pattern, is_one_file: false })
    }

    /// Returns the place of one file of a web server, with the query that may contain its signature, and without any
    /// credentials.
    fn on_the_web(url: &str) -> Result<Self, String> {
        let parsed = Url::parse(url).map_err(|error| format!("is not a URL: {error}"))?;
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err("contains credentials, which must not be in a config".to_owned());
        }
        let is_plain = parsed.scheme() == "http";
        if is_plain && !is_loopback(&parsed) {
            return Err("cannot be read: http:// is not secure; use https://".to_owned());
        }
        let options = ClientOptions::new()
            .with_allow_http(is_plain)
            .with_connect_timeout(Duration::from_secs(10))
            .with_timeout(WHOLE_REQUEST);
        let store = HttpBuilder::new().with_url(url).with_client_options(options).with_retry(retry());
        let store = store.with_http_connector(Connector).build();
        let store = Arc::new(store.map_err(|error| unusable(&error))?);
        // The URL is used unchanged, so that a signature in it stays valid.
        Ok(Self { store, base: String::new(), path: Path::default(), pattern: None, is_one_file: true })
    }
}

/// Limits retries: a gate that takes minutes to report that a server is down is no help.
fn retry() -> RetryConfig {
    RetryConfig { max_retries: 3, retry_timeout: Duration::from_secs(60), ..RetryConfig::default() }
}

/// Returns a time as a setting of a store, which no reader sees.
fn seconds(time: Duration) -> String {
    format!("{}s", time.as_secs())
}

/// Returns a message with only the kind of the error, because its text can contain values from the environment.
fn unusable(error: &object_store::Error) -> String {
    format!(
        "cannot be read: the store's settings in the environment are incomplete or invalid ({})",
        crate::engine::source::remote::error::cause(error)
    )
}

/// Returns the leading folders of a glob without special characters.
fn literal(key: &str) -> &str {
    let sign = key.find(['*', '?', '[']).unwrap_or(key.len());
    key[..sign].rfind('/').map_or("", |slash| &key[..slash])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_no_further_than_this_machine() {
        for url in ["http://example.org/a.csv", "http://localhost.example.org/a.csv", "http://169.254.169.254/a.csv"] {
            assert!(RemotePlace::of(url).is_err_and(|why| why.contains("use https://")), "{url}");
        }
        for url in ["http://localhost:1/a.csv", "http://127.0.0.1:1/a.csv", "http://[::1]:1/a.csv"] {
            assert!(RemotePlace::of(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn credentials_do_not_stand_in_urls() {
        for url in ["https://user:secret@example.org/a.csv", "s3://key:secret@bucket/a.csv"] {
            assert!(
                RemotePlace::of(url).is_err_and(|why| why.contains("credentials") && !why.contains("secret")),
                "{url}"
            );
        }
    }

    #[test]
    fn a_bucket_is_no_host_and_no_path() {
        for bucket in [
            ".", "..", "...", "%2e%2e", ".a", "-a", "_a", "a b", "a#", "a?x", "a%2fb", "a\\b", "ä", "$web", "a\tb",
            "a;b", "a&b", " ",
        ] {
            for scheme in ["s3", "s3a", "gs", "az"] {
                let url = format!("{scheme}://{bucket}/d.csv");
                let why = RemotePlace::of(&url).err().unwrap_or_default();
                assert!(why.starts_with(&format!("names the bucket `{bucket}`; limit: ")), "{url}: {why}");
            }
        }
        for bucket in ["a", "my-bucket.of_mine", "0.x", "A"] {
            let why = RemotePlace::of(&format!("s3://{bucket}/d.csv")).err().unwrap_or_default();
            assert!(!why.contains("names the bucket"), "{why}");
        }
    }

    #[test]
    fn a_glob_is_looked_for_below_its_plain_folders() {
        assert_eq!(literal("a/b/year=*/x.csv"), "a/b");
        assert_eq!(literal("*.csv"), "");
        assert_eq!(literal("a/b*/c"), "a");
    }
}

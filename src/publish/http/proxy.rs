//! The proxy that requests to a forge go through, for messages: `reqwest` itself reads the same variables.

use url::Url;

use crate::ci::JobVariables;

/// A proxy of the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// The variable that names it.
    variable: &'static str,
    /// Its address without credentials.
    shown: String,
    /// Its password, as it is written and as it is sent.
    secrets: Vec<String>,
}

impl Proxy {
    /// Returns the proxy for requests to `api`, if the environment names one.
    pub(in crate::publish) fn of(env: JobVariables<'_>, api: &str) -> Option<Self> {
        let api = Url::parse(api).ok()?;
        let of_scheme =
            if api.scheme() == "https" { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
        let named = of_scheme.into_iter().chain(["ALL_PROXY", "all_proxy"]);
        let (variable, text) =
            named.into_iter().find_map(|name| Some((name, env(name).filter(|text| !text.is_empty())?)))?;
        if is_exempt(env, api.host_str().unwrap_or_default()) {
            return None;
        }
        let with_scheme = if text.contains("://") { text } else { format!("http://{text}") };
        let Ok(mut url) = Url::parse(&with_scheme) else {
            return Some(Self { variable, shown: String::new(), secrets: vec![with_scheme] });
        };
        let written = url.password().unwrap_or_default().to_owned();
        let sent = url::form_urlencoded::parse(format!("p={}", written.replace('+', "%2B")).as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default();
        let _ = url.set_username("");
        let _ = url.set_password(None);
        Some(Self { variable, shown: url.as_str().trim_end_matches('/').to_owned(), secrets: vec![written, sent] })
    }

    /// Returns the part of a message that names the proxy.
    pub(super) fn named(&self) -> String {
        if self.shown.is_empty() {
            return format!("{} is not the address of a proxy", self.variable);
        }
        format!(
            "the request went through the proxy {} of {}; NO_PROXY exempts hosts from it",
            self.shown, self.variable
        )
    }

    /// Returns the texts that must not be shown.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(String::as_str)
    }
}

/// Returns true if `NO_PROXY` exempts a host.
fn is_exempt(env: JobVariables<'_>, host: &str) -> bool {
    let list = ["NO_PROXY", "no_proxy"].into_iter().find_map(env).unwrap_or_default();
    list.split(',')
        .map(|name| name.trim().trim_start_matches('.'))
        .any(|name| name == "*" || (!name.is_empty() && (host == name || host.ends_with(&format!(".{name}")))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Option<Proxy> {
        let env = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Proxy::of(&env, "https://ghes.corp/api/v3")
    }

    #[test]
    fn a_proxy_is_named_without_its_password() {
        let proxy = of(&[("https_proxy", "http://me:p%40ss@proxy.corp:3128/")]).expect("there is one");
        assert!(proxy.named().contains("http://proxy.corp:3128 of https_proxy"), "{}", proxy.named());
        assert_eq!(proxy.secrets().collect::<Vec<_>>(), ["p%40ss", "p@ss"]);
        let bare = of(&[("ALL_PROXY", "proxy.corp:8080")]).expect("there is one");
        assert!(bare.named().contains("http://proxy.corp:8080 of ALL_PROXY"), "{}", bare.named());
    }

    #[test]
    fn a_host_may_be_exempt() {
        for list in ["ghes.corp", ".corp", "a.b, corp", "*"] {
            assert_eq!(of(&[("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", list)]), None, "{list}");
        }
        assert!(of(&[("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", "orp,other")]).is_some());
        assert_eq!(of(&[("HTTP_PROXY", "http://p:1")]), None);
    }
}

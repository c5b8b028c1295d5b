//! Proxies, certificates and, if asked for, the way to the forge.

use std::path::Path;

use super::DoctorFindings;
use crate::pipeline::environment::variable;
#[cfg(feature = "remote")]
use crate::publish::forge::{self, FORGES};

/// Variables that name a proxy, as clients of the network read them.
const PROXIES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// Looks at the network; only with `is_online` is anything sent.
pub(in crate::cli) fn network(is_online: bool) -> DoctorFindings {
    let mut found = DoctorFindings::of("network");
    let proxies: Vec<String> =
        PROXIES.into_iter().filter_map(|name| Some(format!("{name}={}", without_user(&variable(name)?)))).collect();
    if proxies.is_empty() {
        found.fine("proxy", "none is set");
    } else {
        found.fine("proxy", proxies.join(", "));
        if let Some(hosts) = variable("NO_PROXY").or_else(|| variable("no_proxy")) {
            found.fine("no proxy for", hosts);
        }
    }
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        let Some(path) = variable(name) else { continue };
        if Path::new(&path).exists() {
            found.fine("certificates", format!("{name}={path}"));
        } else {
            found.wrong("certificates", format!("{name}={path}, which does not exist"), "no server will be trusted");
        }
    }
    if is_online {
        reach(&mut found);
    } else {
        found.fine("reachable", "not tried; --online asks the forge");
    }
    found
}

#[cfg(feature = "remote")]
fn reach(found: &mut DoctorFindings) {
    let home = forge::home(&variable).into_iter().chain(FORGES);
    let named = home.into_iter().find_map(|kind| Some((kind, (kind.api)(&variable)?)));
    let (kind, address) = named.unwrap_or_else(|| (FORGES[0], "https://api.github.com".to_owned()));
    // Any answer of the server, also a refusal, shows that there is a way.
    match crate::engine::download(&format!("{}{}", address.trim_end_matches('/'), kind.probe), 4 << 20) {
        Ok(_) | Err(crate::engine::Undelivered::NotFound(_)) => found.fine("reachable", without_user(&address)),
        Err(crate::engine::Undelivered::Failed(why)) => {
            found.wrong(
                "reachable",
                why,
                "comments, artifacts and remote data need the network; set HTTPS_PROXY or SSL_CERT_FILE",
            );
        }
    }
}

#[cfg(not(feature = "remote"))]
fn reach(found: &mut DoctorFindings) {
    found.note("reachable", "not tried: this mlgate is built without remote sources", "");
}

/// Returns an address without the user and the password, the query and the fragment. A password may have signs that end
/// an address elsewhere, so such an address is not shown at all.
fn without_user(address: &str) -> String {
    const ENDS: [char; 3] = ['/', '?', '#'];
    let (scheme, rest) =
        address.split_once("://").map_or((String::new(), address), |(scheme, rest)| (format!("{scheme}://"), rest));
    match rest.rsplit_once('@') {
        Some((user, _)) if user.contains(ENDS) => "(set, and not shown)".to_owned(),
        found => {
            let place = found.map_or(rest, |(_, place)| place);
            format!("{scheme}{}", place.split(&ENDS[1..]).next().unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(without_user("http://me:pa@ss@proxy:3128"), "http://proxy:3128");
        assert_eq!(without_user("me:secret@proxy:3128"), "proxy:3128");
        assert_eq!(without_user("socks5://proxy?key=1"), "socks5://proxy");
        assert_eq!(without_user("https://forge/api/v3"), "https://forge/api/v3");
        for secret in
            ["http://me:hid#den@proxy", "http://me:hid?den@proxy", "me:hid/den@proxy", "http://proxy?key=hid@den"]
        {
            assert!(!without_user(secret).contains("hid"), "{secret}");
        }
    }
}

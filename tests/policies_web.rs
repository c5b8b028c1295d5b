//! Policies of the web: pinned by their digest, whatever the server says.

use std::thread;
use std::time::Duration;

use crate::baseline_source::web::{Web, digest};
use crate::support::{Answer, Workplace, run_with};

const POLICY: &[u8] = b"version: 1\ndemands: {data.*: {rows: \">= 9\"}}\n";

fn place(config: &str) -> Workplace {
    let place = Workplace::new();
    place.write("d.csv", "id\n1\n2\n3\n");
    place.write("mlgate.yml", &format!("version: 1\n{config}data:\n  d: {{path: d.csv, duplicate_rows: 0}}\n"));
    place
}

fn server() -> Web {
    Web::start(|(path, _)| match path.as_str() {
        "/org.yml" | "/org.yml?sig=SECRET" => (200, Vec::new(), POLICY.to_vec()),
        "/moved" => (302, vec![("Location", "/org.yml".to_owned())], Vec::new()),
        "/abroad" => (302, vec![("Location", "http://example.invalid/org.yml".to_owned())], Vec::new()),
        "/slow" => {
            thread::sleep(Duration::from_secs(2));
            (200, Vec::new(), POLICY.to_vec())
        }
        "/large" => (200, Vec::new(), vec![b'#'; (1 << 20) + 1]),
        "/bytes" => (200, Vec::new(), vec![0xff, 0xfe]),
        "/denied" => (403, Vec::new(), b"SECRET".to_vec()),
        _ => (404, Vec::new(), Vec::new()),
    })
}

/// Runs with a policy of the web, named in the config and on the command line.
fn both(url: &str, pin: &str) -> [Answer; 2] {
    let config = place(&format!("policy: {{url: \"{url}\", sha256: {pin}}}\n"));
    [config.run(&["run"]), place("").run(&["run", "--policy", &format!("{url}#sha256={pin}")])]
}

#[test]
fn a_pinned_policy_holds() {
    let web = server();
    let pin = digest(POLICY);
    for path in ["org.yml", "moved", "slow", "org.yml?sig=SECRET"] {
        for answer in both(&format!("{}/{path}", web.url), &pin) {
            assert_eq!(answer.code, 1, "{path}: {}{}", answer.stdout, answer.stderr);
            assert!(answer.stdout.contains("✗ d.rows") && !answer.stdout.contains("SECRET"), "{}", answer.stdout);
        }
    }
}

#[test]
fn what_is_not_the_pinned_policy_ends_the_run() {
    let web = server();
    let (good, other) = (digest(POLICY), digest(b"another"));
    let large = digest(&vec![b'#'; (1 << 20) + 1]);
    for (path, pin, why) in [
        ("org.yml", &other, "it is not the file that was pinned"),
        ("moved", &other, "it is not the file that was pinned"),
        ("none", &good, "404"),
        ("denied", &good, "403"),
        ("abroad", &good, "cannot be read"),
        ("large", &large, "is too large; limit: 1048576 bytes"),
        ("bytes", &digest(&[0xff, 0xfe]), "it is not UTF-8"),
    ] {
        for answer in both(&format!("{}/{path}", web.url), pin) {
            assert_eq!(answer.code, 2, "{path}: {}{}", answer.stdout, answer.stderr);
            assert!(answer.stderr.contains(why), "{path}: {}", answer.stderr);
            assert!(!answer.stderr.contains("SECRET"), "{}", answer.stderr);
        }
    }
    // Nothing listens there.
    for answer in both("http://127.0.0.1:9/org.yml", &good) {
        assert!(answer.code == 2 && answer.stderr.contains("127.0.0.1:9"), "{}", answer.stderr);
    }
}

#[test]
fn a_policy_without_a_pin_or_over_plain_http_is_refused() {
    let web = server();
    let answer = place("").run(&["run", "--policy", &format!("{}/org.yml", web.url)]);
    assert!(answer.code == 2 && answer.stderr.contains("sha256"), "{}", answer.stderr);
    let pinned = format!("http://example.invalid/org.yml#sha256={}", digest(POLICY));
    let answer = place("").run(&["run", "--policy", &pinned]);
    assert!(answer.code == 2 && answer.stderr.contains("http:// is not secure"), "{}", answer.stderr);
    assert!(web.asked.lock().unwrap().is_empty());
}

#[test]
fn a_policy_comes_through_the_proxy() {
    // A proxy that answers by itself: nobody else could, as the host does not exist.
    let proxy = Web::start(|(path, _)| match path.as_str() {
        "http://127.0.0.1:1/org.yml" => (200, Vec::new(), POLICY.to_vec()),
        _ => (502, Vec::new(), Vec::new()),
    });
    let named = format!("http://127.0.0.1:1/org.yml#sha256={}", digest(POLICY));
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let answer = run_with(place("").path(), &["run"], &[("MLGATE_POLICY", &named), (variable, &proxy.url)]);
        assert_eq!(answer.code, 1, "{variable}: {}{}", answer.stdout, answer.stderr);
    }
    let wrong = format!("http://127.0.0.1:1/none.yml#sha256={}", digest(POLICY));
    let answer = run_with(place("").path(), &["run"], &[("MLGATE_POLICY", &wrong), ("HTTP_PROXY", &proxy.url)]);
    assert!(answer.code == 2 && answer.stderr.contains("502"), "{}", answer.stderr);
}

/// The other side names the same policy: it is the same there.
#[test]
fn the_guard_reads_the_other_side_s_policy_from_the_web_as_well() {
    let web = server();
    let place = place(&format!("policy: {{url: \"{}/org.yml\", sha256: {}}}\n", web.url, digest(POLICY)));
    let git = |arguments: &[&str]| crate::baseline_source::git(place.path(), arguments);
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message=x"]);
    let answer = place.run(&["guard", "--against", "main"]);
    assert!(answer.code == 0 && answer.stdout.contains("no demand differs"), "{}{}", answer.stdout, answer.stderr);
}

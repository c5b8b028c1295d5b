//! Signatures: keys of OpenSSL's forms, envelopes of mlgate and of securesystemslib, and what is no key.

use std::fs;

use super::{fixture, project};
use crate::support::{Workplace, run_with};

/// Signs the report of a project and returns the envelope.
#[track_caller]
fn signed(place: &Workplace, key: &str) -> String {
    let answer = place.run(&["sign", "report.json", "--key", &fixture(&format!("{key}.pem")), "--output", "e.json"]);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    place.read("e.json")
}

#[test]
fn an_envelope_is_verified_with_the_public_key_and_no_other() {
    for (key, other) in [("ed25519", "ecdsa"), ("ecdsa", "ed25519")] {
        let place = project();
        signed(&place, key);
        let public = fixture(&format!("{key}.pub.pem"));
        let answer = place.run(&["verify", "e.json", "--key", &public]);
        assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
        for held in ["subject `report.json`", "subject `p.csv`", "subject `mlgate.yml`", "baseline `main/a.csv`"] {
            assert!(answer.stdout.contains(&format!("ok           {held}: sha256:")), "{}", answer.stdout);
        }
        let other = fixture(&format!("{other}.pub.pem"));
        for keys in [vec!["--key", &other], vec!["--key", &public, "--key", &other]] {
            let answer = place.run(&[vec!["verify", "e.json"], keys].concat());
            assert_eq!(answer.code, 1);
            assert!(answer.stdout.contains("no signature is by this key"), "{}", answer.stdout);
        }
        let answer = place.run(&["verify", "e.json"]);
        assert_eq!(answer.code, 2, "an envelope without a key is not verified");
    }
}

#[test]
fn any_changed_byte_of_an_envelope_is_exit_code_1() {
    for key in ["ed25519", "ecdsa"] {
        let place = project();
        let envelope = signed(&place, key);
        let public = fixture(&format!("{key}.pub.pem"));
        let signature = envelope.find("\"signatures\"").unwrap();
        let places = (0..signature).step_by(211).chain([2, 18, 30]).chain((signature..envelope.len()).step_by(3));
        for at in places.chain([envelope.len() - 1]) {
            let mut bytes = envelope.clone().into_bytes();
            // Another letter of base64, or another character of JSON.
            bytes[at] = match bytes[at] {
                b'A' => b'B',
                byte if byte.is_ascii_alphanumeric() => b'A',
                _ => b'x',
            };
            fs::write(place.path().join("t.json"), &bytes).unwrap();
            let answer = place.run(&["verify", "t.json", "--key", &public]);
            assert_eq!(answer.code, 1, "byte {at}: {}{}", answer.stdout, answer.stderr);
            let names = ["envelope: it is damaged", "CHANGED      signature of key"];
            assert!(names.iter().any(|name| answer.stdout.contains(name)), "byte {at}: {}", answer.stdout);
        }
    }
}

#[test]
fn an_envelope_of_securesystemslib_is_verified() {
    let place = Workplace::new();
    place.write("a.csv", "a\n1\n");
    for key in ["ed25519", "ecdsa"] {
        let (envelope, public) = (fixture(&format!("{key}.dsse.json")), fixture(&format!("{key}.pub.pem")));
        let answer = place.run(&["verify", &envelope, "--key", &public]);
        assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
        let text = fs::read_to_string(&envelope).unwrap();
        let id = text.split("\"keyid\": \"").nth(1).unwrap().get(..4).unwrap();
        place.write("t.json", &text.replace(&format!("\"keyid\": \"{id}"), "\"keyid\": \"zzzz"));
        let answer = place.run(&["verify", "t.json", "--key", &public]);
        assert_eq!(answer.code, 1);
        assert!(answer.stdout.contains("gives it another key id"), "{}", answer.stdout);
    }
    place.write("a.csv", "a\n2\n");
    let answer = place.run(&["verify", &fixture("ed25519.dsse.json"), "--key", &fixture("ed25519.pub.pem")]);
    assert_eq!(answer.code, 1);
    assert!(answer.stdout.contains("CHANGED      subject `a.csv`: "), "{}", answer.stdout);
}

#[test]
fn a_key_of_another_form_says_what_to_do_and_shows_nothing_of_it() {
    let place = project();
    let wrong = [
        ("encrypted.pem", "decrypt it first"),
        ("sec1.pem", "openssl pkcs8 -topk8"),
        ("ed25519.pub.pem", "it is a public key"),
        ("make.py", "it has no key in PEM"),
    ];
    for (name, why) in wrong {
        let answer = place.run(&["sign", "report.json", "--key", &fixture(name), "--output", "e.json"]);
        assert_eq!(answer.code, 2, "{}", answer.stderr);
        assert!(answer.stderr.contains(why), "{name}: {}", answer.stderr);
        assert!(!place.path().join("e.json").exists());
    }
    for (name, why) in [("ed25519.pem", "it is a private key"), ("rsa.pub.pem", "neither Ed25519 nor ECDSA")] {
        signed(&place, "ed25519");
        let answer = place.run(&["verify", "e.json", "--key", &fixture(name)]);
        assert_eq!(answer.code, 2, "{}", answer.stdout);
        assert!(answer.stderr.contains(why), "{name}: {}", answer.stderr);
    }
    assert_eq!(place.run(&["sign", "report.json", "--key", "none.pem"]).code, 4);
    // A secret of a CI is a variable, and no message repeats it.
    let secret = fs::read_to_string(fixture("ed25519.pem")).unwrap();
    let arguments = ["sign", "report.json", "--key-env", "SIGNING_KEY"];
    let answer = run_with(place.path(), &arguments, &[("SIGNING_KEY", &secret)]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let middle = secret.lines().nth(1).unwrap();
    for broken in [secret.replace("MC4C", "MC4D"), secret.replace("PRIVATE", "SECRET"), String::new()] {
        let answer = run_with(place.path(), &arguments, &[("SIGNING_KEY", &broken)]);
        assert_eq!(answer.code, 2);
        assert!(!format!("{}{}", answer.stdout, answer.stderr).contains(&middle[8..]), "{}", answer.stderr);
    }
}

#[test]
fn what_is_not_as_it_was_written_is_not_signed() {
    let place = project();
    let key = fixture("ed25519.pem");
    let report = place.read("report.json");
    place.write("report.json", &report.replacen("\"seed\": 0", "\"seed\": 1", 1));
    let answer = place.run(&["sign", "report.json", "--key", &key]);
    assert_eq!((answer.code, answer.stdout.as_str()), (4, ""));
    assert!(answer.stderr.contains("its digest of itself does not match"), "{}", answer.stderr);
    for (text, subject) in
        [("{}", None), ("[1]", None), ("{\"_type\": \"x\", \"subject\": []}", None), (&report, Some("no.onnx"))]
    {
        place.write("report.json", text);
        let subject = subject.map_or_else(Vec::new, |path| vec!["--subject", path]);
        let answer = place.run(&[vec!["sign", "report.json", "--key", &key], subject].concat());
        assert_eq!(answer.code, 4, "{text}");
    }
    let answer = place.run(&["sign", "report.json", "--key", &key, "--output", "report.json"]);
    assert_eq!(answer.code, 2, "{}", answer.stderr);
    assert_eq!(place.read("report.json"), report);
}

#[test]
fn a_model_file_is_a_subject_if_it_is_named() {
    let place = project();
    place.write("model.onnx", "weights");
    let (key, public) = (fixture("ecdsa.pem"), fixture("ecdsa.pub.pem"));
    let arguments = ["sign", "report.json", "--key", &key, "--subject", "model.onnx", "--output", "e.json"];
    assert_eq!(place.run(&arguments).code, 0);
    assert_eq!(place.run(&["verify", "e.json", "--key", &public]).code, 0);
    place.write("model.onnx", "Weights");
    let answer = place.run(&["verify", "e.json", "--key", &public, "--quiet"]);
    assert_eq!(answer.code, 1);
    assert!(answer.stdout.starts_with("CHANGED      subject `model.onnx`: "), "{}", answer.stdout);
}

#[test]
fn a_statement_is_signed_as_it_is() {
    let place = project();
    let (key, public) = (fixture("ed25519.pem"), fixture("ed25519.pub.pem"));
    assert_eq!(place.run(&["render", "report.json", "--quiet", "--output", "intoto=s.json"]).code, 0);
    assert_eq!(place.run(&["verify", "s.json"]).code, 0);
    assert_eq!(place.run(&["sign", "s.json", "--key", &key, "--output", "e.json"]).code, 0);
    assert_eq!(place.run(&["verify", "e.json", "--key", &public]).code, 0);
    place.write("s.json", &place.read("s.json").replace("\"PASSED\"", "\"WARNED\""));
    let answer = place.run(&["verify", "s.json"]);
    assert_eq!(answer.code, 1);
    assert!(answer.stdout.contains("the result is WARNED, but its tests say PASSED"), "{}", answer.stdout);
}

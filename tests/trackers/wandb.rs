//! Offline runs of W&B, of an old and a current version.

use std::fs;

use serde_json::{Value, json};

use super::{read, refused, tracker, value};
use crate::support::Workplace;

const VERSIONS: [&str; 2] = ["0.16", "0.31"];

/// Puts the fixture of a run where W&B writes it.
fn place_run(place: &Workplace, folder: &str, id: &str, fixture: &str) {
    let folder = place.path().join("wandb").join(folder);
    fs::create_dir_all(folder.join("files")).unwrap();
    fs::copy(tracker(fixture), folder.join(format!("run-{id}.wandb"))).unwrap();
}

#[test]
fn a_finished_run() {
    let place = Workplace::new();
    for version in VERSIONS {
        let run = read(place.path(), &tracker(&format!("wandb-{version}.wandb")).display().to_string());
        assert_eq!((&run["kind"], &run["run"]["id"]), (&json!("wandb"), &json!("abc12345")));
        assert_eq!((&run["run"]["name"], &run["run"]["status"]), (&json!("big run"), &json!("finished")));
        assert_eq!(run["run"]["commit"], "0123456789abcdef0123456789abcdef01234567", "{version}");
        assert!(run["run"]["started"].as_str().unwrap().ends_with('Z'));
        for (name, expected) in [
            // The bare name is the last value, and what `define_metric` asked for stands behind a dot.
            ("accuracy", json!(0.75)),
            ("accuracy.max", json!(0.875)),
            ("loss", json!(0.25)),
            ("loss.min", json!(0.125)),
            ("loss.last", json!(0.25)),
            ("glob/a", json!(0.75)),
            ("glob/a.max", json!(0.875)),
            ("hidden", json!(0.75)),
            ("plain", json!(0.75)),
            ("eval.f1", json!(0.375)),
            ("eval.deep.x", json!(2.0)),
            ("undefined", json!("NaN")),
            ("above", json!("Infinity")),
            ("below", json!("-Infinity")),
            ("after_long", json!(4.5)),
            ("total", json!(12.5)),
            ("nested.a.b", json!(0.25)),
        ] {
            assert_eq!(value(&run, name).as_f64(), expected.as_f64(), "{version}: {name}");
            assert_eq!(value(&run, name).as_str(), expected.as_str(), "{version}: {name}");
        }
        let mean = value(&run, "loss.mean").as_f64().unwrap();
        assert!((mean - (0.5 + 0.125 + 0.25) / 3.0).abs() < 1e-12, "{mean}");
        assert_eq!(run["metrics"]["accuracy"]["step"], 2);
        for name in ["words", "yes", "removed", "_step", "_timestamp", "_wandb"] {
            assert!(run["metrics"].get(name).is_none(), "{version}: {name}");
        }
        let params = &run["params"];
        assert_eq!(
            (&params["lr"], &params["model.depth"], &params["model.name"]),
            (&json!("0.1"), &json!("6"), &json!("tree"))
        );
        assert_eq!(params["big"], "1152921504606846976");
        assert_eq!(run["tags"], json!({"first": "", "second": ""}));
    }
}

#[test]
fn runs_that_failed_or_were_killed_say_so() {
    let place = Workplace::new();
    for version in VERSIONS {
        let failed = read(place.path(), &tracker(&format!("wandb-{version}-failed.wandb")).display().to_string());
        assert_eq!((&failed["run"]["status"], value(&failed, "accuracy")), (&json!("failed"), json!(0.25)));
        // There is no summary: the values are those of the history.
        let killed = read(place.path(), &tracker(&format!("wandb-{version}-killed.wandb")).display().to_string());
        assert_eq!(killed["run"]["status"], "unfinished");
        assert_eq!(
            (value(&killed, "accuracy"), value(&killed, "accuracy.max")),
            (json!(0.75), json!(0.875)),
            "{version}"
        );
        assert!(!killed["warnings"].as_array().unwrap().is_empty());
    }
}

#[test]
fn folders_of_runs() {
    let place = Workplace::new();
    place_run(&place, "offline-run-20260101_000000-abc12345", "abc12345", "wandb-0.31.wandb");
    place_run(&place, "offline-run-20260102_000000-failed01", "failed01", "wandb-0.31-failed.wandb");
    place_run(&place, "run-20260103_000000-killed01", "killed01", "wandb-0.16-killed.wandb");
    let id = |source: &str| read(place.path(), source)["run"]["id"].clone();
    // The newest finished one.
    for source in ["wandb", "wandb:wandb", "wandb:.", "wandb/offline-run-20260101_000000-abc12345"] {
        assert_eq!(id(source), "abc12345", "{source}");
    }
    assert_eq!(id("wandb/?run=failed01"), "failed01");
    assert_eq!(id("wandb/?run=killed01"), "killed01");
    let why = refused(place.path(), "wandb/?run=none");
    assert!(why.contains("no run `none`") && why.contains("`failed01`"), "{why}");
    let empty = Workplace::new();
    assert!(refused(empty.path(), "wandb:.").contains("no `run-ID.wandb`"));
}

#[test]
fn a_cut_tail_is_marked_and_a_flipped_bit_is_refused() {
    let place = Workplace::new();
    for version in VERSIONS {
        let whole = fs::read(tracker(&format!("wandb-{version}.wandb"))).unwrap();
        let path = place.path().join("run-x.wandb");
        for cut in [whole.len() - 1, whole.len() - 40, whole.len() / 2, 40_000] {
            fs::write(&path, &whole[..cut]).unwrap();
            let run: Value = read(place.path(), "run-x.wandb");
            assert_eq!(run["run"]["status"], "unfinished", "{version}: {cut}");
            assert!(run["warnings"][0].as_str().unwrap().contains("cut off at byte"), "{version}: {cut}");
            assert_eq!(value(&run, "accuracy.max"), 0.875);
        }
        for at in [10, 500, 33_000, whole.len() / 2, whole.len() - 20] {
            let mut flipped = whole.clone();
            flipped[at] ^= 4;
            fs::write(&path, &flipped).unwrap();
            assert!(refused(place.path(), "run-x.wandb").contains("damaged"), "{version}: {at}");
        }
        for short in [0, 5, 7] {
            fs::write(&path, &whole[..short]).unwrap();
            refused(place.path(), "wandb:run-x.wandb");
        }
    }
}

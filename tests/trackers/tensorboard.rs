//! Event files of `tensorboardX` (values of the first version) and of TensorBoard's own writer (tensors).

use std::fs;

use serde_json::json;

use super::{copy_folder, read, refused, tracker, value};
use crate::support::Workplace;

fn logs() -> Workplace {
    let place = Workplace::new();
    copy_folder(&tracker("tensorboard"), &place.path().join("logs"));
    place
}

#[test]
fn a_log_folder_has_the_runs_in_front_of_its_names() {
    let place = logs();
    let logs = read(place.path(), "logs");
    assert_eq!(logs["kind"], "tensorboard");
    for (name, expected, step) in [
        // A restart from step 2 replaced the points from there on.
        ("train/loss", json!(0.25), 2),
        ("train/eval/acc", json!(f64::from(0.9_f32)), 40),
        ("train/undefined", json!("NaN"), 1),
        ("train/above", json!("Infinity"), 1),
        // A 32-bit float has no 16777217.
        ("train/large", json!(16_777_216.0), 1),
        ("validation/loss", json!(f64::from(0.5_f32 / 3.0)), 2),
        ("validation/accuracy", json!(0.5), 2),
        ("trial/hparam/accuracy", json!(0.75), 0),
        ("top", json!(0.125), 3),
    ] {
        assert_eq!(value(&logs, name), expected, "{name}");
        assert_eq!(logs["metrics"][name]["step"], step, "{name}");
    }
    assert!(logs["metrics"].get("train/words").is_none());
    assert_eq!(logs["params"], json!({"lr": "0.1", "layers": "3", "name": "tree", "on": "true"}));
    assert_eq!(logs["run"]["status"], "finished", "the run with hyperparameters ended well");
    assert!(logs["run"]["started"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn one_run_and_one_file() {
    let place = logs();
    for source in ["logs/train", "tensorboard:logs?run=train"] {
        assert_eq!(value(&read(place.path(), source), "loss"), 0.25, "{source}");
    }
    let file = fs::read_dir(place.path().join("logs/validation")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(value(&read(place.path(), &file.display().to_string()), "accuracy"), 0.5);
    assert!(refused(place.path(), "tensorboard:logs?run=none").contains("no run `none`"));
    place.write("empty/notes.txt", "");
    assert!(refused(place.path(), "tensorboard:empty").contains("no event files"));
}

#[test]
fn a_cut_tail_is_marked_and_a_flipped_bit_is_refused() {
    let place = logs();
    let path = fs::read_dir(place.path().join("logs/validation")).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 3]).unwrap();
    let logs = read(place.path(), "logs");
    assert_eq!(logs["run"]["status"], "unfinished");
    assert!(logs["warnings"][0].as_str().unwrap().contains("cut off at byte"), "{}", logs["warnings"]);
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        fs::write(&path, &flipped).unwrap();
        if at % 37 == 0 {
            assert!(refused(place.path(), "logs").contains("damaged"), "{at}");
        }
    }
}

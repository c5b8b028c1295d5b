//! Damaged files: cut anywhere and flipped anywhere, no file makes the program panic or read a wrong number.

use std::fs;

use super::{facts, mlflow_stores, tracker};
use crate::support::{Workplace, run_with};

/// Returns pseudo-random numbers of a fixed seed.
fn numbers() -> impl FnMut(usize) -> usize {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    }
}

/// Reads a file that was damaged; the exit code is one of success or refusal, and nothing else.
fn try_read(place: &Workplace, source: &str) {
    let answer = run_with(place.path(), &["read", source, "--format", "json"], &[]);
    assert!(matches!(answer.code, 0 | 4), "{}: {}", answer.code, answer.stderr);
    assert!(!answer.stderr.contains("panicked"), "{}", answer.stderr);
}

#[test]
fn no_damaged_file_makes_it_panic() {
    let place = mlflow_stores("mlflow-3");
    let ids = facts("mlflow-3")["sql"].clone();
    let database = fs::read(place.path().join("mlflow.db")).unwrap();
    let events = fs::read_dir(tracker("tensorboard/train")).unwrap().next().unwrap().unwrap().path();
    let mut below = numbers();
    let query = format!("mlflow:x.db?run={}", ids["odd"].as_str().unwrap());
    for (name, whole, source) in [
        ("x.db", database, query.as_str()),
        ("x.wandb", fs::read(tracker("wandb-0.31-failed.wandb")).unwrap(), "wandb:x.wandb"),
        ("x.tfevents", fs::read(events).unwrap(), "tensorboard:x.tfevents"),
    ] {
        for round in 0..25 {
            let mut damaged = whole.clone();
            if round % 3 == 0 {
                damaged.truncate(below(whole.len()));
            }
            for _ in 0..=below(8) {
                if !damaged.is_empty() {
                    let at = below(damaged.len());
                    damaged[at] = u8::try_from(below(256)).unwrap();
                }
            }
            fs::write(place.path().join(name), damaged).unwrap();
            try_read(&place, source);
        }
    }
}

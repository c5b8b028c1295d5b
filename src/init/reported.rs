//! A file of metrics → its block in a config.

use std::fmt::Write as _;

use super::draft::Draft;
use super::quote::quoted;
use crate::config::escaped;

/// Parts of the names of metrics of which more is better, and of which less is.
const MORE: [&str; 16] = [
    "accuracy",
    "auc",
    "f1",
    "precision",
    "recall",
    "r2",
    "ndcg",
    "map",
    "mrr",
    "mcc",
    "kappa",
    "bleu",
    "rouge",
    "iou",
    "dice",
    "hit_rate",
];
const LESS: [&str; 10] = ["loss", "error", "rmse", "mae", "mse", "mape", "brier", "perplexity", "wer", "ece"];

/// Returns the better direction of a metric by the words of its name: true for more.
fn more_is_better(name: &str) -> Option<bool> {
    let name = name.to_ascii_lowercase();
    let words: Vec<&str> = name.split(|letter: char| !letter.is_ascii_alphanumeric()).collect();
    let has = |known: &[&str]| {
        known.iter().any(|known| words.contains(known) || (known.contains('_') && name.contains(known)))
    };
    match (has(&MORE), has(&LESS)) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

/// Returns the block of a file of metrics under `models:`.
///
/// A first draft has no limits; the next one is written from the numbers of the first.
pub fn reported(name: &str, path: &str, metrics: &[String], other: Option<&str>, draft: &Draft) -> String {
    let numbers = draft.numbers(name);
    let mut text = String::new();
    let _ = writeln!(text, "  {}:", quoted(name));
    let _ = writeln!(
        text,
        "    metrics_file: {}   # numbers of another program; without rows there are no intervals",
        quoted(path)
    );
    let _ = match other {
        Some(other) => writeln!(text, "    baseline_metrics_file: {}", quoted(other)),
        None => writeln!(text, "    # baseline_metrics_file: main/metrics.json   # the numbers of main"),
    };
    let _ = writeln!(text, "    metrics:");
    for metric in metrics {
        let key = quoted(&escaped(metric));
        let value = numbers.get(metric.as_str()).copied().filter(|value| value.is_finite());
        let line = match (more_is_better(metric), value) {
            (Some(is_more), Some(value)) => {
                let limit = |rounded: f64| (rounded / 100.0).to_string();
                let limit = if is_more {
                    format!("min: {}", limit((value * 100.0).floor()))
                } else {
                    format!("max: {}", limit((value * 100.0).ceil()))
                };
                let drop = if other.is_some() { ", max_drop: 0.01" } else { "" };
                format!("{{{limit}{drop}}}   # {value} now")
            }
            (None, Some(value)) => {
                format!("{{}}   # {value} now, only reported; `{{min: …}}` or `{{max: …}}` sets a limit")
            }
            _ => "{}".to_owned(),
        };
        let _ = writeln!(text, "      {key}: {line}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_better_direction() {
        for (name, more) in [
            ("roc_auc", Some(true)),
            ("val/accuracy", Some(true)),
            ("test.log_loss", Some(false)),
            ("rmse", Some(false)),
            ("epochs", None),
            ("mapping", None),
            ("accuracy_error", None),
        ] {
            assert_eq!(more_is_better(name), more, "{name}");
        }
    }
}

//! Numbers that other programs have computed: what their names tell.

use super::{AVERAGES, Direction, Measure, Metric};

/// Words that say on which rows a number was computed, as training frameworks put them before its name.
const ROWS_OF: [&str; 9] = ["train_", "training_", "val_", "valid_", "validation_", "test_", "eval_", "dev_", "best_"];

/// Names that are no measure's here and still tell the direction.
const OTHERS: [(&str, Direction); 10] = [
    ("acc", Direction::HigherIsBetter),
    ("auc", Direction::HigherIsBetter),
    ("auroc", Direction::HigherIsBetter),
    ("pr_auc", Direction::HigherIsBetter),
    ("precision_recall_auc", Direction::HigherIsBetter),
    ("sensitivity", Direction::HigherIsBetter),
    ("true_positive_rate", Direction::HigherIsBetter),
    ("true_negative_rate", Direction::HigherIsBetter),
    ("error_rate", Direction::LowerIsBetter),
    ("perplexity", Direction::LowerIsBetter),
];

/// Which way is better, where the name of a number tells it: that of a metric, with the words that scikit-learn, MLflow and
/// training frameworks add to it, as in `eval.f1_macro`, `val_loss`, `test/r2_score`, `neg_log_loss`.
///
/// None where the name is not known, or means one thing here and another there: a `ks` is good of scores, and bad of drift.
pub fn known_direction(name: &str) -> Option<Direction> {
    let name = name.split('@').next().unwrap_or_default();
    let last = name.rsplit(['.', '/']).next().unwrap_or_default().to_ascii_lowercase().replace(['-', ' '], "_");
    let mut word = last.as_str();
    while let Some(rest) = ROWS_OF.iter().find_map(|of| word.strip_prefix(of)) {
        word = rest;
    }
    if let Some(negated) = word.strip_prefix("neg_") {
        return Some(match of_word(negated)? {
            Direction::HigherIsBetter => Direction::LowerIsBetter,
            Direction::LowerIsBetter => Direction::HigherIsBetter,
            Direction::Neither => Direction::Neither,
        });
    }
    of_word(word)
}

fn of_word(word: &str) -> Option<Direction> {
    let plain = |word: &str| {
        let measure = Measure::all().find(|measure| measure.name() == word || measure.aliases().contains(&word));
        let direction = measure.map(|measure| Metric::of(measure).direction());
        direction.or_else(|| OTHERS.iter().find(|(name, _)| *name == word).map(|(_, direction)| *direction))
    };
    let of_averages = |word: &str| {
        plain(word).or_else(|| AVERAGES.iter().find_map(|(ending, _)| word.strip_suffix(ending).and_then(plain)))
    };
    match word {
        "ks" | "ks_statistic" => None,
        "loss" => Some(Direction::LowerIsBetter),
        _ => of_averages(word)
            .or_else(|| word.strip_suffix("_score").and_then(of_averages))
            .or_else(|| word.ends_with("_loss").then_some(Direction::LowerIsBetter)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_people_write_them() {
        let up = Some(Direction::HigherIsBetter);
        let down = Some(Direction::LowerIsBetter);
        for (name, direction) in [
            ("accuracy", up),
            ("eval.f1_macro", up),
            ("metrics.test.fbeta_macro@0.5", up),
            ("training_f1_score", up),
            ("val/r2_score", up),
            ("best_val_acc", up),
            ("NDCG@10", up),
            ("val_loss", down),
            ("hinge_loss", down),
            ("test_rmse", down),
            ("neg_mean_squared_error", up),
            ("mean_bias_error", Some(Direction::Neither)),
            ("latency_ms", None),
            ("ks", None),
            ("accuracy_gap", None),
            ("", None),
        ] {
            assert_eq!(known_direction(name), direction, "{name}");
        }
    }
}

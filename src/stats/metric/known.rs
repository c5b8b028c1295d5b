//! Metrics computed by other programs, recognised by their names.

use super::{AVERAGES, Direction, Measure, Metric};
use crate::stats::Task;

/// Prefixes by which training frameworks name the rows of a metric.
const ROWS_OF: [&str; 9] = ["train_", "training_", "val_", "valid_", "validation_", "test_", "eval_", "dev_", "best_"];

/// The smallest and the largest possible value.
type Range = (Option<f64>, Option<f64>);

const SHARE: Range = (Some(0.0), Some(1.0));
const FREE: Range = (None, None);

/// Names of metrics that are not measures of mlgate.
const OTHERS: [(&str, Direction, Range); 11] = [
    ("acc", Direction::HigherIsBetter, SHARE),
    ("auc", Direction::HigherIsBetter, SHARE),
    ("auroc", Direction::HigherIsBetter, SHARE),
    ("pr_auc", Direction::HigherIsBetter, SHARE),
    ("precision_recall_auc", Direction::HigherIsBetter, SHARE),
    ("sensitivity", Direction::HigherIsBetter, SHARE),
    ("true_positive_rate", Direction::HigherIsBetter, SHARE),
    ("true_negative_rate", Direction::HigherIsBetter, SHARE),
    ("error_rate", Direction::LowerIsBetter, SHARE),
    ("logloss", Direction::LowerIsBetter, (Some(0.0), None)),
    ("perplexity", Direction::LowerIsBetter, (Some(1.0), None)),
];

/// Direction and range of a metric, derived from its name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownNumber {
    /// The direction of improvement.
    pub direction: Direction,
    /// The smallest and the largest possible value; a proportion may also be written in percent, up to 100.
    pub range: Range,
    /// True for a proportion, whose values above 1 are percentages.
    pub is_share: bool,
}

impl KnownNumber {
    fn new(direction: Direction, range: Range) -> Self {
        let is_share = range == SHARE;
        Self { direction, range: if is_share { (Some(0.0), Some(100.0)) } else { range }, is_share }
    }

    /// Returns the facts of the metric with the opposite sign.
    fn negated(self) -> Self {
        let direction = match self.direction {
            Direction::HigherIsBetter => Direction::LowerIsBetter,
            Direction::LowerIsBetter => Direction::HigherIsBetter,
            Direction::Neither => Direction::Neither,
        };
        let (low, high) = self.range;
        let minus = |end: Option<f64>| end.map(|end| 0.0 - end);
        Self { direction, range: (minus(high), minus(low)), ..self }
    }
}

/// Reads the name of a metric, with the affixes of scikit-learn, MLflow and training frameworks, as in `eval.f1_macro`,
/// `val_loss`, `test/r2_score`, `neg_log_loss`.
///
/// Returns `None` if the name is unknown or ambiguous: a high `ks` is good for scores, and bad for drift.
pub fn known_number(name: &str) -> Option<KnownNumber> {
    let name = name.split('@').next().unwrap_or_default();
    let last = name.rsplit(['.', '/']).next().unwrap_or_default().to_ascii_lowercase().replace(['-', ' '], "_");
    let mut word = last.as_str();
    while let Some(rest) = ROWS_OF.iter().find_map(|of| word.strip_prefix(of)) {
        word = rest;
    }
    match word.strip_prefix("neg_") {
        Some(negated) => of_word(negated).map(KnownNumber::negated),
        None => of_word(word),
    }
}

fn of_word(word: &str) -> Option<KnownNumber> {
    let plain = |word: &str| {
        // The config says which way a mean of grades is better; another program's `mean` can be of anything.
        let has_own_direction = |measure: &Measure| {
            measure.tasks() != [Task::Score] || Metric::of(*measure).direction() != Direction::Neither
        };
        let measure = Measure::all().filter(has_own_direction);
        let mut measure = measure.filter(|measure| measure.name() == word || measure.aliases().contains(&word));
        let measure = measure.next();
        match measure {
            // Other programs also write it in percent, up to 200.
            Some(Measure::SymmetricPercentageError) => {
                Some(KnownNumber::new(Direction::LowerIsBetter, (Some(0.0), Some(200.0))))
            }
            Some(measure) => {
                let metric = Metric::of(measure);
                Some(KnownNumber::new(metric.direction(), metric.range()))
            }
            None => {
                let other = OTHERS.iter().find(|(name, ..)| *name == word);
                other.map(|(_, direction, range)| KnownNumber::new(*direction, *range))
            }
        }
    };
    let of_averages = |word: &str| {
        plain(word).or_else(|| AVERAGES.iter().find_map(|(ending, _)| word.strip_suffix(ending).and_then(plain)))
    };
    // A loss of unknown kind may be below 0, such as the log likelihood of a density.
    let loss = || KnownNumber::new(Direction::LowerIsBetter, FREE);
    match word {
        "ks" | "ks_statistic" => None,
        "loss" => Some(loss()),
        _ => of_averages(word)
            .or_else(|| word.strip_suffix("_score").and_then(of_averages))
            .or_else(|| word.ends_with("_loss").then(loss)),
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
            assert_eq!(known_number(name).map(|known| known.direction), direction, "{name}");
        }
    }

    #[test]
    fn names_tell_what_a_number_can_be() {
        let percent = (Some(0.0), Some(100.0));
        for (name, range, is_share) in [
            ("val_accuracy", percent, true),
            ("eval.f1_macro", percent, true),
            ("hit_rate_at_k@10", percent, true),
            ("test.mcc", (Some(-1.0), Some(1.0)), false),
            ("rmse", (Some(0.0), None), false),
            ("r2_score", (None, Some(1.0)), false),
            ("brier_score", (Some(0.0), Some(2.0)), false),
            ("neg_log_loss", (None, Some(0.0)), false),
            ("perplexity", (Some(1.0), None), false),
            ("val_loss", FREE, false),
            ("hinge_loss", FREE, false),
        ] {
            let known = known_number(name).map(|known| (known.range, known.is_share));
            assert_eq!(known, Some((range, is_share)), "{name}");
        }
    }
}

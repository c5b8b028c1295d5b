//! Counts of what was not scored, and of the samples of questions, for the report.

use crate::measurement::MeasureError;
use crate::measurement::grading::Unscored;
use crate::plural::{counted, verb};

/// Counts of one side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ScoreTally {
    /// The rows or samples that were not scored.
    pub(crate) unscored: u64,
    /// All rows or samples.
    pub(crate) rows: u64,
    /// The smallest and the largest number of samples of a question.
    pub(crate) samples: Option<[i64; 2]>,
    /// The numbers of variants, of originals, and of originals that have a variant.
    pub(crate) variants: Option<[u64; 3]>,
}

impl ScoreTally {
    /// Adds a column.
    pub(crate) fn add(&mut self, unscored: usize, rows: usize) {
        self.unscored = self.unscored.max(unscored as u64);
        self.rows = rows as u64;
    }

    /// Adds the numbers of samples of a column's questions.
    pub(crate) fn samples(&mut self, least: i64, most: i64) {
        self.samples = Some(self.samples.map_or([least, most], |[low, high]| [low.min(least), high.max(most)]));
    }

    /// Refuses more rows without a score than the config allows.
    pub(crate) fn check(&self, whose: &str, unscored: Unscored) -> Result<(), MeasureError> {
        let Unscored::DropPairs { most } = unscored else { return Ok(()) };
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
        let share = self.unscored as f64 / (self.rows as f64).max(1.0);
        if share <= most {
            return Ok(());
        }
        Err(MeasureError(format!(
            "{} of {} rows of `{whose}` {} not scored, {:.1}%; limit: {}% of the rows may be left out (`unscored`)",
            self.unscored,
            self.rows,
            verb(self.unscored, "were"),
            100.0 * share,
            (most * 1e14).round() / 1e12
        )))
    }
}

/// Counts of both sides.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tallies {
    pub(crate) ours: ScoreTally,
    pub(crate) theirs: Option<ScoreTally>,
    /// The rows or questions that are left out on both sides.
    pub(crate) dropped: usize,
    pub(crate) unscored: Unscored,
    /// The sentence on keys that the baseline lacks.
    pub(crate) new_keys: Option<String>,
}

impl Tallies {
    /// Returns the sentences on the counts; `other` are those of a baseline with other rows.
    pub(crate) fn remarks(&self, other: Option<&Self>) -> Vec<String> {
        let theirs = self.theirs.as_ref().or(other.map(|other| &other.ours));
        let sides: Vec<(&str, &ScoreTally)> =
            std::iter::once(("candidate", &self.ours)).chain(theirs.map(|tally| ("baseline", tally))).collect();
        let mut all: Vec<String> = self.new_keys.iter().cloned().collect();
        if sides.iter().any(|(_, tally)| tally.unscored > 0) {
            let each =
                sides.iter().map(|(whose, tally)| format!("{} of {} in the {whose}", tally.unscored, tally.rows));
            let each: Vec<String> = each.collect();
            let what = match self.unscored {
                Unscored::Refused => "an error".to_owned(),
                Unscored::Wrong => "counted as wrong".to_owned(),
                Unscored::As(grade) => format!("counted as {grade}"),
                Unscored::DropPairs { .. } if other.is_some() => "left out".to_owned(),
                Unscored::DropPairs { .. } => {
                    format!("left out, which removes {} altogether", counted(self.dropped as u64, "row"))
                }
            };
            all.push(format!("rows that were not scored are {what}: {}", each.join(", ")));
        }
        let of = |(whose, tally): &(&str, &ScoreTally)| {
            let [variants, originals, used] = tally.variants?;
            let lack = match originals - used {
                0 => String::new(),
                lack => format!(", {lack} of which have none"),
            };
            Some(format!("{variants} of {} in the {whose}{lack}", counted(originals, "original")))
        };
        let variants: Vec<String> = sides.iter().filter_map(of).collect();
        if !variants.is_empty() {
            all.push(format!("variants: {}", variants.join("; ")));
        }
        let of = |(whose, tally): &(&str, &ScoreTally)| {
            let [least, most] = tally.samples?;
            let number = if least == most { most.to_string() } else { format!("{least} to {most}") };
            Some(format!("{number} in the {whose}"))
        };
        let samples: Vec<String> = sides.iter().filter_map(of).collect();
        if !samples.is_empty() {
            all.push(format!("samples of each question: {}", samples.join(", ")));
        }
        all
    }
}

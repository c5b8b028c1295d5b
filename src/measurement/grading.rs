//! The interpretation of grades, and of rows that were not scored.

use std::collections::BTreeMap;

use crate::measurement::behaviour::Behaviour;
use crate::stats::Direction;

/// Words of graders with their grades, in lower case; a config's own words take their place.
pub const WORDS: [(&str, f64); 16] = [
    ("pass", 1.0),
    ("passed", 1.0),
    ("fail", 0.0),
    ("failed", 0.0),
    ("true", 1.0),
    ("false", 0.0),
    ("yes", 1.0),
    ("no", 0.0),
    ("correct", 1.0),
    ("incorrect", 0.0),
    ("win", 1.0),
    ("tie", 0.5),
    ("draw", 0.5),
    ("loss", 0.0),
    ("lose", 0.0),
    ("wrong", 0.0),
];

/// The interpretation of a model's grades.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grading {
    /// The better direction, if the config gives one.
    pub better: Option<Direction>,
    /// The config's words, each with its grade; `None` for a word of rows that were not scored.
    pub words: BTreeMap<String, Option<f64>>,
    /// True if questions may have different numbers of samples.
    pub is_uneven: bool,
    /// The columns that identify a sample, if rows are grouped into questions.
    pub sample_key: Vec<String>,
    /// The expected behaviour on variants of rows, if grades are made of answers.
    pub behaviour: Option<Behaviour>,
}

/// Handling of rows that were not scored: null or NaN in place of a prediction or a grade.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Unscored {
    /// They are an error.
    #[default]
    Refused,
    /// They count as wrong: of grades, as the lowest of 0 to 1.
    Wrong,
    /// They have this grade.
    As(f64),
    /// They are left out on both sides, up to this proportion of a side's rows.
    DropPairs {
        /// The largest proportion that may be left out.
        most: f64,
    },
}

impl Unscored {
    /// The largest proportion that is left out unless the config sets another.
    pub const MOST: f64 = 0.02;

    /// Returns the setting as the config writes it.
    pub fn text(self) -> String {
        match self {
            Self::Refused => "error".to_owned(),
            Self::Wrong => "wrong".to_owned(),
            Self::As(grade) => grade.to_string(),
            Self::DropPairs { most } => format!("drop-pairs, at most {}%", (most * 1e14).round() / 1e12),
        }
    }
}

//! The stored form. It is a contract: what one version wrote, later ones read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::MOST_VALUES;
use super::layout::layout;
use super::sound::Unique;
use super::states::Model;
use crate::gate::measurement::{State, TableMeasure, TypeFamily};
use crate::stats::drift::{Distribution, Numbers, Values};
use crate::stats::{Digits, ExactNumbers, Frequencies, Moments};

/// The version of the stored form.
pub const BASELINE_VERSION: u32 = 3;

/// Everything that is known of the side that others are compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// [`BASELINE_VERSION`].
    pub version: u32,
    /// The program that wrote it, with its version.
    pub tool: String,
    /// The commit that was checked out, where there was one.
    pub commit: Option<Commit>,
    /// The config that said what to measure.
    pub config: Input,
    /// The files that were measured.
    pub inputs: Vec<Input>,
    /// The failing gates that it was blessed in spite of; since version 2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub despite: Vec<Excused>,
    /// The datasets by name.
    pub datasets: BTreeMap<String, Dataset>,
    /// The models by name; since version 2.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub models: BTreeMap<String, Model>,
    /// The numbers of models that another program has measured, by their names; since version 2.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reported: BTreeMap<String, BTreeMap<String, f64>>,
    /// Queries over all datasets, with their answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queries: Vec<AskedQuery>,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// Its hash.
    pub id: String,
    /// When it was committed, in RFC 3339: no clock is asked, so that the same commit gives the same file.
    pub time: String,
    /// Whether tracked files differed from it.
    pub dirty: bool,
}

/// A gate that failed when the baseline was blessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Excused {
    /// Its id.
    pub gate: String,
    /// What it found.
    pub finding: String,
    /// Why it was blessed all the same.
    pub reason: String,
    /// By whom.
    pub owner: String,
    /// On which day, as 2026-01-31 in UTC.
    pub date: String,
}

/// A file and its content's digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The path, as the config gives it.
    pub path: String,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
}

/// A dataset.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// The path, as the config gave it.
    pub path: String,
    /// Its rows.
    pub rows: u64,
    /// Its columns, in the order of the file.
    pub columns: Vec<Column>,
    /// What else the lines of the config compare.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answered>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The family of the type.
    pub family: TypeFamily,
    /// Whether its file declares that it may hold nulls; none where the format declares nothing of the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nullable: Option<bool>,
    /// Rows without a value.
    pub nulls: u64,
    /// How its values are distributed.
    pub holds: Holds,
}

/// The distribution of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Holds {
    /// Counts and sums of numbers between edges; the last cell is open.
    Numbers {
        /// The standard deviation.
        spread: f64,
        /// The upper edge of each cell but the last.
        edges: Vec<f64>,
        /// The rows of each cell.
        counts: Vec<u64>,
        /// The sum of each cell's numbers.
        sums: Vec<f64>,
    },
    /// The most frequent values with their rows, and all others together.
    Values {
        /// How many different values there are.
        different: u64,
        /// The rows of the values that are not listed.
        others: u64,
        /// The rows of each value that is.
        listed: BTreeMap<String, u64>,
        /// The rows of the values that are not, by the parts of their digests; since version 3.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        parts: Vec<u64>,
    },
    /// Why there is none.
    Nothing(String),
}

/// A measure of a table, with its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// What was measured.
    pub of: TableMeasure,
    /// The answer.
    pub is: Answer,
}

/// A query over all datasets, with its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedQuery {
    /// One `SELECT`.
    pub sql: String,
    /// Whether it answers with one number; otherwise its rows were counted.
    pub is_number: bool,
    /// The answer.
    pub is: Answer,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "each is the state of its name")]
pub enum Answer {
    Rows(u64),
    Distinct {
        rows: u64,
        distinct: u64,
    },
    Share {
        hits: u64,
        n: u64,
    },
    /// Sums are lists of floats whose sum has no rounding.
    Moments {
        n: u64,
        smallest: Option<f64>,
        largest: Option<f64>,
        sum: Vec<f64>,
        squares: Vec<f64>,
        /// The sum, the smallest and the largest of whole numbers or decimals, with all their digits; since version 3.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exact: Option<[String; 3]>,
    },
    Quantile {
        value: Option<f64>,
        /// With all its digits, of whole numbers and decimals; since version 3.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exact: Option<String>,
        n: u64,
    },
    Frequencies(BTreeMap<String, u64>),
    Newest {
        micros: Option<i64>,
        n: u64,
    },
    Number(Option<f64>),
    /// Why there is no answer.
    Nothing(String),
}

impl Baseline {
    /// Reads a stored baseline.
    ///
    /// # Errors
    ///
    /// A sentence: the text is no baseline, is broken, has numbers that do not fit together, or was written by a later version.
    pub fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let Ok(Versioned { version }) = serde_json::from_str(text) else {
            let why = serde_json::from_str::<serde_json::Value>(text).err();
            let why = why.map_or_else(|| "it has no `version`".to_owned(), |error| error.to_string());
            return Err(format!("is not a stored baseline: {why}"));
        };
        if version > BASELINE_VERSION {
            return Err(format!(
                "was written by a newer mlgate: it has version {version}, and this one reads versions up to {BASELINE_VERSION}; \
                 update mlgate, or bless again with this version"
            ));
        }
        if version == 0 {
            return Err("is not a stored baseline: its version is 0".to_owned());
        }
        let broken = |why: String| format!("is broken: {why}; `mlgate bless` writes a new one");
        serde_json::from_str::<Unique>(text).map_err(|error| broken(error.to_string()))?;
        let baseline: Self = serde_json::from_str(text).map_err(|error| broken(error.to_string()))?;
        baseline.check().map_err(broken)?;
        Ok(baseline)
    }

    /// The stored form: the same bytes for the same measurements, a line for each column.
    ///
    /// # Errors
    ///
    /// A number is not finite.
    pub fn to_text(&self) -> Result<String, String> {
        serde_json::to_value(self).map(|value| layout(&value)).map_err(|error| error.to_string())
    }
}

impl Holds {
    pub(super) fn of(distribution: &Distribution) -> Self {
        match distribution {
            Distribution::Numbers(numbers) => Self::Numbers {
                spread: numbers.spread(),
                edges: numbers.grid().edges().to_vec(),
                counts: numbers.counts().to_vec(),
                sums: numbers.sums().to_vec(),
            },
            Distribution::Values(values) if values.are_names() => {
                Self::Nothing("nearly every row has a value of its own, and a baseline holds no rows".to_owned())
            }
            Distribution::Values(values) => {
                let values = values.shortened();
                Self::Values {
                    different: values.different(),
                    others: values.others(),
                    listed: values.listed().iter().cloned().collect(),
                    parts: values.parts().to_vec(),
                }
            }
            Distribution::Nulls(..) => Self::Nothing("only its nulls were counted".to_owned()),
        }
    }

    pub(super) fn distribution(&self, column: &str) -> Result<Distribution, String> {
        let broken = || format!("the stored baseline is broken: the bins of `{column}` are inconsistent");
        match self {
            Self::Numbers { spread, edges, counts, sums } => {
                let numbers = Numbers::from_parts(edges.clone(), counts.clone(), sums.clone(), *spread);
                numbers.map(Distribution::Numbers).ok_or_else(broken)
            }
            Self::Values { different, others, listed, parts } => {
                let values = Values::from_parts(listed.clone(), *others, *different, parts.clone());
                values.map(Distribution::Values).ok_or_else(broken)
            }
            Self::Nothing(why) => Err(format!("the stored baseline does not hold the values of `{column}`: {why}")),
        }
    }
}

impl Answer {
    pub(super) fn of(state: &State) -> Self {
        match state {
            State::Rows(rows) => Self::Rows(*rows),
            State::Distinct { rows, distinct } => Self::Distinct { rows: *rows, distinct: *distinct },
            State::Share { hits, n } => Self::Share { hits: *hits, n: *n },
            State::Moments(moments) => Self::of_moments(moments),
            State::Quantile { value, exact, n } => {
                Self::Quantile { value: *value, exact: exact.as_ref().map(Digits::to_string), n: *n }
            }
            State::Frequencies(frequencies) if frequencies.counts.len() > MOST_VALUES => {
                Self::Nothing(format!("the column has too many distinct values to be stored; limit: {MOST_VALUES}"))
            }
            State::Frequencies(frequencies) => Self::Frequencies(frequencies.counts.clone()),
            State::Newest { micros, n } => Self::Newest { micros: *micros, n: *n },
            State::Number(number) => Self::Number(*number),
            State::Columns(_)
            | State::After { .. }
            | State::Distribution(_)
            | State::Cells(_)
            | State::Explained { .. }
            | State::Model(_)
            | State::RowsDigest(_)
            | State::Queries(_)
            | State::Classes(_)
            | State::Edges(_)
            | State::Slices(_)
            | State::Flips(_)
            | State::Apart { .. } => Self::Nothing("a stored baseline does not hold this".to_owned()),
        }
    }

    fn of_moments(moments: &Moments) -> Self {
        let numbers = moments.to_numbers();
        let [_, smallest, largest, split, partials @ ..] = numbers.as_slice() else {
            return Self::Nothing("the moments have a wrong form".to_owned());
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of partials")]
        let (sum, squares) = partials.split_at((*split as usize).min(partials.len()));
        // Of no numbers the ends lie beyond all numbers.
        let end = |end: f64| end.is_finite().then_some(end);
        Self::Moments {
            n: moments.n(),
            smallest: end(*smallest),
            largest: end(*largest),
            sum: sum.to_vec(),
            squares: squares.to_vec(),
            exact: moments.exact().map(|exact| [&exact.sum, &exact.smallest, &exact.largest].map(Digits::to_string)),
        }
    }

    pub(super) fn state(&self) -> Result<State, String> {
        let broken = || "the stored baseline is broken: its numbers are inconsistent".to_owned();
        let within = |part: u64, whole: u64| if part <= whole { Ok(()) } else { Err(broken()) };
        Ok(match self {
            Self::Rows(rows) => State::Rows(*rows),
            Self::Distinct { rows, distinct } => {
                within(*distinct, *rows)?;
                State::Distinct { rows: *rows, distinct: *distinct }
            }
            Self::Share { hits, n } => {
                within(*hits, *n)?;
                State::Share { hits: *hits, n: *n }
            }
            Self::Moments { n, smallest, largest, sum, squares, exact } => {
                if (*n == 0) != (smallest.is_none() || largest.is_none()) {
                    return Err(broken());
                }
                #[expect(clippy::cast_precision_loss, reason = "a count of partials")]
                let mut numbers = vec![
                    f64::from_bits(*n),
                    smallest.unwrap_or(f64::INFINITY),
                    largest.unwrap_or(f64::NEG_INFINITY),
                    sum.len() as f64,
                ];
                numbers.extend(sum.iter().chain(squares));
                let read = |text: &String| Digits::parse(text).ok_or_else(broken);
                let exact = match exact {
                    Some([sum, smallest, largest]) => {
                        Some(ExactNumbers { sum: read(sum)?, smallest: read(smallest)?, largest: read(largest)? })
                    }
                    None => None,
                };
                State::Moments(Moments::from_numbers(&numbers).ok_or_else(broken)?.with_exact(exact))
            }
            Self::Quantile { value, exact, n } => {
                let exact = exact.as_ref().map(|text| Digits::parse(text).ok_or_else(broken)).transpose()?;
                State::Quantile { value: *value, exact, n: *n }
            }
            Self::Frequencies(counts) => {
                counts.values().try_fold(0_u64, |sum, count| sum.checked_add(*count)).ok_or_else(broken)?;
                State::Frequencies(Frequencies { counts: counts.clone() })
            }
            Self::Newest { micros, n } => State::Newest { micros: *micros, n: *n },
            Self::Number(number) => State::Number(*number),
            Self::Nothing(why) => return Err(why.clone()),
        })
    }
}

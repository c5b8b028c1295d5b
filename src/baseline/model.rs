//! The stored form. It is a contract: later versions read the files of earlier ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::MOST_VALUES;
use super::layout::layout;
use super::states::StoredModel;
use crate::baseline::unique_keys::Unique;
use crate::measurement::protocol::EvaluationProtocol;
use crate::measurement::{Measured, TableMeasure, TypeFamily};
use crate::stats::drift::{BinnedNumbers, Distribution, Values};
use crate::stats::{Digits, ExactNumbers, Frequencies, Moments};

/// The version of the stored form.
pub const BASELINE_VERSION: u32 = 3;

/// The measurements of the side with which others are compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// [`BASELINE_VERSION`].
    pub version: u32,
    /// The program that wrote the file, with its version.
    pub tool: String,
    /// The checked-out commit, if there was one.
    pub commit: Option<Commit>,
    /// The config of the measurements.
    pub config: Input,
    /// The files that were measured.
    pub inputs: Vec<Input>,
    /// The failing gates that were accepted when the baseline was blessed; since version 2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub despite: Vec<Excused>,
    /// The datasets by name.
    pub datasets: BTreeMap<String, StoredDataset>,
    /// The models by name; since version 2.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub models: BTreeMap<String, StoredModel>,
    /// The numbers of models that another program measured, by name; since version 2.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reported: BTreeMap<String, BTreeMap<String, f64>>,
    /// The protocols of the evaluation logs that these numbers are from, by model; since version 3.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reported_protocols: BTreeMap<String, EvaluationProtocol>,
    /// Queries over all datasets, with their results.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queries: Vec<AskedQuery>,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// The commit's hash.
    pub id: String,
    /// The time of the commit, in RFC 3339; no clock is read, so that the same commit gives the same file.
    pub time: String,
    /// True: tracked files differed from the commit.
    pub dirty: bool,
}

/// A gate that failed when the baseline was blessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Excused {
    /// The gate's id.
    pub gate: String,
    /// The gate's finding.
    pub finding: String,
    /// The reason for accepting the failing gate.
    pub reason: String,
    /// The person who accepted the failing gate.
    pub owner: String,
    /// The day of accepting it, as 2026-01-31 in UTC.
    pub date: String,
}

/// A file and the digest of its contents.
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
pub struct StoredDataset {
    /// The path, as the config gave it.
    pub path: String,
    /// The number of rows.
    pub rows: u64,
    /// The columns, in the order of the file.
    pub columns: Vec<StoredColumn>,
    /// Further measurements of the config's lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answered>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredColumn {
    /// The column's name.
    pub name: String,
    /// The column's type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The family of the type.
    pub family: TypeFamily,
    /// The file's declaration of nullability: true if the column may contain nulls; `None` if the format declares
    /// nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nullable: Option<bool>,
    /// The number of rows without a value.
    pub nulls: u64,
    /// The column's distribution.
    pub holds: Holds,
}

/// The distribution of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Holds {
    /// Counts and sums of numbers in bins; the last bin is open.
    Numbers {
        /// The standard deviation.
        spread: f64,
        /// The upper edge of each bin but the last.
        edges: Vec<f64>,
        /// The number of rows of each bin.
        counts: Vec<u64>,
        /// The sum of each bin's numbers.
        sums: Vec<f64>,
    },
    /// The most frequent values with their rows, and all others together.
    Values {
        /// The number of distinct values.
        different: u64,
        /// The number of rows of unlisted values.
        others: u64,
        /// The number of rows of each listed value.
        listed: BTreeMap<String, u64>,
        /// The number of rows of unlisted values, by parts of the values' digests; since version 3.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        parts: Vec<u64>,
    },
    /// The reason there is no distribution.
    Nothing(String),
}

/// A measure of a table, with its result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// The measure.
    pub of: TableMeasure,
    /// The result.
    pub is: StoredAnswer,
}

/// A query over all datasets, with its result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedQuery {
    /// A single `SELECT` statement.
    pub sql: String,
    /// True: the query returns one number; false: the rows of its result were counted.
    pub is_number: bool,
    /// The result.
    pub is: StoredAnswer,
}

/// The result of a measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "each is the state of its name")]
pub enum StoredAnswer {
    Rows(u64),
    Distinct {
        rows: u64,
        distinct: u64,
    },
    Share {
        hits: u64,
        n: u64,
    },
    /// Moments; sums are lists of floats whose exact sum they represent.
    Moments {
        n: u64,
        smallest: Option<f64>,
        largest: Option<f64>,
        sum: Vec<f64>,
        squares: Vec<f64>,
        /// The sum, the minimum and the maximum of integers or decimals, with all their digits; since version 3.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exact: Option<[String; 3]>,
    },
    Quantile {
        value: Option<f64>,
        /// The value with all its digits, for integers and decimals; since version 3.
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
    /// The reason there is no result.
    Nothing(String),
}

impl Baseline {
    /// Parses a stored baseline.
    ///
    /// # Errors
    ///
    /// A message: the text is no baseline, is malformed, has inconsistent numbers, or was written by a later version.
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

    /// Renders the stored form: equal measurements give equal bytes, with a line for each column.
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
                let numbers = BinnedNumbers::from_parts(edges.clone(), counts.clone(), sums.clone(), *spread);
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

impl StoredAnswer {
    pub(super) fn of(state: &Measured) -> Self {
        match state {
            Measured::Rows(rows) => Self::Rows(*rows),
            Measured::Distinct { rows, distinct } => Self::Distinct { rows: *rows, distinct: *distinct },
            Measured::Share { hits, n } => Self::Share { hits: *hits, n: *n },
            Measured::Moments(moments) => Self::of_moments(moments),
            Measured::Quantile { value, exact, n, .. } => {
                Self::Quantile { value: *value, exact: exact.as_ref().map(Digits::to_string), n: *n }
            }
            Measured::Frequencies(frequencies) if frequencies.counts.len() > MOST_VALUES => {
                Self::Nothing(format!("the column has too many distinct values to be stored; limit: {MOST_VALUES}"))
            }
            Measured::Frequencies(frequencies) => Self::Frequencies(frequencies.counts.clone()),
            Measured::Newest { micros, n } => Self::Newest { micros: *micros, n: *n },
            Measured::Number(number) => Self::Number(*number),
            Measured::Digits(digits) => Self::Number(Some(digits.to_float())),
            Measured::Columns(_)
            | Measured::After { .. }
            | Measured::Distribution(_)
            | Measured::Cells(_)
            | Measured::Explained { .. }
            | Measured::Model(_)
            | Measured::RowsDigest(_)
            | Measured::Queries(_)
            | Measured::Remarks(_)
            | Measured::Classes(_)
            | Measured::Edges(_)
            | Measured::Slices(_)
            | Measured::Flips(_)
            | Measured::FoundSlices(_)
            | Measured::ScoreBins(_)
            | Measured::Apart { .. }
            | Measured::Grown { .. } => Self::Nothing("a stored baseline does not hold this".to_owned()),
        }
    }

    fn of_moments(moments: &Moments) -> Self {
        let numbers = moments.to_numbers();
        let [_, smallest, largest, split, partials @ ..] = numbers.as_slice() else {
            return Self::Nothing("the moments have a wrong form".to_owned());
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of partials")]
        let (sum, squares) = partials.split_at((*split as usize).min(partials.len()));
        // Without numbers, the minimum and maximum are infinite.
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

    pub(super) fn state(&self) -> Result<Measured, String> {
        let broken = || "the stored baseline is broken: its numbers are inconsistent".to_owned();
        let within = |part: u64, whole: u64| if part <= whole { Ok(()) } else { Err(broken()) };
        Ok(match self {
            Self::Rows(rows) => Measured::Rows(*rows),
            Self::Distinct { rows, distinct } => {
                within(*distinct, *rows)?;
                Measured::Distinct { rows: *rows, distinct: *distinct }
            }
            Self::Share { hits, n } => {
                within(*hits, *n)?;
                Measured::Share { hits: *hits, n: *n }
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
                Measured::Moments(Moments::from_numbers(&numbers).ok_or_else(broken)?.with_exact(exact))
            }
            Self::Quantile { value, exact, n } => {
                let exact = exact.as_ref().map(|text| Digits::parse(text).ok_or_else(broken)).transpose()?;
                Measured::Quantile { value: *value, exact, between: None, n: *n }
            }
            Self::Frequencies(counts) => {
                counts.values().try_fold(0_u64, |sum, count| sum.checked_add(*count)).ok_or_else(broken)?;
                Measured::Frequencies(Frequencies { counts: counts.clone() })
            }
            Self::Newest { micros, n } => Measured::Newest { micros: *micros, n: *n },
            Self::Number(number) => Measured::Number(*number),
            Self::Nothing(why) => return Err(why.clone()),
        })
    }
}

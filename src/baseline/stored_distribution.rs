//! The stored form of the distribution of a column.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::stats::drift::{BinnedNumbers, Distribution, Values};

/// The distribution of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum StoredDistribution {
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

impl StoredDistribution {
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

//! The arguments of the commands that ask what gates can tell, and what sources hold.

use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;

use super::values::{TableFormat, budget, now, share, table_or_markdown, threads};
use crate::cli::output::{self, Output};
use crate::pipeline::slices::{DEEPEST, DEFAULTS};
use crate::report::Format;

#[derive(Debug, Args)]
pub(in crate::cli) struct PowerArguments {
    /// The config [default: mlgate.yml in this folder or the nearest one above]
    #[arg(long, short, value_name = "PATH")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// A policy that the config must satisfy, too: a path, or a URL with #sha256=…; may be repeated [also: MLGATE_POLICY]
    #[arg(long, value_name = "PATH|URL")]
    pub(in crate::cli) policy: Vec<String>,
    /// Number of samples of the rows to judge, between which nothing has changed
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(20..=100_000))]
    pub(in crate::cli) samples: u64,
    /// Format to print: a table, or the JSON report with the power of its gates
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: TableFormat,
    /// Runs only the gates whose id matches, such as 'models.*.metrics.*'; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) only: Vec<String>,
    /// The largest number of threads [default: one for each core]; the result does not depend on it
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(in crate::cli) threads: Option<NonZero<usize>>,
    /// Shows no progress
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DrillArguments {
    /// The config [default: mlgate.yml in this folder or the nearest one above]
    #[arg(long, short, value_name = "PATH")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// A policy that the config must satisfy, too: a path, or a URL with #sha256=…; may be repeated [also: MLGATE_POLICY]
    #[arg(long, value_name = "PATH|URL")]
    pub(in crate::cli) policy: Vec<String>,
    /// Time for all trials; what is not tried by then is listed, and counts as neither planted nor caught
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = budget)]
    pub(in crate::cli) budget: f64,
    /// Plants only the faults whose kind or place matches, such as nulls, 'data.loans.*' or 'nulls:data.loans.*'; may be
    /// repeated
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) only: Vec<String>,
    /// Exits with 1 if fewer of the planted faults are caught, such as 90%
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(in crate::cli) min_caught: Option<f64>,
    /// Adds the lines that catch the survivors to the config
    #[arg(long)]
    pub(in crate::cli) write: bool,
    /// Number of samples for the power of the gates, as in `mlgate power`; 0 leaves it out
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(0..=100_000))]
    pub(in crate::cli) samples: u64,
    /// Format to print: text, markdown or json
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = table_or_markdown)]
    pub(in crate::cli) format: Format,
    /// Also writes the result to a file, such as markdown=drill.md; may be repeated
    #[arg(long, value_name = "FORMAT=PATH", value_parser = output::parse)]
    pub(in crate::cli) output: Vec<Output>,
    /// Time to compute ages against, in RFC 3339, such as 2026-01-31T12:00:00Z [default: the clock]
    #[arg(long, value_name = "TIME", env = "MLGATE_NOW", value_parser = now, hide_env_values = true)]
    pub(in crate::cli) now: Option<i64>,
    /// The largest number of threads [default: one for each core]; the result does not depend on it
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(in crate::cli) threads: Option<NonZero<usize>>,
    /// Shows no progress
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SlicesArguments {
    /// The config [default: mlgate.yml in this folder or the nearest one above]
    #[arg(long, short, value_name = "PATH")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// Searches this model only
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) model: Option<String>,
    /// Also splits the change by the values of these columns, such as sex,region
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(in crate::cli) by: Vec<String>,
    /// The most values that describe a slice, for models whose config has no `find`
    #[arg(long, value_name = "N", default_value_t = DEFAULTS[0],
          value_parser = clap::value_parser!(u64).range(1..=DEEPEST))]
    pub(in crate::cli) depth: u64,
    /// The fewest rows of a slice, likewise
    #[arg(long, value_name = "N", default_value_t = DEFAULTS[1], value_parser = clap::value_parser!(u64).range(10..))]
    pub(in crate::cli) min_n: u64,
    /// The most slices to name, likewise
    #[arg(long, value_name = "N", default_value_t = DEFAULTS[2], value_parser = clap::value_parser!(u64).range(1..=100))]
    pub(in crate::cli) most: u64,
    /// Format to print: text, or json (an object, or a list of them where several models are searched)
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: TableFormat,
    /// The largest number of threads [default: one for each core]; the result does not depend on it
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(in crate::cli) threads: Option<NonZero<usize>>,
    /// Shows no progress
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ReadArguments {
    /// A path, recognised by its content, or KIND:PLACE; values follow as ?key=value&…
    #[arg(value_name = "SOURCE")]
    pub(in crate::cli) source: String,
    /// Takes what DVC's cache lacks from remotes that are folders of this machine; servers are never asked
    #[arg(long)]
    pub(in crate::cli) fetch: bool,
    /// Format to print: text, or json with every key, in which NaN and infinities are words
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: TableFormat,
}

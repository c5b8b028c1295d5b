//! The arguments of the commands besides `run` and `publish`.

use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::commands::drill;
use super::output::{self, Output};
use super::{Color, format, now, table_or_markdown};
use super::{TableFormat, threads};
use crate::ci::examples;
use crate::pipeline::slices::{DEEPEST, DEFAULTS};
use crate::report::Format;

#[derive(Debug, Args)]
pub(super) struct DiffArguments {
    /// The earlier baseline: a file, a git revision that has it, or another place that `baseline` accepts
    pub(in crate::cli) before: String,
    /// The later baseline
    pub(in crate::cli) after: String,
    /// The config, which gives the place of the baseline in a revision [default: mlgate.yml here or above, if there is one]
    #[arg(long, short, value_name = "PATH")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// Format of the printed difference: text or json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: TableFormat,
}

#[derive(Debug, Args)]
pub(super) struct PowerArguments {
    /// The config [default: mlgate.yml in this folder or the nearest one above]
    #[arg(long, short, value_name = "PATH")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// A policy that the config is held to besides: a path, or a URL with #sha256=…; may be repeated [also: MLGATE_POLICY]
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
    /// At most so many threads, instead of one for each core; the answer is the same
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(in crate::cli) threads: Option<NonZero<usize>>,
    /// Shows no progress
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

#[derive(Debug, Args)]
pub(super) struct DrillArguments {
    /// The config [default: mlgate.yml in this folder or the nearest one above]
    #[arg(long, short, value_name = "PATH")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// A policy that the config is held to besides: a path, or a URL with #sha256=…; may be repeated [also: MLGATE_POLICY]
    #[arg(long, value_name = "PATH|URL")]
    pub(in crate::cli) policy: Vec<String>,
    /// Time for all trials; what is not tried by then is listed, and counts as neither planted nor caught
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = drill::budget)]
    pub(in crate::cli) budget: f64,
    /// Plants only the faults whose kind or place matches, such as nulls, 'data.loans.*' or 'nulls:data.loans.*'; may be
    /// repeated
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) only: Vec<String>,
    /// Exits with 1 if fewer of the planted faults are caught, such as 90%
    #[arg(long, value_name = "SHARE", value_parser = drill::share)]
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
    /// At most so many threads, instead of one for each core; the answer is the same
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(in crate::cli) threads: Option<NonZero<usize>>,
    /// Shows no progress
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

#[derive(Debug, Args)]
pub(super) struct SlicesArguments {
    /// The config [default: mlgate.yml in this folder or the nearest one above]
    #[arg(long, short, value_name = "PATH")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// Searches this model only
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) model: Option<String>,
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
    /// At most so many threads, instead of one for each core; the answer is the same
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(in crate::cli) threads: Option<NonZero<usize>>,
    /// Shows no progress
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

#[derive(Debug, Args)]
pub(super) struct InitArguments {
    /// Data files and prediction files; the latter are recognised by their columns of labels and scores [default: those found
    /// below this folder, if you accept them]
    #[arg(value_name = "FILE")]
    pub(in crate::cli) files: Vec<String>,
    /// The main branch's version of a file, with the same name; may be repeated
    #[arg(long, value_name = "FILE", requires = "files")]
    pub(in crate::cli) baseline: Vec<String>,
    /// Takes the files that are found without asking
    #[arg(long, conflicts_with = "files")]
    pub(in crate::cli) yes: bool,
    /// Also writes a file that makes a CI system run mlgate; alone where there is a config
    #[arg(long, value_name = "SYSTEM", value_parser = PossibleValuesParser::new(examples().into_iter().map(|it| it.name)))]
    pub(in crate::cli) ci: Option<String>,
    /// The config to write
    #[arg(long, short, value_name = "PATH", default_value = "mlgate.yml")]
    pub(in crate::cli) config: PathBuf,
    /// Overwrites an existing config, and an existing file for CI
    #[arg(long)]
    pub(in crate::cli) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct RenderArguments {
    /// The JSON report of a run
    #[arg(value_name = "REPORT")]
    pub(in crate::cli) report: PathBuf,
    /// Format of the printed report
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format)]
    pub(in crate::cli) format: Format,
    /// Also writes a report to a file, such as sarif=report.sarif; may be repeated
    #[arg(long, value_name = "FORMAT=PATH", value_parser = output::parse)]
    pub(in crate::cli) output: Vec<Output>,
    /// Time at which the report's waivers must be valid, in RFC 3339, such as 2026-01-31T12:00:00Z [default: the clock]
    #[arg(long, value_name = "TIME", env = "MLGATE_NOW", value_parser = now, hide_env_values = true)]
    pub(in crate::cli) now: Option<i64>,
    /// Writes only ASCII, for terminals and agents that show no other characters
    #[arg(long)]
    pub(in crate::cli) ascii: bool,
    /// Prints the evidence for every gate: intervals, methods, definitions, groups
    #[arg(long, short)]
    pub(in crate::cli) evidence: bool,
    /// Prints only the verdict and what blocks
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(in crate::cli) color: Color,
}

#[derive(Debug, Args)]
pub(super) struct GuardArguments {
    /// The config [default: mlgate.yml in this folder or the nearest one above]
    #[arg(long, short, value_name = "PATH")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// The other side: a commit (REF or REF:PATH), or the path of a config [default: the config's `guard`, else the merge
    /// base with the target branch]
    #[arg(long, value_name = "REF|PATH")]
    pub(in crate::cli) against: Option<String>,
    /// A policy that the config is held to besides: a path, or a URL with #sha256=…; may be repeated [also: MLGATE_POLICY]
    #[arg(long, value_name = "PATH|URL")]
    pub(in crate::cli) policy: Vec<String>,
    /// Format of the printed report
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = table_or_markdown)]
    pub(in crate::cli) format: Format,
    /// Time to compute ages against, in RFC 3339, such as 2026-01-31T12:00:00Z [default: the clock]
    #[arg(long, value_name = "TIME", env = "MLGATE_NOW", value_parser = now, hide_env_values = true)]
    pub(in crate::cli) now: Option<i64>,
    /// At most so many threads, instead of one for each core
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(in crate::cli) threads: Option<NonZero<usize>>,
}

#[derive(Debug, Args)]
pub(super) struct BlessArguments {
    /// The config [default: mlgate.yml in this folder or the nearest one above]
    #[arg(long, short, value_name = "PATH")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// A policy that the config is held to besides: a path, or a URL with #sha256=…; may be repeated [also: MLGATE_POLICY]
    #[arg(long, value_name = "PATH|URL")]
    pub(in crate::cli) policy: Vec<String>,
    /// The file to write [default: the config's `baseline`, else .mlgate/baseline.json beside the config]
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) baseline: Option<PathBuf>,
    /// Time to compute ages against, in RFC 3339, such as 2026-01-31T12:00:00Z [default: the clock]
    #[arg(long, value_name = "TIME", env = "MLGATE_NOW", value_parser = now, hide_env_values = true)]
    pub(in crate::cli) now: Option<i64>,
    /// Takes the measurements of a run from its JSON report (`mlgate run --states --output json=report.json`) instead of measuring
    #[arg(long, value_name = "REPORT")]
    pub(in crate::cli) from: Option<PathBuf>,
    /// Blesses despite the failure of this gate, and records that; may be repeated
    #[arg(long, value_name = "GATE", requires = "reason")]
    pub(in crate::cli) despite: Vec<String>,
    /// The reason for --despite, recorded in the baseline
    #[arg(long, value_name = "TEXT", requires = "despite")]
    pub(in crate::cli) reason: Option<String>,
    /// The person responsible for --despite [default: GITHUB_ACTOR, GITLAB_USER_LOGIN, or git's user.email]
    #[arg(long, value_name = "NAME", requires = "despite")]
    pub(in crate::cli) owner: Option<String>,
    /// Shows the changes without writing them
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Prints nothing
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

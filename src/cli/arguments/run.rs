//! The arguments of `run`.

use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;

use super::print::PrintArguments;
use super::publish::PostArguments;
use super::values::{format, now, threads};
use crate::cli::output::{self, Output};
use crate::report::Format;

#[derive(Debug, Args)]
pub(in crate::cli) struct RunArguments {
    /// The config [default: mlgate.yml in this folder or the nearest one above]
    #[arg(long, short, value_name = "PATH")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// Judges by the config of this commit, and not by the change's own: a branch, a tag, an id or merge-base
    #[arg(long, value_name = "REF")]
    pub(in crate::cli) config_from: Option<String>,
    /// A policy that the config must satisfy, too: a path, or a URL with #sha256=…; may be repeated [also: MLGATE_POLICY]
    #[arg(long, value_name = "PATH|URL")]
    pub(in crate::cli) policy: Vec<String>,
    #[arg(
        long,
        value_name = "SOURCE",
        help = "The stored baseline to compare with, instead of the config's: a path, git:REF[:PATH], github-artifact:NAME, \
                gitlab-artifact:JOB:PATH or a URL"
    )]
    pub(in crate::cli) baseline: Option<PathBuf>,
    /// Format of the printed report, such as text, markdown or json
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format)]
    pub(in crate::cli) format: Format,
    /// Also writes a report to a file, such as json=report.json; may be repeated
    #[arg(long, value_name = "FORMAT=PATH", value_parser = output::parse)]
    pub(in crate::cli) output: Vec<Output>,
    /// Time to compute ages against, in RFC 3339, such as 2026-01-31T12:00:00Z [default: the clock]
    #[arg(long, value_name = "TIME", env = "MLGATE_NOW", value_parser = now, hide_env_values = true)]
    pub(in crate::cli) now: Option<i64>,
    /// Memory limit of queries, such as 512MB; what needs more spills to disk or is an error
    #[arg(long, value_name = "SIZE", value_parser = crate::config::bytes)]
    pub(in crate::cli) memory_limit: Option<u64>,
    /// The largest number of threads [default: one for each core]; the report does not depend on it
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(in crate::cli) threads: Option<NonZero<usize>>,
    /// Runs only the gates whose id matches, such as 'models.*.metrics.*'; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) only: Vec<String>,
    /// Adds the states that `mlgate bless --from` needs to the JSON report (reads the data a second time)
    #[arg(long)]
    pub(in crate::cli) states: bool,
    /// Lists the keys of up to N rows that became wrong and N that became right (negative and positive flips), in the JSON report;
    /// keys may identify persons
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MOST_FLIPS))]
    pub(in crate::cli) list_flips: Option<u16>,
    /// Adds the counts behind the charts of the HTML report to the JSON report: rows by score, and by bin of compared columns
    /// [default with html]
    #[arg(long)]
    pub(in crate::cli) plots: bool,
    /// Prints the verdict as one line of JSON after everything else, for schedulers that keep the last line of a task
    #[arg(long)]
    pub(in crate::cli) summary_line: bool,
    #[command(flatten)]
    pub(in crate::cli) print: PrintArguments,
    /// Exits with 3 when nothing blocks but something warns
    #[arg(long)]
    pub(in crate::cli) warn_exit_code: bool,
    /// Writes why a run ended without a report to a file, for `mlgate publish --ended`
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) no_verdict: Option<PathBuf>,
    /// Posts the report to the pull request, the job summary and the outputs of the step
    #[arg(long)]
    pub(in crate::cli) publish: bool,
    #[command(flatten, next_help_heading = "With --publish")]
    pub(in crate::cli) post: PostArguments,
    #[command(flatten, next_help_heading = "With a tracker")]
    pub(in crate::cli) write_back: WriteBackArguments,
}

/// Maximum number of listed keys.
pub(in crate::cli) const MOST_FLIPS: i64 = 10_000;

#[derive(Debug, Args)]
pub(in crate::cli) struct WriteBackArguments {
    /// Writes the verdict as tags to a run of MLflow, or to a model's version and its run:
    /// mlflow:STORE?model=NAME&version=N, or mlflow:STORE?run=ID
    #[arg(long, value_name = "SOURCE")]
    pub(in crate::cli) write_back: Option<String>,
    /// Also moves this alias of the model to the version if the run passes, such as champion
    #[arg(long, value_name = "ALIAS", requires = "write_back")]
    pub(in crate::cli) promote: Option<String>,
    /// The address of the report in the tags [default: that of the CI job]
    #[arg(long, value_name = "URL", requires = "write_back")]
    pub(in crate::cli) report_url: Option<String>,
}

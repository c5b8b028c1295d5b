//! The arguments of `bless`, `diff` and `guard`.

use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;

use super::values::{TableFormat, now, table_or_markdown, threads};
use crate::report::Format;

#[derive(Debug, Args)]
pub(in crate::cli) struct DiffArguments {
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
pub(in crate::cli) struct GuardArguments {
    /// The config [default: mlgate.yml in this folder or the nearest one above]
    #[arg(long, short, value_name = "PATH")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// The other side: a commit (REF or REF:PATH), or the path of a config [default: the config's `guard`, else the merge
    /// base with the target branch]
    #[arg(long, value_name = "REF|PATH")]
    pub(in crate::cli) against: Option<String>,
    /// A policy that the config must satisfy, too: a path, or a URL with #sha256=…; may be repeated [also: MLGATE_POLICY]
    #[arg(long, value_name = "PATH|URL")]
    pub(in crate::cli) policy: Vec<String>,
    /// Format of the printed report, such as text, markdown or json
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = table_or_markdown)]
    pub(in crate::cli) format: Format,
    /// Time to compute ages against, in RFC 3339, such as 2026-01-31T12:00:00Z [default: the clock]
    #[arg(long, value_name = "TIME", env = "MLGATE_NOW", value_parser = now, hide_env_values = true)]
    pub(in crate::cli) now: Option<i64>,
    /// The largest number of threads [default: one for each core]; the result does not depend on it
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(in crate::cli) threads: Option<NonZero<usize>>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct BlessArguments {
    /// The config [default: mlgate.yml in this folder or the nearest one above]
    #[arg(long, short, value_name = "PATH")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// A policy that the config must satisfy, too: a path, or a URL with #sha256=…; may be repeated [also: MLGATE_POLICY]
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

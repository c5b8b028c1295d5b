//! The arguments of posting.

use std::path::PathBuf;

use clap::Args;

use super::values::{Mode, forge_name, now};

/// Arguments of posting.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct PostArguments {
    /// When to write the comment [default: the config's `comment`, else update]
    #[arg(long, value_name = "MODE")]
    pub(in crate::cli) comment: Option<Mode>,
    /// The key of the comment: each key has one on a pull request [default: the config's `comment.key`, else its path in
    /// the repository]
    #[arg(long, value_name = "KEY")]
    pub(in crate::cli) key: Option<String>,
    /// A minijinja template for the comment and the summary, instead of mlgate's own [default: the config's
    /// `comment.template`]
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) template: Option<PathBuf>,
    /// Also creates a check run (not with --artifact); needs the permission `checks: write` [default name: mlgate/KEY]
    #[arg(long, value_name = "NAME", num_args = 0..=1)]
    pub(in crate::cli) check_run: Option<Option<String>>,
    /// Also sets a commit status (not with --artifact); needs the permission `statuses: write` [default context: mlgate/KEY]
    #[arg(long, value_name = "CONTEXT", num_args = 0..=1)]
    pub(in crate::cli) status: Option<Option<String>>,
    /// The forge, such as github or gitlab [default: that of the CI job or of its change's page]
    #[arg(long, value_name = "FORGE", value_parser = forge_name)]
    pub(in crate::cli) forge: Option<String>,
    /// The repository [default: that of the CI job]
    #[arg(long, value_name = "OWNER/NAME")]
    pub(in crate::cli) repository: Option<String>,
    /// The pull request [default: that of the CI job, or the open one whose head is the commit]
    #[arg(long, value_name = "NUMBER")]
    pub(in crate::cli) pull: Option<u64>,
    /// The head commit of the change [default: that of the CI job]
    #[arg(long, value_name = "SHA")]
    pub(in crate::cli) commit: Option<String>,
    /// The login that the token writes as [default: asks the forge]
    #[arg(long, value_name = "LOGIN")]
    pub(in crate::cli) author: Option<String>,
    /// Exits with 5 when the gate passed but something could not be posted
    #[arg(long)]
    pub(in crate::cli) require_post: bool,
}

/// The arguments of `mlgate publish`.
#[derive(Debug, Args)]
#[group(id = "source", required = true, multiple = false, args = ["report", "artifact", "ended"])]
pub(in crate::cli) struct PublishArguments {
    /// The JSON report of a run of this job
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) report: Vec<PathBuf>,
    /// The artifact with the report of the run that this job follows (`on: workflow_run`), of a fork or not
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) artifact: Vec<String>,
    /// A report that must exist, by its key, its job, its config or its file; can be repeated. One that is absent, of
    /// another commit, without a verdict or with fewer gates than before ends with 4, a failed one with 1
    #[arg(long, value_name = "NAME", conflicts_with = "ended")]
    pub(in crate::cli) expect: Vec<String>,
    /// The base branch's report, or a glob of several: a report of the same name must have all of its gates
    #[arg(long, value_name = "PATH", conflicts_with = "ended")]
    pub(in crate::cli) base: Vec<PathBuf>,
    /// An earlier report, or a glob of several, that stands in for an expected one whose model this change does not touch
    #[arg(long, value_name = "PATH", requires = "expect")]
    pub(in crate::cli) carry_over: Vec<PathBuf>,
    /// The exit code of a run of this job that ended without a report: posts that there is no verdict for the commit, in place of
    /// an earlier verdict
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) ended: Option<u8>,
    /// The problems of that run, which `mlgate run --no-verdict` has written
    #[arg(long, value_name = "PATH", requires = "ended")]
    pub(in crate::cli) no_verdict: Option<PathBuf>,
    /// An `--only` of that run
    #[arg(long, value_name = "GLOB", requires = "ended")]
    pub(in crate::cli) only: Vec<String>,
    /// The `--baseline` of that run
    #[arg(long, value_name = "PATH", requires = "ended")]
    pub(in crate::cli) baseline: Option<PathBuf>,
    /// The config whose `comment` applies [default: that of the report; with --artifact, the nearest mlgate.yml from here
    /// upwards]
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// Time at which the report's waivers must be valid, in RFC 3339, such as 2026-01-31T12:00:00Z [default: the clock]
    #[arg(long, value_name = "TIME", env = "MLGATE_NOW", value_parser = now, hide_env_values = true)]
    pub(in crate::cli) now: Option<i64>,
    #[command(flatten)]
    pub(in crate::cli) post: PostArguments,
}

//! The arguments of the commands that read a report.

use std::path::PathBuf;

use clap::Args;

use super::print::PrintArguments;
use super::values::{TableFormat, format, label, now};
use crate::cli::output::{self, Output};
use crate::report::Format;

#[derive(Debug, Args)]
pub(in crate::cli) struct RenderArguments {
    /// The JSON report of a run
    #[arg(value_name = "REPORT")]
    pub(in crate::cli) report: PathBuf,
    /// Format of the printed report, such as text, markdown or json
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format)]
    pub(in crate::cli) format: Format,
    /// Also writes a report to a file, such as sarif=report.sarif; may be repeated
    #[arg(long, value_name = "FORMAT=PATH", value_parser = output::parse)]
    pub(in crate::cli) output: Vec<Output>,
    /// Time at which the report's waivers must be valid, in RFC 3339, such as 2026-01-31T12:00:00Z [default: the clock]
    #[arg(long, value_name = "TIME", env = "MLGATE_NOW", value_parser = now, hide_env_values = true)]
    pub(in crate::cli) now: Option<i64>,
    #[command(flatten)]
    pub(in crate::cli) print: PrintArguments,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct PushArguments {
    /// The JSON report of a run
    #[arg(value_name = "REPORT")]
    pub(in crate::cli) report: PathBuf,
    /// The address of a Pushgateway, such as http://pushgateway:9091; MLGATE_PUSH_TOKEN is sent as bearer token
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) gateway: String,
    /// The label `job` of the group that the numbers replace
    #[arg(long, value_name = "NAME", default_value = "mlgate")]
    pub(in crate::cli) job: String,
    /// Another label of the group, such as repo=org/name; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = label)]
    pub(in crate::cli) label: Vec<(String, String)>,
    /// Time at which the report's waivers must be valid, in RFC 3339, such as 2026-01-31T12:00:00Z [default: the clock]
    #[arg(long, value_name = "TIME", env = "MLGATE_NOW", value_parser = now, hide_env_values = true)]
    pub(in crate::cli) now: Option<i64>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SignArguments {
    /// The JSON report of a run, or an in-toto statement such as `--output intoto=` writes
    #[arg(value_name = "REPORT|STATEMENT")]
    pub(in crate::cli) file: PathBuf,
    /// The private key: Ed25519 or ECDSA P-256, PKCS #8 in PEM, without a password
    #[arg(long, value_name = "PATH", required_unless_present = "key_env", conflicts_with = "key_env")]
    pub(in crate::cli) key: Option<PathBuf>,
    /// The variable of the environment that holds the private key, for the secrets of a CI
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) key_env: Option<String>,
    /// A file that is a subject of the statement besides those that the report names, such as the model; may be repeated
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) subject: Vec<PathBuf>,
    /// The envelope to write [default: standard output]
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Time at which the report's waivers must be valid, in RFC 3339, such as 2026-01-31T12:00:00Z [default: the clock]
    #[arg(long, value_name = "TIME", env = "MLGATE_NOW", value_parser = now, hide_env_values = true)]
    pub(in crate::cli) now: Option<i64>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct VerifyArguments {
    /// The JSON report of a run, an in-toto statement, or an envelope of `mlgate sign` or another signer
    #[arg(value_name = "REPORT|ENVELOPE")]
    pub(in crate::cli) file: PathBuf,
    /// The public key of a signer in PEM; may be repeated, and each must have signed
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) key: Vec<PathBuf>,
    /// The folder in which the run was started, where the paths of the report start
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(in crate::cli) root: PathBuf,
    /// Reads files outside of the repository, too
    #[arg(long)]
    pub(in crate::cli) outside: bool,
    /// Leaves out the files whose path matches; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) skip: Vec<String>,
    /// The version of mlgate that must have written the report; any other is exit code 1
    #[arg(long, value_name = "VERSION")]
    pub(in crate::cli) tool_version: Option<String>,
    /// Format of the printed result: text or json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: TableFormat,
    /// Time at which the report's waivers must be valid, in RFC 3339, such as 2026-01-31T12:00:00Z [default: the clock]
    #[arg(long, value_name = "TIME", env = "MLGATE_NOW", value_parser = now, hide_env_values = true)]
    pub(in crate::cli) now: Option<i64>,
    /// Prints only what could not be verified
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

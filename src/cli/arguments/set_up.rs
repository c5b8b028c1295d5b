//! The arguments of the commands that set mlgate up.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};

use super::values::TableFormat;
use crate::ci::examples;

#[derive(Debug, Args)]
pub(in crate::cli) struct InitArguments {
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
pub(in crate::cli) struct DemoArguments {
    /// The folder to write to
    #[arg(value_name = "FOLDER", default_value = "mlgate-demo")]
    pub(in crate::cli) folder: PathBuf,
    /// Writes into a folder that is not empty, and overwrites the files of an earlier demo
    #[arg(long)]
    pub(in crate::cli) force: bool,
    /// Writes the files and runs nothing
    #[arg(long)]
    pub(in crate::cli) no_run: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DoctorArguments {
    /// The config [default: mlgate.yml in this folder or the nearest one above, if there is one]
    #[arg(long, short, value_name = "PATH")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// Also asks the forge if it can be reached, and fetches a remote baseline and policies
    #[arg(long)]
    pub(in crate::cli) online: bool,
    /// Format to print: text or json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: TableFormat,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ManArguments {
    /// The command whose page is printed, such as `run` or `hook install` [default: mlgate itself]
    #[arg(value_name = "COMMAND")]
    pub(in crate::cli) command: Vec<String>,
    /// Writes all pages into a folder: mlgate.1, mlgate-run.1, …
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    pub(in crate::cli) dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct HookArguments {
    #[command(subcommand)]
    pub(in crate::cli) command: HookCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum HookCommand {
    /// Makes `git push` run the gates on the commits that it pushes
    Install(InstallArguments),
    /// Removes the hook, and puts the one that was there before back
    Uninstall(PlaceArguments),
    /// Says if the hook is installed (exit code 0) or not (1), where, and what else is there
    Status(PlaceArguments),
    /// Judges the commits of a push; git starts it, with the updated references on standard input
    Run(HookRunArguments),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct PlaceArguments {
    /// Uses the folder of hooks that `core.hooksPath` of the user or the machine names, for all repositories
    #[arg(long)]
    pub(in crate::cli) shared: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct InstallArguments {
    /// A config to judge by; may be repeated [default: mlgate.yml in this folder or the nearest one above]
    #[arg(long, short, value_name = "PATH")]
    pub(in crate::cli) config: Vec<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) place: PlaceArguments,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct HookRunArguments {
    /// A config from the top of the repository; may be repeated [default: mlgate.yml at the top]
    #[arg(long, short, value_name = "PATH")]
    pub(in crate::cli) config: Vec<PathBuf>,
    /// The name of the remote, as git gives it
    #[arg(value_name = "REMOTE")]
    pub(in crate::cli) remote: Option<String>,
    /// The address of the remote, as git gives it
    #[arg(value_name = "URL")]
    pub(in crate::cli) url: Option<String>,
}

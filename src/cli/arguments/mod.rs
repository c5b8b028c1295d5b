//! The arguments of the command line, one struct for each command.

mod baseline;
mod of_report;
mod publish;
mod run;
mod set_up;
mod studies;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use super::exit;
pub(super) use baseline::{BlessArguments, DiffArguments, GuardArguments};
pub(super) use of_report::{PushArguments, RenderArguments, SignArguments, VerifyArguments};
pub(super) use publish::{PostArguments, PublishArguments};
pub(super) use run::{RunArguments, WriteBackArguments};
pub(super) use set_up::{
    DemoArguments, DoctorArguments, HookArguments, HookCommand, HookRunArguments, InitArguments, InstallArguments,
    ManArguments, PlaceArguments,
};
pub(super) use studies::{DrillArguments, PowerArguments, ReadArguments, SlicesArguments};
pub(super) use values::{Color, Mode, TableFormat, format};

use of_report::VERIFY_CODES;

#[derive(Debug, Parser)]
#[command(
    name = "mlgate",
    version,
    about = "The quality gate for machine learning: data, metric and bias checks of a change against a baseline",
    after_help = exit::CODES,
    args_conflicts_with_subcommands = true,
    max_term_width = 100
)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    pub(in crate::cli) command: Option<Command>,
    #[command(flatten)]
    pub(in crate::cli) run: RunArguments,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    /// Runs all checks of mlgate.yml (also: plain `mlgate`)
    #[command(after_help = exit::CODES)]
    Run(RunArguments),
    /// Compares the demands of this change's config with those of the other side
    #[command(after_help = exit::CODES)]
    Guard(GuardArguments),
    /// Posts a report to the pull request on GitHub, the job summary and the outputs of the step
    #[command(after_help = exit::CODES)]
    Publish(PublishArguments),
    /// Renders a JSON report in other formats, without measuring anything
    #[command(
        after_help = "Exit codes:\n  0  the report was rendered, whatever its verdict\n  2  the command line is wrong\n  4  the report cannot be read, or a file cannot be written"
    )]
    Render(RenderArguments),
    /// Pushes the numbers of a report to a Prometheus Pushgateway
    Push(PushArguments),
    /// Signs a report or an in-toto statement with a local key, as a DSSE envelope
    Sign(SignArguments),
    /// Verifies a report, a statement or an envelope: digests of all files, signature, verdict
    #[command(after_help = VERIFY_CODES)]
    Verify(VerifyArguments),
    /// Writes a scenario with a change that passes and one that fails, and runs both
    Demo(DemoArguments),
    /// Writes a commented mlgate.yml that passes on the files it is given or finds, and a file for CI
    Init(InitArguments),
    /// Stores the measurements of the change as the baseline for later changes
    #[command(after_help = exit::CODES)]
    Bless(BlessArguments),
    /// Judges what `git push` is about to push: installs a pre-push hook, removes it, says what is there
    Hook(HookArguments),
    /// Shows the differences between two baselines, or between those of two revisions
    #[command(after_help = exit::CODES)]
    Diff(DiffArguments),
    /// Says what the metrics' gates can tell from so many rows: false alarms, the smallest loss they catch, the rows they need
    #[command(after_help = exit::CODES)]
    Power(PowerArguments),
    /// Plants faults into copies of the files, in memory, and says which gates catch them
    #[command(
        after_help = "Exit codes:\n  0  the drill was made, whatever it found\n  1  fewer faults were caught than --min-caught\n  2  the command line or the config is wrong\n  4  the config cannot be judged, or a file cannot be written"
    )]
    Drill(DrillArguments),
    /// Finds the slices of the rows in which a model got worse, or without a baseline is worse than in the rest
    #[command(after_help = exit::CODES)]
    Slices(SlicesArguments),
    /// Shows what an evaluation log, a tracker or a file of metrics holds: the run, its metrics, parameters and tags
    #[command(
        after_help = "Exit codes:\n  0  the source was read, whatever the state of its run\n  2  the command line is wrong\n  4  the source cannot be read"
    )]
    Read(ReadArguments),
    /// Prints a check's page: what it checks, why, its limits and examples
    Explain {
        /// The id of a check, such as max_drop
        check: String,
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Lists all checks
    Checks {
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Prints the JSON Schema of mlgate.yml, for editors
    Schema {
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Says what it finds of git, CI, tokens, network, config and baseline, and what is wrong
    Doctor(DoctorArguments),
    /// Prints completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Prints a manual page, or writes all of them into a folder
    Man(ManArguments),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ConfigArgument {
    /// The config, for the checks of its own folder [default: mlgate.yml here or above, if there is one]
    #[arg(long, short, value_name = "PATH")]
    pub(in crate::cli) config: Option<PathBuf>,
}

//! The arguments of the command line, one struct for each command.

mod baseline;
mod codes;
mod of_report;
mod print;
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
    #[command(after_help = codes::GUARD_CODES)]
    Guard(GuardArguments),
    /// Posts a report to the change on its forge, the job summary and the outputs of the step
    #[command(after_help = codes::PUBLISH_CODES)]
    Publish(PublishArguments),
    /// Renders a JSON report in other formats, without measuring anything
    #[command(after_help = codes::RENDER_CODES)]
    Render(RenderArguments),
    /// Pushes the numbers of a report to a Prometheus Pushgateway
    Push(PushArguments),
    /// Signs a report or an in-toto statement with a local key, as a DSSE envelope
    Sign(SignArguments),
    /// Verifies a report, a statement or an envelope: digests of all files, signature, verdict
    #[command(after_help = codes::VERIFY_CODES)]
    Verify(VerifyArguments),
    /// Writes a scenario with a change that passes and one that fails, and runs both
    Demo(DemoArguments),
    /// Writes a commented mlgate.yml that passes on the files it is given or finds, and a file for CI
    Init(InitArguments),
    /// Stores the measurements of the change as the baseline for later changes
    #[command(after_help = codes::BLESS_CODES)]
    Bless(BlessArguments),
    /// Installs, removes or shows a pre-push hook, which judges what `git push` is about to push
    Hook(HookArguments),
    /// Shows the differences between two baselines, or between those of two revisions
    #[command(after_help = codes::DIFF_CODES)]
    Diff(DiffArguments),
    /// Power analysis of the metric and fairness gates: false-alarm rate, smallest loss detected, rows needed
    #[command(after_help = codes::POWER_CODES)]
    Power(PowerArguments),
    /// Plants faults into copies of the files, in memory, and says which gates catch them
    #[command(after_help = codes::DRILL_CODES)]
    Drill(DrillArguments),
    /// Finds the slices of the rows in which a model got worse, or without a baseline is worse than in the rest
    #[command(after_help = codes::SLICES_CODES)]
    Slices(SlicesArguments),
    /// Shows what an evaluation log, a tracker or a file of metrics holds: the run, its metrics, parameters and tags
    #[command(after_help = codes::READ_CODES)]
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
    /// Looks at git, CI, tokens, network, config and baseline, and says what is wrong
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

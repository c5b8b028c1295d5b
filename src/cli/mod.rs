//! The command line: arguments in, exit codes out.

mod arguments;
mod bless_place;
pub(crate) mod commands;
mod doctor;
mod exit;
mod identity;
mod in_repository;
mod link_guard;
mod load;
mod output;
mod post;
mod progress;
mod prose;
mod quiet;
mod several;
mod shell;
mod summary;
mod target;
mod template;
mod watch;
mod write_back;

use std::ffi::OsString;
use std::num::NonZero;
use std::panic::{catch_unwind, set_hook};
use std::path::PathBuf;
use std::process::ExitCode;
#[cfg(unix)]
use std::sync::{Arc, atomic::AtomicBool};
use std::thread;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::config::visible;
use crate::report::Format;
use arguments::{
    BlessArguments, DiffArguments, DrillArguments, GuardArguments, InitArguments, PowerArguments, RenderArguments,
    SlicesArguments,
};
use output::Output;

#[derive(Debug, Parser)]
#[command(
    name = "mlgate",
    version,
    about = "The quality gate for machine learning: data, metric and bias checks of a change against a baseline",
    after_help = exit::CODES,
    args_conflicts_with_subcommands = true,
    max_term_width = 100
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: RunArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs all checks of mlgate.yml (also: plain `mlgate`)
    #[command(after_help = exit::CODES)]
    Run(RunArguments),
    /// Compares the demands of this change's config with those of the other side
    #[command(after_help = exit::CODES)]
    Guard(GuardArguments),
    /// Posts a report to the pull request on GitHub, the job summary and the outputs of the step
    #[command(after_help = exit::CODES)]
    Publish(commands::publish::PublishArguments),
    /// Renders a JSON report in other formats, without measuring anything
    #[command(
        after_help = "Exit codes:\n  0  the report was rendered, whatever its verdict\n  2  the command line is wrong\n  4  the report cannot be read, or a file cannot be written"
    )]
    Render(RenderArguments),
    /// Writes a scenario with a change that passes and one that fails, and runs both
    Demo(commands::demo::DemoArguments),
    /// Writes a commented mlgate.yml that passes on the files it is given or finds, and a file for CI
    Init(InitArguments),
    /// Stores the measurements of the change as the baseline for later changes
    #[command(after_help = exit::CODES)]
    Bless(BlessArguments),
    /// Judges what `git push` is about to push: installs a pre-push hook, removes it, says what is there
    Hook(commands::hook::HookArguments),
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
    Read(commands::read::ReadArguments),
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
    Doctor(commands::doctor::DoctorArguments),
    /// Prints completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Prints a manual page, or writes all of them into a folder
    Man(commands::man::ManArguments),
}

#[derive(Debug, Args)]
struct ConfigArgument {
    /// The config, for the checks of its own folder [default: mlgate.yml here or above, if there is one]
    #[arg(long, short, value_name = "PATH")]
    config: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct RunArguments {
    /// The config [default: mlgate.yml in this folder or the nearest one above]
    #[arg(long, short, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Judges by the config of this commit, and not by the change's own: a branch, a tag, an id or merge-base
    #[arg(long, value_name = "REF")]
    config_from: Option<String>,
    /// A policy that the config is held to besides: a path, or a URL with #sha256=…; may be repeated [also: MLGATE_POLICY]
    #[arg(long, value_name = "PATH|URL")]
    policy: Vec<String>,
    /// The stored baseline to compare with, instead of the config's: a path, git:REF[:PATH], github-artifact:NAME,
    /// gitlab-artifact:JOB:PATH or a URL
    #[arg(long, value_name = "SOURCE")]
    baseline: Option<PathBuf>,
    /// Format of the printed report
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format)]
    format: Format,
    /// Also writes a report to a file, such as json=report.json; may be repeated
    #[arg(long, value_name = "FORMAT=PATH", value_parser = output::parse)]
    output: Vec<Output>,
    /// Time to compute ages against, in RFC 3339, such as 2026-01-31T12:00:00Z [default: the clock]
    #[arg(long, value_name = "TIME", env = "MLGATE_NOW", value_parser = now, hide_env_values = true)]
    now: Option<i64>,
    /// Memory limit of queries, such as 512MB; what needs more spills to disk or is an error
    #[arg(long, value_name = "SIZE", value_parser = crate::config::bytes)]
    memory_limit: Option<u64>,
    /// The largest number of threads [default: one for each core]; the report does not depend on it
    #[arg(long, value_name = "N", value_parser = threads)]
    threads: Option<NonZero<usize>>,
    /// Runs only the gates whose id matches, such as 'models.*.metrics.*'; may be repeated
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Adds the states that `mlgate bless --from` needs to the JSON report (reads the data a second time)
    #[arg(long)]
    states: bool,
    /// Lists the keys of up to N rows that became wrong and N that became right (negative and positive flips), in the JSON report;
    /// keys may identify persons
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MOST_FLIPS))]
    list_flips: Option<u16>,
    /// Writes only ASCII, for terminals and agents that show no other characters
    #[arg(long)]
    ascii: bool,
    /// Prints the verdict as one line of JSON after everything else, for schedulers that keep the last line of a task
    #[arg(long)]
    summary_line: bool,
    /// Prints the evidence for every gate: intervals, methods, definitions, groups
    #[arg(long, short)]
    evidence: bool,
    /// Prints only the verdict and what blocks
    #[arg(long, short)]
    quiet: bool,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: Color,
    /// Exits with 3 when nothing blocks but something warns
    #[arg(long)]
    warn_exit_code: bool,
    /// Writes why a run ended without a report to a file, for `mlgate publish --ended`
    #[arg(long, value_name = "PATH")]
    no_verdict: Option<PathBuf>,
    /// Posts the report to the pull request, the job summary and the outputs of the step
    #[arg(long)]
    publish: bool,
    #[command(flatten, next_help_heading = "With --publish")]
    post: commands::publish::PostArguments,
    #[command(flatten, next_help_heading = "With a tracker")]
    write_back: write_back::WriteBackArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TableFormat {
    Text,
    Json,
}

/// Maximum number of listed keys.
const MOST_FLIPS: i64 = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

/// Maximum number of arguments among which a mistake is looked for.
const MOST_MISTAKEN: usize = 100;

/// Maximum number of threads; each takes memory.
const MOST_THREADS: usize = 1_024;

fn threads(text: &str) -> Result<NonZero<usize>, String> {
    let threads =
        text.parse().ok().and_then(NonZero::new).filter(|threads: &NonZero<usize>| threads.get() <= MOST_THREADS);
    threads.ok_or_else(|| format!("limit: a whole number from 1 to {MOST_THREADS}"))
}

/// Parses a time and returns microseconds since 1970.
fn now(text: &str) -> Result<i64, String> {
    chrono::DateTime::parse_from_rfc3339(text)
        .map(|time| time.timestamp_micros())
        .map_err(|error| format!("{error}; write it as 2026-01-31T12:00:00Z"))
}

/// Parses a format of what is no report.
fn table_or_markdown(name: &str) -> Result<Format, String> {
    match format(name)? {
        format @ (Format::Text | Format::Markdown | Format::Json) => Ok(format),
        format => Err(format!("`{}` is a format of reports alone: use text, markdown or json", format.name())),
    }
}

fn format(name: &str) -> Result<Format, String> {
    name.parse().map_err(|error: crate::report::UnknownFormat| error.to_string())
}

/// The stack size that the longest accepted SQL needs; the system's own for the first thread may be only 1 MiB.
const STACK: usize = 32 << 20;

/// Runs the command of the process.
pub fn main() -> ExitCode {
    // A panic is reported in one line, as other errors are, with the exit code for "not evaluated".
    set_hook(Box::new(|panic| {
        let what = panic.payload_as_str().unwrap_or("for no reason given");
        let place = panic.location().map_or_else(String::new, |place| format!(" ({}:{})", place.file(), place.line()));
        output::complain(&format!("error: internal error: {}{place}\n", visible(what)));
    }));
    // Exhausted memory and a stack overflow abort the process; the exit code must then be "not evaluated", too.
    #[cfg(unix)]
    let _ = signal_hook::flag::register_conditional_shutdown(
        signal_hook::consts::SIGABRT,
        i32::from(exit::NOT_EVALUATED),
        Arc::new(AtomicBool::new(true)),
    );
    let run = || dispatch(std::env::args_os());
    let ended = match thread::Builder::new().name("mlgate".to_owned()).stack_size(STACK).spawn(run) {
        Ok(running) => running.join(),
        Err(_) => catch_unwind(run),
    };
    ExitCode::from(ended.unwrap_or(exit::NOT_EVALUATED))
}

fn dispatch(arguments: impl Iterator<Item = OsString>) -> u8 {
    let given: Vec<OsString> = arguments.collect();
    // Read before all others, so that also the message for a wrong argument is in ASCII.
    output::write_ascii(given.iter().any(|argument| argument == "--ascii"));
    let arguments = match Arguments::try_parse_from(&given) {
        Ok(arguments) => arguments,
        Err(problem) => {
            // Help and the version are no problems. The message for an invalid argument quotes it.
            let is_problem = problem.use_stderr();
            let color = if is_problem {
                output::use_color(Color::Auto, &std::io::stderr())
            } else {
                output::use_color(Color::Auto, &std::io::stdout())
            };
            let text = problem.render();
            let text = if color { text.ansi().to_string() } else { text.to_string() };
            if is_problem {
                output::complain(&text);
                refuse_run(&given, &problem);
                return exit::USAGE;
            }
            return output::print(&text).map_or(exit::NOT_EVALUATED, |()| exit::PASSED);
        }
    };
    let color = match &arguments.command {
        Some(Command::Run(run)) => run.color,
        _ => arguments.run.color,
    };
    let done = match arguments.command {
        None => commands::run::run(&arguments.run),
        Some(Command::Run(run)) => commands::run::run(&run),
        Some(Command::Guard(guard)) => commands::guard::guard(&guard),
        Some(Command::Publish(publish)) => commands::publish::publish(&publish),
        Some(Command::Render(render)) => commands::render::render(&render),
        Some(Command::Bless(bless)) => commands::bless::bless(&bless),
        Some(Command::Diff(diff)) => commands::diff::diff(&diff),
        Some(Command::Power(power)) => commands::power::power(&power),
        Some(Command::Drill(drill)) => commands::drill::drill(&drill),
        Some(Command::Slices(slices)) => commands::slices::slices(&slices),
        Some(Command::Read(read)) => commands::read::read(&read),
        Some(Command::Init(init)) => commands::init::init(&init),
        Some(Command::Explain { check, config }) => commands::explain::explain(&check, config.config.as_deref()),
        Some(Command::Checks { config }) => commands::explain::checks(config.config.as_deref()),
        Some(Command::Schema { config }) => commands::explain::schema(config.config.as_deref()),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "mlgate", &mut script);
            output::print(&String::from_utf8_lossy(&script)).map(|()| exit::PASSED)
        }
        Some(Command::Demo(demo)) => commands::demo::demo(&demo),
        Some(Command::Doctor(doctor)) => commands::doctor::doctor(&doctor),
        Some(Command::Hook(hook)) => commands::hook::hook(&hook),
        Some(Command::Man(man)) => commands::man::man(&man, Arguments::command()),
    };
    match done {
        Ok(code) => code,
        Err(failure) => {
            output::complain(&exit::rendered(&failure, output::use_color(color, &std::io::stderr())));
            exit::code(&failure)
        }
    }
}

/// Ends a run with wrong arguments: removes its old reports, and replaces its comment and status by "no verdict".
fn refuse_run(given: &[OsString], problem: &clap::Error) {
    let Some(read) = readable(given) else { return };
    let run = match read.command {
        Some(Command::Run(run)) => run,
        Some(_) => return,
        None => read.run,
    };
    let text = problem.to_string();
    let first = text.lines().next().unwrap_or_default();
    commands::run::refuse(&run, first.strip_prefix("error: ").unwrap_or(first));
}

/// Reads what can be read of arguments that are wrong.
fn readable(given: &[OsString]) -> Option<Arguments> {
    // One mistake is one argument, or one with its value.
    let without = |at: usize, length: usize| {
        let rest = given.iter().enumerate().filter(|(index, _)| !(at..at + length).contains(index));
        Arguments::try_parse_from(rest.map(|(_, argument)| argument)).ok()
    };
    let tried = 1..given.len().min(MOST_MISTAKEN);
    tried.clone().find_map(|at| without(at, 1)).or_else(|| tried.into_iter().find_map(|at| without(at, 2))).or_else(
        || {
            let matches = Arguments::command().ignore_errors(true).try_get_matches_from(given).ok()?;
            Arguments::from_arg_matches(&matches).ok()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_fit_together() {
        Arguments::command().debug_assert();
    }
}

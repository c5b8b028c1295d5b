//! The command line: arguments in, exit codes out.

mod arguments;
mod bless_place;
mod commands;
mod doctor;
mod exit;
mod in_repository;
mod link_guard;
mod load;
mod output;
mod post;
mod progress;
mod prose;
mod quiet;
mod report_file;
mod shell;
mod target;
mod watch;
mod write_back;

use std::ffi::OsString;
use std::panic::{catch_unwind, set_hook};
use std::process::ExitCode;
#[cfg(unix)]
use std::sync::{Arc, atomic::AtomicBool};
use std::thread;

use clap::{CommandFactory, FromArgMatches, Parser};

use crate::config::visible;
use arguments::{Arguments, Color, Command};

/// Maximum number of arguments among which a mistake is looked for.
const MOST_MISTAKEN: usize = 100;

/// The stack size that the longest accepted SQL needs; the system's own for the first thread may be only 1 MiB.
const STACK: usize = 32 << 20;

/// Runs the command of a process with these arguments, of which the first is its name.
pub fn main(given: Vec<OsString>) -> ExitCode {
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
    let again = given.clone();
    let run = || dispatch(given);
    let ended = match thread::Builder::new().name("mlgate".to_owned()).stack_size(STACK).spawn(run) {
        Ok(running) => running.join(),
        Err(_) => catch_unwind(|| dispatch(again)),
    };
    ExitCode::from(ended.unwrap_or(exit::NOT_EVALUATED))
}

fn dispatch(given: Vec<OsString>) -> u8 {
    // Read before all others, so that also the message for a wrong argument is in ASCII.
    output::write_ascii(given.iter().any(|argument| argument == "--ascii"));
    let arguments = match Arguments::try_parse_from(&given) {
        Ok(arguments) => arguments,
        Err(problem) => {
            // Help and the version are not problems. The message for an invalid argument quotes it.
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
        Some(Command::Run(run)) => run.print.color,
        _ => arguments.run.print.color,
    };
    let done = match arguments.command {
        None => commands::run::run(&arguments.run),
        Some(Command::Run(run)) => commands::run::run(&run),
        Some(Command::Guard(guard)) => commands::guard::guard(&guard),
        Some(Command::Publish(publish)) => commands::publish::publish(&publish),
        Some(Command::Render(render)) => commands::render::render(&render),
        Some(Command::Push(push)) => commands::push::push(&push),
        Some(Command::Sign(sign)) => commands::sign::sign(&sign),
        Some(Command::Verify(verify)) => commands::verify::verify(&verify),
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

//! `mlgate man`: the manual pages, made of the same definitions as the help.

use clap::Command;
use clap_mangen::Man;

use crate::cli::arguments::ManArguments;
use crate::cli::exit::PASSED;
use crate::cli::output;
use crate::pipeline::failure::Failure;

/// Prints one page, or writes all of them.
pub(in crate::cli) fn man(arguments: &ManArguments, program: Command) -> Result<u8, Failure> {
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let pages = pages(&program);
    if let Some(folder) = &arguments.dir {
        for command in &pages {
            output::write_bytes(&folder.join(format!("{}.1", name(command))), &page(command)?)?;
        }
        return Ok(PASSED);
    }
    let words = std::iter::once("mlgate").chain(arguments.command.iter().map(String::as_str)).collect::<Vec<_>>();
    let wanted = words.join("-");
    let command = pages.into_iter().find(|command| name(command) == wanted).ok_or_else(|| {
        Failure::Usage(format!("there is no command `{}`; `mlgate --help` lists all", words.join(" ")))
    })?;
    output::print(&String::from_utf8_lossy(&page(command)?))?;
    Ok(PASSED)
}

/// Returns the name of a command's page, such as `mlgate-hook-install`.
fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or(command.get_name())
}

/// Returns a command and all below it.
fn pages(command: &Command) -> Vec<&Command> {
    let shown = command.get_subcommands().filter(|below| !below.is_hide_set());
    std::iter::once(command).chain(shown.flat_map(pages)).collect()
}

fn page(command: &Command) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    let source = concat!("mlgate ", env!("CARGO_PKG_VERSION"));
    let page = Man::new(command.clone()).manual("mlgate").source(source);
    page.render(&mut text).map_err(|error| Failure::Environment(format!("the manual page cannot be made: {error}")))?;
    Ok(text)
}

//! `mlgate render`: a JSON report in other formats.

use std::io;

use crate::cli::arguments::RenderArguments;
use crate::cli::report_file::read_guarded;
use crate::cli::{exit, output};
use crate::pipeline::failure::Failure;
use crate::pipeline::request::clock;
use crate::report::RenderOptions;

/// Reads a report, checks it and renders it. The exit code is that of the rendering, whatever the verdict is.
pub(in crate::cli) fn render(arguments: &RenderArguments) -> Result<u8, Failure> {
    output::check(&arguments.output, &[])?;
    let (report, _) = read_guarded(&arguments.report, arguments.now.unwrap_or_else(clock))?;
    let options = RenderOptions {
        color: output::use_color(arguments.color, &io::stdout()),
        ascii: arguments.ascii,
        evidence: arguments.evidence,
        quiet: arguments.quiet,
        ..RenderOptions::default()
    };
    output::write_all(&report, arguments.format, &arguments.output, &options)?;
    Ok(exit::PASSED)
}

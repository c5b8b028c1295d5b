//! `mlgate render`: a JSON report in other formats.

use crate::cli::arguments::RenderArguments;
use crate::cli::report_file::read_guarded;
use crate::cli::{exit, output};
use crate::pipeline::failure::Failure;
use crate::pipeline::request::clock;

/// Reads a report, checks it and renders it. The exit code is that of the rendering, whatever the verdict is.
pub(in crate::cli) fn render(arguments: &RenderArguments) -> Result<u8, Failure> {
    output::check(&arguments.output, &[])?;
    let (report, _) = read_guarded(&arguments.report, arguments.now.unwrap_or_else(clock))?;
    output::write_all(&report, arguments.format, &arguments.output, &arguments.print.options())?;
    Ok(exit::PASSED)
}

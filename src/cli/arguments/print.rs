//! The arguments that say how a report is printed.

use std::io;

use clap::Args;

use super::values::Color;
use crate::cli::output;
use crate::report::RenderOptions;

#[derive(Debug, Args)]
pub(in crate::cli) struct PrintArguments {
    /// Writes only ASCII, for terminals and agents that show no other characters
    #[arg(long)]
    pub(in crate::cli) ascii: bool,
    /// Prints the evidence for every gate: intervals, methods, definitions, groups
    #[arg(long, short)]
    pub(in crate::cli) evidence: bool,
    /// Prints only the verdict and what blocks
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(in crate::cli) color: Color,
}

impl PrintArguments {
    /// Returns the options of rendering to standard output.
    pub(in crate::cli) fn options(&self) -> RenderOptions {
        RenderOptions {
            color: output::use_color(self.color, &io::stdout()),
            ascii: self.ascii,
            evidence: self.evidence,
            quiet: self.quiet,
            ..RenderOptions::default()
        }
    }
}

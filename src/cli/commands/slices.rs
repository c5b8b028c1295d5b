//! `mlgate slices`: the slices in which a model got worse.

use crate::cli::arguments::{SlicesArguments, TableFormat};
use crate::cli::exit::{NOT_EVALUATED, PASSED};
use crate::cli::{load, output, progress};
use crate::pipeline::failure::Failure;
use crate::pipeline::policies;
use crate::pipeline::request::{Request, clock};
use crate::pipeline::session::Session;
use crate::pipeline::slices;
use crate::report::slices_text;

/// Searches the slices of all models, or of one, and prints them; a slice that got worse is no failure.
pub(in crate::cli) fn slices(arguments: &SlicesArguments) -> Result<u8, Failure> {
    let mut project = load::config(arguments.config.as_deref())?;
    policies::load(&mut project, &[])?;
    let catalog = load::catalog(Some(&project))?;
    let request = Request {
        only: Vec::new(),
        now: clock(),
        threads: arguments.threads,
        list_flips: None,
        plots: false,
        guard: None,
    };
    let limits = [arguments.depth, arguments.min_n, arguments.most];
    let progress = progress::shown(arguments.quiet);
    let mut session = Session::open(&project, request.threads)?;
    let wanted = (arguments.model.as_deref(), limits);
    let found = slices::slices(&project, &catalog, &request, wanted, &mut session, &progress)?;
    let printed = match arguments.format {
        TableFormat::Text => slices_text(&found),
        TableFormat::Json => {
            let text = match found.as_slice() {
                [one] => serde_json::to_string_pretty(one),
                all => serde_json::to_string_pretty(all),
            };
            text.map_err(|error| Failure::Environment(format!("internal error: no JSON: {error}")))? + "\n"
        }
    };
    output::print(&printed)?;
    Ok(if found.iter().any(|search| search.undefined.is_some()) { NOT_EVALUATED } else { PASSED })
}

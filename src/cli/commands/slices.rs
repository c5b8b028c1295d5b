//! `mlgate slices`: the slices in which a model got worse.

use std::collections::BTreeSet;

use crate::cli::arguments::{SlicesArguments, TableFormat};
use crate::cli::exit::{NOT_EVALUATED, PASSED};
use crate::cli::{load, output, progress};
use crate::pipeline::failure::Failure;
use crate::pipeline::policies;
use crate::pipeline::request::{Request, clock};
use crate::pipeline::session::Session;
use crate::pipeline::slices;
use crate::report::{attributed_by, slices_text};

/// Searches the slices of all models, or of one, and prints them; a slice that got worse is not a failure.
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
    let mut found = slices::slices(&project, &catalog, &request, wanted, &mut session, &progress)?;
    for column in &arguments.by {
        let splits = || found.iter().filter_map(|search| search.attribution.as_ref());
        let known: BTreeSet<&str> = splits().flat_map(|split| &split.columns).map(|of| of.column.as_str()).collect();
        if splits().next().is_some() && !known.contains(column.as_str()) {
            let known = known.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let message =
                format!("--by {column}: no search has the column; the columns that describe slices are {known}");
            return Err(Failure::Usage(message));
        }
    }
    attributed_by(&mut found, &arguments.by);
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

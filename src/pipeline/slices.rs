//! The search for slices in which a model got worse, without any gate.

use super::bound::BoundConfig;
use super::failure::Failure;
use super::progress::OnStep;
use super::project::Project;
use super::request::{BaselineChoice, Request};
use super::session::Session;
use crate::catalog::Catalog;
use crate::gate::bind::CONFIDENCE;
use crate::gate::judge::found_slices;
use crate::measurement::Measurements;
use crate::measurement::slice_search::FindSlices;
use crate::report::document::SliceSearchResult;
use crate::report::slice_searches;

/// The depth, the fewest rows and the most slices of a search whose config has none.
pub(crate) const DEFAULTS: [u64; 3] = FindSlices::DEFAULTS;
/// The greatest depth.
pub(crate) const DEEPEST: u64 = FindSlices::DEEPEST;

/// Searches the slices of every model whose name matches: as its `find` says, or with this depth, these fewest rows and most slices.
///
/// # Errors
///
/// The config cannot be bound, or no model of it has predictions and the name.
pub(crate) fn slices(
    project: &Project,
    catalog: &Catalog,
    request: &Request,
    (model, [depth, min_n, most]): (Option<&str>, [u64; 3]),
    session: &mut Session,
    on_step: OnStep<'_>,
) -> Result<Vec<SliceSearchResult>, Failure> {
    let BoundConfig { found, mut gates, .. } =
        BoundConfig::of(project, catalog, request, BaselineChoice::Configured, session)?;
    let seed = project.config.seed;
    gates.find_slices(model, &FindSlices { metric: None, columns: None, data: None, depth, min_n, most, seed });
    if gates.observations.is_empty() && gates.lost.is_empty() {
        let known: Vec<String> = gates.specs.keys().map(|name| format!("`{name}`")).collect();
        return Err(Failure::Usage(match (model, known.is_empty()) {
            (_, true) => "the config has no model with predictions, so there are no rows to search".to_owned(),
            (Some(model), false) => {
                format!("there is no model `{model}` with predictions; the models are {}", known.join(", "))
            }
            (None, false) => "no model has losses of single rows; a ranking has none".to_owned(),
        }));
    }
    let (measurements, _) = match found.stored() {
        Some(stored) => stored.measure(&mut gates, session, project, &Measurements::new(), on_step),
        None => (session.measure(gates.measurements(), &gates.specs, &Measurements::new(), on_step), Vec::new()),
    };
    let level = project.config.confidence.unwrap_or(CONFIDENCE);
    let searched = found_slices(&gates, &measurements, project.config.seed, level);
    Ok(slice_searches(searched, project.config.min_cell))
}

//! The place of a job on its forge, and the room there.

use std::time::Instant;

use crate::cli::arguments::PostArguments;
use crate::pipeline::environment::{event_text, token, variable};
use crate::publish::forge::{self, FORGES, Place, Wanted};
use crate::publish::marker::CommentMode;

/// The place of a run, and the time since which the forge is asked for it.
pub(in crate::cli) struct Located {
    /// The place, or the reason there is none.
    pub(in crate::cli) place: Result<Place, String>,
    /// The start of the time limit.
    pub(in crate::cli) started: Instant,
}

/// Returns the place of this job, completed with the head of its change if anything is posted there. `tree` is the
/// checked-out commit, followed by those that it merges.
pub(in crate::cli) fn located(arguments: &PostArguments, mode: CommentMode, tree: &[String]) -> Located {
    let started = forge::start();
    let is_asked = mode != CommentMode::Off || arguments.check_run.is_some() || arguments.status.is_some();
    let place = find(arguments).and_then(|mut place| {
        if let Some(token) = token(place.forge).filter(|_| is_asked) {
            forge::complete(&mut place, &token, tree)?;
        }
        Ok(place)
    });
    Located { place, started }
}

/// Returns the place of this job on its forge.
pub(in crate::cli) fn find(arguments: &PostArguments) -> Result<Place, String> {
    let wanted = Wanted {
        forge: arguments.forge.clone(),
        repository: arguments.repository.clone(),
        pull: arguments.pull,
        commit: arguments.commit.clone(),
        server: None,
    };
    let event = event_text()?;
    forge::find(&variable, event.as_deref(), &wanted).map_err(|error| error.to_string())
}

/// Returns the place where a report is whole that does not fit into a comment.
pub(in crate::cli) fn rest(place: Option<&Place>) -> &'static str {
    match place.map(|place| place.forge) {
        Some(forge) if forge::home(&variable) != Some(forge) => "the artifacts of the [run]",
        Some(forge) => forge.rest,
        None => "",
    }
}

/// Returns the sizes of a report's page that are tried, in UTF-16 units.
pub(in crate::cli) fn comment_sizes(place: Option<&Place>) -> impl Iterator<Item = usize> {
    let forge = place.map_or(FORGES[0], |place| place.forge);
    forge.sizes.iter().map(|(size, _)| *size)
}

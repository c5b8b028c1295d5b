//! Readers of runs that other tools have recorded: evaluation logs, trackers and files of metrics.
//!
//! Each reader turns its format into one shape, [`RunSnapshot`], so that nobody else needs to know where a number comes
//! from. A reader is one line in `kinds`: a name, a function that recognises a path by its content, and one that reads.
//! Files are untrusted: sizes, depths and counts are limited, and what is damaged is refused or marked unfinished.

mod archive;
mod datum;
mod dvc;
mod dvclive;
mod environment;
mod error;
mod found;
mod generic;
mod huggingface;
mod inspect;
mod kinds;
mod limits;
mod lm_eval;
mod locator;
mod mlflow;
mod number;
mod pipelines;
mod prometheus;
mod promptfoo;
mod protocol;
mod snapshot;
mod tensorboard;
mod wandb;
mod web;

pub use environment::ReadEnvironment;
pub use error::ReadError;
pub use limits::ReadLimits;
pub use mlflow::{WriteOutcome, WrittenVerdict, write_back};
pub use protocol::{ProtocolParts, protocol_of_metrics, protocol_of_rows};
pub(crate) use snapshot::direction_name;
pub use snapshot::{MetricReading, RunFacts, RunSnapshot, RunStatus};

use found::FoundPath;
use kinds::{KINDS, SourceKind};
use locator::{Locator, SourceQuery};

/// A source that a reader is asked for: the text behind its kind, the values of its query, and the world it may use.
pub(in crate::readers) struct SourceRequest<'a> {
    /// The text behind `KIND:` and before the query; a path for most kinds, and empty where it is left out.
    pub(in crate::readers) place: &'a str,
    /// The decoded values of the query.
    pub(in crate::readers) query: &'a SourceQuery,
    pub(in crate::readers) limits: &'a ReadLimits,
    pub(in crate::readers) environment: &'a ReadEnvironment<'a>,
}

impl SourceRequest<'_> {
    /// Returns the file or folder of the place.
    ///
    /// # Errors
    ///
    /// There is none, or it is neither a file nor a folder.
    pub(in crate::readers) fn found(&self) -> Result<FoundPath, ReadError> {
        FoundPath::open(self.place, self.environment, self.limits)
    }
}

/// Reads a source: `PATH`, recognised by its content, or `KIND:PLACE`, either with `?key=value&…`.
///
/// # Errors
///
/// The locator is malformed, nothing is there, the content is of no known kind, or it is damaged, too large or ambiguous.
pub fn read(locator: &str, limits: &ReadLimits, environment: &ReadEnvironment<'_>) -> Result<RunSnapshot, ReadError> {
    let is_path = |text: &str| environment.resolve(text).symlink_metadata().is_ok();
    let parsed = Locator::parse(locator, &KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>(), &is_path)?;
    let request = SourceRequest { place: &parsed.place, query: &parsed.query, limits, environment };
    let kind = match parsed.kind {
        Some(name) => KINDS.iter().copied().find(|kind| kind.name == name),
        None => recognised(&request)?,
    };
    let Some(kind) = kind else {
        let known: Vec<String> = KINDS.iter().map(|kind| format!("`{}` ({})", kind.name, kind.about)).collect();
        return Err(ReadError::Unrecognised { place: parsed.place, known: known.join(", ") });
    };
    let mut snapshot = (kind.read)(&request)?;
    snapshot.source = web::without_password(locator);
    kind.name.clone_into(&mut snapshot.kind);
    Ok(snapshot)
}

/// Returns true if a text starts with a kind and a colon, so that it is a locator wherever a path may stand.
pub fn names_kind(text: &str) -> bool {
    text.split_once(':').is_some_and(|(name, _)| KINDS.iter().any(|kind| kind.name == name))
}

/// Returns the first kind that recognises the content of a path.
fn recognised(request: &SourceRequest<'_>) -> Result<Option<&'static SourceKind>, ReadError> {
    let found = request.found()?;
    Ok(KINDS.iter().copied().find(|kind| (kind.recognise)(&found)))
}

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
mod protocol_of_file;
mod snapshot;
mod source_kind;
mod source_request;
mod tensorboard;
mod wandb;
mod web;

pub use dvc::{TrackedOutput, cached_object, listed_members, tracked_outputs};
pub use environment::ReadEnvironment;
pub use error::ReadError;
pub use limits::ReadLimits;
pub use mlflow::{WriteOutcome, WrittenVerdict, write_back};
pub use protocol_of_file::{protocol_of_metrics, protocol_of_rows};
pub(crate) use snapshot::direction_name;
pub use snapshot::{MetricReading, RunFacts, RunSnapshot, RunStatus};

pub(in crate::readers) use found::FoundPath;
use kinds::KINDS;
use locator::Locator;
use source_kind::SourceKind;
pub(in crate::readers) use source_request::SourceRequest;

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

/// The files that a locator names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalPlace {
    /// The path; empty where the locator names a server, a revision, or nothing.
    pub path: String,
    /// True: the path starts at the top of the repository, and not at the folder of whoever names it.
    pub is_from_top: bool,
}

/// Returns the files that a locator names, and nothing for a text that is a path.
pub fn local_place(text: &str) -> Option<LocalPlace> {
    let (kind, rest) = text.split_once(':').filter(|_| names_kind(text))?;
    let place = rest.split_once('?').map_or(rest, |(place, _)| place);
    let path = match kind {
        "prometheus" => "",
        "dvc" => match place.split_once(':') {
            Some(("", "")) | None if place.trim_matches(':').is_empty() => "dvc.yaml",
            Some(("", path)) => path,
            _ => "",
        },
        "mlflow" => place.strip_prefix("sqlite:///").unwrap_or(if place.contains("://") { "" } else { place }),
        _ => place,
    };
    Some(LocalPlace { path: path.to_owned(), is_from_top: kind == "dvc" })
}

/// Returns the first kind that recognises the content of a path.
fn recognised(request: &SourceRequest<'_>) -> Result<Option<&'static SourceKind>, ReadError> {
    let found = request.found()?;
    Ok(KINDS.iter().copied().find(|kind| (kind.recognise)(&found)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locators_name_files() {
        let path = |text: &str| local_place(text).map(|place| place.path);
        for (locator, expected) in [
            ("lm-eval:out/new", "out/new"),
            ("wandb:wandb?run=a", "wandb"),
            ("mlflow:sqlite:///mlflow.db?run=a", "mlflow.db"),
            ("mlflow:sqlite:////srv/m.db?run=a", "/srv/m.db"),
            ("mlflow:mlruns?run=a", "mlruns"),
            ("mlflow:https://h?run=a", ""),
            ("mlflow:?run=a", ""),
            ("dvc:main", ""),
            ("dvc:main:m.json", ""),
            ("dvc::eval/m.json", "eval/m.json"),
            ("dvc:", "dvc.yaml"),
            ("prometheus:http://h?query=a", ""),
        ] {
            assert_eq!(path(locator).as_deref(), Some(expected), "{locator}");
        }
        assert_eq!([path("metrics.json"), path("s3://b/m.json"), path("C:\\m.json")], [None, None, None]);
    }
}

//! Results of lm-evaluation-harness: the results file, the output folder, and the samples of `--log_samples`.

mod folder;
mod protocol;
mod results;
pub(in crate::readers) mod samples;

use super::datum::Datum;
use super::source_kind::SourceKind;
use super::source_request::SourceRequest;
use super::{ReadError, RunSnapshot};
use results::of_results;

pub(in crate::readers) const LM_EVAL: SourceKind = SourceKind {
    name: "lm-eval",
    about: "results of lm-evaluation-harness: a file, an output folder, or logged samples",
    recognise: |found| {
        let is_results = || {
            found.json_at(&["results"]).is_some_and(Datum::is_map)
                && ["n-shot", "lm_eval_version", "n-samples"].iter().any(|key| found.json_at(&[key]).is_some())
        };
        if found.is_folder() { folder::has_results(found) } else { samples::are_in(found) || is_results() }
    },
    read,
};

fn read(request: &SourceRequest<'_>) -> Result<RunSnapshot, ReadError> {
    request.query.only(&[])?;
    let found = request.found()?;
    let mut snapshot = RunSnapshot::default();
    if found.is_folder() {
        folder::read(&found, &mut snapshot)?;
    } else if samples::are_in(&found) {
        samples::read(&found, &mut snapshot)?;
    } else {
        of_results(&found, &mut snapshot)?;
    }
    Ok(snapshot)
}

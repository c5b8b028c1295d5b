//! Results of promptfoo in JSON (`promptfoo eval --output results.json`).

use super::datum::Datum;
use super::protocol::{ProtocolParts, add, canonical, digest};
use super::snapshot::rfc3339_of_text;
use super::source_kind::SourceKind;
use super::source_request::SourceRequest;
use super::{FoundPath, MetricReading, ReadError, RunSnapshot, RunStatus};
use crate::plural::counted;
use crate::stats::Direction;

/// The versions of the format whose prompts have metrics.
const VERSIONS: [u64; 2] = [2, 3];

pub(in crate::readers) const PROMPTFOO: SourceKind = SourceKind {
    name: "promptfoo",
    about: "results of promptfoo in JSON",
    recognise: |found| {
        found.json_at(&["results", "version"]).is_some()
            && found.json_at(&["results", "stats", "successes"]).is_some()
            && found.json_at(&["results"]).is_some_and(|results| prompts(results).is_some())
    },
    read,
};

/// Returns the prompts: of version 2 they are the head of a table.
fn prompts(results: &Datum) -> Option<&Datum> {
    results.get("prompts").or_else(|| results.at(&["table", "head", "prompts"])).filter(|prompts| prompts.is_list())
}

fn read(request: &SourceRequest<'_>) -> Result<RunSnapshot, ReadError> {
    request.query.only(&[])?;
    let found = request.found()?;
    let refused = |why: String| ReadError::unreadable(found.shown(), why);
    let log = found.document()?;
    let text = |keys: &[&str]| log.at(keys).and_then(Datum::text).map(str::to_owned);
    let results = log.get("results").ok_or_else(|| refused("it has no `results`".to_owned()))?;
    let version = results.get("version").and_then(Datum::count);
    if !version.is_some_and(|version| VERSIONS.contains(&version)) {
        let version = results.get("version").and_then(Datum::as_stored).unwrap_or_else(|| "missing".to_owned());
        return Err(refused(format!("the version of its results is {version}; 2 and 3 are read")));
    }
    let prompts = prompts(results).ok_or_else(|| refused("its results have no prompts".to_owned()))?.items();
    let mut snapshot = RunSnapshot::default();
    snapshot.run.id = text(&["evalId"]);
    snapshot.run.name = text(&["config", "description"]);
    // The file is written once, when all is done.
    snapshot.run.status = Some(RunStatus::Finished);
    let started = text(&["results", "timestamp"]).or_else(|| text(&["metadata", "evaluationCreatedAt"]));
    snapshot.run.started = started.and_then(|time| rfc3339_of_text(&time));
    if let Some(version) = text(&["metadata", "promptfooVersion"]) {
        snapshot.tags.insert("promptfooVersion".to_owned(), version);
    }
    for (prompt, name) in prompts.iter().zip(names(prompts)) {
        of_prompt(&found, prompt, &name, &mut snapshot)?;
    }
    if let Some(errors @ 1..) = results.at(&["stats", "errors"]).and_then(Datum::count) {
        snapshot.warn(format!("{} ended with an error, and count as failed", counted(errors, "test")));
    }
    protocol(log, &mut snapshot.protocol);
    if snapshot.metrics.is_empty() { Err(refused("none of its prompts has a test".to_owned())) } else { Ok(snapshot) }
}

/// Adds the protocol: the tests, with their variables and assertions. Prompts and providers are what is compared.
pub(in crate::readers) fn protocol(log: &Datum, parts: &mut ProtocolParts) {
    let results = log.at(&["results", "results"]).map(Datum::items).unwrap_or_default();
    let case = |result: &Datum| {
        let of = |keys: &[&str]| result.at(keys).map(canonical).unwrap_or_default();
        let keys = ["vars", "assert", "options", "threshold"].map(|key| of(&["testCase", key]));
        format!("{} {}", of(&["testIdx"]), keys.join(" "))
    };
    add(parts, "", "tests", digest(results.iter().map(case).collect()));
}

/// Returns a name for each prompt: its label, and its provider and number where labels repeat.
fn names(prompts: &[Datum]) -> Vec<String> {
    let text = |prompt: &Datum, key: &str| prompt.get(key).and_then(Datum::text).map(str::to_owned);
    let label = |prompt: &Datum| {
        let own = text(prompt, "label").filter(|label| !label.is_empty());
        own.or_else(|| text(prompt, "raw")).unwrap_or_else(|| "prompt".to_owned())
    };
    let repeats = |names: &[String], name: &String| names.iter().filter(|other| *other == name).count() > 1;
    let labels: Vec<String> = prompts.iter().map(label).collect();
    let with_provider = |(prompt, label): (&Datum, &String)| match text(prompt, "provider") {
        Some(provider) if repeats(&labels, label) => format!("{label}.{provider}"),
        _ => label.clone(),
    };
    let names: Vec<String> = prompts.iter().zip(&labels).map(with_provider).collect();
    let numbered =
        |(at, name): (usize, &String)| if repeats(&names, name) { format!("{name}.{at}") } else { name.clone() };
    names.iter().enumerate().map(numbered).collect()
}

/// Adds the pass rate and the mean scores of a prompt; the file has sums.
fn of_prompt(found: &FoundPath, prompt: &Datum, name: &str, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
    let refused = |why: String| ReadError::unreadable(found.shown(), why);
    let Some(metrics) = prompt.get("metrics").filter(|metrics| metrics.is_map()) else {
        return Err(refused(format!("the prompt `{name}` has no metrics")));
    };
    let count = |key: &str| match metrics.get(key) {
        None => Ok(0),
        Some(value) => value.count().ok_or_else(|| refused(format!("`{key}` of the prompt `{name}` is not a count"))),
    };
    let (passed, failed, errors) = (count("testPassCount")?, count("testFailCount")?, count("testErrorCount")?);
    let n = passed.saturating_add(failed).saturating_add(errors);
    if n == 0 {
        snapshot.warn(format!("the prompt `{name}` has no test"));
        return Ok(());
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of a file that is read are below 2^53")]
    let ratio = |sum: f64, n: u64| sum / n as f64;
    let better = Some(Direction::HigherIsBetter);
    #[expect(clippy::cast_precision_loss, reason = "likewise")]
    let rate = MetricReading { n: Some(n), direction: better, ..MetricReading::of(ratio(passed as f64, n)) };
    snapshot.add(found.shown(), format!("{name}.pass_rate"), rate, found.limits())?;
    match metrics.get("score").and_then(Datum::number) {
        Some(sum) => {
            let score = MetricReading { n: Some(n), direction: better, ..MetricReading::of(ratio(sum, n)) };
            snapshot.add(found.shown(), format!("{name}.score"), score, found.limits())?;
        }
        None => snapshot.warn(format!("the prompt `{name}` has no score")),
    }
    for (key, sum) in metrics.get("namedScores").map(Datum::entries).unwrap_or_default() {
        let weight = |of: &str| metrics.at(&[of, key]).and_then(Datum::number).filter(|weight| *weight > 0.0);
        let (Some(sum), Some(weight)) =
            (sum.number(), weight("namedScoreWeights").or_else(|| weight("namedScoresCount")))
        else {
            snapshot.warn(format!("`{key}` of the prompt `{name}` has no number of scores, so it has no mean"));
            continue;
        };
        let n = metrics.at(&["namedScoresCount", key]).and_then(Datum::count);
        let reading = MetricReading { n, ..MetricReading::of(sum / weight) };
        snapshot.add(found.shown(), format!("{name}.{key}"), reading, found.limits())?;
    }
    Ok(())
}

//! Runs and versions of models in the server's answers.

use std::collections::BTreeMap;

use super::super::store::{DELETED_STAGE, LatestValue, StoredRun, StoredVersion, status, stored};
use crate::readers::datum::Datum;

/// Returns the run of an answer.
///
/// # Errors
///
/// The answer is not of the form of a run.
pub(super) fn run_of(run: &Datum) -> Result<StoredRun, String> {
    let info = run.get("info").ok_or("a run of the answer has no `info`")?;
    let text = |key: &str| info.get(key).and_then(Datum::as_stored);
    let list = |key: &str| run.at(&["data", key]).map(Datum::items).unwrap_or_default();
    let pairs = |key: &str| {
        let pair = |item: &Datum| {
            Some((item.get("key")?.as_stored()?, item.get("value").and_then(Datum::as_stored).unwrap_or_default()))
        };
        list(key).iter().filter_map(pair).collect::<BTreeMap<_, _>>()
    };
    let mut metrics = BTreeMap::new();
    for item in list("metrics") {
        let key = item.get("key").and_then(Datum::as_stored).ok_or("a metric of the answer has no key")?;
        let number = item
            .get("value")
            .and_then(Datum::number)
            .ok_or_else(|| format!("the metric `{key}` of the answer has no number"))?;
        // Numbers of 64 bits are texts in this JSON; zeros are left out.
        let value = LatestValue { value: stored(number), step: item.get("step").and_then(whole).unwrap_or_default() };
        metrics.insert(key, value);
    }
    Ok(StoredRun {
        id: text("run_id").or_else(|| text("run_uuid")).ok_or("a run of the answer has no id")?,
        experiment: text("experiment_id").unwrap_or_default(),
        name: text("run_name").filter(|name| !name.is_empty()),
        status: text("status").as_deref().and_then(status),
        is_deleted: text("lifecycle_stage").is_some_and(|stage| stage == "deleted"),
        started: info.get("start_time").and_then(whole),
        artifact_uri: text("artifact_uri"),
        metrics,
        params: pairs("params"),
        tags: pairs("tags"),
    })
}

/// Returns the version of an answer, unless it is deleted.
///
/// # Errors
///
/// The answer is not of the form of a version.
pub(super) fn version_of(version: &Datum) -> Result<Option<StoredVersion>, String> {
    let text = |key: &str| version.get(key).and_then(Datum::as_stored).filter(|text| !text.is_empty());
    if text("current_stage").is_some_and(|stage| stage == DELETED_STAGE) {
        return Ok(None);
    }
    let number =
        text("version").and_then(|number| number.parse().ok()).ok_or("a version of the answer has no number")?;
    Ok(Some(StoredVersion {
        model: text("name").unwrap_or_default(),
        version: number,
        run: text("run_id"),
        source: text("source"),
        storage: None,
        state: text("status"),
    }))
}

/// Returns a whole number that JSON holds as a number or as a text.
fn whole(value: &Datum) -> Option<i64> {
    value.whole().or_else(|| value.text().and_then(|text| text.parse().ok()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::readers::ReadLimits;
    use crate::readers::datum;

    #[test]
    fn runs_of_answers() {
        let text = r#"{"info": {"run_id": "a", "status": "FAILED", "start_time": 5, "lifecycle_stage": "active"}, "data": {
            "metrics": [{"key": "x", "value": 1.7976931348623157E308, "step": "7"}, {"key": "y", "value": "NaN"}, {"key": "z", "value": 1}],
            "params": [{"key": "empty"}, {"key": "lr", "value": "0.1"}]}}"#;
        let run = run_of(&datum::json(text, &ReadLimits::default()).unwrap()).unwrap();
        assert_eq!(run.metrics["x"], LatestValue { value: f64::INFINITY, step: 7 });
        assert!(run.metrics["y"].value.is_nan());
        assert_eq!((run.metrics["z"].step, run.params["empty"].as_str(), run.started), (0, "", Some(5)));
    }
}

//! JSON of managed pipelines: KFP's ExecutorInput, evaluations of SageMaker and of Vertex AI.

use super::datum::Datum;
use super::generic::flatten;
use super::snapshot::rfc3339_of_text;
use super::source_kind::SourceKind;
use super::source_request::SourceRequest;
use super::{ReadError, RunSnapshot};

pub(in crate::readers) const KFP: SourceKind = SourceKind {
    name: "kfp",
    about: "the ExecutorInput of a task of Kubeflow Pipelines",
    recognise: |found| {
        let has = |key: &str| found.json_at(&["inputs", key]).is_some_and(Datum::is_map);
        (has("artifacts") || has("parameterValues")) && found.json_at(&["outputs"]).is_some()
    },
    read: read_kfp,
};

pub(in crate::readers) const SAGEMAKER: SourceKind = SourceKind {
    name: "sagemaker",
    about: "an evaluation of SageMaker: model quality or Clarify",
    recognise: |found| {
        let kinds = [
            "binary_classification_metrics",
            "multiclass_classification_metrics",
            "regression_metrics",
            "pre_training_bias_metrics",
            "post_training_bias_metrics",
        ];
        kinds.iter().any(|kind| found.json_at(&[kind]).is_some_and(Datum::is_map))
    },
    read: read_document,
};

pub(in crate::readers) const VERTEX: SourceKind = SourceKind {
    name: "vertex",
    about: "an evaluation of Vertex AI",
    recognise: |found| {
        let marks = ["metricsSchemaUri", "auPrc", "auRoc", "confidenceMetrics", "rootMeanSquaredError"];
        marks.iter().any(|mark| found.json_at(&[mark]).is_some())
    },
    read: read_document,
};

/// Reads numbers by the names that they have in the document.
fn read_document(request: &SourceRequest<'_>) -> Result<RunSnapshot, ReadError> {
    request.query.only(&[])?;
    let found = request.found()?;
    let document = found.document()?;
    let mut snapshot = RunSnapshot::default();
    flatten(&found, document, "", false, &mut snapshot)?;
    if document.get("metricsSchemaUri").is_some() {
        let text = |key: &str| document.get(key).and_then(Datum::text);
        snapshot.run.id = text("name").map(str::to_owned);
        snapshot.run.name = text("displayName").map(str::to_owned);
        snapshot.run.started = text("createTime").and_then(rfc3339_of_text);
    }
    if snapshot.metrics.is_empty() {
        return Err(ReadError::unreadable(found.shown(), "it holds no number"));
    }
    Ok(snapshot)
}

/// Reads the metadata of a task's input artifacts, where metrics are, and its parameters.
fn read_kfp(request: &SourceRequest<'_>) -> Result<RunSnapshot, ReadError> {
    request.query.only(&[])?;
    let found = request.found()?;
    let document = found.document()?;
    let mut snapshot = RunSnapshot::default();
    let inputs = document.get("inputs").filter(|inputs| inputs.is_map());
    let inputs = inputs.ok_or_else(|| ReadError::unreadable(found.shown(), "it has no `inputs`"))?;
    for (name, list) in inputs.get("artifacts").map(Datum::entries).unwrap_or_default() {
        let artifacts = list.get("artifacts").map(Datum::items).unwrap_or_default();
        for (at, artifact) in artifacts.iter().enumerate() {
            let name = if artifacts.len() > 1 { format!("{name}.{at}") } else { name.clone() };
            if let Some(metadata) = artifact.get("metadata") {
                flatten(&found, metadata, &name, false, &mut snapshot)?;
            }
            if let Some(address) = artifact.get("uri").and_then(Datum::text) {
                snapshot.artifacts.insert(name, address.to_owned());
            }
        }
    }
    if let Some(parameters) = inputs.get("parameterValues") {
        parameters.params("", &mut snapshot.params);
    }
    if snapshot.metrics.is_empty() {
        let why = "its input artifacts have no number in their metadata, where KFP keeps metrics";
        return Err(ReadError::unreadable(found.shown(), why));
    }
    Ok(snapshot)
}

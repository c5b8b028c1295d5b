//! A CycloneDX 1.6 bill of materials: the models with their metrics by slice and their fairness assessments, and the files.
//!
//! The specification is <https://cyclonedx.org/docs/1.6/json/>; performance metrics and intervals are texts there.

use serde_json::{Map, Value, json};

use super::document::{GateResult, Report};
use super::evaluated::{EvaluatedModel, models};
use super::named_files::{NamedFile, named_files};
use super::safe;
use super::sections::Section;
use crate::digest::sha256;
use crate::gate::verdict::Effect;

/// Renders a report as a bill of materials. The same report has the same serial number.
pub(super) fn render(report: &Report) -> Result<String, serde_json::Error> {
    let files = named_files(report);
    let models = models(report);
    let mut components: Vec<Value> = models.iter().map(|model| of_model(model, &files)).collect();
    components.extend(files.iter().enumerate().map(|(index, file)| of_file(index, file)));
    let metadata = metadata(report);
    let content = serde_json::to_string(&json!([metadata, components]))?;
    let bom = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": serial_number(&content),
        "version": 1,
        "metadata": metadata,
        "components": components,
    });
    Ok(safe::json(&serde_json::to_string_pretty(&bom)?) + "\n")
}

fn metadata(report: &Report) -> Value {
    let candidate = &report.provenance.candidate;
    let mut properties = vec![
        property("mlgate:verdict", report.verdict.name()),
        property("mlgate:exitCode", &report.exit_code.to_string()),
        property("mlgate:seed", &report.provenance.seed.to_string()),
    ];
    properties.extend(
        report.counts.by_name().map(|(name, count)| property(&format!("mlgate:gates:{name}"), &count.to_string())),
    );
    properties.extend(candidate.git.iter().map(|commit| property("mlgate:commit", commit)));
    let mut metadata = Map::new();
    // The time of the commit, and not of the clock: the same report is the same text.
    let time = candidate.time.as_deref().filter(|time| chrono::DateTime::parse_from_rfc3339(time).is_ok());
    metadata.extend(time.map(|time| ("timestamp".to_owned(), json!(time))));
    let tool = json!({"type": "application", "name": "mlgate", "version": name(&report.tool.version)});
    metadata.insert("tools".to_owned(), json!({"components": [tool]}));
    metadata.insert("properties".to_owned(), json!(properties));
    Value::Object(metadata)
}

fn of_model(model: &EvaluatedModel<'_>, files: &[NamedFile]) -> Value {
    let reference = format!("model:{}", name(model.name));
    let used = format!("models.{}", model.name);
    let is_used = |file: &NamedFile| file.role == "candidate" && file.used_by.contains(&used);
    let datasets: Vec<Value> = files
        .iter()
        .enumerate()
        .filter(|(_, file)| is_used(file))
        .map(|(index, _)| json!({"ref": file_reference(index)}))
        .collect();
    let metrics: Vec<Value> = model
        .numbers
        .iter()
        .map(|number| {
            let mut metric = Map::new();
            metric.insert("type".to_owned(), json!(name(number.measure)));
            metric.insert("value".to_owned(), json!(number.value.to_string()));
            metric.extend(number.slice.as_ref().map(|slice| ("slice".to_owned(), json!(name(slice)))));
            metric.extend(number.interval.map(|[low, high]| {
                (
                    "confidenceInterval".to_owned(),
                    json!({"lowerBound": low.to_string(), "upperBound": high.to_string()}),
                )
            }));
            Value::Object(metric)
        })
        .collect();
    let assessments: Vec<Value> = model.fairness.iter().map(|gate| assessment(gate)).collect();
    let mut card = Map::new();
    card.insert("bom-ref".to_owned(), json!(format!("{reference}:card")));
    if !datasets.is_empty() {
        card.insert("modelParameters".to_owned(), json!({"datasets": datasets}));
    }
    card.insert("quantitativeAnalysis".to_owned(), json!({"performanceMetrics": metrics}));
    if !assessments.is_empty() {
        card.insert("considerations".to_owned(), json!({"fairnessAssessments": assessments}));
    }
    json!({
        "type": "machine-learning-model",
        "bom-ref": reference,
        "name": name(model.name),
        "modelCard": card,
    })
}

/// Returns the assessment of a gate that compares groups: who may be worse off, what was found, and what is done about it.
fn assessment(gate: &GateResult) -> Value {
    let subject = |role: &str| gate.subject.get(role).map(|text| name(text)).unwrap_or_default();
    let mitigation = match (&gate.waiver, gate.effect) {
        (Some(waiver), Effect::Waived) => {
            safe::sentence(&format!("waived until {} by {}: {}", waiver.until, waiver.owner, waiver.reason))
        }
        (_, Effect::Blocks) => "the change is not merged while this gate fails".to_owned(),
        (_, Effect::Warns) => "the change is merged with a warning".to_owned(),
        _ => "none was needed for the limit".to_owned(),
    };
    json!({
        "groupAtRisk": format!("groups of {}", subject("by").replace('+', " × ")),
        "harms": safe::sentence(&format!("{}: {}: {}", gate.id, Section::of(gate).title(), gate.message)),
        "mitigationStrategy": mitigation,
    })
}

fn of_file(index: usize, file: &NamedFile) -> Value {
    let is_data = matches!(file.role, "candidate" | "baseline" | "reference");
    let mut component = Map::new();
    component.insert("type".to_owned(), json!(if is_data { "data" } else { "file" }));
    component.insert("bom-ref".to_owned(), json!(file_reference(index)));
    component.insert("name".to_owned(), json!(name(&file.path)));
    component.extend(file.sha256().map(|digits| ("hashes".to_owned(), json!([{"alg": "SHA-256", "content": digits}]))));
    if is_data {
        component.insert("data".to_owned(), json!([{"type": "dataset", "name": name(&file.path)}]));
    }
    let used = file.used_by.iter().map(|used| property("mlgate:usedBy", used));
    let properties: Vec<Value> = std::iter::once(property("mlgate:role", file.role)).chain(used).collect();
    component.insert("properties".to_owned(), json!(properties));
    Value::Object(component)
}

fn file_reference(index: usize) -> String {
    format!("file:{index}")
}

fn property(key: &str, value: &str) -> Value {
    json!({"name": key, "value": name(value)})
}

/// Returns a text on one line; a name must not be empty.
fn name(text: &str) -> String {
    if text.is_empty() { "(empty)".to_owned() } else { safe::terminal(text) }
}

/// Returns a UUID of version 8 (RFC 9562) that is made from the content.
fn serial_number(content: &str) -> String {
    let digest = sha256(content.as_bytes()).unwrap_or_default();
    let digits = digest.trim_start_matches("sha256:");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-8{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

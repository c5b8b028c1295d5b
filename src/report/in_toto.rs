//! An in-toto Statement v1 with the predicate `test-result` v0.1: which files were judged, and which tests passed.
//!
//! The specification is <https://github.com/in-toto/attestation/tree/main/spec>. The predicate has only its own fields, so
//! that strict readers take it; what mlgate knows besides is an annotation of the config's descriptor.

use serde_json::{Map, Value, json};

use super::document::{Overall, Report};
use super::finding::{Finding, Findings};
use super::named_files::{NamedFile, named_files};
use super::safe;
use super::sections::Section;
use crate::gate::verdict::{Effect, Verdict};

/// The type of a statement.
pub const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// The type of the predicate.
pub const TEST_RESULT: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// Renders a report as a statement.
pub(super) fn render(report: &Report, findings: &Findings<'_>) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string_pretty(&statement(report, findings, Vec::new()))?;
    Ok(safe::json(&text) + "\n")
}

/// Returns a report as a statement; `more` are subjects besides the files that the report names, with their digests in
/// hexadecimal digits.
pub(super) fn statement(report: &Report, findings: &Findings<'_>, more: Vec<(String, String)>) -> Value {
    let files = named_files(report);
    let is_subject = |file: &&NamedFile| matches!(file.role, "candidate" | "config" | "policy" | "check");
    let mut subjects: Vec<Value> = Vec::new();
    let named = files.iter().filter(is_subject).filter_map(|file| Some((file.path.clone(), file.sha256()?.to_owned())));
    for (name, digits) in more.into_iter().chain(named) {
        let subject = json!({"name": name, "digest": {"sha256": digits}});
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    let tests = |effect: &dyn Fn(&Finding<'_>) -> bool| -> Vec<String> {
        findings.all.iter().filter(|finding| effect(finding)).map(test_name).collect()
    };
    let blocks = matches!(report.verdict, Overall::Fail | Overall::Error);
    json!({
        "_type": STATEMENT,
        "subject": subjects,
        "predicateType": TEST_RESULT,
        "predicate": {
            "result": result(report.verdict),
            "configuration": files.iter().filter(|file| file.role != "candidate").map(|file| descriptor(file, report, findings)).collect::<Vec<_>>(),
            "passedTests": tests(&has_passed),
            "warnedTests": tests(&|finding| finding.effect == Effect::Warns),
            "failedTests": tests(&|finding| blocks && finding.effect == Effect::Blocks),
        },
    })
}

/// Returns the word of the predicate for a verdict.
pub(super) fn result(verdict: Overall) -> &'static str {
    match verdict {
        Overall::Pass => "PASSED",
        Overall::Warn => "WARNED",
        Overall::Fail | Overall::Error => "FAILED",
    }
}

fn has_passed(finding: &Finding<'_>) -> bool {
    finding.effect == Effect::None && finding.gate.is_some_and(|gate| gate.verdict == Verdict::Pass)
}

/// Returns the name of a test: a gate's id, or that of another finding behind its kind.
fn test_name(finding: &Finding<'_>) -> String {
    match finding.gate {
        Some(gate) => gate.id.clone(),
        None => format!("{}:{}", finding.rule, finding.id),
    }
}

/// Returns the descriptor of a file that decides the result without being judged. The config's has the run's numbers.
fn descriptor(file: &NamedFile, report: &Report, findings: &Findings<'_>) -> Value {
    let mut descriptor = Map::new();
    descriptor.insert("name".to_owned(), json!(file.path));
    descriptor.extend(file.sha256().map(|digits| ("digest".to_owned(), json!({"sha256": digits}))));
    let mut annotations = Map::new();
    annotations.insert("role".to_owned(), json!(file.role));
    if file.role == "config" {
        annotations.insert("mlgate".to_owned(), annotation(report, findings));
    }
    descriptor.insert("annotations".to_owned(), Value::Object(annotations));
    Value::Object(descriptor)
}

/// Returns what a reader needs to hold the statement against its report, and the gates that are on none of its lists.
fn annotation(report: &Report, findings: &Findings<'_>) -> Value {
    let candidate = &report.provenance.candidate;
    let others = findings.all.iter().filter(|finding| {
        finding.gate.is_some() && !has_passed(finding) && !matches!(finding.effect, Effect::Blocks | Effect::Warns)
    });
    let mut by_section: Map<String, Value> = Map::new();
    for finding in others {
        let list = by_section.entry(finding.section.title().to_owned()).or_insert_with(|| json!([]));
        let mut entry = json!({"test": test_name(finding)});
        if let (Section::Waived, Some(waiver)) = (finding.section, finding.gate.and_then(|gate| gate.waiver.as_ref())) {
            entry = json!({"test": test_name(finding), "owner": waiver.owner, "reason": waiver.reason, "until": waiver.until});
        }
        if let Value::Array(list) = list {
            list.push(entry);
        }
    }
    json!({
        "tool": {"name": report.tool.name, "version": report.tool.version},
        "verdict": report.verdict.name(),
        "exitCode": report.exit_code,
        "gates": report.counts,
        "seed": report.provenance.seed,
        "commit": candidate.git,
        "uncommittedChanges": candidate.uncommitted_changes,
        "others": by_section,
    })
}

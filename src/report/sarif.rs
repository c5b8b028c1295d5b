//! SARIF 2.1.0, for code scanning: what needs attention, each at its line of the config.
//!
//! A gate that passed is not a result: readers such as GitHub's show every result as an alert. The numbers of all gates by
//! verdict are properties of the run.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::document::GateResult;
use super::finding::{Finding, Findings};
use super::sections::Section;
use crate::gate::verdict::Effect;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Maximum number of results: GitHub refuses a file with more.
const MOST_RESULTS: usize = 25_000;
/// Characters of a path that stand for themselves in a URI.
const PLAIN: &str = "-._~/";

/// Renders the findings.
pub(super) fn render(findings: &Findings<'_>) -> Result<String, serde_json::Error> {
    let all = findings.at_lines();
    let shown = &all[..all.len().min(MOST_RESULTS)];
    let mut rules: Vec<&Finding<'_>> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in shown {
        places.entry(&finding.rule).or_insert_with(|| {
            rules.push(finding);
            rules.len() - 1
        });
    }
    let results: Vec<Value> =
        shown.iter().map(|finding| result(finding, places.get(finding.rule.as_str()).copied())).collect();
    let id = [findings.config.as_str()].into_iter().chain(findings.key.as_deref()).collect::<Vec<_>>().join("/");
    let report = findings.report;
    let properties = json!({
        "verdict": report.map_or("none", |report| report.verdict.name()),
        "exitCode": findings.exit_code,
        "gates": report.map(|report| report.counts),
        "omittedResults": all.len() - shown.len(),
    });
    // A report is a verdict, whatever the verdict is.
    let invocation = json!({ "executionSuccessful": report.is_some(), "exitCode": findings.exit_code });
    let rules: Vec<Value> = rules.into_iter().map(self::rule).collect();
    let run = json!({
        "tool": { "driver": {
            "name": "mlgate",
            "version": findings.version,
            "informationUri": env!("CARGO_PKG_REPOSITORY"),
            "rules": rules,
        } },
        "automationDetails": { "id": format!("mlgate/{id}/") },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": { "%SRCROOT%": { "description": { "text": "The top of the repository." } } },
        "invocations": [invocation],
        "results": results,
        "properties": properties,
    });
    let text = serde_json::to_string_pretty(&json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] }))?;
    Ok(super::safe::json(&text) + "\n")
}

fn rule(finding: &Finding<'_>) -> Value {
    let family = finding.gate.map(|gate| gate.family.as_str());
    let text = match (finding.gate, finding.rule.as_str()) {
        (Some(_), check) => format!("The check `{check}` of mlgate; `mlgate explain {check}` says how it decides."),
        (None, "guard") => "A demand of the config is weaker than on the other side.".to_owned(),
        (None, "note") => "A note that belongs to no gate.".to_owned(),
        (None, _) => "The run came to no verdict.".to_owned(),
    };
    let tags: Vec<&str> = ["machine-learning"].into_iter().chain(family).collect();
    json!({
        "id": finding.rule,
        "shortDescription": { "text": plain(&text) },
        "properties": { "tags": tags },
    })
}

fn result(finding: &Finding<'_>, rule: Option<usize>) -> Value {
    let level = match finding.effect {
        Effect::Blocks => "error",
        Effect::Warns => "warning",
        Effect::Waived | Effect::None => "note",
    };
    let help = if finding.help.is_empty() { String::new() } else { format!(" What to do: {}.", finding.help) };
    let text = format!("{}: {}.{help}", finding.id, finding.sentence());
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": level,
        "message": { "text": plain(&text) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&finding.file), "uriBaseId": "%SRCROOT%" },
                "region": { "startLine": finding.line, "startColumn": finding.column },
            },
            "logicalLocations": [{ "fullyQualifiedName": finding.id }],
        }],
        // GitHub knows an alert by the first one alone, which has a number after the digits.
        "partialFingerprints": {
            "primaryLocationLineHash": format!("{}:1", finding.fingerprint),
            "mlgateGate/v1": finding.fingerprint,
        },
        "properties": properties(finding),
    });
    if finding.section == Section::Waived {
        let waiver = finding.gate.and_then(|gate| gate.waiver.as_ref());
        let why = waiver.map(|waiver| format!("{} until {}: {}", waiver.owner, waiver.until, waiver.reason));
        let why = plain(&super::safe::sentence(&why.unwrap_or_default()));
        result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": why }]);
    }
    result
}

fn properties(finding: &Finding<'_>) -> Value {
    let side = |of: fn(&GateResult) -> Option<f64>| finding.gate.and_then(of);
    json!({
        "verdict": finding.word(),
        "candidate": side(|gate| gate.candidate.as_ref()?.value),
        "baseline": side(|gate| gate.baseline.as_ref()?.value),
        "change": side(|gate| Some(gate.change.as_ref()?.value)),
    })
}

/// Returns the text without a link: SARIF reads `[text](target)` as one, also in plain text.
fn plain(text: &str) -> String {
    text.replace("](", "\\](")
}

/// Returns a relative path as the reference of a URI.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || PLAIN.contains(c) {
            uri.push(c);
        } else {
            uri.extend(['%'].into_iter().chain(format!("{byte:02X}").chars()));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_references() {
        assert_eq!(uri("a b/ü#?.yml"), "a%20b/%C3%BC%23%3F.yml");
        // A colon in the first part would make it a scheme.
        assert_eq!(uri("javascript:x"), "javascript%3Ax");
        assert_eq!(plain("[12%, 30%] [x](http://y)"), "[12%, 30%] [x\\](http://y)");
    }
}

//! GitLab's Code Quality: what needs attention, each at its line of the config.

use serde_json::{Value, json};

use super::finding::{Finding, Findings};
use super::safe;
use super::sections::Section;
use crate::gate::verdict::Effect;

/// Renders the findings; an empty list if nothing needs attention.
pub(super) fn render(findings: &Findings<'_>) -> Result<String, serde_json::Error> {
    let issues: Vec<Value> = findings.at_lines().into_iter().map(issue).collect();
    Ok(safe::json(&serde_json::to_string_pretty(&issues)?) + "\n")
}

fn issue(finding: &Finding<'_>) -> Value {
    json!({
        "description": format!("{}: {}", finding.id, finding.sentence()),
        "check_name": format!("mlgate/{}", finding.rule),
        "fingerprint": finding.fingerprint,
        "severity": severity(finding),
        "location": { "path": finding.file, "lines": { "begin": finding.line } },
    })
}

/// Returns the severity: `blocker` and `critical` block the merge, and no other does.
fn severity(finding: &Finding<'_>) -> &'static str {
    match (finding.effect, finding.section) {
        (Effect::Blocks, Section::Errors) => "blocker",
        (Effect::Blocks, _) => "critical",
        (Effect::Warns, Section::Warnings) => "major",
        (Effect::Warns, _) => "minor",
        (Effect::Waived | Effect::None, _) => "info",
    }
}

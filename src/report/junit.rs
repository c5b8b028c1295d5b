//! JUnit XML, for the test tab of a CI: a gate is a test case, and a dataset or model a suite.
//!
//! The elements and attributes are those of Jenkins' schema. JUnit has no warning, so a gate that does not block is a
//! skipped case whose text says why; `docs/formats.md` has the table.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::figures::Figures;
use super::finding::{Finding, Findings};
use super::number::{self, NOT_SHOWN};
use super::sections::Section;
use super::xml::escaped;
use crate::gate::verdict::Effect;

/// The state of a test case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CaseState {
    Passed,
    Failed,
    Error,
    Skipped,
}

impl CaseState {
    fn of(finding: &Finding<'_>) -> Self {
        match (finding.effect, finding.section) {
            (Effect::Blocks, Section::Errors) => Self::Error,
            (Effect::Blocks, _) => Self::Failed,
            (_, Section::Passed) => Self::Passed,
            _ => Self::Skipped,
        }
    }
}

/// Renders the findings.
pub(super) fn render(findings: &Findings<'_>) -> Result<String, std::fmt::Error> {
    // A note without effect is not a test.
    let cases = findings.all.iter().filter(|finding| finding.gate.is_some() || finding.effect != Effect::None);
    let mut suites: Vec<(&str, Vec<&Finding<'_>>)> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in cases {
        let place = *places.entry(&finding.of).or_insert_with(|| {
            suites.push((&finding.of, Vec::new()));
            suites.len() - 1
        });
        suites[place].1.push(finding);
    }
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let all: Vec<&Finding<'_>> = suites.iter().flat_map(|(_, cases)| cases.iter().copied()).collect();
    let number = |cases: &[&Finding<'_>], state| cases.iter().filter(|case| CaseState::of(case) == state).count();
    let (failures, errors) = (number(&all, CaseState::Failed), number(&all, CaseState::Error));
    writeln!(xml, "<testsuites name=\"mlgate\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\">", all.len())?;
    let package = findings.key.as_ref().map(|key| format!("{key}.")).unwrap_or_default();
    for (name, cases) in &suites {
        let [failures, errors, skipped] =
            [CaseState::Failed, CaseState::Error, CaseState::Skipped].map(|state| number(cases, state));
        let suite = escaped(&format!("{package}{name}"));
        writeln!(
            xml,
            "  <testsuite name=\"{suite}\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">",
            cases.len()
        )?;
        properties(&mut xml, findings)?;
        for finding in cases {
            case(&mut xml, finding, &suite)?;
        }
        writeln!(xml, "  </testsuite>")?;
    }
    xml += "</testsuites>\n";
    Ok(xml)
}

/// Writes what the run as a whole came to, as properties of a suite.
fn properties(xml: &mut String, findings: &Findings<'_>) -> std::fmt::Result {
    let verdict = findings.report.map_or("none", |report| report.verdict.name());
    let counts = findings.report.map(|report| report.counts.by_name()).into_iter().flatten();
    let exit = findings.exit_code.to_string();
    let all = [("mlgate.version", findings.version.as_str()), ("mlgate.config", &findings.config)];
    let all = all.into_iter().chain([("mlgate.verdict", verdict), ("mlgate.exit_code", &exit)]);
    writeln!(xml, "    <properties>")?;
    for (name, value) in all {
        writeln!(xml, "      <property name=\"{name}\" value=\"{}\"/>", escaped(value))?;
    }
    for (name, count) in counts {
        writeln!(xml, "      <property name=\"mlgate.gates.{name}\" value=\"{count}\"/>")?;
    }
    writeln!(xml, "    </properties>")
}

fn case(xml: &mut String, finding: &Finding<'_>, suite: &str) -> std::fmt::Result {
    let (name, file) = (escaped(&finding.id), escaped(&finding.file));
    write!(xml, "    <testcase name=\"{name}\" classname=\"{suite}\" file=\"{file}\">")?;
    let (sentence, word) = (escaped(&finding.sentence()), finding.word());
    let body = escaped(&body(finding));
    match CaseState::of(finding) {
        CaseState::Passed => {}
        CaseState::Skipped => write!(xml, "<skipped>{sentence}</skipped>")?,
        CaseState::Failed => write!(xml, "<failure type=\"{word}\" message=\"{sentence}\">{body}</failure>")?,
        CaseState::Error => write!(xml, "<error type=\"{word}\" message=\"{sentence}\">{body}</error>")?,
    }
    let numbers = escaped(&numbers(finding));
    if !numbers.is_empty() {
        write!(xml, "<system-out>{numbers}</system-out>")?;
    }
    writeln!(xml, "</testcase>")
}

/// Returns the finding, its advice and its place in lines.
fn body(finding: &Finding<'_>) -> String {
    let help = (!finding.help.is_empty()).then(|| format!("help: {}", finding.help));
    let place = format!("at {}:{}:{}", finding.file, finding.line, finding.column);
    [Some(finding.message.clone()), help, Some(place)].into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// Returns a gate's numbers and its limit in one line; empty if nothing was measured.
fn numbers(finding: &Finding<'_>) -> String {
    let Some(gate) = finding.gate else { return String::new() };
    let figures = Figures::of(gate);
    let levels = figures.levels();
    if levels.is_empty() || levels.starts_with(NOT_SHOWN) {
        return String::new();
    }
    let change = figures.change_with_interval().map(|change| format!("change {change}"));
    let n = gate.candidate.as_ref().and_then(|candidate| candidate.n).map(|n| format!("n {}", number::rows(n)));
    let bound = Some(super::safe::sentence(&gate.bound)).filter(|bound| !bound.is_empty());
    let bound = bound.map(|bound| format!("limit {bound}"));
    [Some(levels), change, n, bound].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

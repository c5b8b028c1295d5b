//! Variables for later jobs, in the form that GitLab reads: names of letters and underscores, values of one word.

use super::document::{Overall, Report};
use crate::gate::verdict::Effect;

/// The number of digits of the largest commit that is written.
const MOST_COMMIT: usize = 64;

/// Renders the report's outputs.
pub(super) fn render(report: &Report) -> String {
    let notes = report.notes.iter().map(|note| note.effect);
    let warned = report.gates.iter().map(|gate| gate.effect).chain(notes).filter(|effect| *effect == Effect::Warns);
    let counts = &report.counts;
    let all = counts.by_name().iter().map(|(_, number)| number).sum();
    let mut text = verdict(report.verdict.name(), report.exit_code);
    let numbers = [
        ("GATES", all),
        ("PASSED_COUNT", counts.pass),
        ("FAILED_COUNT", counts.fail),
        ("WARNED_COUNT", warned.count() as u64),
        ("INCONCLUSIVE_COUNT", counts.inconclusive),
        ("ERROR_COUNT", counts.error),
        ("WAIVED_COUNT", counts.waived),
        ("NO_BASELINE_COUNT", counts.no_baseline),
        ("NOT_APPLICABLE_COUNT", counts.not_applicable),
    ];
    text.extend(numbers.map(|(name, number)| format!("MLGATE_{name}={number}\n")));
    let sides = [("COMMIT", &report.provenance.candidate.git), ("BASELINE_COMMIT", &report.provenance.baseline.git)];
    for (name, commit) in sides {
        // Nothing of a report is a value but what can be nothing else than a commit.
        let is_commit = |commit: &&String| {
            (1..=MOST_COMMIT).contains(&commit.len()) && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        text.extend(commit.as_ref().filter(is_commit).map(|commit| format!("MLGATE_{name}={commit}\n")));
    }
    text
}

/// Renders the outputs of a run that ended without a report: something could not be evaluated, and nothing passed.
pub(super) fn without_report(exit_code: u8) -> String {
    verdict(Overall::Error.name(), exit_code) + "MLGATE_GATES=0\nMLGATE_ERROR_COUNT=1\n"
}

fn verdict(name: &str, exit_code: u8) -> String {
    format!("MLGATE_VERDICT={name}\nMLGATE_EXIT_CODE={exit_code}\n")
}

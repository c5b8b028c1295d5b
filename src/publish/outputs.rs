//! The outputs of a step, in the form of `GITHUB_OUTPUT`.

use crate::gate::verdict::Effect;
use crate::report::model::{Overall, Report};
use crate::report::safe;

/// Returns the output lines of a report for later steps; `more` are mlgate's own names with any value.
///
/// A value is one line, so that none can be read as the next output.
pub fn lines(report: &Report, more: &[(&str, &str)]) -> String {
    let verdict = match report.verdict {
        Overall::Pass => "pass",
        Overall::Warn => "warn",
        Overall::Fail => "fail",
        Overall::Error => "error",
    };
    let counts = &report.counts;
    let notes = report.notes.iter().map(|note| note.effect);
    let warned =
        report.gates.iter().map(|gate| gate.effect).chain(notes).filter(|effect| *effect == Effect::Warns).count();
    let numbers = [
        ("exit-code", u64::from(report.exit_code)),
        ("failed-count", counts.fail),
        ("warned-count", warned as u64),
        ("inconclusive-count", counts.inconclusive),
        ("error-count", counts.error),
        ("passed-count", counts.pass),
        ("waived-count", counts.waived),
    ];
    let numbers = numbers.into_iter().map(|(name, number)| format!("{name}={number}\n"));
    let more = more.iter().map(|(name, value)| format!("{name}={}\n", safe::terminal(value)));
    std::iter::once(format!("verdict={verdict}\n")).chain(numbers).chain(more).collect()
}

/// Returns the output lines of a run that ended without a report: something could not be evaluated, and nothing passed.
pub fn without_report(exit_code: u8, more: &[(&str, &str)]) -> String {
    let counts = ["failed", "warned", "inconclusive", "passed", "waived"].map(|name| format!("{name}-count=0\n"));
    let more = more.iter().map(|(name, value)| format!("{name}={}\n", safe::terminal(value)));
    let first = format!("verdict=error\nexit-code={exit_code}\nerror-count=1\n");
    std::iter::once(first).chain(counts).chain(more).collect()
}

//! The outputs of a step, in the form of `GITHUB_OUTPUT`.

use crate::gate::verdict::Effect;
use crate::report::document::{Counts, Overall, Report};
use crate::report::safe;

/// The numbers of one or more reports.
#[derive(Debug, Clone)]
pub struct Numbers {
    /// The verdict.
    pub verdict: Overall,
    /// The exit code.
    pub exit_code: u8,
    /// The number of gates by verdict.
    pub counts: Counts,
    /// The number of gates and notes that warn.
    pub warned: u64,
}

impl Numbers {
    /// Returns the numbers of a report.
    pub fn of(report: &Report) -> Self {
        let notes = report.notes.iter().map(|note| note.effect);
        let effects = report.gates.iter().map(|gate| gate.effect).chain(notes);
        let warned = effects.filter(|effect| *effect == Effect::Warns).count() as u64;
        Self { verdict: report.verdict, exit_code: report.exit_code, counts: report.counts, warned }
    }

    /// Returns the numbers of several reports with a common verdict.
    pub fn sum<'a>(verdict: Overall, exit_code: u8, reports: impl IntoIterator<Item = &'a Report>) -> Self {
        let mut sum = Self { verdict, exit_code, counts: Counts::default(), warned: 0 };
        for Self { counts, warned, .. } in reports.into_iter().map(Self::of) {
            sum.warned += warned;
            sum.counts.pass += counts.pass;
            sum.counts.fail += counts.fail;
            sum.counts.inconclusive += counts.inconclusive;
            sum.counts.not_applicable += counts.not_applicable;
            sum.counts.no_baseline += counts.no_baseline;
            sum.counts.error += counts.error;
            sum.counts.waived += counts.waived;
        }
        sum
    }
}

/// Returns the output lines for later steps; `more` are mlgate's own names with any value.
///
/// A value is one line, so that none can be read as the next output.
pub fn lines(numbers: &Numbers, more: &[(&str, &str)]) -> String {
    let verdict = match numbers.verdict {
        Overall::Pass => "pass",
        Overall::Warn => "warn",
        Overall::Fail => "fail",
        Overall::Error => "error",
    };
    let counts = &numbers.counts;
    let lines = [
        ("exit-code", u64::from(numbers.exit_code)),
        ("failed-count", counts.fail),
        ("warned-count", numbers.warned),
        ("inconclusive-count", counts.inconclusive),
        ("error-count", counts.error),
        ("passed-count", counts.pass),
        ("waived-count", counts.waived),
    ];
    let lines = lines.into_iter().map(|(name, number)| format!("{name}={number}\n"));
    let more = more.iter().map(|(name, value)| format!("{name}={}\n", safe::terminal(value)));
    std::iter::once(format!("verdict={verdict}\n")).chain(lines).chain(more).collect()
}

/// Returns the output lines of a run that ended without a report: something could not be evaluated, and nothing passed.
pub fn without_report(exit_code: u8, more: &[(&str, &str)]) -> String {
    let counts = ["failed", "warned", "inconclusive", "passed", "waived"].map(|name| format!("{name}-count=0\n"));
    let more = more.iter().map(|(name, value)| format!("{name}={}\n", safe::terminal(value)));
    let first = format!("verdict=error\nexit-code={exit_code}\nerror-count=1\n");
    std::iter::once(first).chain(counts).chain(more).collect()
}

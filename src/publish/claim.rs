//! A report that somebody else wrote is a claim: it is read strictly, and must at least agree with itself.
//!
//! Nothing can prove that the numbers are right, since they were measured where the change could meddle. What is shown of
//! them is rendered here, from a report whose verdict follows from its gates.

use crate::gate::verdict::{Effect, Verdict};
use crate::report::model::{Overall, REPORT_VERSION, Report};
use crate::report::{counts, overall};

/// The most gates of a report; nobody reads as many.
const MOST_GATES: usize = 200_000;

/// Why a report was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// It is no report.
    #[error("this is no report of mlgate's: {0}")]
    NoReport(String),
    /// It is of another version.
    #[error("the report is of version {0}, and this mlgate reads {REPORT_VERSION}; use the same version for both")]
    Version(u32),
    /// It says one thing and its gates another.
    #[error("the report contradicts itself: {0}")]
    Contradiction(&'static str),
}

/// Reads a report and checks that it agrees with itself.
pub fn read(json: &str) -> Result<Report, ClaimError> {
    // The version first: a report of another one would only be called malformed.
    #[derive(serde::Deserialize)]
    struct Versioned {
        version: u32,
    }
    let no_report = |error: serde_json::Error| ClaimError::NoReport(crate::report::safe::sentence(&error.to_string()));
    let versioned: Versioned = serde_json::from_str(json).map_err(no_report)?;
    if versioned.version != REPORT_VERSION {
        return Err(ClaimError::Version(versioned.version));
    }
    let report: Report = serde_json::from_str(json).map_err(no_report)?;
    if report.tool.name != "mlgate" {
        return Err(ClaimError::NoReport("another tool wrote it".to_owned()));
    }
    if report.gates.len() > MOST_GATES {
        return Err(ClaimError::NoReport(format!("it has more than {MOST_GATES} gates")));
    }
    agrees(&report).map_err(ClaimError::Contradiction)?;
    Ok(report)
}

fn agrees(report: &Report) -> Result<(), &'static str> {
    if report.gates.iter().any(|gate| gate.verdict == Verdict::Error && gate.effect != Effect::Blocks) {
        return Err("a gate that could not be evaluated does not block");
    }
    if report.gates.iter().any(|gate| gate.effect == Effect::Waived && gate.waiver.is_none()) {
        return Err("a gate is waived by nobody");
    }
    if counts(&report.gates) != report.counts {
        return Err("the counts are not those of the gates");
    }
    if overall(&report.gates, &report.notes) != report.verdict {
        return Err("the verdict is not that of the gates");
    }
    // Whoever ran it may have asked that warnings count.
    let warned = report.verdict == Overall::Warn && report.exit_code == 3;
    if report.exit_code != report.verdict.exit_code() && !warned {
        return Err("the exit code is not that of the verdict");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::Counts;
    use crate::report::sample;
    use crate::report::{Format, RenderOptions, render};

    fn json(report: &Report) -> String {
        render(report, Format::Json, &RenderOptions::default()).expect("the sample has a JSON form")
    }

    fn sample() -> Report {
        let mut report = sample::report();
        report.counts = counts(&report.gates);
        report
    }

    #[test]
    fn a_report_of_our_own_is_taken_as_it_is() {
        assert_eq!(read(&json(&sample())), Ok(sample()));
    }

    #[test]
    fn a_verdict_that_does_not_follow_is_not_taken() {
        let mut pass = sample();
        (pass.verdict, pass.exit_code) = (Overall::Pass, 0);
        assert_eq!(read(&json(&pass)), Err(ClaimError::Contradiction("the verdict is not that of the gates")));
        let mut code = sample();
        code.exit_code = 0;
        assert_eq!(read(&json(&code)), Err(ClaimError::Contradiction("the exit code is not that of the verdict")));
        let mut counts = sample();
        counts.counts.fail = 0;
        assert!(matches!(read(&json(&counts)), Err(ClaimError::Contradiction(_))));
        let mut waived = sample();
        for gate in &mut waived.gates {
            gate.waiver = None;
        }
        assert_eq!(read(&json(&waived)), Err(ClaimError::Contradiction("a gate is waived by nobody")));
        let mut none = sample();
        none.gates.clear();
        none.counts = Counts::default();
        (none.verdict, none.exit_code) = (Overall::Pass, 0);
        assert!(matches!(read(&json(&none)), Err(ClaimError::Contradiction(_))));
    }

    #[test]
    fn what_is_no_report_is_not_read_halfway() {
        for text in ["", "[]", "{}", "null", "{\"version\": 1}", "{\"version\": \"1\"}"] {
            assert!(matches!(read(text), Err(ClaimError::NoReport(_))), "{text}");
        }
        assert_eq!(read("{\"version\": 2}"), Err(ClaimError::Version(2)));
        let more = json(&sample()).replacen('{', "{\"surprise\": 1,", 1);
        assert!(matches!(read(&more), Err(ClaimError::NoReport(_))));
        let infinite = json(&sample()).replacen("0.9011", "1e999", 1);
        assert!(matches!(read(&infinite), Err(ClaimError::NoReport(_))));
        assert!(matches!(read(&"[".repeat(100_000)), Err(ClaimError::NoReport(_))));
    }
}

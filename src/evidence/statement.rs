//! In-toto statements: those about reports, and the reading of any.

use serde::Deserialize;
use serde_json::Value;

use crate::report::document::{Overall, Report};
use crate::report::{STATEMENT, TEST_RESULT, in_toto_statement};

/// The reason a text is not a statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// The text has another form.
    #[error("it is not an in-toto statement: {0}")]
    Form(String),
}

/// A statement.
#[derive(Debug, Deserialize)]
pub struct InTotoStatement {
    #[serde(rename = "_type")]
    kind: String,
    pub(super) subject: Vec<ResourceDescriptor>,
    #[serde(rename = "predicateType")]
    pub(super) predicate_type: String,
    #[serde(default)]
    pub(super) predicate: Value,
}

/// A file with its digests, as in-toto describes it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ResourceDescriptor {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    digest: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    pub(super) annotations: Value,
}

impl ResourceDescriptor {
    pub(super) fn sha256(&self) -> Option<&str> {
        self.digest.get("sha256").map(String::as_str)
    }
}

/// The predicate `test-result` v0.1.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TestResultPredicate {
    pub(super) result: String,
    pub(super) configuration: Vec<ResourceDescriptor>,
    #[serde(default)]
    pub(super) passed_tests: Vec<String>,
    #[serde(default)]
    pub(super) warned_tests: Vec<String>,
    #[serde(default)]
    pub(super) failed_tests: Vec<String>,
}

/// Returns the statement about a report, with the report's own file among its subjects.
///
/// # Errors
///
/// The statement cannot be written as JSON.
pub fn of_report(report: &Report, subjects: Vec<(String, String)>) -> Result<String, String> {
    in_toto_statement(report, subjects).map_err(|error| error.to_string())
}

/// Reads a statement.
///
/// # Errors
///
/// The text is not a statement, or has no subject.
pub fn read_statement(text: &[u8]) -> Result<InTotoStatement, StatementError> {
    let form = |why: String| StatementError::Form(why);
    let statement: InTotoStatement = serde_json::from_slice(text).map_err(|error| form(error.to_string()))?;
    if statement.kind != STATEMENT {
        return Err(form(format!("its type is not {STATEMENT}")));
    }
    if statement.subject.is_empty() {
        return Err(form("it has no subject".to_owned()));
    }
    Ok(statement)
}

impl InTotoStatement {
    /// Returns the predicate, if it is one of test results; an error says that it is malformed.
    pub(super) fn test_result(&self) -> Option<Result<TestResultPredicate, String>> {
        let is_own = self.predicate_type == TEST_RESULT;
        is_own.then(|| serde_json::from_value(self.predicate.clone()).map_err(|error| error.to_string()))
    }
}

impl TestResultPredicate {
    /// Returns mlgate's own annotation.
    pub(super) fn annotation(&self) -> Option<&Value> {
        self.configuration.iter().find_map(|of| of.annotations.get("mlgate"))
    }

    /// Returns what contradicts itself in the result; empty if it follows from the tests.
    pub(super) fn contradictions(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let follows = match (self.failed_tests.is_empty(), self.warned_tests.is_empty()) {
            (false, _) => "FAILED",
            (true, false) => "WARNED",
            (true, true) => "PASSED",
        };
        if self.result != follows {
            wrong.push(format!("the result is {}, but its tests say {follows}", self.result));
        }
        let Some(annotation) = self.annotation() else { return wrong };
        let verdict: Option<Overall> = serde_json::from_value(annotation["verdict"].clone()).ok();
        let of_verdict = verdict.map(|verdict| match verdict {
            Overall::Pass => "PASSED",
            Overall::Warn => "WARNED",
            Overall::Fail | Overall::Error => "FAILED",
        });
        if of_verdict != Some(self.result.as_str()) {
            wrong.push(format!("the verdict {} does not match the result {}", annotation["verdict"], self.result));
        }
        let code = annotation["exitCode"].as_u64();
        let may_be = |verdict: Overall| {
            let own = u64::from(verdict.exit_code());
            code == Some(own) || (verdict == Overall::Warn && code == Some(3))
        };
        if !verdict.is_some_and(may_be) {
            wrong.push(format!(
                "the exit code {} does not match the verdict {}",
                annotation["exitCode"], annotation["verdict"]
            ));
        }
        if annotation["gates"]["pass"].as_u64() != Some(self.passed_tests.len() as u64) {
            let passed = self.passed_tests.len();
            wrong.push(format!(
                "the number of gates that passed is {}, but {passed} are named",
                annotation["gates"]["pass"]
            ));
        }
        wrong
    }
}

//! The files of Amazon SageMaker Model Monitor: violations, statistics and the message of a job.
//!
//! The forms are those of AWS' documentation, "Schema for Violations", "Schema for Statistics" and "Container Contract
//! Outputs". They have no field for an interval, and none for a verdict but pass and violation.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::document::{GateResult, Report};
use super::finding::{Finding, Findings};
use super::safe;
use crate::gate::verdict::{Effect, Verdict};

/// Checks of a dataset or a column whose violation Model Monitor has a name for. Every other check keeps its own name.
const KINDS: [(&str, &[&str]); 6] = [
    ("data_type_check", &["type", "retyped_columns"]),
    ("completeness_check", &["nulls", "missing", "null_change"]),
    ("baseline_drift_check", &["psi", "js", "ks", "tv", "w1", "cramers_v", "chi2", "dataset_drift"]),
    ("missing_column_check", &["required_columns", "removed_columns"]),
    ("extra_column_check", &["allowed_columns", "forbidden_columns", "added_columns"]),
    ("categorical_values_check", &["in", "not_in", "unseen"]),
];
/// Checks whose number is a distance from the baseline.
const DISTANCES: [&str; 6] = ["psi", "js", "ks", "tv", "w1", "cramers_v"];
/// Statistics of a column of numbers: the check that measures one, and Model Monitor's name.
const NUMBERS: [(&str, &str); 5] =
    [("mean", "mean"), ("sum", "sum"), ("stddev", "std_dev"), ("minimum", "min"), ("maximum", "max")];

/// Renders `constraint_violations.json`: the findings that block, and gates that fail with a warning.
pub(super) fn violations(findings: &Findings<'_>) -> Result<String, serde_json::Error> {
    let violations: Vec<Value> = violating(findings).map(violation).collect();
    Ok(safe::json(&serde_json::to_string_pretty(&json!({ "violations": violations }))?) + "\n")
}

/// Returns the message of a job, `/opt/ml/output/message`: one line of at most 1,024 characters.
pub(super) fn message(findings: &Findings<'_>) -> String {
    let count = violating(findings).count();
    let line = match (findings.report, count) {
        (None, _) => format!("Failed: mlgate ended without a verdict (exit code {}).", findings.exit_code),
        (Some(_), 0) => "Completed: Job completed successfully with no violations.".to_owned(),
        (Some(_), count) => format!("CompletedWithViolations: Job completed successfully with {count} violations."),
    };
    line + "\n"
}

fn violating<'a>(findings: &'a Findings<'a>) -> impl Iterator<Item = &'a Finding<'a>> {
    findings.all.iter().filter(|finding| match finding.effect {
        Effect::Blocks => true,
        Effect::Warns => finding.gate.is_some_and(|gate| gate.verdict == Verdict::Fail),
        Effect::Waived | Effect::None => false,
    })
}

fn violation(finding: &Finding<'_>) -> Value {
    let of = |gate: &GateResult, role: &str| gate.subject.get(role).map(|name| safe::sentence(name));
    let description = finding.sentence();
    let Some(gate) = finding.gate else {
        let name = if finding.of.is_empty() { "mlgate" } else { &finding.of };
        return json!({"feature_name": name, "constraint_check_type": finding.rule, "description": description});
    };
    if let Some(rate) = of(gate, "rate") {
        return json!({
            "facet": of(gate, "by"),
            "metric_name": rate,
            "constraint_check_type": "bias_drift_check",
            "description": description,
        });
    }
    if let Some(metric) = of(gate, "metric") {
        let kind = match gate.check.as_str() {
            "min" => "LessThanThreshold".to_owned(),
            "max" => "GreaterThanThreshold".to_owned(),
            other => safe::sentence(other),
        };
        return json!({"metric_name": metric, "constraint_check_type": kind, "description": description});
    }
    let known = KINDS.iter().find(|(_, checks)| checks.contains(&gate.check.as_str()));
    json!({
        "feature_name": of(gate, "column").unwrap_or_else(|| finding.of.clone()),
        "constraint_check_type": known.map_or(finding.rule.as_str(), |(kind, _)| *kind),
        "description": distance(gate).unwrap_or(description),
    })
}

/// Returns Model Monitor's own sentence about a drift, in which others look for the two numbers, if the gate has both.
fn distance(gate: &GateResult) -> Option<String> {
    let is_distance = DISTANCES.contains(&gate.check.as_str()) && gate.verdict == Verdict::Fail;
    let value = gate.candidate.as_ref()?.value.filter(|_| is_distance)?;
    let limit: f64 = gate.bound.trim_start_matches(['<', '=', ' ']).parse().ok()?;
    Some(format!("Baseline drift distance: {value} exceeds threshold: {limit}"))
}

/// Renders `statistics.json`: for each column that has a gate, the statistics that were measured for one.
pub(super) fn statistics(report: &Report) -> Result<String, serde_json::Error> {
    let mut columns: BTreeMap<(&str, &str), Vec<&GateResult>> = BTreeMap::new();
    for gate in &report.gates {
        if let (Some(dataset), Some(column)) = (gate.subject.get("dataset"), gate.subject.get("column")) {
            columns.entry((dataset, column)).or_default().push(gate);
        }
    }
    let first = columns.keys().next().map(|(dataset, _)| *dataset);
    let is_one = columns.keys().all(|(dataset, _)| Some(*dataset) == first);
    let features: Vec<Value> = columns
        .iter()
        .map(|((dataset, column), gates)| {
            let name = if is_one { (*column).to_owned() } else { format!("{dataset}.{column}") };
            feature(report, &safe::sentence(&name), (*dataset, *column), gates)
        })
        .collect();
    let rows: Option<u64> = first.filter(|_| is_one).and_then(|dataset| item_count(report, dataset));
    let dataset = rows.map_or_else(|| json!({}), |rows| json!({"item_count": rows}));
    let page = json!({"version": 0, "dataset": dataset, "features": features});
    Ok(safe::json(&serde_json::to_string_pretty(&page)?) + "\n")
}

/// Returns the rows of a dataset, from a gate whose denominator they are.
fn item_count(report: &Report, dataset: &str) -> Option<u64> {
    let of_dataset = report.gates.iter().filter(|gate| gate.subject.get("dataset").is_some_and(|name| name == dataset));
    let whole = ["rows", "duplicate_rows", "nulls"];
    let mut whole = of_dataset.filter(|gate| whole.contains(&gate.check.as_str()));
    whole.find_map(|gate| gate.candidate.as_ref()?.n)
}

fn feature(report: &Report, name: &str, (dataset, column): (&str, &str), gates: &[&GateResult]) -> Value {
    let number = |check: &str| gates.iter().find(|gate| gate.check == check)?.candidate.as_ref()?.value;
    let mut common = Map::new();
    let nulls = gates.iter().find(|gate| gate.check == "nulls").and_then(|gate| gate.candidate.as_ref());
    if let Some((proportion, rows)) = nulls.and_then(|nulls| nulls.value.zip(nulls.n)) {
        let missing = whole(proportion * float(rows));
        common.insert("num_present".to_owned(), rows.saturating_sub(missing).into());
        common.insert("num_missing".to_owned(), missing.into());
    }
    let numbers: Vec<(&str, f64)> = NUMBERS.iter().filter_map(|(check, name)| Some((*name, number(check)?))).collect();
    let bins = report.plots.iter().flat_map(|plots| &plots.columns);
    let values = bins.into_iter().find(|bins| bins.dataset == dataset && bins.column == column && !bins.ordered);
    let kind = inferred_type(gates, !numbers.is_empty(), values.is_some());
    let mut statistics = Map::new();
    statistics.insert("common".to_owned(), Value::Object(common));
    if kind == "String" {
        if let Some(distinct) = number("distinct") {
            statistics.insert("distinct_count".to_owned(), whole(distinct).into());
        }
        if let Some(values) = values {
            let of_candidate = values.bins.iter().filter(|bin| bin.candidate > 0);
            let buckets: Vec<Value> =
                of_candidate.map(|bin| json!({"value": safe::sentence(&bin.name), "count": bin.candidate})).collect();
            statistics.insert("distribution".to_owned(), json!({"categorical": {"buckets": buckets}}));
        }
        return json!({"name": name, "inferred_type": kind, "string_statistics": statistics});
    }
    statistics.extend(numbers.into_iter().map(|(name, number)| (name.to_owned(), number.into())));
    json!({"name": name, "inferred_type": kind, "numerical_statistics": statistics})
}

/// Returns the type by Model Monitor's name: that of the file where a gate has looked at it, and else what the statistics tell.
fn inferred_type(gates: &[&GateResult], has_numbers: bool, has_values: bool) -> &'static str {
    let declared = gates.iter().find(|gate| gate.check == "type" && gate.verdict == Verdict::Pass);
    match declared.map(|gate| gate.bound.as_str()) {
        Some(kind) if kind.starts_with("int") || kind.starts_with("uint") => "Integral",
        Some(kind) if ["float", "decimal", "number"].iter().any(|start| kind.starts_with(start)) => "Fractional",
        Some(kind) if kind.starts_with("string") => "String",
        Some(_) => "Unknown",
        None if has_numbers => "Fractional",
        None if has_values => "String",
        None => "Unknown",
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of rows are far below 2^53")]
fn float(number: u64) -> f64 {
    number as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of rows, rounded")]
fn whole(number: f64) -> u64 {
    number.round().max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn findings(report: &Report) -> Findings<'_> {
        Findings::of(report, &|path| Some(path.to_owned()))
    }

    #[test]
    fn a_blocked_merge_has_violations_and_a_passing_one_none() {
        let mut report = sample::report();
        let page: Value = serde_json::from_str(&violations(&findings(&report)).expect("JSON")).expect("JSON");
        let found = page["violations"].as_array().expect("a list");
        let blocking = report.gates.iter().filter(|gate| gate.effect == Effect::Blocks).count();
        assert!(blocking > 0 && found.len() >= blocking, "{page:#}");
        for each in found {
            assert!(each["constraint_check_type"].is_string() && each["description"].is_string(), "{each}");
            assert!(
                each.get("feature_name").or_else(|| each.get("metric_name")).is_some_and(Value::is_string),
                "{each}"
            );
        }
        let line = message(&findings(&report));
        assert_eq!(
            line,
            format!("CompletedWithViolations: Job completed successfully with {} violations.\n", found.len())
        );
        report.gates.clear();
        report.notes.clear();
        report.guard = None;
        report.verdict = crate::report::document::Overall::Pass;
        assert_eq!(message(&findings(&report)), "Completed: Job completed successfully with no violations.\n");
    }

    #[test]
    fn no_name_breaks_a_line_of_the_message() {
        let report = sample::filled_with(sample::report(), "a\nFailed: b\u{202e}");
        assert_eq!(message(&findings(&report)).lines().count(), 1);
        let page = violations(&findings(&report)).expect("JSON");
        assert!(!page.contains('\u{202e}') && !page.contains("a\\nFailed"), "{page}");
    }
}

//! Evaluation logs as both sides of a model: the terms of the evaluation have to be the same.

use super::Binder;
use crate::config::{Pattern, Spanned};
use crate::measurement::protocol::{EvaluationProtocol, ProtocolDifference, UNKNOWN_PROTOCOL};
use crate::measurement::{MeasureError, TableKind};
use crate::stats::Side;

/// The most differences that a message names.
const NAMED: usize = 3;

impl Binder<'_> {
    /// Returns the reason that a model's two logs cannot be compared, if their protocols differ: of all tasks, or of that of
    /// a metric.
    pub(super) fn other_protocol(
        &self,
        kind: TableKind,
        model: &str,
        metric: Option<&str>,
        may_differ: &[Spanned<String>],
    ) -> Option<String> {
        let sides = [Side::Candidate, Side::Baseline].map(|side| self.table(kind, model, side).ok());
        let [Some(candidate), Some(baseline)] = sides else { return None };
        refused((&candidate.protocol, &candidate.path), (&baseline.protocol, &baseline.path), metric, may_differ)
    }
}

/// A side's protocol, or the reason it cannot be read, and the path.
pub(crate) type SideProtocol<'a> = (&'a Result<EvaluationProtocol, MeasureError>, &'a str);

/// Returns the message for two sides whose protocols differ, or for one that cannot be read. The parts that `may_differ` names
/// are not compared.
pub(crate) fn refused(
    (candidate, path): SideProtocol<'_>,
    (baseline, other): SideProtocol<'_>,
    metric: Option<&str>,
    may_differ: &[Spanned<String>],
) -> Option<String> {
    let allowed: Vec<Pattern> = may_differ.iter().map(|name| Pattern::new(&name.value)).collect();
    let is_allowed = |name: &str| allowed.iter().any(|pattern| pattern.matches(name));
    let found = match (candidate, baseline) {
        (Ok(candidate), Ok(baseline)) => candidate.differences(baseline, metric),
        (Err(error), _) | (_, Err(error)) if !is_allowed(UNKNOWN_PROTOCOL) => return Some(error.0.clone()),
        _ => return None,
    };
    let found: Vec<ProtocolDifference> = found.into_iter().filter(|one| !is_allowed(&one.name)).collect();
    let first = found.first()?;
    let named: Vec<String> = found.iter().take(NAMED).map(ProtocolDifference::message).collect();
    let more = if found.len() > NAMED { format!("; and {} more", found.len() - NAMED) } else { String::new() };
    Some(format!(
        "`{path}` and `{other}` are evaluations on different terms: {}{more}; evaluate both sides alike, or, if that does not matter \
         to the numbers, name what may differ in the model, as in `may_differ: [\"{}\"]`",
        named.join("; "),
        first.name.replace(['"', '`', '\\'], "?")
    ))
}

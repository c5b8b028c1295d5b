//! Gates that no data can fail.

use super::super::bound::{Bound, BoundTarget};
use super::super::param::{ParamValue, Settings};
use super::super::{Blocked, Constraint, Gate, Subject};
use super::{Binder, Idle};
use crate::catalog::{CheckSpec, Judging, MeasureSpec, ParamKind};
use crate::config::Diagnostic;
use crate::measurement::summary::Summary;
use crate::stats::drift::Distance;

impl Binder<'_> {
    /// Adds a gate, and remembers it if it cannot fail.
    pub(super) fn keep(&mut self, spec: &CheckSpec, settings: &Settings, gate: Gate) {
        if let Some(why) = gate.task.as_ref().ok().and_then(|task| cannot_fail(spec, settings, task)) {
            self.idle.push(Idle { subject: gate.subject.clone(), id: gate.id.clone(), at: gate.at, why });
        }
        self.out.gates.push(gate);
    }

    /// Refuses gates that cannot fail on subjects without other gates: such a limit may document what is allowed beside
    /// another gate, but alone checks nothing.
    pub(super) fn refuse_idle(&mut self) {
        let is_idle = |gate: &Gate| self.idle.iter().any(|idle| idle.id == gate.id && idle.subject == gate.subject);
        let asks = |gate: &&Gate| !matches!(gate.task, Err(Blocked::NotApplicable(_))) && !is_idle(gate);
        let asked: Vec<Subject> = self.out.gates.iter().filter(asks).map(|gate| gate.subject.clone()).collect();
        for idle in &self.idle {
            if asked.contains(&idle.subject) || self.problems.iter().any(|known| known.span == idle.at) {
                continue;
            }
            let problem = Diagnostic::new(format!("{}, so `{}` could never fail", idle.why, idle.id), idle.at);
            self.problems.push(problem.with_help("set a limit that the data can break, or remove the check"));
        }
    }
}

/// Returns the reason no data can fail the gate, or `None` if some can.
fn cannot_fail(spec: &CheckSpec, settings: &Settings, task: &Constraint) -> Option<String> {
    if let Constraint::Drift { distance, most, .. } = task {
        let is_bounded = !matches!(distance, Distance::Psi | Distance::Wasserstein);
        return (is_bounded && *most >= 1.0).then(|| format!("`{}` is at most 1", spec.id));
    }
    let Judging::Bound(param) = &spec.judge else { return None };
    let Some(ParamValue::Bound(bound)) = settings.values.get(param) else { return None };
    // `init` writes an association check without a limit yet, for its user to set one.
    if matches!(spec.measure, MeasureSpec::Summary(summary) if summary.has_label()) {
        return None;
    }
    let kind = &spec.params.iter().find(|known| known.name == *param)?.kind;
    let (highest, what) = match (kind, &spec.measure) {
        (ParamKind::ShareBound, _) if !bound.in_rows => (Some(1.0), "a proportion is between 0 and 1"),
        (_, MeasureSpec::Summary(Summary::LeastShare)) => (Some(1.0), "a proportion is between 0 and 1"),
        (ParamKind::ShareBound | ParamKind::RowsBound, _) => (None, "a number of rows or columns is at least 0"),
        (_, MeasureSpec::Summary(Summary::DistinctValues | Summary::Columns)) => (None, "a count is at least 0"),
        (_, MeasureSpec::Summary(Summary::StandardDeviation)) => (None, "a standard deviation is at least 0"),
        _ => return None,
    };
    always(bound, highest).then(|| what.to_owned())
}

/// Returns true if all numbers from 0 to the highest satisfy a bound.
fn always(bound: &Bound, highest: Option<f64>) -> bool {
    let literal = |target: BoundTarget| match target {
        BoundTarget::Literal(number) => Some(number),
        BoundTarget::Baseline(_) => None,
    };
    let low = bound.low.is_none_or(|edge| literal(edge.at).is_some_and(|at| at < 0.0 || (at == 0.0 && edge.inclusive)));
    let high = bound.high.is_none_or(|edge| {
        literal(edge.at).zip(highest).is_some_and(|(at, highest)| at > highest || (at == highest && edge.inclusive))
    });
    low && high
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_bound_holds_always_if_no_number_breaks_it() {
        let share = |text: &str| always(&Bound::parse(text).unwrap(), Some(1.0));
        assert!(["<= 100%", ">= 0", "< 101%", "> -1", ">= 0%"].into_iter().all(share));
        assert!(!["< 100%", "> 0", "0", "<= baseline", ">= baseline - 2"].into_iter().any(share));
        let count = |text: &str| always(&Bound::parse(text).unwrap(), None);
        assert!([">= 0", ">= -1"].into_iter().all(count) && !["<= 100", "> 0", "0"].into_iter().any(count));
        assert!(always(&Bound::between(0.0, 1.0).unwrap(), Some(1.0)));
    }
}

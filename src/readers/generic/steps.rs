//! The step of a row or an object, by the names that it usually has.

use crate::readers::datum::Datum;

/// Keys of a line's step, the surest first.
pub(super) const STEPS: [&str; 6] = ["step", "global_step", "_step", "iteration", "epoch", "iter"];

/// Returns true for a column that counts steps: of it only the last value is a number of the run.
pub(super) fn is_step(name: &str) -> bool {
    STEPS.iter().any(|step| step.eq_ignore_ascii_case(name))
}

/// Returns the step of an object.
pub(super) fn step_of(value: &Datum) -> Option<i64> {
    STEPS.iter().find_map(|key| value.get(key)?.whole())
}

//! SQL of a config: conditions and queries, planned in one place, with one meaning.
//!
//! Silent behaviour of the engine's planner is replaced or rejected here: whole numbers that overflow ([`exact`]),
//! floats that are compared by their bits ([`canonical`]) or with a literal of another width ([`alike`]), timestamps
//! without a zone or outside the range of nanoseconds ([`instant`]), sums that overflow ([`total()`]), and texts that
//! fill the memory ([`bounded`]).

mod alike;
pub(crate) mod automaton;
mod beside_subquery;
mod bounded;
mod canonical;
mod exact;
mod exact_function;
pub(crate) mod in_list;
mod instant;
mod lists;
pub(crate) mod looks_like;
mod meaning;
mod names;
pub(crate) mod predicate;
pub(crate) mod regexp_like;
mod rule;
pub(crate) mod size;
mod total;
mod unfold;

use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::Expr;

pub(super) use canonical::in_one_form;
pub(super) use meaning::meant;
pub(super) use names::plain;
pub(super) use rule::Meaning;
pub(super) use total::total;
pub(super) use unfold::{refuse_large, refuse_unfolded};

/// Registers the functions that conditions and queries may call, besides those of the engine.
pub(super) fn register(session: &SessionContext) {
    bounded::register(session);
    lists::register(session);
}

/// Returns true for an operation whose error names the column that it computes with.
fn names_its_column(expression: &Expr) -> bool {
    exact_function::text_of(expression).is_some()
}

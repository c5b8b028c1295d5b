//! Functions that Ballista asks the engine for, and `mlgate` does not: a config may not call them here either.

use std::sync::Arc;

use datafusion::logical_expr::planner::ExprPlanner;
use datafusion::{functions, functions_aggregate, functions_nested, functions_window};
use mlgate::cluster::Surplus;

/// Returns those functions, and the planners that `mlgate` has.
pub(crate) fn surplus() -> Surplus {
    let planners: Vec<Arc<dyn ExprPlanner>> = vec![
        Arc::new(functions::core::planner::CoreFunctionPlanner::default()),
        Arc::new(functions::datetime::planner::DatetimeFunctionPlanner),
        Arc::new(functions::unicode::planner::UnicodeFunctionPlanner),
        Arc::new(functions_aggregate::planner::AggregateFunctionPlanner),
        Arc::new(functions_window::planner::WindowFunctionPlanner),
    ];
    let nested = functions_nested::all_default_nested_functions();
    let all = functions::crypto::functions().into_iter().chain(functions::encoding::functions()).chain(nested);
    let names = all.flat_map(|function| {
        let aliases = function.aliases().iter().cloned();
        std::iter::once(function.name().to_owned()).chain(aliases).collect::<Vec<_>>()
    });
    Surplus { functions: names.collect(), planners }
}

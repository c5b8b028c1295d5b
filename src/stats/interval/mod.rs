//! Estimates and their intervals.

pub(crate) mod auc;
pub(crate) mod bootstrap;
pub(crate) mod counts;
mod draws;
pub(crate) mod estimate;
pub(crate) mod infer;
pub(crate) mod inference;
pub(crate) mod joint;
pub(crate) mod mean;
pub(crate) mod order;
pub(crate) mod proportion;
pub(crate) mod resolve;
pub(crate) mod table;
pub(crate) mod unseen;
pub(crate) mod value;

//! The pipeline: find the baseline, open, bind, measure, judge, assemble. It knows no arguments and no terminal.

pub(crate) mod bless;
pub(crate) mod bound;
pub(crate) mod candidate;
pub(crate) mod compare;
pub(crate) mod environment;
pub(crate) mod evaluate;
pub(crate) mod failure;
mod fewer_rows;
pub(crate) mod find_baseline;
pub(crate) mod first_rows;
pub(crate) mod git;
pub(crate) mod guard;
pub(crate) mod guarding;
pub(crate) mod idle;
pub(crate) mod kept_rows;
pub(crate) mod other_side;
pub(crate) mod policies;
pub(crate) mod progress;
pub(crate) mod project;
pub(crate) mod reference;
pub(crate) mod rehearse;
pub(crate) mod remarks;
pub(crate) mod renewed;
pub(crate) mod request;
pub(crate) mod session;
pub(crate) mod stored;
pub(crate) mod target;

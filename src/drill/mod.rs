//! `mlgate drill`: faults planted into copies of the files of a config, and the gates that catch each.

mod bench;
mod dose;
mod kind;
mod line;
mod of_columns;
mod of_models;
mod places;
mod rounds;

pub(crate) use rounds::{Drilled, drill};

//! Profiles → the text of a first config, with a comment on where each number came from.

mod dataset;
mod draft;
mod leakage;
mod model;
mod quote;

pub use dataset::{OtherSide, dataset};
pub use draft::Draft;
pub use leakage::train_of;
pub use model::{Roles, model};
pub use quote::{name_of, quoted};

/// The head of a new config.
pub const HEAD: &str = "\
# What a change must keep. `mlgate` checks it; `mlgate explain CHECK` tells what a
# check means.
# Numbers in comments are those of the files from which this was written. Limits
# leave head-room: ranges a tenth of their span on each side, nulls as many
# again, drift what so many rows show by chance.
version: 1
";

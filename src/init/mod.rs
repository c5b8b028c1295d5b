//! Profiles → the text of a first config, with comments on the origin of each number.

mod ci;
mod column;
mod dataset;
mod draft;
mod leakage;
mod limit;
mod model;
mod quote;
mod reported;
mod role;
pub mod survey;
mod without;

pub use ci::CiFile;
pub use column::column_checks;
pub use dataset::{DraftBaseline, dataset};
pub use draft::Draft;
pub use leakage::train_of;
pub use model::{Roles, label_of, model, regressions};
pub use quote::{name_of, quoted};
pub use reported::reported;
pub use without::without;

/// The head of a new config.
pub const HEAD: &str = "\
# What a change must keep. `mlgate` checks it; `mlgate explain CHECK` tells what a
# check means.
# Numbers in comments are those of the files from which this was written. Limits
# leave head-room for the next rows of the same source: ranges as their tails are
# long, nulls and repeated rows as chance moves them, drift as far as so many rows can show it.
version: 1
";

//! The pre-push hook: the commits of a push, the files that a config reads in them, and a work tree with these files.
//!
//! The commits of a push are judged, and not the files that happen to lie in the working tree. Only data that no commit has, because git
//! ignores them, come from there, and are named.

mod content;
mod dvc;
mod hook_manager;
mod place;
mod pointer;
mod read_set;
mod remarks;
mod script;
mod tips;
mod updates;
mod work_tree;

pub use hook_manager::{Manager, managers};
pub use place::{HookPlace, HookState, NoHookPlace};
pub use read_set::ReadSet;
pub use tips::{Tip, tips};
pub use updates::RefUpdate;
pub use work_tree::WorkTree;

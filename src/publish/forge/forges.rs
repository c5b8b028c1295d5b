//! The forges, as one table.

use super::ForgeKind;
use crate::publish::{bitbucket, gitea, github, gitlab};

/// The forges. The first is taken where nothing says which one is meant; one whose jobs have the variables of another comes
/// after it.
pub static FORGES: [&ForgeKind; 4] = [&github::KIND, &gitlab::KIND, &gitea::KIND, &bitbucket::KIND];

/// Returns the forge of a name, in any case.
pub fn named(name: &str) -> Option<&'static ForgeKind> {
    FORGES.into_iter().find(|kind| kind.is_called(name))
}

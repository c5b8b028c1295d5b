//! Bitbucket Cloud: comments on a pull request, build statuses, and reports of Code Insights in the place of check runs.

mod forge;
mod markdown;
mod place;
mod statement;

pub(super) use forge::KIND;

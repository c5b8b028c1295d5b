//! GitLab: notes on a merge request and statuses of a pipeline, on gitlab.com or a server of one's own.

mod forge;
mod place;
mod status;

pub(super) use forge::KIND;

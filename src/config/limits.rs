//! Limits of a run in the config: memory, disk and time.

use super::yaml::Node;
use super::{duration, size};
use crate::config::reader::ConfigReader;

impl ConfigReader {
    /// Reads a duration and returns seconds.
    pub(super) fn time(&mut self, node: Option<&Node>) -> Option<u64> {
        let node = node?;
        let text = self.text(node)?.value;
        let found = duration::seconds(&text).filter(|seconds| (1.0..=1e9).contains(seconds));
        if found.is_none() {
            self.problem(
                format!("`{text}` is not a duration of at least one second, such as `30s` or `5 minutes`"),
                node.span,
            );
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 1e9")]
        found.map(|seconds| seconds as u64)
    }

    /// Reads a size and returns bytes.
    pub(super) fn size(&mut self, node: Option<&Node>) -> Option<u64> {
        let node = node?;
        match size::bytes(&self.text(node)?.value) {
            Ok(bytes) => Some(bytes),
            Err(why) => {
                self.problem(why, node.span);
                None
            }
        }
    }
}

//! The key `find` of a model's slices → [`SliceSearchConfig`].

use super::config::SliceSearchConfig;
use super::yaml::{Node, Value};
use crate::config::reader::ConfigReader;
use crate::config::span::Spanned;

const KEYS: [&str; 6] = ["metric", "columns", "data", "depth", "min_n", "most"];

impl ConfigReader {
    /// Reads `{columns: [sex, hours], depth: 3, min_n: 100, most: 5}`; `columns: all` is the same as no columns.
    pub(super) fn finding(&mut self, node: &Node) -> SliceSearchConfig {
        for inner in self.mapping(Some(node)) {
            self.known(&inner.key.value, inner.key.span, &KEYS);
        }
        let columns = node.get("columns").filter(|node| !matches!(&node.value, Value::Text(text) if text == "all"));
        let mut whole = |key: &str, least: u64, most: u64| {
            let node = node.get(key)?;
            match node.value {
                Value::Int(number) if u64::try_from(number).is_ok_and(|number| (least..=most).contains(&number)) => {
                    Some(number.unsigned_abs())
                }
                _ => {
                    self.problem(format!("`{key}` must be a whole number from {least} to {most}"), node.span);
                    None
                }
            }
        };
        let [depth, min_n, most] = [whole("depth", 1, 4), whole("min_n", 10, 1_000_000_000), whole("most", 1, 100)];
        let columns = columns.map(|node| Spanned { value: self.names(node), span: node.span });
        SliceSearchConfig {
            span: node.span,
            metric: node.get("metric").and_then(|node| self.text(node)),
            columns,
            data: node.get("data").and_then(|node| self.text(node)),
            depth,
            min_n,
            most,
        }
    }
}

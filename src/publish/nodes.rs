//! The size of a JSON text as a tree, counted without building the tree.
//!
//! `[],` takes three bytes in a file and many times that in memory, so the bytes of a file do not limit the memory of
//! reading it.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The number of values and keys in a JSON value.
struct Nodes(u64);

/// The outline of a report before it is read: its version and its size.
pub(super) struct Outline {
    /// The version.
    pub(super) version: u32,
    /// The number of values and keys outside of the states.
    pub(super) nodes: u64,
    /// The number of values and keys of the states.
    pub(super) states: u64,
}

impl<'de> Deserialize<'de> for Nodes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeCount).map(Nodes)
    }
}

struct NodeCount;

impl<'de> Visitor<'de> for NodeCount {
    type Value = u64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<u64, E> {
        Ok(1)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<u64, E> {
        Ok(1)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<u64, E> {
        Ok(1)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<u64, E> {
        Ok(1)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<u64, E> {
        Ok(1)
    }

    fn visit_unit<E: Error>(self) -> Result<u64, E> {
        Ok(1)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<u64, A::Error> {
        let mut nodes = 1;
        while let Some(Nodes(of_item)) = items.next_element()? {
            nodes += of_item;
        }
        Ok(nodes)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<u64, A::Error> {
        let mut nodes = 1;
        while let Some((IgnoredAny, Nodes(of_value))) = entries.next_entry()? {
            nodes += 1 + of_value;
        }
        Ok(nodes)
    }
}

impl<'de> Deserialize<'de> for Outline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Top;
        impl<'de> Visitor<'de> for Top {
            type Value = Outline;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a report")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Outline, A::Error> {
                let (mut version, mut nodes, mut states) = (None, 0, 0);
                while let Some(key) = entries.next_key::<String>()? {
                    match key.as_str() {
                        "version" => version = Some(entries.next_value()?),
                        "states" => states += entries.next_value::<Nodes>()?.0,
                        _ => nodes += entries.next_value::<Nodes>()?.0,
                    }
                }
                let version = version.ok_or_else(|| A::Error::missing_field("version"))?;
                Ok(Outline { version, nodes, states })
            }
        }
        deserializer.deserialize_map(Top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_keys_count() {
        let outline =
            |text: &str| serde_json::from_str::<Outline>(text).ok().map(|of| (of.version, of.nodes, of.states));
        assert_eq!(outline(r#"{"version": 1}"#), Some((1, 0, 0)));
        assert_eq!(
            outline(r#"{"version": 1, "a": [1, -1, 0.5, "x", null, true, {"b": []}], "states": [[], []]}"#),
            Some((1, 10, 3))
        );
        for text in ["[]", "{}", "1", r#"{"version": "1"}"#, r#"{"version": 1} x"#, r#"{"version": 1, "a": [}"#] {
            assert_eq!(outline(text), None, "{text}");
        }
    }
}

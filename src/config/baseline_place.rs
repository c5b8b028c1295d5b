//! A place that is searched for a stored baseline.

use super::diagnostic::Diagnostic;
use super::yaml::{Node, Value};
use crate::config::baseline_source::BaselineSource;
use crate::config::entries::{truth, unknown};
use crate::config::span::Span;

const KEYS: [&str; 4] = ["place", "url", "sha256", "required"];

/// A source with its place in the search order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselinePlace {
    /// The source.
    pub source: BaselineSource,
    /// True (the default): the search ends with an error if git finds no baseline here.
    pub required: bool,
    /// The source's place in the config.
    pub span: Span,
}

impl BaselinePlace {
    /// Returns a path as a required place.
    pub(super) fn at(path: &str, span: Span) -> Self {
        Self { source: BaselineSource::Path(path.to_owned()), required: true, span }
    }

    /// Reads a place: a line of text, or a mapping.
    pub(super) fn read(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Self> {
        let mut required = true;
        let read = match &node.value {
            Value::Text(text) => BaselineSource::parse(text),
            Value::Map(entries) => {
                unknown(entries, &KEYS, problems);
                required = truth(node, "required", true, problems);
                let of = |key| node.get(key).map(Node::as_text);
                match (of("place"), of("url"), of("sha256")) {
                    (Some(Some(place)), None, None) => BaselineSource::parse(place),
                    (None, Some(Some(url)), Some(Some(pin))) if url.contains("://") && !url.contains('#') => {
                        BaselineSource::parse(&format!("{url}#sha256={pin}"))
                    }
                    (None, Some(Some(url)), None) if url.contains("://") => BaselineSource::parse(url),
                    (None, Some(Some(_)), Some(None)) => {
                        Err("`sha256` must be text of 64 hexadecimal digits; quote it".to_owned())
                    }
                    _ => Err("expected a place or a URL, as in `{place: git:main, required: false}` or `{url: \
                              \"https://…\", sha256: …}`"
                        .to_owned()),
                }
            }
            _ => Err(format!("expected a path, a source or a URL, found {}", node.kind_name())),
        };
        match read {
            Ok(source) => Some(Self { source, required, span: node.span }),
            Err(why) => {
                problems.push(Diagnostic::new(why, node.span));
                None
            }
        }
    }
}

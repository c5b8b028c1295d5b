//! Places in a text.

/// Bytes of the text, from `start` up to but not including `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the summary names both")]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

/// A value and its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the summary names both")]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

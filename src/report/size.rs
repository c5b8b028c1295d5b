//! Sizes of pages.

/// Returns the length in UTF-16 units, the strictest count of any forge.
pub(in crate::report) fn size(text: &str) -> usize {
    text.encode_utf16().count()
}

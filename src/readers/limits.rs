//! Limits of what a reader takes from an untrusted file.

/// The largest sizes and counts that a reader accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimits {
    /// Bytes of a file, as it lies on disk and as it is unpacked.
    pub bytes: u64,
    /// Values of a document: numbers, texts, lists and mappings.
    pub nodes: usize,
    /// Levels of nesting of a document.
    pub depth: usize,
    /// Metrics of a snapshot; likewise parameters, tags and artifacts.
    pub entries: usize,
    /// Files of a folder, and members of an archive.
    pub files: usize,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self { bytes: 256 << 20, nodes: 4_000_000, depth: 100, entries: 20_000, files: 100_000 }
    }
}

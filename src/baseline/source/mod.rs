//! The sources of a stored baseline's bytes.
//!
//! A place has the baseline, does not have it, or is refused. If the file is missing, the next place is searched, and
//! the report warns. Anything else ends the search: a place that is broken, changed or unreachable must not thereby
//! select another baseline, and a change must not be able to make git find none.

pub mod git;
#[cfg(feature = "remote")]
pub mod gitlab;

use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::bounded;

/// Maximum bytes of a baseline: a hundred columns take 200 kB.
pub const MOST_BYTES: u64 = 1 << 26;
/// The window of a compressed baseline, as a power of two: a larger one would only cost memory.
const MOST_WINDOW: u32 = 27;
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The bytes of a baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The bytes as stored, possibly compressed.
    pub bytes: Vec<u8>,
    /// The part of the place that its name does not contain: a commit, a run.
    pub version: Option<String>,
}

/// The reason a place gives no baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// The baseline is missing here; the next place is searched.
    Absent(String),
    /// The baseline is missing here, which a change can bring about: the next place is searched only if the config says
    /// that this one is not required.
    Missing(String),
    /// The baseline exists or may exist, and cannot be read or trusted.
    Refused(String),
}

impl Lost {
    /// Returns the reason as a message.
    pub fn why(self) -> String {
        match self {
            Self::Absent(why) | Self::Missing(why) | Self::Refused(why) => why,
        }
    }
}

/// Reads the file at a path; `shown` is its name in messages.
///
/// # Errors
///
/// There is no such file, or it cannot be read.
pub fn file(path: &Path, shown: &str) -> Result<Found, Lost> {
    let bytes = bounded::read(path, MOST_BYTES).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Lost::Absent(format!("there is no file `{shown}`")),
        ErrorKind::FileTooLarge => Lost::Refused(too_large()),
        _ => Lost::Refused(format!("it cannot be read: {error}")),
    })?;
    Ok(Found { bytes, version: None })
}

/// Reads all bytes, up to the maximum of a baseline.
fn limited(from: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    from.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| format!("it cannot be read: {error}"))?;
    if bytes.len() as u64 > MOST_BYTES { Err(too_large()) } else { Ok(bytes) }
}

/// Returns the message for a file that is too large to be a baseline.
pub fn too_large() -> String {
    format!("it is larger than a baseline can be; limit: {} MB", MOST_BYTES / 1_000_000)
}

/// Returns the text of a baseline, which may be compressed by Zstandard: the bytes tell, not the file's name.
///
/// # Errors
///
/// The bytes are truncated, are no baseline, or unpack to more than a baseline may have.
pub fn text(bytes: &[u8]) -> Result<String, String> {
    let bytes = if bytes.starts_with(&ZSTD) {
        let broken = |error: std::io::Error| format!("it is compressed with zstd, but broken or cut off: {error}");
        let mut unpacked = zstd::stream::read::Decoder::with_buffer(bytes).map_err(broken)?;
        unpacked.window_log_max(MOST_WINDOW).map_err(broken)?;
        let mut text = Vec::new();
        unpacked.take(MOST_BYTES + 1).read_to_end(&mut text).map_err(broken)?;
        if text.len() as u64 > MOST_BYTES {
            return Err(too_large());
        }
        text
    } else if bytes.starts_with(&GZIP) {
        return Err("it is compressed with gzip; a baseline is JSON, or JSON compressed with zstd".to_owned());
    } else if bytes.starts_with(b"version https://git-lfs.github.com/spec/") {
        return Err(
            "it is a pointer of Git LFS and not the file; commit the baseline itself, which is small".to_owned()
        );
    } else {
        bytes.to_vec()
    };
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn packed_or_not_it_is_the_same_text() {
        let packed = zstd::stream::encode_all(&b"{\"a\": 1}"[..], 3).unwrap();
        assert_eq!(text(&packed), Ok("{\"a\": 1}".to_owned()));
        assert_eq!(text(b"{\"a\": 1}"), Ok("{\"a\": 1}".to_owned()));
    }

    #[test]
    fn what_is_cut_off_or_another_file_is_no_baseline() {
        let packed = zstd::stream::encode_all(&b"{\"a\": 1}"[..], 3).unwrap();
        assert!(text(&packed[..packed.len() - 3]).unwrap_err().contains("cut off"));
        assert!(text(b"\x1f\x8b\x08").unwrap_err().contains("gzip"));
        assert!(text(b"version https://git-lfs.github.com/spec/v1\noid x").unwrap_err().contains("Git LFS"));
        assert!(text(&[0xff, 0xfe]).unwrap_err().contains("UTF-8"));
    }

    #[test]
    fn a_bomb_does_not_go_off() {
        let blanks = std::io::repeat(b' ').take(MOST_BYTES + 10);
        let bomb = zstd::stream::encode_all(blanks, 19).unwrap();
        assert!(bomb.len() < 100_000, "{}", bomb.len());
        assert_eq!(text(&bomb), Err(too_large()));
    }

    #[test]
    fn a_file_that_is_not_there_is_absent_and_a_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(file(&folder.path().join("b.json"), "b.json"), Err(Lost::Absent(_))));
        assert!(matches!(file(folder.path(), "b"), Err(Lost::Refused(_))));
    }
}

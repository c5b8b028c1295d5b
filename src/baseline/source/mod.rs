//! Where the bytes of a stored baseline come from.
//!
//! A place gives bytes, has nothing, or is refused. A file that is not there lets the next place be asked, and that is a
//! warning. Anything else ends the search: a place that is broken, changed or out of reach must not be able to choose another
//! baseline by that, and a change must not be able to make git find none.

pub mod git;
#[cfg(feature = "remote")]
pub mod gitlab;

use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::bounded;

/// A hundred columns take 200 kB; what is much larger is no baseline.
pub const MOST_BYTES: u64 = 1 << 26;
/// The window of a packed baseline, as a power of two: what is larger wants memory and nothing else.
const MOST_WINDOW: u32 = 27;
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The bytes of a baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// All of them, as they lie there.
    pub bytes: Vec<u8>,
    /// What of the place is not in its name: a commit, a run.
    pub version: Option<String>,
}

/// Why a place gives no baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// It is not there; the next place may have it.
    Absent(String),
    /// It is not there, which a change can bring about: the next place may have it where the config says that this one may be
    /// absent.
    Missing(String),
    /// It is there or may be, and cannot be had or cannot be trusted.
    Refused(String),
}

impl Lost {
    /// Returns the reason in words.
    pub fn why(self) -> String {
        match self {
            Self::Absent(why) | Self::Missing(why) | Self::Refused(why) => why,
        }
    }
}

/// The file at a path; `shown` is how messages name it.
///
/// # Errors
///
/// There is none, or it cannot be read.
pub fn file(path: &Path, shown: &str) -> Result<Found, Lost> {
    let bytes = bounded::read(path, MOST_BYTES).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Lost::Absent(format!("there is no file `{shown}`")),
        ErrorKind::FileTooLarge => Lost::Refused(too_large()),
        _ => Lost::Refused(format!("it cannot be read: {error}")),
    })?;
    Ok(Found { bytes, version: None })
}

/// All bytes, if they are no more than a baseline has.
fn limited(from: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    from.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| format!("it cannot be read: {error}"))?;
    if bytes.len() as u64 > MOST_BYTES { Err(too_large()) } else { Ok(bytes) }
}

/// What is said of a file that is no baseline by its size.
pub fn too_large() -> String {
    format!("it is larger than a baseline can be; limit: {} MB", MOST_BYTES / 1_000_000)
}

/// The text of a baseline, packed with zstd or not: the bytes tell, and not the name.
///
/// # Errors
///
/// They are cut off, are another file's, or unpack to more than a baseline has.
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

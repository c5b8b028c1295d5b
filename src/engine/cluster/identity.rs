//! The identity of a file on two machines: both see the same bytes, as far as can be seen without reading them all.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;

/// The number of bytes at each end that are compared; a Parquet file describes itself in the last ones.
const ENDS: u64 = 64 << 10;

/// Length and ends of a file, whatever its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileIdentity {
    length: u64,
    /// The digest of the first and the last bytes.
    ends: String,
}

impl FileIdentity {
    /// Looks at a file.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut ends = Vec::new();
        file.by_ref().take(ENDS).read_to_end(&mut ends)?;
        file.seek(SeekFrom::Start(length.saturating_sub(ENDS)))?;
        file.take(ENDS).read_to_end(&mut ends)?;
        Ok(Self { length, ends: format!("{:032x}", XxHash3_128::oneshot(&ends)) })
    }
}

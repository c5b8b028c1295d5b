//! Untrusted artifacts of other runs: an archive with one small file, or an error.

use std::io::{Cursor, Read as _};

/// Maximum bytes of an archive.
pub const MOST_PACKED: usize = 16 << 20;
/// Maximum bytes of the unpacked file.
const MOST_UNPACKED: u64 = 64 << 20;
/// Maximum number of entries of an archive: listing entries takes memory, too.
const MOST_ENTRIES: usize = 16;

/// The reason an archive is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// The bytes are not a valid archive.
    #[error("the artifact is not a readable archive: {0}")]
    Broken(String),
    /// The archive contains another file, or more files.
    #[error("the artifact holds {0}; it must hold only the file {1}")]
    Unexpected(String, &'static str),
    /// The unpacked file exceeds the limit.
    #[error("the file in the artifact is too large; limit: {} MiB", MOST_UNPACKED >> 20)]
    TooBig,
}

/// The file name of a report in an artifact.
pub const REPORT: [&str; 1] = ["report.json"];
/// The file names of a stored baseline in an artifact.
pub const BASELINES: [&str; 2] = ["baseline.json", "baseline.json.zst"];

/// Returns the contents of the archive's only file, whose name must be one of `names`.
pub fn one(bytes: &[u8], names: &[&'static str]) -> Result<Vec<u8>, ArchiveError> {
    let wanted = names.first().copied().unwrap_or_default();
    let broken = |error: &dyn std::fmt::Display| ArchiveError::Broken(error.to_string());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    if archive.len() != 1 {
        let many = if archive.len() > MOST_ENTRIES { "many".to_owned() } else { archive.len().to_string() };
        return Err(ArchiveError::Unexpected(format!("{many} files"), wanted));
    }
    let file = archive.by_index(0).map_err(|error| broken(&error))?;
    if !names.contains(&file.name()) || !file.is_file() || file.is_symlink() {
        return Err(ArchiveError::Unexpected(format!("`{}`", crate::report::safe::sentence(file.name())), wanted));
    }
    // The size that an archive declares is untrusted, so the unpacked bytes are counted.
    let mut bytes = Vec::new();
    file.take(MOST_UNPACKED + 1).read_to_end(&mut bytes).map_err(|error| broken(&error))?;
    if bytes.len() as u64 > MOST_UNPACKED { Err(ArchiveError::TooBig) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    use super::*;

    fn packed(write: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>, SimpleFileOptions)) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        write(&mut archive, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated));
        archive.finish().expect("in memory").into_inner()
    }

    fn report(bytes: &[u8]) -> Result<Vec<u8>, ArchiveError> {
        one(bytes, &REPORT)
    }

    fn file(name: &str, text: &[u8]) -> Vec<u8> {
        packed(|archive, options| {
            archive.start_file(name, options).expect("in memory");
            archive.write_all(text).expect("in memory");
        })
    }

    #[test]
    fn one_report_is_what_an_artifact_holds() {
        assert_eq!(report(&file("report.json", b"{}")), Ok(b"{}".to_vec()));
        assert_eq!(one(&file("baseline.json.zst", b"x"), &BASELINES), Ok(b"x".to_vec()));
    }

    #[test]
    fn nothing_else_is_unpacked() {
        for name in ["../report.json", "/etc/report.json", "sub/report.json", "report.md", "report.json/"] {
            assert!(matches!(report(&file(name, b"{}")), Err(ArchiveError::Unexpected(..))), "{name}");
        }
        let link = packed(|archive, options| {
            archive.add_symlink("report.json", "/etc/passwd", options).expect("in memory");
        });
        assert!(matches!(report(&link), Err(ArchiveError::Unexpected(..))));
        let two = packed(|archive, options| {
            for name in ["report.json", "other.json"] {
                archive.start_file(name, options).expect("in memory");
            }
        });
        assert_eq!(report(&two), Err(ArchiveError::Unexpected("2 files".to_owned(), "report.json")));
        assert!(matches!(report(&packed(|_, _| ())), Err(ArchiveError::Unexpected(..))));
    }

    #[test]
    fn a_bomb_does_not_go_off() {
        let bomb = packed(|archive, options| {
            archive.start_file("report.json", options).expect("in memory");
            let blanks = vec![b' '; 1 << 20];
            for _ in 0..=(MOST_UNPACKED >> 20) {
                archive.write_all(&blanks).expect("in memory");
            }
        });
        assert!(bomb.len() < 1 << 20, "{}", bomb.len());
        assert_eq!(report(&bomb), Err(ArchiveError::TooBig));
    }

    #[test]
    fn what_is_broken_is_said_to_be() {
        assert!(matches!(report(b"PK\x03\x04"), Err(ArchiveError::Broken(_))));
        assert!(matches!(report(b""), Err(ArchiveError::Broken(_))));
        let mut cut = file("report.json", &[b'x'; 5_000]);
        cut.truncate(40);
        assert!(matches!(report(&cut), Err(ArchiveError::Broken(_))));
    }
}

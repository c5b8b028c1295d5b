//! A file of a table.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use flate2::bufread::MultiGzDecoder;

use super::dialect::{Decoded, StandardCsv, is_of_dialect};
use super::format::{FileFormat, Packing, no_text};
use super::inspect_rows::SampleRows;
use super::text_reader::TextReader;
use crate::config::ReadAs;
use crate::digest::sha256;

/// The size of a read buffer, in bytes.
const BUFFER: usize = 1 << 18;

/// A file: the place of its bytes, and its name in messages.
#[derive(Debug)]
pub(in crate::engine) struct SourceFile {
    /// The path of the bytes; for a remote file, of its copy.
    pub(super) file: PathBuf,
    /// The name for messages and reports: relative to the config, or a URL without its query.
    pub(in crate::engine) name: String,
    /// The compression.
    pub(super) packing: Packing,
    /// The columns and values in the names of its folders.
    pub(super) folders: Vec<(String, Option<String>)>,
    /// The digest of the bytes, if known.
    digest: OnceLock<String>,
}

impl SourceFile {
    /// Creates a file without folders and digest.
    pub(super) fn new(file: PathBuf, name: String, packing: Packing) -> Self {
        Self { file, name, packing, folders: Vec::new(), digest: OnceLock::new() }
    }

    /// Sets the digest of the bytes, which was computed while they were written.
    #[cfg(feature = "remote")]
    pub(super) fn with_digest(self, digest: String) -> Self {
        Self { digest: OnceLock::from(digest), ..self }
    }

    /// Returns the digest of the bytes.
    pub(in crate::engine) fn digest(&self) -> io::Result<String> {
        if let Some(digest) = self.digest.get() {
            return Ok(digest.clone());
        }
        let digest = File::open(&self.file).and_then(sha256)?;
        Ok(self.digest.get_or_init(|| digest).clone())
    }

    /// Returns true if the digest of the bytes is not known yet.
    pub(super) fn is_undigested(&self) -> bool {
        self.digest.get().is_none()
    }

    /// Sets the digest of the bytes, from a reader that has read them all.
    pub(super) fn digested(&self, digest: String) {
        self.digest.get_or_init(|| digest);
    }

    /// Returns the decompressed text after a byte order mark.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or its first bytes show that it is not text in UTF-8.
    pub(in crate::engine) fn text(&self) -> Result<TextReader, String> {
        self.decoded(None)
    }

    /// Returns the text of a CSV or TSV file in the form of RFC 4180, whatever its dialect.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or its first bytes show that it is not text in its encoding.
    pub(super) fn csv_text(&self, read_as: &ReadAs) -> Result<TextReader, String> {
        let Some(dialect) = &read_as.csv else { return self.text() };
        let is_tsv = matches!(FileFormat::of(&self.name), Some((FileFormat::Tsv, _)));
        let text = self.decoded(dialect.encoding.as_deref())?;
        let standard = StandardCsv::new(text, dialect, read_as, is_tsv.then_some(b'\t'));
        Ok(BufReader::with_capacity(BUFFER, Box::new(standard)))
    }

    /// Returns the decompressed text in UTF-8; without a label it is in UTF-8 already.
    fn decoded(&self, label: Option<&str>) -> Result<TextReader, String> {
        let file = File::open(&self.file).map_err(|error| format!("cannot be read: {error}"))?;
        let mut raw = BufReader::with_capacity(BUFFER, file);
        refuse_other_formats(self.packing, label.is_some(), &mut raw)?;
        let unpacked: Box<dyn Read + Send> = match self.packing {
            Packing::None => Box::new(raw),
            Packing::Gzip => Box::new(MultiGzDecoder::new(raw)),
            Packing::Inspect => Box::new(SampleRows::open(raw)?),
            Packing::Zstd => {
                let decoder = zstd::stream::read::Decoder::with_buffer(raw).map_err(|error| self.broken(&error))?;
                Box::new(decoder)
            }
        };
        let mut text = BufReader::with_capacity(BUFFER, unpacked);
        let first = text.fill_buf().map_err(|error| self.broken(&error))?;
        if let Some(why) = no_text(first, label.is_some()) {
            return Err(format!("cannot be read: {why}"));
        }
        if let Some(label) = label {
            return Ok(BufReader::with_capacity(BUFFER, Box::new(Decoded::new(text, label))));
        }
        let mark = if first.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        text.consume(mark);
        Ok(text)
    }

    /// Returns the message for an error of reading.
    pub(in crate::engine) fn broken(&self, error: &io::Error) -> String {
        let packed = match self.packing {
            _ if is_of_dialect(error) => return format!("cannot be read: {error}"),
            Packing::None => return format!("cannot be read: {error}"),
            Packing::Inspect => return format!("cannot be read: its archive is damaged: {error}"),
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        };
        if error.kind() == io::ErrorKind::UnexpectedEof {
            format!("cannot be decompressed: its {packed} data end too early, so the file is cut off; write it again")
        } else {
            format!("cannot be decompressed: its {packed} data are broken ({error}); write it again")
        }
    }

    /// Prepends the name of this file to a message about the table at `path`; a table of one file needs no second name.
    pub(super) fn blame(&self, path: &str, message: &str) -> String {
        if self.name == path { message.to_owned() } else { told_of(&self.name, message) }
    }
}

fn refuse_other_formats(packing: Packing, has_encoding: bool, raw: &mut BufReader<File>) -> Result<(), String> {
    let first = raw.fill_buf().map_err(|error| format!("cannot be read: {error}"))?;
    let why = match packing {
        Packing::None => no_text(first, has_encoding),
        Packing::Inspect => (!first.starts_with(b"PK\x03\x04"))
            .then_some("its name ends in .eval, but it is not an archive; a JSON log of Inspect ends in .json"),
        Packing::Gzip => {
            (!first.starts_with(&[0x1f, 0x8b])).then_some("its name ends in .gz, but it is not compressed with gzip")
        }
        // Compressors may write their own frames before the first one with data.
        Packing::Zstd => {
            let is_zstd = first.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || first.get(1..4) == Some(&[0x2a, 0x4d, 0x18]);
            (!is_zstd).then_some("its name ends in .zst, but it is not compressed with zstd")
        }
    };
    match why {
        Some(why) => Err(format!("cannot be read: {why}")),
        None => Ok(()),
    }
}

/// Prepends the name of its subject to a message.
pub(in crate::engine) fn told_of(name: &str, message: &str) -> String {
    let is_sentence = message.starts_with("cannot ");
    if is_sentence { format!("`{name}` {message}") } else { format!("`{name}`: {message}") }
}

/// Returns a path for reports: relative to the config, without the folders of the machine.
pub(super) fn shown(root: &Path, file: &Path) -> String {
    let bytes = file.strip_prefix(root).unwrap_or(file).as_os_str().as_encoded_bytes();
    let mut name = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        name.push_str(chunk.valid());
        // Bytes that are not UTF-8 are shown one by one.
        for byte in chunk.invalid() {
            let _ = write!(name, "\\x{byte:02x}");
        }
    }
    name
}

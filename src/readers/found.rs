//! A file or folder that a locator leads to.

use std::cell::OnceCell;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::datum::{self, Datum};
use super::{ReadEnvironment, ReadError, ReadLimits};
use crate::bounded;

/// Bytes of a file's beginning, by which most kinds are recognised.
const HEAD: u64 = 64 << 10;
const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// A file or folder, read once by all that ask for its content.
pub(in crate::readers) struct FoundPath {
    path: PathBuf,
    shown: String,
    is_folder: bool,
    limits: ReadLimits,
    head: OnceCell<Vec<u8>>,
    bytes: OnceCell<Result<Vec<u8>, ReadError>>,
    document: OnceCell<Result<Datum, ReadError>>,
}

impl FoundPath {
    /// Finds the file or folder of a path.
    ///
    /// # Errors
    ///
    /// Nothing is there, or what is there is neither a file nor a folder.
    pub(in crate::readers) fn open(
        shown: &str,
        environment: &ReadEnvironment<'_>,
        limits: &ReadLimits,
    ) -> Result<Self, ReadError> {
        if shown.is_empty() {
            return Err(ReadError::unreadable(shown, "the path is empty"));
        }
        Self::at(environment.resolve(shown), shown.to_owned(), limits)
    }

    /// Finds what lies at a path that has another name in messages.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::open`].
    pub(in crate::readers) fn at(path: PathBuf, shown: String, limits: &ReadLimits) -> Result<Self, ReadError> {
        let found = fs::metadata(&path).map_err(|error| ReadError::unreadable(&shown, error.to_string()))?;
        if !found.is_dir() && !found.is_file() {
            return Err(ReadError::unreadable(shown, "it is neither a file nor a folder"));
        }
        Ok(Self {
            path,
            shown,
            is_folder: found.is_dir(),
            limits: *limits,
            head: OnceCell::new(),
            bytes: OnceCell::new(),
            document: OnceCell::new(),
        })
    }

    /// Finds the same path again, without what was read of it.
    ///
    /// # Errors
    ///
    /// It is gone.
    pub(in crate::readers) fn again(found: &Self) -> Result<Self, ReadError> {
        Self::at(found.path.clone(), found.shown.clone(), &found.limits)
    }

    /// Returns the path for the file system.
    pub(in crate::readers) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path as the user wrote it, for messages.
    pub(in crate::readers) fn shown(&self) -> &str {
        &self.shown
    }

    pub(in crate::readers) fn limits(&self) -> &ReadLimits {
        &self.limits
    }

    pub(in crate::readers) fn is_folder(&self) -> bool {
        self.is_folder
    }

    /// Returns the name of the file or folder, without the ending of a compression.
    pub(in crate::readers) fn name(&self) -> String {
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let lower = name.to_ascii_lowercase();
        let packed = [".gz", ".zst"].iter().find(|ending| lower.ends_with(**ending));
        name[..name.len() - packed.map_or(0, |ending| ending.len())].to_owned()
    }

    /// Returns the last ending of the name in lower case, without that of a compression.
    pub(in crate::readers) fn ending(&self) -> String {
        self.name().rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default()
    }

    /// Returns the unpacked beginning of a file, and nothing of a folder or a file that cannot be read.
    pub(in crate::readers) fn head(&self) -> &[u8] {
        self.head.get_or_init(|| {
            let mut head = Vec::new();
            if !self.is_folder
                && let Ok(file) = File::open(&self.path)
                && file.take(HEAD).read_to_end(&mut head).is_ok()
            {
                let mut unpacked = Vec::new();
                if let Some(reader) = unpacking(&head) {
                    // The head of a packed file ends in the middle.
                    let _ = reader.and_then(|reader| reader.take(HEAD).read_to_end(&mut unpacked));
                    return unpacked;
                }
            }
            head
        })
    }

    /// Returns the bytes of a file, unpacked if it is compressed with gzip or Zstandard.
    ///
    /// # Errors
    ///
    /// It is a folder, too large, damaged, or cannot be read.
    pub(in crate::readers) fn bytes(&self) -> Result<&[u8], ReadError> {
        self.bytes.get_or_init(|| self.unpacked()).as_deref().map_err(Clone::clone)
    }

    /// Returns the bytes of a file as they lie on disk.
    ///
    /// # Errors
    ///
    /// It is a folder, too large, or cannot be read.
    pub(in crate::readers) fn raw(&self) -> Result<Vec<u8>, ReadError> {
        bounded::read(&self.path, self.limits.bytes)
            .map_err(|error| ReadError::unreadable(&self.shown, error.to_string()))
    }

    fn unpacked(&self) -> Result<Vec<u8>, ReadError> {
        let refused = |why: String| ReadError::unreadable(&self.shown, why);
        let packed = self.raw()?;
        let Some(reader) = unpacking(&packed) else { return Ok(packed) };
        let damaged = |error: std::io::Error| refused(format!("it is damaged, and cannot be unpacked: {error}"));
        let mut bytes = Vec::new();
        reader.map_err(damaged)?.take(self.limits.bytes + 1).read_to_end(&mut bytes).map_err(damaged)?;
        if bytes.len() as u64 > self.limits.bytes {
            return Err(refused(format!("it is too large unpacked; limit: {} MiB", self.limits.bytes >> 20)));
        }
        Ok(bytes)
    }

    /// Returns the text of a file, without a byte-order mark.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::bytes`], and where the file is not UTF-8.
    pub(in crate::readers) fn text(&self) -> Result<&str, ReadError> {
        let text = std::str::from_utf8(self.bytes()?).map_err(|error| {
            ReadError::unreadable(&self.shown, format!("it is not UTF-8 from byte {} on", error.valid_up_to()))
        })?;
        Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// Returns the document of a file: YAML and TOML by their endings, JSON in all others.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::text`], and where the text is not a document of the format.
    pub(in crate::readers) fn document(&self) -> Result<&Datum, ReadError> {
        let parsed = self.document.get_or_init(|| match self.ending().as_str() {
            "yaml" | "yml" => self.parsed(datum::yaml),
            "toml" => self.parsed(datum::toml),
            _ => self.parsed(datum::json),
        });
        parsed.as_ref().map_err(Clone::clone)
    }

    /// Returns the document of a file in a format that its name need not have.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::document`].
    pub(in crate::readers) fn parsed(
        &self,
        parse: fn(&str, &ReadLimits) -> Result<Datum, String>,
    ) -> Result<Datum, ReadError> {
        parse(self.text()?, &self.limits).map_err(|why| ReadError::unreadable(&self.shown, why))
    }

    /// Returns true if the file's text starts like a JSON object or list.
    pub(in crate::readers) fn starts_as_json(&self) -> bool {
        let head = self.head().strip_prefix("\u{feff}".as_bytes()).unwrap_or(self.head());
        matches!(head.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'['))
    }

    /// Returns the value at a path of keys of a JSON file, for recognition: nothing where the file is none.
    pub(in crate::readers) fn json_at(&self, keys: &[&str]) -> Option<&Datum> {
        if self.is_folder || !self.starts_as_json() {
            return None;
        }
        self.document().ok()?.at(keys)
    }

    /// Returns the names in a folder, sorted.
    ///
    /// # Errors
    ///
    /// It is not a folder, cannot be read, or has too many entries.
    pub(in crate::readers) fn names(&self) -> Result<Vec<String>, ReadError> {
        let refused = |error: std::io::Error| ReadError::unreadable(&self.shown, error.to_string());
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(refused)? {
            if names.len() >= self.limits.files {
                let why = format!("the folder has too many files; limit: {}", self.limits.files);
                return Err(ReadError::unreadable(&self.shown, why));
            }
            names.push(entry.map_err(refused)?.file_name().to_string_lossy().into_owned());
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Returns the file or folder of a name below this folder, or nothing where there is none.
    ///
    /// # Errors
    ///
    /// There is something that is neither a file nor a folder.
    pub(in crate::readers) fn child(&self, name: &str) -> Result<Option<Self>, ReadError> {
        let path = self.path.join(name);
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        let folder = self.shown.trim_end_matches('/');
        Self::at(path, format!("{folder}/{name}"), &self.limits).map(Some)
    }

    /// Returns true if the folder has an entry of this name.
    pub(in crate::readers) fn has(&self, name: &str) -> bool {
        self.is_folder && self.path.join(name).symlink_metadata().is_ok()
    }
}

/// Returns a reader that unpacks, if the bytes are compressed.
fn unpacking(bytes: &[u8]) -> Option<std::io::Result<Box<dyn Read + '_>>> {
    if bytes.starts_with(GZIP) {
        return Some(Ok(Box::new(flate2::read::MultiGzDecoder::new(bytes))));
    }
    let zstd = |bytes| zstd::stream::read::Decoder::new(bytes).map(|reader| Box::new(reader) as Box<dyn Read>);
    bytes.starts_with(ZSTD).then(|| zstd(bytes))
}

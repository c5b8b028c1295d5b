//! FileFormat of a file, from the ending of its name; and from its first bytes, to detect a wrong name.

use std::fmt;

/// A supported format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileFormat {
    Parquet,
    Csv,
    Tsv,
    JsonLines,
    ArrowIpc,
}

/// Compression of a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zstd,
    /// A log of Inspect: an archive whose samples are the rows.
    Inspect,
}

/// The known endings of names, for messages.
pub(super) const ENDINGS: &str =
    ".parquet, .csv, .tsv, .jsonl, .arrow or .eval (and .gz or .zst behind .csv, .tsv and .jsonl)";

impl FileFormat {
    /// Returns the format and the compression of a file with this name.
    pub(super) fn of(name: &str) -> Option<(Self, Packing)> {
        let name = name.to_ascii_lowercase();
        if name.ends_with(".eval") {
            return Some((Self::JsonLines, Packing::Inspect));
        }
        let (inner, packing) = match name.rsplit_once('.')? {
            (inner, "gz" | "gzip") => (inner, Packing::Gzip),
            (inner, "zst" | "zstd") => (inner, Packing::Zstd),
            _ => (name.as_str(), Packing::None),
        };
        let format = match inner.rsplit_once('.')?.1 {
            "parquet" | "pq" => Self::Parquet,
            "csv" => Self::Csv,
            "tsv" => Self::Tsv,
            "jsonl" | "ndjson" | "json" => Self::JsonLines,
            "arrow" | "arrows" | "ipc" | "feather" => Self::ArrowIpc,
            _ => return None,
        };
        // Parquet and Arrow compress internally, where single columns can still be read.
        let is_text = !matches!(format, Self::Parquet | Self::ArrowIpc);
        (is_text || packing == Packing::None).then_some((format, packing))
    }

    /// Returns an ending of files in this format.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::JsonLines => "jsonl",
            Self::ArrowIpc => "arrow",
        }
    }
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Parquet => "Parquet",
            Self::Csv => "CSV",
            Self::Tsv => "TSV",
            Self::JsonLines => "JSON lines",
            Self::ArrowIpc => "Arrow IPC",
        })
    }
}

/// Returns the reason why a file with these first bytes is not text, and what to do; `has_encoding` if the config says in
/// which encoding it is.
pub(super) fn no_text(first: &[u8], has_encoding: bool) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 10] = [
        (&[0x1f, 0x8b], "it is compressed with gzip; its name must end in .gz"),
        (&[0x28, 0xb5, 0x2f, 0xfd], "it is compressed with zstd; its name must end in .zst"),
        (b"PAR1", "it is a Parquet file; its name must end in .parquet"),
        (b"ARROW1", "it is an Arrow file; its name must end in .arrow"),
        (b"PK\x03\x04", "it is a zip archive; unpack it"),
        (b"BZh", "it is compressed with bzip2; use gzip or zstd"),
        (&[0xfd, b'7', b'z', b'X', b'Z'], "it is compressed with xz; use gzip or zstd"),
        (&[0xff, 0xfe, 0, 0], "it is UTF-32, not UTF-8; convert it, as with `iconv -f UTF-32 -t UTF-8`"),
        (&[0xff, 0xfe], "it is UTF-16, not UTF-8; convert it, as with `iconv -f UTF-16 -t UTF-8`"),
        (&[0xfe, 0xff], "it is UTF-16, not UTF-8; convert it, as with `iconv -f UTF-16 -t UTF-8`"),
    ];
    let found = KINDS.iter().find(|(magic, _)| first.starts_with(magic)).map(|(_, why)| *why);
    found.filter(|why| !has_encoding || !why.contains("UTF"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_decides() {
        assert_eq!(FileFormat::of("a.CSV"), Some((FileFormat::Csv, Packing::None)));
        assert_eq!(FileFormat::of("a.b.csv.gz"), Some((FileFormat::Csv, Packing::Gzip)));
        assert_eq!(FileFormat::of("a.jsonl.zst"), Some((FileFormat::JsonLines, Packing::Zstd)));
        assert_eq!(FileFormat::of("a.eval"), Some((FileFormat::JsonLines, Packing::Inspect)));
        for unknown in ["a", "csv", "a.parquet.gz", "a.csv.bz2", "a.txt", "a.gz", ".csv.gz.gz"] {
            assert_eq!(FileFormat::of(unknown), None, "{unknown}");
        }
    }
}

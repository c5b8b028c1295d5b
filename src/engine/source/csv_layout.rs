//! Reads a CSV file from end to end before a value is looked at: every row has as many fields as the header, every quote
//! is closed, and every byte is text. The engine's own reader would take an open quote for a very long last field.

use std::io::BufRead;

use super::format::{Format, Packing};
use super::part::{Part, Text};
use super::records::Records;

/// The delimiters that a `.csv` may have.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// As much of a file as is looked at to find its delimiter and its header.
const HEAD: usize = 1 << 20;

/// How a CSV file is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// What stands between fields.
    pub(super) delimiter: u8,
    /// The names in the header.
    pub(super) header: Vec<String>,
    /// Rows below the header.
    pub(super) rows: u64,
    /// The bytes of the longest row.
    pub(super) longest: usize,
}

/// Finds out the layout, and whether the whole file keeps to it.
///
/// # Errors
///
/// It does not; says in which row.
pub(super) fn check(part: &Part, format: Format) -> Result<Layout, String> {
    let mut text = part.text()?;
    let head = head(part, &mut text)?;
    let delimiter = if format == Format::Tsv { b'\t' } else { delimiter(&head)? };
    let mut records = Records::new(delimiter);
    let mut utf8 = Utf8::default();
    feed(part, &mut records, &mut utf8, &head)?;
    loop {
        let chunk = text.fill_buf().map_err(|error| part.broken(&error))?;
        let size = chunk.len();
        if size == 0 {
            break;
        }
        feed(part, &mut records, &mut utf8, chunk)?;
        text.consume(size);
    }
    utf8.finish().map_err(|bad| not_text(part, &records, &bad))?;
    records.finish()?;
    let header = records.header().ok_or_else(|| "cannot be read: there is no header".to_owned())?;
    check_names(&header)?;
    Ok(Layout { delimiter, header, rows: records.rows(), longest: records.longest() })
}

fn feed(part: &Part, records: &mut Records, utf8: &mut Utf8, chunk: &[u8]) -> Result<(), String> {
    let good = match utf8.feed(chunk) {
        Ok(()) => return records.feed(chunk),
        Err(bad) => bad,
    };
    // The rows before the byte are counted, so that the message can say in which row it stands.
    records.feed(&chunk[..good.in_chunk])?;
    Err(not_text(part, records, &good))
}

fn not_text(part: &Part, records: &Records, bad: &BadByte) -> String {
    let of = if part.packing == Packing::None { "the file" } else { "the unpacked text" };
    format!(
        "cannot be read: it is not UTF-8: {}, byte {} of {of} is 0x{:02X}; if it is Latin-1 or Windows-1252, convert it, \
         as with `iconv -f WINDOWS-1252 -t UTF-8`",
        records.place(),
        bad.offset + 1,
        bad.byte
    )
}

/// The first bytes, with the whole header in them.
fn head(part: &Part, text: &mut Text) -> Result<Vec<u8>, String> {
    let mut head = Vec::new();
    while head.len() < HEAD {
        let chunk = text.fill_buf().map_err(|error| part.broken(&error))?;
        if chunk.is_empty() {
            break;
        }
        let size = chunk.len().min(HEAD - head.len());
        head.extend_from_slice(&chunk[..size]);
        text.consume(size);
    }
    Ok(head)
}

/// The one delimiter that the header has and that the first rows have as often.
fn delimiter(head: &[u8]) -> Result<u8, String> {
    let in_header: Vec<u8> = DELIMITERS.into_iter().filter(|byte| Records::columns(*byte, head) > 1).collect();
    match in_header.as_slice() {
        [] => return Ok(b','),
        [only] => return Ok(*only),
        _ => {}
    }
    let fitting: Vec<u8> = in_header.iter().copied().filter(|byte| Records::fits(*byte, head)).collect();
    match fitting.as_slice() {
        [only] => Ok(*only),
        // A comma is what the name promises; which row breaks it is said later.
        [] if in_header.contains(&b',') => Ok(b','),
        _ => {
            let seen: Vec<String> = in_header.iter().map(|byte| format!("`{}`", byte.escape_ascii())).collect();
            Err(format!(
                "cannot be read: its header holds {}, and any of them could be the delimiter; put names that hold one in \
                 quotes",
                seen.join(" and ")
            ))
        }
    }
}

fn check_names(header: &[String]) -> Result<(), String> {
    for (at, name) in header.iter().enumerate() {
        if name.trim().is_empty() {
            return Err(format!(
                "cannot be read: column {} of its header has no name; name it, or write the file without its index \
                 (pandas: `index=False`)",
                at + 1
            ));
        }
    }
    let mut sorted: Vec<(&String, usize)> = header.iter().zip(1..).collect();
    sorted.sort();
    match sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(format!(
            "cannot be read: its header names `{}` twice, in columns {} and {}",
            pair[0].0, pair[0].1, pair[1].1
        )),
        None => Ok(()),
    }
}

/// Whether bytes that come in pieces are UTF-8.
#[derive(Default)]
struct Utf8 {
    /// The first bytes of a character whose others come with the next piece.
    open: Vec<u8>,
    /// The bytes before.
    before: u64,
}

struct BadByte {
    offset: u64,
    in_chunk: usize,
    byte: u8,
}

impl Utf8 {
    fn feed(&mut self, chunk: &[u8]) -> Result<(), BadByte> {
        let mut from = 0;
        while !self.open.is_empty() {
            let Some(next) = chunk.get(from) else { return Ok(()) };
            self.open.push(*next);
            from += 1;
            match std::str::from_utf8(&self.open) {
                Ok(_) => {
                    self.before += self.open.len() as u64;
                    self.open.clear();
                }
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return Err(BadByte { offset: self.before, in_chunk: 0, byte: self.open[0] }),
            }
        }
        match std::str::from_utf8(&chunk[from..]) {
            Ok(_) => self.before += (chunk.len() - from) as u64,
            Err(error) => {
                let good = error.valid_up_to();
                let offset = self.before + good as u64;
                if error.error_len().is_some() {
                    return Err(BadByte { offset, in_chunk: from + good, byte: chunk[from + good] });
                }
                self.before = offset;
                self.open = chunk[from + good..].to_vec();
            }
        }
        Ok(())
    }

    fn finish(&self) -> Result<(), BadByte> {
        match self.open.first() {
            Some(byte) => Err(BadByte { offset: self.before, in_chunk: 0, byte: *byte }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_fits() {
        assert_eq!(delimiter(b"a;b\n1,5;2,5\n").unwrap(), b';');
        assert_eq!(delimiter(b"a|b,c\n1,2\n").unwrap(), b',');
        assert_eq!(delimiter(b"a\tb\n1\t2\n").unwrap(), b'\t');
        assert_eq!(delimiter(b"\"a;b\",c\n1,2\n").unwrap(), b',');
        assert_eq!(delimiter(b"only\n1\n").unwrap(), b',');
        assert_eq!(delimiter(b"a;b,c\n").unwrap_err().matches('`').count(), 4);
    }

    #[test]
    fn characters_may_come_in_pieces() {
        let text = "aé€😀z".as_bytes();
        for size in 1..text.len() {
            let mut utf8 = Utf8::default();
            assert!(text.chunks(size).all(|chunk| utf8.feed(chunk).is_ok()) && utf8.finish().is_ok(), "{size}");
        }
        let mut cut = Utf8::default();
        assert!(cut.feed(&text[..2]).is_ok());
        assert_eq!(cut.finish().unwrap_err().offset, 1);
    }
}

//! Records of TensorFlow: a length, its checksum, the content, its checksum.

use std::io::{self, ErrorKind, Read};

/// Bytes of a record before its content: the length and its checksum.
pub(super) const RECORD_HEADER: usize = 12;
/// Added to a rotated checksum, so that checksums of data with checksums differ from it.
const MASK: u32 = 0xa282_ead8;
/// The table of CRC-32C (Castagnoli), bit-reversed.
const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut at: u32 = 0;
    while at < 256 {
        let mut crc = at;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
            bit += 1;
        }
        table[at as usize] = crc;
        at += 1;
    }
    table
}

/// Returns the masked CRC-32C of bytes.
pub(super) fn masked_crc(bytes: &[u8]) -> u32 {
    let crc = bytes.iter().fold(!0_u32, |crc, byte| (crc >> 8) ^ TABLE[usize::from(crc.to_le_bytes()[0] ^ byte)]);
    (!crc).rotate_right(15).wrapping_add(MASK)
}

/// The next record of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NextEvent {
    /// The content of a record.
    Record(Vec<u8>),
    /// The file ends after a whole record.
    End,
    /// The file ends within a record.
    Cut,
}

/// Reads the next record, which starts at `offset`.
///
/// # Errors
///
/// A checksum does not match, the record is too large, or the file cannot be read.
pub(super) fn next(from: &mut impl Read, offset: u64, most: u64) -> Result<NextEvent, String> {
    let mut header = [0; RECORD_HEADER];
    match fill(from, &mut header)? {
        0 => return Ok(NextEvent::End),
        RECORD_HEADER => {}
        _ => return Ok(NextEvent::Cut),
    }
    let (length, checksum) = header.split_at(8);
    if masked_crc(length).to_le_bytes() != checksum {
        return Err(format!("it is damaged at byte {offset}: the checksum of a record's length does not match"));
    }
    let length = length.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    if length > most {
        return Err(format!("the record at byte {offset} has {length} bytes; limit: {} MiB", most >> 20));
    }
    // The length is read, not trusted: memory grows with what the file has.
    let mut content = Vec::new();
    from.take(length + 4).read_to_end(&mut content).map_err(|error| unreadable(&error))?;
    let Some(at) = content.len().checked_sub(4).filter(|at| *at as u64 == length) else { return Ok(NextEvent::Cut) };
    let checksum = content.split_off(at);
    if masked_crc(&content).to_le_bytes() != checksum[..] {
        return Err(format!("it is damaged at byte {offset}: the checksum of a record does not match"));
    }
    Ok(NextEvent::Record(content))
}

/// Reads until the buffer is full or the file ends, and returns the number of bytes.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> Result<usize, String> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(&error)),
        }
    }
    Ok(filled)
}

fn unreadable(error: &io::Error) -> String {
    format!("it cannot be read: {error}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn record(content: &[u8]) -> Vec<u8> {
        let length = (content.len() as u64).to_le_bytes();
        [&length[..], &masked_crc(&length).to_le_bytes(), content, &masked_crc(content).to_le_bytes()].concat()
    }

    fn read(file: &[u8]) -> Result<(Vec<Vec<u8>>, bool), String> {
        let mut from = file;
        let mut records = Vec::new();
        loop {
            match next(&mut from, 0, 1 << 20)? {
                NextEvent::Record(record) => records.push(record),
                NextEvent::End => return Ok((records, false)),
                NextEvent::Cut => return Ok((records, true)),
            }
        }
    }

    #[test]
    fn checksums_are_those_of_rfc_3720() {
        // B.4 of RFC 3720: 32 bytes of zeros, and of ones.
        for (byte, crc) in [(0, 0x8a91_36aa_u32), (0xff, 0x62a8_ab43)] {
            assert_eq!(masked_crc(&[byte; 32]), crc.rotate_right(15).wrapping_add(MASK));
        }
    }

    #[test]
    fn cut_at_every_byte_and_flipped_in_every_byte() {
        let records = [b"first".to_vec(), vec![], vec![7; 300]];
        let file: Vec<u8> = records.iter().flat_map(|content| record(content)).collect();
        assert_eq!(read(&file).unwrap(), (records.to_vec(), false));
        let ends: Vec<usize> =
            (0..=3).map(|count| records[..count].iter().map(|content| record(content).len()).sum()).collect();
        for cut in 0..file.len() {
            let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
            assert_eq!(read(&file[..cut]).unwrap(), (records[..whole].to_vec(), !ends.contains(&cut)), "{cut}");
        }
        for byte in 0..file.len() {
            let mut file = file.clone();
            file[byte] ^= 1;
            assert!(read(&file).is_err(), "{byte}");
        }
    }

    #[test]
    fn a_length_of_exabytes_takes_no_memory() {
        let length = u64::MAX.to_le_bytes();
        let file = [&length[..], &masked_crc(&length).to_le_bytes(), b"x"].concat();
        assert!(read(&file).unwrap_err().contains("limit: 1 MiB"));
    }
}

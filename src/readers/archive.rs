//! Zip archives of a tool, with limits and checksums, and the intact beginning of one whose end is missing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};

use zip::ZipArchive;

use super::{FoundPath, ReadError};

/// Packed bytes of an archive, in units of the limit for a file.
const PACKED: u64 = 4;
/// Unpacked bytes of all members, in units of the limit for a file.
const UNPACKED: u64 = 16;

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
/// Bytes of a local header before the name.
const LOCAL_BYTES: usize = 30;

/// Members of an archive that a reader asked for.
pub(in crate::readers) struct ArchiveMembers {
    pub(in crate::readers) texts: BTreeMap<String, String>,
    /// True if the end of the archive is missing: later members may be lost.
    pub(in crate::readers) ends_early: bool,
}

/// Reads the members with the given names, and checks the checksums of all others.
///
/// # Errors
///
/// The file is not an archive, exceeds a limit, or is damaged anywhere but at its end.
pub(in crate::readers) fn members(found: &FoundPath, names: &[&str]) -> Result<ArchiveMembers, ReadError> {
    let refused = |why: String| ReadError::unreadable(found.shown(), why);
    let damaged = |error: &dyn std::fmt::Display| refused(format!("the archive is damaged: {error}"));
    let file = File::open(found.path()).map_err(|error| refused(error.to_string()))?;
    let size = file.metadata().map_err(|error| refused(error.to_string()))?.len();
    let most = found.limits().bytes.saturating_mul(PACKED);
    if size > most {
        return Err(refused(format!("it has {size} bytes; limit: {} MiB", most >> 20)));
    }
    let mut archive = match ZipArchive::new(BufReader::new(file)) {
        Ok(archive) => archive,
        Err(error) => return beginning(found, names).map_err(|why| damaged(&why.unwrap_or_else(|| error.to_string()))),
    };
    if archive.len() > found.limits().files {
        return Err(refused(format!("the archive has too many members; limit: {}", found.limits().files)));
    }
    let mut texts = BTreeMap::new();
    let mut budget = found.limits().bytes.saturating_mul(UNPACKED);
    for at in 0..archive.len() {
        let member = archive.by_index(at).map_err(|error| damaged(&error))?;
        let name = member.name().to_owned();
        let taken = if names.contains(&name.as_str()) {
            let mut bytes = Vec::new();
            let most = found.limits().bytes.min(budget);
            let taken = member.take(most + 1).read_to_end(&mut bytes).map_err(|error| damaged(&error))? as u64;
            if taken > most {
                return Err(refused(format!("`{name}` in it is too large unpacked; limit: {} MiB", most >> 20)));
            }
            let text = String::from_utf8(bytes).map_err(|_| damaged(&format!("`{name}` is not UTF-8")))?;
            texts.insert(name, text);
            taken
        } else {
            io::copy(&mut member.take(budget + 1), &mut io::sink()).map_err(|error| damaged(&error))?
        };
        budget = budget.checked_sub(taken).ok_or_else(|| refused("it is too large unpacked".to_owned()))?;
    }
    Ok(ArchiveMembers { texts, ends_early: false })
}

/// Reads the members before the missing end of an archive.
///
/// # Errors
///
/// The archive is damaged elsewhere; without a reason if nothing can be said.
fn beginning(found: &FoundPath, names: &[&str]) -> Result<ArchiveMembers, Option<String>> {
    let bytes = found.raw().map_err(|error| Some(error.to_string()))?;
    let mut texts = BTreeMap::new();
    let mut budget = found.limits().bytes.saturating_mul(UNPACKED);
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| rest.starts_with(LOCAL)) {
        let Some(header) = LocalHeader::of(rest) else { break };
        // The sizes of a stream follow its data: nothing behind can be found with certainty.
        let end = header.data.checked_add(header.packed).filter(|_| !header.is_stream);
        let Some(data) = end.and_then(|end| rest.get(header.data..end)) else { break };
        let text = header.unpacked(data, &mut budget, found.limits().bytes)?;
        if names.contains(&header.name.as_str()) {
            let text = String::from_utf8(text).map_err(|_| Some(format!("`{}` is not UTF-8", header.name)))?;
            texts.insert(header.name, text);
        }
        at += header.data + header.packed;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    // The directory, if it is there, is cut; a whole one with a wrong mark behind it is damaged.
    let is_cut = match rest.get(..LOCAL.len()) {
        None => LOCAL.starts_with(rest) || CENTRAL.starts_with(rest),
        Some(LOCAL) => true,
        Some(_) => is_cut_directory(rest),
    };
    if at == 0 || !is_cut { Err(None) } else { Ok(ArchiveMembers { texts, ends_early: true }) }
}

/// Returns true if the bytes are entries of a directory up to the end of the file, where the record of its end is missing.
fn is_cut_directory(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while rest.starts_with(CENTRAL) {
        let field = |at: usize| rest.get(at..at + 2).map(|pair| usize::from(u16::from_le_bytes([pair[0], pair[1]])));
        let (Some(name), Some(extra), Some(comment)) = (field(28), field(30), field(32)) else { return true };
        let Some(next) = rest.get(46 + name + extra + comment..) else { return true };
        rest = next;
    }
    // The record of the end has 22 bytes.
    rest.len() < bytes.len() && rest.len() < 22
}

/// A member's header in front of its data.
struct LocalHeader {
    name: String,
    method: u16,
    is_stream: bool,
    checksum: u32,
    packed: usize,
    size: u64,
    /// Offset of the data from the header.
    data: usize,
}

impl LocalHeader {
    fn of(bytes: &[u8]) -> Option<Self> {
        let short = |at: usize| bytes.get(at..at + 2).map(|two| u16::from_le_bytes([two[0], two[1]]));
        let long =
            |at: usize| bytes.get(at..at + 4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]));
        let data = LOCAL_BYTES + usize::from(short(26)?) + usize::from(short(28)?);
        let name = bytes.get(LOCAL_BYTES..LOCAL_BYTES + usize::from(short(26)?))?;
        Some(Self {
            name: String::from_utf8_lossy(name).into_owned(),
            method: short(8)?,
            is_stream: short(6)? & 8 != 0,
            checksum: long(14)?,
            packed: usize::try_from(long(18)?).ok()?,
            size: u64::from(long(22)?),
            data,
        })
    }

    fn unpacked(&self, data: &[u8], budget: &mut u64, most: u64) -> Result<Vec<u8>, Option<String>> {
        let reader: Box<dyn Read> = match self.method {
            0 => Box::new(data),
            8 => Box::new(flate2::read::DeflateDecoder::new(data)),
            93 => Box::new(zstd::stream::read::Decoder::new(data).map_err(|error| Some(error.to_string()))?),
            method => return Err(Some(format!("`{}` is compressed by the unknown method {method}", self.name))),
        };
        let mut bytes = Vec::new();
        let most = most.min(*budget);
        let taken = reader.take(most + 1).read_to_end(&mut bytes).map_err(|error| Some(error.to_string()))? as u64;
        if taken > most {
            return Err(Some(format!("`{}` is too large unpacked", self.name)));
        }
        *budget -= taken;
        let mut checksum = flate2::Crc::new();
        checksum.update(&bytes);
        if taken != self.size || checksum.sum() != self.checksum {
            return Err(Some(format!("the checksum of `{}` is wrong", self.name)));
        }
        Ok(bytes)
    }
}

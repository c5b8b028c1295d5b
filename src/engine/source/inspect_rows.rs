//! Samples of a log of Inspect (`.eval`), as JSON lines: one for each sample and epoch.

use std::fs::File;
use std::io::{self, BufReader, Read};

use serde::Deserialize;
use zip::ZipArchive;

/// The member with everything but the samples.
const HEADER: &str = "header.json";
/// The folder of the samples.
const SAMPLES: &str = "samples/";
/// The largest member, in bytes; it is held in memory as a whole.
const LARGEST: u64 = 64 << 20;
/// The most members of an archive: listing them takes memory, too.
const MOST_MEMBERS: usize = 1_000_000;

/// The samples of an archive, read one after the other.
pub(super) struct SampleRows {
    archive: ZipArchive<BufReader<File>>,
    /// Names of the samples that are still to come, from the last to the first.
    names: Vec<String>,
    row: Vec<u8>,
    sent: usize,
}

/// The part of the header that says how the run ended.
#[derive(Deserialize)]
struct LogHeader {
    status: Option<String>,
}

impl SampleRows {
    /// Opens an archive.
    ///
    /// # Errors
    ///
    /// The file is no such archive, is damaged, or its run did not end by itself.
    pub(super) fn open(file: BufReader<File>) -> Result<Self, String> {
        let broken =
            |error: &dyn std::fmt::Display| format!("cannot be read: its archive is damaged or cut off: {error}");
        let mut archive = ZipArchive::new(file).map_err(|error| broken(&error))?;
        if archive.len() > MOST_MEMBERS {
            return Err(format!("cannot be read: its archive has {} members; limit: {MOST_MEMBERS}", archive.len()));
        }
        let header = member(&mut archive, HEADER).map_err(|error| {
            format!("cannot be read: it has no results (`{HEADER}`), so its run did not finish: {error}")
        })?;
        let header: LogHeader = serde_json::from_slice(&header).map_err(|error| broken(&error))?;
        match header.status.as_deref() {
            Some("success") => {}
            status => {
                let status = status.unwrap_or("unknown");
                return Err(format!(
                    "cannot be read: the status of its run is `{status}`; only a finished run is compared"
                ));
            }
        }
        let is_sample = |name: &&str| name.starts_with(SAMPLES) && name.ends_with(".json");
        let mut names: Vec<String> = archive.file_names().filter(is_sample).map(str::to_owned).collect();
        names.sort_unstable_by(|a, b| b.cmp(a));
        Ok(Self { archive, names, row: Vec::new(), sent: 0 })
    }
}

fn member(archive: &mut ZipArchive<BufReader<File>>, name: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    archive.by_name(name)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        let why = format!("`{name}` in the archive is larger than {} MiB", LARGEST >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    Ok(bytes)
}

impl Read for SampleRows {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.sent == self.row.len() {
            let Some(name) = self.names.pop() else { return Ok(0) };
            self.row = member(&mut self.archive, &name)?;
            // A text of JSON has no line break, so each stands between values.
            self.row.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
            self.row.push(b'\n');
            self.sent = 0;
        }
        let count = to.len().min(self.row.len() - self.sent);
        to[..count].copy_from_slice(&self.row[self.sent..self.sent + count]);
        self.sent += count;
        Ok(count)
    }
}

//! Files in S3, Google Cloud Storage, Azure and on web servers.
//!
//! Files are first copied as a whole to a temporary folder, and digested while they arrive. So the report's digest is
//! that of the very bytes that were judged, a server cannot answer one scan with other bytes than the next, and
//! everything that holds for a file on disk holds here.

mod error;
mod loopback;
mod pace;
mod place;
mod redirects;

use std::io::Write as _;
use std::path::PathBuf;

use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use super::address::{Undelivered, without_secrets};
use super::copies::Copies;
use super::entry::is_hidden;
use super::files::unknown;
use super::format::{FileFormat, Packing};
use super::{copies, hive};
use crate::digest::RunningDigest;
use crate::engine::source::file::SourceFile;
use crate::measurement::MeasureError;
use pace::{Pace, Room, begun};
use place::RemotePlace;

/// The number of files that are copied at the same time.
const AT_ONCE: usize = 4;
/// The most objects that are listed; more are a mistake.
const MOST_OBJECTS: usize = 1_000_000;

/// Copies all files that a URL stands for.
///
/// # Errors
///
/// There are no files, or one of them cannot be copied completely.
pub(super) async fn fetch(url: &str) -> Result<(Vec<(FileFormat, SourceFile)>, Copies), MeasureError> {
    let place = RemotePlace::of(url).map_err(|why| MeasureError(format!("`{}` {why}", without_secrets(url))))?;
    let (copies, room) = (folder()?, Room::default());
    let objects = objects(&place, url).await?;
    let jobs = objects.into_iter().enumerate().map(|(index, object)| {
        let target = copies.path().join(format!("{index:06}"));
        copy(&place, object, target, (u64::MAX, &room))
    });
    let parts = futures::stream::iter(jobs).buffered(AT_ONCE).try_collect().await?;
    Ok((parts, copies))
}

/// Copies one file of any format, if it has at most `most` bytes.
///
/// # Errors
///
/// The URL does not stand for one file, or the file is larger or cannot be copied completely.
pub(super) async fn fetch_one(url: &str, packing: Packing, most: u64) -> Result<(SourceFile, Copies), MeasureError> {
    let name = without_secrets(url);
    let place = RemotePlace::of(url).map_err(|why| MeasureError(format!("`{name}` {why}")))?;
    if place.pattern.is_some() {
        return Err(MeasureError(format!("`{name}` is not one file")));
    }
    let copies = folder()?;
    // The format does not matter for a copy.
    let object = Object { path: place.path.clone(), name, format: FileFormat::JsonLines, packing, folders: Vec::new() };
    let (_, part) = copy(&place, object, copies.path().join("0"), (most, &Room::default())).await?;
    Ok((part, copies))
}

/// Returns all bytes of one file that is not a table, if there are at most `most`.
///
/// # Errors
///
/// There is no such file, or it is larger or cannot be downloaded completely.
pub fn download(url: &str, most: u64) -> Result<Vec<u8>, Undelivered> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Undelivered::Failed(format!("internal error: no runtime: {error}")))?;
    runtime.block_on(bytes(url, most))
}

async fn bytes(url: &str, most: u64) -> Result<Vec<u8>, Undelivered> {
    let name = without_secrets(url);
    let failed = |why: &str| Undelivered::Failed(format!("`{name}` {why}"));
    let place = RemotePlace::of(url).map_err(|why| failed(&why))?;
    if place.pattern.is_some() {
        return Err(failed("is not one file"));
    }
    let told = |error: &object_store::Error| {
        let why = error::sentence(&name, error).0;
        match error {
            object_store::Error::NotFound { .. } => Undelivered::NotFound(why),
            _ => Undelivered::Failed(why),
        }
    };
    let unread = |why: String| failed(&format!("cannot be read: {why}"));
    let found = begun(place.store.get(&place.path)).await.map_err(unread)?.map_err(|error| told(&error))?;
    let size = found.meta.size;
    let mut bytes = Vec::new();
    let mut chunks = found.into_stream();
    let mut pace = Pace::start();
    while let Some(chunk) = pace.next(chunks.next()).await.map_err(unread)? {
        let chunk = chunk.map_err(|error| told(&error))?;
        pace.arrived(chunk.len() as u64).map_err(unread)?;
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > most || size > most {
            return Err(failed(&format!("is too large; limit: {most} bytes")));
        }
    }
    match bytes.len() as u64 == size {
        true => Ok(bytes),
        false => Err(failed("was cut off in transfer; try again")),
    }
}

fn folder() -> Result<Copies, MeasureError> {
    Copies::new()
        .map_err(|error| MeasureError(format!("the folder for copies of remote files cannot be made: {error}")))
}

/// A file to copy.
struct Object {
    path: Path,
    /// The name for messages.
    name: String,
    format: FileFormat,
    packing: Packing,
    folders: Vec<(String, Option<String>)>,
}

async fn objects(place: &RemotePlace, url: &str) -> Result<Vec<Object>, MeasureError> {
    let shown = without_secrets(url);
    if place.is_one_file {
        let (format, packing) = FileFormat::of(&shown).ok_or_else(|| unknown(&shown))?;
        let object = Object { path: place.path.clone(), name: shown, format, packing, folders: Vec::new() };
        return Ok(vec![object]);
    }
    let is_glob = place.pattern.is_some();
    // A URL with a known ending is a file, if one exists; writers also name folders so.
    if !is_glob && let Some((format, packing)) = FileFormat::of(&shown) {
        match begun(place.store.head(&place.path)).await.map_err(|why| unread(&shown, &why))? {
            Ok(_) => {
                let object = Object { path: place.path.clone(), name: shown, format, packing, folders: Vec::new() };
                return Ok(vec![object]);
            }
            Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error::sentence(&shown, &error)),
        }
    }
    let prefix = (!place.path.as_ref().is_empty()).then_some(&place.path);
    let mut listing = place.store.list(prefix);
    let mut listed: Vec<ObjectMeta> = Vec::new();
    while let Some(meta) = begun(listing.next()).await.map_err(|why| unread(&shown, &why))? {
        listed.push(meta.map_err(|error| error::sentence(&shown, &error))?);
        if listed.len() > MOST_OBJECTS {
            return Err(unread(&shown, &format!("it lists too many files; limit: {MOST_OBJECTS}")));
        }
    }
    listed.sort_by(|left, right| left.location.cmp(&right.location));
    let mut objects = Vec::new();
    for meta in listed {
        let name = format!("{}{}", place.base, meta.location);
        let inside: Vec<String> = match meta.location.prefix_match(&place.path) {
            Some(parts) => parts.map(|part| part.as_ref().to_owned()).collect(),
            None => continue,
        };
        if inside.iter().any(|part| part == "_delta_log") {
            return Err(MeasureError(format!(
                "`{shown}` is a Delta table, whose files may hold deleted rows; export it to plain Parquet"
            )));
        }
        if place.pattern.as_ref().is_some_and(|pattern| !pattern.matches_with(meta.location.as_ref(), GLOB)) {
            continue;
        }
        // Writers leave files such as `_SUCCESS` beside the data, and consoles create empty objects for folders.
        if inside.iter().any(|part| is_hidden(part)) {
            continue;
        }
        let Some((format, packing)) = FileFormat::of(meta.location.filename().unwrap_or_default()) else {
            if is_glob {
                return Err(unknown(&name));
            }
            continue;
        };
        let folders = hive::columns(inside.iter().rev().skip(1).rev().map(String::as_str));
        objects.push(Object { path: meta.location, name, format, packing, folders });
    }
    if objects.is_empty() {
        return Err(MeasureError(if is_glob {
            format!("no file matches `{shown}`")
        } else {
            format!("there is no file `{shown}`, and no file of a known format in a folder of that name")
        }));
    }
    Ok(objects)
}

/// Matches like a shell: `*` does not reach into folders.
const GLOB: glob::MatchOptions =
    glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

fn unread(name: &str, why: &str) -> MeasureError {
    MeasureError(format!("`{name}` cannot be read: {why}"))
}

async fn copy(
    place: &RemotePlace,
    object: Object,
    target: PathBuf,
    (most, room): (u64, &Room),
) -> Result<(FileFormat, SourceFile), MeasureError> {
    let Object { path, name, format, packing, folders } = object;
    let late = |why: String| unread(&name, &why);
    let found = begun(place.store.get(&path)).await.map_err(late)?.map_err(|error| error::sentence(&name, &error))?;
    let size = found.meta.size;
    // A URL that is signed for reading may not allow other requests, so the answer itself has to give the size.
    if size > most {
        return Err(MeasureError(format!("`{name}` has {size} bytes; limit: {most}")));
    }
    room.take(size).map_err(late)?;
    let unwritten = |error: std::io::Error| MeasureError(format!("`{name}` cannot be copied to this machine: {error}"));
    let mut file = copies::file(&target).map_err(unwritten)?;
    let mut digest = RunningDigest::default();
    let mut bytes = found.into_stream();
    let mut written = 0;
    let mut pace = Pace::start();
    while let Some(chunk) = pace.next(bytes.next()).await.map_err(late)? {
        let chunk = chunk.map_err(|error| error::sentence(&name, &error))?;
        pace.arrived(chunk.len() as u64).map_err(late)?;
        file.write_all(&chunk).map_err(unwritten)?;
        digest.update(&chunk);
        written += chunk.len() as u64;
    }
    file.flush().map_err(unwritten)?;
    if written != size {
        return Err(MeasureError(format!(
            "`{name}` cannot be read: the server promised {size} bytes and sent {written}; try again"
        )));
    }
    if size == 0 {
        return Err(MeasureError(format!("`{name}` is empty (0 bytes)")));
    }
    let mut part = SourceFile::new(target, name, packing).with_digest(digest.finish());
    part.folders = folders;
    Ok((format, part))
}

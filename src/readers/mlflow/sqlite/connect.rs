//! Connections to an SQLite file that may be hostile.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// The first bytes of an SQLite file.
pub(in crate::readers::mlflow) const MAGIC: &[u8] = b"SQLite format 3\0";
/// The longest time of one read; a hostile schema could otherwise take hours.
const PATIENCE: Duration = Duration::from_secs(60);
/// The time to wait for a writer.
const BUSY: Duration = Duration::from_secs(5);
/// The offset of the byte that says how to write the file; 2 stands for a write-ahead log.
const WRITE_VERSION: usize = 18;

/// Opens a file so that nothing beside it is written.
///
/// A reader of a write-ahead log needs the memory file beside it. Without a log that holds something, the file alone is
/// complete, and is opened as one that nobody writes.
pub(super) fn reading(path: &Path) -> Result<Connection, String> {
    let mut head = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(32).read_to_end(&mut head).map_err(|error| error.to_string())?;
    if !head.starts_with(MAGIC) {
        return Err("it is not an SQLite file".to_owned());
    }
    let has_content = |ending: &str| {
        let mut beside = path.as_os_str().to_owned();
        beside.push(ending);
        fs::metadata(&beside).is_ok_and(|found| found.len() > 0)
    };
    let is_logged = head.get(WRITE_VERSION) == Some(&2);
    let is_alone = is_logged && !has_content("-wal");
    let address = format!("file:{}?mode=ro{}", escaped(path), if is_alone { "&immutable=1" } else { "" });
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&address, flags).map_err(broken)?;
    let opened = connection.query_row("SELECT COUNT(*) FROM sqlite_master", [], |_| Ok(()));
    opened.map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::CannotOpen | rusqlite::ErrorCode::ReadOnly) if is_logged || has_content("-journal") => {
            "its writer has not finished, and what it left beside the file cannot be read in a folder that is read-only; \
             copy the file together with `-wal` or `-journal`, or close the writer"
                .to_owned()
        }
        _ => broken(error),
    })?;
    hardened(connection)
}

/// Opens a file for writing; it must exist.
///
/// # Errors
///
/// It cannot be opened.
pub(super) fn writing(path: &Path) -> Result<Connection, String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    hardened(Connection::open_with_flags(path, flags).map_err(broken)?)
}

/// Takes the trust out of a connection: its schema runs no code, and its time is limited.
fn hardened(mut connection: Connection) -> Result<Connection, String> {
    let hardened = [
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
    ];
    for (setting, value) in hardened {
        connection.set_db_config(setting, value).map_err(broken)?;
    }
    connection.busy_timeout(BUSY).map_err(broken)?;
    let end = Instant::now() + PATIENCE;
    connection.progress_handler(100_000, Some(move || Instant::now() > end)).map_err(broken)?;
    Ok(connection)
}

/// Describes an error of SQLite.
pub(super) fn broken(error: rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::OperationInterrupted) => {
            format!("reading it takes longer than {} seconds", PATIENCE.as_secs())
        }
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
            "another process writes it and has locked it; try again".to_owned()
        }
        _ => format!("it cannot be read as SQLite: {error}"),
    }
}

/// Writes a path for an address of SQLite.
fn escaped(path: &Path) -> String {
    let path = path.to_string_lossy().replace('\\', "/");
    let path = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    // A drive of Windows follows a slash.
    if path.as_bytes().get(1) == Some(&b':') { format!("/{path}") } else { path }
}

//! Reads whole files, limited to regular files of a maximum size.
//!
//! A link may lead to a device that never ends, a pipe that nobody writes to, or a sparse file of many gigabytes. The
//! kind and the size are checked before a file is opened, because opening a pipe waits, and the size once more while it
//! is read.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Returns the bytes of a file, if there are at most `most`.
///
/// # Errors
///
/// Fails like the system's calls, and with an error that describes the file: of kind `InvalidInput` if it is not a
/// regular file, and of kind `FileTooLarge` if it has more bytes.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let found = fs::metadata(path)?;
    if !found.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("it is {}, not a file", kind(found.file_type())),
        ));
    }
    let too_large = |size: u64| {
        io::Error::new(io::ErrorKind::FileTooLarge, format!("it has {size} bytes or more; limit: {}", shown(most)))
    };
    if found.len() > most {
        return Err(too_large(found.len()));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    // Some files report no size, and others grow.
    if bytes.len() as u64 > most { Err(too_large(most + 1)) } else { Ok(bytes) }
}

/// Returns the text of a file, if it has at most `most` bytes.
///
/// # Errors
///
/// Fails like [`read`], and with an error of kind `InvalidData` that gives the offset of the first byte that is not
/// UTF-8.
pub(crate) fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|error| {
        let from = error.utf8_error().valid_up_to();
        io::Error::new(io::ErrorKind::InvalidData, format!("it is not UTF-8 from byte {from} on"))
    })
}

fn kind(kind: fs::FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        } else if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        } else if kind.is_socket() {
            return "a socket";
        }
    }
    if kind.is_dir() { "a folder" } else { "something else" }
}

/// Formats a limit in the largest unit of which it is a multiple.
fn shown(bytes: u64) -> String {
    match bytes {
        _ if bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_within_the_limit_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        fs::write(&path, "12345678").expect("written");
        assert_eq!(read(&path, 8).ok().as_deref(), Some(b"12345678".as_slice()));
        assert_eq!(read_text(&path, 8).ok().as_deref(), Some("12345678"));
        let error = read(&path, 7).expect_err("it is larger");
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (io::ErrorKind::FileTooLarge, "it has 8 bytes or more; limit: 7 bytes")
        );
        fs::write(&path, [b'a', 0xff]).expect("written");
        assert_eq!(read_text(&path, 8).expect_err("no text").to_string(), "it is not UTF-8 from byte 1 on");
        assert_eq!(read(&folder.path().join("b"), 8).expect_err("there is none").kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn what_is_no_file_is_not_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(read(folder.path(), 8).expect_err("a folder").to_string(), "it is a folder, not a file");
        #[cfg(unix)]
        assert_eq!(read(Path::new("/dev/zero"), 8).expect_err("a device").to_string(), "it is a device, not a file");
        let sparse = folder.path().join("sparse");
        File::create(&sparse).and_then(|file| file.set_len(20 << 30)).expect("made");
        assert!(read(&sparse, 1 << 20).expect_err("it is larger").to_string().ends_with("limit: 1 MiB"));
    }
}

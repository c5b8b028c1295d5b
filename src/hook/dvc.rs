//! Files of DVC that stand for data: `data.csv.dvc`, and `dvc.lock` for the outputs of stages.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use md5::{Digest, Md5};

use crate::bounded;
use crate::readers::{ReadLimits, TrackedOutput, cached_object, listed_members, tracked_outputs};

/// The largest file of DVC, in bytes, and the largest list of a folder's files.
pub(super) const MOST: u64 = 8 << 20;

/// A file or a folder that DVC keeps in place of git.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DvcOutput {
    /// The path from the top.
    pub(super) path: PathBuf,
    /// The MD5 in hexadecimal digits; for a folder, that of the list of its files.
    pub(super) md5: String,
    pub(super) is_folder: bool,
    /// The path of DVC's file from the top.
    pub(super) pointer: PathBuf,
}

/// Returns the outputs that a file of DVC stands for.
pub(super) fn outputs(text: &str, pointer: &Path) -> Vec<DvcOutput> {
    let output = |found: TrackedOutput| {
        let md5 = found.md5?;
        let is_folder = md5.ends_with(".dir");
        let md5 = md5.trim_end_matches(".dir").to_ascii_lowercase();
        let is_digest = md5.len() == 32 && md5.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then(|| DvcOutput { path: found.path, md5, is_folder, pointer: pointer.to_owned() })
    };
    tracked_outputs(text, pointer).into_iter().filter_map(output).collect()
}

/// Returns the file of this MD5 in the cache of the nearest folder `.dvc` above a file of DVC.
pub(super) fn cached(top: &Path, pointer: &Path, md5: &str, ending: &str) -> Option<PathBuf> {
    let caches = pointer.ancestors().skip(1).map(|folder| top.join(folder).join(".dvc/cache"));
    cached_object(&caches.collect::<Vec<_>>(), &format!("{md5}{ending}"))
}

/// Returns the files of a folder's list, relative to the folder, with their MD5.
pub(super) fn members(list: &Path) -> Option<Vec<(PathBuf, String)>> {
    let text = bounded::read_text(list, MOST).ok()?;
    let members = listed_members(&text, &ReadLimits::default())?;
    members.iter().all(|(_, md5)| md5.len() == 32).then_some(members)
}

/// Returns true if a file has this MD5.
pub(super) fn has_md5(path: &Path, md5: &str) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let mut digest = Md5::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
    }
    let digits: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(digits == md5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_stages_are_read() {
        let md5 = "0123456789abcdef0123456789abcdef";
        let file = format!("outs:\n- md5: {md5}\n  size: 12\n  hash: md5\n  path: a.csv\n");
        let found = outputs(&file, Path::new("data/a.csv.dvc"));
        assert_eq!((found[0].path.as_path(), found[0].is_folder), (Path::new("data/a.csv"), false));
        let lock =
            format!("schema: '2.0'\nstages:\n  fit:\n    cmd: x\n    outs:\n    - path: out\n      md5: {md5}.dir\n");
        let found = outputs(&lock, Path::new("dvc.lock"));
        assert_eq!((found[0].path.as_path(), found[0].is_folder), (Path::new("out"), true));
        assert_eq!(outputs("outs: 3", Path::new("x.dvc")), []);
        assert_eq!(outputs("outs:\n- md5: ../../x\n  path: a\n", Path::new("x.dvc")), []);
    }
}

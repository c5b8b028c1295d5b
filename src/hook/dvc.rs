//! Files of DVC that stand for data: `data.csv.dvc`, and `dvc.lock` for the outputs of stages.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use md5::{Digest, Md5};

use crate::bounded;
use crate::config::{Node, Value, yaml};
use crate::lexical::lexical;

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
    let Ok(root) = yaml::parse(text) else { return Vec::new() };
    let folder = pointer.parent().unwrap_or(Path::new(""));
    let mut found = Vec::new();
    let mut take = |node: &Node| {
        let wdir = node.get("wdir").and_then(Node::as_text).unwrap_or(".");
        let Some(Value::List(items)) = node.get("outs").map(|outs| &outs.value) else { return };
        for item in items {
            let text = |key: &str| item.get(key).and_then(Node::as_text);
            let (Some(path), Some(md5)) = (text("path"), text("md5")) else { continue };
            let is_folder = md5.ends_with(".dir");
            let md5 = md5.trim_end_matches(".dir").to_ascii_lowercase();
            if md5.len() == 32 && md5.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                let path = lexical(&folder.join(wdir).join(path));
                found.push(DvcOutput { path, md5, is_folder, pointer: pointer.to_owned() });
            }
        }
    };
    take(&root);
    for stage in root.get("stages").and_then(Node::entries).unwrap_or_default() {
        take(&stage.value);
    }
    found
}

/// Returns the file of this MD5 in the cache of the nearest folder `.dvc` above a file of DVC.
pub(super) fn cached(top: &Path, pointer: &Path, md5: &str, ending: &str) -> Option<PathBuf> {
    let (start, rest) = md5.split_at_checked(2)?;
    let caches = pointer.ancestors().skip(1).map(|folder| top.join(folder).join(".dvc/cache"));
    let places = caches.flat_map(|cache| [cache.join("files/md5"), cache]);
    places.map(|cache| cache.join(start).join(format!("{rest}{ending}"))).find(|path| path.is_file())
}

/// Returns the files of a folder's list, relative to the folder, with their MD5.
pub(super) fn members(list: &Path) -> Option<Vec<(PathBuf, String)>> {
    let list: serde_json::Value = serde_json::from_slice(&bounded::read(list, MOST).ok()?).ok()?;
    let member = |item: &serde_json::Value| {
        let path = PathBuf::from(item["relpath"].as_str()?);
        Some((path, item["md5"].as_str().filter(|md5| md5.len() == 32)?.to_owned()))
    };
    list.as_array()?.iter().map(member).collect()
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

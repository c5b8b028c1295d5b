//! Files that DVC keeps in place of git: the outputs of `dvc.lock` and of `*.dvc` files, and the cache that holds them.

use std::path::{Path, PathBuf};

use md5::{Digest, Md5};

use super::tracked::{FOLDER, TrackedOutput, cached_object, listed, listed_members};
use super::tree::{PIPELINE, ProjectTree};
use crate::bounded;
use crate::readers::ReadLimits;
use crate::readers::datum;

/// The name of the file that records the outputs of stages.
const LOCK: &str = "dvc.lock";
/// The largest config of DVC, in bytes.
const CONFIG_BYTES: u64 = 1 << 20;

/// All outputs of a project.
pub(super) struct TrackedOutputs {
    outputs: Vec<TrackedOutput>,
    caches: Vec<PathBuf>,
    /// Remotes that are folders, where they may be read.
    remotes: Option<Vec<PathBuf>>,
    limits: ReadLimits,
}

/// The place of a file that is not in git.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CachedFile {
    /// The content, whose digest is right.
    Found(Vec<u8>),
    /// DVC tracks the file, and the cache does not hold it.
    Absent,
    /// DVC does not track the file.
    Untracked,
}

impl TrackedOutputs {
    /// Collects the outputs of a project.
    ///
    /// # Errors
    ///
    /// A file of DVC cannot be read.
    pub(super) fn of(tree: &ProjectTree, top: &Path, fetches: bool, limits: &ReadLimits) -> Result<Self, String> {
        let mut outputs = Vec::new();
        for path in tree.named(|name| name == LOCK || name.len() > 4 && name.ends_with(".dvc"))? {
            let Some(text) = tree.text(&path)? else { continue };
            let document = datum::yaml(&text, limits).map_err(|why| format!("`{}`: {why}", path.display()))?;
            let pipeline = tree.text(&path.with_file_name(PIPELINE))?.filter(|_| path.ends_with(LOCK));
            let pipeline = pipeline.map(|text| datum::yaml(&text, limits)).and_then(Result::ok);
            outputs.extend(listed(&document, pipeline.as_ref(), &path));
        }
        let folders = config_folders(tree, top);
        let remotes = fetches.then(|| folders.iter().flat_map(|folder| remotes(folder)).collect());
        Ok(Self { outputs, caches: caches(&folders), remotes, limits: *limits })
    }

    /// Returns a clause on the remotes, for the message that a file is not there.
    pub(super) fn remotes_in_words(&self) -> &'static str {
        match &self.remotes {
            None => "remotes are not queried without `--fetch`",
            Some(remotes) if remotes.is_empty() => "no remote is a folder on this machine, and servers are not queried",
            Some(_) => "no remote that is a folder on this machine has it",
        }
    }

    /// Returns all outputs.
    pub(super) fn all(&self) -> &[TrackedOutput] {
        &self.outputs
    }

    /// Returns a file that is an output, or is below a folder that is one.
    ///
    /// # Errors
    ///
    /// The cache holds other bytes than the digest says, or the list of a folder is damaged.
    pub(super) fn file(&self, path: &Path) -> Result<CachedFile, String> {
        let Some(output) = self.outputs.iter().find(|output| path.starts_with(&output.path)) else {
            return Ok(CachedFile::Untracked);
        };
        let Some(md5) = &output.md5 else {
            return Err(format!(
                "`{}` is kept by a remote with versions of its own, which is not read; run `dvc pull`",
                path.display()
            ));
        };
        if output.path == path {
            return self.object(md5, output.is_old, path);
        }
        match self.members(output)? {
            None => Ok(CachedFile::Absent),
            Some(members) => {
                let below = path.strip_prefix(&output.path).unwrap_or(path);
                let member = members.into_iter().find(|(name, _)| name == below);
                member.map_or(Ok(CachedFile::Untracked), |(_, md5)| self.object(&md5, output.is_old, path))
            }
        }
    }

    /// Returns the files of a folder that is an output with their digests; nothing where the cache does not hold the list.
    ///
    /// # Errors
    ///
    /// The list is damaged.
    pub(super) fn members(&self, output: &TrackedOutput) -> Result<Option<Vec<(PathBuf, String)>>, String> {
        let Some(md5) = output.md5.as_deref().filter(|md5| md5.ends_with(FOLDER)) else { return Ok(Some(Vec::new())) };
        let CachedFile::Found(bytes) = self.object(md5, output.is_old, &output.path)? else { return Ok(None) };
        let damaged = || format!("the list of the files of `{}` in the cache is damaged", output.path.display());
        let text = String::from_utf8(bytes).map_err(|_| damaged())?;
        listed_members(&text, &self.limits).map(Some).ok_or_else(damaged)
    }

    /// Returns the place of an output in the cache.
    pub(super) fn cached_at(&self, output: &TrackedOutput) -> Option<PathBuf> {
        self.place(output.md5.as_deref()?)
    }

    fn place(&self, md5: &str) -> Option<PathBuf> {
        cached_object(self.caches.iter().chain(self.remotes.iter().flatten()), md5)
    }

    fn object(&self, md5: &str, is_old: bool, path: &Path) -> Result<CachedFile, String> {
        let Some(place) = self.place(md5) else { return Ok(CachedFile::Absent) };
        let bytes = bounded::read(&place, self.limits.bytes);
        let bytes = bytes.map_err(|error| format!("`{}` in the cache cannot be read: {error}", path.display()))?;
        let digits = md5.strip_suffix(FOLDER).unwrap_or(md5).to_ascii_lowercase();
        let is_sound = digest(&bytes) == digits || is_old && digest(&with_unix_lines(&bytes)) == digits;
        if is_sound {
            Ok(CachedFile::Found(bytes))
        } else {
            Err(format!("`{}` in the cache is damaged: its MD5 is not {digits}", path.display()))
        }
    }
}

/// Returns the folders `.dvc` of the project.
fn config_folders(tree: &ProjectTree, top: &Path) -> Vec<PathBuf> {
    let files = tree.named(|name| name == "dvc.yaml" || name == LOCK || name.ends_with(".dvc")).unwrap_or_default();
    let mut folders: Vec<PathBuf> =
        files.iter().flat_map(|path| path.ancestors().skip(1).map(Path::to_owned)).collect();
    folders.push(PathBuf::new());
    folders.sort_unstable();
    folders.dedup();
    let folders = folders.into_iter().map(|folder| top.join(folder).join(".dvc"));
    folders.filter(|folder| folder.is_dir()).collect()
}

/// Returns the texts of the configs in a folder `.dvc`, the stronger first.
fn configs(folder: &Path) -> [String; 2] {
    let text = |name: &str| bounded::read(&folder.join(name), CONFIG_BYTES).ok();
    ["config.local", "config"].map(|name| text(name).and_then(|text| String::from_utf8(text).ok()).unwrap_or_default())
}

/// Returns the caches of the project: those of each folder `.dvc`, and the ones that their configs name.
fn caches(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in folders {
        let configs = configs(folder);
        let named = configs.iter().find_map(|config| cache_dir(config));
        // A path starts at the folder of the config.
        found.extend(named.map(|path| folder.join(path)));
        found.push(folder.join("cache"));
    }
    found
}

/// Returns the remotes of a folder `.dvc` that are folders of this machine.
fn remotes(folder: &Path) -> Vec<PathBuf> {
    let configs = configs(folder);
    let urls = configs.iter().flat_map(|config| remote_urls(config));
    let local = urls.filter_map(|url| match url.split_once("://") {
        None => Some(url),
        Some(("file", path)) => Some(path),
        Some(_) => None,
    });
    // A path starts at the folder of the config.
    local.map(|path| folder.join(path)).collect()
}

/// Returns `url` of the sections `['remote "NAME"']`.
fn remote_urls(config: &str) -> Vec<&str> {
    let mut is_remote = false;
    let mut urls = Vec::new();
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            is_remote = line.trim_start_matches(['[', '\'']).trim_start().starts_with("remote");
        } else if let Some((key, value)) = line.split_once('=')
            && is_remote
            && key.trim() == "url"
        {
            urls.push(value.trim());
        }
    }
    urls
}

/// Returns `dir` of the section `[cache]`.
fn cache_dir(config: &str) -> Option<&str> {
    let mut is_cache = false;
    config.lines().map(str::trim).find_map(|line| {
        if line.starts_with('[') {
            is_cache = line == "[cache]";
            return None;
        }
        let (key, value) = line.split_once('=')?;
        (is_cache && key.trim() == "dir").then(|| value.trim())
    })
}

fn digest(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn with_unix_lines(bytes: &[u8]) -> Vec<u8> {
    let is_kept = |(at, byte): &(usize, &u8)| **byte != b'\r' || bytes.get(at + 1) != Some(&b'\n');
    bytes.iter().enumerate().filter(is_kept).map(|(_, byte)| *byte).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn of(text: &str, file: &str) -> Vec<TrackedOutput> {
        let limits = ReadLimits::default();
        let pipeline =
            datum::yaml("stages:\n  there:\n    wdir: sub\n  each:\n    do: {wdir: deep}\n", &limits).unwrap();
        listed(&datum::yaml(text, &limits).unwrap(), Some(&pipeline), Path::new(file))
    }

    #[test]
    fn outputs_of_files_and_stages() {
        let md5 = "00000000000000000000000000000000";
        let old = of(&format!("wdir: ..\nouts:\n- md5: {md5}.dir\n  path: data\n"), "sub/data.dvc");
        assert_eq!((old[0].path.as_path(), old[0].is_old), (Path::new("data"), true));
        assert_eq!(old[0].md5.as_deref(), Some(format!("{md5}.dir").as_str()));
        let lock = format!(
            "schema: '2.0'\nstages:\n  fit@a:\n    outs:\n    - path: out.json\n      hash: md5\n      md5: '{md5}'\n"
        );
        let lock = of(&lock, "p/dvc.lock");
        assert_eq!(lock[0].stage, Some((PathBuf::from("p"), "fit@a".to_owned())));
        assert_eq!((lock[0].path.as_path(), lock[0].is_old), (Path::new("p/out.json"), false));
        assert_eq!(lock[0].md5.as_deref(), Some(md5));
        let lock = "stages:\n  there:\n    outs: [{path: a}]\n  each@1:\n    outs: [{path: b}]\n";
        let paths: Vec<PathBuf> = of(lock, "p/dvc.lock").into_iter().map(|output| output.path).collect();
        assert_eq!(paths, [Path::new("p/sub/a"), Path::new("p/deep/b")]);
        let versioned = of("outs:\n- path: a\n  files:\n  - relpath: b\n", "a.dvc");
        assert_eq!(versioned[0].md5, None);
    }

    #[test]
    fn digests_of_dvc_2_ignore_carriage_returns() {
        assert_eq!(with_unix_lines(b"a\r\nb\r\r\n\rc\r"), b"a\nb\r\n\rc\r");
        assert_eq!(digest(b""), "d41d8cd98f00b204e9800998ecf8427e");
    }

    #[test]
    fn remotes_that_are_folders() {
        let config = "[core]\n    remote = a\n    url = no\n['remote \"a\"']\n    url = ../store\n['remote \"b\"']\n    url = s3://bucket\n[cache]\n    url = no\n";
        assert_eq!(remote_urls(config), ["../store", "s3://bucket"]);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config"), format!("{config}['remote \"c\"']\nurl = file:///srv/dvc\n"))
            .unwrap();
        assert_eq!(remotes(folder.path()), [folder.path().join("../store"), PathBuf::from("/srv/dvc")]);
    }

    #[test]
    fn the_cache_may_be_elsewhere() {
        assert_eq!(cache_dir("[core]\n dir = x\n[cache]\n    dir = ../../shared\n"), Some("../../shared"));
        assert_eq!(cache_dir("[core]\n    remote = x\n"), None);
    }
}

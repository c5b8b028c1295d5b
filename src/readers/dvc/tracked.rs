//! The outputs that DVC keeps in place of git, as `dvc.lock` and `*.dvc` files list them, and the layout of its cache.

use std::path::{Path, PathBuf};

use crate::lexical::lexical;
use crate::readers::ReadLimits;
use crate::readers::datum::{self, Datum};

/// The ending of the digest of a folder.
pub(super) const FOLDER: &str = ".dir";

/// An output that DVC tracks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedOutput {
    /// The path from the top.
    pub path: PathBuf,
    /// The stage of a pipeline, with the folder of its `dvc.yaml`.
    pub stage: Option<(PathBuf, String)>,
    /// The MD5 in hexadecimal digits, with `.dir` for a folder; nothing where a store keeps versions itself.
    pub md5: Option<String>,
    /// True: the digest is that of DVC 2, of a text with the line ends of Unix, in its layout of the cache.
    pub is_old: bool,
}

/// Returns the outputs of `dvc.lock`, beside its `dvc.yaml`, or of a `*.dvc` file.
pub(super) fn listed(document: &Datum, pipeline: Option<&Datum>, file: &Path) -> Vec<TrackedOutput> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut found = Vec::new();
    let mut take = |node: &Datum, stage: Option<&str>| {
        // Paths start at the folder that a stage runs in, which `dvc.lock` leaves out.
        let body = stage.and_then(|stage| pipeline?.at(&["stages", stage.split('@').next()?]));
        let body = body.map_or(node, |stage| stage.get("do").unwrap_or(stage));
        let wdir = body.get("wdir").and_then(Datum::text).unwrap_or(".");
        for item in node.get("outs").map(Datum::items).unwrap_or_default() {
            let Some(path) = item.get("path").and_then(Datum::as_stored) else { continue };
            found.push(TrackedOutput {
                path: lexical(&folder.join(wdir).join(path)),
                stage: stage.map(|stage| (folder.to_owned(), stage.to_owned())),
                md5: item.get("md5").and_then(Datum::as_stored),
                is_old: item.get("hash").is_none(),
            });
        }
    };
    take(document, None);
    let stages = document.get("stages").map(Datum::entries).unwrap_or_default();
    stages.iter().for_each(|(name, stage)| take(stage, Some(name)));
    // In the first version of `dvc.lock` the stages stand at the top.
    if document.get("stages").is_none() && document.get("outs").is_none() {
        let stages = document.entries().iter().filter(|(_, stage)| stage.is_map());
        stages.for_each(|(name, stage)| take(stage, Some(name)));
    }
    found
}

/// Returns the outputs that a file of DVC lists; none if it cannot be read.
pub fn tracked_outputs(text: &str, file: &Path) -> Vec<TrackedOutput> {
    let document = datum::yaml(text, &ReadLimits::default());
    document.map(|document| listed(&document, None, file)).unwrap_or_default()
}

/// Returns the files of a folder's list, relative to the folder, with their MD5; `None` if the list is damaged.
pub fn listed_members(list: &str, limits: &ReadLimits) -> Option<Vec<(PathBuf, String)>> {
    let list = datum::json(list, limits).ok()?;
    let member = |item: &Datum| Some((PathBuf::from(item.get("relpath")?.text()?), item.get("md5")?.as_stored()?));
    list.items().iter().map(member).collect()
}

/// Returns the place of a file in one of these caches: of DVC 3, or of an earlier one. A digest that is none has no place.
pub fn cached_object<'a>(caches: impl IntoIterator<Item = &'a PathBuf>, md5: &str) -> Option<PathBuf> {
    let digits = md5.strip_suffix(FOLDER).unwrap_or(md5);
    if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let below = Path::new(&md5[..2]).join(&md5[2..]);
    let places = caches.into_iter().flat_map(|cache| [cache.join("files/md5"), cache.clone()]);
    places.map(|cache| cache.join(&below)).find(|path| path.is_file())
}

//! Metrics and parameters that `dvc.yaml` declares.

use std::path::{Path, PathBuf};

use super::outputs::TrackedOutputs;
use crate::lexical::lexical;
use crate::readers::datum::Datum;

/// Files that a `dvc.yaml` declares, by paths from the top.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Declared {
    /// Files, or folders of them, with metrics.
    pub(super) metrics: Vec<PathBuf>,
    /// Files with parameters.
    pub(super) params: Vec<PathBuf>,
}

/// Collects what a `dvc.yaml` declares.
///
/// The names of files may have values in them, as in `eval/${item}.json`. DVC has filled them in where it recorded the
/// outputs of a stage, so they are looked up there.
///
/// # Errors
///
/// A name with values belongs to a stage that has not run, or to none.
pub(super) fn declared(document: &Datum, file: &Path, outputs: &TrackedOutputs) -> Result<Declared, String> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut found = Declared::default();
    for (path, _) in names(document.get("metrics")) {
        if has_value(&path) {
            return Err(format!(
                "`{}`: the metrics `{path}` have a variable in their name, which is filled in only for those of stages",
                file.display()
            ));
        }
        found.metrics.push(lexical(&folder.join(path)));
    }
    let params = names(document.get("params")).into_iter().map(|(path, _)| path);
    found.params.extend(params.filter(|path| !has_value(path)).map(|path| lexical(&folder.join(path))));
    for (name, stage) in document.get("stages").map(Datum::entries).unwrap_or_default() {
        let body = stage.get("do").unwrap_or(stage);
        let wdir = body.get("wdir").and_then(Datum::text).unwrap_or(".");
        let base = folder.join(wdir);
        for (path, _) in names(body.get("metrics")) {
            let written = lexical(&base.join(&path));
            if !has_value(&path) && !has_value(wdir) {
                found.metrics.push(written);
                continue;
            }
            let filled = filled(&written, folder, name, outputs);
            if filled.is_empty() {
                return Err(format!(
                    "`{}`: the metrics `{path}` of the stage `{name}` are not in dvc.lock; run `dvc repro` and commit it",
                    file.display()
                ));
            }
            found.metrics.extend(filled);
        }
        for (path, is_file) in names(body.get("params")) {
            // A text is a key of `params.yaml`, and a mapping names its file.
            let path = if is_file { path } else { super::tree::PARAMS.to_owned() };
            if !has_value(&path) && !has_value(wdir) {
                found.params.push(lexical(&base.join(path)));
            }
        }
    }
    Ok(found)
}

/// Returns the recorded outputs of a stage that a path with values can become.
fn filled(written: &Path, folder: &Path, name: &str, outputs: &TrackedOutputs) -> Vec<PathBuf> {
    // `foreach` and `matrix` add a part to the stage's name.
    let is_stage = |known: &str| known.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('@'));
    let of_stage = outputs
        .all()
        .iter()
        .filter(|output| output.stage.as_ref().is_some_and(|(of, known)| of == folder && is_stage(known)));
    let pattern = written.to_string_lossy();
    of_stage.map(|output| &output.path).filter(|path| fits(&pattern, &path.to_string_lossy())).cloned().collect()
}

/// Returns the names of a list, whose items are texts or mappings with a name as their key; true stands for the latter.
fn names(list: Option<&Datum>) -> Vec<(String, bool)> {
    let item = |item: &Datum| match item {
        Datum::Map(entries) => entries.iter().map(|(name, _)| (name.clone(), true)).collect::<Vec<_>>(),
        scalar => scalar.as_stored().map(|name| (name, false)).into_iter().collect(),
    };
    match list {
        Some(Datum::List(items)) => items.iter().flat_map(item).collect(),
        Some(other) => item(other),
        None => Vec::new(),
    }
}

fn has_value(text: &str) -> bool {
    text.contains("${")
}

/// Returns true if a path is one that a pattern with values in `${…}` can become.
fn fits(pattern: &str, path: &str) -> bool {
    let Some((start, rest)) = pattern.split_once("${") else { return pattern == path };
    let Some(after) = path.strip_prefix(start) else { return false };
    let Some((_, rest)) = rest.split_once('}') else { return false };
    (0..=after.len()).filter(|at| after.is_char_boundary(*at)).any(|at| fits(rest, &after[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_with_values() {
        assert!(fits("out-${item}.yaml", "out-a.yaml"));
        assert!(fits("${place}/m-${item.name}.json", "eval/deep/m-x.json"));
        assert!(!fits("out-${item}.yaml", "other-a.yaml"));
        assert!(!fits("out-${item}.yaml", "out-a.json"));
        assert!(!fits("a", "b"));
    }
}

//! Search for and reading of the config and the user's own checks.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::bounded;
use crate::catalog::Catalog;
use crate::cli::link_guard;
use crate::config::{Config, Diagnostic};
use crate::pipeline::failure::Failure;
use crate::pipeline::project::Project;

/// Maximum bytes of a config; ten thousand rules take a megabyte.
pub(super) const MOST_CONFIG: u64 = 8 << 20;
/// Maximum bytes of a page.
const MOST_PAGE: u64 = 1 << 20;
/// Maximum number of a user's own pages.
const MOST_PAGES: usize = 5_000;

/// Reads the config at `path`, or the nearest `mlgate.yml` from the working directory upwards.
pub(super) fn config(path: Option<&Path>) -> Result<Project, Failure> {
    let path = match path {
        Some(path) => path.to_owned(),
        None => nearest()?.ok_or_else(|| {
            Failure::Usage(
                "there is no mlgate.yml in this folder or above it; `mlgate init FILE…` writes one from your data"
                    .to_owned(),
            )
        })?,
    };
    let name = path.display().to_string();
    let text = text(&path, MOST_CONFIG)?;
    let root = match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let (config, problems) = Config::read(&text);
    match config {
        Some(config) if problems.is_empty() => {
            Ok(Project { name, root, text, config, policies: Vec::new(), baseline: None, source: None })
        }
        Some(config) => {
            let problems = Project::problems(&config, problems);
            Err(Failure::Text { name, text, problems })
        }
        None => Err(Failure::Text { name, text, problems }),
    }
}

/// Reads the text of a file whose lines may be shown with a problem.
fn text(path: &Path, most: u64) -> Result<String, Failure> {
    let failed = |why: String| Failure::Usage(format!("`{}` cannot be read: {why}", path.display()));
    match link_guard::refusal(path) {
        Ok(None) => bounded::read_text(path, most).map_err(|error| failed(error.to_string())),
        Ok(Some(why)) => Err(failed(why)),
        Err(error) => Err(failed(error.to_string())),
    }
}

fn nearest() -> Result<Option<PathBuf>, Failure> {
    let here = env::current_dir()
        .map_err(|error| Failure::Usage(format!("the working directory cannot be found: {error}")))?;
    let mut above = PathBuf::new();
    for _ in here.ancestors() {
        let path = above.join("mlgate.yml");
        // Any other entry of that name counts as well: to ignore a pipe or a dangling link would select another config.
        if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_dir()) {
            return Ok(Some(path));
        }
        above.push("..");
    }
    Ok(None)
}

/// Returns the path of the nearest config, if there is one.
pub(super) fn nearest_path() -> Option<PathBuf> {
    nearest().ok().flatten()
}

/// Returns the text of a config that may be broken, if it can be read.
pub(super) fn text_of(path: &Path) -> Option<String> {
    text(path, MOST_CONFIG).ok()
}

/// Returns the built-in checks and those of the config's own folder.
pub(super) fn catalog(loaded: Option<&Project>) -> Result<Catalog, Failure> {
    let mut catalog = Catalog::built_in().map_err(|(name, problems)| {
        let text = crate::catalog::PAGES.iter().find(|(path, _)| *path == name).map_or("", |(_, text)| text);
        Failure::Text { name, text: text.to_owned(), problems }
    })?;
    let Some(loaded) = loaded else { return Ok(catalog) };
    let Some(folder) = &loaded.config.checks else {
        return Ok(catalog);
    };
    let mut pages = Vec::new();
    collect(&loaded.root.join(&folder.value), &mut pages).map_err(|error| Failure::Text {
        name: loaded.name.clone(),
        text: loaded.text.clone(),
        problems: vec![Diagnostic::new(format!("the folder `{}` cannot be read: {error}", folder.value), folder.span)],
    })?;
    pages.sort();
    if pages.len() > MOST_PAGES {
        let message = format!("`{}` holds {} pages; limit: {MOST_PAGES}", folder.value, pages.len());
        let problem = Diagnostic::new(message, folder.span);
        return Err(loaded.refuse(vec![problem]));
    }
    if pages.is_empty() {
        let problem = Diagnostic::new(format!("there is no check (`*.md`) in `{}`", folder.value), folder.span);
        return Err(loaded.refuse(vec![problem]));
    }
    for page in pages {
        let name = page.display().to_string();
        let text = text(&page, MOST_PAGE)?;
        catalog.add(&name, &text).map_err(|problems| Failure::Text { name, text: text.clone(), problems })?;
    }
    Ok(catalog)
}

fn collect(folder: &Path, pages: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A link could lead out of the folder, or into a cycle.
        let kind = entry.file_type()?;
        let path = entry.path();
        if kind.is_dir() {
            collect(&path, pages)?;
        } else if kind.is_file() && path.extension().is_some_and(|end| end == "md") {
            pages.push(path);
        }
    }
    Ok(())
}

/// Returns the config if there is one; commands that only use the catalogue need none.
pub(super) fn optional(path: Option<&Path>) -> Result<Option<Project>, Failure> {
    match path {
        Some(path) => config(Some(path)).map(Some),
        None => match nearest()? {
            Some(path) => config(Some(&path)).map(Some),
            None => Ok(None),
        },
    }
}

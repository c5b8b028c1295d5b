//! The other side's config, with its own checks and its template: what the guard compares a change with.
//!
//! Everything is read from git's objects by id, whatever is checked out. Nothing of the change is run, and what is refused
//! is never taken for missing.

use std::path::{Path, PathBuf};

use super::policies;
use super::project::Project;
use crate::baseline::source::{Lost, git};
use crate::bounded;
use crate::catalog::Catalog;
use crate::config::{BaselineSource, Config, Diagnostic, OnLoosened, line_column};
use crate::git::{ObjectKind, Repository, Target, TreeEntry, Unread};

/// Maximum bytes of a config and of a page or template.
const MOST_CONFIG: u64 = 8 << 20;
const MOST_PAGE: u64 = 1 << 20;
/// Maximum number of pages.
const MOST_PAGES: usize = 5_000;
/// Maximum number of files that are examined for a config that moved.
const MOST_EXAMINED: usize = 200;

/// The other side's config and checks.
pub(crate) struct OtherConfig {
    /// The side's name in reports.
    pub(crate) shown: String,
    pub(crate) project: Project,
    pub(crate) catalog: Catalog,
    /// The text of the comment's template.
    pub(crate) template: Option<String>,
    /// The repository and the commit, if the side is one.
    pub(crate) commit: Option<(Repository, String)>,
}

/// The reason there is nothing to compare with.
pub(crate) enum NoSide {
    /// The other side has no config: this one is the first.
    First(String),
    /// The other side's config has another path, or cannot be read; with its setting of the guard, if that is known.
    Told(String, Option<OnLoosened>),
    /// The other side is unknown.
    Unknown(String),
}

impl OtherConfig {
    /// Returns the side in a file that is not part of the change.
    pub(crate) fn given(project: Project, catalog: Catalog) -> Self {
        let template = template(&project);
        Self { shown: project.name.clone(), project, catalog, template, commit: None }
    }

    /// Returns the side that a commit contains; `path` is the config's path there, if it differs from the change's.
    pub(crate) fn at(ours: &Project, reference: &str, path: Option<&str>, target: &Target) -> Result<Self, NoSide> {
        let (repository, commit) =
            git::resolve(&ours.root, reference, target).map_err(|lost| NoSide::Unknown(lost.why()))?;
        let name = Path::new(&ours.name).file_name().map(|name| name.to_string_lossy().into_owned());
        let path = path.map(str::to_owned).or(name).unwrap_or_default();
        let short = commit.get(..12).unwrap_or(&commit).to_owned();
        let bytes = match git::content(&repository, &commit, &path) {
            Ok(bytes) => bytes,
            Err(Lost::Absent(_) | Lost::Missing(_)) => return Err(moved(&repository, &commit, &path)),
            Err(Lost::Refused(why)) => return Err(NoSide::Told(why, None)),
        };
        let told =
            |why: String, mode| NoSide::Told(format!("the config of commit {short} cannot be compared: {why}"), mode);
        if bytes.len() as u64 > MOST_CONFIG {
            return Err(told("it is too large to be a config".to_owned(), None));
        }
        let text = String::from_utf8(bytes).map_err(|_| told("it is not UTF-8".to_owned(), None))?;
        let (config, problems) = Config::read(&text);
        let mode = config.as_ref().and_then(|config| config.guard.as_ref()?.on_loosened);
        let config = match (config, problems.first()) {
            (Some(config), None) => config,
            (_, problem) => return Err(told(problem.map_or_else(String::new, |problem| place(&text, problem)), mode)),
        };
        let found = FoundCommit { repository: &repository, commit: &commit };
        let (catalog, template) = found.around(&config).map_err(|why| told(why, mode))?;
        let name = format!("{short}:{path}");
        let policies = Vec::new();
        let mut project =
            Project { name, root: ours.root.clone(), text, config, policies, baseline: None, source: None };
        found.policies(&mut project, ours).map_err(|why| told(why, mode))?;
        Ok(Self { shown: format!("commit {short}"), project, catalog, template, commit: Some((repository, commit)) })
    }
}

/// Returns the text of the template that a config names.
pub(crate) fn template(project: &Project) -> Option<String> {
    let path = project.config.comment.template.as_ref()?;
    bounded::read_text(&project.root.join(&path.value), MOST_PAGE).ok()
}

fn place(text: &str, problem: &Diagnostic) -> String {
    let (line, column) = line_column(text, problem.span.start);
    format!("{} (line {line}, column {column})", problem.message)
}

/// Returns the reason a commit has no config at a path: another one of its configs is gone, or it has none.
fn moved(repository: &Repository, commit: &str, path: &str) -> NoSide {
    let short = commit.get(..12).unwrap_or(commit);
    let files = match repository.files(commit, Path::new("")) {
        Ok(Ok(files)) => files,
        Ok(Err(why)) => return NoSide::Unknown(format!("the files of commit {short} are not known: {why}")),
        Err(none) => return NoSide::Unknown(none.why()),
    };
    let is_gone = |file: &Path| repository.top().join(file).symlink_metadata().is_err();
    let yaml = files.into_iter().filter(|(file, _)| file.extension().is_some_and(|end| end == "yml" || end == "yaml"));
    let found = FoundCommit { repository, commit };
    let mut gone: Vec<(String, Option<OnLoosened>)> = Vec::new();
    for (file, id) in yaml.filter(|(file, _)| is_gone(file)).take(MOST_EXAMINED) {
        let Ok(text) = found.text(&id, MOST_CONFIG) else { continue };
        if let (Some(config), []) = (Config::read(&text).0, Config::read(&text).1.as_slice()) {
            gone.push((
                repository.relative_to_folder(&file).display().to_string(),
                config.guard.and_then(|guard| guard.on_loosened),
            ));
        }
    }
    if gone.is_empty() {
        return NoSide::First(format!(
            "commit {short} has no `{path}`: this is the first config, and nothing is compared"
        ));
    }
    let names: Vec<String> = gone.iter().map(|(name, _)| format!("`{name}`")).collect();
    // The strictest setting of the configs that are gone.
    let mode = gone.iter().filter_map(|(_, mode)| *mode).max();
    let first = gone.first().map(|(name, _)| name.as_str()).unwrap_or_default();
    NoSide::Told(
        format!(
            "commit {short} has no `{path}`, and its config {} is gone: it was moved, renamed or removed, and its demands are \
             not compared; `mlgate guard --against {short}:{first}` compares them",
            names.join(", ")
        ),
        mode,
    )
}

/// A commit whose files are read.
struct FoundCommit<'a> {
    repository: &'a Repository,
    commit: &'a str,
}

impl FoundCommit<'_> {
    /// Returns the checks that a config of the commit can name, and the text of its template.
    fn around(&self, config: &Config) -> Result<(Catalog, Option<String>), String> {
        let mut catalog = Catalog::built_in().unwrap_or_default();
        if let Some(folder) = &config.checks {
            for (path, text) in self.pages(&folder.value)? {
                catalog.add(&path, &text).map_err(|problems| {
                    let why = problems.first().map(|problem| place(&text, problem)).unwrap_or_default();
                    format!("`{path}`: {why}")
                })?;
            }
        }
        let template = config.comment.template.as_ref();
        let template = template.and_then(|path| git::content(self.repository, self.commit, &path.value).ok());
        Ok((catalog, template.and_then(|bytes| String::from_utf8(bytes).ok())))
    }

    /// Reads the policies that the commit's config names, and those that the command line names for both sides.
    fn policies(&self, project: &mut Project, ours: &Project) -> Result<(), String> {
        for source in project.config.policy.clone() {
            let shown = source.value.shown();
            let failed = |why: String| format!("the policy `{shown}` cannot be read: {why}");
            let text = match &source.value {
                BaselineSource::Path(path) => {
                    let bytes = git::content(self.repository, self.commit, path).map_err(|lost| failed(lost.why()))?;
                    String::from_utf8(bytes).map_err(|_| failed("it is not UTF-8".to_owned()))?
                }
                other => policies::fetch(other).map_err(failed)?,
            };
            policies::add(project, &shown, &text, false).map_err(|_| failed("it has problems".to_owned()))?;
        }
        for policy in ours.policies.iter().filter(|policy| policy.is_named) {
            policies::add(project, &policy.name, &policy.text, true).map_err(|why| why.to_string())?;
        }
        Ok(())
    }

    fn pages(&self, folder: &str) -> Result<Vec<(String, String)>, String> {
        let failed = |why: String| format!("its folder of checks `{folder}` cannot be read: {why}");
        let at = self.repository.path_in(self.commit, folder).map_err(|none| failed(none.why()))?.map_err(failed)?;
        let at: PathBuf = at.ok_or_else(|| failed("it leads out of the repository".to_owned()))?;
        match self.repository.entry(self.commit, &at).map_err(|none| failed(none.why()))?.map_err(failed)? {
            Some(TreeEntry { kind: ObjectKind::Folder, .. }) => {}
            Some(_) => return Err(failed("it is not a folder there".to_owned())),
            None => return Err(failed("there is none".to_owned())),
        }
        let files = self.repository.files(self.commit, &at).map_err(|none| failed(none.why()))?.map_err(failed)?;
        let is_page = |(path, _): &(PathBuf, String)| path.extension().is_some_and(|end| end == "md");
        let mut pages = Vec::new();
        for (path, id) in files.into_iter().filter(is_page) {
            if pages.len() == MOST_PAGES {
                return Err(failed(format!("it holds more than {MOST_PAGES} pages")));
            }
            let text = self.text(&id, MOST_PAGE).map_err(|why| failed(format!("`{}` {why}", path.display())))?;
            pages.push((path.display().to_string(), text));
        }
        Ok(pages)
    }

    fn text(&self, id: &str, most: u64) -> Result<String, String> {
        let whole = |mut from: std::process::ChildStdout| {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut from, &mut bytes).map(|_| bytes)
        };
        let bytes = self.repository.content(id, most, whole).map_err(|why| match why {
            Unread::Missing => "is not in this clone; clone without `--filter`".to_owned(),
            Unread::TooLarge => "is too large".to_owned(),
            Unread::Broken | Unread::Refused(_) => "cannot be read".to_owned(),
        })?;
        String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())
    }
}

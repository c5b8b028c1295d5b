//! Discovery of the repository that a folder belongs to.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::command;
use crate::lexical::lexical;

/// Maximum bytes of a `.git` file, which contains one path.
const MOST_LINK: u64 = 1 << 16;

/// A repository with a work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The top of the work tree, without links.
    pub(super) top: PathBuf,
    /// The requested folder, relative to the top.
    pub(super) folder: PathBuf,
    /// The requested folder as it was named, relative to the top: it may be a link to another place in the work tree.
    pub(super) named: PathBuf,
    /// The folder with this work tree's `HEAD` and index.
    pub(super) git_dir: PathBuf,
    /// The folder with the objects; linked work trees share it.
    pub(super) common_dir: PathBuf,
    /// True: the clone is shallow.
    pub(super) is_shallow: bool,
    /// The repository whose work tree contains this one.
    pub(super) above: Option<Box<Self>>,
}

/// The reason a folder has no usable repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoRepository {
    /// Neither the folder nor any folder above has a `.git`.
    Absent,
    /// No git is installed.
    NoGit,
    /// Git does not trust the repository, because somebody else owns it.
    Untrusted,
    /// The repository is not, or may not be, that of the folder's own project, for this reason.
    Odd(String),
}

impl NoRepository {
    /// Returns the reason as a message.
    pub fn why(&self) -> String {
        match self {
            Self::Absent => "the config is not in a git repository".to_owned(),
            Self::NoGit => "there is no `git` on this machine".to_owned(),
            Self::Untrusted => {
                "git does not trust this folder, because another user owns it; to trust it, run `git config --global \
                                --add safe.directory`"
                    .to_owned()
            }
            Self::Odd(why) => why.clone(),
        }
    }
}

impl From<io::Error> for NoRepository {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NoGit,
            _ => Self::Odd(format!("`git` cannot be started: {error}")),
        }
    }
}

impl Repository {
    /// Returns the repository that a folder belongs to.
    ///
    /// # Errors
    ///
    /// There is no repository, or a change could have put it there.
    pub fn around(folder: &Path) -> Result<Self, NoRepository> {
        let found = real(folder).map_err(|error| odd(folder, &error.to_string()))?;
        let top = nearest(&found).ok_or(NoRepository::Absent)?;
        let named = named(folder, &top)?;
        let repository = Self::at(&top)?;
        let below = found.strip_prefix(&top).map(Path::to_owned).unwrap_or_default();
        let repository = Self { named: named.unwrap_or_else(|| below.clone()), folder: below, ..repository };
        let above = match repository.outside().map(|folder| Self::around(&folder)) {
            Some(Ok(above)) => Some(Box::new(above)),
            Some(Err(odd @ NoRepository::Odd(_))) => return Err(odd),
            Some(Err(_)) | None => None,
        };
        let repository = Self { above, ..repository };
        repository.is_not_part_of_above()?;
        Ok(repository)
    }

    /// Returns the nearest folder above that is outside of this repository, including its store, which may have a
    /// `.git` beside it.
    fn outside(&self) -> Option<PathBuf> {
        let mut folder = self.top.parent()?.to_owned();
        while let Some(top) = nearest(&folder)
            && git_dir(&top).is_ok_and(|dir| dir == self.common_dir)
        {
            folder = top.parent()?.to_owned();
        }
        Some(folder)
    }

    /// Returns the repository whose `.git` is in `top`, regardless of the repositories around it.
    pub(super) fn at(top: &Path) -> Result<Self, NoRepository> {
        let git_dir = git_dir(top).map_err(|why| odd(top, &why))?;
        if let Some(tree) = is_checked_out(&git_dir, top) {
            let why = format!(
                "its repository `{}` is in the work tree `{}`, where a change could have put it",
                git_dir.display(),
                tree.display()
            );
            return Err(odd(top, &why));
        }
        let asked =
            ["rev-parse", "--absolute-git-dir", "--git-common-dir", "--show-toplevel", "--is-shallow-repository"];
        let answer = match command::answer(top, &asked)? {
            Ok(answer) => answer,
            Err(why) if why.contains("dubious ownership") => return Err(NoRepository::Untrusted),
            Err(why) => return Err(odd(top, &format!("git does not accept it: {why}"))),
        };
        let lines: Vec<&str> = answer.lines().collect();
        let [theirs, common, tree, shallow] = lines[..] else {
            return Err(odd(top, "git's output is not understood"));
        };
        let there = |path: &str| real(&top.join(path)).map_err(|error| odd(top, &error.to_string()));
        let (theirs, common_dir, tree) = (there(theirs)?, there(common)?, there(tree)?);
        if theirs != git_dir || tree != top {
            let why = format!("git uses the repository `{}` and the top folder `{}`", theirs.display(), tree.display());
            return Err(odd(top, &why));
        }
        if is_checked_out(&common_dir, top).is_some() {
            return Err(odd(top, &format!("its objects are in `{}`, inside a work tree", common_dir.display())));
        }
        Ok(Self {
            top: top.to_owned(),
            folder: PathBuf::new(),
            named: PathBuf::new(),
            git_dir,
            common_dir,
            is_shallow: shallow == "true",
            above: None,
        })
    }

    /// Returns the top of the work tree, without links.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// Returns the folder with `HEAD` and the index, into which nothing is ever checked out.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// Returns true if the clone is shallow, so that missing commits may exist elsewhere.
    pub fn is_shallow(&self) -> bool {
        self.is_shallow
    }
}

fn odd(top: &Path, why: &str) -> NoRepository {
    NoRepository::Odd(format!("the commits of the folder `{}` are not read: {why}", top.display()))
}

/// Returns the nearest folder upwards with an entry `.git`. A commit cannot contain one, so a change cannot create one.
pub(super) fn nearest(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|above| has_git(above)).map(Path::to_owned)
}

/// Returns true if a folder has an entry `.git`, or if that cannot be determined.
pub(super) fn has_git(folder: &Path) -> bool {
    match folder.join(".git").symlink_metadata() {
        Ok(_) => true,
        Err(error) => !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
    }
}

/// Returns the folder as it was named, relative to the top, if links lead to it from inside the same work tree.
fn named(folder: &Path, top: &Path) -> Result<Option<PathBuf>, NoRepository> {
    let Ok(absolute) = std::path::absolute(folder) else { return Ok(None) };
    let plain = lexical(&absolute);
    let Some(from) = nearest(&plain) else { return Ok(None) };
    if real(&from).is_ok_and(|from| from == top) {
        return Ok(plain.strip_prefix(&from).ok().map(Path::to_owned));
    }
    let why = format!("a link leads from `{}` into another repository", from.display());
    Err(odd(folder, &why))
}

/// Returns a path without links, in the form that git accepts.
pub(super) fn real(path: &Path) -> io::Result<PathBuf> {
    let found = path.canonicalize()?;
    // Windows adds a prefix that git does not accept.
    let plain = found.to_str().and_then(|text| text.strip_prefix(r"\\?\")).filter(|rest| rest.get(1..2) == Some(":"));
    Ok(plain.map(PathBuf::from).unwrap_or(found))
}

/// Returns the repository folder that `.git` is or points to.
fn git_dir(top: &Path) -> Result<PathBuf, String> {
    let at = top.join(".git");
    let failed = |error: io::Error| format!("`.git` cannot be read: {error}");
    if fs::metadata(&at).map_err(failed)?.is_dir() {
        return real(&at).map_err(failed);
    }
    let mut text = String::new();
    File::open(&at).map_err(failed)?.take(MOST_LINK).read_to_string(&mut text).map_err(failed)?;
    let to = text.strip_prefix("gitdir: ").ok_or("`.git` is a file that names no repository")?;
    real(&top.join(to.trim_end_matches(['\n', '\r'])))
        .map_err(|error| format!("`.git` points to a missing folder: {error}"))
}

/// Returns the work tree that contains a repository folder, if a commit could have created that folder. Nothing is
/// checked out into a folder `.git`.
fn is_checked_out(git_dir: &Path, top: &Path) -> Option<PathBuf> {
    if git_dir.starts_with(top.join(".git")) {
        return None;
    }
    if git_dir.starts_with(top) {
        return Some(top.to_owned());
    }
    if git_dir.components().any(|part| part.as_os_str().eq_ignore_ascii_case(".git")) {
        return None;
    }
    let trees = git_dir.ancestors().filter(|above| has_git(above));
    // A store without a work tree of its own may be inside one of its linked work trees, whose `.git` points to the
    // store.
    let is_store = |above: &&Path| self::git_dir(above).is_ok_and(|store| git_dir.starts_with(store));
    trees.filter(|above| !is_store(above)).map(Path::to_owned).next()
}

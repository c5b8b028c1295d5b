//! A work tree in a temporary folder with the files of a commit that a config reads.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::content::{PlacedFiles, link, place};
use super::dvc::{self, DvcOutput};
use super::read_set::{MOST_LINKS, OutsidePath, ReadPath, ReadSet, is_pointer_of, target};
use super::remarks::Remarks;
use super::updates::RefUpdate;
use crate::git::{Listing, NamedReference, NoRepository, ObjectKind, Repository, real};
use crate::private_folder::PrivateFolder;

/// The most files of DVC that are read.
const MOST_POINTERS: usize = 2_000;
/// The most folders above the repository to which a path may lead.
const MOST_CLIMBS: usize = 32;

const FORGOTTEN: &str = "not in the commit, only in the working tree; `git add` it, or list it in .gitignore";
const SUBMODULE: &str = "in a submodule; read from the working tree, which has the submodule's commit";
const SUBMODULE_OTHER: &str = "in a submodule, of which the working tree has another commit; `git submodule update`";
const ABSOLUTE: &str = "an absolute path, so read from the working tree and not from the commit; write it from the config's \
                        folder";
const OUTSIDE: &str = "outside of the repository; read from there";

/// A work tree of a commit, which is removed when this is dropped.
#[derive(Debug)]
pub struct WorkTree {
    _folder: PrivateFolder,
    top: PathBuf,
    remarks: Vec<String>,
}

impl WorkTree {
    /// Writes the files of a commit that a config reads into a new folder.
    ///
    /// There, `origin` has the branches as they are before the push to `remote`, and the commit is checked out.
    ///
    /// # Errors
    ///
    /// The folder cannot be written, or objects of the commit are missing.
    pub fn of(
        repository: &Repository,
        commit: &str,
        set: &ReadSet,
        (remote, updates): (&str, &[RefUpdate]),
    ) -> io::Result<Self> {
        let folder = PrivateFolder::new("mlgate-hook-")?;
        let climbs = set.outside.iter().map(|path| path.climbs).max().unwrap_or(0).min(MOST_CLIMBS);
        let mut top = real(folder.path())?;
        top.extend((0..climbs).map(|_| "above"));
        top.push("tree");
        std::fs::create_dir_all(&top)?;
        let references = references(repository.references()?, repository, remote, updates).map_err(asked)?;
        repository.set_apart(commit, &top, &references)?;
        let listing = repository.listing(commit).map_err(asked)?.map_err(io::Error::other)?;
        let content = PlacedFiles { repository, into: &top, remarks: Remarks::default() };
        let remarks = Filling { repository, listing: &listing, content }.fill(set)?;
        Ok(Self { _folder: folder, top, remarks })
    }

    /// Returns the top of the work tree.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// Returns what is to be said of files that are not the commit's own, one line each.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }
}

struct Filling<'a> {
    repository: &'a Repository,
    listing: &'a Listing,
    content: PlacedFiles<'a>,
}

impl Filling<'_> {
    fn fill(mut self, set: &ReadSet) -> io::Result<Vec<String>> {
        let mut open: Vec<(ReadPath, usize)> = set.inside.iter().map(|read| (read.clone(), 0)).collect();
        let (mut reads, mut files, mut links) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        while let Some((read, followed)) = open.pop() {
            // A link that leads into itself has no end.
            if reads.contains(&read) || followed > MOST_LINKS {
                continue;
            }
            for (path, is_whole) in self.entries_of(&read) {
                let Some(entry) = self.listing.get(&path) else { continue };
                match entry.kind {
                    ObjectKind::File if is_whole => _ = files.insert(path, entry.id.clone()),
                    ObjectKind::Link => {
                        let to = self.text(&entry.id)?;
                        let top = self.repository.top();
                        let to = if let Some(target) = target(&path, &to, top) {
                            let rest = read.path.strip_prefix(&path).unwrap_or(Path::new(""));
                            let next = ReadPath { path: target.join(rest), is_data: read.is_data };
                            open.push((next, followed + 1));
                            if Path::new(&to).is_absolute() { self.content.into.join(target) } else { to.into() }
                        } else {
                            self.content.remarks.add(OUTSIDE, &path);
                            top.join(path.parent().unwrap_or(Path::new(""))).join(to)
                        };
                        links.insert(path, to);
                    }
                    ObjectKind::Submodule => self.submodule(&path, &entry.id, &read)?,
                    ObjectKind::File | ObjectKind::Folder => {}
                }
            }
            reads.push(read);
        }
        let files: Vec<(PathBuf, String)> = files.into_iter().collect();
        self.content.commit(&files)?;
        self.beside(&reads)?;
        for (path, to) in links {
            link(&to, &place(self.content.into, &path)?)?;
        }
        for path in &set.absolute {
            self.content.remarks.add(ABSOLUTE, path);
        }
        for path in &set.outside {
            self.outside(path)?;
        }
        Ok(self.content.remarks.lines())
    }

    /// Returns the entries that a path names, each with true, and the links and submodules on the way to it.
    fn entries_of(&self, read: &ReadPath) -> Vec<(PathBuf, bool)> {
        let literal = read.literal();
        // A glob goes on below its leading folders, and the last of them may be a link or a submodule, too.
        let above = literal.ancestors().skip(usize::from(!read.is_glob()));
        let above = above.filter(|path| self.listing.contains_key(*path));
        let mut found: Vec<(PathBuf, bool)> = above.map(|path| (path.to_owned(), false)).collect();
        let below = self.listing.range(literal.clone()..).take_while(|(path, _)| path.starts_with(&literal));
        found.extend(below.filter(|(path, _)| read.matches(path)).map(|(path, _)| (path.clone(), true)));
        found
    }

    /// Takes files from outside of the commit: those of DVC, and those that git ignores.
    fn beside(&mut self, reads: &[ReadPath]) -> io::Result<()> {
        let outputs = self.dvc_outputs(reads)?;
        for read in reads {
            if self.listing.get(&read.path).is_some_and(|entry| entry.kind == ObjectKind::File) {
                continue;
            }
            let literal = read.literal();
            let mut done = BTreeSet::new();
            for output in &outputs {
                if literal.starts_with(&output.path) || output.path.starts_with(&literal) {
                    done.extend(self.content.dvc(output, read)?);
                }
            }
            let listed = self.repository.untracked_below(&literal).map_err(asked)?;
            let (ignored, others) = listed.map_err(io::Error::other)?;
            let is_new = |path: &Path| {
                read.matches(path)
                    && !self.listing.contains_key(path)
                    && !path.ancestors().any(|above| done.contains(above))
            };
            let file = |path: &Path| self.repository.top().join(path).is_file();
            let ignored: Vec<PathBuf> = ignored.into_iter().filter(|path| is_new(path) && file(path)).collect();
            for path in others.iter().filter(|path| is_new(path) && file(path)) {
                self.content.remarks.add(FORGOTTEN, path);
            }
            for path in ignored {
                self.content.ignored(&path, read)?;
            }
        }
        Ok(())
    }

    fn dvc_outputs(&self, reads: &[ReadPath]) -> io::Result<Vec<DvcOutput>> {
        let literals: Vec<PathBuf> = reads.iter().map(ReadPath::literal).collect();
        let is_wanted = |path: &Path| literals.iter().any(|literal| is_pointer_of(path, literal));
        let files = self.listing.iter().filter(|(path, entry)| entry.kind == ObjectKind::File && is_wanted(path));
        let files: Vec<_> = files.take(MOST_POINTERS).collect();
        let ids: Vec<String> = files.iter().map(|(_, entry)| entry.id.clone()).collect();
        let mut outputs = Vec::new();
        self.repository.contents(&ids, |at, size, content| {
            let mut text = String::new();
            if size <= dvc::MOST && content.read_to_string(&mut text).is_ok() {
                outputs.extend(dvc::outputs(&text, files[at].0));
            }
            Ok(())
        })?;
        Ok(outputs)
    }

    fn submodule(&mut self, at: &Path, id: &str, read: &ReadPath) -> io::Result<()> {
        let top = self.repository.top();
        let head = Repository::around(&top.join(at)).ok().and_then(|inner| inner.head().ok().flatten());
        if head.as_deref() != Some(id) {
            self.content.remarks.add(SUBMODULE_OTHER, at);
            return Ok(());
        }
        let literal = read.literal();
        let path = if literal.starts_with(at) { literal } else { at.to_owned() };
        if top.join(&path).exists() {
            link(&top.join(&path), &place(self.content.into, &path)?)?;
            self.content.remarks.add(SUBMODULE, &path);
        }
        Ok(())
    }

    fn outside(&mut self, path: &OutsidePath) -> io::Result<()> {
        let literal = ReadPath { path: path.rest.clone(), is_data: true }.literal();
        let from = self.repository.top().ancestors().nth(path.climbs).map(|above| above.join(&literal));
        let to = self.content.into.ancestors().nth(path.climbs).filter(|_| path.climbs <= MOST_CLIMBS);
        if let (Some(from), Some(to)) = (from.filter(|from| from.exists()), to)
            && !literal.as_os_str().is_empty()
        {
            link(&from, &place(to, &literal)?)?;
            self.content.remarks.add(OUTSIDE, &from);
        }
        Ok(())
    }

    fn text(&self, id: &str) -> io::Result<String> {
        let mut text = String::new();
        self.repository.contents(&[id.to_owned()], |_, _, content| content.read_to_string(&mut text).map(|_| ()))?;
        Ok(text)
    }
}

fn asked(none: NoRepository) -> io::Error {
    io::Error::other(none.why())
}

/// Returns the references of the work tree: `origin` is the remote that is pushed to, unless the clone has an `origin`
/// besides, and a local branch gives way to the remote's of its name.
fn references(
    all: Vec<NamedReference>,
    repository: &Repository,
    remote: &str,
    updates: &[RefUpdate],
) -> Result<Vec<NamedReference>, NoRepository> {
    const ORIGIN: &str = "refs/remotes/origin/";
    let is_origin = remote == "origin" || !all.iter().any(|reference| reference.name.starts_with(ORIGIN));
    let of_remote = format!("refs/remotes/{remote}/");
    let mut found: BTreeMap<String, NamedReference> =
        all.into_iter().map(|reference| (reference.name.clone(), reference)).collect();
    if is_origin {
        let renamed = |name: &str| name.strip_prefix(&of_remote).map(|branch| format!("{ORIGIN}{branch}"));
        let copies: Vec<NamedReference> = found
            .values()
            .filter_map(|reference| {
                let name = renamed(&reference.name)?;
                let symbolic = reference.symbolic.as_deref().and_then(renamed);
                Some(NamedReference { name, symbolic, id: reference.id.clone() })
            })
            .collect();
        found.extend(copies.into_iter().map(|copy| (copy.name.clone(), copy)));
        // The remote has just said what its branches are.
        for update in updates {
            if let (Some(branch), Some(id)) = (update.remote_ref.strip_prefix("refs/heads/"), &update.remote)
                && let Some(id) = repository.commit_of(id)?
            {
                let name = format!("{ORIGIN}{branch}");
                found.insert(name.clone(), NamedReference { name, id, symbolic: None });
            }
        }
    }
    let of_origin: BTreeSet<String> = found
        .keys()
        .filter_map(|name| name.strip_prefix(ORIGIN))
        .map(|branch| format!("refs/heads/{branch}"))
        .collect();
    found.retain(|name, _| !of_origin.contains(name));
    Ok(found.into_values().collect())
}

//! `mlgate hook run`: judges the commits of a push.

use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::{env, fs};

use super::run;
use crate::cli::arguments::HookRunArguments;
use crate::cli::exit::PASSED;
use crate::cli::{exit, load, output, quiet};
use crate::config::{Config, visible};
use crate::git::{NoRepository, ObjectKind, Repository};
use crate::hook::{ReadSet, RefUpdate, Tip, WorkTree, tips};
use crate::pipeline::environment::variable;
use crate::pipeline::failure::Failure;

/// The largest input, in bytes.
const MOST_INPUT: u64 = 64 << 20;
/// The most links that lead to a config.
const MOST_LINKS: usize = 5;

/// A push: its remote and the references that it updates.
struct Push {
    remote: String,
    updates: Vec<RefUpdate>,
}

/// Judges the pushed commits that touch what a config reads. Any exit code but 0 makes git push nothing.
pub(in crate::cli) fn run(arguments: &HookRunArguments) -> Result<u8, Failure> {
    let here = env::current_dir().map_err(|error| failed(&error.to_string()))?;
    let repository = match Repository::around(&here) {
        Ok(repository) => repository,
        // A repository without a work tree, or with one elsewhere, has no config here.
        Err(NoRepository::Absent) if !here.join("mlgate.yml").exists() => return Ok(PASSED),
        Err(none) => return Err(failed(&none.why())),
    };
    let push = push(arguments, &repository)?;
    let usual = [PathBuf::from("mlgate.yml")];
    let configs = if arguments.config.is_empty() { &usual[..] } else { &arguments.config };
    let tips = tips(&repository, &push.updates, &push.remote).map_err(|none| failed(&none.why()))?;
    let mut worst = PASSED;
    for tip in &tips {
        for config in configs {
            worst = worst.max(judge(&repository, tip, config, &push)?.unwrap_or(PASSED));
        }
    }
    if worst != PASSED {
        output::complain("mlgate: nothing was pushed; to push without the gates: git push --no-verify\n");
    }
    Ok(worst)
}

/// Returns the push that git, pre-commit or, on a terminal, the user means.
fn push(arguments: &HookRunArguments, repository: &Repository) -> Result<Push, Failure> {
    let remote = arguments.remote.clone();
    let update = |local: Option<String>, remote_ref: Option<String>, remote: Option<String>| RefUpdate {
        local,
        remote_ref: remote_ref.unwrap_or_else(|| "HEAD".to_owned()),
        remote,
    };
    let commit = |name: String| repository.commit_of(&name).map_err(|none| failed(&none.why()));
    let named = ["PRE_COMMIT_TO_REF", "PRE_COMMIT_LOCAL_BRANCH"].into_iter().find_map(variable);
    if let Some(local) = named {
        let local = commit(local)?;
        let before = variable("PRE_COMMIT_FROM_REF").map(commit).transpose()?.flatten();
        let remote = variable("PRE_COMMIT_REMOTE_NAME").or(remote).unwrap_or_default();
        return Ok(Push { remote, updates: vec![update(local, variable("PRE_COMMIT_REMOTE_BRANCH"), before)] });
    }
    if io::stdin().is_terminal() {
        let head = commit("HEAD".to_owned())?;
        return Ok(Push {
            remote: remote.unwrap_or_else(|| "origin".to_owned()),
            updates: vec![update(head, None, None)],
        });
    }
    let mut text = String::new();
    let read = io::stdin().take(MOST_INPUT).read_to_string(&mut text);
    read.map_err(|error| failed(&format!("the updated references cannot be read: {error}")))?;
    let updates = RefUpdate::parse(&text).map_err(Failure::Usage)?;
    Ok(Push { remote: remote.unwrap_or_default(), updates })
}

/// Judges a commit by a config; `None` if the commit has no such config, or touches nothing that it reads.
fn judge(repository: &Repository, tip: &Tip, at: &Path, push: &Push) -> Result<Option<u8>, Failure> {
    let Some(text) = text_of(repository, &tip.commit, at)? else { return Ok(None) };
    let (config, _) = Config::read(&text);
    let mut set = match &config {
        Some(config) => ReadSet::of(config, at, repository.top()),
        None => ReadSet::only(at),
    };
    set.follow(repository, &tip.commit).map_err(|error| failed(&error.to_string()))?;
    // A config that cannot be read at all does not say what it reads.
    if config.is_some() && !is_touched(repository, tip, &set)? {
        return Ok(None);
    }
    let short = tip.commit.get(..12).unwrap_or(&tip.commit);
    let names = tip.names.join(", ");
    let head = format!("mlgate: judging commit {short} ({names}) by {}", at.display());
    output::complain(&format!("{}\n", visible(&head)));
    let tree = WorkTree::of(repository, &tip.commit, &set, (&push.remote, &push.updates)).map_err(|error| {
        failed(&format!("the files of commit {short} cannot be put into a temporary folder: {error}"))
    })?;
    for remark in tree.remarks() {
        output::complain(&format!("  {remark}\n"));
    }
    inside(tree.top(), at).map(Some)
}

/// Returns true if a change of the pushed commits can change the verdict.
fn is_touched(repository: &Repository, tip: &Tip, set: &ReadSet) -> Result<bool, Failure> {
    for base in &tip.bases {
        let Some(base) = base else { return Ok(true) };
        let changed = repository.changed_between(base, &tip.commit).map_err(|none| failed(&none.why()))?;
        let changed = changed.map_err(|why| failed(&format!("the changes of the push are not known: {why}")))?;
        if changed.iter().any(|path| set.contains(path)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Runs the gates in a work tree.
fn inside(top: &Path, config: &Path) -> Result<u8, Failure> {
    let here = env::current_dir().map_err(|error| failed(&error.to_string()))?;
    // Policies of the environment are the machine's, and stay where they are seen from.
    for line in variable("MLGATE_POLICY").unwrap_or_default().lines().map(str::trim) {
        let to = top.join(line);
        if !line.is_empty() && !line.contains("://") && to.starts_with(top) && !to.exists() && here.join(line).is_file()
        {
            let folder = to.parent().map_or(Ok(()), fs::create_dir_all);
            let copied = folder.and_then(|()| fs::copy(here.join(line), &to));
            copied.map_err(|error| failed(&format!("the policy `{line}` cannot be copied: {error}")))?;
        }
    }
    let arguments = quiet::arguments(config)?;
    env::set_current_dir(top).map_err(|error| failed(&error.to_string()))?;
    let done = run::run(&arguments);
    env::set_current_dir(&here).map_err(|error| failed(&error.to_string()))?;
    done.or_else(|failure| {
        output::complain(&exit::rendered(&failure, output::use_color(arguments.print.color, &io::stderr())));
        Ok(exit::code(&failure))
    })
}

/// Returns the text of a config of a commit.
fn text_of(repository: &Repository, commit: &str, at: &Path) -> Result<Option<String>, Failure> {
    let mut at = at.to_owned();
    for _ in 0..MOST_LINKS {
        let entry = repository.entry(commit, &at).map_err(|none| failed(&none.why()))?;
        let entry = entry.map_err(|why| failed(&format!("this clone does not hold `{}`: {why}", at.display())))?;
        let Some(entry) = entry else { return Ok(None) };
        let mut bytes = Vec::new();
        let read = |_: usize, _: u64, content: &mut dyn Read| {
            content.take(load::MOST_CONFIG).read_to_end(&mut bytes).map(|_| ())
        };
        if !matches!(entry.kind, ObjectKind::File | ObjectKind::Link) {
            return Ok(None);
        }
        repository.contents(&[entry.id], read).map_err(|error| failed(&error.to_string()))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if entry.kind == ObjectKind::File {
            return Ok(Some(text));
        }
        at = crate::lexical::lexical(&at.parent().unwrap_or(Path::new("")).join(text));
    }
    Ok(None)
}

/// Returns the failure of a hook that cannot judge, which blocks the push.
fn failed(why: &str) -> Failure {
    Failure::Environment(format!("{why}; nothing was pushed (to push without the gates: git push --no-verify)"))
}

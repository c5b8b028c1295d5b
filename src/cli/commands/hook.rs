//! `mlgate hook`: installs, removes and describes the pre-push hook.

use std::env;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::hook_run;
use crate::cli::arguments::{HookArguments, HookCommand, InstallArguments, PlaceArguments};
use crate::cli::exit::{FAILED, PASSED};
use crate::cli::{load, output};
use crate::config::visible;
use crate::git::{Repository, real};
use crate::hook::{HookPlace, HookState, Manager, NoHookPlace, managers};
use crate::pipeline::failure::Failure;

/// Runs a command of the hook.
pub(in crate::cli) fn hook(arguments: &HookArguments) -> Result<u8, Failure> {
    match &arguments.command {
        HookCommand::Install(arguments) => install(arguments),
        HookCommand::Uninstall(arguments) => uninstall(arguments),
        HookCommand::Status(arguments) => status(arguments),
        HookCommand::Run(arguments) => hook_run::run(arguments),
    }
}

fn install(arguments: &InstallArguments) -> Result<u8, Failure> {
    let (repository, place) = place(&arguments.place)?;
    let configs = configs(&arguments.config, &repository, arguments.place.shared)?;
    let program = own_program();
    let earlier = matches!(state(&place)?, HookState::Other);
    place.install(program.as_deref(), &configs).map_err(|error| {
        Failure::Environment(format!("the hook `{}` cannot be written: {error}", place.file.display()))
    })?;
    let by = match configs.as_slice() {
        [] => "mlgate.yml".to_owned(),
        configs => configs.iter().map(|config| config.display().to_string()).collect::<Vec<_>>().join(", "),
    };
    let mut text =
        format!("installed {}\n`git push` now runs the gates of {by} on what it pushes\n", shown(&place.file));
    if place.is_shared {
        text.push_str(
            "the file belongs to the project: commit it; where mlgate is not installed, it lets pushes through\n",
        );
    } else if earlier {
        text.push_str("the hook that was there runs after mlgate's, if that lets the push through\n");
    }
    text.push_str(&advice(&repository, &place));
    output::print(&visible_lines(&text))?;
    Ok(PASSED)
}

fn uninstall(arguments: &PlaceArguments) -> Result<u8, Failure> {
    let (_, place) = place(arguments)?;
    let before = state(&place)?;
    let is_removed = place.uninstall().map_err(|error| {
        Failure::Environment(format!("the hook `{}` cannot be removed: {error}", place.file.display()))
    })?;
    let file = shown(&place.file);
    let text = match before {
        _ if !is_removed => "there is no hook of mlgate's here\n".to_owned(),
        HookState::Whole { has_earlier: true, .. } => {
            format!("removed mlgate from {file}; the hook that was there before is back\n")
        }
        HookState::Displaced(displaced) => {
            format!("removed mlgate's {}; {file} is another program's hook and stays\n", shown(&displaced))
        }
        _ => format!("removed mlgate from {file}\n"),
    };
    output::print(&visible_lines(&text))?;
    Ok(PASSED)
}

fn status(arguments: &PlaceArguments) -> Result<u8, Failure> {
    let (repository, place) = place(arguments)?;
    let file = shown(&place.file);
    let mut code = PASSED;
    let mut text = match state(&place)? {
        HookState::Absent => {
            code = FAILED;
            format!("not installed: there is no {file}; `mlgate hook install` writes it\n")
        }
        HookState::Other => {
            code = FAILED;
            format!("not installed: {file} is another hook; `mlgate hook install` keeps it and runs it afterwards\n")
        }
        HookState::Displaced(displaced) => {
            code = FAILED;
            format!(
                "{file} is the hook of another program, which has moved mlgate's to {}; it runs only if that program starts \
                 it\n",
                shown(&displaced)
            )
        }
        HookState::Lines => format!("installed in {file}, which starts the `mlgate` on the path\n"),
        HookState::Whole { program, has_earlier } => {
            let program = program.unwrap_or_default();
            let mut text = format!("installed: {file}\n");
            if is_program(&program) {
                let _ = writeln!(text, "starts {}", program.display());
            } else {
                code = FAILED;
                let _ = writeln!(
                    text,
                    "{} is gone; the hook takes the `mlgate` on the path, and blocks pushes without one",
                    program.display()
                );
            }
            if has_earlier {
                text.push_str("the hook that was there before runs afterwards\n");
            }
            text
        }
    };
    text.push_str(&advice(&repository, &place));
    output::print(&visible_lines(&text))?;
    Ok(code)
}

/// Returns what is to be known of other programs that manage hooks, and of git's settings.
fn advice(repository: &Repository, place: &HookPlace) -> String {
    let mut text = String::new();
    if let Some(setting) = &place.setting {
        let _ = writeln!(text, "core.hooksPath is {setting}");
    }
    for manager in managers(repository.top()) {
        if manager == Manager::Husky && place.is_shared {
            continue;
        }
        let (file, snippet) = manager.snippet();
        let _ = writeln!(
            text,
            "{} is set up here and writes hooks, too; its own place for mlgate is {file}:\n\n{snippet}",
            manager.name()
        );
    }
    text
}

fn place(arguments: &PlaceArguments) -> Result<(Repository, HookPlace), Failure> {
    let here = env::current_dir().map_err(|error| Failure::Environment(error.to_string()))?;
    let repository = Repository::around(&here)
        .map_err(|none| Failure::Usage(format!("there is no repository to install a hook in: {}", none.why())))?;
    let place = HookPlace::of(&repository, arguments.shared).map_err(|none| {
        Failure::Usage(match none {
            NoHookPlace::Machine(setting) => format!(
                "`core.hooksPath` of your own configuration is `{setting}`, so git takes the hooks of all repositories from \
                 there; `mlgate hook install --shared` installs mlgate there (repositories without mlgate.yml do not notice), \
                 and `git config core.hooksPath .git/hooks` gives this repository hooks of its own"
            ),
            NoHookPlace::Unknown(why) => why,
        })
    })?;
    Ok((repository, place))
}

fn state(place: &HookPlace) -> Result<HookState, Failure> {
    let failed = |error| Failure::Environment(format!("`{}` cannot be read: {error}", place.file.display()));
    place.state().map_err(failed)
}

/// Returns the configs that the hook names, relative to the top; none stands for `mlgate.yml` at the top.
fn configs(named: &[PathBuf], repository: &Repository, is_shared: bool) -> Result<Vec<PathBuf>, Failure> {
    if named.is_empty() && is_shared {
        return Ok(Vec::new());
    }
    let nearest = || load::nearest_path().filter(|path| path.parent().is_some()).into_iter().collect::<Vec<_>>();
    let named = if named.is_empty() { nearest() } else { named.to_vec() };
    let mut configs = Vec::new();
    for path in named {
        let failed = |error| Failure::Usage(format!("`{}` cannot be read: {error}", path.display()));
        let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        let at = real(folder).map_err(failed)?.join(path.file_name().unwrap_or_default());
        at.symlink_metadata().map_err(failed)?;
        let below = at.strip_prefix(repository.top()).map_err(|_| {
            let top = repository.top().display();
            Failure::Usage(format!("`{}` is not in the repository `{top}`", path.display()))
        })?;
        configs.push(below.to_owned());
    }
    Ok(if configs == [PathBuf::from("mlgate.yml")] { Vec::new() } else { configs })
}

/// Returns the path of this program: the one on the path where it is the same, which stays when a version is replaced.
fn own_program() -> Option<PathBuf> {
    let own = env::current_exe().ok()?;
    let name = format!("mlgate{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).filter(|folder| folder.is_absolute()).map(|folder| folder.join(&name));
    let is_own = |found: &PathBuf| real(found).ok().is_some_and(|found| real(&own).ok() == Some(found));
    Some(on_path.into_iter().find(is_own).unwrap_or(own))
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| found.is_file())
}

/// Returns a path relative to the working directory, if it is below.
fn shown(path: &Path) -> String {
    let here = env::current_dir().ok().and_then(|here| real(&here).ok());
    let below = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    below.unwrap_or_else(|| path.to_owned()).display().to_string()
}

/// Returns a text whose lines have no control characters.
fn visible_lines(text: &str) -> String {
    text.split_inclusive('\n').map(|line| format!("{}\n", visible(line.trim_end_matches('\n')))).collect()
}

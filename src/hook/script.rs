//! The text of a hook: a script of its own, or some lines in a script that others share.

use std::path::{Path, PathBuf};

/// The line by which a script is known to be mlgate's.
const MARK: &str = "# mlgate hook";
const BEGIN: &str = "# >>> mlgate hook: judges the pushed commits; `mlgate hook uninstall` removes these lines";
const END: &str = "# <<< mlgate hook";
/// The name of the hook that was there before, in the same folder.
pub(super) const EARLIER: &str = "pre-push.before-mlgate";

/// Returns a whole script that starts `program`, or the `mlgate` on the path. Without either, nothing is pushed.
///
/// A hook that was there before runs afterwards, with the same arguments and input.
pub(super) fn whole(program: Option<&Path>, configs: &[PathBuf]) -> String {
    let program = program.map_or_else(String::new, |program| quoted(&slashed(program)));
    let configs = options(configs);
    format!(
        r#"#!/bin/sh
{MARK}: judges the pushed commits. `mlgate hook uninstall` removes it.
mlgate={program}
[ -x "$mlgate" ] || mlgate=$(command -v mlgate) || {{
    echo 'mlgate: the program is gone, so the pushed commits cannot be judged and nothing is pushed' >&2
    echo "mlgate: install it again, remove $0, or push with: git push --no-verify" >&2
    exit 4
}}
updates=$(cat)
printf '%s\n' "$updates" | "$mlgate" hook run{configs} -- "$@" >&2 || exit $?
earlier=$(dirname "$0")/{EARLIER}
[ -x "$earlier" ] || exit 0
# pre-commit runs this script itself, if it was installed later.
[ -z "$PRE_COMMIT_RUNNING_LEGACY" ] || ! grep -q pre-commit "$earlier" || exit 0
printf '%s\n' "$updates" | "$earlier" "$@"
"#
    )
}

/// Returns lines for a script that others share. They start the `mlgate` on the path; without it, the push goes on.
pub(super) fn lines(configs: &[PathBuf]) -> String {
    let configs = options(configs);
    format!(
        r#"{BEGIN}
mlgate_updates=$(cat)
if command -v mlgate >/dev/null 2>&1; then
    printf '%s\n' "$mlgate_updates" | mlgate hook run{configs} -- "$@" >&2 || exit $?
else
    echo 'mlgate: not installed here, so the pushed commits are left to CI' >&2
fi
# The lines below read the updates again.
exec <<MLGATE_UPDATES
$mlgate_updates
MLGATE_UPDATES
{END}
"#
    )
}

/// Returns true for a script that is mlgate's own.
pub(super) fn is_whole(text: &str) -> bool {
    text.lines().nth(1).is_some_and(|line| line.starts_with(MARK))
}

/// Returns true for a script with mlgate's lines.
pub(super) fn has_lines(text: &str) -> bool {
    text.lines().any(|line| line == BEGIN)
}

/// Returns a script with mlgate's lines at its start; `None` if it is a script of another language.
pub(super) fn with_lines(text: &str, configs: &[PathBuf]) -> Option<String> {
    let text = without_lines(text);
    let lines = lines(configs);
    let Some(first) = text.strip_prefix("#!") else { return Some(format!("{lines}{text}")) };
    let (first, rest) = first.split_once('\n').unwrap_or((first, ""));
    let shells = ["sh", "bash", "dash", "ksh", "zsh", "ash"];
    let is_shell =
        first.split_whitespace().any(|word| word.rsplit('/').next().is_some_and(|name| shells.contains(&name)));
    is_shell.then(|| format!("#!{first}\n{lines}{rest}"))
}

/// Returns a script without mlgate's lines.
pub(super) fn without_lines(text: &str) -> String {
    let (Some(start), Some(end)) = (text.find(BEGIN), text.find(END)) else { return text.to_owned() };
    let after = text.get(end + END.len()..).unwrap_or_default();
    format!("{}{}", text.get(..start).unwrap_or_default(), after.strip_prefix('\n').unwrap_or(after))
}

/// Returns the program that a whole script starts.
pub(super) fn program(text: &str) -> Option<PathBuf> {
    let value = text.lines().find_map(|line| line.strip_prefix("mlgate='"))?.strip_suffix('\'')?;
    Some(PathBuf::from(value.replace(r"'\''", "'")))
}

fn options(configs: &[PathBuf]) -> String {
    configs.iter().map(|config| format!(" --config {}", quoted(&slashed(config)))).collect()
}

/// Returns a word in single quotes, in which a shell reads every character as it is.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Returns a path with slashes, which the shell of git accepts on Windows as well.
fn slashed(path: &Path) -> String {
    let text = path.display().to_string();
    if cfg!(windows) { text.replace('\\', "/") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_and_go() {
        for (before, is_taken) in [
            ("#!/bin/sh\necho a\n", true),
            ("#!/usr/bin/env bash\necho a", true),
            ("npm test\n", true),
            ("", true),
            ("#!/usr/bin/env python3\nprint(1)\n", false),
        ] {
            let with = with_lines(before, &["a b/mlgate.yml".into()]);
            assert_eq!(with.is_some(), is_taken, "{before}");
            let Some(with) = with else { continue };
            assert!(has_lines(&with) && with.contains("--config 'a b/mlgate.yml'"), "{with}");
            assert_eq!(with.starts_with("#!"), before.starts_with("#!"));
            assert_eq!(with_lines(&with, &["a b/mlgate.yml".into()]).as_deref(), Some(with.as_str()));
            assert_eq!(without_lines(&with).trim_end(), before.trim_end());
        }
    }

    #[test]
    fn a_path_is_one_word_of_the_script() {
        let path = Path::new("/a b/it's $(x)/mlgate");
        let text = whole(Some(path), &[]);
        assert!(is_whole(&text));
        assert_eq!(program(&text).as_deref(), Some(path));
    }
}

//! The end of a run without a report: the page that replaces the report of an earlier commit.

use serde::{Deserialize, Serialize};

use super::document::At;
use super::safe;
use crate::plural::noun;

/// Maximum number of problems on a page.
const MOST_SHOWN: usize = 20;
/// The number of digits of an abbreviated commit.
const SHORT_COMMIT: usize = 10;
/// The version of the file of a run's problems.
pub const NO_VERDICT_VERSION: u32 = 1;

/// The end of a run without a report, in the form in which a run leaves it for `mlgate publish --ended`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoVerdict {
    /// [`NO_VERDICT_VERSION`].
    pub version: u32,
    /// The exit code; 0 if it is unknown.
    pub exit_code: u8,
    /// The problems, if they are known.
    pub problems: Vec<Problem>,
}

/// A problem that ended a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// The problem, lower case and without a full stop.
    pub message: String,
    /// The way to solve the problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The place, if the problem is one of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
}

impl Problem {
    /// Returns the problem and its help in one sentence.
    pub fn sentence(&self) -> String {
        match &self.help {
            Some(help) => format!("{}; {help}", self.message),
            None => self.message.clone(),
        }
    }
}

/// The circumstances of a page without a verdict.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ended<'a> {
    /// The commit, if it is known.
    pub commit: Option<&'a str>,
    /// The key of the comment.
    pub key: &'a str,
    /// The page of the run: an address without any text of a change.
    pub run_url: Option<&'a str>,
}

impl NoVerdict {
    /// Returns the page in Markdown, for a pull request or a job summary.
    pub fn page(&self, of: &Ended<'_>) -> String {
        // A commit consists of hexadecimal digits alone; no other text of a change is in the heading.
        let is_plain = |commit: &&str| commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        let commit = of.commit.filter(is_plain).map(|commit| commit.get(..SHORT_COMMIT).unwrap_or(commit));
        let commit = commit.map(|commit| format!(" for commit {commit}")).unwrap_or_default();
        let key = (!of.key.is_empty()).then(|| format!("gate {}", safe::code_span(of.key, false)));
        let run = of.run_url.map(|url| format!("[run]({url})"));
        let about: Vec<String> = std::iter::once(self.why()).chain(key).chain(run).collect();
        let mut page = format!("## ⛔ no verdict{commit}\n\nmlgate {}\n", about.join(" · "));
        let shown = self.problems.iter().take(MOST_SHOWN).map(|problem| {
            let at = problem.at.as_ref().map(|at| format!("{}:{}:{}", at.file, at.line, at.column));
            let at = at.map(|at| format!(" ({})", safe::code_span(&at, false))).unwrap_or_default();
            format!("- {}{at}", safe::prose(&problem.sentence(), false))
        });
        let shown: Vec<String> = shown.collect();
        if !shown.is_empty() {
            page.extend(["\n", &shown.join("\n"), "\n"]);
        }
        if self.problems.len() > MOST_SHOWN {
            let more = {
                let more = self.problems.len() - MOST_SHOWN;
                format!("\n… and {more} more {}\n", noun(more, "problem"))
            };
            page.push_str(&more);
        }
        page + "\nNothing was judged, so an earlier verdict says nothing about this commit.\n"
    }

    /// Returns the end in one line for a check run or a commit status: plain text without any text of a change.
    pub fn title(&self) -> String {
        format!("no verdict: mlgate {}", self.why())
    }

    /// Returns the reason for the exit code.
    fn why(&self) -> String {
        let code = self.exit_code;
        let why = match code {
            0 => return "has left no report".to_owned(),
            2 => "the command line or the config is wrong",
            4 => "something could not be evaluated",
            126 => "the program could not be executed",
            127 => "the program was not found",
            129.. => return format!("was ended by signal {}{}", code - 128, signal(code - 128)),
            _ => "there is no report",
        };
        format!("ended with exit code {code}: {why}")
    }
}

/// Returns the usual reason for a signal, in words that follow its number.
fn signal(number: u8) -> &'static str {
    match number {
        2 | 15 => ", as happens when a job is cancelled or runs out of time",
        6 => ", an internal error",
        9 => ", most often for lack of memory; `memory_limit` in the config bounds what queries hold",
        11 => ", an invalid access to memory",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2";

    fn ended(exit_code: u8, problems: Vec<Problem>) -> NoVerdict {
        NoVerdict { version: NO_VERDICT_VERSION, exit_code, problems }
    }

    #[test]
    fn the_page_names_the_commit_and_each_problem_with_its_place() {
        let at = At { file: "mlgate.yml".to_owned(), line: 3, column: 23 };
        let message = "there is no dataset check `rowz`".to_owned();
        let ended = ended(2, vec![Problem { message, help: Some("did you mean `rows`?".to_owned()), at: Some(at) }]);
        let of = Ended { commit: Some(COMMIT), key: "mlgate.yml", run_url: Some("https://example.org/1") };
        insta::assert_snapshot!(ended.page(&of), @r"
        ## ⛔ no verdict for commit 4f5e6d7c8b

        mlgate ended with exit code 2: the command line or the config is wrong · gate `mlgate.yml` · [run](https://example.org/1)

        - there is no dataset check `rowz`; did you mean `rows`? (`mlgate.yml:3:23`)

        Nothing was judged, so an earlier verdict says nothing about this commit.
        ");
    }

    #[test]
    fn nothing_of_a_problem_is_markup() {
        let hostile = Problem {
            message: "@everyone\n## ✅ all gates passed <img src=x>".to_owned(),
            help: None,
            at: Some(At { file: "`x`\n# y".to_owned(), line: 1, column: 1 }),
        };
        let page = ended(2, vec![hostile; 30]).page(&Ended { commit: Some("\n# x"), ..Ended::default() });
        assert!(page.starts_with("## ⛔ no verdict\n"), "{page}");
        assert_eq!(page.lines().filter(|line| line.starts_with('#')).count(), 1, "{page}");
        assert!(page.contains("… and 10 more problems") && !page.contains(" @everyone"), "{page}");
    }

    #[test]
    fn each_code_has_its_reason() {
        for (code, words) in [
            (2, "exit code 2: the command line or the config is wrong"),
            (4, "exit code 4: something could not be evaluated"),
            (126, "could not be executed"),
            (127, "was not found"),
            (137, "signal 9, most often for lack of memory"),
            (143, "signal 15, as happens when a job is cancelled"),
            (0, "no verdict: mlgate has left no report"),
            (1, "exit code 1: there is no report"),
        ] {
            assert!(ended(code, Vec::new()).title().contains(words), "{code}");
        }
    }
}

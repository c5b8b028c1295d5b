//! The parts of a comment: each job, leg of a matrix or step of a run writes its own, and leaves those of the others.

use std::fmt::Write as _;

use crate::publish::marker::{plain, unplain};
use crate::report::document::Overall;
use crate::report::safe;

/// The start of the line above a part.
const START: &str = "<!-- mlgate:part ";
/// The end of the line above a part.
const END: &str = " -->";

/// The standing of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Every gate passed.
    Pass,
    /// Something warns.
    Warn,
    /// A gate could not be evaluated.
    Error,
    /// A gate failed.
    Fail,
    /// There is no verdict.
    None,
}

impl Standing {
    const ALL: [Self; 5] = [Self::Pass, Self::Warn, Self::Error, Self::Fail, Self::None];

    fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fail => "fail",
            Self::None => "none",
        }
    }

    /// Returns the symbol of the standing.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Pass => "✅",
            Self::Warn => "⚠️",
            Self::Error | Self::Fail => "❌",
            Self::None => "⛔",
        }
    }

    fn counted(self) -> &'static str {
        match self {
            Self::Pass => "passed",
            Self::Warn => "with warnings",
            Self::Error => "could not be evaluated",
            Self::Fail => "failed",
            Self::None => "without a verdict",
        }
    }

    /// Returns the verdict over everything with this standing.
    pub fn overall(self) -> Overall {
        match self {
            Self::Pass => Overall::Pass,
            Self::Warn => Overall::Warn,
            Self::Fail => Overall::Fail,
            Self::Error | Self::None => Overall::Error,
        }
    }
}

impl From<Overall> for Standing {
    fn from(verdict: Overall) -> Self {
        match verdict {
            Overall::Pass => Self::Pass,
            Overall::Warn => Self::Warn,
            Overall::Fail => Self::Fail,
            Overall::Error => Self::Error,
        }
    }
}

/// The origin and the standing of a part, which its line in the comment holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The digest of everything that tells this part from others of the same attempt.
    pub id: String,
    /// The digest of the workflow, the job, the step and the arguments: a later attempt or run replaces the part of the same lane.
    pub lane: String,
    /// The number of the workflow run; `None` outside of a run.
    pub run: Option<u64>,
    /// The attempt of the run, from 1, or another number that differs between attempts.
    pub attempt: u64,
    /// The commit that was judged.
    pub commit: Option<String>,
    /// The job.
    pub job: Option<String>,
    /// The config in the repository: two gates may have one key, and none is the other's to replace.
    pub config: Option<String>,
    /// The globs of `--only`.
    pub only: Vec<String>,
    /// The standing.
    pub standing: Standing,
    /// The verdict in one line.
    pub title: String,
}

impl Part {
    /// Returns the line above the part.
    pub fn line(&self) -> String {
        let mut line = format!("{START}id={} lane={}", plain(&self.id), plain(&self.lane));
        if let Some(run) = self.run {
            let _ = write!(line, " run={run}.{}", self.attempt);
        }
        for (name, value) in [("commit", &self.commit), ("job", &self.job), ("config", &self.config)] {
            if let Some(value) = value {
                let _ = write!(line, " {name}={}", plain(value));
            }
        }
        for glob in &self.only {
            let _ = write!(line, " only={}", plain(glob));
        }
        let _ = write!(line, " verdict={} title={}", self.standing.name(), plain(&self.title));
        line + END
    }

    fn read(line: &str) -> Option<Self> {
        let fields = line.trim_end().strip_prefix(START)?.strip_suffix(END)?;
        let fields: Vec<(&str, String)> = fields
            .split(' ')
            .filter_map(|field| field.split_once('='))
            .map(|(name, value)| (name, unplain(value)))
            .collect();
        let field = |wanted: &str| fields.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone());
        let run = field("run");
        let (run, attempt) = run.as_deref().and_then(|run| run.split_once('.')).unzip();
        let standing = field("verdict")?;
        Some(Self {
            id: field("id")?,
            lane: field("lane")?,
            run: run.and_then(|run| run.parse().ok()),
            attempt: attempt.and_then(|attempt| attempt.parse().ok()).unwrap_or(1),
            commit: field("commit"),
            job: field("job"),
            config: field("config"),
            only: fields.iter().filter(|(name, _)| *name == "only").map(|(_, value)| value.clone()).collect(),
            standing: Standing::ALL.into_iter().find(|known| known.name() == standing)?,
            title: field("title").unwrap_or_default(),
        })
    }

    /// Returns true if `other` stays beside this part: a part of the same commit that this one does not replace, of another
    /// job, of other arguments or of another config.
    pub fn leaves(&self, other: &Self) -> bool {
        if self.is_of_another_gate(other) {
            return true;
        }
        let is_of_run = self.run == other.run;
        // Runs of several workflows, or of one that was started with other arguments, judge the same commit.
        let is_together = self.run.is_some()
            && self.commit == other.commit
            && (is_of_run || (other.run.is_some() && self.commit.is_some()));
        // Within an attempt every step runs once, so another digest is another leg; a later attempt or run repeats a lane.
        let is_same = is_of_run && self.attempt == other.attempt;
        let is_replaced = if is_same { self.id == other.id } else { self.lane == other.lane };
        is_together && !is_replaced
    }

    /// Returns true if `other` is a verdict of another config on the same commit.
    fn is_of_another_gate(&self, other: &Self) -> bool {
        let configs = self.config.as_ref().zip(other.config.as_ref());
        self.commit.is_some() && self.commit == other.commit && configs.is_some_and(|(ours, theirs)| ours != theirs)
    }

    /// Returns the words by which a reader tells the parts apart.
    fn label(&self, with_config: bool) -> String {
        let config = self.config.as_ref().filter(|_| with_config);
        let config = config.map(|config| format!("config {}", safe::code_span(config, false)));
        let job = self.job.as_ref().map(|job| format!("job {}", safe::code_span(job, false)));
        let only = self.only.iter().map(|glob| format!("--only {}", safe::code_span(glob, false)));
        let parts: Vec<String> = config.into_iter().chain(job).chain(only).collect();
        if parts.is_empty() { "a run".to_owned() } else { parts.join(" ") }
    }
}

/// A part with its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownPart {
    /// The origin.
    pub part: Part,
    /// The page; empty if it did not fit.
    pub page: String,
}

/// Returns the parts of a comment.
pub fn read(body: &str) -> Vec<ShownPart> {
    let mut parts: Vec<ShownPart> = Vec::new();
    for line in body.lines() {
        if let Some(part) = Part::read(line) {
            parts.push(ShownPart { part, page: String::new() });
        } else if let Some(last) = parts.last_mut() {
            last.page.push_str(line);
            last.page.push('\n');
        }
    }
    for part in &mut parts {
        part.page.truncate(part.page.trim_end().len());
    }
    parts
}

/// Returns the text of a comment below its mark: one part as it is, and several below a common headline, those that
/// block first; a page that does not fit into `budget` is left out, and its verdict is not.
pub fn compose(mark: &str, mut parts: Vec<ShownPart>, budget: usize) -> String {
    if let [ShownPart { part, page }] = parts.as_slice() {
        return format!("{mark}\n{}\n{page}", part.line());
    }
    parts.sort_by(|left, right| {
        let key = |shown: &ShownPart| {
            (
                std::cmp::Reverse(shown.part.standing),
                shown.part.job.clone(),
                shown.part.only.clone(),
                shown.part.id.clone(),
            )
        };
        key(left).cmp(&key(right))
    });
    let standings: Vec<Standing> = parts.iter().map(|shown| shown.part.standing).collect();
    let worst = standings.iter().copied().max().unwrap_or(Standing::None);
    let mut text = format!("{mark}\n## {} mlgate: {}\n\n", worst.symbol(), rolled_up(&standings, "report"));
    let with_config = parts.windows(2).any(|pair| pair[0].part.is_of_another_gate(&pair[1].part));
    for ShownPart { part, .. } in &parts {
        let (symbol, label) = (part.standing.symbol(), part.label(with_config));
        let _ = writeln!(text, "- {symbol} {label}: {}", safe::prose(&part.title, false));
    }
    let size = |text: &str| text.encode_utf16().count();
    let lines: usize = parts.iter().map(|shown| size(&shown.part.line()) + 2).sum();
    let mut room = budget.saturating_sub(size(&text) + lines);
    for ShownPart { part, page } in parts {
        // As another job reads it from the comment, so that both write the same.
        let page = page.trim_end();
        let _ = write!(text, "\n{}\n", part.line());
        let needed = size(page) + 2;
        if needed <= room && !page.is_empty() {
            room -= needed;
            let _ = writeln!(text, "{page}");
        }
    }
    text
}

/// Returns the headline over several: `1 of 3 reports failed · 2 passed`.
pub fn rolled_up(standings: &[Standing], noun: &str) -> String {
    let mut standings = standings.to_vec();
    standings.sort_by_key(|standing| std::cmp::Reverse(*standing));
    let all = standings.len();
    let mut counted: Vec<(Standing, usize)> = Vec::new();
    for standing in standings {
        match counted.last_mut() {
            Some((last, n)) if *last == standing => *n += 1,
            _ => counted.push((standing, 1)),
        }
    }
    let plural = if all == 1 { noun.to_owned() } else { format!("{noun}s") };
    let lead = match counted.as_slice() {
        [] => format!("no {noun}"),
        [(Standing::Pass, n)] if *n > 1 => format!("all {n} {plural} passed"),
        [(first, n), ..] => format!("{n} of {all} {plural} {}", first.counted()),
    };
    let rest = counted.iter().skip(1).map(|(standing, n)| format!("{n} {}", standing.counted()));
    std::iter::once(lead).chain(rest).collect::<Vec<_>>().join(" · ")
}

/// Returns a page whose lines none can be read as the start of a part or as the mark of a comment.
pub fn harmless(page: &str) -> String {
    page.replace("<!-- mlgate:", "<!-- mlgate ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(id: &str, attempt: u64, standing: Standing) -> Part {
        Part {
            id: id.to_owned(),
            lane: id.chars().take(1).collect(),
            run: Some(31),
            attempt,
            commit: Some("ab".repeat(20)),
            job: Some("gate -->\n# x".to_owned()),
            config: Some("ml/mlgate.yml".to_owned()),
            only: vec!["data.*".to_owned()],
            standing,
            title: "1 of 2 gates failed · 1 passed".to_owned(),
        }
    }

    #[test]
    fn a_part_is_read_as_it_was_written() {
        let one = part("a1", 1, Standing::Fail);
        assert!(!one.line().contains('\n') && one.line().matches("-->").count() == 1, "{}", one.line());
        let shown = vec![ShownPart { part: one.clone(), page: "## x\n\ntext".to_owned() }];
        assert_eq!(read(&compose("<!-- m -->", shown.clone(), 60_000)), shown);
        let two = [shown, vec![ShownPart { part: part("b1", 1, Standing::Pass), page: "## y".to_owned() }]].concat();
        let body = compose("<!-- m -->", two.clone(), 60_000);
        assert!(body.starts_with("<!-- m -->\n## ❌ mlgate: 1 of 2 reports failed · 1 passed\n"), "{body}");
        assert_eq!(read(&body.replace('\n', "\r\n")), two);
    }

    #[test]
    fn what_does_not_fit_keeps_its_verdict() {
        let long = |id: &str, standing| ShownPart { part: part(id, 1, standing), page: "x".repeat(700) };
        let body = compose("<!-- m -->", vec![long("a1", Standing::Pass), long("b1", Standing::Fail)], 1_600);
        let parts = read(&body);
        assert_eq!(parts[0].part.standing, Standing::Fail);
        assert!(!parts[0].page.is_empty() && parts[1].page.is_empty(), "{body}");
    }

    #[test]
    fn a_later_attempt_replaces_its_lane_and_no_other() {
        let old = part("a1", 1, Standing::Fail);
        assert!(!part("a2", 2, Standing::Pass).leaves(&old) && part("b2", 2, Standing::Pass).leaves(&old));
        assert!(part("a2", 1, Standing::Pass).leaves(&old) && !part("a1", 1, Standing::Pass).leaves(&old));
        // A later run repeats its lane as well, and replaces no other one of the same commit.
        assert!(!Part { run: Some(32), ..part("a3", 1, Standing::Pass) }.leaves(&old));
        let elsewhere = Part { run: Some(32), ..part("b1", 1, Standing::Pass) };
        assert!(elsewhere.leaves(&old) && !elsewhere.leaves(&Part { run: None, ..old.clone() }));
        assert!(!Part { commit: Some("cd".repeat(20)), ..elsewhere }.leaves(&old));
        assert!(!Part { commit: None, ..part("b1", 1, Standing::Pass) }.leaves(&old));
    }

    #[test]
    fn a_part_of_another_config_is_left_in_any_run() {
        let old = part("a1", 1, Standing::Fail);
        let other = Part { run: Some(32), config: Some("b/mlgate.yml".to_owned()), ..part("a1", 1, Standing::Pass) };
        assert!(other.leaves(&old) && old.leaves(&other));
        assert!(!Part { commit: Some("cd".repeat(20)), ..other.clone() }.leaves(&old));
        assert!(!Part { config: None, ..other.clone() }.leaves(&old));
        let shown = [old, other].map(|part| ShownPart { part, page: "## x".to_owned() });
        let body = compose("<!-- m -->", shown.to_vec(), 60_000);
        assert!(body.contains("- ✅ config `b/mlgate.yml` job "), "{body}");
    }

    #[test]
    fn a_page_starts_no_part() {
        let line = part("a1", 1, Standing::Pass).line();
        assert_eq!(read(&harmless(&line)), []);
    }
}

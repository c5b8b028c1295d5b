//! The gates behind a red status: several gates may set one status of a commit, and none may turn another's failure green.
//!
//! No forge keeps more than one verdict under a name, so the gates whose failure a status shows stand in the fragment of its
//! link, as digests of their job and arguments (`Part::lane`).

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Stated, Statement};
use crate::report::document::Overall;

/// The start of the fragment.
const START: &str = "#mlgate-red=";
/// Characters of a gate's digest.
const LENGTH: usize = 8;
/// Maximum number of gates that are named.
const MOST: usize = 12;
/// The title of a status that is red for another gate's failure.
const OTHERS_FAILED: &str = "another gate failed under this name";
/// Stands for gates beyond [`MOST`], of which none is known to pass later.
const MORE: &str = "more";

/// The status that stands under a name.
#[derive(Debug, Clone, Copy)]
pub(in crate::publish) struct Standing<'a> {
    pub(in crate::publish) link: &'a str,
    pub(in crate::publish) is_red: bool,
}

/// The status to set.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::publish) enum NextStatus<'a> {
    /// The verdict of the statement, with this link.
    Own(Option<Cow<'a, str>>),
    /// A failure with this link: the statement passes, and the failures of others are still in the status that stands.
    Others(String),
    /// None: the status that stands is the failure of others.
    Stays,
}

/// A status as it is set.
#[derive(Debug)]
pub(in crate::publish) struct ShownStatus<'a> {
    pub(in crate::publish) verdict: Overall,
    pub(in crate::publish) title: &'a str,
    pub(in crate::publish) link: Option<Cow<'a, str>>,
    /// The result once it is set.
    pub(in crate::publish) stated: Stated,
}

impl<'a> NextStatus<'a> {
    /// Returns the status to set for a statement; `None` if the one that stands stays.
    pub(in crate::publish) fn shown(self, statement: &Statement<'a>) -> Option<ShownStatus<'a>> {
        let Statement { verdict, title, .. } = *statement;
        match self {
            Self::Own(link) => Some(ShownStatus { verdict, title, link, stated: Stated::Set }),
            Self::Others(link) => Some(ShownStatus {
                verdict: Overall::Fail,
                title: OTHERS_FAILED,
                link: Some(link.into()),
                stated: Stated::StaysRed,
            }),
            Self::Stays => None,
        }
    }
}

impl ShownStatus<'_> {
    /// Returns the statement with this status in place of its own verdict.
    pub(in crate::publish) fn of<'s>(&'s self, statement: &Statement<'s>) -> Statement<'s> {
        Statement { verdict: self.verdict, title: self.title, run_url: self.link.as_deref(), ..*statement }
    }
}

/// Returns the page of a link, without the gates in it.
pub(in crate::publish) fn page(link: &str) -> &str {
    link.split_once(START).map_or(link, |(page, _)| page)
}

/// Returns the status to set in place of the one that stands.
pub(in crate::publish) fn next<'a>(shown: &Statement<'a>, standing: Option<Standing<'_>>) -> NextStatus<'a> {
    let own: String = shown.lane.chars().take(LENGTH).collect();
    let standing = standing.filter(|standing| standing.is_red);
    let (before, gates) = standing.and_then(|standing| standing.link.split_once(START)).unwrap_or_default();
    // Whoever may set a status may have written the link.
    let is_gate =
        |gate: &&str| *gate == MORE || (gate.len() == LENGTH && gate.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let mut red: BTreeSet<&str> = gates.split('.').filter(is_gate).collect();
    if shown.passes() {
        // Within an attempt every job runs once, so the failure is that of another one.
        if standing.is_some_and(|standing| shown.run_url == Some(page(standing.link))) {
            return NextStatus::Stays;
        }
        let was_ours = red.remove(own.as_str());
        return match (red.is_empty(), was_ours) {
            (true, _) => NextStatus::Own(shown.run_url.map(Cow::Borrowed)),
            (false, true) => NextStatus::Others(linked(before, &red)),
            (false, false) => NextStatus::Stays,
        };
    }
    red.insert(&own);
    NextStatus::Own(shown.run_url.map(|page| Cow::Owned(linked(page, &red))))
}

fn linked(page: &str, red: &BTreeSet<&str>) -> String {
    let mut gates: Vec<&str> = red.iter().copied().filter(|gate| *gate != MORE).collect();
    if gates.len() > MOST || red.contains(MORE) {
        gates.truncate(MOST);
        gates.push(MORE);
    }
    format!("{page}{START}{}", gates.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "https://forge/run/31";

    fn shown<'a>(lane: &'a str, run: &'a str, verdict: Overall) -> Statement<'a> {
        Statement { name: "gate", commit: "c", verdict, title: "", run_url: Some(run), details: None, lane }
    }

    fn after(link: &str, lane: &str, run: &str, verdict: Overall) -> NextStatus<'static> {
        let next = next(&shown(lane, run, verdict), Some(Standing { link, is_red: true }));
        match next {
            NextStatus::Own(link) => NextStatus::Own(link.map(|link| Cow::Owned(link.into_owned()))),
            NextStatus::Others(link) => NextStatus::Others(link),
            NextStatus::Stays => NextStatus::Stays,
        }
    }

    fn own(link: &str) -> NextStatus<'static> {
        NextStatus::Own(Some(Cow::Owned(link.to_owned())))
    }

    #[test]
    fn a_failure_is_turned_green_by_its_own_gate_alone() {
        let first = next(&shown("aaaaaaaaffff", RUN, Overall::Fail), None);
        assert_eq!(first, own("https://forge/run/31#mlgate-red=aaaaaaaa"));
        let a = "https://forge/run/31#mlgate-red=aaaaaaaa";
        assert_eq!(after(a, "bbbbbbbb", "https://forge/run/32", Overall::Pass), NextStatus::Stays);
        assert_eq!(after(a, "aaaaaaaa", "https://forge/run/32", Overall::Pass), own("https://forge/run/32"));
        // Within a run the failure is that of another leg, whatever its digest.
        assert_eq!(after(a, "aaaaaaaa", RUN, Overall::Warn), NextStatus::Stays);
        let both = "https://forge/run/32#mlgate-red=aaaaaaaa.bbbbbbbb";
        assert_eq!(after(a, "bbbbbbbb", "https://forge/run/32", Overall::Error), own(both));
        let rest = NextStatus::Others("https://forge/run/32#mlgate-red=aaaaaaaa".to_owned());
        assert_eq!(after(both, "bbbbbbbb", "https://forge/run/33", Overall::Pass), rest);
    }

    #[test]
    fn what_names_no_gate_is_replaced_by_another_run() {
        for link in [
            "https://forge/run/31",
            "",
            "https://forge/run/31#other",
            "https://forge/run/31#mlgate-red=",
            "https://forge/run/31#mlgate-red=<b>.../x",
        ] {
            assert_eq!(
                after(link, "bbbbbbbb", "https://forge/run/32", Overall::Pass),
                own("https://forge/run/32"),
                "{link}"
            );
        }
        let green = Standing { link: "https://forge/run/31#mlgate-red=aaaaaaaa", is_red: false };
        let passes = shown("bbbbbbbb", "https://forge/run/32", Overall::Pass);
        assert_eq!(next(&passes, Some(green)), own("https://forge/run/32"));
    }

    #[test]
    fn more_gates_than_are_named_stay_red() {
        let lanes: Vec<String> = (0..20).map(|number| format!("{number:08}")).collect();
        let link = lanes.iter().fold(String::new(), |link, lane| match after(&link, lane, RUN, Overall::Fail) {
            NextStatus::Own(Some(link)) => link.into_owned(),
            other => panic!("{other:?}"),
        });
        assert!(link.ends_with(".more") && link.len() < RUN.len() + 130, "{link}");
        let rest =
            lanes.iter().fold(link, |link, lane| match after(&link, lane, "https://forge/run/40", Overall::Pass) {
                NextStatus::Others(link) => link,
                NextStatus::Stays => link,
                NextStatus::Own(_) => panic!("{lane} turns {link} green"),
            });
        assert!(rest.ends_with("#mlgate-red=more"), "{rest}");
    }
}

//! The search for the place of a run.
//!
//! In a job of a forge's own CI the forge's variables say everything. Elsewhere the command line does, and else the page
//! of the change that the CI names.

use url::Url;

use super::ForgeKind;
use super::forges::{FORGES, named};
use super::place::{Judged, NoPlace, Place, Pull, Wanted, is_commit, link, safe_address};
use crate::ci::{self, JobVariables, NamedChange};

/// Determines the place of the run; `event` is the contents of the file that `GITHUB_EVENT_PATH` names.
///
/// # Errors
///
/// Neither the command line nor the environment names a repository, or one of their values is wrong.
pub fn find(env: JobVariables<'_>, event: Option<&str>, wanted: &Wanted) -> Result<Place, NoPlace> {
    let (kind, wanted) = meant(env, wanted)?;
    let mut place = (kind.find)(env, event, &wanted)?;
    if let Some(commit) = &wanted.commit {
        if !is_commit(commit) {
            return Err(NoPlace(format!("`{commit}` is not a commit; write all of its digits")));
        }
        (place.commit, place.judged) = (Some(commit.clone()), Judged::Named);
        if !matches!(place.pull, Pull::Number(_)) {
            place.pull = Pull::OfCommit;
        }
    }
    if let Some(number) = wanted.pull {
        if place.judged == Judged::OfJob {
            (place.commit, place.judged) = (None, Judged::HeadOfPull);
        }
        place.pull = Pull::Number(number);
    }
    if place.run_url.is_none() {
        place.run_url = ci::page(env).and_then(|page| link(&page));
    }
    Ok(place)
}

/// Returns the forge in whose own CI this job runs.
pub fn home(env: JobVariables<'_>) -> Option<&'static ForgeKind> {
    FORGES.into_iter().rev().find(|kind| (kind.is_home)(env))
}

/// Returns the forge that is meant, and what is wanted of it.
pub(super) fn meant(env: JobVariables<'_>, wanted: &Wanted) -> Result<(&'static ForgeKind, Wanted), NoPlace> {
    let asked = match &wanted.forge {
        Some(name) => Some(named(name).ok_or_else(|| {
            let known = FORGES.map(|kind| kind.name.to_ascii_lowercase());
            NoPlace(format!("`{name}` is not a forge that mlgate knows; it knows {}", known.join(", ")))
        })?),
        None => None,
    };
    let is_meant = |kind: &&'static ForgeKind| asked.is_none_or(|asked| asked == *kind);
    if let Some(kind) = home(env).filter(is_meant) {
        return Ok((kind, wanted.clone()));
    }
    let Some((kind, page)) = page(env, asked, wanted.pull) else {
        return Ok((asked.unwrap_or(FORGES[0]), wanted.clone()));
    };
    // The command line takes precedence, and the page of another repository's change says nothing.
    let is_same = wanted.repository.as_ref().is_none_or(|asked| *asked == page.repository);
    let pull = wanted.pull.or(Some(page.number).filter(|_| is_same));
    let server = Some(page.server).filter(|_| is_same);
    let repository = wanted.repository.clone().or(Some(page.repository));
    Ok((kind, Wanted { repository, pull, server, ..wanted.clone() }))
}

/// A page of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChangePage {
    /// The address of the server.
    pub(super) server: String,
    /// The repository's path, such as `OWNER/NAME`.
    pub(super) repository: String,
    /// The number of the change.
    pub(super) number: u64,
}

impl ChangePage {
    /// Returns the change that a page of this kind of forge shows.
    pub(super) fn of(kind: &ForgeKind, page: &Url) -> Option<Self> {
        let (repository, rest) = page.path().split_once(kind.page_path)?;
        let repository = repository.trim_matches('/').trim_end_matches("/-").to_owned();
        let number = rest.split('/').next()?.parse().ok()?;
        Some(Self { server: page.origin().ascii_serialization(), repository, number })
    }
}

/// Returns the change that this job's CI names by its page, or by its repository and number.
pub(super) fn page(
    env: JobVariables<'_>,
    asked: Option<&'static ForgeKind>,
    number: Option<u64>,
) -> Option<(&'static ForgeKind, ChangePage)> {
    let (system, _) = ci::system(env)?;
    let is_meant = |kind: &&'static ForgeKind| asked.is_none_or(|asked| asked == *kind);
    if let Some(page) = system.change_page.and_then(env) {
        let page = Url::parse(&safe_address(&page)?).ok()?;
        return FORGES.into_iter().filter(is_meant).find_map(|kind| Some((kind, ChangePage::of(kind, &page)?)));
    }
    let NamedChange { repository, number: variable } = system.change_number.as_ref()?;
    let number = number.or_else(|| env(variable)?.parse().ok())?;
    let page = repository_page(&env(repository)?)?;
    // A host such as `gitlab.example.org` tells the kind of forge.
    let is_called = |kind: &&'static ForgeKind| {
        let host = page.host_str().unwrap_or_default();
        host.split('.').any(|part| kind.is_called(part))
    };
    let kind = asked.or_else(|| FORGES.into_iter().find(is_called))?;
    let repository = page.path().trim_matches('/').to_owned();
    Some((kind, ChangePage { server: page.origin().ascii_serialization(), repository, number }))
}

/// Returns the page of a repository whose address git or a browser writes: `git@HOST:PATH.git`, `ssh://…`, `https://…`.
pub(super) fn repository_page(address: &str) -> Option<Url> {
    let address = address.trim().trim_end_matches('/').trim_end_matches(".git");
    let page = if let Some((user, path)) = address.split_once(':').filter(|(start, _)| start.contains('@')) {
        format!("https://{}/{}", user.rsplit('@').next()?, path.trim_start_matches('/'))
    } else {
        let rest = ["ssh://", "https://", "http://", "git://"].iter().find_map(|start| address.strip_prefix(start))?;
        let (host, path) = rest.split_once('/')?;
        // A port of ssh is none of https, and a user is not part of a page.
        let host = host.rsplit('@').next()?.split(':').next()?;
        format!("https://{host}/{path}")
    };
    Url::parse(&page).ok()
}

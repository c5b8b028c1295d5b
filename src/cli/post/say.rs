//! The sentences and notes about each surface that was posted to.

use crate::publish::forge::{Commented, Posted};
use crate::report::safe;

/// Returns the job summary's note on a surface that was not posted to.
pub(super) fn note(posted: &Posted, line: &str) -> String {
    match posted {
        Posted::Failed(..) => format!("\n> **Not posted:** {}\n", safe::prose(line, false)),
        Posted::Left(_) => format!("\n> {}\n", safe::prose(line, false)),
        Posted::Comment(..) | Posted::Done(_) => String::new(),
    }
}

pub(super) fn say(posted: &Posted) -> String {
    match posted {
        Posted::Comment(change, Commented::Created(url)) => {
            format!("wrote a comment on {change} {}", safe::terminal(url)).trim_end().to_owned()
        }
        Posted::Comment(change, Commented::Updated(url)) => {
            format!("updated the comment on {change} {}", safe::terminal(url)).trim_end().to_owned()
        }
        Posted::Comment(change, Commented::Unchanged(_)) => {
            format!("the comment on {change} says the same already")
        }
        Posted::Comment(change, Commented::NotNeeded) => {
            format!("nothing failed, so {change} needs no comment")
        }
        Posted::Done(what) => format!("posted {what}"),
        Posted::Left(why) => safe::sentence(why),
        Posted::Failed(what, why) => format!("{what} could not be posted: {}", safe::sentence(why)),
    }
}

pub(super) fn url(posted: &Posted) -> Option<String> {
    match posted {
        Posted::Comment(_, Commented::Created(url) | Commented::Updated(url) | Commented::Unchanged(url)) => {
            Some(url.clone()).filter(|url| url.starts_with("https://") || url.starts_with("http://127.0.0.1"))
        }
        _ => None,
    }
}

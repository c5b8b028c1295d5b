//! The clause on a waiver behind a message.

use crate::gate::verdict::{Effect, Verdict};
use crate::report::document::WaiverResult;

/// Returns the clause on a waiver's effect; empty if it has none.
pub(in crate::report) fn waived(waiver: Option<&WaiverResult>, found: Verdict, effect: Effect) -> String {
    let Some(WaiverResult { owner, reason, until, has_ended, .. }) = waiver else {
        return String::new();
    };
    match (found, effect) {
        (Verdict::Error, _) => "; its waiver does not help: what could not be evaluated cannot be accepted".to_owned(),
        (Verdict::Pass | Verdict::NotApplicable, _) if *has_ended => {
            format!("; that holds, but the waiver of {} ended on {until}: {reason}", name(owner))
        }
        _ if *has_ended => format!("; the waiver of {} ended on {until}: {reason}", name(owner)),
        (_, Effect::Waived) => format!("; waived until {until} by {}: {reason}", name(owner)),
        _ => String::new(),
    }
}

/// Returns the advice for a waiver that has ended.
pub(in crate::report) fn renew(waiver: &WaiverResult) -> String {
    let place = format!("{}:{}:{}", waiver.at.file, waiver.at.line, waiver.at.column);
    format!("take the waiver at {} out of the config, or agree on a new date", name(&place))
}

/// Returns an untrusted name between backticks, without any backtick inside.
fn name(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}

//! The config's waivers at their gates.

use super::Gate;
use super::waiver::{MOST_DAYS, Waiver, latest};
use crate::config::{Config, Diagnostic, Pattern, Spanned, did_you_mean};

/// Attaches the config's waivers to their gates, which may have waivers on their own lines.
///
/// Of several waivers of one gate, the one that ends first is valid, regardless of their order.
///
/// # Errors
///
/// A waiver that names no gate, and one that ends too late. `is_complete` says whether all gates are known that the config
/// could name.
pub fn waive<'a>(
    gates: impl IntoIterator<Item = &'a mut Gate>,
    config: &Config,
    now: i64,
    is_complete: bool,
) -> Result<(), Vec<Diagnostic>> {
    let mut gates: Vec<&mut Gate> = gates.into_iter().collect();
    let mut problems = Vec::new();
    for waived in &config.waivers {
        for glob in &waived.gates {
            let pattern = Pattern::new(&glob.value);
            let mut is_used = false;
            for gate in gates.iter_mut().filter(|gate| pattern.matches(&gate.id)) {
                is_used = true;
                let waiver = Waiver::at(&waived.waiver, now);
                if gate.waiver.as_ref().is_none_or(|other| waiver.until < other.until) {
                    gate.waiver = Some(waiver);
                }
            }
            if !is_used && is_complete {
                problems.push(unused(glob, gates.iter().map(|gate| gate.id.as_str())));
            }
        }
    }
    let lines = gates.iter().filter_map(|gate| gate.waiver.as_ref()).map(|waiver| (waiver.until, waiver.at));
    let listed = config.waivers.iter().map(|waived| (waived.waiver.until, waived.waiver.span));
    let latest = latest(now);
    for (until, span) in lines.chain(listed) {
        if latest.is_some_and(|latest| until > latest) && problems.iter().all(|known| known.span != span) {
            let problem =
                Diagnostic::new(format!("this waiver ends on {until}; limit: {MOST_DAYS} days from now"), span);
            problems.push(problem.with_help("renew it when it ends, or change the limit itself"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

pub(super) fn unused<'a>(glob: &Spanned<String>, gates: impl IntoIterator<Item = &'a str>) -> Diagnostic {
    let near = did_you_mean(&glob.value, gates);
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "remove it, or name a gate by its id, as the JSON report and `--evidence` show it".to_owned(),
    };
    Diagnostic::new(format!("no gate matches this waiver's `{}`", glob.value), glob.span).with_help(help)
}

//! `mlgate bless`: what was measured of the change becomes what later changes are compared with.

use std::env;
use std::path::Path;

use super::BlessArguments;
use super::bless_place::BlessPlace;
use super::exit::{Failure, PASSED};
use super::kept_rows::RowsFile;
use super::load::{self, Loaded};
use super::run::{self, Evaluated, Moment, Other};
use super::stored::{self, Stored};
use super::{git, output, states};
use crate::baseline::{Baseline, Difference, Excused};
use crate::bounded;
use crate::catalog::Catalog;
use crate::config::visible;
use crate::gate::Gate;
use crate::gate::measurement::{TableId, TableKind};
use crate::gate::verdict::{Effect, Verdict};
use crate::plural::counted;
use crate::publish::claim;
use crate::report;
use crate::stats::Side;

/// A report is read whole; one of hundreds of megabytes is a mistake.
const MOST_REPORT: u64 = 256 << 20;

/// A gate that stops the merge: its id, and what it found.
struct Failing {
    gate: String,
    finding: String,
}

/// Makes the candidate the baseline: measures it, or takes what a run has measured; shows what changes; writes it whole or not at
/// all.
pub(super) fn bless(arguments: &BlessArguments) -> Result<u8, Failure> {
    let mut loaded = load::config(arguments.config.as_deref())?;
    loaded.baseline.clone_from(&arguments.baseline);
    let (shown, path) =
        stored::place(&loaded).unwrap_or_else(|| (stored::USUAL.to_owned(), loaded.root.join(stored::USUAL)));
    let place = BlessPlace::of(&loaded, arguments.baseline.is_some(), &path)?;
    let old = match path.try_exists() {
        Ok(false) => None,
        _ => Some(Stored::read(shown.clone(), &path)),
    };
    if let Some(why) = old.as_ref().and_then(Stored::problem) {
        return Err(Failure::Environment(format!("{why}; nothing is compared with it, so remove it to bless anew")));
    }
    let before = old.as_ref().and_then(Stored::baseline).cloned();
    let moment = Moment {
        now: arguments.now.unwrap_or_else(run::clock),
        quiet: arguments.quiet,
        threads: None,
        list_flips: None,
    };
    let (mut after, rows, failing) = match &arguments.from {
        Some(report) => {
            let (after, failing) = claimed(report, moment.now)?;
            (after, Vec::new(), failing)
        }
        None => measured(&loaded, moment, old, &shown, &path)?,
    };
    after.despite = excused(arguments, failing, moment.now, &loaded.root)?;
    let unwritten = |why: String| Failure::Environment(format!("no baseline was written: {why}"));
    let text = after.to_text().map_err(unwritten)?;
    // Whatever is written can be read again.
    Baseline::parse(&text).map_err(|why| unwritten(format!("what was measured {why}")))?;
    let mut said = String::new();
    if let Some(before) = &before {
        let found = Difference::between(before, &after);
        said = report::difference(&found, &shown, if arguments.dry_run { "this change" } else { "blessed now" }) + "\n";
    }
    said += &summary(&after, &shown, arguments.dry_run, loaded.config.baseline.is_some());
    if !arguments.dry_run {
        for (path, _) in &rows {
            place.check(path)?;
        }
        // The baseline comes last: it names the digests of the files that it goes with.
        for (path, bytes) in &rows {
            place.write(path, bytes)?;
        }
        place.write(&path, &stored::packed(&path, text)?)?;
    }
    if !arguments.quiet {
        output::print(&said)?;
    }
    Ok(PASSED)
}

/// Measures the candidate, and judges it beside the baseline that is there. What has none is judged beside itself, so that all
/// limits that compare with nothing hold.
fn measured(
    loaded: &Loaded,
    moment: Moment,
    old: Option<Stored>,
    shown: &str,
    path: &Path,
) -> Result<(Baseline, Vec<RowsFile>, Vec<Failing>), Failure> {
    let catalog: Catalog = load::catalog(Some(loaded))?;
    let config = &loaded.config;
    if config.data.is_empty() && config.models.is_empty() && config.reported.is_empty() {
        return Err(Failure::Usage(
            "the config names no dataset and no model, so there is nothing to store".to_owned(),
        ));
    }
    let (after, rows) = states::measure(loaded, &catalog, moment, Some(path))?;
    let is_first = old.is_none();
    let beside = old.unwrap_or_else(|| Stored::of(shown.to_owned(), after.clone()));
    let Evaluated { engine, gates, outcomes, report, .. } =
        run::evaluated(loaded, &catalog, &[], moment, Other::ToBless(Box::new(beside)))?;
    let opened = engine.tables();
    let stands_alone = |gate: &Gate| {
        let other = |kind, name: &String| TableId { kind, name: name.clone(), side: Side::Baseline };
        match (gate.subject.get("model"), gate.subject.get("dataset")) {
            (Some(model), _) => match gates.specs.get(model) {
                Some(spec) => spec.baseline.is_some() && !spec.is_stored(),
                None => opened.contains_key(&other(TableKind::Metrics, model)),
            },
            (None, Some(dataset)) => opened.contains_key(&other(TableKind::Dataset, dataset)),
            (None, None) => false,
        }
    };
    let blocking = gates.gates.iter().zip(&outcomes).zip(&report.gates).filter(|((gate, outcome), result)| {
        // A line that compares what was never blessed is no finding about the change.
        let is_lost = outcome.verdict == Verdict::Error;
        let is_new = if gate.is_beside_reference {
            is_lost
        } else {
            (is_first || is_lost) && gate.compares() && !stands_alone(gate)
        };
        result.effect == Effect::Blocks && !is_new
    });
    let failing =
        blocking.map(|(_, result)| Failing { gate: result.id.clone(), finding: result.message.clone() }).collect();
    Ok((after, rows, failing))
}

/// What a run has measured, with what failed in it.
fn claimed(path: &Path, now: i64) -> Result<(Baseline, Vec<Failing>), Failure> {
    let failed = |why: String| Failure::Usage(format!("`{}` cannot be blessed: {why}", path.display()));
    let text = bounded::read_text(path, MOST_REPORT).map_err(|error| failed(error.to_string()))?;
    let report = claim::read_with_states(&text, now).map_err(|error| failed(error.to_string()))?;
    let Some(states) = report.states else {
        return Err(failed("it does not hold what a baseline is made of; `mlgate run --states` adds that".to_owned()));
    };
    let baseline = Baseline::parse(&states.to_string()).map_err(|why| failed(format!("its `states` {why}")))?;
    let failing = report.gates.into_iter().filter(|gate| gate.effect == Effect::Blocks);
    Ok((baseline, failing.map(|gate| Failing { gate: gate.id, finding: gate.message }).collect()))
}

/// Refuses what fails, but for what is named with a reason.
fn excused(arguments: &BlessArguments, failing: Vec<Failing>, now: i64, root: &Path) -> Result<Vec<Excused>, Failure> {
    if let Some(id) = arguments.despite.iter().find(|id| !failing.iter().any(|gate| gate.gate == **id)) {
        let named: Vec<String> = failing.iter().map(|gate| format!("`{}`", visible(&gate.gate))).collect();
        let named = if named.is_empty() { "no gate does".to_owned() } else { named.join(", ") };
        return Err(Failure::Usage(format!("--despite names `{}`, which does not fail; {named}", visible(id))));
    }
    let (excused, refused): (Vec<Failing>, Vec<Failing>) =
        failing.into_iter().partition(|gate| arguments.despite.contains(&gate.gate));
    if let Some(first) = refused.first() {
        let fail = if refused.len() == 1 { "fails" } else { "fail" };
        let gates = format!("{} {fail}", counted(refused.len() as u64, "gate"));
        let mut lines = vec![format!("{gates}, so nothing was blessed:")];
        lines.extend(refused.iter().map(|gate| format!("  {}: {}", gate.gate, gate.finding)));
        let word = report::safe::shell_word(&first.gate);
        lines.push(format!("to accept it all the same: mlgate bless --despite {word} --reason 'why'"));
        return Err(Failure::Refused(lines));
    }
    if excused.is_empty() {
        return Ok(Vec::new());
    }
    let reason = arguments.reason.clone().filter(|reason| !reason.trim().is_empty());
    let reason = reason.ok_or_else(|| Failure::Usage("--despite needs a --reason".to_owned()))?;
    let owner = arguments.owner.clone().or_else(|| owner(root)).ok_or_else(|| {
        Failure::Usage("it is not known who blesses; say it with --owner, or set git's user.email".to_owned())
    })?;
    let date = chrono::DateTime::from_timestamp_micros(now).map(|time| time.format("%Y-%m-%d").to_string());
    let date = date.unwrap_or_default();
    let record = |gate: Failing| Excused {
        gate: gate.gate,
        finding: gate.finding,
        reason: reason.clone(),
        owner: owner.clone(),
        date: date.clone(),
    };
    Ok(excused.into_iter().map(record).collect())
}

/// Who it is: as the CI knows them, or git.
fn owner(root: &Path) -> Option<String> {
    let named = ["GITHUB_ACTOR", "GITLAB_USER_LOGIN"].into_iter().find_map(|name| env::var(name).ok());
    named.filter(|name| !name.is_empty()).or_else(|| git::email(root))
}

fn summary(baseline: &Baseline, shown: &str, is_dry: bool, is_configured: bool) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    let item = |text: String| report::safe::line(9, &text);
    line(report::safe::line(0, &format!("{}  {shown}", if is_dry { "nothing written" } else { "blessed" })));
    for (name, dataset) in &baseline.datasets {
        line(item(format!(
            "{name}: {}, {}",
            counted(dataset.rows, "row"),
            counted(dataset.columns.len() as u64, "column")
        )));
    }
    for (name, model) in &baseline.models {
        line(item(format!(
            "{name}: {}, {}",
            counted(model.measured_on.rows, "row"),
            counted(model.numbers.len() as u64, "number")
        )));
    }
    for (name, numbers) in &baseline.reported {
        line(item(format!("{name}: {} of another program", counted(numbers.len() as u64, "number"))));
    }
    match &baseline.commit {
        Some(commit) => {
            let dirty = if commit.dirty { ", with changes that are not committed" } else { "" };
            line(item(format!("commit {}{dirty}", commit.id.get(..12).unwrap_or(&commit.id))));
        }
        None => line(item("no commit".to_owned())),
    }
    if !is_configured && Path::new(shown) == Path::new(stored::USUAL) {
        line(item(format!("`baseline: {shown}` in the config compares with it")));
    }
    text
}

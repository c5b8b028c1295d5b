//! `mlgate bless`: stores the candidate's measurements as the baseline of later changes.

use std::env;
use std::path::Path;

use crate::baseline::{Baseline, Difference, Excused};
use crate::cli::arguments::BlessArguments;
use crate::cli::bless_place::BlessPlace;
use crate::cli::exit::PASSED;
use crate::cli::{load, output, progress};
use crate::config::{Policy, visible};
use crate::gate::verdict::Effect;
use crate::pipeline::bless::{Blessing, Failing, measure};
use crate::pipeline::failure::Failure;
use crate::pipeline::policies;
use crate::pipeline::project::Project;
use crate::pipeline::request::{Request, clock};
use crate::pipeline::stored::Stored;
use crate::pipeline::{git, stored};
use crate::plural::counted;
use crate::publish::claim;
use crate::{bounded, report};

/// Maximum bytes of a report, which is read whole.
const MOST_REPORT: u64 = 256 << 20;

/// Makes the candidate the baseline: measures it, or takes the states of a run's report; prints the differences; writes
/// the file whole or not at all.
pub(in crate::cli) fn bless(arguments: &BlessArguments) -> Result<u8, Failure> {
    let mut project = load::config(arguments.config.as_deref())?;
    policies::load(&mut project, &arguments.policy)?;
    project.baseline.clone_from(&arguments.baseline);
    let (shown, path) =
        stored::place(&project).unwrap_or_else(|| (stored::USUAL.to_owned(), project.root.join(stored::USUAL)));
    let place = BlessPlace::of(&project, arguments.baseline.is_some(), &path)?;
    let old = match path.try_exists() {
        Ok(false) => None,
        _ => Some(Stored::read(shown.clone(), &path)),
    };
    if let Some(why) = old.as_ref().and_then(Stored::problem) {
        return Err(Failure::Environment(format!("{why}; nothing is compared with it, so remove it to bless anew")));
    }
    let before = old.as_ref().and_then(Stored::baseline).cloned();
    let now = arguments.now.unwrap_or_else(clock);
    let Blessing { baseline: mut after, rows, failing } = match &arguments.from {
        Some(report) => {
            let (baseline, failing) = claimed(report, now, &project)?;
            Blessing { baseline, rows: Vec::new(), failing }
        }
        None => {
            let catalog = load::catalog(Some(&project))?;
            let request = Request { only: Vec::new(), now, threads: None, list_flips: None, plots: false, guard: None };
            let progress = progress::shown(arguments.quiet);
            measure(&project, &catalog, &request, old, (&shown, &path), &progress)?
        }
    };
    after.despite = excused(arguments, failing, now, &project.root)?;
    let unwritten = |why: String| Failure::Environment(format!("no baseline was written: {why}"));
    let text = after.to_text().map_err(unwritten)?;
    // A written baseline must be readable.
    Baseline::parse(&text).map_err(|why| unwritten(format!("what was measured {why}")))?;
    let mut said = String::new();
    if let Some(before) = &before {
        let found = Difference::between(before, &after);
        said = report::difference(&found, &shown, if arguments.dry_run { "this change" } else { "blessed now" }) + "\n";
    }
    said += &summary(&after, &shown, arguments.dry_run, project.config.baseline.is_some());
    if !arguments.dry_run {
        for (path, _) in &rows {
            place.check(path)?;
        }
        // The baseline is written last, because it contains the digests of the other files.
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

/// Returns the baseline and the failing gates of a run's report, which must have been held to the policies of the project.
fn claimed(path: &Path, now: i64, project: &Project) -> Result<(Baseline, Vec<Failing>), Failure> {
    let failed = |why: String| Failure::Usage(format!("`{}` cannot be blessed: {why}", path.display()));
    let text = bounded::read_text(path, MOST_REPORT).map_err(|error| failed(error.to_string()))?;
    let report = claim::read_with_states(&text, now).map_err(|error| failed(error.to_string()))?;
    let is_held = |policy: &&Policy| report.provenance.policies.iter().any(|held| held.digest == policy.digest);
    if let Some(policy) = project.policies.iter().find(|policy| !is_held(policy)) {
        let name = visible(&policy.name);
        return Err(failed(format!("its run was not held to the policy `{name}`; repeat it with `--policy`")));
    }
    let Some(states) = report.states else {
        return Err(failed("it holds no states to make a baseline from; `mlgate run --states` adds them".to_owned()));
    };
    let baseline = Baseline::parse(&states.to_string()).map_err(|why| failed(format!("its `states` {why}")))?;
    let failing = report.gates.into_iter().filter(|gate| gate.effect == Effect::Blocks);
    Ok((baseline, failing.map(|gate| Failing { gate: gate.id, finding: gate.message }).collect()))
}

/// Refuses failing gates, except for those that the arguments name with a reason.
fn excused(arguments: &BlessArguments, failing: Vec<Failing>, now: i64, root: &Path) -> Result<Vec<Excused>, Failure> {
    if let Some(id) = arguments.despite.iter().find(|id| !failing.iter().any(|gate| gate.gate == **id)) {
        let named: Vec<String> = failing.iter().map(|gate| format!("`{}`", visible(&gate.gate))).collect();
        let named = match named.as_slice() {
            [] => "no gate fails".to_owned(),
            [only] => format!("the failing gate is {only}"),
            several => format!("the failing gates are {}", several.join(", ")),
        };
        return Err(Failure::Usage(format!("--despite {}: that gate does not fail; {named}", visible(id))));
    }
    let (excused, refused): (Vec<Failing>, Vec<Failing>) =
        failing.into_iter().partition(|gate| arguments.despite.contains(&gate.gate));
    if let Some(first) = refused.first() {
        let fail = if refused.len() == 1 { "fails" } else { "fail" };
        let gates = format!("{} {fail}", counted(refused.len() as u64, "gate"));
        let mut lines = vec![format!("{gates}, so no baseline was written:")];
        lines.extend(refused.iter().map(|gate| format!("  {}: {}", gate.gate, gate.finding)));
        let word = report::safe::shell_word(&first.gate);
        lines.push(format!("to accept it anyway: mlgate bless --despite {word} --reason 'why'"));
        return Err(Failure::Refused(lines));
    }
    if excused.is_empty() {
        return Ok(Vec::new());
    }
    let reason = arguments.reason.clone().filter(|reason| !reason.trim().is_empty());
    let reason = reason.ok_or_else(|| Failure::Usage("--despite needs a --reason".to_owned()))?;
    let owner = arguments.owner.clone().or_else(|| owner(root)).ok_or_else(|| {
        Failure::Usage(
            "the person responsible is not known; name them with --owner, or set git's user.email".to_owned(),
        )
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

/// Returns the owner of the blessing, from the CI system or git.
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
        let columns = counted(dataset.columns.len() as u64, "column");
        line(item(format!("{name}: {}, {columns}", counted(dataset.rows, "row"))));
    }
    for (name, model) in &baseline.models {
        let numbers = counted(model.numbers.len() as u64, "number");
        line(item(format!("{name}: {}, {numbers}", counted(model.measured_on.rows, "row"))));
    }
    for (name, numbers) in &baseline.reported {
        line(item(format!("{name}: {} computed by another program", counted(numbers.len() as u64, "number"))));
    }
    match &baseline.commit {
        Some(commit) => {
            let dirty = if commit.dirty { ", with changes that are not committed" } else { "" };
            line(item(format!("commit {}{dirty}", commit.id.get(..12).unwrap_or(&commit.id))));
        }
        None => line(item("no commit".to_owned())),
    }
    if !is_configured && Path::new(shown) == Path::new(stored::USUAL) {
        line(item(format!("to compare with it, set `baseline: {shown}` in the config")));
    }
    text
}

//! The rounds of a drill: all faults, then lines for the survivors, then the smallest doses.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::bench::{Bench, Catches, CuredConfig};
use super::dose::smallest;
use super::line::{ConfigLine, with_lines};
use super::of_columns::DrilledDataset;
use super::of_models::{DrilledModel, of_metrics};
use super::places::{PlannedFault, SummarisedFile, files, interleaved};
use crate::catalog::Catalog;
use crate::config::{Config, Pattern, Unedited};
use crate::gate::verdict::Effect;
use crate::measurement::TableKind;
use crate::pipeline::failure::Failure;
use crate::pipeline::progress::{OnStep, Step};
use crate::pipeline::project::Project;
use crate::pipeline::request::Request;
use crate::pipeline::session::Session;
use crate::pipeline::trial::Trial;
use crate::report::document::{DrillResult, DrilledFault, FailingGate, FaultNotTried};

/// The parts of the budget at whose ends the first and the second round end, if they take so long.
const ROUNDS: [f64; 2] = [0.6, 0.8];

/// The result of a drill.
pub(crate) struct Drilled {
    pub(crate) result: DrillResult,
    /// The text of the config with the lines for the survivors, or the reason there is none.
    pub(crate) text: Result<String, String>,
}

/// A fault that was planted.
struct PlantedFault {
    fault: PlannedFault,
    catches: Catches,
    cure: Option<ConfigLine>,
    /// A line that is there already, and could be stricter.
    stricter: Option<ConfigLine>,
    smallest: Option<f64>,
    is_searched: bool,
}

/// Plants faults into copies of a config's files, and finds the gates that catch each.
///
/// `only` names kinds, places, or both as `KIND:PLACE`; all of them if empty.
///
/// # Errors
///
/// The config cannot be judged without a fault, or there is no fault to plant.
pub(crate) fn drill(
    project: &Project,
    catalog: &Catalog,
    request: &Request,
    (budget, only): (Duration, &[Pattern]),
    session: &mut Session,
    on_step: OnStep<'_>,
) -> Result<Drilled, Failure> {
    let start = Instant::now();
    let until = |part: f64| move || start.elapsed() < budget.mul_f64(part);
    let trial = Trial::new(project, catalog, request);
    let files = profiled(&project.config, session);
    let mut bench = Bench::new(project, session, trial, files)?;
    let mut planned = planned(&project.config, &bench.files);
    if !only.is_empty() {
        let is_wanted = |name: &str| only.iter().any(|pattern| pattern.matches(name));
        planned.retain(|fault| {
            let (kind, place) = (fault.kind.name, fault.target.as_str());
            is_wanted(kind) || is_wanted(place) || is_wanted(&format!("{kind}:{place}"))
        });
    }
    if planned.is_empty() {
        let why = if only.is_empty() {
            "no fault can be planted into the files that the config names"
        } else {
            "--only matches no fault"
        };
        return Err(Failure::Usage(why.to_owned()));
    }
    let (mut tried, mut not_tried) = first_round(&mut bench, planned, until(ROUNDS[0]), on_step);
    second_round(&mut bench, &mut tried, project, until(ROUNDS[1]), on_step);
    third_round(&mut bench, &mut tried, until(1.0), on_step);
    let lines: BTreeSet<&ConfigLine> = tried.iter().filter_map(|tried| tried.cure.as_ref()).collect();
    let text = with_lines(&project.text, lines.into_iter()).map_err(|line| {
        format!("this line cannot be added without a change of the config's layout; add it yourself: {line}")
    });
    let text = text.and_then(|text| {
        if bench.passes(&text) {
            Ok(text)
        } else {
            Err("the unchanged files do not pass all these lines together; add those that you want yourself".to_owned())
        }
    });
    let failing = bench.base.iter().filter(|(_, (_, effect))| *effect == Effect::Blocks);
    let failing = failing.map(|(id, (verdict, _))| FailingGate { id: id.clone(), verdict: *verdict }).collect();
    let has_caught: BTreeSet<&String> = tried.iter().flat_map(|tried| &tried.catches.blocked).collect();
    let silent = bench.base.keys().filter(|id| !has_caught.contains(id)).cloned().collect();
    let caught = tried.iter().filter(|tried| !tried.catches.blocked.is_empty()).count() as u64;
    let is_warning = |tried: &&PlantedFault| tried.catches.blocked.is_empty() && !tried.catches.warned.is_empty();
    let warned = tried.iter().filter(is_warning).count() as u64;
    let planted = tried.len() as u64;
    tried.sort_by_key(|tried| !tried.catches.blocked.is_empty());
    not_tried.sort_by(|a, b| (&a.fault, &a.target).cmp(&(&b.fault, &b.target)));
    let faults = tried.into_iter().map(told).collect();
    let seed = project.config.seed;
    let result = DrillResult { faults, planted, caught, warned, seed, failing, not_tried, silent, power: Vec::new() };
    Ok(Drilled { result, text })
}

/// Summarises the columns of each file.
fn profiled(config: &Config, session: &Session) -> Vec<SummarisedFile> {
    let profile = |file: super::places::DrilledFile| {
        let read_as = file.tables.first().map(|(_, read_as)| read_as.clone()).unwrap_or_default();
        let profile = session.engine.profile(&file.path, &read_as).map_err(|error| error.0);
        SummarisedFile { file, profile }
    };
    files(config).into_iter().map(profile).collect()
}

/// Returns all faults of a config's files.
fn planned(config: &Config, files: &[SummarisedFile]) -> Vec<PlannedFault> {
    let mut planned = Vec::new();
    let mut drilled = BTreeSet::new();
    for dataset in &config.data {
        let is_own = |known: &SummarisedFile| {
            known.file.tables.iter().any(|(id, _)| id.kind == TableKind::Dataset && id.name == dataset.name.value)
        };
        let Some(file) = files.iter().position(is_own) else { continue };
        // A file of several datasets is drilled once.
        if let (Ok(profile), true) = (&files[file].profile, drilled.insert(file)) {
            planned.extend(DrilledDataset { config, dataset, file, profile }.faults());
        }
    }
    for model in &config.models {
        planned.extend(DrilledModel { config, model, files }.faults());
    }
    for model in &config.reported {
        planned.extend(of_metrics(model, config));
    }
    interleaved(planned)
}

/// Plants each fault once.
fn first_round(
    bench: &mut Bench<'_>,
    planned: Vec<PlannedFault>,
    is_time: impl Fn() -> bool,
    on_step: OnStep<'_>,
) -> (Vec<PlantedFault>, Vec<FaultNotTried>) {
    on_step(Step::Started(planned.len(), "faults"));
    let (mut tried, mut not_tried) = (Vec::new(), Vec::new());
    for fault in planned {
        let catches = if is_time() {
            bench.attempt(&fault, fault.dose, None)
        } else {
            Err("the time was used up; see --budget".to_owned())
        };
        match catches {
            Ok(catches) => tried.push(PlantedFault {
                fault,
                catches,
                cure: None,
                stricter: None,
                smallest: None,
                is_searched: false,
            }),
            Err(why) => not_tried.push(FaultNotTried {
                fault: fault.kind.name.to_owned(),
                target: fault.target,
                dose: fault.dose,
                why,
            }),
        }
        on_step(Step::Done);
    }
    on_step(Step::Ended);
    (tried, not_tried)
}

/// Finds a line for each survivor that the unchanged files pass and that catches the fault.
fn second_round(
    bench: &mut Bench<'_>,
    tried: &mut [PlantedFault],
    project: &Project,
    is_time: impl Fn() -> bool,
    on_step: OnStep<'_>,
) {
    let mut known: BTreeMap<ConfigLine, Option<CuredConfig>> = BTreeMap::new();
    let survivors = tried.iter_mut().filter(|tried| tried.catches.blocked.is_empty()).collect::<Vec<_>>();
    on_step(Step::Started(survivors.len(), "lines"));
    let mut chosen = BTreeSet::new();
    for one in survivors {
        // A line that another fault has brought comes first: the fewer, the better.
        let mut lines = one.fault.cures.clone();
        lines.sort_by_key(|line| !chosen.contains(line));
        for line in lines {
            if !is_time() {
                break;
            }
            let text = match line.added(&project.text) {
                Ok(text) => text,
                Err(Unedited::Exists) => {
                    one.stricter.get_or_insert(line);
                    continue;
                }
                Err(Unedited::Unsafe) => continue,
            };
            let cured = known.entry(line.clone()).or_insert_with(|| bench.cured(text, &one.fault));
            let Some(cured) = cured else { continue };
            let catches = bench.attempt(&one.fault, one.fault.dose, Some(cured));
            if catches.is_ok_and(|catches| !catches.blocked.is_empty()) {
                chosen.insert(line.clone());
                one.cure = Some(line);
                break;
            }
        }
        on_step(Step::Done);
    }
    on_step(Step::Ended);
}

/// Bisects the doses; the doses of one fault of one place share a search.
fn third_round(bench: &mut Bench<'_>, tried: &mut [PlantedFault], is_time: impl Fn() -> bool, on_step: OnStep<'_>) {
    let mut found: BTreeMap<(&'static str, String), (Option<f64>, bool)> = BTreeMap::new();
    on_step(Step::Started(tried.len(), "doses"));
    for at in 0..tried.len() {
        on_step(Step::Done);
        if tried[at].fault.dose.is_none() {
            tried[at].is_searched = true;
            continue;
        }
        let key = (tried[at].fault.kind.name, tried[at].fault.target.clone());
        let result = match found.get(&key) {
            Some(result) => *result,
            None => {
                let of_place = tried
                    .iter()
                    .filter(|other| (other.fault.kind.name, other.fault.target.as_str()) == (key.0, key.1.as_str()));
                let doses: Vec<(f64, bool)> =
                    of_place.filter_map(|other| Some((other.fault.dose?, !other.catches.blocked.is_empty()))).collect();
                search(bench, &tried[at].fault, &doses, &is_time)
            }
        };
        found.insert(key, result);
        (tried[at].smallest, tried[at].is_searched) = result;
    }
    on_step(Step::Ended);
}

/// Returns the smallest dose of a fault that is caught, and true if the search came to its end.
fn search(
    bench: &mut Bench<'_>,
    fault: &PlannedFault,
    known: &[(f64, bool)],
    is_time: &impl Fn() -> bool,
) -> (Option<f64>, bool) {
    let floor = fault.kind.unit.floor(bench.rows(&fault.change));
    let mut is_caught = |dose: f64| {
        let catches = is_time().then(|| bench.attempt(fault, Some(dose), None))?;
        Some(catches.is_ok_and(|catches| !catches.blocked.is_empty()))
    };
    let missed = known.iter().filter(|(_, is_caught)| !is_caught).map(|(dose, _)| *dose);
    let missed = missed.fold(floor / 2.0, f64::max);
    let caught = known.iter().filter(|(dose, is_caught)| *is_caught && *dose > missed).map(|(dose, _)| *dose);
    let mut caught = caught.fold(f64::INFINITY, f64::min);
    if caught.is_infinite() {
        let most = fault.kind.most;
        match if most > missed { is_caught(most) } else { Some(false) } {
            Some(true) => caught = most,
            Some(false) => return (None, true),
            None => return (None, false),
        }
    }
    // Below its floor a dose is the floor.
    let (dose, is_done) = smallest((missed, caught), |dose| is_caught(dose.max(floor)));
    (Some(dose.max(floor.min(caught))), is_done)
}

fn told(tried: PlantedFault) -> DrilledFault {
    let PlantedFault { fault, catches, cure, stricter, smallest, is_searched } = tried;
    let stricter = stricter.filter(|_| cure.is_none());
    DrilledFault {
        fault: fault.kind.name.to_owned(),
        says: fault.kind.says.to_owned(),
        target: fault.target,
        dose: fault.dose,
        dose_unit: fault.kind.unit.name().map(str::to_owned),
        caught_by: catches.blocked.into_iter().collect(),
        warned_by: catches.warned.into_iter().collect(),
        smallest_dose: smallest,
        is_bisected: is_searched,
        suggest: cure.map(|line| line.fragment()),
        tighten: stricter.map(|line| line.dotted()),
    }
}

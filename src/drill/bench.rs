//! The bench on which faults are tried: the open files of a config, their rows in memory, and the verdicts without a fault.

use std::collections::{BTreeMap, BTreeSet};

use super::places::{PlannedChange, PlannedFault, SummarisedFile};
use crate::config::Config;
use crate::engine::{MetricFault, StandIn, TableRows};
use crate::gate::verdict::{Effect, Verdict};
use crate::measurement::{Measurements, TableId};
use crate::pipeline::project::Project;
use crate::pipeline::session::Session;
use crate::pipeline::trial::{Trial, untouched};

/// The name of what catches a fault with which the run itself ends.
pub(super) const RUN: &str = "run";

/// Verdicts and effects of gates, by their ids.
pub(super) type Verdicts = BTreeMap<String, (Verdict, Effect)>;

/// The open files of a config, and its verdicts without a fault.
pub(super) struct Bench<'a> {
    project: &'a Project,
    session: &'a mut Session,
    trial: Trial<'a>,
    pub(super) files: Vec<SummarisedFile>,
    /// The rows of each file, as each of its tables reads them; read when they are needed.
    rows: BTreeMap<usize, Result<Vec<TableRows>, String>>,
    /// The verdicts on the unchanged files.
    pub(super) base: Verdicts,
    known: Measurements,
}

/// The gates that a fault makes block or warn, and that do not without it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Catches {
    pub(super) blocked: BTreeSet<String>,
    pub(super) warned: BTreeSet<String>,
}

/// A config with one more line, and its verdicts on the unchanged files.
pub(super) struct CuredConfig {
    project: Project,
    base: Verdicts,
}

impl<'a> Bench<'a> {
    /// Judges the unchanged files.
    ///
    /// # Errors
    ///
    /// The config cannot be judged at all.
    pub(super) fn new(
        project: &'a Project,
        session: &'a mut Session,
        trial: Trial<'a>,
        files: Vec<SummarisedFile>,
    ) -> Result<Self, crate::pipeline::failure::Failure> {
        let judged = trial.judged(project, session, None, &Measurements::new())?;
        let known = trial.shared(&judged, session);
        Ok(Self { project, session, trial, files, rows: BTreeMap::new(), base: judged.gates, known })
    }

    /// Plants a fault, judges the gates that it can reach, and takes it out again.
    ///
    /// # Errors
    ///
    /// The fault does not apply: the reason.
    pub(super) fn attempt(
        &mut self,
        fault: &PlannedFault,
        dose: Option<f64>,
        cured: Option<&CuredConfig>,
    ) -> Result<Catches, String> {
        let planted = self.planted(&fault.change, dose.unwrap_or(1.0))?;
        let touched: BTreeSet<TableId> = planted.iter().map(|(id, _)| id.clone()).collect();
        let known = untouched(&self.known, &touched);
        let aside: Vec<(TableId, Option<StandIn>)> =
            planted.into_iter().map(|(id, table)| (id.clone(), self.session.exchange(&id, table))).collect();
        let (project, base) = cured.map_or((self.project, &self.base), |cured| (&cured.project, &cured.base));
        let judged = self.trial.judged(project, self.session, Some(&touched), &known);
        for (id, table) in aside {
            if let Some(table) = table {
                self.session.exchange(&id, table);
            }
        }
        Ok(match judged {
            Ok(judged) => Catches::between(base, &judged.gates),
            // A run with this fault would end without a report, and would not pass.
            Err(_) => Catches { blocked: BTreeSet::from([RUN.to_owned()]), warned: BTreeSet::new() },
        })
    }

    /// Returns the config with another text, if it still passes the unchanged files wherever it does now.
    pub(super) fn cured(&mut self, text: String, fault: &PlannedFault) -> Option<CuredConfig> {
        let (Some(config), problems) = Config::read(&text) else { return None };
        if !problems.is_empty() {
            return None;
        }
        let project = Project { text, config, ..self.project.clone() };
        let touched = self.tables(&fault.change);
        let judged = self.trial.judged(&project, self.session, Some(&touched), &self.known).ok()?;
        let is_new = Catches::between(&self.base, &judged.gates) != Catches::default();
        // A gate that is inconclusive without a fault, or undefined, is no improvement.
        let is_sound =
            |(id, (verdict, _)): (&String, &(Verdict, Effect))| self.base.contains_key(id) || *verdict == Verdict::Pass;
        (!is_new && judged.gates.iter().all(is_sound)).then_some(CuredConfig { project, base: judged.gates })
    }

    /// Returns true if a config with this text passes the unchanged files wherever the present one does.
    pub(super) fn passes(&mut self, text: &str) -> bool {
        let (Some(config), problems) = Config::read(text) else { return false };
        let project = Project { text: text.to_owned(), config, ..self.project.clone() };
        let judged = self.trial.judged(&project, self.session, None, &self.known);
        problems.is_empty()
            && judged.is_ok_and(|judged| Catches::between(&self.base, &judged.gates) == Catches::default())
    }

    /// Returns the number of rows of the file that a fault changes.
    pub(super) fn rows(&self, change: &PlannedChange) -> usize {
        let PlannedChange::Table(file, _) = change else { return 1 };
        let rows = self.files[*file].profile.as_ref().map_or(1, |profile| profile.rows);
        usize::try_from(rows).unwrap_or(usize::MAX)
    }

    /// Returns the tables that a fault changes.
    fn tables(&self, change: &PlannedChange) -> BTreeSet<TableId> {
        match change {
            PlannedChange::Table(file, _) => self.files[*file].file.tables.iter().map(|(id, _)| id.clone()).collect(),
            PlannedChange::MetricRenamed(id, _) | PlannedChange::MetricWorse(id, ..) => BTreeSet::from([id.clone()]),
        }
    }

    fn planted(&mut self, change: &PlannedChange, dose: f64) -> Result<Vec<(TableId, StandIn)>, String> {
        let engine = &self.session.engine;
        let (file, fault) = match change {
            PlannedChange::Table(file, fault) => (*file, fault),
            PlannedChange::MetricRenamed(id, name) => {
                return Ok(vec![(id.clone(), engine.planted_metrics(id, &MetricFault::Renamed(name.clone()))?)]);
            }
            PlannedChange::MetricWorse(id, name, lower_is_better) => {
                let by = if *lower_is_better { dose } else { -dose };
                return Ok(vec![(id.clone(), engine.planted_metrics(id, &MetricFault::Changed(name.clone(), by))?)]);
            }
        };
        let tables = &self.files[file].file.tables;
        let seed = self.project.config.seed;
        let read = || tables.iter().map(|(id, _)| engine.rows_of(id, seed).map_err(|error| error.0)).collect();
        let rows = self.rows.entry(file).or_insert_with(read).as_ref().map_err(Clone::clone)?;
        let marked = rows.first().ok_or("no table is read from it")?;
        let one = |((id, _), rows): (&(TableId, _), &TableRows)| {
            Ok((id.clone(), engine.planted(id, (rows, marked), fault, dose)?))
        };
        tables.iter().zip(rows).map(one).collect()
    }
}

impl Catches {
    /// Returns the gates that block or warn in one judgement and did not in the other.
    fn between(before: &Verdicts, after: &Verdicts) -> Self {
        let mut found = Self::default();
        for (id, (_, effect)) in after {
            match (before.get(id).map(|(_, effect)| *effect), effect) {
                (Some(Effect::Blocks), _) => {}
                (_, Effect::Blocks) => {
                    found.blocked.insert(id.clone());
                }
                (Some(Effect::Warns), _) => {}
                (_, Effect::Warns) => {
                    found.warned.insert(id.clone());
                }
                _ => {}
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_fault_adds_is_a_catch() {
        let verdicts = |of: &[(&str, Effect)]| -> Verdicts {
            of.iter().map(|(id, effect)| ((*id).to_owned(), (Verdict::Fail, *effect))).collect()
        };
        let before = verdicts(&[("a", Effect::Blocks), ("b", Effect::None), ("c", Effect::Warns), ("d", Effect::None)]);
        let after = verdicts(&[
            ("a", Effect::Blocks),
            ("b", Effect::Blocks),
            ("c", Effect::Warns),
            ("d", Effect::Warns),
            ("e", Effect::Blocks),
        ]);
        let found = Catches::between(&before, &after);
        assert_eq!(found.blocked.into_iter().collect::<Vec<_>>(), ["b", "e"]);
        assert_eq!(found.warned.into_iter().collect::<Vec<_>>(), ["d"]);
    }
}

//! Reasons for which a number cannot be judged, with the name of the class or the queries that are meant.

use super::super::Constraint;
use super::reading::Judge;
use crate::measurement::{Measured, Measurement, PredictionMeasure};
use crate::stats::{ClassName, Metric, Side};

impl Judge<'_> {
    /// Returns the reason with the name of the class that it concerns.
    pub(super) fn naming_the_class(&self, task: &Constraint, why: String) -> String {
        let (Constraint::Metric { metric, state, .. } | Constraint::Change { metric, state, .. }) = task else {
            return why;
        };
        let Measurement::Predictions(model, _) = state else { return why };
        if let Some(class) = metric.class {
            return self.of_one_class((*metric, class), state, why);
        }
        let classes = Measurement::Predictions(model.clone(), PredictionMeasure::Classes);
        let (Some(Ok(Measured::Classes(classes))), Ok(sides)) = (self.measurements.get(&classes), self.sides(state))
        else {
            return why;
        };
        // The classes of a stored side may be others.
        let sides = match sides.other() {
            Some(_) => vec![(Side::Candidate, sides.candidate())],
            None => [Side::Candidate, Side::Baseline].map(|side| (side, sides.candidate())).to_vec(),
        };
        let reasons = sides.into_iter().filter_map(|(side, state)| metric.value(state, side).err());
        reasons.fold(why, |why, reason| match reason.of_class(classes) {
            Some(named) => why.replace(&reason.to_string(), &named),
            None => why,
        })
    }

    /// Returns the reason with the name of the class that is compared with all others.
    fn of_one_class(&self, (metric, class): (Metric, ClassName), state: &Measurement, why: String) -> String {
        let Ok(sides) = self.sides(state) else { return why };
        let other = sides.other().map(|other| (Side::Candidate, other));
        let states =
            [(Side::Candidate, sides.candidate()), (Side::Baseline, sides.candidate())].into_iter().chain(other);
        let reasons = states.filter_map(|(side, state)| metric.value(state, side).err());
        reasons.fold(why, |why, reason| match reason.of_one_class(class) {
            Some(named) => why.replace(&reason.to_string(), &named),
            None => why,
        })
    }

    /// Returns the reason a ranking's number cannot be judged, if there is one: the two sides have other queries, or
    /// most queries have no relevant row.
    pub(super) fn lost_queries(&self, measurement: &Measurement) -> Option<String> {
        let (of, Measurement::Predictions(model, _)) = (measurement.of_queries()?, measurement) else { return None };
        match self.measurements.get(&Measurement::Predictions(model.clone(), PredictionMeasure::Queries)) {
            Some(Ok(Measured::Queries(queries))) => {
                let is_paired = self
                    .measurements
                    .get(measurement)
                    .is_some_and(|found| found.as_ref().is_ok_and(Measured::is_paired));
                queries.problem(of).or_else(|| if is_paired { None } else { queries.minority() })
            }
            _ => None,
        }
    }
}

//! Readings of groups: their numbers for the list of measurements.

use super::super::Observation;
use super::reading::{GroupRef, Judge, Read, Reading};
use crate::stats::{GroupMeasure, Side, group_rates};

impl Judge<'_> {
    /// Adds the readings of all groups of one side.
    pub(super) fn observe_groups(
        &self,
        observation: &Observation,
        measure: GroupMeasure,
        (side, level): (Side, f64),
        readings: &mut Vec<Reading>,
    ) {
        if side == Side::Baseline && !self.has_baseline(&observation.state).unwrap_or(false) {
            return;
        }
        let grouping = observation.state.grouping();
        let mut push = |key: &[String], name: &str, rows: u64, number: Read| {
            let mut subject = observation.subject.clone();
            subject.insert("group", key.join(" × "));
            let group = grouping.clone().map(|grouping| GroupRef { grouping, key: key.to_vec(), rows });
            readings.push(Reading { subject, side, measure: name.to_owned(), number, group });
        };
        if let GroupMeasure::Metric(metric) = measure {
            for slice in self.slices_of(&observation.state).unwrap_or_default() {
                let number = match self.measured(metric, slice, side) {
                    Ok(measured) => Read::Estimated(measured.metric.map(|inference| inference.at(level))),
                    Err(why) => Read::Reported(Err(why)),
                };
                push(&slice.key, &metric.to_string(), slice.rows, number);
            }
            return;
        }
        let Ok((table, of)) = self.counted(&observation.state, side) else { return };
        for rate in measure.rates() {
            for group in group_rates(*rate, table, of, level, 0) {
                push(&group.key, rate.name(), group.rows, Read::Estimated(group.rate));
            }
        }
    }
}

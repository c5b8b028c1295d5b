//! The points of one run, as TensorBoard's default interface keeps them.
//!
//! A run that was restarted from a checkpoint writes steps again. Where a tag's step does not increase, the points from
//! that step on are replaced (`rustboard`, `StageReservoir`); the start of a session drops them of all tags (`purge_step`).

use std::collections::BTreeMap;

use prost::Message;

use super::event::{Event, HparamsContent, SummaryValue};
use crate::readers::{MetricReading, ReadLimits, RunStatus};

const SESSION_START: i32 = 1;

/// Everything that a run's files say.
#[derive(Default)]
pub(super) struct EventRun {
    tags: BTreeMap<String, Tag>,
    pub(super) hparams: BTreeMap<String, String>,
    pub(super) status: Option<RunStatus>,
    /// The time of the first event, in seconds since 1970.
    pub(super) started: Option<f64>,
}

#[derive(Default)]
struct Tag {
    plugin: Option<String>,
    /// The points that count, by increasing step.
    points: Vec<(i64, f64)>,
}

impl EventRun {
    /// Takes the next event.
    ///
    /// # Errors
    ///
    /// There are too many tags, or a description of hyperparameters is damaged.
    pub(super) fn take(&mut self, event: Event, limits: &ReadLimits) -> Result<(), String> {
        if event.wall_time > 0.0 && self.started.is_none_or(|started| event.wall_time < started) {
            self.started = Some(event.wall_time);
        }
        if event.session_log.is_some_and(|session| session.status == SESSION_START) {
            self.tags.values_mut().for_each(|tag| tag.drop_from(event.step));
        }
        for value in event.summary.into_iter().flat_map(|summary| summary.value) {
            self.value(value, event.step, limits)?;
        }
        Ok(())
    }

    fn value(&mut self, value: SummaryValue, step: i64, limits: &ReadLimits) -> Result<(), String> {
        let SummaryValue { tag, simple_value, tensor, metadata } = value;
        let plugin = metadata.and_then(|metadata| metadata.plugin_data);
        if let Some(plugin) = plugin.as_ref().filter(|plugin| plugin.plugin_name == "hparams") {
            let content = HparamsContent::decode(plugin.content.as_slice());
            self.describe(content.map_err(|error| format!("the hyperparameters are damaged: {error}"))?);
            return Ok(());
        }
        if !self.tags.contains_key(&tag) && self.tags.len() >= limits.entries {
            return Err(format!("it has too many tags; limit: {}", limits.entries));
        }
        let known = self.tags.entry(tag).or_default();
        if let Some(plugin) = plugin.filter(|plugin| !plugin.plugin_name.is_empty()) {
            known.plugin.get_or_insert(plugin.plugin_name);
        }
        let is_scalar = known.plugin.as_deref().is_none_or(|plugin| plugin == "scalars");
        let number = match (simple_value, tensor) {
            (Some(number), _) if is_scalar => Some(f64::from(number)),
            // A tensor without a plugin may be anything, such as the summary of an own plugin.
            (None, Some(tensor)) if known.plugin.is_some() && is_scalar => tensor.scalar(),
            _ => None,
        };
        if let Some(number) = number {
            known.drop_from(step);
            known.points.push((step, number));
            // Steps only grow from here, so what precedes matters only if a later event goes back.
            if known.points.len() > limits.nodes {
                return Err(format!("a tag has too many points; limit: {}", limits.nodes));
            }
        }
        Ok(())
    }

    fn describe(&mut self, content: HparamsContent) {
        if let Some(start) = content.start {
            self.hparams.extend(
                start.hparams.iter().map(|(name, value)| (name.clone(), value.shown())).collect::<BTreeMap<_, _>>(),
            );
        }
        if let Some(end) = content.end {
            self.status = match end.status {
                1 => Some(RunStatus::Finished),
                2 => Some(RunStatus::Failed),
                3 => Some(RunStatus::Running),
                _ => None,
            };
        }
    }

    /// Returns the last value of each tag that has one.
    pub(super) fn metrics(&self) -> impl Iterator<Item = (&str, MetricReading)> {
        self.tags.iter().filter_map(|(name, tag)| {
            let (step, value) = *tag.points.last()?;
            Some((name.as_str(), MetricReading { step: Some(step), ..MetricReading::of(value) }))
        })
    }
}

impl Tag {
    fn drop_from(&mut self, step: i64) {
        while self.points.last().is_some_and(|(known, _)| *known >= step) {
            self.points.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::super::event::{EventSummary, PluginData, SessionLog, SummaryMetadata, Tensor};
    use super::*;

    fn event(step: i64, value: f32) -> Event {
        let value = SummaryValue { tag: "loss".to_owned(), simple_value: Some(value), ..SummaryValue::default() };
        Event { step, summary: Some(EventSummary { value: vec![value] }), ..Event::default() }
    }

    fn last(events: Vec<Event>) -> Option<(Option<i64>, f64)> {
        let mut run = EventRun::default();
        events.into_iter().for_each(|event| run.take(event, &ReadLimits::default()).unwrap());
        run.metrics().next().map(|(_, reading)| (reading.step, reading.value))
    }

    #[test]
    fn a_restart_replaces_the_points_from_its_step_on() {
        assert_eq!(last(vec![event(1, 1.0), event(9, 0.5), event(3, 0.25)]), Some((Some(3), 0.25)));
        assert_eq!(last(vec![event(1, 1.0), event(1, 0.5)]), Some((Some(1), 0.5)));
        let start = |step| Event { step, session_log: Some(SessionLog { status: 1 }), ..Event::default() };
        assert_eq!(last(vec![event(1, 1.0), event(9, 0.5), start(5)]), Some((Some(1), 1.0)));
        assert_eq!(last(vec![event(1, 1.0), start(0)]), None);
    }

    #[test]
    fn a_tensor_is_a_scalar_where_its_first_event_says_so() {
        let tensor = |value: f32| Tensor { dtype: 1, content: value.to_le_bytes().to_vec(), ..Tensor::default() };
        let of = |value: f32, plugin: Option<&str>| {
            let data = |name: &str| PluginData { plugin_name: name.to_owned(), content: Vec::new() };
            let metadata = |name| SummaryMetadata { plugin_data: Some(data(name)) };
            let (tag, tensor) = ("t".to_owned(), Some(tensor(value)));
            let metadata = plugin.map(metadata);
            let value = SummaryValue { tag, tensor, metadata, ..SummaryValue::default() };
            Event { summary: Some(EventSummary { value: vec![value] }), ..Event::default() }
        };
        let at = |step, event| Event { step, ..event };
        assert_eq!(last(vec![at(1, of(0.5, Some("scalars"))), at(2, of(0.25, None))]), Some((Some(2), 0.25)));
        assert_eq!(last(vec![of(0.5, None)]), None);
        assert_eq!(last(vec![of(0.5, Some("images")), at(1, of(0.25, None))]), None);
    }
}

//! Waivers of gates: a failing gate that somebody accepts until a day does not block the merge.
//!
//! A waived gate is measured and judged like any other. Only a verdict can be waived: nobody can accept the unknown
//! result of a gate that could not be evaluated. A waiver that has ended makes its gates fail, so that it is not
//! forgotten.

use chrono::{DateTime, Days, NaiveDate};

use super::verdict::{Effect, Verdict};
use crate::config::{self, Span};

/// Maximum number of days before a waiver ends; a longer exception requires another limit.
pub const MOST_DAYS: u64 = 366;

/// A waiver of a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The person or team that accepts the failing gate.
    pub owner: String,
    /// The reason for accepting it.
    pub reason: String,
    /// The last day on which the waiver is valid, in UTC.
    pub until: NaiveDate,
    /// True: the last day is over.
    pub has_ended: bool,
    /// The waiver's place in the config.
    pub at: Span,
}

impl Waiver {
    /// Returns a waiver of the config at the time `now`, in microseconds since 1970.
    pub(super) fn at(waiver: &config::WaiverConfig, now: i64) -> Self {
        Self {
            owner: waiver.owner.clone(),
            reason: waiver.reason.clone(),
            until: waiver.until,
            has_ended: day(now).is_none_or(|today| today > waiver.until),
            at: waiver.span,
        }
    }

    /// Returns the verdict and the effect of a gate under this waiver.
    pub fn weigh(&self, verdict: Verdict, effect: Effect) -> (Verdict, Effect) {
        weigh(self.has_ended, verdict, effect)
    }
}

/// Returns the verdict and the effect of a gate under a waiver that may have ended.
pub fn weigh(has_ended: bool, verdict: Verdict, effect: Effect) -> (Verdict, Effect) {
    match (verdict, effect) {
        (Verdict::Error, _) => (verdict, effect),
        _ if has_ended => (Verdict::Fail, Effect::Blocks),
        (_, Effect::Blocks | Effect::Warns) => (verdict, Effect::Waived),
        (_, Effect::None | Effect::Waived) => (verdict, effect),
    }
}

/// Returns the latest possible last day of a waiver at the time `now`, in microseconds since 1970.
pub fn latest(now: i64) -> Option<NaiveDate> {
    day(now).and_then(|today| today.checked_add_days(Days::new(MOST_DAYS)))
}

/// Returns the day of a time in microseconds since 1970, in UTC.
pub fn day(micros: i64) -> Option<NaiveDate> {
    DateTime::from_timestamp_micros(micros).map(|moment| moment.date_naive())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiver(has_ended: bool) -> Waiver {
        Waiver {
            owner: "@alice".to_owned(),
            reason: "labels are late".to_owned(),
            until: NaiveDate::MIN,
            has_ended,
            at: Span { start: 0, end: 0 },
        }
    }

    #[test]
    fn a_broken_demand_is_waived_and_nothing_else_is() {
        let weigh = |verdict, effect| waiver(false).weigh(verdict, effect);
        assert_eq!(weigh(Verdict::Fail, Effect::Blocks), (Verdict::Fail, Effect::Waived));
        assert_eq!(weigh(Verdict::Inconclusive, Effect::Warns), (Verdict::Inconclusive, Effect::Waived));
        assert_eq!(weigh(Verdict::Error, Effect::Blocks), (Verdict::Error, Effect::Blocks));
        assert_eq!(weigh(Verdict::Pass, Effect::None), (Verdict::Pass, Effect::None));
        assert_eq!(weigh(Verdict::Fail, Effect::None), (Verdict::Fail, Effect::None));
    }

    #[test]
    fn a_waiver_that_has_ended_fails_whatever_was_found() {
        for verdict in [Verdict::Pass, Verdict::Fail, Verdict::Inconclusive, Verdict::NotApplicable] {
            assert_eq!(waiver(true).weigh(verdict, Effect::None), (Verdict::Fail, Effect::Blocks));
        }
        assert_eq!(waiver(true).weigh(Verdict::Error, Effect::Blocks), (Verdict::Error, Effect::Blocks));
    }

    #[test]
    fn the_last_day_counts_to_its_end_in_utc() {
        let until = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap_or_default();
        let text = config::WaiverConfig {
            owner: String::new(),
            reason: String::new(),
            until,
            span: Span { start: 0, end: 0 },
        };
        let ended = |now: &str| {
            let now = DateTime::parse_from_rfc3339(now).map_or(0, |now| now.timestamp_micros());
            Waiver::at(&text, now).has_ended
        };
        assert!(!ended("2026-01-31T23:59:59Z"));
        assert!(ended("2026-02-01T00:00:00Z"));
        assert!(!ended("2026-02-01T01:00:00+02:00"));
        assert!(Waiver::at(&text, i64::MAX).has_ended);
    }
}

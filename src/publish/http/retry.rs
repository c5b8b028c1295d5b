//! The decision to repeat a request to a forge: a pure function of one response.
//!
//! The rules are GitHub's, of which those of other forges are a part ("Best practices for using the REST API"): follow `retry-after`; if no request remains, wait
//! until `x-ratelimit-reset`; after a secondary limit without either, wait a minute. A request that was rejected by a
//! rate limit was not carried out, so any request may be repeated. A request that broke off may have been carried out,
//! so only one that is harmless to repeat is repeated.

use std::time::Duration;

/// The relevant parts of a response.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Signs<'a> {
    /// The status; 0 if there was no response.
    pub(super) status: u16,
    /// `retry-after`, in seconds.
    pub(super) retry_after: Option<u64>,
    /// `x-ratelimit-remaining`.
    pub(super) remaining: Option<u64>,
    /// `x-ratelimit-reset`, in seconds since 1970.
    pub(super) reset: Option<u64>,
    /// The message of the response.
    pub(super) message: &'a str,
}

/// The consequence of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Advice {
    /// The response is final, a success or an error.
    Take,
    /// The request was not carried out: repeat it after this time.
    Again(Duration),
    /// It is unknown if the request was carried out: repeat it after this time, if that is harmless.
    Unsure(Duration),
}

/// The wait after a secondary limit that does not say how long it lasts.
const MINUTE: Duration = Duration::from_secs(60);

/// Judges the response to the request's `attempt`, counted from 0, at `now`, in seconds since 1970.
pub(super) fn advise(signs: Signs<'_>, attempt: u32, now: u64) -> Advice {
    match signs.status {
        403 | 429 if let Some(wait) = rate_limit(signs, now) => Advice::Again(wait),
        // GitLab could not lock what two jobs write at the same time, and has written nothing.
        409 if signs.message.to_ascii_lowercase().contains("lock") => {
            Advice::Again(Duration::from_secs(1 << attempt.min(5)))
        }
        0 | 500 | 502 | 503 | 504 => {
            // The wait doubles from one second; a server under maintenance may set another.
            let wait = signs.retry_after.map_or(Duration::from_secs(1 << attempt.min(5)), Duration::from_secs);
            Advice::Unsure(wait)
        }
        _ => Advice::Take,
    }
}

/// Returns the duration of a rate limit; `None` if a 403 is about permissions.
fn rate_limit(signs: Signs<'_>, now: u64) -> Option<Duration> {
    if let Some(seconds) = signs.retry_after {
        return Some(Duration::from_secs(seconds));
    }
    if signs.remaining == Some(0) {
        // The clocks of two machines differ a little; a second too late does no harm.
        return Some(signs.reset.map_or(MINUTE, |reset| Duration::from_secs(reset.saturating_sub(now) + 1)));
    }
    let said = signs.message.to_ascii_lowercase();
    let limited = signs.status == 429 || said.contains("rate limit") || said.contains("abuse detection");
    limited.then_some(MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(status: u16) -> Signs<'static> {
        Signs { status, ..Signs::default() }
    }

    fn again(seconds: u64) -> Advice {
        Advice::Again(Duration::from_secs(seconds))
    }

    #[test]
    fn a_limit_says_how_long_it_lasts() {
        assert_eq!(advise(Signs { retry_after: Some(7), ..signs(403) }, 0, 0), again(7));
        assert_eq!(
            advise(Signs { retry_after: Some(7), remaining: Some(0), reset: Some(99), ..signs(429) }, 0, 0),
            again(7)
        );
        assert_eq!(advise(Signs { remaining: Some(0), reset: Some(1_030), ..signs(403) }, 0, 1_000), again(31));
        assert_eq!(advise(Signs { remaining: Some(0), reset: Some(900), ..signs(403) }, 0, 1_000), again(1));
        assert_eq!(advise(Signs { remaining: Some(0), ..signs(403) }, 0, 1_000), again(60));
    }

    #[test]
    fn a_secondary_limit_without_a_time_takes_a_minute() {
        assert_eq!(advise(signs(429), 0, 0), again(60));
        let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
        assert_eq!(advise(Signs { message, ..signs(403) }, 0, 0), again(60));
    }

    #[test]
    fn missing_permissions_do_not_come_with_time() {
        let message = "Resource not accessible by integration";
        assert_eq!(advise(Signs { message, remaining: Some(4_999), ..signs(403) }, 0, 0), Advice::Take);
    }

    #[test]
    fn what_broke_off_may_have_been_done() {
        assert_eq!(advise(signs(502), 0, 0), Advice::Unsure(Duration::from_secs(1)));
        assert_eq!(advise(signs(0), 2, 0), Advice::Unsure(Duration::from_secs(4)));
        assert_eq!(advise(Signs { retry_after: Some(9), ..signs(503) }, 0, 0), Advice::Unsure(Duration::from_secs(9)));
    }

    #[test]
    fn what_another_job_locks_is_written_a_little_later() {
        let message = "409 Conflict: Resource lock";
        assert_eq!(advise(Signs { message, ..signs(409) }, 1, 0), again(2));
    }

    #[test]
    fn answers_are_taken() {
        for status in [200, 201, 304, 401, 404, 409, 410, 422] {
            assert_eq!(advise(signs(status), 0, 0), Advice::Take);
        }
    }
}

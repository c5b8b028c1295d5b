//! The queries of a ranking, and the check that both sides were measured on the same ones.
//!
//! The rows of a retrieval run are those that it returned. A query whose relevant rows were not returned has no value,
//! so a side that returns less would be measured on fewer queries and look no worse.

use serde::{Deserialize, Serialize};

use crate::plural::{counted, verb};
use crate::stats::QueryValue;

/// The queries of one side.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queries {
    /// The number of queries.
    pub all: u64,
    /// The number of queries without a relevant row, which take no part.
    pub without_relevant: u64,
    /// A digest of all queries' names.
    pub names: String,
    /// A digest of the names of queries with a relevant row.
    pub judged: String,
    /// A digest of the names of queries with a relevant row, each with the gains of its relevant rows.
    pub gains: String,
    /// Parts of the hashes of some names, which distinguish other queries from missing ones.
    pub sample: Vec<u16>,
}

/// The queries of a ranking on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankedQueries {
    /// The candidate's queries.
    pub candidate: Queries,
    /// The baseline's queries, if its rows are not those of the candidate.
    pub baseline: Option<Queries>,
    /// The number of queries that both sides contain, if it was counted.
    pub shared: Option<u64>,
}

impl RankedQueries {
    /// Returns the sentence on the queries that take no part.
    pub fn left_out(&self) -> String {
        let of = |queries: &Queries| format!("{} of {}", queries.without_relevant, queries.all);
        match &self.baseline {
            None => {
                let left_out = self.candidate.without_relevant;
                let [have, are] = ["have", "are"].map(|many| verb(left_out, many));
                format!("{} queries {have} no relevant row and {are} left out", of(&self.candidate))
            }
            Some(baseline) => format!(
                "{} queries of the candidate and {} of the baseline have no relevant row and are left out",
                of(&self.candidate),
                of(baseline)
            ),
        }
    }

    /// Returns the reason this value cannot be compared between the sides, or with a limit that was set for the
    /// baseline's queries.
    pub fn problem(&self, of: QueryValue) -> Option<String> {
        let Self { candidate, baseline: Some(baseline), .. } = self else { return None };
        let needs_all = matches!(of, QueryValue::Ndcg(_) | QueryValue::AveragePrecision | QueryValue::Recall(_));
        let advice = "a relevant row that a side did not return does not count against it; give both sides the same rows: every \
                      relevant one of each query, scored below the others where it was not returned";
        if candidate.names == baseline.names {
            return if candidate.judged != baseline.judged {
                Some(format!(
                    "{} of {} queries {} no relevant row in the candidate, and {} of {} in the baseline: {advice}",
                    candidate.without_relevant,
                    candidate.all,
                    verb(candidate.without_relevant, "have"),
                    baseline.without_relevant,
                    baseline.all
                ))
            } else if needs_all && candidate.gains != baseline.gains {
                Some(format!("the relevant rows of the queries are not the same on both sides: {advice}"))
            } else {
                None
            };
        }
        if self.are_others() {
            let leaves_out_more = u128::from(candidate.without_relevant) * u128::from(baseline.all)
                > u128::from(baseline.without_relevant) * u128::from(candidate.all);
            return leaves_out_more.then(|| {
                format!(
                    "{} of {} queries {} no relevant row in the candidate, and {} of {} other queries in the baseline: {advice}",
                    candidate.without_relevant,
                    candidate.all,
                    verb(candidate.without_relevant, "have"),
                    baseline.without_relevant,
                    baseline.all
                )
            });
        }
        let shared = self.shared.map_or_else(String::new, |shared| format!(", with {shared} in common"));
        Some(format!(
            "the candidate has {}, and the baseline {}{shared}: {advice}",
            counted(candidate.all, "query"),
            baseline.all
        ))
    }

    /// Returns the reason the candidate's number does not represent its queries: most of them have no relevant row.
    /// With the same rows on both sides, the number is comparable however many they are.
    pub fn minority(&self) -> Option<String> {
        let Queries { all, without_relevant, .. } = &self.candidate;
        (without_relevant.saturating_mul(2) > *all).then(|| {
            let have = verb(*without_relevant, "have");
            format!(
                "{without_relevant} of {all} queries {have} no relevant row, so the number would rest on the few that have one; add the \
                 relevant rows that were not returned, scored below the others"
            )
        })
    }

    /// Returns true if the queries of the two sides are unrelated.
    fn are_others(&self) -> bool {
        let Self { candidate, baseline: Some(baseline), shared } = self else { return true };
        if let Some(shared) = shared {
            return *shared == 0;
        }
        let common = candidate.sample.iter().filter(|hash| baseline.sample.contains(hash)).count();
        // Parts of different names' hashes can collide; and the sample may contain none of far fewer queries.
        let is_small = candidate.all.min(baseline.all) < 4;
        common < if is_small { 1 } else { 2 } && candidate.all.saturating_mul(2) >= baseline.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queries(all: u64, without_relevant: u64, names: &str, judged: &str) -> Queries {
        let text = |text: &str| text.to_owned();
        Queries {
            all,
            without_relevant,
            names: text(names),
            judged: text(judged),
            gains: text(judged),
            sample: vec![1, 2, 3],
        }
    }

    fn problem(candidate: Queries, baseline: Queries, shared: Option<u64>) -> Option<String> {
        RankedQueries { candidate, baseline: Some(baseline), shared }.problem(QueryValue::Hit(1))
    }

    #[test]
    fn queries_that_one_side_lost_are_told_from_other_ones() {
        let whole = || queries(40, 0, "n", "j");
        assert_eq!(problem(whole(), whole(), Some(40)), None);
        let lost = problem(queries(40, 34, "n", "k"), whole(), Some(40)).unwrap_or_default();
        assert!(
            lost.starts_with("34 of 40 queries have no relevant row in the candidate, and 0 of 40 in the baseline"),
            "{lost}"
        );
        let fewer = problem(queries(6, 0, "m", "k"), whole(), Some(6)).unwrap_or_default();
        assert!(fewer.starts_with("the candidate has 6 queries, and the baseline 40, with 6 in common"), "{fewer}");
        assert_eq!(problem(queries(30, 0, "m", "k"), whole(), Some(0)), None);
        assert!(problem(queries(30, 20, "m", "k"), whole(), Some(0)).is_some());
        // The sample decides if the shared queries were not counted.
        assert!(problem(queries(30, 0, "m", "k"), whole(), None).is_some());
        let others = Queries { sample: vec![7, 8, 9], ..queries(30, 0, "m", "k") };
        assert_eq!(problem(others.clone(), whole(), None), None);
        assert!(problem(Queries { all: 3, ..others }, whole(), None).is_some());
    }

    #[test]
    fn most_queries_have_something_to_be_found() {
        let alone = |without| RankedQueries { candidate: queries(40, without, "n", "j"), baseline: None, shared: None };
        assert_eq!(alone(20).minority(), None);
        assert!(alone(21).minority().unwrap_or_default().starts_with("21 of 40 queries have no relevant row"));
    }

    #[test]
    fn rows_that_were_not_returned_matter_to_what_is_of_all_relevant_ones() {
        let (candidate, baseline) =
            (Queries { gains: "x".to_owned(), ..queries(40, 0, "n", "j") }, queries(40, 0, "n", "j"));
        let both = RankedQueries { candidate, baseline: Some(baseline), shared: Some(40) };
        assert_eq!(both.problem(QueryValue::ReciprocalRank), None);
        assert!(both.problem(QueryValue::Recall(10)).is_some());
    }
}

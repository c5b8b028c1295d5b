//! Value of each query's ranking. Tied scores are averaged over all orders of the tied rows (McSherry and Najork 2008),
//! so that the order of the rows in a file does not matter.

use crate::stats::QueryValue;

/// Gains of one query's rows with tied scores, the largest first.
type Run<'a> = &'a [f64];

/// Returns the value of one query; `None` if it has no relevant row, and so nothing to find.
pub(crate) fn value(of: QueryValue, gains: &[f64], scores: &[f64]) -> Option<f64> {
    let mut rows: Vec<(f64, f64)> = scores.iter().copied().zip(gains.iter().copied()).collect();
    rows.sort_by(|left, right| (right.0 + 0.0).total_cmp(&(left.0 + 0.0)).then(right.1.total_cmp(&left.1)));
    let ranked: Vec<f64> = rows.iter().map(|(_, gain)| *gain).collect();
    let mut runs: Vec<Run> = Vec::new();
    let mut start = 0;
    #[expect(clippy::float_cmp, reason = "a tie is the very same score")]
    for run in rows.chunk_by(|left, right| left.0 == right.0) {
        runs.push(&ranked[start..start + run.len()]);
        start += run.len();
    }
    let relevant = ranked.iter().filter(|gain| **gain > 0.0).count();
    if relevant == 0 {
        return None;
    }
    Some(match of {
        QueryValue::Ndcg(k) => discounted(&runs, k) / best(&ranked, k),
        QueryValue::Dcg(k) => discounted(&runs, k),
        QueryValue::AveragePrecision => average_precision(&runs) / float(relevant),
        QueryValue::ReciprocalRank => reciprocal_rank(&runs),
        QueryValue::Precision(k) => hits(&runs, k) / float(k),
        QueryValue::Recall(k) => hits(&runs, k) / float(relevant),
        QueryValue::Hit(k) => 1.0 - no_hit(&runs, k),
    })
}

fn discount(rank: usize) -> f64 {
    1.0 / (float(rank) + 1.0).log2()
}

fn discounted(runs: &[Run], k: usize) -> f64 {
    let mut rank = 0;
    let mut sum = 0.0;
    for run in runs {
        let mean = run.iter().sum::<f64>() / float(run.len());
        let discounts: f64 = (rank + 1..=rank + run.len()).take_while(|rank| *rank <= k).map(discount).sum();
        sum += mean * discounts;
        rank += run.len();
    }
    sum
}

fn best(gains: &[f64], k: usize) -> f64 {
    let mut gains = gains.to_vec();
    gains.sort_by(|left, right| right.total_cmp(left));
    gains.iter().enumerate().take(k).map(|(index, gain)| gain * discount(index + 1)).sum()
}

/// Returns the average precision: the precision at each relevant row, including the rows tied with it, as scikit-learn
/// does.
fn average_precision(runs: &[Run]) -> f64 {
    let (mut seen, mut found, mut sum) = (0, 0, 0.0);
    for run in runs {
        let relevant = relevant(run);
        seen += run.len();
        found += relevant;
        sum += float(relevant) * float(found) / float(seen);
    }
    sum
}

/// Returns the mean of 1 / rank of the first relevant row, over all orders of the first run that has one.
fn reciprocal_rank(runs: &[Run]) -> f64 {
    let mut rank = 0;
    for run in runs {
        let relevant = relevant(run);
        if relevant > 0 {
            let mut sum = 0.0;
            let mut none_so_far = 1.0;
            for place in 0..=run.len() - relevant {
                let left = float(run.len() - place);
                sum += none_so_far * float(relevant) / left / float(rank + place + 1);
                none_so_far *= (left - float(relevant)) / left;
            }
            return sum;
        }
        rank += run.len();
    }
    0.0
}

/// Returns the number of relevant rows among the first k; a run that ends beyond counts in proportion.
fn hits(runs: &[Run], k: usize) -> f64 {
    let mut rank = 0;
    let mut sum = 0.0;
    for run in runs {
        let inside = run.len().min(k.saturating_sub(rank));
        sum += float(relevant(run)) * float(inside) / float(run.len());
        rank += run.len();
    }
    sum
}

/// Returns the probability that none of the first k rows is relevant.
fn no_hit(runs: &[Run], k: usize) -> f64 {
    let mut rank = 0;
    let mut chance = 1.0;
    for run in runs {
        let inside = run.len().min(k.saturating_sub(rank));
        let others = run.len() - relevant(run);
        for place in 0..inside {
            chance *= float(others.saturating_sub(place)) / float(run.len() - place);
        }
        rank += run.len();
    }
    chance
}

fn relevant(run: Run) -> usize {
    run.iter().filter(|gain| **gain > 0.0).count()
}

#[expect(clippy::cast_precision_loss, reason = "a number of rows of a query")]
fn float(rows: usize) -> f64 {
    rows as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    /// Returns the mean over all orders of tied rows, by enumeration.
    fn by_definition(of: QueryValue, gains: &[f64], scores: &[f64]) -> f64 {
        fn orders(left: &[usize], chosen: &[usize], found: &mut Vec<Vec<usize>>) {
            if left.is_empty() {
                found.push(chosen.to_vec());
            }
            for row in left {
                let rest: Vec<usize> = left.iter().copied().filter(|other| other != row).collect();
                orders(&rest, &[chosen, &[*row]].concat(), found);
            }
        }
        let mut all = Vec::new();
        orders(&(0..gains.len()).collect::<Vec<_>>(), &[], &mut all);
        all.retain(|order| order.windows(2).all(|pair| scores[pair[0]] >= scores[pair[1]]));
        let sum: f64 = all
            .iter()
            .map(|order| {
                let gains: Vec<f64> = order.iter().map(|row| gains[*row]).collect();
                let apart: Vec<f64> = (0..gains.len()).map(|rank| -(rank as f64)).collect();
                value(of, &gains, &apart).unwrap()
            })
            .sum();
        sum / all.len() as f64
    }

    #[test]
    fn ties_are_the_mean_over_all_orders() {
        let gains = [0.0, 3.0, 1.0, 0.0, 2.0, 0.0];
        for scores in [[1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [3.0, 2.0, 2.0, 2.0, 1.0, 1.0], [5.0, 5.0, 4.0, 3.0, 3.0, 3.0]] {
            for k in [1, 2, 3, 5] {
                for of in [
                    QueryValue::Ndcg(k),
                    QueryValue::ReciprocalRank,
                    QueryValue::Precision(k),
                    QueryValue::Recall(k),
                    QueryValue::Hit(k),
                ] {
                    let (found, expected) = (value(of, &gains, &scores).unwrap(), by_definition(of, &gains, &scores));
                    assert!((found - expected).abs() < 1e-12, "{of:?} {scores:?}: {found} is not {expected}");
                }
            }
        }
    }

    #[test]
    fn a_query_without_relevant_rows_has_no_value() {
        assert_eq!(value(QueryValue::Ndcg(3), &[0.0, 0.0], &[1.0, 2.0]), None);
        assert_eq!(value(QueryValue::Hit(1), &[0.0, 1.0], &[1.0, 2.0]), Some(1.0));
        assert_eq!(value(QueryValue::ReciprocalRank, &[1.0, 0.0], &[1.0, 2.0]), Some(0.5));
    }
}

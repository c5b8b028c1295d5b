//! "Did you mean …?"

/// The candidate that `word` was most likely meant to be, if any is near enough.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed(candidate.chars().count().min(lower.chars().count())))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn distance(left: &str, right: &str) -> usize {
    // `max_drops` and `droping` are slips; so are `score` for `scores` and `auc` for `roc_auc`.
    let part =
        left.len() >= 3 && (right.split('_').any(|part| part == left) || left.split('_').any(|part| part == right));
    if part { 1 } else { strsim::damerau_levenshtein(left, right) }
}

/// One slip in a short word, two in a longer one, a third of a long one.
fn allowed(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=4 => 1,
        5..=8 => 2,
        long => long / 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let known = ["nulls", "range", "regex", "unique", "roc_auc", "max_drop"];
        let meant = |word| did_you_mean(word, known);
        assert_eq!(meant("null"), Some("nulls"));
        assert_eq!(meant("Unique"), Some("unique"));
        assert_eq!(meant("max_dorp"), Some("max_drop"));
        assert_eq!(meant("auc"), Some("roc_auc"));
        assert_eq!(meant("freshness"), None);
        assert_eq!(meant("in"), None);
    }
}

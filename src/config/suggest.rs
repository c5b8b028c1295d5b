//! "Did you mean …?"

/// Returns the nearest candidate to `word`, if any is near enough to be meant.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .filter_map(|candidate| Some((distance(&lower, &candidate.to_lowercase())?, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Longer words are not compared.
const LONGEST: usize = 500;

/// Returns the distance of two words if they are near: first by edit distance, then by a part that stands for the
/// whole.
fn distance(left: &str, right: &str) -> Option<usize> {
    let (of_left, of_right) = (left.chars().count(), right.chars().count());
    let most = allowed(of_left.min(of_right));
    // Words of very different lengths are not near, and long words are expensive to compare.
    if of_left.abs_diff(of_right) <= most && of_left.max(of_right) <= LONGEST {
        let slips = strsim::damerau_levenshtein(left, right);
        if slips <= most {
            return Some(slips);
        }
    }
    // Matches `auc` with `roc_auc`, `score` with `model_score`, and `std` with `std_dev` and `stddev`.
    let is_part = |part: &str, whole: &str| {
        part.len() >= 3 && (whole.starts_with(part) || whole.split('_').any(|word| word == part))
    };
    (is_part(left, right) || is_part(right, left)).then_some(usize::MAX)
}

/// Returns the allowed edit distance: none or one in a short word, two in a longer one, a third of a long one.
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
        assert_eq!(did_you_mean("std", ["maximum", "stddev"]), Some("stddev"));
        assert_eq!(meant("in"), None);
        // The whole name is nearer than its part.
        assert_eq!(did_you_mean("max_drp", ["max", "max_drop"]), Some("max_drop"));
    }
}

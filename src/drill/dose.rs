//! The smallest dose of a fault that is caught.

/// The ratio of two doses that are close enough.
const CLOSE: f64 = 1.1;

/// Bisects between a dose that is not caught and one that is, by their ratio; each dose has two digits.
///
/// Returns the smallest dose that was caught, and true if the search came to its end: `is_caught` returns `None` when the
/// time is over. A dose may be caught though a larger one is not, so the result is a dose that was caught, and another
/// close below that was not.
pub(super) fn smallest((mut low, mut high): (f64, f64), mut is_caught: impl FnMut(f64) -> Option<bool>) -> (f64, bool) {
    while high / low > CLOSE {
        let middle = two_digits((low * high).sqrt());
        if middle <= low || middle >= high {
            break;
        }
        match is_caught(middle) {
            Some(true) => high = middle,
            Some(false) => low = middle,
            None => return (high, false),
        }
    }
    (high, true)
}

/// Rounds a positive number to two digits.
fn two_digits(number: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "a number of decimals")]
    let places = (1.0 - number.log10().floor()) as i32;
    // The text is exact, where a multiplication by a power of ten may not be.
    let text = format!("{:.*}", usize::try_from(places).unwrap_or(0), number);
    text.parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_caught_dose_is_found() {
        let mut tried = 0;
        let found = smallest((0.0001, 1.0), |dose| {
            tried += 1;
            Some(dose >= 0.03)
        });
        assert!((0.03..0.033).contains(&found.0) && found.1, "{found:?}");
        assert!(tried < 10, "{tried}");
        assert_eq!(smallest((0.001, 0.2), |_| Some(true)), (0.0011, true));
        assert_eq!(smallest((0.001, 0.2), |_| Some(false)), (0.2, true));
        assert_eq!(smallest((0.001, 0.2), |_| None), (0.2, false));
    }

    #[test]
    fn doses_have_two_digits() {
        assert_eq!(two_digits(0.012_34), 0.012);
        assert_eq!(two_digits(14.7), 15.0);
        assert_eq!(two_digits(147.0), 147.0);
    }
}

//! The job summary, which GitHub drops as a whole above its limit, with what other commands of the step wrote.

/// Maximum bytes of the summary of a step.
const MOST: u64 = 1 << 20;
/// Bytes that are left for the lines of other commands.
const MARGIN: u64 = 8 << 10;

/// Returns the longest of `pages` that fits behind `used` bytes with `more` bytes after it.
pub(in crate::cli) fn fitting(pages: &[String], used: u64, more: usize) -> Option<&str> {
    let room = MOST.saturating_sub(MARGIN).saturating_sub(used);
    pages.iter().map(String::as_str).find(|page| (page.len() + more) as u64 <= room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_that_of_the_step() {
        let pages = ["x".repeat(600_000), "y".repeat(100_000), "z".repeat(100)];
        let first = |used| fitting(&pages, used, 10).map(|page| page.as_bytes()[0]);
        assert_eq!(
            [first(0), first(500_000), first(1_000_000), first(1 << 20)],
            [Some(b'x'), Some(b'y'), Some(b'z'), None]
        );
    }
}

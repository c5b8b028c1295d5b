//! A report's digest of itself, by which a reader notices that a byte of it was changed.
//!
//! The digest is the last field of `provenance`, and the SHA-256 of the report's own bytes with the digits of the field as
//! zeros: whoever can compute the one can compute the other. It shows accidents and careless edits. A signature shows the
//! rest.

use crate::digest::sha256;

/// The key and the text before the digits. Inside of a string the quotes would be escaped.
const LEAD: &str = "\"self_digest\": \"sha256:";
/// The line that the field follows, up to its number: the first one of this indentation.
const BEFORE: &str = "\n    \"seed\": ";
/// The number of digits.
const DIGITS: usize = 64;

/// The comparison of a report's digest of itself with its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelfDigest {
    /// The bytes are those that were written.
    Holds,
    /// The bytes are others.
    Differs,
    /// There is no digest.
    Absent,
}

/// Adds the digest to a rendered report.
pub(in crate::report) fn with_digest(text: String) -> String {
    let Some(at) = text.find(BEFORE).map(|at| at + BEFORE.len()) else { return text };
    let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
    let sealed = |digits: &str| format!("{},\n    {LEAD}{digits}\"{}", &text[..end], &text[end..]);
    let zeros = sealed(&"0".repeat(DIGITS));
    match sha256(zeros.as_bytes()) {
        Ok(digest) => sealed(digest.trim_start_matches("sha256:")),
        Err(_) => text,
    }
}

/// Compares a report's digest of itself with its bytes.
pub fn self_digest(bytes: &[u8]) -> SelfDigest {
    let mut found = bytes.windows(LEAD.len()).enumerate().filter(|(_, window)| *window == LEAD.as_bytes());
    let Some((at, _)) = found.next() else { return SelfDigest::Absent };
    let digits = at + LEAD.len();
    let (Some(claimed), None) = (bytes.get(digits..digits + DIGITS), found.next()) else { return SelfDigest::Differs };
    let zeros = [b'0'; DIGITS];
    let whole = [&bytes[..digits], &zeros, &bytes[digits + DIGITS..]].concat();
    match sha256(whole.as_slice()) {
        Ok(found) if found.trim_start_matches("sha256:").as_bytes() == claimed => SelfDigest::Holds,
        _ => SelfDigest::Differs,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    fn sealed() -> String {
        with_digest(super::super::render(&sample::report()).expect("it is rendered"))
    }

    #[test]
    fn one_changed_byte_is_noticed_wherever_it_is() {
        let text = sealed();
        assert_eq!(self_digest(text.as_bytes()), SelfDigest::Holds);
        let field = text.find(LEAD).expect("it has one");
        let mut bytes = text.into_bytes();
        let places = (0..bytes.len()).step_by(997).chain(field - 2..field + LEAD.len() + DIGITS + 4);
        for at in places.chain(bytes.len() - 4..bytes.len()) {
            for bit in [1, 32] {
                bytes[at] ^= bit;
                // A change inside of the field's name takes it away.
                assert_ne!(self_digest(&bytes), SelfDigest::Holds, "byte {at}");
                bytes[at] ^= bit;
            }
        }
        for other in [&b""[..], b"{}\n", &bytes[..bytes.len() - 40], &bytes[..field + LEAD.len() + 3]] {
            assert_ne!(self_digest(other), SelfDigest::Holds);
        }
        bytes.push(b'\n');
        assert_eq!(self_digest(&bytes), SelfDigest::Differs);
    }

    #[test]
    fn no_text_of_a_report_passes_for_the_digest() {
        let text = format!("{BEFORE}1\n{LEAD}{}\"", "0".repeat(DIGITS));
        let report =
            with_digest(super::super::render(&sample::filled_with(sample::report(), &text)).expect("rendered"));
        assert_eq!(self_digest(report.as_bytes()), SelfDigest::Holds);
    }

    #[test]
    fn a_report_without_a_digest_has_none() {
        let text = super::super::render(&sample::report()).expect("it is rendered");
        assert_eq!(self_digest(text.as_bytes()), SelfDigest::Absent);
    }
}

//! The function `looks_like(text, kind, …)`, which tests whether a text is an e-mail address, a UUID, a card number or
//! the like.
//!
//! A kind with a checksum has it verified, so that an order number is not taken for a card.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{AsArray, BooleanArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use regex::Regex;

/// A kind of text: the name in a config, and its test.
type TextKind = (&'static str, fn(&str) -> bool);

/// All kinds.
const KINDS: [TextKind; 13] = [
    ("email", email),
    ("uuid", uuid),
    ("ipv4", |text| text.parse::<Ipv4Addr>().is_ok()),
    ("ipv6", |text| text.parse::<Ipv6Addr>().is_ok()),
    ("url", url),
    ("date", date),
    ("datetime", datetime),
    ("calendar_date", calendar_date),
    ("card", card),
    ("luhn", luhn),
    ("iban", iban),
    ("ssn", ssn),
    ("phone", phone),
];

pub(crate) fn looks_like() -> ScalarUDF {
    ScalarUDF::from(LooksLike { within: false, signature: Signature::variadic_any(Volatility::Immutable) })
}

/// Returns `holds_like(text, kind, …)`, which tests any part of a text between blanks and punctuation.
pub(crate) fn holds_like() -> ScalarUDF {
    ScalarUDF::from(LooksLike { within: true, signature: Signature::variadic_any(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct LooksLike {
    within: bool,
    signature: Signature,
}

impl ScalarUDFImpl for LooksLike {
    fn name(&self) -> &'static str {
        if self.within { "holds_like" } else { "looks_like" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let mut arguments = args.args.into_iter();
        let text = arguments.next().ok_or_else(|| wrong("`looks_like` needs a text and a kind"))?;
        let kinds = arguments.map(|argument| kind(&argument)).collect::<Result<Vec<_>>>()?;
        if kinds.is_empty() {
            return Err(wrong("`looks_like` needs at least one kind"));
        }
        let text = cast(&text.into_array(args.number_rows)?, &DataType::Utf8View)?;
        let is_one = |text: &str| kinds.iter().any(|is| is(text));
        let matches = |text: &str| if self.within { parts(text).any(|part| is_one(&part)) } else { is_one(text) };
        let answers: BooleanArray = text.as_string_view().iter().map(|text| text.map(matches)).collect();
        Ok(ColumnarValue::Array(Arc::new(answers)))
    }
}

/// The most words in which a card or an account is written.
const MOST_GROUPS: usize = 9;

/// Returns the words of a text without surrounding punctuation, up to [`MOST_GROUPS`] consecutive words together, because
/// cards are written in groups, and addresses of the web, in which punctuation has a meaning.
fn parts(text: &str) -> impl Iterator<Item = String> {
    let is_mark = |c: char| c.is_ascii_punctuation() && c != '+';
    let between = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | ':' | '=' | '|' | '"');
    let words: Vec<&str> =
        text.split(between).map(|word| word.trim_matches(is_mark)).filter(|word| !word.is_empty()).collect();
    let around = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '|');
    let addresses = text.split(around).filter_map(|word| {
        let word = &word[word.find("http")?..];
        word.contains("://").then(|| word.trim_end_matches([')', ']', '.', ',', ';', ':', '!', '?', '\'']).to_owned())
    });
    let addresses: Vec<String> = addresses.collect();
    let groups = (0..words.len()).flat_map(move |first| {
        let last = words.len().min(first + MOST_GROUPS);
        (first + 1..=last).map(|end| words[first..end].join(" ")).collect::<Vec<_>>()
    });
    groups.chain(addresses)
}

fn kind(argument: &ColumnarValue) -> Result<fn(&str) -> bool> {
    let name = match argument {
        ColumnarValue::Scalar(ScalarValue::Utf8(Some(name)) | ScalarValue::Utf8View(Some(name))) => name,
        _ => return Err(wrong("the kinds of `looks_like` are texts")),
    };
    KINDS.iter().find(|(known, _)| known == name).map(|(_, is)| *is).ok_or_else(|| {
        let all = KINDS.map(|(known, _)| known).join(", ");
        wrong(&format!("`looks_like` does not know `{name}`, only {all}"))
    })
}

fn wrong(message: &str) -> DataFusionError {
    DataFusionError::Plan(message.to_owned())
}

/// Tests for an address as forms accept it: RFC 5321's length limits, a dot-atom, and a domain with a dot.
fn email(text: &str) -> bool {
    static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$").ok()
    });
    let local = text.split('@').next().map_or(0, str::len);
    text.len() <= 254 && local <= 64 && SHAPE.as_ref().is_some_and(|shape| shape.is_match(text))
}

/// Tests for RFC 9562's usual form with hyphens, in any case.
fn uuid(text: &str) -> bool {
    let groups = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() == groups.len()
        && parts
            .iter()
            .zip(groups)
            .all(|(part, length)| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Tests for an absolute `http` or `https` URL with a host.
fn url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Tests for ISO 8601's calendar date, `2024-02-29`; the day must exist.
fn date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = bytes else { return false };
    if ![y1, y2, y3, y4, m1, m2, d1, d2].iter().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let number = |digits: &[&u8]| digits.iter().fold(0_u32, |sum, digit| sum * 10 + u32::from(**digit - b'0'));
    let (year, month, day) = (number(&[y1, y2, y3, y4]), number(&[m1, m2]), number(&[d1, d2]));
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Tests for RFC 3339: `2024-02-29T12:30:00Z`, with an optional fraction and offset.
fn datetime(text: &str) -> bool {
    static TIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^[Tt ]([01]\d|2[0-3]):[0-5]\d(:([0-5]\d|60)(\.\d+)?)?([Zz]|[+-]([01]\d|2[0-3]):?[0-5]\d)?$").ok()
    });
    text.split_at_checked(10)
        .is_some_and(|(day, time)| date(day) && TIME.as_ref().is_some_and(|shape| shape.is_match(time)))
}

/// Names of months, which may be shortened to three letters.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Tests for a day of a calendar as people write it: ISO 8601, `3/14/1985` and `14.3.1985` in either order of day and
/// month, `March 14, 1985` and `14 Mar 1985`. The year has four digits, and the day must exist.
fn calendar_date(text: &str) -> bool {
    if date(text) || datetime(text) {
        return true;
    }
    // No form is longer than `september 30th, 1985`.
    if text.len() > 24 {
        return false;
    }
    let is_number = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_day = |year: &str, month: &str, day: &str| {
        year.len() == 4 && is_number(month) && is_number(day) && date(&format!("{year}-{month:0>2}-{day:0>2}"))
    };
    let numbers = ['/', '.', '-'].into_iter().any(|separator| {
        let parts: Vec<&str> = text.split(separator).collect();
        match parts[..] {
            [first, second, year] if year.len() == 4 => is_day(year, first, second) || is_day(year, second, first),
            [year, month, day] => is_day(year, month, day),
            _ => false,
        }
    });
    if numbers {
        return true;
    }
    let words: Vec<&str> = text.split([' ', ',', '-']).filter(|word| !word.is_empty()).collect();
    let named = |name: &str, day: &str, year: &str| {
        let name = name.trim_end_matches('.').to_lowercase();
        let day = day.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '.');
        let month = MONTHS.iter().position(|month| name.len() >= 3 && month.starts_with(&name));
        month.is_some_and(|at| is_day(year, &(at + 1).to_string(), day))
    };
    match words[..] {
        [first, second, year] => named(first, second, year) || named(second, first, year),
        _ => false,
    }
}

/// Tests for the number of a payment card: 13 to 19 digits of a known network with the check digit of ISO/IEC 7812
/// (Luhn's).
fn card(text: &str) -> bool {
    let mut digits = Vec::with_capacity(19);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => digits.push(u32::from(byte - b'0')),
            b' ' | b'-' => {}
            _ => return false,
        }
    }
    (13..=19).contains(&digits.len()) && matches!(digits[0], 2..=6) && has_check_digit(&digits)
}

/// Tests for two or more digits, and nothing else, the last of which is Luhn's check digit.
fn luhn(text: &str) -> bool {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    digits.is_some_and(|digits| digits.len() > 1 && has_check_digit(&digits))
}

/// Verifies the check digit of ISO/IEC 7812: every second digit from the right counts twice.
fn has_check_digit(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| if place % 2 == 1 { doubled(*digit) } else { *digit })
        .sum();
    sum.is_multiple_of(10)
}

/// Tests for ISO 13616: the country, two check digits, the account; the remainder modulo 97 is 1.
fn iban(text: &str) -> bool {
    let text: String = text.chars().filter(|c| *c != ' ').collect();
    let bytes = text.as_bytes();
    if !(15..=34).contains(&bytes.len())
        || !bytes.iter().all(u8::is_ascii_alphanumeric)
        || !bytes[..2].iter().all(u8::is_ascii_uppercase)
        || !bytes[2..4].iter().all(u8::is_ascii_digit)
    {
        return false;
    }
    let rest = bytes[4..].iter().chain(&bytes[..4]).fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter.to_ascii_uppercase() - b'A') + 10) % 97,
    });
    rest == 1
}

/// Tests for a social security number of the United States in its usual notation, except for numbers that are never
/// assigned.
fn ssn(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [area, group, serial] = parts.as_slice() else { return false };
    let digits = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(area, 3)
        && digits(group, 2)
        && digits(serial, 4)
        && !matches!(*area, "000" | "666")
        && !area.starts_with('9')
        && *group != "00"
        && *serial != "0000"
}

/// Tests for a telephone number: E.164 with its `+`, or ten digits in the groups of North America. Bare digits are just
/// a number.
fn phone(text: &str) -> bool {
    static SHAPE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^(\+[1-9][\d ().-]{6,20}|\(\d{3}\) ?\d{3}-\d{4}|\d{3}[-.]\d{3}[-.]\d{4})$").ok());
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (7..=15).contains(&digits) && SHAPE.as_ref().is_some_and(|shape| shape.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, yes: &[&str], no: &[&str]) {
        let (_, is) = KINDS.iter().find(|(known, _)| *known == name).copied().unwrap_or(("", |_| false));
        for text in yes {
            assert!(is(text), "{text} is {name}");
        }
        for text in no {
            assert!(!is(text), "{text} is not {name}");
        }
    }

    #[test]
    fn kinds_are_told_apart() {
        check("email", &["a@b.co", "first.last+tag@sub.example.org"], &["a@b", "a b@c.de", "@c.de", "a..b@c.de", ""]);
        check(
            "uuid",
            &["123e4567-e89b-12d3-a456-426614174000"],
            &["123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g"],
        );
        check("ipv4", &["192.168.0.1"], &["256.1.1.1", "1.2.3", "01.2.3.4"]);
        check("ipv6", &["::1", "2001:db8::ff00:42:8329"], &["1.2.3.4", ":::"]);
        check("url", &["https://example.org/a?b=c"], &["example.org", "ftp://example.org", "https://"]);
        check("date", &["2024-02-29", "1999-12-31"], &["2023-02-29", "2024-13-01", "2024-1-1", "20240101"]);
        check(
            "datetime",
            &["2024-02-29T12:30:00Z", "2024-02-29 12:30", "2024-02-29T12:30:00.5+02:00"],
            &["2024-02-30T00:00:00Z", "2024-02-29T24:00:00Z", "2024-02-29"],
        );
        check(
            "calendar_date",
            &["1985-03-14", "3/14/1985", "14.3.1985", "14-03-1985", "March 14, 1985", "14 Mar 1985", "Sept. 3rd 1999"],
            &[
                "1985",
                "March 1985",
                "13/32/1985",
                "31.2.1985",
                "3/14/85",
                "Marching 14 1985",
                "1.2.3",
                "10-20-30",
                "may",
            ],
        );
        check("ssn", &["123-45-6789"], &["000-12-3456", "666-12-3456", "900-12-3456", "123456789"]);
        check("phone", &["+49 30 1234567", "(212) 555-0100", "212-555-0100"], &["2125550100", "+12", "hello"]);
    }

    #[test]
    fn kinds_are_found_within_texts() {
        let finds = |name: &str, text: &str| {
            let (_, is) = KINDS.iter().find(|(known, _)| *known == name).copied().unwrap_or(("", |_| false));
            parts(text).any(|part| is(&part))
        };
        for (name, text) in [
            ("email", "please write to <ada@example.org>, not to me."),
            ("email", "mail:ada@example.org"),
            ("card", "paid with 4111 1111 1111 1111!"),
            ("iban", "IBAN: GB29 NWBK 6016 1331 9268 19."),
            ("ssn", "(123-45-6789)"),
            ("phone", "call 212-555-0100 or +49301234567"),
            ("url", "see (https://example.org/a?b=c)."),
            ("url", "page=http://example.org, or none"),
            ("calendar_date", "born on March 14, 1985 in Lima"),
            ("calendar_date", "dob:3/14/1985;"),
        ] {
            assert!(finds(name, text), "{text}");
        }
        assert!(!finds("card", "orders 4111 1111 and 1111 1112"));
        assert!(!finds("email", "at 10@night"));
        assert!(!finds("url", "http is a protocol, and http:// no address"));
        assert!(!finds("calendar_date", "in March 1985, version 1.2.3"));
        assert_eq!(parts("  ,. ").count(), 0);
    }

    #[test]
    fn checksums_are_computed() {
        // Test numbers that the networks and the registry of ISO 13616 publish.
        check(
            "card",
            &["4111111111111111", "5555-5555-5555-4444", "3782 822463 10005"],
            &["4111111111111112", "1234567890123", "0000000000000000"],
        );
        check("luhn", &["79927398713", "18", "00"], &["79927398710", "0", "", "7992-7398-713", "4111111111111112"]);
        check(
            "iban",
            &["DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19"],
            &["DE89370400440532013001", "DE8937", "de89370400440532013000"],
        );
    }
}

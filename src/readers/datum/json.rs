//! JSON as Python's `json.dump` writes it: RFC 8259 with bare `NaN`, `Infinity` and `-Infinity`.

use std::collections::HashSet;

use super::Datum;
use crate::readers::ReadLimits;
use crate::readers::number;

/// Parses a document.
///
/// # Errors
///
/// The text is not JSON, has a key twice in one object, holds a number beyond 64 bits, or exceeds a limit.
pub(in crate::readers) fn json(text: &str, limits: &ReadLimits) -> Result<Datum, String> {
    let mut parser = JsonParser { text, at: 0, nodes: 0, limits };
    let parsed = parser.value(0).and_then(|value| {
        parser.blanks();
        if parser.at == text.len() { Ok(value) } else { Err("more text follows the value".to_owned()) }
    });
    parsed.map_err(|why| {
        let before = &text.as_bytes()[..parser.at.min(text.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("it is not JSON: {why} in line {line}")
    })
}

struct JsonParser<'a> {
    text: &'a str,
    at: usize,
    nodes: usize,
    limits: &'a ReadLimits,
}

impl<'a> JsonParser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn found(&self) -> String {
        match self.rest().chars().next() {
            Some(letter) => format!("an unexpected `{}`", letter.escape_debug()),
            None => "the text ends early".to_owned(),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Datum, String> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(format!("there are too many values; limit: {}", self.limits.nodes));
        }
        self.blanks();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(Datum::Text),
            Some(b'-' | b'0'..=b'9' | b'N' | b'I') => self.number(),
            _ => {
                let words = [("null", Datum::Null), ("true", Datum::Bool(true)), ("false", Datum::Bool(false))];
                let word = words.into_iter().find(|(word, _)| self.rest().starts_with(word));
                let Some((word, value)) = word else { return Err(self.found()) };
                self.at += word.len();
                Ok(value)
            }
        }
    }

    /// Opens a list or an object, and returns true if it is empty.
    fn open(&mut self, depth: usize, end: u8) -> Result<bool, String> {
        if depth >= self.limits.depth {
            return Err(format!("it is nested too deeply; limit: {} levels", self.limits.depth));
        }
        self.at += 1;
        self.blanks();
        let is_empty = self.peek() == Some(end);
        self.at += usize::from(is_empty);
        Ok(is_empty)
    }

    /// Goes on behind a value, and returns true if it was the last.
    fn close(&mut self, end: u8) -> Result<bool, String> {
        self.blanks();
        let next = self.peek();
        if next != Some(b',') && next != Some(end) {
            return Err(self.found());
        }
        self.at += 1;
        self.blanks();
        Ok(next == Some(end))
    }

    fn list(&mut self, depth: usize) -> Result<Datum, String> {
        let mut items = Vec::new();
        if self.open(depth, b']')? {
            return Ok(Datum::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.close(b']')? {
                return Ok(Datum::List(items));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Datum, String> {
        let mut entries: Vec<(String, Datum)> = Vec::new();
        let mut keys = HashSet::new();
        if self.open(depth, b'}')? {
            return Ok(Datum::Map(entries));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.found());
            }
            let key = self.string()?;
            if !keys.insert(key.clone()) {
                return Err(format!("the key `{}` is repeated", key.escape_debug()));
            }
            self.blanks();
            if self.peek() != Some(b':') {
                return Err(self.found());
            }
            self.at += 1;
            entries.push((key, self.value(depth + 1)?));
            if self.close(b'}')? {
                return Ok(Datum::Map(entries));
            }
        }
    }

    fn number(&mut self) -> Result<Datum, String> {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let length = self.rest().bytes().take_while(|byte| is_part(byte)).count();
        let text = &self.rest()[..length];
        let value = match text {
            "NaN" => f64::NAN,
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            _ if is_decimal(text) => number::number(text)
                .ok_or_else(|| format!("the number `{}` is too large", text.chars().take(40).collect::<String>()))?,
            _ => return Err(self.found()),
        };
        self.at += length;
        Ok(Datum::Number(value, text.into()))
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let plain = self.rest().bytes().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)).count();
            string.push_str(&self.rest()[..plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(string);
                }
                Some(b'\\') => {
                    self.at += 1;
                    string.push(self.escaped()?);
                }
                _ => return Err(self.found()),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, String> {
        let letter = match self.peek() {
            Some(letter @ (b'"' | b'\\' | b'/')) => char::from(letter),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.found()),
        };
        self.at += 1;
        Ok(letter)
    }

    fn unicode(&mut self) -> Result<char, String> {
        let first = self.unit()?;
        let is_high = (0xd800..0xdc00).contains(&first);
        if is_high && self.rest().starts_with("\\u") {
            let back = self.at;
            self.at += 2;
            let second = self.unit()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
            }
            self.at = back;
        }
        // Half of a pair, as Python may write it, is no character.
        Ok(char::from_u32(first).unwrap_or('\u{fffd}'))
    }

    fn unit(&mut self) -> Result<u32, String> {
        let digits = self.rest().get(..4).filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).ok_or_else(|| self.found())?;
        self.at += 4;
        Ok(unit)
    }
}

/// Returns true if the text is a number of RFC 8259.
fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Datum, String> {
        json(text, &ReadLimits { nodes: 1_000, depth: 10, ..ReadLimits::default() })
    }

    /// Returns the same value as another parser reads it.
    fn other(datum: &Datum) -> serde_json::Value {
        match datum {
            Datum::Null => serde_json::Value::Null,
            Datum::Bool(value) => (*value).into(),
            Datum::Number(value, _) => (*value).into(),
            Datum::Text(text) => text.clone().into(),
            Datum::List(items) => items.iter().map(other).collect(),
            Datum::Map(entries) => entries.iter().map(|(key, value)| (key.clone(), other(value))).collect(),
        }
    }

    #[test]
    fn python_writes_numbers_that_json_does_not_know() {
        let read = parse("{\"a\": NaN, \"b\": [Infinity, -Infinity], \"c\": 1e-05}").unwrap();
        assert!(read.get("a").unwrap().number().unwrap().is_nan());
        assert_eq!(read.get("b").unwrap().items()[1].number(), Some(f64::NEG_INFINITY));
        assert_eq!(read.get("c").unwrap().number(), Some(1e-5));
        assert_eq!(read.get("c").unwrap().as_stored().as_deref(), Some("1e-05"));
    }

    #[test]
    fn malformed_text_is_refused() {
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{a:1}",
            "[1 2]",
            "01",
            "1.",
            ".5",
            "+1",
            "-",
            "1e",
            "1e999",
            "nan",
            "NaNs",
            "inf",
            "-NaN",
            "truex",
            "nulls",
            "\"a",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\n\"",
            "[1]]",
            "{} {}",
            "{\"a\":1,\"a\":2}",
            "'a'",
            "1_000",
            "0x10",
            "[1}",
            "{\"a\" 1}",
            "\u{0}",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(parse("{\n\"a\": x}").unwrap_err(), "it is not JSON: an unexpected `x` in line 2");
        assert_eq!(parse("{\"a\": 0.9").unwrap_err(), "it is not JSON: the text ends early in line 1");
        assert!(parse(&"[".repeat(1_000_000)).unwrap_err().contains("too deeply"));
        assert!(parse(&format!("[{}1]", "1,".repeat(2_000))).unwrap_err().contains("too many"));
    }

    #[test]
    fn escapes_are_decoded() {
        let read = parse(r#""\u00e9\ud83d\ude00\ud800x\/\n\"""#).unwrap();
        assert_eq!(read.text(), Some("é😀\u{fffd}x/\n\""));
    }

    proptest! {
        #[test]
        fn what_another_parser_reads_is_read_alike(text in "[\\[\\]{}:,\"a\\\\u0-9.eE+ -]{0,12}|\\{\"a\": [0-9.eE+-]{1,9}\\}|\\[-?[0-9]{1,20}(\\.[0-9]{1,20})?\\]") {
            let theirs: Result<serde_json::Value, _> = serde_json::from_str(&text);
            let ours = parse(&text);
            match (&theirs, &ours) {
                (Ok(theirs), Ok(ours)) => {
                    let theirs = json(&theirs.to_string(), &ReadLimits::default()).unwrap();
                    prop_assert_eq!(other(&theirs), other(ours));
                }
                // A key that is there twice, or half of a pair, which only one of them refuses.
                (Ok(theirs), Err(why)) => prop_assert!(theirs.to_string().contains('{') && why.contains("twice"), "{}", why),
                (Err(_), Ok(_)) => prop_assert!(text.contains("\\u"), "{}", text),
                (Err(_), Err(_)) => {}
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}") {
            let _ = parse(&text);
        }

        #[test]
        fn a_cut_document_is_never_read(cut in 1usize..60) {
            let text = "{\"a\": {\"b\": [1, 2.5e-3, NaN]}, \"c\": \"\\u00e9\", \"d\": null}";
            let cut = cut.min(text.len());
            prop_assert!(parse(&text[..text.len() - cut]).is_err());
        }
    }
}

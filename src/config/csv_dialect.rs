//! The key `csv` of a dataset or model: how CSV and TSV files are written, where they do not follow RFC 4180.

use super::yaml::{Node, Value};
use crate::config::reader::ConfigReader;
use crate::config::span::Span;

/// The keys of a dialect.
pub const CSV_KEYS: [&str; 9] =
    ["delimiter", "quote", "escape", "decimal", "encoding", "comment", "skip_lines", "header", "names"];

/// The most lines that are skipped before the header.
const MOST_SKIPPED: i64 = 10_000;

/// A dialect of CSV: what differs from UTF-8 with a header and quotes that are doubled inside of quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvDialect {
    /// The sign between fields, an ASCII character; `None`: the one that the header shows.
    pub delimiter: Option<u8>,
    /// The sign around fields, an ASCII character; `None`: fields are never quoted.
    pub quote: Option<u8>,
    /// The sign before a quote, a delimiter, a line break or itself that stands for itself, an ASCII character.
    pub escape: Option<u8>,
    /// True: the decimal sign is the comma, and points separate thousands.
    pub has_decimal_comma: bool,
    /// The label of the encoding, as the Encoding Standard defines it; `None`: UTF-8.
    pub encoding: Option<String>,
    /// The character at the beginning of lines that are comments, an ASCII character.
    pub comment: Option<u8>,
    /// The number of lines before the header, or before the first row if there is no header.
    pub skip_lines: usize,
    /// The names of the columns.
    pub names: CsvNames,
}

/// The names of a CSV file's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CsvNames {
    /// The first line has them.
    Header,
    /// The file has no header, and these are the names.
    Given(Vec<String>),
    /// The file has no header, and columns are called `column_1`, `column_2` and so on.
    Numbered,
}

impl Default for CsvDialect {
    fn default() -> Self {
        Self {
            delimiter: None,
            quote: Some(b'"'),
            escape: None,
            has_decimal_comma: false,
            encoding: None,
            comment: None,
            skip_lines: 0,
            names: CsvNames::Header,
        }
    }
}

impl CsvDialect {
    /// Returns the dialect in words, for the comparison of two configs.
    pub fn shown(&self) -> String {
        let sign = |sign: u8| char::from(sign).escape_debug().to_string();
        let or_none = |found: Option<u8>| found.map_or_else(|| "none".to_owned(), sign);
        let mut parts = vec![
            format!("delimiter: {}", self.delimiter.map_or_else(|| "of the header".to_owned(), sign)),
            format!("quote: {}", or_none(self.quote)),
            format!("escape: {}", or_none(self.escape)),
            format!("decimal: {}", if self.has_decimal_comma { ',' } else { '.' }),
            format!("encoding: {}", self.encoding.as_deref().unwrap_or("utf-8")),
            format!("comment: {}", or_none(self.comment)),
            format!("skip_lines: {}", self.skip_lines),
        ];
        parts.push(match &self.names {
            CsvNames::Header => "header: true".to_owned(),
            CsvNames::Given(names) => format!("names: [{}]", names.join(", ")),
            CsvNames::Numbered => "header: false".to_owned(),
        });
        parts.join(", ")
    }
}

impl ConfigReader {
    /// Reads the key `csv` of a dataset or model.
    pub(super) fn csv_dialect(&mut self, node: &Node) -> Option<CsvDialect> {
        let node = node.get("csv")?;
        for entry in self.mapping(Some(node)) {
            self.known(&entry.key.value, entry.key.span, &CSV_KEYS);
        }
        let quote = match node.get("quote") {
            None => Some(b'"'),
            Some(Node { value: Value::Null | Value::Bool(false), .. }) => None,
            Some(found) if found.as_text() == Some("none") => None,
            Some(found) => self.sign(found, "quote"),
        };
        let mut sign = |key: &str| node.get(key).and_then(|found| self.sign(found, key));
        let (delimiter, escape, comment) = (sign("delimiter"), sign("escape"), sign("comment"));
        let dialect = CsvDialect {
            delimiter,
            quote,
            escape,
            comment,
            has_decimal_comma: node.get("decimal").is_some_and(|found| self.decimal(found)),
            encoding: node.get("encoding").and_then(|found| self.encoding(found)),
            skip_lines: node.get("skip_lines").map_or(0, |found| self.skipped(found)),
            names: self.csv_names(node),
        };
        self.signs_differ(&dialect, node.span);
        Some(dialect)
    }

    /// Reads a single ASCII character that is not a letter, digit or line break.
    fn sign(&mut self, node: &Node, key: &str) -> Option<u8> {
        let found = match node.as_text() {
            Some("tab" | "\\t") => Some(b'\t'),
            Some("space") => Some(b' '),
            Some(text) => match text.as_bytes() {
                [sign] if sign.is_ascii_punctuation() || matches!(sign, b' ' | b'\t' | 1..=8 | 11 | 12 | 14..=31) => {
                    Some(*sign)
                }
                _ => None,
            },
            None => None,
        };
        if found.is_none() {
            let help = "write one ASCII character in quotes, as in \";\", or `tab` or `space`";
            self.helped(format!("`{key}` must be one character that is not a letter or digit"), node.span, help);
        }
        found
    }

    fn decimal(&mut self, node: &Node) -> bool {
        match node.as_text() {
            Some(",") => true,
            Some(".") => false,
            _ => {
                self.helped("`decimal` must be `.` or `,`", node.span, "write \",\" or \".\"");
                false
            }
        }
    }

    fn encoding(&mut self, node: &Node) -> Option<String> {
        let known = node.as_text().and_then(|label| Some((label, encoding_rs::Encoding::for_label(label.as_bytes())?)));
        match known {
            Some((_, encoding)) if encoding == encoding_rs::UTF_8 => None,
            Some((label, encoding)) if encoding != encoding_rs::REPLACEMENT => Some(label.trim().to_ascii_lowercase()),
            _ => {
                let help = "write a name of the Encoding Standard, such as windows-1252, utf-16le or shift_jis";
                self.helped("this is not an encoding of text", node.span, help);
                None
            }
        }
    }

    fn skipped(&mut self, node: &Node) -> usize {
        match node.value {
            Value::Int(lines @ 0..=MOST_SKIPPED) => usize::try_from(lines).unwrap_or_default(),
            _ => {
                self.problem(format!("`skip_lines` must be a whole number from 0 to {MOST_SKIPPED}"), node.span);
                0
            }
        }
    }

    fn csv_names(&mut self, node: &Node) -> CsvNames {
        let has_header = match node.get("header") {
            None => None,
            Some(Node { value: Value::Bool(header), .. }) => Some(*header),
            Some(found) => {
                self.problem("`header` must be true or false", found.span);
                None
            }
        };
        let Some(found) = node.get("names") else {
            return if has_header == Some(false) { CsvNames::Numbered } else { CsvNames::Header };
        };
        if has_header == Some(true) {
            self.helped("`names` is for files without a header", found.span, "remove `names` or `header: true`");
        }
        let Value::List(items) = &found.value else {
            self.problem("`names` must list the names of all columns", found.span);
            return CsvNames::Header;
        };
        let mut names: Vec<String> = Vec::with_capacity(items.len());
        for item in items {
            match self.text(item) {
                Some(name) if names.contains(&name.value) => {
                    self.problem(format!("`names` has `{}` twice", name.value), name.span);
                }
                Some(name) if name.value.trim().is_empty() => self.problem("a column has no name", name.span),
                Some(name) => names.push(name.value),
                None => {}
            }
        }
        if items.is_empty() {
            self.problem("`names` names no column", found.span);
        }
        CsvNames::Given(names)
    }

    fn signs_differ(&mut self, dialect: &CsvDialect, span: Span) {
        let signs = [
            ("delimiter", dialect.delimiter),
            ("quote", dialect.quote),
            ("escape", dialect.escape.filter(|escape| dialect.quote != Some(*escape))),
            ("comment", dialect.comment),
        ];
        for (at, (name, sign)) in signs.iter().enumerate() {
            for (other, theirs) in &signs[at + 1..] {
                if sign.is_some() && sign == theirs {
                    self.problem(format!("`{name}` and `{other}` are the same character"), span);
                }
            }
        }
        if dialect.has_decimal_comma && dialect.delimiter == Some(b',') {
            self.problem("`delimiter` and `decimal` are the same character", span);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::config::Config;

    fn of(csv: &str) -> Result<CsvDialect, Vec<String>> {
        let config = Config::parse(&format!("version: 1\ndata:\n  t: {{path: a.csv, rows: '> 0', csv: {csv}}}\n"));
        config
            .map(|config| config.data[0].read_as.csv.clone().unwrap())
            .map_err(|problems| problems.into_iter().map(|problem| problem.message).collect())
    }

    #[test]
    fn a_dialect_says_what_differs() {
        assert_eq!(of("{}"), Ok(CsvDialect::default()));
        let spark = CsvDialect { escape: Some(b'\\'), ..CsvDialect::default() };
        assert_eq!(of("{escape: '\\'}"), Ok(spark));
        let german = CsvDialect {
            delimiter: Some(b';'),
            has_decimal_comma: true,
            encoding: Some("windows-1252".to_owned()),
            ..CsvDialect::default()
        };
        assert_eq!(of("{delimiter: ';', decimal: ',', encoding: Windows-1252}"), Ok(german));
        let bare = CsvDialect {
            delimiter: Some(b'\t'),
            quote: None,
            comment: Some(b'#'),
            skip_lines: 2,
            names: CsvNames::Given(vec!["a".to_owned(), "b".to_owned()]),
            ..CsvDialect::default()
        };
        assert_eq!(of("{delimiter: tab, quote: none, comment: '#', skip_lines: 2, names: [a, b]}"), Ok(bare));
        assert_eq!(of("{header: false}").unwrap().names, CsvNames::Numbered);
        assert_eq!(of("{encoding: utf-8}").unwrap().encoding, None);
    }

    #[test]
    fn what_makes_no_sense_is_a_problem() {
        for (csv, part) in [
            ("{delimiter: ab}", "`delimiter` must be one character"),
            ("{delimiter: é}", "`delimiter` must be one character"),
            ("{quote: x}", "`quote` must be one character"),
            ("{delimiter: ';', comment: ';'}", "`delimiter` and `comment` are the same character"),
            ("{delimiter: ',', decimal: ','}", "`delimiter` and `decimal` are the same character"),
            ("{decimal: ';'}", "`decimal` must be `.` or `,`"),
            ("{encoding: klingon}", "not an encoding"),
            ("{skip_lines: -1}", "`skip_lines` must be a whole number"),
            ("{names: [a, a]}", "`names` has `a` twice"),
            ("{names: [a], header: true}", "`names` is for files without a header"),
            ("{names: []}", "`names` names no column"),
            ("{delim: ';'}", "unknown key `delim`"),
        ] {
            let problems = of(csv).unwrap_err();
            assert!(problems.iter().any(|problem| problem.contains(part)), "{csv}: {problems:?}");
        }
    }
}

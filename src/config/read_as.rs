//! The keys `types`, `na` and `csv` of a dataset or model: declared types and words for null of text formats such as CSV,
//! and the dialect of CSV.

use std::fmt;

use super::csv_dialect::CsvDialect;
use super::suggest::did_you_mean;
use super::yaml::{Node, Value};
use crate::config::reader::ConfigReader;
use crate::config::span::{Span, Spanned};

/// Declared types and words for null of text formats, whose files declare neither.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadAs {
    /// The declared types, by column.
    pub types: Vec<DeclaredType>,
    /// The words that stand for null, in addition to CSV's empty field.
    pub na: Vec<String>,
    /// The dialect of CSV and TSV files, if they do not follow RFC 4180.
    pub csv: Option<CsvDialect>,
}

/// The declared type of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredType {
    /// The column.
    pub column: Spanned<String>,
    /// The declared type.
    pub is: TextType,
}

/// A type as which values of a text format are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextType {
    /// `true` and `false`.
    Bool,
    /// Signed 64-bit integers.
    Int,
    /// Floating-point numbers.
    Float,
    /// Dates, as 2026-01-31.
    Date,
    /// Dates with a time.
    Timestamp,
    /// Text unchanged, including the leading zero of `02134`.
    Text,
}

impl TextType {
    /// All types, in the order of messages.
    pub const ALL: [Self; 6] = [Self::Bool, Self::Int, Self::Float, Self::Date, Self::Timestamp, Self::Text];

    /// Returns the type's name in configs and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int64",
            Self::Float => "float64",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Text => "string",
        }
    }

    /// Returns all names that a config may use, aliases included.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.map(Self::name).into_iter().chain(["int", "float"])
    }

    fn named(name: &str) -> Option<Self> {
        match name {
            "int" => Some(Self::Int),
            "float" => Some(Self::Float),
            name => Self::ALL.into_iter().find(|kind| kind.name() == name),
        }
    }
}

impl fmt::Display for TextType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl ReadAs {
    /// Declares that these columns are text.
    pub fn text(columns: impl IntoIterator<Item = String>) -> Self {
        let nowhere = Span { start: 0, end: 0 };
        let text = |value| DeclaredType { column: Spanned { value, span: nowhere }, is: TextType::Text };
        Self { types: columns.into_iter().map(text).collect(), ..Self::default() }
    }

    /// Returns the declared type of a column.
    pub fn type_of(&self, column: &str) -> Option<TextType> {
        self.types.iter().find(|declared| declared.column.value == column).map(|declared| declared.is)
    }
}

impl ConfigReader {
    /// Reads the keys `types`, `na` and `csv` of a dataset or model.
    pub(super) fn read_as(&mut self, node: &Node) -> ReadAs {
        let types = self.mapping(node.get("types"));
        let mut declared = Vec::with_capacity(types.len());
        for entry in types {
            if let Some(is) = self.text_type(&entry.value) {
                declared.push(DeclaredType { column: entry.key.clone(), is });
            }
        }
        let na = match node.get("na") {
            None => Vec::new(),
            Some(Node { value: Value::List(words), .. }) => {
                words.iter().filter_map(|word| self.na_word(word)).collect()
            }
            Some(word) => self.na_word(word).into_iter().collect(),
        };
        ReadAs { types: declared, na, csv: self.csv_dialect(node) }
    }

    fn text_type(&mut self, node: &Node) -> Option<TextType> {
        let listed = || TextType::ALL.map(TextType::name).join(", ");
        let Some(text) = node.as_text() else {
            let help = format!("the types of text formats are {}", listed());
            self.helped(format!("expected the name of a type, found {}", node.kind_name()), node.span, help);
            return None;
        };
        let found = TextType::named(text);
        if found.is_none() {
            let help = match did_you_mean(text, TextType::names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the types of text formats are {}", listed()),
            };
            self.helped(format!("`{text}` is not a type that text is read as"), node.span, help);
        }
        found
    }

    fn na_word(&mut self, node: &Node) -> Option<String> {
        match &node.value {
            Value::Text(word) => Some(word.clone()),
            Value::Int(number) => Some(number.to_string()),
            _ => {
                self.unquoted(node.kind_name(), node.span);
                None
            }
        }
    }

    fn unquoted(&mut self, found: &str, span: Span) {
        let help = "quote the word as the file has it, as in `na: [NA, \"null\", \"-999.0\"]`";
        self.helped(format!("expected a word that means null, found {found}"), span, help);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::config::Config;

    fn of(lines: &str) -> Result<ReadAs, Vec<(String, Option<String>)>> {
        let text = format!("version: 1\ndata:\n  t: {{path: a.csv, rows: '> 0', {lines}}}\n");
        let config = Config::parse(&text);
        config
            .map(|config| config.data[0].read_as.clone())
            .map_err(|problems| problems.into_iter().map(|problem| (problem.message, problem.help)).collect())
    }

    #[test]
    fn types_and_words_for_null() {
        let read = of("types: {zip: string, n: int, x: float64}, na: [NA, '', -999]").unwrap();
        assert_eq!(read.type_of("zip"), Some(TextType::Text));
        assert_eq!(read.type_of("n"), Some(TextType::Int));
        assert_eq!(read.type_of("x"), Some(TextType::Float));
        assert_eq!(read.type_of("other"), None);
        assert_eq!(read.na, ["NA", "", "-999"]);
        assert_eq!(of("na: NA").unwrap().na, ["NA"]);
        assert_eq!(of("types: {}").unwrap(), ReadAs::default());
    }

    #[test]
    fn what_is_no_type_and_no_word() {
        let one = |lines: &str| of(lines).unwrap_err().remove(0);
        let (message, help) = one("types: {zip: strng}");
        assert_eq!(message, "`strng` is not a type that text is read as");
        assert_eq!(help.as_deref(), Some("did you mean `string`?"));
        let (_, help) = one("types: {zip: decimal}");
        assert_eq!(help.unwrap(), "the types of text formats are bool, int64, float64, date, timestamp, string");
        assert_eq!(one("types: {zip: 1}").0, "expected the name of a type, found a number");
        assert_eq!(one("types: zip").0, "expected a mapping, found text");
        for na in ["null", "[~]", "[true]", "[1.0]", "{a: b}"] {
            assert!(one(&format!("na: {na}")).0.starts_with("expected a word that means null, found "), "{na}");
        }
    }
}

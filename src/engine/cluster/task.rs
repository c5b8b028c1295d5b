//! Tasks as they travel: a table with its files, and the measures whose aggregates are computed over its rows.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::identity::FileIdentity;
use crate::config::{CsvDialect, CsvNames, DeclaredType, ReadAs, Span, Spanned, TextType};
use crate::engine::source::Source;
use crate::measurement::TableMeasure;

/// Work on one table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScanTask {
    pub(super) table: TaskTable,
    /// The number of parts into which the rows are divided.
    pub(super) parts: usize,
    pub(super) measures: Vec<TableMeasure>,
    /// The indices of the aggregates that count distinct rows once more, with whole digests; if there are none, all
    /// aggregates are computed.
    pub(super) recounted: Vec<usize>,
}

/// A table, as another process finds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskTable {
    /// The folder at which relative paths start.
    pub(super) root: String,
    pub(super) path: String,
    reading: SentReading,
    /// All files, in order.
    pub(super) files: Vec<FileIdentity>,
    /// The columns as they were found here.
    pub(super) columns: String,
}

/// The reading of text formats, as the config declares it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SentReading {
    types: Vec<(String, String)>,
    na: Vec<String>,
    csv: Option<SentDialect>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SentDialect {
    delimiter: Option<u8>,
    quote: Option<u8>,
    escape: Option<u8>,
    has_decimal_comma: bool,
    encoding: Option<String>,
    comment: Option<u8>,
    skip_lines: usize,
    names: SentNames,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SentNames {
    Header,
    Given(Vec<String>),
    Numbered,
}

impl ScanTask {
    /// Describes work on a table; `None` if another process would not find the table.
    pub(super) fn of(source: &Source, parts: usize, measures: &[TableMeasure], recounted: &[usize]) -> Option<Self> {
        let table = TaskTable {
            root: source.root()?.to_str()?.to_owned(),
            path: source.path().to_owned(),
            reading: SentReading::of(source.read_as()),
            files: source.files().map(|(_, path)| FileIdentity::of(path).ok()).collect::<Option<_>>()?,
            columns: source.columns()?,
        };
        Some(Self { table, parts, measures: measures.to_vec(), recounted: recounted.to_vec() })
    }
}

impl TaskTable {
    /// Returns the folder at which relative paths start.
    pub(super) fn root(&self) -> &Path {
        Path::new(&self.root)
    }

    /// Returns the reading that the config declares; `None` for types of another version.
    pub(super) fn read_as(&self) -> Option<ReadAs> {
        self.reading.read_as()
    }
}

impl SentReading {
    fn of(read_as: &ReadAs) -> Self {
        let typed = |declared: &DeclaredType| (declared.column.value.clone(), declared.is.name().to_owned());
        let dialect = |csv: &CsvDialect| SentDialect {
            delimiter: csv.delimiter,
            quote: csv.quote,
            escape: csv.escape,
            has_decimal_comma: csv.has_decimal_comma,
            encoding: csv.encoding.clone(),
            comment: csv.comment,
            skip_lines: csv.skip_lines,
            names: match &csv.names {
                CsvNames::Header => SentNames::Header,
                CsvNames::Given(names) => SentNames::Given(names.clone()),
                CsvNames::Numbered => SentNames::Numbered,
            },
        };
        Self {
            types: read_as.types.iter().map(typed).collect(),
            na: read_as.na.clone(),
            csv: read_as.csv.as_ref().map(dialect),
        }
    }

    fn read_as(&self) -> Option<ReadAs> {
        let nowhere = Span { start: 0, end: 0 };
        let declared = |(column, name): &(String, String)| {
            let is = TextType::ALL.into_iter().find(|known| known.name() == name)?;
            Some(DeclaredType { column: Spanned { value: column.clone(), span: nowhere }, is })
        };
        let csv = self.csv.as_ref().map(|dialect| CsvDialect {
            delimiter: dialect.delimiter,
            quote: dialect.quote,
            escape: dialect.escape,
            has_decimal_comma: dialect.has_decimal_comma,
            encoding: dialect.encoding.clone(),
            comment: dialect.comment,
            skip_lines: dialect.skip_lines,
            names: match &dialect.names {
                SentNames::Header => CsvNames::Header,
                SentNames::Given(names) => CsvNames::Given(names.clone()),
                SentNames::Numbered => CsvNames::Numbered,
            },
        });
        Some(ReadAs { types: self.types.iter().map(declared).collect::<Option<_>>()?, na: self.na.clone(), csv })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_reading_travels_unchanged() {
        for keys in [
            "na: [NA, '']",
            "types: {zip: string, n: int, x: float, d: date, t: timestamp, b: bool}",
            "csv: {delimiter: ';', decimal: ',', encoding: latin1, names: [a, b], header: false, skip_lines: 2}",
            "csv: {quote: none, header: false, comment: '#'}",
        ] {
            let text = format!("version: 1\ndata:\n  t: {{path: a.csv, rows: '> 0', {keys}}}\n");
            let read_as = Config::parse(&text).unwrap().data[0].read_as.clone();
            let travelled: SentReading =
                serde_json::from_str(&serde_json::to_string(&SentReading::of(&read_as)).unwrap()).unwrap();
            let mut arrived = travelled.read_as().unwrap();
            for (arrived, sent) in arrived.types.iter_mut().zip(&read_as.types) {
                arrived.column.span = sent.column.span;
            }
            assert_eq!(arrived, read_as, "{keys}");
        }
    }
}

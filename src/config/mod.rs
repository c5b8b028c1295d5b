//! The config: text → a validated [`Config`], or every problem at once, each with its place.
//!
//! Pure: it knows neither files nor the environment, nor which checks there are.
//!
//! Why not serde: a deserializer stops at the first problem, and the keys under a column are ids of checks that only the
//! catalogue knows. `serde_yaml` is archived and gives no places but those of syntax errors; `serde-saphyr` gives good
//! places, one error at a time. So the events of its parser, `granit-parser` (YAML 1.2, a byte span on every event, no
//! panics), become a tree of nodes with places, and this module reads that.

mod baseline;
mod baseline_place;
mod baseline_source;
#[expect(clippy::module_inception, reason = "the file is named after the type that it holds")]
mod config;
mod csv_dialect;
mod diagnostic;
mod duration;
mod edit;
mod entries;
mod guard;
mod keys;
mod limits;
mod parse;
mod parse_comment;
mod parse_find;
mod parse_model;
mod pattern;
mod policy;
mod read_as;
mod reader;
mod reference;
mod size;
mod span;
mod suggest;
mod waiver;
pub mod yaml;

pub use baseline::BaselineConfig;
pub use baseline_place::BaselinePlace;
pub use baseline_source::{BaselineSource, USUAL_BASELINE};
pub use config::{
    CommentConfig, Config, Dataset, Fairness, GroupBy, LabelFairness, Line, Lines, Model, PatternLines,
    PredictionColumns, ReportedLines, ReportedModel, SliceDefinition, SliceSearchConfig, rows_of_labels,
};
pub use csv_dialect::{CsvDialect, CsvNames};
pub use diagnostic::{Diagnostic, LineStarts, line_column, render, visible};
pub use duration::seconds;
pub use edit::{Unedited, with_entry};
pub use guard::{GuardConfig, ON_LOOSENED, OnLoosened};
pub use keys::{DATASET_KEYS, LINE_KEYS, MODEL_KEYS};
pub use parse::MIN_CELL;
pub use parse_comment::COMMENT_MODES;
pub use pattern::{Pattern, escaped};
pub use policy::{Policy, PolicyDemand, PolicySubject};
pub use read_as::{DeclaredType, ReadAs, TextType};
pub use size::bytes;
pub use span::{Span, Spanned};
pub use suggest::did_you_mean;
pub use waiver::WaiverConfig;
pub use yaml::{Entry, Node, Value};

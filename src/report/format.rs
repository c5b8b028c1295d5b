//! The formats of a report, by name.

use std::str::FromStr;

use super::safe;

/// The formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Text for a terminal and for the log of a job.
    Text,
    /// Markdown for a pull request or a job summary.
    Markdown,
    /// JSON for other programs; `docs/report.schema.json` is its contract.
    Json,
    /// A page for a browser: one file without script.
    Html,
    /// JUnit XML, for the test tab of a CI.
    JUnit,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitLab's Code Quality.
    CodeQuality,
    /// OpenMetrics, for GitLab's metrics report and for Prometheus.
    OpenMetrics,
    /// Variables for later jobs.
    Dotenv,
    /// The measurements as a table.
    Csv,
    /// The models' metrics as DVCLive's `metrics.json`.
    DvcLive,
    /// An in-toto statement with the predicate `test-result`, for signing and for admission policies.
    InToto,
    /// A CycloneDX 1.6 bill of materials with the models' metrics.
    CycloneDx,
    /// A model card for Hugging Face.
    ModelCard,
    /// The summary of New York City's Local Law 144, in Markdown.
    Ll144,
    /// Violations as Amazon SageMaker Model Monitor writes them.
    SageMakerViolations,
    /// Statistics of columns as Amazon SageMaker Model Monitor writes them.
    SageMakerStatistics,
    /// The message of a job of Amazon SageMaker, in one line.
    SageMakerMessage,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 18] = [
        Self::Text,
        Self::Markdown,
        Self::Json,
        Self::Html,
        Self::JUnit,
        Self::Sarif,
        Self::CodeQuality,
        Self::OpenMetrics,
        Self::Dotenv,
        Self::Csv,
        Self::DvcLive,
        Self::InToto,
        Self::CycloneDx,
        Self::ModelCard,
        Self::Ll144,
        Self::SageMakerViolations,
        Self::SageMakerStatistics,
        Self::SageMakerMessage,
    ];

    /// Returns the format's name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Json => "json",
            Self::Html => "html",
            Self::JUnit => "junit",
            Self::Sarif => "sarif",
            Self::CodeQuality => "codequality",
            Self::OpenMetrics => "openmetrics",
            Self::Dotenv => "dotenv",
            Self::Csv => "csv",
            Self::DvcLive => "dvclive",
            Self::InToto => "intoto",
            Self::CycloneDx => "cyclonedx",
            Self::ModelCard => "modelcard",
            Self::Ll144 => "ll144",
            Self::SageMakerViolations => "sagemaker-violations",
            Self::SageMakerStatistics => "sagemaker-statistics",
            Self::SageMakerMessage => "sagemaker-message",
        }
    }

    /// Returns all names in words: `text, markdown or json`.
    fn names() -> String {
        let names = Self::ALL.map(Self::name);
        let (last, first) = names.split_last().unwrap_or((&"", &[]));
        format!("{} or {last}", first.join(", "))
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|format| format.name() == name);
        known.ok_or_else(|| UnknownFormat { name: safe::terminal(name), known: Self::names() })
    }
}

/// The error of an unknown format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{name}`: use {known}")]
pub struct UnknownFormat {
    name: String,
    known: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_have_names_and_no_others() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
        let problem = "Text\u{1b}[2J".parse::<Format>().expect_err("names are lower case").to_string();
        assert!(problem.starts_with("unknown format `Text\u{fffd}[2J`: use text, markdown, json,"), "{problem}");
        assert!(problem.ends_with("sagemaker-statistics or sagemaker-message"), "{problem}");
    }
}

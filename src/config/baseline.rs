//! The baseline block of a config: the places that are searched for a stored baseline, and the conditions on it.

use super::baseline_place::BaselinePlace;
use super::baseline_source::BaselineSource;
use super::baseline_source::USUAL_BASELINE;
use super::diagnostic::Diagnostic;
use super::duration::seconds;
use super::entries::{truth, unknown};
use super::yaml::{Node, Value};
use crate::config::span::Span;

const KEYS: [&str; 4] = ["from", "required", "max_age", "rows"];

const AN_AGE: &str = "write a number and s, m, h, d or w, as in `max_age: 30d`";
/// Maximum number of places that are searched for a baseline.
const MOST_SOURCES: usize = 16;

/// The `baseline` block of a config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineConfig {
    /// The places to search, in this order.
    pub from: Vec<BaselinePlace>,
    /// True (the default): a run without a stored baseline is an error.
    pub required: bool,
    /// The age in seconds from which the report calls the baseline old.
    pub max_age: Option<u64>,
    /// True: the hashed rows of models are stored beside the baseline.
    pub rows: bool,
    /// The block's place in the config.
    pub span: Span,
}

impl BaselineConfig {
    /// Returns a baseline block with one required file at `path`.
    pub fn at(path: &str) -> Self {
        let span = Span { start: 0, end: 0 };
        Self { from: vec![BaselinePlace::at(path, span)], required: true, max_age: None, rows: false, span }
    }

    /// Returns the path to which a new baseline is written: the first file among the sources.
    pub fn file(&self) -> Option<&str> {
        self.from.iter().find_map(|place| match &place.source {
            BaselineSource::Path(path) | BaselineSource::Git { path, .. } => Some(path.as_str()),
            BaselineSource::GitHub { .. } | BaselineSource::GitLab { .. } | BaselineSource::Url { .. } => None,
        })
    }

    /// Reads the key `baseline`: a source, or a mapping.
    pub(super) fn read(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Self> {
        let before = problems.len();
        let Some(entries) = node.entries() else {
            let from = BaselinePlace::read(node, problems)?;
            return Some(Self { from: vec![from], required: true, max_age: None, rows: false, span: node.span });
        };
        unknown(entries, &KEYS, problems);
        let from = match node.get("from").map(|from| (from, &from.value)) {
            Some((_, Value::List(items))) if (1..=MOST_SOURCES).contains(&items.len()) => {
                items.iter().filter_map(|item| BaselinePlace::read(item, problems)).collect()
            }
            Some((from, Value::List(_))) => {
                let message = format!("expected from 1 to {MOST_SOURCES} places");
                problems.push(Diagnostic::new(message, from.span));
                Vec::new()
            }
            Some((from, _)) => BaselinePlace::read(from, problems).into_iter().collect(),
            None => vec![BaselinePlace::at(USUAL_BASELINE, node.span)],
        };
        let required = truth(node, "required", true, problems);
        let rows = truth(node, "rows", false, problems);
        let max_age = node.get("max_age").and_then(|node| match node.as_text().map(age) {
            Some(Ok(age)) => Some(age),
            Some(Err(why)) => {
                problems.push(Diagnostic::new(why, node.span));
                None
            }
            None => {
                problems.push(Diagnostic::new("`max_age` must be an age", node.span).with_help(AN_AGE));
                None
            }
        });
        (problems.len() == before).then_some(Self { from, required, max_age, rows, span: node.span })
    }
}

/// Parses an age and returns whole seconds.
fn age(text: &str) -> Result<u64, String> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at least 1; what is too large is never reached"
    )]
    let found = seconds(text).filter(|seconds| *seconds >= 1.0).map(|seconds| seconds as u64);
    found.ok_or_else(|| format!("`{text}` is not an age; {AN_AGE}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::config::yaml::parse;

    fn read(text: &str) -> Result<BaselineConfig, Vec<String>> {
        let mut problems = Vec::new();
        let read = BaselineConfig::read(&parse(text).unwrap(), &mut problems);
        let problems: Vec<String> = problems.into_iter().map(|problem| problem.message).collect();
        if problems.is_empty() { Ok(read.unwrap()) } else { Err(problems) }
    }

    fn shown(text: &str) -> Vec<String> {
        read(text).unwrap().from.iter().map(|place| place.source.shown()).collect()
    }

    #[test]
    fn the_short_form_is_one_place_that_has_to_be_there() {
        let config = read("a/b.json").unwrap();
        assert_eq!(config.from[0].source, BaselineSource::Path("a/b.json".to_owned()));
        assert!(config.required && config.max_age.is_none());
        assert_eq!(config.file(), Some("a/b.json"));
    }

    #[test]
    fn places_are_tried_in_the_order_of_the_config() {
        let pin = "0".repeat(64);
        let text = format!(
            "{{from: [git:merge-base, 'git:v1.2:x.json', github-artifact:base, 'gitlab-artifact:bless: it:out/b.json', \
             s3://b/k.json, {{url: 'https://h/p.json?signature=secret', sha256: '{pin}'}}], required: false, max_age: 2w}}"
        );
        assert_eq!(
            shown(&text),
            [
                "git:merge-base:.mlgate/baseline.json",
                "git:v1.2:x.json",
                "github-artifact:base",
                "gitlab-artifact:bless: it:out/b.json",
                "s3://b/k.json",
                "https://h/p.json"
            ]
        );
        let config = read(&text).unwrap();
        assert_eq!((config.required, config.max_age), (false, Some(1_209_600)));
        assert_eq!(config.file(), Some(".mlgate/baseline.json"));
        assert_eq!(shown("{max_age: 30d}"), [".mlgate/baseline.json"]);
        let pinned =
            format!("{{from: [{{place: git:main, required: false}}, {{url: 'https://h/p', sha256: '{pin}'}}]}}");
        assert_eq!(shown(&pinned), ["git:main:.mlgate/baseline.json", "https://h/p"]);
        assert_eq!(read(&pinned).unwrap().from.iter().map(|place| place.required).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn a_hostile_reference_is_no_reference() {
        for text in [
            "git:--upload-pack=x",
            "git:-O",
            "git::/secret",
            "git:HEAD^{/x}:a",
            "git:@{-1}",
            "git:a..b",
            "git:$(id)",
            "git:a b",
            "git:a\nb",
            "git:",
            "git:main:",
            "git:main:/etc/passwd",
            "git:main:-x",
            "git:main:a:b",
        ] {
            assert!(BaselineSource::parse(text).is_err(), "{text}");
        }
        for text in ["git:main", "git:origin/feature/ü-1", "git:v1.0~2", "git:0123abcd:../b.json"] {
            assert!(BaselineSource::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_place_is_said_to_be_none() {
        let why = |text: &str| BaselineSource::parse(text).unwrap_err();
        assert!(why("github-artefact:x").contains("did you mean `github-artifact:`?"));
        assert!(why("https://host/b.json").contains("pin it"));
        assert!(why("https://u:p@host/b.json?token=secret").contains("{url: \"https://host/b.json\", sha256: …}"));
        assert!(why("ftp://host/b.json").contains("not supported"));
        assert!(why("https://host/b.json#sha256=abc").contains("64 hexadecimal digits"));
        assert!(why("github-artifact:../x").contains("not a name of an artifact"));
        assert!(why("gitlab-artifact:job:../x").contains("inside"));
        assert_eq!(BaselineSource::parse("C:\\b.json"), Ok(BaselineSource::Path("C:\\b.json".to_owned())));
        assert!(read("{from: []}").is_err() && read("{form: a}").is_err() && read("[a]").is_err());
        assert!(read("{from: a, required: maybe}").is_err() && read("{from: a, max_age: 30}").is_err());
        assert_eq!(read("{from: a, max_age: 4 weeks}").unwrap().max_age, Some(2_419_200));
        assert!(read("{from: {place: a, url: 's3://b/k'}}").is_err() && read("{from: {required: false}}").is_err());
        assert!(read("{from: {place: a, required: 1}}").is_err() && read("{place: a}").is_err());
        assert!(read("{from: a, max_age: 0d}").is_err() && read("{from: {url: a.json}}").is_err());
    }
}

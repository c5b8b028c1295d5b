//! Search for and reading of the config and the user's own checks.

use std::path::PathBuf;

use super::failure::Failure;
use crate::catalog::Catalog;
use crate::config::{BaselineSource, Config, Diagnostic, Policy, Span, line_column};
use crate::gate::bind::bind;
use crate::measurement::Tables;
use crate::report::document::At;

/// A config and its place.
#[derive(Clone)]
pub(crate) struct Project {
    /// The config's path as messages show it.
    pub(crate) name: String,
    /// The config's folder, to which all its paths are relative.
    pub(crate) root: PathBuf,
    pub(crate) text: String,
    pub(crate) config: Config,
    /// The policies that the config is held to.
    pub(crate) policies: Vec<Policy>,
    /// The path of the stored baseline that the command line names, relative to the working directory.
    pub(crate) baseline: Option<PathBuf>,
    /// The source of the stored baseline that the command line names, if it is not a path.
    pub(crate) source: Option<BaselineSource>,
}

impl Project {
    /// Refuses the config for these problems, each of which is shown with its line.
    ///
    /// Problems of a policy are shown alone, with the policy's lines.
    pub(crate) fn refuse(&self, problems: Vec<Diagnostic>) -> Failure {
        for policy in &self.policies {
            let of_policy = problems.iter().filter(|problem| self.policy_at(problem.span) == Some(policy));
            let of_policy: Vec<Diagnostic> = of_policy
                .map(|problem| Diagnostic { span: policy.place(problem.span), also: Vec::new(), ..problem.clone() })
                .collect();
            if !of_policy.is_empty() {
                let (name, text) = (policy.name.clone(), policy.text.clone());
                return Failure::Text { name, text, problems: of_policy };
            }
        }
        Failure::Text { name: self.name.clone(), text: self.text.clone(), problems }
    }

    /// Returns the policy that contains a place, if the config does not.
    fn policy_at(&self, span: Span) -> Option<&Policy> {
        self.policies.iter().rev().find(|policy| span.start >= policy.offset)
    }

    /// Returns a place in the config, or in one of its policies.
    pub(crate) fn at(&self, span: Span) -> At {
        let (file, text, start) = match self.policy_at(span) {
            Some(policy) => (&policy.name, &policy.text, policy.place(span).start),
            None => (&self.name, &self.text, span.start),
        };
        let (line, column) = line_column(text, start);
        At { file: file.clone(), line, column }
    }

    /// Returns the problems of a config that could not be read whole together with those of binding it.
    pub(crate) fn problems(config: &Config, mut problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
        // Limits can be wrong, too; without tables, binding reports only problems that do not depend on columns.
        let catalog = Catalog::built_in().unwrap_or_default();
        if config.checks.is_none()
            && let Err(more) = bind(config, &catalog, &Tables::new(), 0)
        {
            problems.extend(more.into_iter().filter(|problem| problem.span.end > 0));
        }
        problems.sort_by_key(|problem| problem.span.start);
        problems.dedup();
        problems
    }
}

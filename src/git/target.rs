//! The branch that a change goes to, and the commit that the change has in common with it.

use super::discover::{NoRepository, Repository};
use super::objects::is_id;

/// The default target branches of a change on a developer's machine.
const USUAL_TARGETS: [&str; 5] = [
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
];

/// The other side of a change, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A branch that the change goes to.
    Branch {
        /// The name, without `refs/heads/`.
        name: String,
        /// A commit of the branch, for a clone without the branch.
        tip: Option<String>,
        /// The merge base, if the CI system has computed it.
        base: Option<String>,
    },
    /// A pushed branch, which is compared with its state before the push.
    Push {
        /// The branch.
        branch: String,
        /// The branch's commit before the push.
        before: String,
        /// The branch's place if the clone does not hold that commit.
        own: OwnBranch,
    },
    /// No target, which is right for a job on the default branch itself.
    Own(OwnBranch),
    /// No target, for this reason.
    Unknown(String),
    /// A developer's machine, on which the usual branches are tried.
    Guessed,
}

/// The branch that a job was started for, if nothing names a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnBranch {
    /// The job's branch.
    pub branch: Option<String>,
    /// The repository's default branch.
    pub default_branch: Option<String>,
    /// The job's commit.
    pub commit: Option<String>,
    /// The reason that the job is refused if it is not on the default branch.
    pub why: String,
}

/// The reason there is no merge base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoBase {
    /// The repository has no commit yet.
    Unborn,
    /// The clone contains none of these references and commits.
    NoTarget(Vec<String>),
    /// The change and this branch have no common commit.
    Unrelated(String),
    /// Nothing names the target, for this reason.
    Unsaid(String),
}

impl Repository {
    /// Returns the merge base of the checked-out commit and the target.
    ///
    /// # Errors
    ///
    /// Git cannot be started.
    pub fn merge_base(&self, target: &Target) -> Result<Result<String, NoBase>, NoRepository> {
        let Some(head) = self.head()? else { return Ok(Err(NoBase::Unborn)) };
        let names = match target {
            Target::Branch { name, tip, base } => {
                if let Some(base) = self.held(base.as_deref())? {
                    return Ok(Ok(base));
                }
                // A branch of a workspace that is used again may be an old one, so the CI's commit precedes it.
                let branch = [format!("refs/remotes/origin/{name}")].into_iter();
                branch.chain(tip.clone()).chain([format!("refs/heads/{name}")]).collect()
            }
            Target::Push { before, own, .. } => match self.held(Some(before))? {
                Some(before) => vec![before],
                None => match self.of_default_branch(&head, own)? {
                    Some(base) => return Ok(Ok(base)),
                    None => vec![before.clone()],
                },
            },
            Target::Own(own) => {
                return Ok(self.of_default_branch(&head, own)?.ok_or_else(|| NoBase::Unsaid(own.why.clone())));
            }
            Target::Unknown(why) => return Ok(Err(NoBase::Unsaid(why.clone()))),
            Target::Guessed => USUAL_TARGETS.map(str::to_owned).to_vec(),
        };
        for name in &names {
            if let Some(other) = self.commit(name)? {
                return Ok(self.common(&head, &other)?.ok_or_else(|| NoBase::Unrelated(name.clone())));
            }
        }
        Ok(Err(NoBase::NoTarget(names)))
    }

    /// Returns true if the checked-out commit is of the default branch itself.
    ///
    /// # Errors
    ///
    /// Git cannot be started.
    pub fn is_default_branch(&self, own: &OwnBranch) -> Result<bool, NoRepository> {
        let Some(head) = self.head()? else { return Ok(false) };
        Ok(self.of_default_branch(&head, own)?.is_some())
    }

    /// Returns the last commit that the checked-out one has in common with the default branch of `origin`, if it is of
    /// the default branch itself.
    fn of_default_branch(&self, head: &str, own: &OwnBranch) -> Result<Option<String>, NoRepository> {
        let Some(default) = own.default_branch.clone().map_or_else(|| self.default_branch(), |name| Ok(Some(name)))?
        else {
            return Ok(None);
        };
        if own.branch.as_ref().is_some_and(|branch| *branch != default) {
            return Ok(None);
        }
        let tip = self.commit(&format!("refs/remotes/origin/{default}"))?;
        let base = match &tip {
            Some(tip) => self.common(head, tip)?,
            None => Some(head.to_owned()),
        };
        let is_in_it = tip.is_some() && base.as_deref() == Some(head);
        // A job may check out another commit than the one it was started for.
        let is_named = match (&own.branch, &own.commit) {
            (Some(_), Some(commit)) => commit == head,
            (Some(_), None) => tip.is_none(),
            (None, _) => false,
        };
        Ok(base.filter(|_| is_in_it || is_named))
    }

    /// Returns the name of the default branch of `origin`, if the clone knows it.
    fn default_branch(&self) -> Result<Option<String>, NoRepository> {
        let answer = self.answer(&["symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"])?;
        let name = answer.ok().and_then(|name| Some(name.trim_end().strip_prefix("refs/remotes/origin/")?.to_owned()));
        Ok(name)
    }

    /// Returns a commit's id if the clone holds the commit.
    fn held(&self, id: Option<&str>) -> Result<Option<String>, NoRepository> {
        id.filter(|id| is_id(id)).map_or(Ok(None), |id| self.commit(id))
    }

    /// Returns the best common ancestor of two commits.
    pub(super) fn common(&self, left: &str, right: &str) -> Result<Option<String>, NoRepository> {
        // The first of several merge bases is the best.
        let found = self.answer(&["merge-base", left, right])?;
        Ok(found.ok().map(|base| base.trim_end().to_owned()).filter(|base| is_id(base)))
    }
}

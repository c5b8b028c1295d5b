//! The CI systems that mlgate knows, as one table of the variables that each of them sets.
//!
//! The names are those of each system's documentation. Who asks, asks the table: the target of a change, the run and its
//! job, the page to link to, the folder of the checkout and the dialect of commands in a log are columns of it.

mod table;

pub use table::SYSTEMS;

/// The environment, as a function from a variable's name to its value.
pub type JobVariables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A CI system.
#[derive(Debug)]
pub struct CiSystem {
    /// The name by which users know it.
    pub name: &'static str,
    /// Variables that only this system sets.
    pub signs: &'static [&'static str],
    /// The target branch of a change, in the order in which the variables are read.
    pub targets: &'static [NamedTarget],
    /// Variables that say that a job tests a change, even if its target is not named.
    pub changes: &'static [&'static str],
    /// The branch of a job that tests no change.
    pub branches: &'static [NamedBranch],
    /// The run and its job.
    pub job: Option<NamedJob>,
    /// The variable with the address of the run's page.
    pub page: Option<&'static str>,
    /// The variable with the address of the change's page on its forge.
    pub change_page: Option<&'static str>,
    /// The repository on its forge and the number of the change, where no variable has the change's page.
    pub change_number: Option<NamedChange>,
    /// The variable with the folder of the checkout.
    pub folder: Option<&'static str>,
    /// The commands that a job's log can hold.
    pub commands: Option<LogCommands>,
    /// The file that makes the system run mlgate.
    pub example: Option<CiExample>,
}

/// A file that makes a CI system run mlgate: an example of this repository.
#[derive(Debug)]
pub struct CiExample {
    /// The name of the system on the command line.
    pub name: &'static str,
    /// The path from the top of the repository.
    pub path: &'static str,
    /// The text, for the config `mlgate.yml` at the top.
    pub text: &'static str,
    /// The path where the first one is taken, and the remark on what is left to do then.
    pub beside: Option<(&'static str, &'static str)>,
    /// The remark on what is left to do, if the file alone does nothing.
    pub remark: Option<&'static str>,
}

/// The variables for the target branch of a change.
#[derive(Debug)]
pub struct NamedTarget {
    /// The variable that is set only for a change; the others have another meaning without it.
    pub only_with: Option<&'static str>,
    /// The name of the branch.
    pub branch: &'static str,
    /// A commit of the branch.
    pub tip: Option<&'static str>,
}

/// The variables for a branch.
#[derive(Debug)]
pub struct NamedBranch {
    /// The name of the branch.
    pub branch: &'static str,
    /// The name of the repository's default branch.
    pub default_branch: Option<&'static str>,
    /// The commit.
    pub commit: Option<&'static str>,
}

/// The variables for a run and its job.
#[derive(Debug)]
pub struct NamedJob {
    /// The run, which all jobs of a pipeline have in common.
    pub run: &'static str,
    /// The attempt, which differs each time a job is repeated, and the number that makes the first one 1 or more.
    pub attempt: Option<(&'static str, u64)>,
    /// The parts of the job's name.
    pub name: &'static [&'static str],
    /// The workflow of the job, the first that is set, up to an `@` and its ref.
    pub workflow: &'static [&'static str],
    /// The step's name.
    pub step: Option<&'static str>,
    /// The runner, the first that is set.
    pub runner: &'static [&'static str],
    /// The commit of the job.
    pub commit: &'static str,
}

impl NamedJob {
    const NOTHING: Self =
        Self { run: "", attempt: None, name: &[], workflow: &[], step: None, runner: &[], commit: "" };
}

/// The variables for a change of a repository.
#[derive(Debug)]
pub struct NamedChange {
    /// The address of the repository, as git or a browser writes it.
    pub repository: &'static str,
    /// The number of the change.
    pub number: &'static str,
}

/// The dialect of the commands that a runner reads from a job's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogCommands {
    /// Workflow commands, `::error file=…::…`.
    Workflow,
    /// Logging commands of Azure Pipelines, `##vso[task.logissue …]…`.
    Vso,
    /// Service messages of TeamCity, `##teamcity[message …]`.
    ServiceMessages,
}

/// Returns the files that make systems run mlgate, in the order of their names.
pub fn examples() -> Vec<&'static CiExample> {
    let mut examples: Vec<_> = SYSTEMS.iter().filter_map(|system| system.example.as_ref()).collect();
    examples.sort_by_key(|example| example.name);
    examples
}

/// Returns the system whose job this is, with the variable that says so.
pub fn system(env: JobVariables<'_>) -> Option<(&'static CiSystem, &'static str)> {
    SYSTEMS.iter().find_map(|system| system.signs.iter().find(|sign| is_said(env, sign)).map(|sign| (system, *sign)))
}

/// Returns true if a variable is set to something other than a word for no.
pub fn is_said(env: JobVariables<'_>, name: &str) -> bool {
    env(name).is_some_and(|value| !matches!(value.trim(), "" | "false" | "0"))
}

/// Returns the folder of the checkout that the first system names.
pub fn folders(env: JobVariables<'_>) -> impl Iterator<Item = String> {
    SYSTEMS.iter().filter_map(|system| system.folder).filter_map(env)
}

/// Returns the address of the run's page, as the system of this job names it.
pub fn page(env: JobVariables<'_>) -> Option<String> {
    env(system(env)?.0.page?).filter(|page| !page.is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_sign_and_a_name_stand_for_one_system() {
        let names: Vec<&str> = SYSTEMS.iter().map(|system| system.name).collect();
        let signs: Vec<&str> = SYSTEMS.iter().flat_map(|system| system.signs).copied().collect();
        for all in [&names, &signs] {
            assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
        }
        for system in &SYSTEMS {
            let found = super::system(&|name| (name == system.signs[0]).then(|| "true".to_owned()));
            assert_eq!(found.map(|(found, _)| found.name), Some(system.name));
        }
        assert!(super::system(&|_| Some("false".to_owned())).is_none());
    }

    #[test]
    fn a_system_on_top_of_another_is_itself() {
        let both = |name: &str| matches!(name, "GITHUB_ACTIONS" | "GITEA_ACTIONS" | "CI").then(|| "true".to_owned());
        assert_eq!(super::system(&both).map(|(found, _)| found.name), Some("Gitea Actions"));
    }
}

//! The variables of a job.

/// The environment, as a function from a variable's name to its value.
pub type JobVariables<'a> = &'a dyn Fn(&str) -> Option<String>;

//! `mlgate doctor`: says what it finds of everything that a run needs, and what is wrong.

use serde_json::json;

use crate::cli::arguments::{DoctorArguments, TableFormat};
use crate::cli::doctor::{DoctorFinding, Weight, ci, network, program, project, repository, text};
use crate::cli::exit::{NOT_EVALUATED, PASSED, USAGE};
use crate::cli::output;
use crate::pipeline::failure::Failure;
use crate::plural::counted;

/// Prints the findings. The exit code is 0 if nothing is wrong, 2 if the config is broken, and 4 otherwise.
pub(in crate::cli) fn doctor(arguments: &DoctorArguments) -> Result<u8, Failure> {
    let (of_project, is_broken) = project(arguments.config.as_deref(), arguments.online);
    let topics = [program(), repository(), ci(), network(arguments.online), of_project];
    let findings: Vec<DoctorFinding> = topics.into_iter().flat_map(|topic| topic.all()).collect();
    let wrong = findings.iter().filter(|finding| finding.weight == Weight::Wrong).count();
    let code = match wrong {
        0 => PASSED,
        _ if is_broken => USAGE,
        _ => NOT_EVALUATED,
    };
    let printed = match arguments.format {
        TableFormat::Json => {
            let report = json!({"version": 1, "exit_code": code, "wrong": wrong, "findings": findings});
            format!("{report:#}\n")
        }
        TableFormat::Text => {
            let last = if wrong == 0 { "nothing is wrong".to_owned() } else { counted(wrong as u64, "problem") };
            format!("{}\n{last}\n", text(&findings))
        }
    };
    output::print(&printed)?;
    Ok(code)
}

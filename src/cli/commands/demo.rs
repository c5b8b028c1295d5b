//! `mlgate demo`: a change that passes and one that fails, as files to play with.

use std::fs;

use super::run;
use crate::cli::arguments::DemoArguments;
use crate::cli::exit::{FAILED, NOT_EVALUATED, PASSED};
use crate::cli::shell::word;
use crate::cli::{output, quiet};
use crate::config::visible;
use crate::pipeline::failure::Failure;

/// The files of the scenario: made-up loan applications, and predictions of two models.
const FILES: [(&str, &[u8]); 8] = [
    ("main/applications.parquet", include_bytes!("../../../fixtures/loans/main/applications.parquet")),
    ("main/predictions.parquet", include_bytes!("../../../fixtures/loans/main/predictions.parquet")),
    ("good/applications.parquet", include_bytes!("../../../fixtures/loans/good/applications.parquet")),
    ("good/predictions.parquet", include_bytes!("../../../fixtures/loans/good/predictions.parquet")),
    ("good/mlgate.yml", include_bytes!("../../../fixtures/loans/good/mlgate.yml")),
    ("bad/applications.parquet", include_bytes!("../../../fixtures/loans/bad/applications.parquet")),
    ("bad/predictions.parquet", include_bytes!("../../../fixtures/loans/bad/predictions.parquet")),
    ("bad/mlgate.yml", include_bytes!("../../../fixtures/loans/bad/mlgate.yml")),
];

/// The two changes, with the exit code of each.
const CHANGES: [(&str, &str, u8); 2] = [
    ("good", "a change that is fine: new applications, and a better model", PASSED),
    ("bad", "a change to stop: rows doubled by a join, lost incomes, a worse model", FAILED),
];

/// Writes the scenario and runs both changes.
pub(in crate::cli) fn demo(arguments: &DemoArguments) -> Result<u8, Failure> {
    let folder = &arguments.folder;
    let is_taken = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => folder.symlink_metadata().is_ok(),
    };
    let shown = visible(&folder.display().to_string());
    if is_taken && !arguments.force {
        return Err(Failure::Usage(format!(
            "`{shown}` already exists; name another folder, or overwrite it with --force"
        )));
    }
    for (name, bytes) in FILES {
        output::write_bytes(&folder.join(name), bytes)?;
    }
    output::print(&format!("wrote {shown}: made-up loan applications and predictions, of main and of two changes\n"))?;
    if arguments.no_run {
        return Ok(PASSED);
    }
    let mut is_as_told = true;
    for (name, about, expected) in CHANGES {
        let config = folder.join(name).join("mlgate.yml");
        output::print(&format!("\n{about}\n$ mlgate run --quiet --config {}\n", word(&config)))?;
        let code = run::run(&quiet::arguments(&config)?)?;
        output::print(&format!("exit code {code}\n"))?;
        is_as_told &= code == expected;
    }
    output::print(&format!(
        "\nnext:\n  mlgate run --config {}\n  change {} and run it again\n  mlgate init    in a folder with your own data\n",
        word(&folder.join("bad/mlgate.yml")),
        word(&folder.join("good/mlgate.yml")),
    ))?;
    Ok(if is_as_told { PASSED } else { NOT_EVALUATED })
}

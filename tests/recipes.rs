//! The recipes of `examples/`: each goes through the four ends of a run, and only a pass deploys.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Workplace;

/// A recipe: its folder, and the variable that names the program that its script needs.
struct Recipe {
    folder: &'static str,
    needs: &'static str,
}

/// The recipes by what runs them. A variable with `PYTHON` in its name is a Python with the packages that the script's
/// first lines name; any other is read by the script itself.
const RECIPES: [Recipe; 15] = [
    Recipe { folder: "airflow", needs: "AIRFLOW" },
    Recipe { folder: "argo", needs: "MLGATE_RECIPE_PYTHON" },
    Recipe { folder: "azure-ml", needs: "MLGATE_RECIPE_PYTHON" },
    Recipe { folder: "databricks", needs: "MLGATE_MLFLOW_PYTHON" },
    Recipe { folder: "docker", needs: "BUILDAH" },
    Recipe { folder: "dvc", needs: "DVC" },
    Recipe { folder: "fiddler", needs: "MLGATE_RECIPE_PYTHON" },
    Recipe { folder: "kubeflow", needs: "MLGATE_RECIPE_PYTHON" },
    Recipe { folder: "kubernetes", needs: "MLGATE_RECIPE_PYTHON" },
    Recipe { folder: "mlflow", needs: "MLGATE_MLFLOW_PYTHON" },
    Recipe { folder: "prometheus", needs: "PUSHGATEWAY" },
    Recipe { folder: "sagemaker", needs: "MLGATE_MOTO_PYTHON" },
    Recipe { folder: "seldon", needs: "MLGATE_RECIPE_PYTHON" },
    Recipe { folder: "step-functions", needs: "MLGATE_MOTO_PYTHON" },
    Recipe { folder: "vertex", needs: "MLGATE_RECIPE_PYTHON" },
];

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// The program of this build.
fn program() -> PathBuf {
    assert_cmd::cargo::cargo_bin("mlgate")
}

#[test]
#[cfg(unix)]
fn the_four_ends_have_their_exit_codes() {
    for (end, code) in [("pass", Some(0)), ("fail", Some(1)), ("error", Some(4)), ("crash", None)] {
        let place = Workplace::new();
        let made = Command::new(examples().join("ends/make"))
            .args([end, "."])
            .env("MLGATE", program())
            .current_dir(place.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let ended = Command::new(place.path().join("bin/mlgate"))
            .args(["run", "--quiet"])
            .current_dir(place.path())
            .output()
            .unwrap();
        assert_eq!(ended.status.code(), code, "{end}");
        let stale = place.path().join("report.json");
        assert_eq!(stale.exists(), end == "crash", "a crash leaves the report of the run before");
    }
}

/// Runs a recipe, or says that it was skipped. `MLGATE_REQUIRE_RECIPES` lists the recipes that have to run, or is `1` for all.
#[cfg(unix)]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn only_a_pass_deploys(folder: &str) {
    let recipe = RECIPES.iter().find(|recipe| recipe.folder == folder).unwrap();
    let Some(named) = env::var_os(recipe.needs) else {
        let required = env::var("MLGATE_REQUIRE_RECIPES").unwrap_or_default();
        let is_required = required.split_whitespace().any(|name| name == "1" || name == folder);
        assert!(!is_required, "{folder}: {} names no program", recipe.needs);
        eprintln!("skipped: {folder}, because {} names no program", recipe.needs);
        return;
    };
    let script = examples().join(folder).join("try");
    let mut command = if recipe.needs.contains("PYTHON") { Command::new(&named) } else { Command::new(&script) };
    if recipe.needs.contains("PYTHON") {
        command.arg(&script);
    }
    let ended = command.env("MLGATE", program()).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{folder}: {out}{err}");
    // A script that ends early would have succeeded with less; Vertex' graph is the one that Kubeflow's recipe runs.
    let is_said = |end: &str| out.lines().any(|line| line.starts_with(&format!("{end}:")));
    let exit_codes = out.matches("exit code").count();
    let is_whole = match folder {
        "vertex" => out.contains("deploy:") && out.contains("refuse:"),
        "prometheus" => exit_codes == 4,
        _ => ["pass", "fail", "error", "crash"].into_iter().all(is_said),
    };
    assert!(is_whole, "{folder}: {out}");
    eprintln!("{folder}:\n{out}");
}

/// A test for each recipe, so that they run beside each other.
macro_rules! recipes {
    ($($name:ident: $folder:literal,)*) => {
        /// The folders that have a test.
        const TESTED: &[&str] = &[$($folder),*];
        $(
            #[test]
            #[cfg(unix)]
            fn $name() {
                only_a_pass_deploys($folder);
            }
        )*
    };
}

recipes! {
    airflow_deploys_after_a_pass_alone: "airflow",
    argo_deploys_after_a_pass_alone: "argo",
    azure_ml_deploys_after_a_pass_alone: "azure-ml",
    databricks_deploys_after_a_pass_alone: "databricks",
    docker_deploys_after_a_pass_alone: "docker",
    dvc_deploys_after_a_pass_alone: "dvc",
    fiddler_is_given_rows_after_a_pass_alone: "fiddler",
    kubeflow_deploys_after_a_pass_alone: "kubeflow",
    kubernetes_deploys_after_a_pass_alone: "kubernetes",
    mlflow_promotes_after_a_pass_alone: "mlflow",
    prometheus_has_the_numbers_of_each_end: "prometheus",
    sagemaker_approves_after_a_pass_alone: "sagemaker",
    seldon_releases_after_a_pass_alone: "seldon",
    step_functions_deploy_after_a_pass_alone: "step-functions",
    vertex_has_the_graph_of_kubeflow: "vertex",
}

#[test]
fn every_folder_with_a_script_is_a_recipe_with_a_test() {
    let mut scripts: Vec<String> = fs::read_dir(examples())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|folder| folder.join("try").is_file())
        .map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    scripts.sort();
    let listed: Vec<&str> = RECIPES.iter().map(|recipe| recipe.folder).collect();
    assert_eq!(scripts, listed);
    assert_eq!(TESTED, listed);
}

#[test]
fn every_recipe_says_what_it_cannot_show() {
    for folder in RECIPES.iter().map(|recipe| recipe.folder).chain(["grafana"]) {
        let text = fs::read_to_string(examples().join(folder).join("README.md")).unwrap();
        let told = text.to_lowercase();
        assert!(told.contains("it cannot show"), "{folder}");
        assert!(text.lines().count() <= 20, "{folder} is read in a minute");
    }
}

/// Every field of the dashboard is one of Grafana's, by the types that Grafana publishes.
#[test]
#[cfg(unix)]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn the_dashboard_has_the_types_of_grafana() {
    let Some(python) = env::var_os("MLGATE_RECIPE_PYTHON") else {
        eprintln!("skipped: the dashboard was not read with Grafana's types; MLGATE_RECIPE_PYTHON names no Python");
        return;
    };
    let read = Command::new(python).arg(examples().join("grafana/check")).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&read.stdout), String::from_utf8_lossy(&read.stderr));
    assert!(read.status.success() && out.contains("have the types of Grafana"), "{out}{err}");
}

/// The versions of the page are those that `.ci/run` installs.
#[test]
fn the_page_names_the_versions_that_ran() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let page = read("docs/recipes.md");
    let pins = [".ci/recipes.txt", ".ci/mlflow.txt", ".ci/requirements.txt"].map(read).concat();
    for (package, name) in [
        ("azure-ai-ml", "azure-ai-ml"),
        ("databricks-bundles", "databricks-bundles"),
        ("dvc", "DVC"),
        ("fiddler-client", "fiddler-client"),
        ("google-cloud-aiplatform", "google-cloud-aiplatform"),
        ("hera-workflows", "hera"),
        ("kfp", "KFP"),
        ("kubernetes-validate", "kubernetes-validate"),
        ("mlflow", "MLflow"),
        ("moto[server]", "moto"),
    ] {
        let pin = format!("{package}==");
        let version = pins.lines().find_map(|line| line.strip_prefix(&pin)).unwrap();
        assert!(page.contains(&format!("{name} {version}")), "docs/recipes.md does not name {name} {version}");
    }
    for recipe in RECIPES {
        assert!(page.contains(&format!("(../examples/{})", recipe.folder)), "docs/recipes.md lacks {}", recipe.folder);
    }
}

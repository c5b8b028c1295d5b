//! The place of a run: repository, commit and pull request, from the variables of Bitbucket Pipelines.

use super::KIND;
use crate::ci::JobVariables;
use crate::publish::forge::{Judged, NoPlace, Place, Pull, Wanted, address_of, is_commit, is_name, link};
use crate::publish::http::Proxy;

/// The variable with another address of the API, such as that of a proxy.
const API: &str = "BITBUCKET_API_URL";

/// Determines the place of the run.
pub(super) fn find(env: JobVariables<'_>, _: Option<&str>, wanted: &Wanted) -> Result<Place, NoPlace> {
    let is_home = is_home(env);
    let api = env(API).unwrap_or_else(|| "https://api.bitbucket.org/2.0".to_owned());
    let api = address_of(API, &api)?;
    let path = wanted.repository.clone().or_else(|| env("BITBUCKET_REPO_FULL_NAME").filter(|_| is_home));
    let path = path
        .ok_or_else(|| NoPlace("BITBUCKET_REPO_FULL_NAME is not set; give --repository WORKSPACE/NAME".to_owned()))?;
    if !path.split_once('/').is_some_and(|(workspace, name)| is_name(workspace) && is_name(name)) {
        return Err(NoPlace(format!("`{path}` is not a repository; write it as WORKSPACE/NAME")));
    }
    let web = format!("https://bitbucket.org/{path}");
    let run = env("BITBUCKET_BUILD_NUMBER").filter(|_| is_home);
    Ok(Place {
        forge: &KIND,
        graphql: String::new(),
        repository: format!("/repositories/{path}"),
        commit: env("BITBUCKET_COMMIT").filter(|commit| is_home && is_commit(commit)),
        judged: Judged::OfJob,
        astray: None,
        pull: if is_home { pull(env) } else { Pull::None("this job does not belong to a pull request") },
        read_only: None,
        earlier_run: None,
        earlier_conclusion: None,
        run_url: run.and_then(|run| link(&format!("{web}/pipelines/results/{run}"))),
        pipeline: None,
        proxy: Proxy::of(env, &api),
        web,
        api,
    })
}

/// Returns true in a job of Bitbucket Pipelines.
pub(super) fn is_home(env: JobVariables<'_>) -> bool {
    env("BITBUCKET_BUILD_NUMBER").is_some() && env("BITBUCKET_REPO_FULL_NAME").is_some()
}

fn pull(env: JobVariables<'_>) -> Pull {
    if let Some(number) = env("BITBUCKET_PR_ID").and_then(|text| text.parse().ok()) {
        Pull::Number(number)
    } else if env("BITBUCKET_TAG").is_some() {
        Pull::None("a tag belongs to no pull request")
    } else {
        Pull::OfCommit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::forge;

    const HEAD: &str = "4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2";

    fn place(more: &[(&str, &str)]) -> Result<Place, NoPlace> {
        let job = [("BITBUCKET_BUILD_NUMBER", "31"), ("BITBUCKET_REPO_FULL_NAME", "w/r"), ("BITBUCKET_COMMIT", HEAD)];
        let env = |name: &str| {
            let found = more.iter().chain(&job).find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        forge::find(&env, None, &Wanted::default())
    }

    #[test]
    fn a_pipeline_has_a_pull_request_or_the_one_of_its_commit() {
        let of = place(&[("BITBUCKET_PR_ID", "7")]).expect("there is a repository");
        assert_eq!((of.pull, of.commit.as_deref()), (Pull::Number(7), Some(HEAD)));
        assert_eq!((of.repository.as_str(), of.api.as_str()), ("/repositories/w/r", "https://api.bitbucket.org/2.0"));
        assert_eq!(of.run_url.as_deref(), Some("https://bitbucket.org/w/r/pipelines/results/31"));
        assert_eq!(place(&[]).map(|of| of.pull), Ok(Pull::OfCommit));
        assert!(matches!(place(&[("BITBUCKET_TAG", "v1")]).map(|of| of.pull), Ok(Pull::None(_))));
        for wrong in [("BITBUCKET_REPO_FULL_NAME", "w/../r"), ("BITBUCKET_API_URL", "http://bb.corp/2.0")] {
            assert!(place(&[wrong]).is_err(), "{wrong:?}");
        }
    }
}

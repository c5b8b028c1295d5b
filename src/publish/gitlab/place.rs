//! The place of a run: project, commit and merge request, from the variables of GitLab CI ("Predefined CI/CD variables").

use super::KIND;
use crate::ci::JobVariables;
use crate::publish::forge::{
    Judged, NoPlace, Pipeline, Place, Pull, Wanted, address_of, is_commit, is_name, link, safe_address,
};
use crate::publish::http::Proxy;

/// Determines the place of the run.
pub(super) fn find(env: JobVariables<'_>, _: Option<&str>, wanted: &Wanted) -> Result<Place, NoPlace> {
    let server = wanted.server.clone().or_else(|| env("CI_SERVER_URL"));
    let server = server.unwrap_or_else(|| "https://gitlab.com".to_owned());
    let is_home = is_home(env);
    // The address of the job's own server may have a path in front of the API's.
    let api = env("CI_API_V4_URL").unwrap_or_else(|| format!("{}/api/v4", server.trim_end_matches('/')));
    let api = address_of("CI_API_V4_URL", &api)?;
    let number = |name: &str| env(name).and_then(|text| text.parse::<u64>().ok());
    // The merge request of a fork belongs to the project that it goes to.
    let own = number("CI_PROJECT_ID").filter(|_| is_home);
    let target = number("CI_MERGE_REQUEST_PROJECT_ID").filter(|_| is_home).or(own);
    let (repository, web) = match (&wanted.repository, target) {
        (Some(path), _) => {
            let is_path = path.contains('/') && path.split('/').all(is_name);
            let path = Some(path).filter(|_| is_path);
            let path = path.ok_or_else(|| {
                let said = wanted.repository.as_deref().unwrap_or_default();
                NoPlace(format!("`{said}` is not a project; write it as GROUP/PROJECT"))
            })?;
            (format!("/projects/{}", path.replace('/', "%2F")), format!("{}/{path}", server.trim_end_matches('/')))
        }
        (None, Some(id)) => {
            let page = env("CI_MERGE_REQUEST_PROJECT_URL").or_else(|| env("CI_PROJECT_URL"));
            (format!("/projects/{id}"), page.and_then(|page| safe_address(&page)).unwrap_or_default())
        }
        (None, None) => {
            return Err(NoPlace("CI_PROJECT_ID is not set; give --repository GROUP/PROJECT".to_owned()));
        }
    };
    let commit = |name: &str| env(name).filter(|text| is_commit(text));
    // A pipeline of merged results tests another commit than the head of the merge request.
    let head = commit("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA").or_else(|| commit("CI_COMMIT_SHA"));
    let pipeline =
        own.zip(number("CI_PIPELINE_ID")).zip(commit("CI_COMMIT_SHA")).filter(|_| wanted.repository.is_none());
    Ok(Place {
        forge: &KIND,
        graphql: String::new(),
        repository,
        web,
        commit: head.filter(|_| is_home),
        judged: Judged::OfJob,
        astray: None,
        pull: if is_home { pull(env) } else { Pull::None("this job does not belong to a merge request") },
        read_only: read_only(env).filter(|_| is_home),
        earlier_run: None,
        earlier_conclusion: None,
        run_url: env("CI_JOB_URL").filter(|_| is_home).and_then(|page| link(&page)),
        pipeline: pipeline.map(|((project, id), commit)| Pipeline {
            repository: format!("/projects/{project}"),
            id,
            commit,
            job: number("CI_JOB_ID"),
        }),
        proxy: Proxy::of(env, &api),
        api,
    })
}

/// Returns true in a job of GitLab CI.
pub(super) fn is_home(env: JobVariables<'_>) -> bool {
    env("GITLAB_CI").is_some() && env("CI_PROJECT_ID").is_some()
}

fn pull(env: JobVariables<'_>) -> Pull {
    if env("CI_MERGE_REQUEST_EVENT_TYPE").is_some_and(|kind| kind == "merge_train") {
        Pull::None("a merge train tests several changes at once")
    } else if let Some(number) = env("CI_MERGE_REQUEST_IID").and_then(|text| text.parse().ok()) {
        Pull::Number(number)
    } else if env("CI_COMMIT_TAG").is_some() {
        Pull::None("a tag belongs to no merge request")
    } else {
        Pull::OfCommit
    }
}

/// Returns the reason that the job's variables cannot have a token of the project that the merge request goes to.
fn read_only(env: JobVariables<'_>) -> Option<&'static str> {
    let own = env("CI_PROJECT_ID")?;
    let is_of_fork = env("CI_MERGE_REQUEST_PROJECT_ID").is_some_and(|target| target != own);
    is_of_fork.then_some(
        "the pipeline of a fork runs with the fork's variables, which have no token of the project that the merge request \
         goes to; the job keeps its reports",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::forge;

    const HEAD: &str = "4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2";
    const MERGE: &str = "9999999999999999999999999999999999999999";

    fn place(more: &[(&str, &str)], wanted: &Wanted) -> Result<Place, NoPlace> {
        let job = [
            ("GITLAB_CI", "true"),
            ("CI_API_V4_URL", "https://git.corp/sub/api/v4"),
            ("CI_SERVER_URL", "https://git.corp/sub"),
            ("CI_PROJECT_ID", "8"),
            ("CI_PROJECT_URL", "https://git.corp/sub/g/p"),
            ("CI_PIPELINE_ID", "31"),
            ("CI_JOB_ID", "99"),
            ("CI_JOB_URL", "https://git.corp/sub/g/p/-/jobs/99"),
            ("CI_COMMIT_SHA", HEAD),
        ];
        let all: Vec<_> = more.iter().chain(&job).collect();
        let env = |name: &str| {
            let found = all.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            found.filter(|value| !value.is_empty())
        };
        forge::find(&env, None, wanted)
    }

    fn of(more: &[(&str, &str)]) -> Place {
        place(more, &Wanted::default()).expect("there is a project")
    }

    #[test]
    fn a_merge_request_is_its_number_and_its_head() {
        let detached = of(&[("CI_MERGE_REQUEST_IID", "7")]);
        assert_eq!((detached.pull, detached.commit.as_deref()), (Pull::Number(7), Some(HEAD)));
        assert_eq!((detached.repository.as_str(), detached.read_only), ("/projects/8", None));
        assert_eq!(detached.api, "https://git.corp/sub/api/v4");
        assert_eq!(detached.run_url.as_deref(), Some("https://git.corp/sub/g/p/-/jobs/99"));
        let merged = of(&[
            ("CI_MERGE_REQUEST_IID", "7"),
            ("CI_COMMIT_SHA", MERGE),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", HEAD),
        ]);
        assert_eq!(merged.commit.as_deref(), Some(HEAD));
        assert_eq!(merged.pipeline.map(|pipeline| pipeline.commit).as_deref(), Some(MERGE));
    }

    #[test]
    fn a_fork_asks_the_project_that_it_goes_to_and_has_no_token_of_it() {
        let fork = of(&[("CI_MERGE_REQUEST_IID", "7"), ("CI_MERGE_REQUEST_PROJECT_ID", "5")]);
        assert_eq!(fork.repository, "/projects/5");
        assert!(fork.read_only.is_some_and(|why| why.contains("fork's variables")));
        assert_eq!(fork.pipeline.map(|pipeline| pipeline.repository).as_deref(), Some("/projects/8"));
        // A member of the target project may run the fork's pipeline there.
        let inside = of(&[
            ("CI_MERGE_REQUEST_IID", "7"),
            ("CI_MERGE_REQUEST_PROJECT_ID", "8"),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "5"),
        ]);
        assert_eq!(inside.read_only, None);
    }

    #[test]
    fn other_pipelines_have_the_merge_request_of_their_commit_or_none() {
        assert_eq!(of(&[]).pull, Pull::OfCommit);
        let none = [("CI_COMMIT_TAG", "v1"), ("CI_MERGE_REQUEST_EVENT_TYPE", "merge_train")];
        for variable in none {
            assert!(matches!(of(&[variable, ("CI_MERGE_REQUEST_IID", "")]).pull, Pull::None(_)), "{variable:?}");
        }
    }

    #[test]
    fn a_project_is_named_by_its_path_with_all_of_its_groups() {
        let wanted = |path: &str| Wanted { repository: Some(path.to_owned()), pull: Some(3), ..Wanted::default() };
        let found = place(&[], &wanted("g/sub.group/p-1")).expect("it is a path");
        assert_eq!(found.repository, "/projects/g%2Fsub.group%2Fp-1");
        assert_eq!((found.pull, found.pipeline), (Pull::Number(3), None));
        for path in ["p", "g/../p", "g/p?x", "g//p", "g/p%2f"] {
            assert!(place(&[], &wanted(path)).is_err(), "{path}");
        }
        assert!(place(&[("CI_API_V4_URL", "http://git.corp/api/v4")], &Wanted::default()).is_err());
    }
}

//! The rows of the table.

use super::{CiExample, CiSystem, LogCommands, NamedBranch, NamedChange, NamedJob, NamedTarget};

const NOTHING: CiSystem = CiSystem {
    name: "",
    signs: &[],
    targets: &[],
    changes: &[],
    branches: &[],
    job: None,
    page: None,
    change_page: None,
    change_number: None,
    folder: None,
    commands: None,
    example: None,
};

const GITHUB_JOB: NamedJob = NamedJob {
    run: "GITHUB_RUN_ID",
    attempt: Some(("GITHUB_RUN_ATTEMPT", 0)),
    name: &["GITHUB_JOB"],
    workflow: &["GITHUB_WORKFLOW_REF", "GITHUB_WORKFLOW"],
    step: Some("GITHUB_ACTION"),
    runner: &["RUNNER_TRACKING_ID", "RUNNER_NAME"],
    commit: "GITHUB_SHA",
};

/// A file in a folder of its system, which no other pipeline is in.
const fn example(name: &'static str, path: &'static str, text: &'static str) -> CiExample {
    CiExample { name, path, text, beside: None, remark: None }
}

/// Systems of GitHub's kind, whose targets are in the event of a job.
const GITHUB: CiSystem = CiSystem {
    job: Some(GITHUB_JOB),
    folder: Some("GITHUB_WORKSPACE"),
    commands: Some(LogCommands::Workflow),
    ..NOTHING
};

const fn target(branch: &'static str) -> NamedTarget {
    NamedTarget { only_with: None, branch, tip: None }
}

const fn target_if(only_with: &'static str, branch: &'static str) -> NamedTarget {
    NamedTarget { only_with: Some(only_with), branch, tip: None }
}

const fn branch(branch: &'static str, commit: &'static str) -> NamedBranch {
    NamedBranch { branch, default_branch: None, commit: Some(commit) }
}

/// The CI systems. One that also sets the variables of another comes before it.
pub static SYSTEMS: [CiSystem; 25] = [
    CiSystem {
        name: "Gitea Actions",
        signs: &["GITEA_ACTIONS"],
        example: Some(example("gitea", ".gitea/workflows/mlgate.yml", include_str!("../../examples/gitea/mlgate.yml"))),
        ..GITHUB
    },
    CiSystem {
        name: "Forgejo Actions",
        signs: &["FORGEJO_ACTIONS"],
        example: Some(example(
            "forgejo",
            ".forgejo/workflows/mlgate.yml",
            include_str!("../../examples/gitea/mlgate.yml"),
        )),
        ..GITHUB
    },
    CiSystem {
        name: "GitHub Actions",
        signs: &["GITHUB_ACTIONS"],
        example: Some(CiExample {
            remark: Some("its line `uses: mlgate/mlgate@…` wants the commit that you have reviewed"),
            ..example("github", ".github/workflows/mlgate.yml", include_str!("../../examples/github/gate.yml"))
        }),
        ..GITHUB
    },
    CiSystem {
        name: "GitLab CI",
        signs: &["GITLAB_CI"],
        changes: &["CI_MERGE_REQUEST_IID", "CI_EXTERNAL_PULL_REQUEST_IID"],
        job: Some(NamedJob {
            run: "CI_PIPELINE_ID",
            // A job that is repeated in its pipeline is a new job of the same name.
            attempt: Some(("CI_JOB_ID", 0)),
            name: &["CI_JOB_NAME"],
            commit: "CI_COMMIT_SHA",
            ..NamedJob::NOTHING
        }),
        page: Some("CI_JOB_URL"),
        folder: Some("CI_PROJECT_DIR"),
        example: Some(CiExample {
            beside: Some((
                ".gitlab/mlgate.yml",
                "add to .gitlab-ci.yml under `include:` the line `- local: .gitlab/mlgate.yml`",
            )),
            ..example("gitlab", ".gitlab-ci.yml", include_str!("../../examples/gitlab/mlgate.yml"))
        }),
        ..NOTHING
    },
    CiSystem {
        name: "Jenkins",
        signs: &["JENKINS_URL", "HUDSON_URL"],
        targets: &[
            target("CHANGE_TARGET"),
            target("ghprbTargetBranch"),
            target_if("gitlabMergeRequestIid", "gitlabTargetBranch"),
            target_if("GERRIT_CHANGE_NUMBER", "GERRIT_BRANCH"),
        ],
        changes: &["CHANGE_ID"],
        branches: &[branch("BRANCH_NAME", "GIT_COMMIT"), branch("GIT_BRANCH", "GIT_COMMIT")],
        job: Some(NamedJob {
            run: "BUILD_TAG",
            attempt: None,
            name: &["STAGE_NAME"],
            workflow: &["JOB_NAME"],
            commit: "GIT_COMMIT",
            ..NamedJob::NOTHING
        }),
        page: Some("BUILD_URL"),
        change_page: Some("CHANGE_URL"),
        folder: Some("WORKSPACE"),
        example: Some(CiExample {
            beside: Some(("Jenkinsfile.mlgate", "put its stage into the Jenkinsfile that is there")),
            ..example("jenkins", "Jenkinsfile", include_str!("../../examples/jenkins/Jenkinsfile"))
        }),
        ..NOTHING
    },
    CiSystem {
        name: "Azure Pipelines",
        signs: &["TF_BUILD"],
        targets: &[target("SYSTEM_PULLREQUEST_TARGETBRANCH")],
        changes: &["SYSTEM_PULLREQUEST_PULLREQUESTID"],
        branches: &[branch("BUILD_SOURCEBRANCH", "BUILD_SOURCEVERSION")],
        job: Some(NamedJob {
            run: "BUILD_BUILDID",
            attempt: Some(("SYSTEM_JOBATTEMPT", 0)),
            name: &["SYSTEM_STAGENAME", "SYSTEM_PHASENAME", "SYSTEM_JOBNAME"],
            workflow: &["BUILD_DEFINITIONNAME"],
            commit: "BUILD_SOURCEVERSION",
            ..NamedJob::NOTHING
        }),
        change_number: Some(NamedChange {
            repository: "BUILD_REPOSITORY_URI",
            number: "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER",
        }),
        folder: Some("BUILD_SOURCESDIRECTORY"),
        commands: Some(LogCommands::Vso),
        example: Some(CiExample {
            beside: Some((
                "azure-pipelines.mlgate.yml",
                "make a pipeline of it, or put its steps into azure-pipelines.yml",
            )),
            ..example("azure", "azure-pipelines.yml", include_str!("../../examples/azure/azure-pipelines.yml"))
        }),
        ..NOTHING
    },
    CiSystem {
        name: "Bitbucket Pipelines",
        signs: &["BITBUCKET_BUILD_NUMBER"],
        targets: &[NamedTarget {
            tip: Some("BITBUCKET_PR_DESTINATION_COMMIT"),
            ..target("BITBUCKET_PR_DESTINATION_BRANCH")
        }],
        changes: &["BITBUCKET_PR_ID"],
        branches: &[branch("BITBUCKET_BRANCH", "BITBUCKET_COMMIT")],
        job: Some(NamedJob {
            run: "BITBUCKET_BUILD_NUMBER",
            attempt: Some(("BITBUCKET_STEP_RUN_NUMBER", 0)),
            name: &["BITBUCKET_PARALLEL_STEP"],
            commit: "BITBUCKET_COMMIT",
            ..NamedJob::NOTHING
        }),
        folder: Some("BITBUCKET_CLONE_DIR"),
        example: Some(CiExample {
            beside: Some(("bitbucket-pipelines.mlgate.yml", "put its step into bitbucket-pipelines.yml")),
            ..example(
                "bitbucket",
                "bitbucket-pipelines.yml",
                include_str!("../../examples/bitbucket/bitbucket-pipelines.yml"),
            )
        }),
        ..NOTHING
    },
    CiSystem {
        name: "Buildkite",
        signs: &["BUILDKITE"],
        targets: &[
            target("BUILDKITE_PULL_REQUEST_BASE_BRANCH"),
            NamedTarget {
                tip: Some("BUILDKITE_MERGE_QUEUE_BASE_COMMIT"),
                ..target("BUILDKITE_MERGE_QUEUE_BASE_BRANCH")
            },
        ],
        changes: &["BUILDKITE_PULL_REQUEST"],
        branches: &[NamedBranch {
            default_branch: Some("BUILDKITE_PIPELINE_DEFAULT_BRANCH"),
            ..branch("BUILDKITE_BRANCH", "BUILDKITE_COMMIT")
        }],
        job: Some(NamedJob {
            run: "BUILDKITE_BUILD_ID",
            attempt: Some(("BUILDKITE_RETRY_COUNT", 1)),
            name: &["BUILDKITE_STEP_KEY", "BUILDKITE_LABEL", "BUILDKITE_PARALLEL_JOB"],
            workflow: &["BUILDKITE_PIPELINE_SLUG"],
            commit: "BUILDKITE_COMMIT",
            ..NamedJob::NOTHING
        }),
        page: Some("BUILDKITE_BUILD_URL"),
        change_number: Some(NamedChange { repository: "BUILDKITE_REPO", number: "BUILDKITE_PULL_REQUEST" }),
        folder: Some("BUILDKITE_BUILD_CHECKOUT_PATH"),
        example: Some(CiExample {
            beside: Some((
                ".buildkite/mlgate.yml",
                "add a step with `buildkite-agent pipeline upload .buildkite/mlgate.yml`",
            )),
            ..example("buildkite", ".buildkite/pipeline.yml", include_str!("../../examples/buildkite/pipeline.yml"))
        }),
        ..NOTHING
    },
    CiSystem {
        name: "CircleCI",
        signs: &["CIRCLECI"],
        changes: &["CIRCLE_PULL_REQUEST"],
        branches: &[branch("CIRCLE_BRANCH", "CIRCLE_SHA1")],
        job: Some(NamedJob {
            run: "CIRCLE_WORKFLOW_ID",
            attempt: None,
            name: &["CIRCLE_JOB", "CIRCLE_NODE_INDEX"],
            commit: "CIRCLE_SHA1",
            ..NamedJob::NOTHING
        }),
        page: Some("CIRCLE_BUILD_URL"),
        change_page: Some("CIRCLE_PULL_REQUEST"),
        folder: Some("CIRCLE_WORKING_DIRECTORY"),
        example: Some(CiExample {
            beside: Some((".circleci/mlgate.yml", "put its job into .circleci/config.yml")),
            ..example("circleci", ".circleci/config.yml", include_str!("../../examples/circleci/config.yml"))
        }),
        ..NOTHING
    },
    CiSystem {
        name: "Travis CI",
        signs: &["TRAVIS"],
        targets: &[target_if("TRAVIS_PULL_REQUEST", "TRAVIS_BRANCH")],
        changes: &["TRAVIS_PULL_REQUEST"],
        branches: &[branch("TRAVIS_BRANCH", "TRAVIS_COMMIT")],
        page: Some("TRAVIS_BUILD_WEB_URL"),
        folder: Some("TRAVIS_BUILD_DIR"),
        ..NOTHING
    },
    // Woodpecker began as a fork of Drone.
    CiSystem {
        name: "Woodpecker",
        signs: &["WOODPECKER"],
        targets: &[target_if("CI_COMMIT_PULL_REQUEST", "CI_COMMIT_TARGET_BRANCH")],
        branches: &[NamedBranch {
            default_branch: Some("CI_REPO_DEFAULT_BRANCH"),
            ..branch("CI_COMMIT_BRANCH", "CI_COMMIT_SHA")
        }],
        job: Some(NamedJob {
            run: "CI_PIPELINE_NUMBER",
            attempt: None,
            name: &["CI_WORKFLOW_NAME", "CI_STEP_NAME"],
            commit: "CI_COMMIT_SHA",
            ..NamedJob::NOTHING
        }),
        page: Some("CI_PIPELINE_URL"),
        change_number: Some(NamedChange { repository: "CI_REPO_URL", number: "CI_COMMIT_PULL_REQUEST" }),
        folder: Some("CI_WORKSPACE"),
        example: Some(example(
            "woodpecker",
            ".woodpecker/mlgate.yml",
            include_str!("../../examples/woodpecker/mlgate.yml"),
        )),
        ..NOTHING
    },
    CiSystem {
        name: "Drone",
        signs: &["DRONE"],
        targets: &[target_if("DRONE_PULL_REQUEST", "DRONE_TARGET_BRANCH")],
        changes: &["DRONE_PULL_REQUEST"],
        branches: &[NamedBranch {
            default_branch: Some("DRONE_REPO_BRANCH"),
            ..branch("DRONE_BRANCH", "DRONE_COMMIT_SHA")
        }],
        job: Some(NamedJob {
            run: "DRONE_BUILD_NUMBER",
            attempt: None,
            name: &["DRONE_STAGE_NAME", "DRONE_STEP_NAME"],
            commit: "DRONE_COMMIT_SHA",
            ..NamedJob::NOTHING
        }),
        page: Some("DRONE_BUILD_LINK"),
        change_number: Some(NamedChange { repository: "DRONE_REPO_LINK", number: "DRONE_PULL_REQUEST" }),
        folder: Some("DRONE_WORKSPACE"),
        example: Some(CiExample {
            beside: Some((".drone.mlgate.yml", "append it to .drone.yml, behind a line `---`")),
            ..example("drone", ".drone.yml", include_str!("../../examples/drone/drone.yml"))
        }),
        ..NOTHING
    },
    CiSystem {
        name: "AppVeyor",
        signs: &["APPVEYOR"],
        targets: &[target_if("APPVEYOR_PULL_REQUEST_NUMBER", "APPVEYOR_REPO_BRANCH")],
        changes: &["APPVEYOR_PULL_REQUEST_NUMBER"],
        branches: &[branch("APPVEYOR_REPO_BRANCH", "APPVEYOR_REPO_COMMIT")],
        folder: Some("APPVEYOR_BUILD_FOLDER"),
        ..NOTHING
    },
    CiSystem {
        name: "Semaphore",
        signs: &["SEMAPHORE"],
        targets: &[target_if("SEMAPHORE_GIT_PR_NUMBER", "SEMAPHORE_GIT_BRANCH")],
        changes: &["SEMAPHORE_GIT_PR_NUMBER"],
        branches: &[branch("SEMAPHORE_GIT_BRANCH", "SEMAPHORE_GIT_SHA")],
        ..NOTHING
    },
    CiSystem {
        name: "Cirrus CI",
        signs: &["CIRRUS_CI"],
        targets: &[NamedTarget { tip: Some("CIRRUS_BASE_SHA"), ..target("CIRRUS_BASE_BRANCH") }],
        changes: &["CIRRUS_PR"],
        branches: &[NamedBranch {
            default_branch: Some("CIRRUS_DEFAULT_BRANCH"),
            ..branch("CIRRUS_BRANCH", "CIRRUS_CHANGE_IN_REPO")
        }],
        folder: Some("CIRRUS_WORKING_DIR"),
        ..NOTHING
    },
    CiSystem {
        name: "TeamCity",
        signs: &["TEAMCITY_VERSION"],
        page: Some("BUILD_URL"),
        commands: Some(LogCommands::ServiceMessages),
        example: Some(example(
            "teamcity",
            ".teamcity/settings.kts",
            include_str!("../../examples/teamcity/settings.kts"),
        )),
        ..NOTHING
    },
    CiSystem {
        name: "AWS CodeBuild",
        signs: &["CODEBUILD_BUILD_ID"],
        targets: &[target("CODEBUILD_WEBHOOK_BASE_REF")],
        branches: &[branch("CODEBUILD_WEBHOOK_HEAD_REF", "CODEBUILD_RESOLVED_SOURCE_VERSION")],
        page: Some("CODEBUILD_PUBLIC_BUILD_URL"),
        folder: Some("CODEBUILD_SRC_DIR"),
        ..NOTHING
    },
    CiSystem {
        name: "Codefresh",
        signs: &["CF_BUILD_ID"],
        targets: &[target("CF_PULL_REQUEST_TARGET")],
        page: Some("CF_BUILD_URL"),
        ..NOTHING
    },
    CiSystem {
        name: "Bitrise",
        signs: &["BITRISE_IO"],
        targets: &[target("BITRISEIO_GIT_BRANCH_DEST")],
        page: Some("BITRISE_BUILD_URL"),
        folder: Some("BITRISE_SOURCE_DIR"),
        ..NOTHING
    },
    CiSystem {
        name: "Prow",
        signs: &["PROW_JOB_ID"],
        targets: &[NamedTarget { tip: Some("PULL_BASE_SHA"), ..target_if("PULL_NUMBER", "PULL_BASE_REF") }],
        ..NOTHING
    },
    CiSystem { name: "GoCD", signs: &["GO_PIPELINE_NAME"], targets: &[target("PR_BASE_BRANCH_NAME")], ..NOTHING },
    CiSystem {
        name: "Bamboo",
        signs: &["bamboo_buildKey"],
        targets: &[target("bamboo_repository_pr_targetBranch")],
        page: Some("bamboo_buildResultsUrl"),
        folder: Some("bamboo_build_working_directory"),
        ..NOTHING
    },
    CiSystem {
        name: "Buddy",
        signs: &["BUDDY"],
        targets: &[target("BUDDY_RUN_PR_BASE_BRANCH"), target("BUDDY_EXECUTION_PULL_REQUEST_BASE_BRANCH")],
        ..NOTHING
    },
    CiSystem { name: "Screwdriver", signs: &["SCREWDRIVER"], ..NOTHING },
    CiSystem { name: "another CI", signs: &["CI"], ..NOTHING },
];

/*
 * A step for Jenkins pipelines that runs mlgate: `mlgate()`, or `mlgate(config: 'models/a/mlgate.yml', issues: true)`.
 *
 * Make this repository a Global Pipeline Library named `mlgate`, and begin a Jenkinsfile with `@Library('mlgate') _`.
 * docs/jenkins.md lists the options.
 *
 * Options reach the shell as variables and never as words of a script, so none of them can be a command.
 */

/** Runs the gate, keeps its reports, and ends the stage as its exit code says. Returns the exit code. */
int call(Map options = [:]) {
    Map known = [
        config: 'mlgate.yml', program: 'mlgate', only: '', baseline: '', failOn: 'failure',
        publish: true, comment: '', key: '', status: '', forge: '', credentialsId: '', usernamePassword: false,
        requirePost: false, junit: true, issues: false, html: false, archive: true,
    ]
    for (String name : options.keySet()) {
        if (!known.containsKey(name)) {
            error("mlgate: `${name}` is not an option; the options are ${known.keySet().join(', ')}")
        }
    }
    Map o = known + options
    if (!(o.failOn in ['failure', 'warning', 'error'])) {
        error("mlgate: failOn is `${o.failOn}`; it must be failure, warning or error")
    }
    if (!isUnix()) {
        error('mlgate: this step needs an agent with a POSIX shell')
    }
    int code = -1
    try {
        code = measure(o)
    } finally {
        keep(o)
    }
    judge(code, o.failOn)
    return code
}

/** Runs mlgate with the token, if there is one, and returns its exit code. */
private int measure(Map o) {
    List variables = [
        "MLGATE_STEP_PROGRAM=${o.program}", "MLGATE_STEP_CONFIG=${o.config}", "MLGATE_STEP_ONLY=${o.only}",
        "MLGATE_STEP_BASELINE=${o.baseline}", "MLGATE_STEP_COMMENT=${o.comment}", "MLGATE_STEP_KEY=${o.key}",
        "MLGATE_STEP_STATUS=${o.status}", "MLGATE_STEP_FORGE=${o.forge}",
        "MLGATE_STEP_HTML=${o.html ? 'yes' : ''}", "MLGATE_STEP_REQUIRE=${o.requirePost ? 'yes' : ''}",
        // A build of a branch has no change to post to.
        "MLGATE_STEP_PUBLISH=${o.publish && env.CHANGE_ID ? 'yes' : ''}",
    ]
    int code = -1
    withEnv(variables) {
        if (o.credentialsId) {
            withCredentials([credential(o)]) {
                code = sh(label: 'mlgate', returnStatus: true, script: commands())
            }
        } else {
            code = sh(label: 'mlgate', returnStatus: true, script: commands())
        }
    }
    return code
}

/** Returns the binding of the credential to the variable of the token; that of a GitHub App is a user with a password. */
private Object credential(Map o) {
    if (o.usernamePassword) {
        return usernamePassword(
            credentialsId: o.credentialsId, usernameVariable: 'MLGATE_STEP_USER', passwordVariable: 'MLGATE_TOKEN')
    }
    return string(credentialsId: o.credentialsId, variable: 'MLGATE_TOKEN')
}

/** Returns the script, which is the same for all options. */
private String commands() {
    return '''
        set +x
        # Where mlgate cannot be started at all, nothing of the build before may be kept.
        rm -f mlgate-report.md mlgate-report.json mlgate-junit.xml mlgate.sarif mlgate.html
        set -- run --color never --warn-exit-code --config "$MLGATE_STEP_CONFIG" \\
            --output markdown=mlgate-report.md --output json=mlgate-report.json \\
            --output junit=mlgate-junit.xml --output sarif=mlgate.sarif
        if [ -n "$MLGATE_STEP_HTML" ]; then set -- "$@" --output html=mlgate.html; fi
        if [ -n "$MLGATE_STEP_ONLY" ]; then set -- "$@" "--only=$MLGATE_STEP_ONLY"; fi
        if [ -n "$MLGATE_STEP_BASELINE" ]; then set -- "$@" "--baseline=$MLGATE_STEP_BASELINE"; fi
        if [ -n "$MLGATE_STEP_PUBLISH" ]; then
            set -- "$@" --publish
            if [ -n "$MLGATE_STEP_COMMENT" ]; then set -- "$@" "--comment=$MLGATE_STEP_COMMENT"; fi
            if [ -n "$MLGATE_STEP_KEY" ]; then set -- "$@" "--key=$MLGATE_STEP_KEY"; fi
            if [ -n "$MLGATE_STEP_STATUS" ]; then set -- "$@" "--status=$MLGATE_STEP_STATUS"; fi
            if [ -n "$MLGATE_STEP_FORGE" ]; then set -- "$@" "--forge=$MLGATE_STEP_FORGE"; fi
            if [ -n "$MLGATE_STEP_REQUIRE" ]; then set -- "$@" --require-post; fi
        fi
        "$MLGATE_STEP_PROGRAM" "$@"
    '''.stripIndent()
}

/** Hands the reports to the plugins that are asked for; a run without a verdict has some of them. */
private void keep(Map o) {
    if (o.junit) {
        // The verdict decides about the build: a gate that warns is a skipped test.
        junit(testResults: 'mlgate-junit.xml', allowEmptyResults: true, skipMarkingBuildUnstable: true)
    }
    if (o.issues) {
        recordIssues(enabledForFailure: true, tools: [sarif(id: 'mlgate', name: 'mlgate', pattern: 'mlgate.sarif')])
    }
    if (o.html && fileExists('mlgate.html')) {
        publishHTML(target: [
            reportName: 'mlgate', reportDir: '.', reportFiles: 'mlgate.html', includes: 'mlgate.html',
            keepAll: true, alwaysLinkToLastBuild: false, allowMissing: true,
        ])
    }
    if (o.archive) {
        archiveArtifacts(artifacts: 'mlgate-report.*, mlgate.sarif, mlgate.html', allowEmptyArchive: true)
    }
}

/** Ends the stage as the exit code says: a warning is unstable, everything else but a pass is a failure. */
private void judge(int code, String failOn) {
    switch (code) {
        case 0:
            return
        case 1:
            if (failOn == 'error') {
                unstable('mlgate: a gate failed')
                return
            }
            error('mlgate: a gate failed')
            break
        case 2:
            error('mlgate: the options or the config are wrong')
            break
        case 3:
            if (failOn == 'warning') {
                error('mlgate: warnings')
            }
            unstable('mlgate: warnings')
            return
        case 4:
            error('mlgate: something could not be evaluated')
            break
        case 5:
            error('mlgate: the report could not be posted')
            break
        default:
            error("mlgate: it could not be run, or was killed (exit code ${code})")
    }
}

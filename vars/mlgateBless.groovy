/*
 * A step for Jenkins pipelines that stores the baseline of the default branch: `mlgateBless()`, or
 * `mlgateBless(config: 'models/a/mlgate.yml', output: 'baseline.json')`.
 *
 * The baseline is an artifact of the build. A later build of a change copies it (Copy Artifact plugin), and its config names the
 * copy: docs/jenkins.md shows both. A build of a change stores nothing: it could bless itself.
 */

/** Judges the branch, stores its baseline, and keeps it as an artifact. Returns the exit code. */
int call(Map options = [:]) {
    Map known = [config: 'mlgate.yml', program: 'mlgate', output: '.mlgate/baseline.json', branch: '']
    for (String name : options.keySet()) {
        if (!known.containsKey(name)) {
            error("mlgateBless: `${name}` is not an option; the options are ${known.keySet().join(', ')}")
        }
    }
    Map o = known + options
    if (!isUnix()) {
        error('mlgateBless: this step needs an agent with a POSIX shell')
    }
    if (env.CHANGE_ID) {
        echo('mlgateBless: a change does not store a baseline')
        return 0
    }
    if (!(o.branch ? env.BRANCH_NAME == o.branch : env.BRANCH_IS_PRIMARY == 'true')) {
        echo("mlgateBless: ${env.BRANCH_NAME} is not the branch whose baseline is stored")
        return 0
    }
    int code = -1
    withEnv(["MLGATE_STEP_PROGRAM=${o.program}", "MLGATE_STEP_CONFIG=${o.config}", "MLGATE_STEP_OUTPUT=${o.output}"]) {
        code = sh(label: 'mlgate bless', returnStatus: true, script: '''
            set +x
            "$MLGATE_STEP_PROGRAM" bless --config "$MLGATE_STEP_CONFIG" "--baseline=$MLGATE_STEP_OUTPUT"
        '''.stripIndent())
    }
    if (code != 0) {
        error("mlgateBless: no baseline was stored (exit code ${code})")
    }
    archiveArtifacts(artifacts: o.output, allowEmptyArchive: false)
    return code
}

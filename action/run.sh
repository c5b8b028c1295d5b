#!/usr/bin/env bash
# Runs the gate and publishes its report, or publishes the report in an artifact of an earlier run. MLGATE names the binary.
#
# Inputs are passed as INPUT_… variables. None of them becomes text of a command.
set -uo pipefail

# Only mlgate gets the token: to post, and to fetch a baseline from an artifact. It starts git without it, and nothing else.
token="$INPUT_TOKEN"
unset INPUT_TOKEN

# Ends the action with an error before mlgate runs; it never passes.
refuse() {
    printf 'verdict=error\nexit-code=2\nreport-json=\nreport-markdown=\n' >>"$GITHUB_OUTPUT"
    # A line break would start another line of the log, which the runner may take for a command.
    printf 'mlgate action: %s\n' "${1//[$'\r\n']/ }" >&2
    local text="${1//%/%25}"
    text="${text//$'\r'/%0D}"
    printf '::error title=mlgate::%s\n' "${text//$'\n'/%0A}"
    printf '**mlgate did not run:** <code>%s</code>\n' "${1//[^A-Za-z0-9 .,:;()\/_-]/ }" >>"$GITHUB_STEP_SUMMARY" || true
    exit 2
}

[ -n "$token" ] || printf 'mlgate action: the input token is empty, so nothing can be posted or fetched with it\n' >&2

flag() {
    case "$2" in
        true) return 0 ;;
        false | "") return 1 ;;
        *) refuse "the input $1 is neither true nor false" ;;
    esac
}

post=(publish)
case "$INPUT_COMMENT" in
    "") ;;
    update | recreate | on-failure | off) post+=("--comment=$INPUT_COMMENT") ;;
    *) refuse "the input comment is none of update, recreate, on-failure and off" ;;
esac
[ -z "${INPUT_AUTHOR:-}" ] || post+=("--author=$INPUT_AUTHOR")
[ -z "$INPUT_KEY" ] || post+=("--key=$INPUT_KEY")
[ -z "$INPUT_TEMPLATE" ] || post+=("--template=$INPUT_TEMPLATE")
[ -z "$INPUT_CHECK_RUN" ] || post+=("--check-run=$INPUT_CHECK_RUN")
[ -z "$INPUT_STATUS" ] || post+=("--status=$INPUT_STATUS")
required=0
if flag require-post "$INPUT_REQUIRE_POST"; then
    required=1
    post+=(--require-post)
fi
case "$INPUT_FAIL_ON" in
    failure | warning | error | "") ;;
    *) refuse "the input fail-on is none of failure, warning and error" ;;
esac

cd -- "$GITHUB_WORKSPACE" || refuse "there is no workspace"
cd -- "$INPUT_WORKING_DIRECTORY" || refuse "the input working-directory names no folder"
case "$INPUT_CONFIG" in
    *$'\n'*) refuse "the input config names one config; use one step for each, with a key of its own" ;;
esac
[ -z "$INPUT_CONFIG" ] || post+=("--config=$INPUT_CONFIG")

# Adds an argument for each line of an input.
each() {
    local value
    while IFS= read -r value; do
        value="${value%$'\r'}"
        [ -z "$value" ] || post+=("--$1=$value")
    done <<<"$2"
}

if [ -n "$INPUT_REPORT_ARTIFACT" ] || [ -n "${INPUT_REPORTS:-}" ]; then
    # Reports of other runs or jobs. The output is mlgate's own, and every string of a report in it is escaped.
    [ -z "$INPUT_REPORT_ARTIFACT" ] || [ -z "${INPUT_REPORTS:-}" ] || refuse "the inputs report-artifact and reports exclude each other"
    each artifact "$INPUT_REPORT_ARTIFACT"
    each report "${INPUT_REPORTS:-}"
    each expect "${INPUT_EXPECT:-}"
    each base "${INPUT_BASE_REPORTS:-}"
    each carry-over "${INPUT_CARRY_OVER:-}"
    code=0
    GITHUB_TOKEN="$token" "$MLGATE" "${post[@]}" || code=$?
    printf 'exit-code=%s\n' "$code" >>"$GITHUB_OUTPUT"
    exit "$code"
fi

reports="$(mktemp -d "$RUNNER_TEMP/mlgate.XXXXXX")" || refuse "there is no folder for the reports"
json="$reports/report.json"
markdown="$reports/report.md"

arguments=(run --color=never "--output=json=$json" "--output=markdown=$markdown")
[ -z "$INPUT_CONFIG" ] || arguments+=("--config=$INPUT_CONFIG")
[ -z "$INPUT_BASELINE" ] || arguments+=("--baseline=$INPUT_BASELINE")
while IFS= read -r glob; do
    glob="${glob%$'\r'}"
    [ -z "$glob" ] || arguments+=("--only=$glob")
done <<<"$INPUT_ONLY"
while IFS= read -r output; do
    output="${output%$'\r'}"
    [ -z "$output" ] || arguments+=("--output=$output")
done <<<"$INPUT_OUTPUT"
[ "$INPUT_FAIL_ON" != warning ] || arguments+=(--warn-exit-code)

# The output may contain text of the pull request, which the runner must not execute as a command.
stop="mlgate-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
printf '::stop-commands::%s\n' "$stop"
code=0
# Through a variable of mlgate's own, which is there for this command alone.
MLGATE_GITHUB_TOKEN="$token" "$MLGATE" "${arguments[@]}" || code=$?
printf '\n::%s::\n' "$stop"

# The report has one key in each line, and no string contains a line break.
verdict=""
if [ -f "$json" ]; then
    verdict="$(sed -n 's/^  "verdict": "\([a-z]*\)",\{0,1\}$/\1/p' "$json")"
else
    json=""
fi
case "$verdict" in
    pass | warn | fail) ;;
    *) verdict="error" ;;
esac
if [ "$code" -eq 0 ] && [ "$verdict" = error ]; then
    printf 'mlgate action: the run ended with 0 and left no report, which is no answer\n' >&2
    code=4
fi
[ -f "$markdown" ] || markdown=""

# Posts the job summary, the annotations, the comment and the counts.
if [ -n "$json" ]; then
    posted=0
    GITHUB_TOKEN="$token" "$MLGATE" "${post[@]}" "--report=$json" || posted=$?
    if [ "$posted" -ne 0 ] && [ "$posted" -ne 5 ]; then
        printf 'mlgate action: the report could not be published (exit code %s)\n' "$posted" >&2
        printf '\n> **Not posted:** the report; the log of the step says why.\n' >>"$GITHUB_STEP_SUMMARY"
        [ "$required" -eq 0 ] || posted=5
    fi
    # The exit code of a blocking verdict is never replaced.
    if [ "$posted" -ne 0 ] && { [ "$code" -eq 0 ] || [ "$code" -eq 3 ]; }; then
        code="$posted"
    fi
else
    printf 'mlgate ended with exit code %s before there was a report; the log of the step says why.\n' "$code" >>"$GITHUB_STEP_SUMMARY"
fi
{
    printf 'verdict=%s\n' "$verdict"
    printf 'exit-code=%s\n' "$code"
    printf 'report-json=%s\n' "$json"
    printf 'report-markdown=%s\n' "$markdown"
} >>"$GITHUB_OUTPUT"

# With `fail-on: error`, a failed gate is shown and does not block. A gate that could not be evaluated still does.
if [ "$INPUT_FAIL_ON" = error ] && [ "$code" -eq 1 ]; then
    exit 0
fi
exit "$code"

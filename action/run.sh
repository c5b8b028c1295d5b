#!/usr/bin/env bash
# Runs the gate and publishes its report, or publishes the report in an artifact of an earlier run. MLGATE names the binary.
#
# Inputs are passed as INPUT_… variables. None of them becomes text of a command.
set -uo pipefail

here="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)"

# Only mlgate gets the token: to post, and to fetch a baseline from an artifact. It starts git without it, and nothing else.
token="$INPUT_TOKEN"
unset INPUT_TOKEN

# The arguments of `mlgate publish`, whatever it posts.
post=(publish)
for name in key template check-run status pull commit repository author; do
    variable="INPUT_$(printf '%s' "$name" | tr 'a-z-' 'A-Z_')"
    [ -z "${!variable:-}" ] || post+=("--$name=${!variable}")
done
case "$INPUT_CONFIG" in
    "" | *$'\n'*) ;;
    *) post+=("--config=$INPUT_CONFIG") ;;
esac
reports=""

# What tells the part of a run without a report from those of other jobs.
run=()
[ -z "$INPUT_BASELINE" ] || run+=("--baseline=$INPUT_BASELINE")
while IFS= read -r glob; do
    glob="${glob%$'\r'}"
    [ -z "$glob" ] || run+=("--only=$glob")
done <<<"$INPUT_ONLY"

# Says that there is no verdict, in place of what stands on the page about an earlier commit.
ended() {
    local posted=1
    if [ -n "${INPUT_REPORTS:-}" ] && [ -z "$INPUT_KEY$INPUT_CONFIG" ]; then
        post+=(--key=mlgate)
    fi
    if [ -z "$INPUT_REPORT_ARTIFACT" ]; then
        posted=0
        GITHUB_TOKEN="$token" "$MLGATE" "${post[@]}" ${run[@]+"${run[@]}"} "--ended=$1" "--no-verdict=$reports/problems.json" || posted=$?
    fi
    # The program cannot be started, or refuses an input.
    case "$posted" in
        0 | 5) ;;
        *) INPUT_TOKEN="$token" bash "$here/no-verdict.sh" "$1" "$2" ;;
    esac
}

# Ends the action with an error before mlgate runs; it never passes. The message is one of this script's.
refuse() {
    # A line break would start another line of the log, which the runner may take for a command.
    printf 'mlgate action: %s\n' "${1//[$'\r\n']/ }" >&2
    bash "$here/clear.sh"
    if [ -n "$reports" ]; then
        printf '{"version": 1, "exit_code": 2, "problems": [{"message": "%s"}]}\n' "$1" >"$reports/problems.json"
    fi
    ended 2 "$1"
    printf 'verdict=error\nexit-code=2\nreport-json=\nreport-markdown=\n' >>"$GITHUB_OUTPUT"
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

reports="$(mktemp -d "$RUNNER_TEMP/mlgate.XXXXXX")" || refuse "there is no folder for the reports"
json="$reports/report.json"
markdown="$reports/report.md"
cd -- "$GITHUB_WORKSPACE" || refuse "there is no workspace"
cd -- "$INPUT_WORKING_DIRECTORY" || refuse "the input working-directory names no folder"

case "$INPUT_COMMENT" in
    "") ;;
    update | recreate | on-failure | off) post+=("--comment=$INPUT_COMMENT") ;;
    *) refuse "the input comment is none of update, recreate, on-failure and off" ;;
esac
required=0
if flag require-post "$INPUT_REQUIRE_POST"; then
    required=1
    post+=(--require-post)
fi
case "$INPUT_FAIL_ON" in
    failure | warning | error | "") ;;
    *) refuse "the input fail-on is none of failure, warning and error" ;;
esac

case "$INPUT_CONFIG" in
    *$'\n'*) refuse "the input config names one config; use one step for each, with a key of its own" ;;
esac

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

arguments=(run --color=never "--output=json=$json" "--output=markdown=$markdown" "--no-verdict=$reports/problems.json")
[ -z "$INPUT_CONFIG" ] || arguments+=("--config=$INPUT_CONFIG")
arguments+=(${run[@]+"${run[@]}"})
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

# Posts the job summary, the annotations, the comment and the counts. The exit code is the verdict's: where something could
# not be posted, only `require-post` changes it, and only where nothing blocks.
posted=0
if [ -n "$json" ]; then
    GITHUB_TOKEN="$token" "$MLGATE" "${post[@]}" "--report=$json" || posted=$?
    if [ "$posted" -ne 0 ] && [ "$posted" -ne 5 ]; then
        printf 'mlgate action: the report could not be published (exit code %s)\n' "$posted" >&2
        printf '\n> **Not posted:** the report; the log of the step says why.\n' >>"$GITHUB_STEP_SUMMARY"
    fi
else
    ended "$code" "mlgate ended with exit code $code before there was a report; the log of the step says why"
fi
case "$code $INPUT_FAIL_ON" in
    "0 "* | "3 "* | "1 error") [ "$posted" -eq 0 ] || [ "$required" -eq 0 ] || code=5 ;;
esac
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

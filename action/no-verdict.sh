#!/usr/bin/env bash
# Says that there is no verdict where mlgate itself cannot, because it could not be installed or started: an annotation, the job
# summary, and with curl or gh the comment on the pull request, the commit status and the check run.
#
#   no-verdict.sh CODE MESSAGE
#
# The message is one of the action's scripts. Inputs are passed as INPUT_… variables, and the pull request of the event as
# EVENT_PULL and EVENT_HEAD. None of them becomes text of a command. What cannot be posted changes no exit code.
set -uo pipefail

code="$1"
message="$2"
token="${INPUT_TOKEN:-}"
unset INPUT_TOKEN

say() {
    printf 'mlgate action: %s\n' "$1" >&2
}

hexadecimal='^[0-9a-f]{40}([0-9a-f]{24})?$'
commit="${EVENT_HEAD:-}"
[[ $commit =~ $hexadecimal ]] || commit="${GITHUB_SHA:-}"
[[ $commit =~ $hexadecimal ]] || commit=""
pull="${EVENT_PULL:-}"
[[ $pull =~ ^[0-9]+$ ]] || pull=""

page="## ⛔ no verdict${commit:+ for commit ${commit:0:10}}

mlgate ended with exit code $code: $message

Nothing was judged, so an earlier verdict says nothing about this commit."

bash "$(dirname -- "${BASH_SOURCE[0]}")/clear.sh"
# The part of the comment that a run of this job would have written: its id, its lane and its line are mlgate's own.
digest() {
    local text all=""
    for text in "$@"; do all+="${#text}:$text"; done
    printf '%s' "$all" | sha256 | cut -c 1-16
}

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1
}

# Encodes what could end an HTML comment or a field.
plain() {
    local at byte text=""
    for ((at = 0; at < ${#1}; at++)); do
        byte="${1:at:1}"
        case "$byte" in
            [A-Za-z0-9._/@:]) text+="$byte" ;;
            -) if [[ $text == *- ]]; then text+="%2D"; else text+="-"; fi ;;
            *) text+="$(printf '%s' "$byte" | od -An -tx1 | tr -d ' \n' | sed 's/../%&/g' | tr a-f A-F)" ;;
        esac
    done
    printf '%s' "$text"
}

part() {
    local LC_ALL=C workflow="${GITHUB_WORKFLOW_REF:-${GITHUB_WORKFLOW:-}}" step="${GITHUB_ACTION:-}" runner="${RUNNER_TRACKING_ID:-${RUNNER_NAME:-}}" id glob
    local only=()
    while IFS= read -r glob; do
        glob="${glob%$'\r'}"
        [ -z "$glob" ] || only+=("$glob")
    done <<<"${INPUT_ONLY:-}"
    # The step of the installation has another name than the one that runs the gate.
    step="${step%install}"
    [ "$step" = "${GITHUB_ACTION:-}" ] || step="${step}gate"
    lane="$(digest "${workflow%%@*}" "${GITHUB_JOB:-}" "$step" "${INPUT_BASELINE:-}" "${INPUT_CONFIG:-mlgate.yml}" ${only[@]+"${only[@]}"})"
    [ -z "$runner" ] || runner="$(printf '%s' "$runner" | sha256 | cut -c 1-12)"
    id="$(digest "$lane" "$runner")"
    line="<!-- mlgate:part id=$id lane=$lane"
    [ -z "${GITHUB_RUN_ID:-}" ] || line+=" run=$GITHUB_RUN_ID.${GITHUB_RUN_ATTEMPT:-1}"
    line+=" commit=$commit"
    [ -z "${GITHUB_JOB:-}" ] || line+=" job=$(plain "$GITHUB_JOB")"
    for glob in ${only[@]+"${only[@]}"}; do line+=" only=$(plain "$glob")"; done
    line+=" verdict=none title=$(plain "no verdict: mlgate ended with exit code $code") -->"
}

printf '::error title=mlgate%%3A no verdict::%s\n' "${message//%/%25}"
printf '%s\n' "$page" >>"$GITHUB_STEP_SUMMARY"

# The second stage checks nothing, so its end says nothing about a change.
[ -z "${INPUT_REPORT_ARTIFACT:-}" ] || exit 0
if [ -z "$token" ] || [ -z "${GITHUB_REPOSITORY:-}" ] || [ -z "$commit" ]; then
    exit 0
fi
if [[ ! $token =~ ^[A-Za-z0-9._~+/=-]+$ ]]; then
    say "the input token is no token, so the comment and the status stay as they are"
    exit 0
fi
if command -v curl >/dev/null; then
    # The token reaches curl through a file descriptor: arguments and variables are seen by other programs.
    call() {
        local input=() left=$((90 - SECONDS))
        [ "$left" -gt 0 ] || return 28
        [ "$1" = GET ] || input=(--header "Content-Type: application/json" --data-binary @-)
        curl --config <(printf 'header = "Authorization: Bearer %s"\n' "$token") --fail --silent --show-error --max-time "$left" \
            --header "Accept: application/vnd.github+json" --header "X-GitHub-Api-Version: 2022-11-28" --user-agent mlgate/action \
            --request "$1" ${input[@]+"${input[@]}"} "${GITHUB_API_URL:-https://api.github.com}/$2"
    }
elif command -v gh >/dev/null; then
    host="${GITHUB_SERVER_URL:-https://github.com}"
    export GH_HOST="${host#https://}"
    call() {
        local input=()
        [ "$1" = GET ] || input=(--input -)
        GH_TOKEN="$token" GH_ENTERPRISE_TOKEN="$token" GH_PROMPT_DISABLED=1 gh api --method "$1" ${input[@]+"${input[@]}"} "$2"
    }
else
    say "there is neither curl nor gh on this runner, so the comment and the status stay as they are"
    exit 0
fi
repository="repos/$GITHUB_REPOSITORY"
# 90 seconds for everything that is posted.
SECONDS=0
fields="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)/fields.awk"

# Reads an answer, and returns its fields: a path and a value on each line.
get() {
    call GET "$1" | LC_ALL=C awk -f "$fields"
}

send() {
    call "$1" "$2" >/dev/null
}

# Returns a text as JSON.
json() {
    local tab=$'\t'
    printf '"'
    printf '%s\n' "$1" | LC_ALL=C tr -d '\000-\010\013-\037' | LC_ALL=C sed -e 's/[\\"]/\\&/g' -e "s/$tab/\\\\t/g" |
        LC_ALL=C awk '{printf "%s%s", line, $0; line = "\\n"}'
    printf '"'
}

part
# Returns the link of a red status, with the gates whose failure it shows: this one, and those of the status that stands.
red() {
    local link="${GITHUB_SERVER_URL:-https://github.com}/$GITHUB_REPOSITORY/actions/runs/${GITHUB_RUN_ID:-0}" gate
    [ "${GITHUB_RUN_ATTEMPT:-1}" = 1 ] || link+="/attempts/$GITHUB_RUN_ATTEMPT"
    link+="#mlgate-red=${lane:0:8}"
    for gate in ${1//./ }; do
        [ "$gate" = "${lane:0:8}" ] || link+=".$gate"
    done
    json "$link"
}

if [ -n "${INPUT_STATUS:-}" ]; then
    # The latest status comes first.
    standing="$(get "$repository/commits/$commit/statuses?per_page=100" | NAME="$(json "$INPUT_STATUS")" LC_ALL=C awk -F '\t' '
        $1 == "[].context" { name = $2 }
        $1 == "[].state" { state = $2 }
        $1 == "[].target_url" { link = $2 }
        $1 == "[]" {
            is_red = state == "\"failure\"" || state == "\"error\""
            if (name == ENVIRON["NAME"] && !found++ && is_red && match(link, /#mlgate-red=[0-9a-z.]+/))
                print substr(link, RSTART + 12, RLENGTH - 12)
            name = state = link = ""
        }')" || standing=""
    printf '{"state":"error","context":%s,"description":"no verdict: mlgate ended with exit code %s","target_url":%s}' \
        "$(json "$INPUT_STATUS")" "$code" "$(red "$standing")" | send POST "$repository/statuses/$commit" || say "the commit status could not be set"
fi
if [ -n "${INPUT_CHECK_RUN:-}" ]; then
    printf '{"name":%s,"head_sha":"%s","status":"completed","conclusion":"failure","details_url":%s,"output":{"title":"no verdict","summary":%s}}' \
        "$(json "$INPUT_CHECK_RUN")" "$commit" "$(red "")" "$(json "$page")" | send POST "$repository/check-runs" ||
        say "the check run could not be created"
fi

# The key and the mode are those of a run, as far as they are known without the program.
config="${INPUT_CONFIG:-mlgate.yml}"
folder="${INPUT_WORKING_DIRECTORY:-.}"
mode="${INPUT_COMMENT:-}"
key="${INPUT_KEY:-}"
cd -- "$GITHUB_WORKSPACE/$folder" 2>/dev/null || folder=.
settings="$(sed -n '/^comment:/{p;n;:more
/^[ \t]/{p;n;bmore
}
q
}' "$config" 2>/dev/null | head -n 10)"
[ -n "$key" ] || key="$(sed -n 's/.*key: *["'\'']\{0,1\}\([A-Za-z0-9._/@:-]*\).*/\1/p' <<<"$settings" | head -n 1)"
[ -n "$mode" ] || mode="$(sed -n 's/^comment: *\(off\)[ \t]*$/\1/p; s/.*mode: *\(off\).*/\1/p' <<<"$settings" | head -n 1)"
if [ -z "$key" ]; then
    key="$config"
    case "$folder" in
        . | ./) ;;
        *) key="${folder#./}/$config" ;;
    esac
    key="${key#./}"
fi
if [ -z "$pull" ] || [ "$mode" = off ]; then
    exit 0
fi
plain='^[A-Za-z0-9._/@:-]+$'
if ! [[ $key =~ $plain && $key != *--* && $key != *..* ]]; then
    say "the key of the comment is not known without mlgate, so the comment stays as it is"
    exit 0
fi

mark="<!-- mlgate:v1 key=$key -->"
if ! answer="$(get "$repository/pulls/$pull")"; then
    say "the pull request could not be read"
    exit 0
fi
head="$(LC_ALL=C awk -F '\t' '$1 == "head.sha" { gsub(/"/, "", $2); print $2 }' <<<"$answer")"
if [ "$head" != "$commit" ]; then
    say "the comment is left: the pull request has moved on"
    exit 0
fi
# Everybody can write the mark, so only a comment of the job's own login is changed.
export AUTHOR="${INPUT_AUTHOR:-github-actions[bot]}" MARK="$mark"
found=""
for ((number = 1; number <= 100; number++)); do
    if ! answer="$(get "$repository/issues/$pull/comments?per_page=100&page=$number")"; then
        say "the comments could not be read"
        exit 0
    fi
    found="$(LC_ALL=C awk -F '\t' '
        $1 == "[].id" { id = $2; count++ }
        $1 == "[].user.login" { login = $2 }
        $1 == "[].body" { start = substr($2, 2, 600) }
        $1 == "[]" {
            gsub(/\\u003[cC]/, "<", start)
            gsub(/\\u003[eE]/, ">", start)
            gsub(/\\\//, "/", start)
            if (login == "\"" ENVIRON["AUTHOR"] "\"" && index(start, ENVIRON["MARK"]) == 1 && !found) found = id
            id = login = start = ""
        }
        END { print found ? found : (count < 100 ? "none" : "") }' <<<"$answer")"
    [ -z "$found" ] || break
done
body="$mark
$line
$page"
comment() {
    printf '{"body":%s}' "$(json "$1")"
}
if [[ $found =~ ^[0-9]+$ ]]; then
    # What other jobs, runs and gates have said of this commit stays below.
    others="$(call GET "$repository/issues/comments/$found" | LC_ALL=C awk -v text=body -f "$fields" |
        awk -v commit=" commit=$commit " -v lane=" lane=$lane " \
            '/^<!-- mlgate:part /{keep = index($0, " run=") && index($0, commit) && !index($0, lane)} keep')"
    all="$body"
    [ -z "$others" ] || all="$mark
## ⛔ mlgate: 1 report without a verdict

$line
$page

$others"
    comment "$all" | send PATCH "$repository/issues/comments/$found" ||
        comment "$body" | send PATCH "$repository/issues/comments/$found" || say "the comment could not be changed"
else
    comment "$body" | send POST "$repository/issues/$pull/comments" || say "the comment could not be written"
fi
exit 0

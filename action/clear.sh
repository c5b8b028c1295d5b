#!/usr/bin/env bash
# Removes the files of the input `output` that an earlier build has left in a workspace that is used again, where mlgate itself,
# which removes them first, does not run. Inputs are passed as INPUT_… variables.
set -uo pipefail

cd -- "$GITHUB_WORKSPACE/${INPUT_WORKING_DIRECTORY:-.}" 2>/dev/null || exit 0
while IFS= read -r output; do
    path="${output%$'\r'}"
    path="${path#*=}"
    case "$path" in
        "" | "$output" | /dev/* | /proc/*) continue ;;
    esac
    [ ! -f "$path" ] || rm -f -- "$path"
done <<<"${INPUT_OUTPUT:-}"

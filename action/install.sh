#!/usr/bin/env bash
# Gets the mlgate binary and writes its path to the output `path`: a given binary; a released one whose digest is in
# checksums.txt; or, while this version has no release for the runner, one built from the action's own checkout.
#
# Inputs are passed as INPUT_… variables. None of them becomes text of a command.
set -euo pipefail

# No program that is started here sees a token: neither the download nor the build needs one. Only gh gets its own.
token="${INPUT_TOKEN:-}"
mirror_token="${INPUT_MIRROR_TOKEN:-}"
unset INPUT_TOKEN INPUT_MIRROR_TOKEN GITHUB_TOKEN GH_TOKEN MLGATE_GITHUB_TOKEN MLGATE_GITLAB_TOKEN
unset ACTIONS_RUNTIME_TOKEN ACTIONS_ID_TOKEN_REQUEST_TOKEN

action="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)"

# A line break would start another line of the log, which the runner may take for a command.
say() {
    printf 'mlgate action: %s\n' "${1//[$'\r\n']/ }" >&2
}

# Ends the action; without the program there is no verdict, which replaces what stands on the page about an earlier commit.
refuse() {
    say "$1"
    INPUT_TOKEN="$token" bash "$action/action/no-verdict.sh" 2 "$1"
    exit 2
}

answer() {
    case "$1" in
        *$'\n'* | *$'\r'*) refuse "a path with a line break in it is none" ;;
    esac
    printf 'path=%s\n' "$1" >>"$GITHUB_OUTPUT"
    exit 0
}

# Takes a binary that is there already, if it is one.
given() {
    [ -f "$1" ] || refuse "the input path names no file: ${1//[^A-Za-z0-9._\/:\\-]/?}"
    [ -x "$1" ] || refuse "the binary of the input path is not executable; chmod +x it, as after a download of an artifact"
    answer "$1"
}

# Prints the value of a key of the action's own manifest.
manifest() {
    sed -n "s/^$1 = \"\(.*\)\"\$/\1/p" "$action/Cargo.toml" | head -n 1
}

digest() {
    if command -v sha256sum >/dev/null; then
        sha256sum <"$1" | cut -d ' ' -f 1
    else
        shasum -a 256 <"$1" | cut -d ' ' -f 1
    fi
}

case "$INPUT_ATTESTATION" in
    true | false | "") ;;
    *) refuse "the input attestation is neither true nor false" ;;
esac

if [ -n "$INPUT_PATH" ]; then
    [ -z "$INPUT_VERSION" ] || refuse "the inputs path and version exclude each other"
    [ "$INPUT_ATTESTATION" != true ] || refuse "a binary that is given by its path cannot be attested"
    case "$INPUT_PATH" in
        /* | [A-Za-z]:*) given "$INPUT_PATH" ;;
        */* | *\\*) given "$GITHUB_WORKSPACE/$INPUT_PATH" ;;
    esac
    found="$(command -v -- "$INPUT_PATH")" || refuse "the input path names no program on PATH"
    answer "$found"
fi

own="$(manifest version)"
version="${INPUT_VERSION:-$own}"
version="${version#v}"
plain='^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$'
[[ $version =~ $plain ]] || refuse "the input version is no version such as 1.2.3"

program=mlgate
case "${RUNNER_OS:-} ${RUNNER_ARCH:-}" in
    "Linux X64") target=x86_64-unknown-linux-gnu ;;
    "Linux ARM64") target=aarch64-unknown-linux-gnu ;;
    "macOS X64") target=x86_64-apple-darwin ;;
    "macOS ARM64") target=aarch64-apple-darwin ;;
    "Windows X64") target=x86_64-pc-windows-msvc program=mlgate.exe ;;
    "Windows "*) target=none program=mlgate.exe ;;
    *) target=none ;;
esac
runner="${RUNNER_OS:-this system} ${RUNNER_ARCH:-}"
released=""
[ "$target" != none ] || released=" (programs are released for Linux and macOS on X64 and ARM64, and for Windows on X64)"

archive="mlgate-$version-$target.tar.gz"
expected="$(awk -v archive="$archive" '$2 == archive { print $1 }' "$action/action/checksums.txt")"

if [ -n "$expected" ]; then
    [[ $expected =~ ^[0-9a-f]{64}$ ]] || refuse "checksums.txt has no sha256 for $archive"
    repository="$(manifest repository)"
    # The digest decides, so the archive may come from anywhere.
    from="${INPUT_MIRROR:-$repository/releases/download}"
    protocols="=https"
    [ -z "$INPUT_MIRROR" ] || protocols="=https,http,file"
    command -v tar >/dev/null || refuse "tar is not on this runner; install it, or give the input path"
    # The secret reaches curl on its standard input: arguments and variables are seen by other programs.
    authorization=""
    if [ -n "$mirror_token" ]; then
        case "$INPUT_MIRROR" in
            https://*) ;;
            *) refuse "the input mirror-token is for a mirror with https" ;;
        esac
        case "$mirror_token" in
            *[\"\\]* | *$'\n'* | *$'\r'*) refuse "the input mirror-token has a character that no token has" ;;
            *:*) authorization="user = \"$mirror_token\"" ;;
            *) authorization="header = \"Authorization: Bearer $mirror_token\"" ;;
        esac
    fi
    folder="$(mktemp -d "$RUNNER_TEMP/mlgate.XXXXXX")" || refuse "there is no folder for the binary"
    cd -- "$folder"
    # The tool cache keeps the archive and not the program: other jobs of the runner can write there, so its digest is checked anew.
    cache="${RUNNER_TOOL_CACHE:+$RUNNER_TOOL_CACHE/mlgate/$version/$target}"
    cached() {
        [ -n "$cache" ] && [ -f "$cache/$archive" ] && cp -- "$cache/$archive" "$archive" 2>/dev/null &&
            [ "$(digest "$archive")" = "$expected" ]
    }
    keep() {
        local copy
        [ -n "$cache" ] && mkdir -p -- "$cache" && copy="$(mktemp "$cache/new.XXXXXX")" && cp -- "$archive" "$copy" &&
            mv -f -- "$copy" "$cache/$archive"
    }
    if cached; then
        say "taking $archive from the tool cache"
        cache=""
    else
        command -v curl >/dev/null || refuse "curl is not on this runner; install it, or give the input path"
        say "downloading $archive"
        rm -f -- "$archive"
        printf '%s\n' "$authorization" | curl --config - --proto "$protocols" --proto-redir "$protocols" --tlsv1.2 --fail --silent --show-error --location \
            --retry 3 --max-filesize 300000000 --output "$archive" -- "$from/v$version/$archive" ||
            refuse "$archive could not be downloaded"
    fi
    found="$(digest "$archive")"
    [ "$found" = "$expected" ] || refuse "$archive has the sha256 $found and not $expected: it is not what was released"
    if [ "$INPUT_ATTESTATION" = true ]; then
        command -v gh >/dev/null || refuse "the attestation cannot be checked: there is no gh on this runner"
        name="${repository#https://github.com/}"
        GH_TOKEN="$token" gh attestation verify "$archive" --repo "$name" \
            --signer-workflow "$name/.github/workflows/release.yml" ||
            refuse "$archive has no attestation of the release workflow"
    fi
    keep 2>/dev/null || [ -z "$cache" ] || say "the tool cache takes no files, so the next job downloads $archive again"
    tar -xzf "$archive" -- "$program" || refuse "$archive could not be unpacked"
    [ -x "$program" ] || refuse "the program in $archive is not executable"
    answer "$folder/$program"
fi

[ "$version" = "$own" ] ||
    refuse "this action knows no release $version for $runner$released; use the action's commit that belongs to that version"
[ "$INPUT_ATTESTATION" != true ] || refuse "version $version has no release for $runner$released, so there is nothing attested"
command -v cargo >/dev/null ||
    refuse "version $version has no release for $runner$released, and there is no cargo to build it with; install a Rust toolchain first, or give the input path"
say "version $version has no release for $runner; building it from the action's own checkout, which takes minutes"
# Cargo reads the settings of the folder in which it starts, which must not be the change's.
cd -- "$action"
export CARGO_TARGET_DIR="$RUNNER_TEMP/mlgate-build"
cargo build --release --locked --bin mlgate >&2 || refuse "the build failed"
answer "$CARGO_TARGET_DIR/release/$program"

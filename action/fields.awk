# Reads JSON, and prints a line for each value: its path, a tab, and the value as it is written. The end of an object or a list
# has a line as well. With `-v text=PATH`, prints the text at that path, decoded, and nothing else.
#
# Texts come from everybody who may comment, so only their quotes separate them from the structure.
BEGIN {
    RS = "\""
    depth = 0
}

# The structure and the texts take turns.
NR == 1 || !within {
    structure($0)
    within = 1
    string = ""
    next
}

{
    string = string $0
    if (match($0, /\\+$/) && RLENGTH % 2 == 1) {
        string = string "\""
        next
    }
    within = 0
    if (kind[depth] == "{" && wanted[depth]) {
        key[depth] = string
        wanted[depth] = 0
    } else {
        emit("\"" string "\"")
    }
}

function structure(part, at, c, word) {
    gsub(/[ \t\r\n]/, "", part)
    word = ""
    for (at = 1; at <= length(part); at++) {
        c = substr(part, at, 1)
        if (c ~ /[-+.0-9a-zA-Z]/) {
            word = word c
            continue
        }
        if (word != "") emit(word)
        word = ""
        if (c == "{" || c == "[") {
            kind[++depth] = c
            wanted[depth] = c == "{"
            key[depth] = ""
        } else if (c == "}" || c == "]") {
            depth--
            emit("{}")
        } else if (c == ",") {
            wanted[depth] = kind[depth] == "{"
        }
    }
    if (word != "") emit(word)
}

function emit(value, level, path) {
    path = ""
    for (level = 1; level <= depth; level++)
        path = path (kind[level] == "[" ? "[]" : (path == "" ? "" : ".") key[level])
    if (text == "") print path "\t" value
    else if (path == text) print decoded(substr(value, 2, length(value) - 2))
}

function decoded(value, parts, count, at, part, c, code, out) {
    count = split(value, parts, /\\/)
    out = parts[1]
    for (at = 2; at <= count; at++) {
        part = parts[at]
        if (part == "") {
            out = out "\\" parts[++at]
            continue
        }
        c = substr(part, 1, 1)
        if (c == "u") {
            code = number(substr(part, 2, 4))
            part = substr(part, 6)
            if (code >= 55296 && code < 56320 && part == "" && substr(parts[at + 1], 1, 1) == "u") {
                part = parts[++at]
                code = 65536 + (code - 55296) * 1024 + number(substr(part, 2, 4)) - 56320
                part = substr(part, 6)
            }
            out = out bytes(code) part
        } else {
            out = out (c == "n" ? "\n" : c == "t" ? "\t" : c ~ /[rbf]/ ? "" : c) substr(part, 2)
        }
    }
    return out
}

function number(hexadecimal, at, value) {
    value = 0
    for (at = 1; at <= length(hexadecimal); at++)
        value = value * 16 + index("0123456789abcdef", tolower(substr(hexadecimal, at, 1))) - 1
    return value
}

# The bytes of a character in UTF-8.
function bytes(code) {
    if (code < 128) return code == 0 ? "" : sprintf("%c", code)
    if (code < 2048) return sprintf("%c%c", 192 + int(code / 64), 128 + code % 64)
    if (code < 65536) return sprintf("%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64)
    return sprintf("%c%c%c%c", 240 + int(code / 262144), 128 + int(code / 4096) % 64, 128 + int(code / 64) % 64, 128 + code % 64)
}

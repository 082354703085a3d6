#!/usr/bin/env bash
# table.sh BINARY [DIR]: how long parallel_search takes for all of DIR (/usr/include), one file after the
# other, with threads, in a pipeline of threads and with processes, and whether all find what grep -rF
# finds. Exit status 1 where they do not.
set -euo pipefail
export LC_ALL=C

die() { printf 'table.sh: %s\n' "$*" >&2; exit 2; }

binary=${1:-}
directory=${2:-/usr/include}
[ -x "$binary" ] || die "give the program to measure: table.sh BINARY [DIR]"
[ -d "$directory" ] || die "there is no directory $directory"
patterns=(-e mutex -e 'std::future' -e noexcept)
rounds=3
forms=(serial threads pipeline processes grep)

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

search_serial() { "$binary" --executor=serial "${patterns[@]}" "$directory"; }
search_threads() { "$binary" --executor=threads "${patterns[@]}" "$directory"; }
search_pipeline() { "$binary" --pipeline "${patterns[@]}" "$directory"; }
search_processes() { "$binary" --executor=processes "${patterns[@]}" "$directory"; }
search_grep() { grep -rnF "${patterns[@]}" "$directory"; }

# run FORM ROUND: one search, and its time in microseconds. Files that cannot be read are no failure:
# grep cannot read them either.
run() {
    local begin=${EPOCHREALTIME/./} status=0
    "search_$1" >"$out/$1" 2>"$out/$1.errors" || status=$?
    echo $((${EPOCHREALTIME/./} - begin)) >"$out/$1.time.$2"
    if [ $status -gt 2 ]; then
        cat "$out/$1.errors" >&2
        die "$1 ended with status $status"
    fi
}

median() { sort -n "$out/$1.time."[1-9]* | sed -n "$(((rounds + 1) / 2))p"; }

row() {
    local time
    time=$(median "$1")
    printf '%-12s %8d %9d %9d.%03d %9s\n' "$2" "$files" "$(wc -l <"$out/$1.sorted")" \
        $((time / 1000000)) $((time / 1000 % 1000)) \
        "$(awk -v a="$serial" -v b="$time" 'BEGIN { printf "%.2f x", a / b }')"
}

printf 'Searching %s for %s, on %d processors\n\n' "$directory" "${patterns[*]}" "$(nproc)"
for form in "${forms[@]}"; do run "$form" 0; done  # brings the files into memory
for ((round = 1; round <= rounds; round++)); do
    for form in "${forms[@]}"; do run "$form" "$round"; done
done

# The same files are binary for all of them; each says so in its own words.
for form in "${forms[@]}"; do
    sed -n -e 's/^Binary file \(.*\) matches$/\1: binary file matches/p' \
        -e 's/^grep: \(.*: binary file matches\)$/\1/p' "$out/$form.errors" |
        cat "$out/$form" - | sort >"$out/$form.sorted"
done
files=$("$binary" -c "${patterns[@]}" "$directory" 2>/dev/null | wc -l)
serial=$(median serial)

printf '%-12s %8s %9s %13s %9s\n' executor files matches seconds speed-up
row serial serial
row threads threads
row pipeline pipeline
row processes processes
row grep 'grep -rF'
printf '\nseconds: the median of %d runs, taken in turns\n' "$rounds"

for form in threads pipeline processes grep; do
    if ! diff "$out/serial.sorted" "$out/$form.sorted" >"$out/difference"; then
        printf 'serial (<) and %s (>) differ:\n' "$form" >&2
        head -n 20 "$out/difference" >&2
        exit 1
    fi
done
printf 'Serial, threads, pipeline, processes and grep -rF found the same %d lines.\n' "$(wc -l <"$out/serial.sorted")"

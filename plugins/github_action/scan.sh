#!/usr/bin/env bash
# Scan, with annotations and the step's summary, and leave every report below RUNNER_TEMP.
# Inputs come in the environment and are never part of a command's text.
set -euo pipefail

home=$RUNNER_TEMP/ebs-plan
ebs_plan=${EBS_PLAN:-$home/venv/bin/ebs-plan}
mkdir -p "$home"

paths=()
while IFS= read -r line || [ -n "$line" ]; do
    [ -z "$line" ] || paths+=("$line")
done <<<"${INPUT_PATHS:-.}"
arguments=(--fail-on "${INPUT_FAIL_ON:-unencrypted,wrong-key,rejected}")
[ "${INPUT_STRICT:-false}" != true ] || arguments+=(--strict)
[ -z "${INPUT_CONFIG:-}" ] || arguments+=(--config "$INPUT_CONFIG")
[ -z "${INPUT_FACTS:-}" ] || arguments+=(--facts "$INPUT_FACTS")
while IFS= read -r line || [ -n "$line" ]; do
    [ -z "$line" ] || arguments+=("$line")
done <<<"${INPUT_ARGUMENTS:-}"

code=0
"$ebs_plan" scan "${arguments[@]}" \
    -o github -o "json=$home/report.json" -o "sarif=$home/report.sarif" \
    -o "markdown=$home/report.md" -- "${paths[@]}" || code=$?

# Numbers and our own paths only: no text of an input gets into the outputs.
count() { jq -r ".summary.$1 | numbers" "$home/report.json" 2>/dev/null || true; }
{
    echo "exit-code=$code"
    echo "report=$home/report.json"
    echo "sarif=$home/report.sarif"
    echo "markdown=$home/report.md"
    for name in devices unencrypted rejected depends; do
        echo "$name=$(count "$name")"
    done
} >>"$GITHUB_OUTPUT"

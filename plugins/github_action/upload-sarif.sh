#!/usr/bin/env bash
# Upload the findings to code scanning (REST API, "Upload an analysis as SARIF data").
# Needs the permission security-events: write.
set -euo pipefail
# shellcheck source=plugins/github_action/api.sh
source "$(dirname "${BASH_SOURCE[0]}")/api.sh"

[ -s "$SARIF" ] || give_up "there is no SARIF report to upload"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gzip -c "$SARIF" | base64 | tr -d '\n' >"$work/sarif"
sha=$GITHUB_SHA
ref=$GITHUB_REF
# On a pull request GITHUB_SHA is the merge commit, and so is its ref: they belong together.
jq -n --arg sha "$sha" --arg ref "$ref" --rawfile sarif "$work/sarif" \
    '{commit_sha: $sha, ref: $ref, sarif: $sarif, tool_name: "ebs-plan"}' >"$work/body.json"
api POST code-scanning/sarifs "$work/body.json" >"$work/answer.json" ||
    give_up "the findings could not be uploaded (security-events: write is needed)"
echo "uploaded as $(jq -r '.id | strings' "$work/answer.json")"

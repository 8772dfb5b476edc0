#!/usr/bin/env bash
# Keep one comment on the pull request: the one that an earlier run made, found by its marker, or
# a new one. Needs the permission pull-requests: write.
set -euo pipefail
# shellcheck source=plugins/github_action/api.sh
source "$(dirname "${BASH_SOURCE[0]}")/api.sh"

[ -s "$MARKDOWN" ] || give_up "there is no report to comment with"
number=$(jq -r '.pull_request.number // empty | numbers' "$GITHUB_EVENT_PATH")
if [ -z "$number" ]; then
    echo "no pull request: no comment"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
jq -n --rawfile body "$MARKDOWN" '{body: $body}' >"$work/body.json"
marker=$(head -n 1 "$MARKDOWN")

# Only a bot's comment is ours: anybody could write the marker.
found=""
page=1
while [ -z "$found" ] && [ "$page" -le 20 ]; do
    api GET "issues/$number/comments?per_page=100&page=$page" >"$work/comments.json" ||
        give_up "the comments could not be read (pull-requests: write is needed)"
    found=$(jq -r --arg marker "$marker" \
        '[.[] | select(.user.type == "Bot" and (.body | startswith($marker)))][0].id // empty
        | numbers' "$work/comments.json")
    [ "$(jq length "$work/comments.json")" -eq 100 ] || break
    page=$((page + 1))
done

if [ -n "$found" ]; then
    api PATCH "issues/comments/$found" "$work/body.json" >/dev/null ||
        give_up "the comment could not be updated (pull-requests: write is needed)"
    echo "updated comment $found"
else
    api POST "issues/$number/comments" "$work/body.json" >/dev/null ||
        give_up "the comment could not be written (pull-requests: write is needed)"
    echo "wrote a comment"
fi

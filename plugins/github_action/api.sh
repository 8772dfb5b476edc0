# shellcheck shell=bash
# Calls of GitHub's REST API; sourced by the other scripts. Needs curl and jq, as every runner has.

# api METHOD PATH [FILE]: the answer on standard output; fails for whatever is no success. The
# token goes to curl by its standard input, so that no list of processes shows it.
api() {
    local request=(-X "$1" -H "Accept: application/vnd.github+json")
    request+=(-H "X-GitHub-Api-Version: 2022-11-28")
    [ $# -lt 3 ] || request+=(--data-binary "@$3" -H "Content-Type: application/json")
    printf 'header = "Authorization: Bearer %s"\n' "$GITHUB_TOKEN" |
        curl --silent --show-error --fail --retry 3 --max-time 60 --config - \
            "${request[@]}" \
            "${GITHUB_API_URL:-https://api.github.com}/repos/$GITHUB_REPOSITORY/$2"
}

# give_up WHAT: what a token without permission (a fork's, say) cannot do fails no check.
give_up() {
    echo "::warning title=ebs-plan::$1"
    exit 0
}

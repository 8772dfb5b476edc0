#!/usr/bin/env bash
# Install this very commit of ebs-plan, and its dependencies by their hashes, into an environment
# of its own below RUNNER_TEMP. Pinning the action by commit therefore pins everything.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_dir=$(cd "$here/../.." && pwd)
home=$RUNNER_TEMP/ebs-plan

"${EBS_PLAN_PYTHON:-python3}" -I -m venv "$home/venv"
pip=("$home/venv/bin/python" -I -m pip --disable-pip-version-check --quiet)
"${pip[@]}" install --require-hashes --no-deps --only-binary :all: -r "$here/requirements.lock"
# Its build backend is in the lock file, too, so that nothing is fetched without a hash.
"${pip[@]}" install --no-deps --no-build-isolation --no-index "$source_dir"
"$home/venv/bin/ebs-plan" --version

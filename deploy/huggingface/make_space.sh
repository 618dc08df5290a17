#!/usr/bin/env bash
# Makes a folder that can be uploaded as a Docker Space: a README with the front matter that a Space needs, and the
# Dockerfile with what it builds from. A Space passes no build arguments, so the defaults of the Dockerfile are replaced
# by the port and the user of a Space, by the lock with what lists of customers on the page need, and by the site that
# shows a Space in a frame.
#   deploy/huggingface/make_space.sh FOLDER
# BASE_IMAGE=python:3.11-slim@sha256:... in the environment becomes the default of the Dockerfile's argument, too.
#   hf repos create NAME/SPACE --type space --sdk docker
#   hf upload NAME/SPACE FOLDER . --type space
# Exit codes: 0 the folder is made; 2 wrong usage, or a folder that holds something, which is left as it is; 1 a fault.
set -euo pipefail
readonly ARGUMENTS=(LOCK=console PORT=7860 USER_ID=1000 FRAMED_BY=https://huggingface.co
    ${BASE_IMAGE:+"BASE_IMAGE=$BASE_IMAGE"})
readonly FILES=(.dockerignore LICENSE pyproject.toml requirements/build.txt requirements/console.txt churn service
    artifacts/telco)
project="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"

refuse() {
    echo "$1" >&2
    exit 2
}

# Prints the Dockerfile with other defaults.
dockerfile() {
    local text argument name
    text="$(cat Dockerfile)"
    for argument in "${ARGUMENTS[@]}"; do
        name="${argument%%=*}"
        if ! grep -q "^ARG $name=" <<< "$text"; then
            echo "The Dockerfile has no line \"ARG $name=...\", whose default a Space needs changed; add it." >&2
            return 1
        fi
        text="$(sed "s|^ARG $name=.*|ARG $argument|" <<< "$text")"
    done
    printf '%s\n' "$text"
}

# File by file: byte code that a running Python writes meanwhile must not disturb the copy.
copy_files() {
    local file
    find "${FILES[@]}" -name __pycache__ -prune -o -type f -print | while IFS= read -r file; do
        mkdir -p "$space/$(dirname "$file")"
        cp "$file" "$space/$file"
    done
}

[ $# -eq 1 ] || refuse "make_space.sh takes one folder and received $# arguments; name a new one: make_space.sh FOLDER"
if [ -e "$1" ] && { [ ! -d "$1" ] || [ -n "$(ls -A "$1")" ]; }; then
    refuse "$1 is there and is no empty folder; name another one."
fi
mkdir -p "$1"
space="$(cd "$1" && pwd)"
cd "$project"
dockerfile > "$space/Dockerfile"
copy_files
cp deploy/huggingface/README.md "$space/README.md"
echo "$1 can be uploaded as a Docker Space: hf upload NAME/SPACE $1 . --type space"

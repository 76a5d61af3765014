# Installs what the tests need and the machine lacks: Debian packages, a Python environment, npm packages.
# To be sourced; needs $root (the repository).

# Prints the Debian packages that provide what is missing for the given steps.
missing_packages() {
    local step
    command -v cc >/dev/null || echo gcc libc6-dev
    command -v curl >/dev/null || echo curl
    command -v jq >/dev/null || echo jq
    command -v openssl >/dev/null || echo openssl
    for step in "$@"; do
        case $step in
            rust | python | browser)
                if ! command -v psql >/dev/null || ! { compgen -G '/usr/lib/postgresql/*/bin/initdb' || command -v initdb; } >/dev/null; then
                    echo postgresql
                fi
                ;;
        esac
        case $step in
            samples) command -v node >/dev/null || echo nodejs; command -v python3 >/dev/null || echo python3 ;;
            python) python3 -c 'import venv, ensurepip' 2>/dev/null || echo python3 python3-venv ;;
            browser)
                command -v node >/dev/null || echo nodejs
                command -v npm >/dev/null || echo npm
                [[ -x /usr/bin/chromium ]] || echo chromium
                ;;
        esac
    done
}

install_packages() {
    local packages as_root=()
    mapfile -t packages < <(missing_packages "$@" | tr ' ' '\n' | sort -u)
    if [[ ${#packages[@]} -eq 0 ]]; then return; fi
    if [[ $EUID -ne 0 ]]; then
        command -v sudo >/dev/null || { echo "Missing, and neither root nor sudo to install them: ${packages[*]}" >&2; return 1; }
        as_root=(sudo)
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get update -q && apt-get install -q -y --no-install-recommends "$@"' install "${packages[@]}"
}

# The Python environment with exactly the packages of tests/python/requirements.txt.
install_python() {
    local wanted=$root/tests/python/requirements.txt venv=$root/target/python
    if ! cmp -s "$wanted" "$venv/installed.txt"; then
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement "$wanted"
        cp "$wanted" "$venv/installed.txt"
    fi
}

# The npm packages of tests/browser/package-lock.json.
install_npm() {
    local wanted=$root/tests/browser/package-lock.json installed=$root/tests/browser/node_modules/installed.json
    if ! cmp -s "$wanted" "$installed"; then
        (cd "$root/tests/browser" && npm ci --ignore-scripts --no-audit --no-fund)
        cp "$wanted" "$installed"
    fi
}

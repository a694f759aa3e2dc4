# The few commands that people type. `just` lists them.

_default:
    @just --list

# Start the service on http://127.0.0.1:8080/
run *arguments:
    cargo run --release -- {{arguments}}

# Start it with invented people, organizations and memberships
demo:
    cargo run --release -- --demo

# Run every test on SQLite
test *arguments:
    cargo test --workspace {{arguments}}

# Run every test on the PostgreSQL server at TEST_DATABASE_URL
test-postgres *arguments:
    TEST_DATABASE_URL="${TEST_DATABASE_URL:-postgres://postgres@127.0.0.1:5432/postgres}" cargo test --workspace {{arguments}}

# Check formatting, lints, licences and the published document
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo deny check licenses bans sources
    cd openapi && npm ci --ignore-scripts --no-audit --no-fund && npm run --silent lint

# Write the published document anew
openapi:
    cargo run --quiet -- openapi > openapi/openapi.json

# Everything that decides whether a change may land
ci:
    .ci/run

# Measure CPU per request against a bare handler
bench:
    cargo bench

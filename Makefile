# Every task of the project. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help up demo test lint bench corpus crash rebuild mcp bless cargo

# Packages for `make corpus`: one folder each.
CORPUS ?= ../shared/corpus
# Arguments for a program, for example: make crash ARGS=--plant-double-write
ARGS ?=
TESTS := cargo run --quiet -p cinatra-tests --bin

help:
	@echo "Tasks:"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

up: cargo ## Start Cinatra with a PostgreSQL of its own under ./.cinatra, and print its address.
	cargo run -p cinatra-api --bin cinatra -- up

demo: cargo ## Walk through an extension's life on the sample packages, as an auditor would see it.
	cargo run --quiet -p cinatra-api --bin cinatra -- demo

test: cargo ## Run every test; obtains Node.js and the Verdaccio registry under ./.cache first.
	scripts/tools node >/dev/null
	scripts/tools verdaccio >/dev/null
	cargo test --workspace

lint: cargo ## Check formatting, lints and documentation links.
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D rustdoc::broken_intra_doc_links" cargo doc --quiet --workspace --no-deps

bench: cargo ## Print the rows of docs/PERFORMANCE.md: ours beside a bare floor, in a release build.
	cargo run --quiet --release -p cinatra-tests --bin bench -- $(ARGS)

corpus: cargo ## Publish every folder of CORPUS to a local registry and take each package through its life.
	$(TESTS) corpus -- $(CORPUS) $(ARGS)

crash: cargo ## Kill the server and PostgreSQL again and again under load, then prove that nothing was lost.
	$(TESTS) crash -- $(ARGS)

rebuild: cargo ## Rebuild every read model over 200,000 events while clients read and write, and prove that nobody notices.
	$(TESTS) rebuild -- $(ARGS)

mcp: cargo ## Let the official TypeScript and Python MCP clients use a running server.
	$(TESTS) mcp -- $(ARGS)

bless: cargo ## Rewrite the golden files that tests compare with; look at the difference before committing.
	BLESS=1 cargo test --workspace

cargo:
	@command -v cargo >/dev/null || { echo "cargo is missing: install Rust 1.95 or later (rustup), open a new shell, and run this again" >&2; exit 2; }

# Every task of the project. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help up demo test lint bench bench-stream corpus crash rebuild mcp agui splits browser bless cargo

# Packages for `make corpus`: one folder each.
CORPUS ?= ../shared/corpus
# Arguments for a program, for example: make crash ARGS=--plant-double-write
ARGS ?=
TESTS := cargo run --quiet -p cinatra-tests --bin

help:
	@echo "Tasks:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

up: cargo ## Start Cinatra with a PostgreSQL of its own under ./.cinatra, and print its address.
	cargo run -p cinatra-api --bin cinatra -- up

demo: cargo ## Walk through an extension's life on the sample packages, as an auditor would see it.
	cargo run --quiet -p cinatra-api --bin cinatra -- demo

test: cargo ## Run every test; obtains Node.js, the Verdaccio registry and the AG-UI clients under ./.cache first.
	scripts/tools node >/dev/null
	scripts/tools verdaccio >/dev/null
	scripts/tools ag-ui >/dev/null
	cargo test --workspace

lint: cargo ## Check formatting, lints and documentation links.
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D rustdoc::broken_intra_doc_links" cargo doc --quiet --workspace --no-deps

bench: cargo ## Print the rows of docs/PERFORMANCE.md: ours beside a bare floor, in a release build.
	cargo run --quiet --release -p cinatra-tests --bin bench -- $(ARGS)

bench-stream: cargo ## Print the rows of what viewers of a run are given: ours beside a bare server, in a release build.
	cargo run --quiet --release -p cinatra-tests --bin stream -- $(ARGS)

corpus: cargo ## Publish every folder of CORPUS to a local registry and take each package through its life.
	$(TESTS) corpus -- $(CORPUS) $(ARGS)

crash: cargo ## Kill the server and PostgreSQL again and again under load, then prove that nothing was lost.
	$(TESTS) crash -- $(ARGS)

rebuild: cargo ## Rebuild every read model over 200,000 events while clients read and write, and prove that nobody notices.
	$(TESTS) rebuild -- $(ARGS)

mcp: cargo ## Let the official TypeScript and Python MCP clients use a running server.
	$(TESTS) mcp -- $(ARGS)

agui: cargo ## Let the official AG-UI clients, two versions, run an agent, answer it and see it finish.
	$(TESTS) agui -- $(ARGS)

splits: cargo ## Cut a stream of 2,000 frames after each of them, in both dialects, and compare what comes with the whole.
	$(TESTS) splits -- $(ARGS)

browser: cargo ## Let a real browser (Chromium) watch a run, cut off at 50 places, and compare what it has with the whole.
	$(TESTS) browser -- $(ARGS)

bless: cargo ## Rewrite the golden files that tests compare with; look at the difference before committing.
	BLESS=1 cargo test --workspace

cargo:
	@command -v cargo >/dev/null || { echo "cargo is missing: install Rust 1.95 or later (rustup), open a new shell, and run this again" >&2; exit 2; }

# The one entry point for people and CI. `make` alone lists the targets.

NODE    = $(shell [ -x node_modules/.bin/node ] && echo node_modules/.bin/node || echo node)
VITEST  = $(NODE) node_modules/vitest/vitest.mjs run --config test/vitest.config.ts
TSC     = $(NODE) node_modules/typescript/bin/tsc
ESBUILD = node_modules/.bin/esbuild
BIOME   = $(NODE) node_modules/@biomejs/biome/bin/biome
PROTOC  = $(NODE) node_modules/protobufjs-cli/bin

# Folders that compile without any library of the platform: each has a tsconfig.json of its own.
PURE = $(patsubst %/tsconfig.json,%,$(wildcard $(addsuffix /tsconfig.json, \
  cluster/base cluster/raft cluster/partitioning src/model src/service-protocol \
  src/partition/state-machine src/invoker/attempt)))

SOURCES = $(shell find src cluster proto -type f \( -name '*.ts' -o -name '*.js' \) 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help setup dev cluster build check format test replay-record test-raft integration conformance \
  sdk crash bench failover-bench linearizability proto generate verify clean

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

setup: build ## install the pinned dependencies (Node included) and build; node_modules/.bin/stet runs it

# Installs only when the lock file differs from the one that was installed last.
node_modules/.stet-setup: package-lock.json
	@cmp -s package-lock.json $@ || { echo "Installing dependencies" && npm ci --loglevel=error; }
	@cp package-lock.json $@
	@ln -sf ../../src/cli/launcher.js node_modules/.bin/stet

# The original's binaries: 200 MB, for the targets that compare with it.
test/conformance/node_modules/.stet-setup: test/conformance/package-lock.json
	@cmp -s $< $@ || { echo "Installing the original server" && \
	  npm ci --loglevel=error --ignore-scripts --prefix test/conformance; }
	@cp $< $@

build: .build/stet.mjs ## bundle src/main.ts into .build/stet.mjs

# Native packages stay outside; what is loaded on demand becomes a file of its own. The banner gives
# bundled CommonJS packages the `require` that modules lack.
.build/stet.mjs: node_modules/.stet-setup package.json $(SOURCES)
	@rm -rf .build/bundle.new && $(ESBUILD) stet=src/main.ts \
	  query-worker=src/introspection/query-worker.ts --bundle --splitting --platform=node \
	  --target=node24 --format=esm --entry-names=[name] --chunk-names=stet-[name]-[hash] \
	  --out-extension:.js=.mjs --outdir=.build/bundle.new --log-level=warning --sourcemap \
	  --external:rocksdb-native --external:@duckdb/node-api \
	  --banner:js="import{createRequire as createRequireForBundle}from'node:module';const require=createRequireForBundle(import.meta.url);"
	@rm -f .build/*.mjs .build/*.map && mv .build/bundle.new/* .build && rmdir .build/bundle.new

dev: setup ## start one node with a registered sample service; state in ./.stet/dev
	@$(NODE) test/fixtures/sample/dev.ts

cluster: setup ## start three nodes with the same sample service; state in ./.stet/cluster
	@$(NODE) test/fixtures/sample/cluster.ts $(ARGS)

check: node_modules/.stet-setup ## format, types (root and pure folders), lint, generated code fresh, tidy
	@$(BIOME) ci --diagnostic-level=warn .
	@$(TSC) -p tsconfig.json
	@for folder in $(PURE); do $(TSC) -p $$folder/tsconfig.json || exit 1; done
	@$(MAKE) -s generate OUT=.build/proto && diff -r .build/proto proto/gen \
	  || { echo "proto/gen is stale: run make proto"; exit 1; }
	@$(VITEST) --project tidy

format: node_modules/.stet-setup ## rewrite the sources in the common format
	@$(BIOME) check --write .

test: node_modules/.stet-setup ## unit, scenario and replay tests
	@$(VITEST) --project unit

replay-record: setup ## let this build write the replay fixture of a release: make replay-record VERSION=2
	@$(NODE) test/replay/record.ts --version "$(VERSION)"

test-raft: node_modules/.stet-setup ## run etcd-format scripts against the Raft core: make test-raft DIR=folder
	@test -n "$(DIR)" || { echo "Usage: make test-raft DIR=folder"; exit 2; }
	@RAFT_TESTDATA_DIR="$(abspath $(DIR))" $(VITEST) --project unit test/scenario/raft

sim: node_modules/.stet-setup ## whole clusters under virtual time: make sim SECONDS=60, make sim SEED=7
	@$(NODE) test/simulation/nodes/run.ts $(if $(SEED),--from $(SEED) --seeds 1 --trace,--seconds $(or \
	  $(SECONDS),60) $(if $(FROM),--from $(FROM))) $(if $(KIND),--kind $(KIND))

planted-bugs: node_modules/.stet-setup ## plants known defects one by one; each must be found
	@$(NODE) test/simulation/planted-bugs.ts $(ARGS)

integration: setup ## real sockets, real RocksDB, real processes
	@$(VITEST) --project integration

conformance: setup test/conformance/node_modules/.stet-setup ## the same suite against the original server and against Stet
	@$(NODE) test/conformance/run.ts $(ARGS)

sdk: setup ## deployments in Python, Go, Java and Rust; needs those toolchains
	@$(NODE) test/sdk/run.ts $(ARGS)

crash: setup ## SIGKILL under load, again and again; nothing lost, nothing twice
	@$(NODE) test/crash/run.ts $(ARGS)

bench: setup test/conformance/node_modules/.stet-setup ## the original server and Stet in alternating rounds on this machine
	@$(NODE) test/bench/run.ts $(ARGS)

failover-bench: setup test/conformance/node_modules/.stet-setup ## kill, stop, freeze and cut off a node: how long who waits, beside the original
	@$(NODE) test/failover/run.ts $(ARGS)

linearizability: setup ## what clients of three nodes saw under faults, checked
	@$(NODE) test/linearizability/run.ts $(ARGS)

proto: node_modules/.stet-setup ## regenerate proto/gen
	@$(MAKE) -s generate OUT=proto/gen

# proto/restate/protocol.proto becomes restate-protocol.js and .d.ts: only what the codecs call.
generate:
	@rm -rf $(OUT) && mkdir -p $(OUT)
	@for source in proto/*/*.proto; do \
	  target=$(OUT)/$$(basename $$(dirname $$source))-$$(basename $$source .proto); \
	  $(PROTOC)/pbjs -t static-module -w es6 --dependency protobufjs/minimal.js --force-long \
	    -r $$(basename $$(dirname $$source)) --no-create --no-verify --no-convert --no-delimited \
	    --no-typeurl --no-service -o $$target.js $$source || exit 1; \
	  $(PROTOC)/pbts $$target.js | sed 's#"protobufjs"#"protobufjs/minimal.js"#' > $$target.d.ts || exit 1; \
	done

verify: check test integration ## everything a merge needs

clean: ## remove what was built and the state of `make dev`; keeps node_modules
	rm -rf .build .stet .bench

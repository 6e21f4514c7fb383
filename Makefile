# Every target installs what it needs. `make` alone lists them.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
# Google's clients would look for a metadata server on the network; on a laptop there is none.
export METADATA_SERVER_DETECTION ?= none
# Half of a start is reading TypeScript; Node remembers what became of it.
export NODE_COMPILE_CACHE ?= $(CURDIR)/node_modules/.cache/compile
# npm 7 is the first that reads our lockfile.
NPM_MIN := 7

INFRA := infra/gcp/node_modules
INSTALLED := node_modules/.installed

.PHONY: help
help: ## lists the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(INSTALLED): package.json package-lock.json .npmrc
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or newer, it brings npm" >&2; exit 1; }
	@test "$$(npm --version | cut -d. -f1)" -ge $(NPM_MIN) || { echo "npm $$(npm --version) is too old, $(NPM_MIN) or newer is needed: npm install -g npm" >&2; exit 1; }
	@echo "installing packages (about 610 MB on disk, Node 24 among them)"
	@npm ci --loglevel=error --no-progress
	@node --version | grep -q '^v24\.' || { echo "Node 24 did not install: npm must be allowed to run the install script of the package 'node' (see allowScripts in package.json)" >&2; exit 1; }
	@touch $@

$(INFRA)/.installed: infra/gcp/package.json infra/gcp/package-lock.json infra/gcp/.npmrc
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or newer, it brings npm" >&2; exit 1; }
	@echo "installing CDKTF (about 340 MB on disk)"
	@npm ci --prefix infra/gcp --loglevel=error --no-progress
	@touch $@

.PHONY: install
install: $(INSTALLED) ## installs the packages

.PHONY: demo
demo: $(INSTALLED) ## runs the whole pipeline on signed events and checks every row (EVENTS=1000 SEED=…)
	@node infra/local/demo/main.ts

.PHONY: up
up: $(INSTALLED) ## keeps the pipeline running until Ctrl-C
	@node infra/local/up/main.ts

.PHONY: test
test: $(INSTALLED) $(INFRA)/.installed ## runs every test, with 400 simulated runs
	@vitest run

.PHONY: test-all
test-all: $(INSTALLED) $(INFRA)/.installed ## runs every test, with 2,200 simulated runs, 200 of them from seeds that nobody has tried
	@ALL_SEEDS=1 vitest run

# The commit before, so that a narrowing is found before it is committed and right after; CI may name another.
AGAINST ?= HEAD^

.PHONY: soak
soak: $(INSTALLED) ## kills real services for 20,000 events, mutates 30,000, then simulates until Ctrl-C (SEED= SEEDS=)
	@CRASH_EVENTS=20000 vitest run test/integration/crashes.test.ts
	@SEED=$${SEED:-$$(date +%s)} MUTATIONS=30000 vitest run test/integration/mutations.test.ts
	@node test/simulation/soak.ts

# What Google's provider and APIs would refuse, without either.
INFRA_RULES := $(addprefix test/unit/infra/,addresses.test.ts api-rules.test.ts module.test.ts names.test.ts provider-schema.test.ts)

.PHONY: check
check: $(INSTALLED) $(INFRA)/.installed ## types, lint, format, unused code, import rules, links, prose, bundle sizes, regular expressions, rules of Google's APIs, schema files (AGAINST=HEAD^)
	tsc --noEmit
	oxlint --type-aware --deny-warnings
	biome check --error-on-warnings
	knip
	vitest run test/unit/architecture.test.ts test/unit/build $(addprefix test/unit/sweep-,expressions.test.ts links.test.ts prose.test.ts) $(INFRA_RULES)
	node services/cli/main.ts schema check --against $(AGAINST)

.PHONY: format
format: $(INSTALLED) ## formats the sources
	biome check --write

.PHONY: check-sql
check-sql: $(INSTALLED) ## compares the local BigQuery with GoogleSQL's reference implementation (installs 350 MB into a temporary folder)
	node infra/local/bigquery/sql/oracle.ts

.PHONY: bench
bench: $(INSTALLED) ## runs the benchmarks, each figure beside its baseline (ARGS="--only receiver --quick --json")
	@env -u NODE_COMPILE_CACHE node test/bench/main.ts $(ARGS)

.PHONY: build
build: $(INSTALLED) ## bundles the services for production into dist/
	node build.ts

# Bundled, so that it runs on whatever Node is there, without the packages of the rest.
SYNTH := $(INFRA)/.cache/synth.mjs

.PHONY: synth
synth: $(INFRA)/.installed ## writes the Terraform of pullhouse.config.json, or of the example, to cdktf.out/
	@$(INFRA)/.bin/esbuild infra/gcp/main.ts --bundle --platform=node --format=esm --packages=external --log-level=warning --outfile=$(SYNTH)
	@node --disable-warning=DEP0044 $(SYNTH)

MODULE := $(INFRA)/.cache/module.mjs

.PHONY: module
module: $(INFRA)/.installed ## writes the Terraform module in infra/terraform from the same constructs
	@$(INFRA)/.bin/esbuild infra/gcp/module/main.ts --bundle --platform=node --format=esm --packages=external --log-level=warning --outfile=$(MODULE)
	@node --disable-warning=DEP0044 $(MODULE)

DEPLOY := node --disable-warning=DEP0044 infra/gcp/deploy/main.ts

.PHONY: plan
plan: $(INSTALLED) $(INFRA)/.installed ## shows what a deployment would change, or a destruction (DESTROY=1) (docs/operate/deploy.md)
	@$(DEPLOY) plan

.PHONY: deploy
deploy: build $(INFRA)/.installed ## builds the image, creates or updates everything, sends one event through (YES=1 does not ask)
	@$(DEPLOY) deploy

.PHONY: destroy
destroy: $(INSTALLED) $(INFRA)/.installed ## takes it down; the events stay while deletionProtection is on (YES=1 does not ask)
	@$(DEPLOY) destroy

.PHONY: acceptance
acceptance: build $(INFRA)/.installed ## deploys, sends, kills, compares, checks assumptions, takes down: here, or in ACCEPTANCE_PROJECT (EVENTS= KEEP=1 YES=1)
	@node --disable-warning=DEP0044 infra/acceptance/main.ts

.PHONY: clean
clean: ## removes what was installed and built; leaves the local state in .pullhouse/
	rm -rf node_modules dist cdktf.out $(INFRA)

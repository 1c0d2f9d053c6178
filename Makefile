# What can be done here. `make` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

GO ?= go
DATA ?= ./data
LISTEN ?= 127.0.0.1:8080

# Runs a command beside a PostgreSQL whose address is in TENON_TEST_DATABASE_URL:
# the one that is there already, or one that ends with the command.
PGTEST := .cache/pgtest
STATICCHECK := $(GO) tool -modfile=tools/go.mod staticcheck

ASSETS := web/dist/manifest.json
TEMPL := $(shell find internal -name '*.templ')
TEMPL_GO := $(TEMPL:.templ=_templ.go)
TEMPL_STAMP := .cache/templ.stamp

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/\1\t\2/' | expand -t 12

.PHONY: setup
setup: ## install what the tests need and this machine lacks (Debian, Ubuntu; as root)
	@.ci/setup

# --- what is made, and not committed ---

.PHONY: assets
assets: $(ASSETS) ## bundle scripts, styles and icons into web/dist

node_modules/.stamp: package.json package-lock.json .npmrc
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(ASSETS): node_modules/.stamp go.mod $(shell find assets -type f) $(wildcard web/bundle/*.go)
	$(GO) run ./web/bundle

.PHONY: generate
generate: $(TEMPL_STAMP) ## make Go code of the templates

.PHONY: texts
texts: $(TEMPL_STAMP) ## list the texts of the code anew, for those who translate
	$(GO) test ./internal/houserules -run TestCatalogue -args -update

# A generated file that is missing makes the stamp a lie.
ifneq ($(filter-out $(wildcard $(TEMPL_GO)),$(TEMPL_GO)),)
.PHONY: $(TEMPL_STAMP)
endif
$(TEMPL_STAMP): $(TEMPL) go.mod
	@mkdir -p $(@D)
ifneq ($(TEMPL),)
	$(GO) tool templ generate -path internal -log-level error
endif
	@touch $@

# --- build and run ---

.PHONY: build
build: $(ASSETS) $(TEMPL_STAMP) ## build bin/tenon (and bin/psasim)
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o bin/ $(patsubst %,./%,$(wildcard cmd/tenon cmd/psasim))

.PHONY: run
run: build ## start the server with demo data on http://127.0.0.1:8080
	exec bin/tenon serve --data $(DATA) --listen $(LISTEN) --demo

# --- prove ---

.PHONY: check
check: $(TEMPL_STAMP) ## format, vet, static checks
	@files=$$(find . -name '*.go' -not -name '*_templ.go' -not -path './node_modules/*'); \
	bad=$$(gofmt -l $$files); \
	[ -z "$$bad" ] || { printf 'not formatted, run gofmt -w:\n%s\n' "$$bad"; exit 1; }
	$(GO) vet ./...
	$(STATICCHECK) ./...

# Where goroutines share something, the tests run under the race detector; what
# only drives these from outside (commands, requests, pages) runs without it,
# which is five to ten times faster. `make long` has it everywhere. The walks
# of the browser wait for what a person waits for, so nothing runs beside them.
RACE := $(addprefix ./internal/,blob core httpkit job merge modeltest operation racetest secret store trash)
PLAIN = $(shell $(GO) list ./... | grep -vE '/internal/($(subst $(eval ) ,|,browsertest $(notdir $(RACE))))$$')

.PHONY: test
test: check $(ASSETS) ## check, then all tests on both databases, where it matters with the race detector
	@$(GO) build -o .cache/pgtest ./internal/pgtest/cmd/pgtest
	$(PGTEST) run $(GO) test -timeout 15m $(PLAIN)
	$(PGTEST) run $(GO) test -race -timeout 15m $(wildcard $(RACE))
	$(PGTEST) run $(GO) test -timeout 15m ./internal/browsertest

.PHONY: long
long: check $(ASSETS) ## the tests with many seeds, kills and large sets (up to 75 minutes)
	@$(GO) build -o .cache/pgtest ./internal/pgtest/cmd/pgtest
	$(PGTEST) run $(GO) test -race -timeout 75m ./...
	TENON_TEST_LONG=1 $(PGTEST) run $(GO) test -count=1 -timeout 75m ./...

.PHONY: bench
bench: $(ASSETS) $(TEMPL_STAMP) ## figures, beside their floor in the same run
	@$(GO) build -o .cache/pgtest ./internal/pgtest/cmd/pgtest
	$(PGTEST) bench $(GO) test -p 1 -run '^$$' -bench . -benchmem -count=1 -timeout 60m ./...
	$(MAKE) peer

.PHONY: peer
peer: ## the API beside PocketBase, in one run
	cd bench && $(GO) run .

.PHONY: canary
canary: $(ASSETS) $(TEMPL_STAMP) ## plant secrets in every way, and search all that stays behind for them
	@$(GO) build -o .cache/pgtest ./internal/pgtest/cmd/pgtest
	$(PGTEST) run $(GO) test -count=1 -timeout 15m -v ./internal/canary

.PHONY: pictures
pictures: $(ASSETS) $(TEMPL_STAMP) ## picture the main screens into docs/pictures, light and dark
	$(GO) run ./internal/browsertest/pictures docs/pictures

.PHONY: smoke
smoke: ## clean clone, make run, first page, demo data, stop; COLD=1: with empty caches
	$(GO) run ./internal/smoke $(if $(COLD),-cold)

.PHONY: clean
clean: ## remove what make made, but not the data
	rm -rf bin node_modules .cache
	find web/dist -mindepth 1 -not -name .gitkeep -delete
	find internal -name '*_templ.go' -delete

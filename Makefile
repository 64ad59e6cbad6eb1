# Every target makes what it needs. Python 3.11 or later and make are all that must be there.
PYTHON ?= python3
COUNTY ?= data/sample
OUT ?= out
CLUSTERS ?= out-clusters
CALIBRATION ?= out-calibration
ROAD_REPORT ?= out-roads
JOURNEYS ?=
SEED ?=
PORT ?= 8501
WORK ?= out-app
# Two workers of tests: what the machines that run them have.
WORKERS ?= 2
ROADS ?=
PLACE ?=
BBOX ?=
BOUNDARY ?=
FULL ?=
FIRST ?=
COMPANY ?=
EXIT ?= out-without
RURAL ?= out-rural
REPORT ?= out-report
MONITOR ?= out-monitor
SWAPS ?= out-swaps
ROUNDS ?= out-rounds
MONTHS ?=
FIT ?= out-fit
DAYS ?=
MARKS ?=
ONLY ?=
CONFIRM ?=
WAITING ?= out-waiting
EVALUATION ?= out-evaluation
EARLIER ?=
DISTRICT ?=
OLD ?=
NEW ?=
CHANGES ?=
BEFORE ?=

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
RUN := $(BIN)/marketmap
ROADS_OPTION = $(if $(ROADS),--roads "$(ROADS)",)
# Not said: the settings of the county decide.
SEED_OPTION = $(if $(SEED),--seed $(SEED),)
PLAN_OPTIONS = $(if $(filter 1 yes true,$(FULL)),--full,) $(if $(FIRST),--first $(FIRST),)
# Travel is scaled by what "fit" found, where it was made; FIT= leaves it out.
FIT_THERE = $(if $(FIT),$(wildcard $(FIT)/run.json),)
FACTORS_OPTION = $(if $(FIT_THERE),--factors "$(FIT)",)
$(if $(filter 1 yes true,$(FIT)),$(error FIT names a folder: make fit writes it, FIT=out-fit))

.SECONDEXPANSION:
.DEFAULT_GOAL := help
.PHONY: help setup app screenshots test lint format docs bench bench-app blocks without sample check clusters roads road-report calibrate clean \
	rural report monitor monthly compare purge fit rounds swaps waiting evaluate FORCE

help: ## Say what each target does
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  Options: COUNTY=<folder of input tables> (now $(COUNTY)), OUT=<folder of results> (now $(OUT)),"
	@echo "           ROADS=<road file>, SEED=<number>, PORT=<for the app>; for roads: PLACE=\"Rutland, England\""
	@echo "           or BBOX=west,south,east,north (degrees) or BOUNDARY=<file of polygons>; for blocks: FULL=1 (alternatives,"
	@echo "           frontier, other assumptions), FIRST=<only so many blocks to begin with>, FIT=<folder of make fit; blank: none>; for without: COMPANY=<company_id>;"
	@echo "           for reports: RURAL=, REPORT=, MONITOR=<folder of results>; for rural: DISTRICT=<name or ONS code>;"
	@echo "           for compare: OLD=, NEW=<folders of results>, CHANGES=<folder to write to>; for purge: BEFORE=<day>;"
	@echo "           for swaps: MARKS=<swap_list.csv with decisions>, ONLY=<provider_id,provider_id>, CONFIRM=<days of simulated rounds>; for evaluate: EARLIER=<tables of before>;"
	@echo "           for rounds: DAYS=<the last so many>, MONTHS=3,6,12 (ahead, new packages only); other folders of results: SWAPS=, ROUNDS=,"
	@echo "           WAITING=, EVALUATION=, EXIT=, CLUSTERS=, CALIBRATION=, ROAD_REPORT=, WORK=; a folder that is not there is left out: OUT=none"

setup: $(READY) ## Make .venv with the pinned dependencies

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("marketmap needs Python 3.11 or later, this is " + sys.version.split()[0] + "; try: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	$(BIN)/python -m marketmap.blocks.warm
	@touch $@

sample: $(READY) ## Build the synthetic sample county in COUNTY, anew
	$(RUN) sample --county gloucestershire $(SEED_OPTION) --out "$(COUNTY)"

# Only the default county is ever made up: a council's own folder is never written to.
data/sample/packages.csv: | $(READY)
	$(RUN) sample --county gloucestershire $(SEED_OPTION) --out data/sample

COUNTY_READY = $(if $(filter data/sample ./data/sample,$(patsubst %/,%,$(COUNTY))),data/sample/packages.csv,)

# What was asked for is noted before the plan is made: "monthly" makes it anew only where something else is wanted.
blocks: $(READY) $$(COUNTY_READY) $$(call asked,$$(OUT)) ## Propose blocks for COUNTY, results in OUT; travel scaled by the fit in FIT if there is one
	$(RUN) blocks --county "$(COUNTY)" --out "$(OUT)" $(SEED_OPTION) $(ROADS_OPTION) $(FACTORS_OPTION) $(PLAN_OPTIONS)

without: $(READY) $$(COUNTY_READY) ## Say what becomes of the blocks of COMPANY if it leaves, results in EXIT
	@test -n "$(COMPANY)" || { echo "Say which: make without COMPANY=<company_id of the providers table>"; exit 2; }
	$(RUN) without "$(COMPANY)" --county "$(COUNTY)" --out "$(EXIT)" $(SEED_OPTION) $(ROADS_OPTION) $(FACTORS_OPTION)

clusters: $(READY) $$(COUNTY_READY) ## Find clusters of demand in COUNTY, results in CLUSTERS
	$(RUN) clusters --county "$(COUNTY)" --out "$(CLUSTERS)" $(ROADS_OPTION)

# Reports are made anew only where something they read is newer than they are, or what was asked for has changed. Each
# names the tables it reads. The plan is remade by "monthly" alone; "rural" takes the one that is there.
PLAN_READS := packages providers participation calls visits areas blocks block_areas locks
RURAL_READS := packages providers participation calls visits areas offers handbacks rates
MONITOR_READS := packages providers participation visits blocks block_areas offers handbacks
REPORT_READS := $(sort $(PLAN_READS) $(RURAL_READS) $(MONITOR_READS) assets reablement growth)

EMPTY :=
SPACE := $(EMPTY) $(EMPTY)
# Make cannot depend on a file with a space in its name: such a county is reported on anew every time.
SPACED := $(findstring $(SPACE),$(strip $(COUNTY)))
# Tables may be spelt with capitals; the settings name road, postcode and area files.
files_of = $(if $(SPACED),FORCE,$(sort $(wildcard $(COUNTY)/marketmap.toml) $(wildcard $(ROADS)) $(NAMED) \
	$(shell find "$(COUNTY)" -maxdepth 1 -type f \( -false $(foreach table,$(1),-o -iname '$(table).*') \) 2>/dev/null)))
NAMED = $(wildcard $(foreach name,$(shell sed -n 's/^[[:space:]]*file[[:space:]]*=[[:space:]]*"\([^"]*\)".*/\1/p' \
	"$(COUNTY)/marketmap.toml" 2>/dev/null),$(name) $(COUNTY)/$(name)))
SOURCES := $(shell find marketmap -name '*.py')
# What was asked for last time, a file for each folder of results.
asked = .make/$(subst $(SPACE),_,$(subst /,_,$(1))).asked
REPORT_OPTIONS = --county "$(COUNTY)" $(ROADS_OPTION)
ROUNDS_THERE = $(wildcard $(ROUNDS)/run.json)
PLAN_THERE = $(if $(WITH_PLAN),$(OUT)/run.json,$(wildcard $(OUT)/run.json))
PLAN_OPTION = $(if $(PLAN_THERE),--plan "$(OUT)",)
# The whole report speaks of a plan only beside rounds: whether they were simulated for it.
ROUNDS_OPTION = $(if $(ROUNDS_THERE),--rounds "$(ROUNDS)" $(PLAN_OPTION),)
# Quiet, and nothing written where it fails: the last good results stay.
REMAKE = @$(MAKE) --no-print-directory
# For a person at a terminal, who would otherwise see nothing where nothing was to be done; a clock's mail stays empty.
told = @test ! -t 1 || echo "Up to date: $(1). README.txt in each says what to open."

rural: $(READY) $$(COUNTY_READY) ## Report where rural care falls short in COUNTY, results in RURAL
	$(REMAKE) $(RURAL)/run.json
	$(call told,$(RURAL))

report: $(READY) $$(COUNTY_READY) ## Report on the whole market of COUNTY, results in REPORT
	$(REMAKE) $(REPORT)/run.json
	$(call told,$(REPORT))

monitor: $(READY) $$(COUNTY_READY) ## Report on the blocks already let in COUNTY, results in MONITOR
	$(REMAKE) $(MONITOR)/run.json
	$(call told,$(MONITOR))

monthly: $(READY) $$(COUNTY_READY) ## Bring blocks, rural, report and monitor up to date, and nothing that is
	$(REMAKE) WITH_PLAN=1 $(OUT)/run.json $(RURAL)/run.json $(REPORT)/run.json $(MONITOR)/run.json
	$(call told,$(OUT) $(RURAL) $(REPORT) $(MONITOR))

$(call asked,$(OUT)): ASKED = $(COUNTY) $(ROADS) $(SEED) $(FACTORS_OPTION) $(PLAN_OPTIONS) $(call files_of,$(PLAN_READS))
$(call asked,$(RURAL)): ASKED = $(COUNTY) $(ROADS) $(DISTRICT) $(PLAN_OPTION) $(call files_of,$(RURAL_READS))
$(call asked,$(REPORT)): ASKED = $(COUNTY) $(ROADS) $(ROUNDS_OPTION) $(call files_of,$(REPORT_READS))
$(call asked,$(MONITOR)): ASKED = $(COUNTY) $(ROADS) $(call files_of,$(MONITOR_READS))
$(call asked,$(OUT)) $(call asked,$(RURAL)) $(call asked,$(REPORT)) $(call asked,$(MONITOR)): FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(ASKED))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(ASKED))' >$@

ifdef WITH_PLAN
$(OUT)/run.json: $(READY) $(SOURCES) $(call files_of,$(PLAN_READS)) $(call asked,$(OUT)) $(FIT_THERE)
	$(RUN) blocks --county "$(COUNTY)" --out "$(OUT)" $(SEED_OPTION) $(ROADS_OPTION) $(FACTORS_OPTION) $(PLAN_OPTIONS)
endif

$(RURAL)/run.json: $(READY) $(SOURCES) $(call files_of,$(RURAL_READS)) $(call asked,$(RURAL)) $(PLAN_THERE)
	$(RUN) rural $(REPORT_OPTIONS) --out "$(RURAL)" $(PLAN_OPTION) $(if $(DISTRICT),--district "$(DISTRICT)",)

$(REPORT)/run.json: $(READY) $(SOURCES) $(call files_of,$(REPORT_READS)) $(call asked,$(REPORT)) $(ROUNDS_THERE) \
		$(if $(ROUNDS_THERE),$(PLAN_THERE),)
	$(RUN) report $(REPORT_OPTIONS) --out "$(REPORT)" $(ROUNDS_OPTION)

$(MONITOR)/run.json: $(READY) $(SOURCES) $(call files_of,$(MONITOR_READS)) $(call asked,$(MONITOR))
	$(RUN) monitor $(REPORT_OPTIONS) --out "$(MONITOR)"

# A run record that Make deleted when stopped would leave a folder that nothing may replace.
.PRECIOUS: $(OUT)/run.json $(RURAL)/run.json $(REPORT)/run.json $(MONITOR)/run.json

FORCE:

fit: $(READY) $$(COUNTY_READY) ## Fit on simulated rounds of COUNTY what blocks and swaps scale travel by, results in FIT
	$(RUN) rounds --fit --county "$(COUNTY)" --out "$(or $(FIT),out-fit)" $(SEED_OPTION) $(ROADS_OPTION)

rounds: $(READY) $$(COUNTY_READY) ## Simulate a week of rounds of COUNTY before and after, results in ROUNDS; by the plan in OUT and swaps in SWAPS if there are
	$(RUN) rounds --county "$(COUNTY)" --out "$(ROUNDS)" $(SEED_OPTION) $(ROADS_OPTION) \
		$(PLAN_OPTION) $(if $(PLAN_OPTION),$(if $(MONTHS),--months "$(MONTHS)",),) \
		$(if $(wildcard $(SWAPS)/run.json),--swaps "$(SWAPS)",) $(if $(DAYS),--days $(DAYS),)

swaps: $(READY) $$(COUNTY_READY) ## List packages that could change hands in COUNTY, results in SWAPS; MARKS=<a list with decisions>
	$(RUN) swaps --county "$(COUNTY)" --out "$(SWAPS)" $(SEED_OPTION) $(ROADS_OPTION) $(FACTORS_OPTION) \
		$(if $(MARKS),--marks "$(MARKS)",) $(if $(ONLY),--only "$(ONLY)",) $(if $(CONFIRM),--confirm $(CONFIRM),)

waiting: $(READY) $$(COUNTY_READY) ## Say who could take each person who waits in COUNTY, results in WAITING; by the plan in OUT if there is one
	$(RUN) waiting --county "$(COUNTY)" --out "$(WAITING)" $(SEED_OPTION) $(ROADS_OPTION) $(PLAN_OPTION)

evaluate: $(READY) $$(COUNTY_READY) ## Say what a roll-out of blocks changed in COUNTY, results in EVALUATION; EARLIER=<tables of before>
	$(RUN) evaluate --county "$(COUNTY)" --out "$(EVALUATION)" $(ROADS_OPTION) $(if $(EARLIER),--before "$(EARLIER)",)

compare: $(READY) ## Say what changed from OLD to NEW, two folders of results; written to CHANGES where said
	@test -n "$(OLD)" -a -n "$(NEW)" || { echo "Say which: make compare OLD=<last month's results> NEW=<this month's>"; exit 2; }
	@$(RUN) compare "$(OLD)" "$(NEW)" $(if $(CHANGES),--out "$(CHANGES)",)

# It asks before it deletes; who runs it by a clock calls the verb with --yes.
purge: $(READY) ## Delete the internal files of results of data from before the day BEFORE
	@test -n "$(BEFORE)" || { echo "Say from before which day: make purge BEFORE=2026-01-31"; exit 2; }
	@$(RUN) purge --before "$(BEFORE)" $(foreach folder,$(wildcard $(OUT) $(RURAL) $(REPORT) $(MONITOR) $(FIT) $(ROUNDS) $(SWAPS) $(WAITING) $(EVALUATION)),--out "$(folder)")

check: $(READY) $$(COUNTY_READY) ## Validate the tables and roads of COUNTY, and the results in OUT where there are some
	@if test -f "$(OUT)/run.json"; then $(RUN) check --county "$(COUNTY)" --out "$(OUT)" $(ROADS_OPTION); \
	else $(RUN) check --county "$(COUNTY)" $(ROADS_OPTION); fi

calibrate: $(READY) $$(COUNTY_READY) ## Fit travel times to call monitoring in COUNTY, results in CALIBRATION
	$(RUN) calibrate --county "$(COUNTY)" --out "$(CALIBRATION)" $(ROADS_OPTION)

road-report: $(READY) $$(COUNTY_READY) ## Report on the roads of COUNTY for who does not trust them yet, in ROAD_REPORT
	$(RUN) roads --county "$(COUNTY)" --out "$(ROAD_REPORT)" $(ROADS_OPTION) $(if $(JOURNEYS),--journeys "$(JOURNEYS)",)

roads: $(READY) ## Download the roads of PLACE into ROADS (roads.graphml where not said): needs the network
	$(RUN) fetch roads $(if $(PLACE),--place "$(PLACE)",) $(if $(BBOX),--bbox="$(BBOX)",) \
		$(if $(BOUNDARY),--boundary "$(BOUNDARY)",) --out "$(or $(ROADS),roads.graphml)"

app: $(READY) $$(COUNTY_READY) ## Serve the app on localhost, with the sample county where COUNTY is not set
	$(RUN) blocks --if-stale --county "$(COUNTY)" --out "$(OUT)" $(SEED_OPTION) $(ROADS_OPTION) $(FACTORS_OPTION) $(PLAN_OPTIONS)
	MARKETMAP_COUNTY="$(COUNTY)" MARKETMAP_OUT="$(OUT)" MARKETMAP_RURAL="$(RURAL)" MARKETMAP_REPORT="$(REPORT)" \
	MARKETMAP_MONITOR="$(MONITOR)" MARKETMAP_CLUSTERS="$(CLUSTERS)" \
	MARKETMAP_SWAPS="$(SWAPS)" MARKETMAP_WAITING="$(WAITING)" MARKETMAP_ROUNDS="$(ROUNDS)" MARKETMAP_FIT="$(or $(FIT),no-fit)" MARKETMAP_WORK="$(WORK)" \
	$(BIN)/python -m marketmap.pages.serving app.py --server.port=$(PORT)

screenshots: $(READY) ## Take the README's pictures of the app that is being served (make app) on PORT
	$(BIN)/python -m tests.e2e.screenshots http://127.0.0.1:$(PORT) docs/images

# Tests that hold what is found within so many seconds run by themselves.
test: $(READY) ## Run all tests
	$(BIN)/python -m pytest -m "not alone" --numprocesses=$(WORKERS) --dist=loadfile
	$(BIN)/python -m pytest -m alone

lint: $(READY) ## Check style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: $(READY) ## Write the pages that are generated: templates, data/README.md, docs/outputs.md, docs/settings.md
	$(BIN)/python -m marketmap.inputs.templates data
	$(BIN)/python -m marketmap.outputs.schema.dictionary docs/outputs.md
	$(BIN)/python -m marketmap.settings.dictionary docs/settings.md

format: $(READY) ## Put the code into the house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) ## Measure speed, memory and gap against peers, in one run
	$(BIN)/python -m tests.bench

bench-app: $(READY) $$(COUNTY_READY) ## Measure the app in a browser, alone and with ten people at it, beside its limits
	MARKETMAP_COUNTY="$(COUNTY)" MARKETMAP_OUT="$(OUT)" MARKETMAP_RURAL="$(RURAL)" MARKETMAP_REPORT="$(REPORT)" \
	MARKETMAP_MONITOR="$(MONITOR)" MARKETMAP_CLUSTERS="$(CLUSTERS)" \
	MARKETMAP_SWAPS="$(SWAPS)" MARKETMAP_WAITING="$(WAITING)" MARKETMAP_ROUNDS="$(ROUNDS)" $(BIN)/python -m tests.bench.app

clean: ## Remove caches and generated results; data/sample and .venv stay
	rm -rf .make out out-clusters out-rural out-report out-monitor out-fit out-rounds out-swaps out-waiting out-evaluation out-without out-calibration out-roads out-replay .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find marketmap tests -name __pycache__ -type d -prune -exec rm -rf {} +

# A thin front of `python -m tools`, which does the work and runs where there is no make.
PYTHON ?= python3
TASKS := demo test soak check format docs picture page lock help
.DEFAULT_GOAL := help
.PHONY: $(TASKS)

$(TASKS):
	@command -v "$(PYTHON)" >/dev/null || { echo "wisp: $(PYTHON) is not on this machine; install Python 3.11, 3.12 or 3.13" >&2; exit 2; }
	@exec "$(PYTHON)" -m tools $@ $(ARGS)

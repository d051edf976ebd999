# Two commands on a fresh machine: `make book` and `make test`. Each does its own set-up in .venv.
# The steps are written in tasks.py, which needs no make: `python tasks.py book`.
PYTHON ?= python3
STEP = @$(PYTHON) tasks.py $@
export TORCH SEED STUDENTS CHAPTERS JOBS BASE NEWEST

.PHONY: help ready book test check thorough lab bench notebooks student solutions slides teacher assessment claims links pdf clean
.DEFAULT_GOAL := help

help:
	@$(PYTHON) tasks.py
ready:
	$(STEP)
book:
	$(STEP)
test:
	$(STEP)
check:
	$(STEP)
thorough:
	$(STEP)
lab:
	$(STEP)
bench:
	$(STEP)
notebooks:
	$(STEP)
student:
	$(STEP)
solutions:
	$(STEP)
slides:
	$(STEP)
teacher:
	$(STEP)
assessment:
	$(STEP)
claims:
	$(STEP)
links:
	$(STEP)
pdf:
	$(STEP)
clean:
	$(STEP)

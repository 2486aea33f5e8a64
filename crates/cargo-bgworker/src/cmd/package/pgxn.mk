# The clients of PGXN call make, and make install. Both need cargo and cargo-bgworker.
PG_CONFIG = pg_config
CARGO = cargo
INSTALL_MODULE = $(CARGO) bgworker install --pg-config "$$(command -v $(PG_CONFIG))"

all:
	$(INSTALL_MODULE) --dry-run

install:
	$(INSTALL_MODULE)

installcheck:
	$(CARGO) bgworker test --pg-config "$$(command -v $(PG_CONFIG))"

.PHONY: all install installcheck

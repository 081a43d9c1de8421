# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
#
# Targets for people; Kbuild describes how the module is built.

KDIR ?= /lib/modules/$(shell uname -r)/build

help:
	@echo 'modules    virtio_crypto.ko for the running kernel, or for KDIR=<its build directory>'
	@echo 'install    that module into /lib/modules/<release>/updates, as root'
	@echo 'clean      removes what modules has built'
	@echo 'setup      fetches kernels, QEMUs and compilers for the following, once (5 GB)'
	@echo 'demo       a Debian guest with an encrypted disk over the device'
	@echo 'check      all tests on all kernels and QEMUs; tests/check -h for a part of them'
	@echo 'quick      KUnit and two guest tests, all in User-Mode Linux, and the style checks'
	@echo 'check-dpdk tests with DPDK as the device; fetches DPDK, once (700 MB)'
	@echo 'style      the style checks only'
	@echo 'bench      measures this driver, the in-tree one and software, in 15 minutes'
	@echo 'bench-quick'
	@echo '           fewer cells and rounds, in 3 minutes'
	@echo 'coverage   lines of the driver that the tests run under User-Mode Linux'

modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean

# modules_install does not run depmod if it finds no System.map
install: modules
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_DIR=updates modules_install
	depmod $(if $(INSTALL_MOD_PATH),-b $(INSTALL_MOD_PATH)) \
		"$$(modinfo -F vermagic virtio_crypto.ko | cut -d' ' -f1)"

setup:
	@tests/guest/setup

demo:
	@tests/guest/demo

check:
	@tests/check

quick:
	@tests/check -s

check-dpdk:
	@tests/dpdk/check

style:
	@tests/style

bench:
	@tests/bench/run

bench-quick:
	@tests/bench/run -q

coverage:
	@tests/kunit/coverage

.PHONY: help modules clean install setup demo check quick check-dpdk style bench bench-quick coverage
.DEFAULT_GOAL := modules

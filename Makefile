# SPDX-License-Identifier: GPL-2.0-only
# The front door: builds the module and the command, runs the checks and the demo, installs. Owns .build.

VERSION	:= 0.1.0
BUILD	:= .build

# The module is built for the running kernel where its headers are, else for the stock kernel that the VMs boot.
RUNNING	:= $(shell uname -r)
VM_KVER	= $(shell scripts/kernel release)
KVER	?= $(if $(wildcard /lib/modules/$(RUNNING)/build/Makefile),$(RUNNING),$(VM_KVER))
KDIR	?= /lib/modules/$(KVER)/build
MODSRC	?= kernel
MODDIR	= $(BUILD)/kernel-$(KVER)
KARGS	?=

PREFIX	?= /usr
DESTDIR	?=
INSTALL	?= install

help:
	@echo 'Bulkhead $(VERSION)'
	@echo
	@echo '  make demo       a confined nginx in a throwaway VM, and what it may and may not do (as root)'
	@echo '  make check      unit tests, style and VM suites; the last line tells (as root)'
	@echo '  make all        the module and the command, into $(BUILD)'
	@echo '  make install    both onto this host (DESTDIR, PREFIX, KVER)'
	@echo '  make uninstall  and off again'
	@echo
	@echo '  make setup      install the packages that all of this needs'
	@echo '  make module     the kernel module alone (KVER=release, KDIR=its headers)'
	@echo '  make userspace  the command alone'
	@echo '  make selftests  the test programs that run in the VM'
	@echo '  make check-unit, check-style, check-vm     a part of the checks'
	@echo '  make check-kernels  all VM suites on 6.1, 6.12 and 7.3, in all boots'
	@echo '  make check-storm    a million opens beside renames, on CPUs that run at once (seven minutes on two cores)'
	@echo '  make check-fuzz     fuzzers of parser, verifier, matcher, netlink, paths: FUZZ_SECONDS (60) each'
	@echo '  make bench      what each operation costs in instructions, and what others cost; a table and a chart'
	@echo '  make bench-check    our own part of it, held to tests/bench/budgets'
	@echo '  make bench-flat     whether it costs the same with 10,000 rules, 1,000 policies, 100,000 cgroups'
	@echo '  make bench-scaling  whether four CPUs write what another one reads'
	@echo '  make check-tree     built into a kernel of our own making; make check-lockdown: signed, under lockdown'
	@echo '  make check-debug    all VM suites and injected faults on a kernel with KASAN, lockdep, kmemleak and more'
	@echo '  make check-storms   there, the long forms: 200,000 messages, 1,000 replacements, 10,000 cgroups'
	@echo '  make check-selftests, check-stress  selftests of Linux 6.12, stress-ng: the same results with the module as without'
	@echo '  make check-races    data races, on a kernel with KCSAN, whose CPUs run at once'
	@echo '  make coverage   lines of the module that the VM suites run, per file; those of the verdict path that none runs'
	@echo '  make clean      remove $(BUILD)'

all: module userspace

setup:
	@scripts/setup

# 6.1's kbuild writes beside the sources, so it gets a copy of them.
module:
	@mkdir -p $(MODDIR)
	@rsync -a --delete --exclude='*.o' --exclude='*.ko' --exclude='.*.cmd' --exclude='*.mod' \
		--exclude='*.mod.c' --exclude=modules.order --exclude=Module.symvers $(MODSRC)/ $(MODDIR)/
	@$(MAKE) --no-print-directory -C $(KDIR) M=$(CURDIR)/$(MODDIR) $(KARGS) modules

userspace:
	@$(MAKE) --no-print-directory -C userspace VERSION=$(VERSION)

selftests: userspace
	@$(MAKE) --no-print-directory -C tests/selftests

check:
	@scripts/check

check-unit check-style check-vm check-kernels check-tree check-lockdown check-storm check-fuzz check-debug check-storms check-races check-selftests check-stress:
	@scripts/check $(@:check-%=%)

bench: userspace
	@scripts/setup bench
	@scripts/kernels build "$$(scripts/kernels releases | head -n 1)"
	@tests/bench/bench

bench-check bench-flat bench-scaling:
	@scripts/check $@

coverage:
	@scripts/coverage -n

demo:
	@tests/vm/demo

install: module userspace
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' KVER='$(KVER)' scripts/install $(MODDIR)/bulkhead.ko

uninstall:
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' KVER='$(KVER)' scripts/install --remove

clean:
	rm -rf $(BUILD)

.PHONY: help all setup module userspace selftests check check-unit check-style check-vm check-kernels check-tree check-lockdown check-storm check-fuzz check-debug check-storms check-races check-selftests check-stress bench bench-check bench-flat bench-scaling coverage demo install uninstall clean

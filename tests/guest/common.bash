# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
#
# Shared by all scripts of the harness that run on the host: paths in the cache,
# and how to run a program in one of the chroots.  It is sourced, and does nothing
# by itself.

# shellcheck shell=bash
# shellcheck disable=SC2034 # the sourcing script uses these

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/virtio_crypto

KERNELS=(6.1 6.12 7)
QEMUS=(7.2 11)
# kernels of tests/uml/build, which run as programs and need no QEMU
UMLS=(uml-debug uml-lean)

say() { printf '%s\n' "$*" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 2; }

# suite_of VERSION - the Debian release whose chroot is used for a kernel or a QEMU.
# There are two, because a module needs the compiler that built its kernel.
suite_of() {
	case $1 in
	6.1 | 6.12 | 7.2 | uml-*) echo bookworm ;;
	7 | 11) echo trixie ;;
	*) die "unknown kernel or QEMU '$1' (kernels: ${KERNELS[*]} ${UMLS[*]}; QEMUs: ${QEMUS[*]})" ;;
	esac
}

root_of() { echo "$CACHE/root-$(suite_of "$1")"; }

# release_of KERNEL - what uname -r prints there
release_of() { cat "$CACHE/kernel-$1/release"; }

# key_of KERNEL - everything that is built for the kernel depends on this
key_of() { cat "$CACHE/kernel-$1/release" "$CACHE/kernel-$1/.key" 2>/dev/null || true; }

# kbuild_of KERNEL - the directory for building modules, inside the chroot
kbuild_of() {
	case $1 in
	uml-*) echo "/mnt/kernel-$1/build" ;;
	*) echo "/lib/modules/$(release_of "$1")/build" ;;
	esac
}

# source_of KERNEL - the source files that setup keeps, inside the chroot
source_of() {
	case $1 in
	uml-*) echo /mnt/src-7 ;;
	*) echo "/mnt/src-$1" ;;
	esac
}

# in_root SUITE COMMAND... - runs COMMAND in the chroot of SUITE.  The mounts are in
# a separate mount namespace and disappear with it in any case.  The cache directory
# is /mnt; nothing else of the host is visible.
in_root() {
	local root=$CACHE/root-$1 map=
	shift
	[ "$(id -u)" = 0 ] || map=--map-root-user
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare $map --mount bash -euc '
		root=$1 cache=$2
		shift 2
		mount --rbind /dev "$root/dev"
		mount --rbind /proc "$root/proc"
		mount --bind "$cache" "$root/mnt"
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
			DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
	' in_root "$root" "$CACHE" "$@"
}

# setup_version - the line that this version of setup writes to READY when it is done
setup_version() {
	echo "made by setup $(cat "$TOP"/tests/guest/{setup,chroot.bash} | sha256sum | cut -c1-16)"
}

is_ready() { grep -qsxF "$(setup_version)" "$CACHE/READY"; }

# need_setup - every script except setup begins with this
need_setup() { is_ready || "$TOP/tests/guest/setup" >&2; }

# need_kernel KERNEL - the same, and builds the kernel if it is missing
need_kernel() {
	need_setup
	case $1 in uml-*) "$TOP/tests/uml/build" "${1#uml-}" >&2 ;; esac
}

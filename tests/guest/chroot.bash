# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
#
# Creates a chroot of Debian in the cache.  Sourced by setup and tests/dpdk/build, which
# set `work`, a directory for the logs.

# shellcheck shell=bash
# shellcheck disable=SC2154 # `work`

DEBIAN=http://deb.debian.org/debian
SECURITY=http://deb.debian.org/debian-security

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# quietly NAME COMMAND... - shows the command's output only if it fails
quietly() {
	local name=$1 log=$work/$1.log
	shift
	"$@" >>"$log" 2>&1 </dev/null && return
	sed 's/^/    /' "$log" | tail -15 >&2
	die "$name failed (the lines above); network to deb.debian.org is needed"
}

started=$SECONDS
step() { say "setup: [$((SECONDS - started)) s] $*"; }

update() { quietly "$1-update" in_root "$1" apt-get update; }

# sources_of SUITE - where its packages come from, a line each
sources_of() {
	echo "deb $DEBIAN $1 main"
	case $1 in
	forky) ;; # not released, so it has no other sources
	*)
		echo "deb $DEBIAN $1-updates main"
		echo "deb $SECURITY $1-security main"
		echo "deb $DEBIAN $1-backports main"
		;;
	esac
}

# make_root SUITE PACKAGES... - creates one chroot.  The stamp contains the list of
# packages.  If a later version of the script has a longer list, the missing packages
# are added to the existing chroot.
make_root() {
	local suite=$1 root=$CACHE/root-$1 stamp tmp sources options=()
	shift
	stamp=$*
	if [ "$(cat "$root/.packages" 2>/dev/null)" = "$stamp" ]; then
		update "$suite"
		return
	fi
	if [ -d "$root" ]; then
		step "$suite: adding packages"
		update "$suite"
		quietly "$suite-apt" in_root "$suite" apt-get install -y "$@"
	else
		step "$suite: creating the chroot"
		tmp=$CACHE/tmp.root-$suite
		mapfile -t sources < <(sources_of "$suite")
		# lists of an unreleased suite expire after a week, and a mirror may be older
		[ "$suite" != forky ] || options+=(--aptopt='Acquire::Check-Valid-Until "false"')
		as_root rm -rf --one-file-system "$tmp"
		quietly "$suite-mmdebstrap" as_root mmdebstrap --variant=apt \
			--include="$(tr ' ' , <<<"$stamp")" \
			--aptopt='APT::Install-Recommends "false"' \
			--aptopt='Acquire::Retries "3"' \
			--aptopt='Acquire::Languages "none"' \
			--dpkgopt=force-unsafe-io \
			--dpkgopt='path-exclude=/usr/share/doc/*' \
			--dpkgopt='path-exclude=/usr/share/man/*' \
			--dpkgopt='path-exclude=/usr/share/locale/*' \
			"${options[@]}" "$suite" "$tmp" "${sources[@]}"
		# readable for users who run builds and QEMU without root
		as_root chmod 755 "$tmp"
		mv "$tmp" "$root"
		update "$suite" # mmdebstrap removes the package lists
	fi
	as_root tee "$root/.packages" >/dev/null <<<"$stamp"
}

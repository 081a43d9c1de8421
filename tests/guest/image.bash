# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
#
# Builds the initramfs of a guest from parts that the kernel unpacks over one
# another: a base for each kernel (busybox, kmod, stock modules), the modules under
# test with a matching modules.dep, and the files of one run.  The first two are
# cached, so a run packs only a few files.  Sourced by run.
#
# Nothing is compressed: QEMU copies faster than an emulated CPU decompresses.

# shellcheck shell=bash

# Stock modules that guests may need, with their dependencies.  Names that a kernel does
# not have are left out.  All modules of the crypto API are added to these.
GUEST_MODULES=(
	virtio_pci virtio_blk virtio_net virtio_console virtio_crypto
	dm_mod dm_crypt dm_integrity loop brd zram ext4 crc32c_generic
	algif_skcipher algif_hash algif_aead algif_rng crypto_user cryptd tcrypt lrw
	esp4 esp6 ah4 ipcomp xfrm_user xfrm_algo veth dummy tls macsec ecryptfs
	pkcs8_key_parser pkcs7_test_key rsa_generic ecdsa_generic
)

# Programs that every guest has in addition to busybox.  The shell, timeout and xargs of
# busybox would run busybox's own modprobe, which tries again when a module refuses to
# load; they also prefer an applet to any other program of the same name.
BASE_PROGRAMS=(/usr/bin/kmod /usr/bin/dash /usr/bin/bash /usr/bin/timeout /usr/bin/xargs
	/usr/bin/env /usr/bin/nice)

# pack DIR OUT - packs DIR into a cpio archive
pack() {
	(cd "$1" && find . -print0 | LC_ALL=C sort -z | cpio --quiet -0 -o -H newc -R 0:0) >"$2"
}

# add_programs DEST PROGRAM... - copies programs of root-bookworm, given by absolute
# path, and their libraries
add_programs() {
	local dest=$1 f
	shift
	# glibc loads libgcc_s when a thread ends
	{
		printf '%s\n' "$@" /lib/x86_64-linux-gnu/libgcc_s.so.1
		in_root bookworm ldd "$@" | grep -oE '/[^ :]+ \(0x' | cut -d' ' -f1
	} | sort -u | while read -r f; do
		mkdir -p "$dest/$(dirname "$f")"
		cp -L "$CACHE/root-bookworm$f" "$dest$f"
	done
}

# add_modules KERNEL DEST - copies stock modules, decompressed, because decompression is
# slow in a guest
add_modules() {
	local kernel=$1 dest=$2 release dir f
	release=$(release_of "$kernel")
	dir=$CACHE/kernel-$kernel/lib/modules/$release
	{
		(cd "$dir" && find kernel/crypto kernel/arch/x86/crypto kernel/lib/crypto -name '*.ko*' 2>/dev/null)
		for f in "${GUEST_MODULES[@]}"; do echo "$f"; done |
			# one call for all; names that do not exist are reported on stderr
			in_root bookworm xargs -n1 modprobe -C /dev/null -d "/mnt/kernel-$kernel" \
				-S "$release" --show-depends 2>/dev/null |
			sed -n "s|^insmod .*/$release/\(kernel/[^ ]*\).*|\1|p"
	} | sort -u | while read -r f; do
		mkdir -p "$dest/lib/modules/$release/$(dirname "$f")"
		case $f in
		*.xz) xz -dc "$dir/$f" >"$dest/lib/modules/$release/${f%.xz}" ;;
		*) cp "$dir/$f" "$dest/lib/modules/$release/$f" ;;
		esac
	done
	cp "$dir"/modules.builtin* "$dest/lib/modules/$release/"
	touch "$dest/lib/modules/$release/modules.order"
}

# base_image KERNEL - prints a directory with the tree (root/) and base.cpio
base_image() {
	local kernel=$1 key out tmp applet
	key=$({ cat "$TOP/tests/guest/image.bash"; key_of "$kernel"; cat "$CACHE/root-bookworm/.packages"; } |
		sha256sum | cut -c1-16)
	out=$CACHE/image/base-$kernel-$key
	if [ ! -d "$out" ]; then
		mkdir -p "$CACHE/image"
		tmp=$(mktemp -d "$CACHE/image/tmp.XXXXXX")
		mkdir -p "$tmp/root"/{bin,sbin,usr/bin,usr/sbin,lib64,etc,proc,sys,dev,run,tmp,root}
		mkdir -p "$tmp/root/lib/x86_64-linux-gnu"
		cp "$CACHE/root-bookworm/bin/busybox" "$tmp/root/bin/"
		for applet in $("$tmp/root/bin/busybox" --list); do
			[ "$applet" = busybox ] || ln -s busybox "$tmp/root/bin/$applet"
		done
		rm "$tmp/root/bin"/{insmod,rmmod,modprobe,modinfo,lsmod,depmod,sh}
		add_programs "$tmp/root" "${BASE_PROGRAMS[@]}"
		ln -s /usr/bin/dash "$tmp/root/bin/sh"
		ln -s /usr/bin/bash "$tmp/root/bin/bash"
		for applet in insmod rmmod modprobe modinfo lsmod depmod; do
			ln -s /usr/bin/kmod "$tmp/root/sbin/$applet"
		done
		cp -L "$CACHE/root-bookworm/etc/mke2fs.conf" "$tmp/root/etc/"
		echo root:x:0:0:root:/root:/bin/sh >"$tmp/root/etc/passwd"
		echo root:x:0: >"$tmp/root/etc/group"
		add_modules "$kernel" "$tmp/root"
		pack "$tmp/root" "$tmp/base.cpio"
		chmod 755 "$tmp"
		# another run may have created it in the meantime
		mv -T "$tmp" "$out" 2>/dev/null || rm -rf "$tmp"
	fi
	touch "$out"
	echo "$out"
}

# module_image KERNEL BASE [FILE.ko...] - prints the path of a cpio archive with the
# modules under test; modprobe prefers them to stock modules of the same name
module_image() {
	local kernel=$1 base=$2 release key out tmp dir f
	shift 2
	release=$(release_of "$kernel")
	key=$({ echo "$base" "${@##*/}"; cat "$@" /dev/null; } | sha256sum | cut -c1-16)
	out=$CACHE/image/modules-$kernel-$key.cpio
	if [ ! -e "$out" ]; then
		tmp=$(mktemp -d "$CACHE/image/tmp.XXXXXX")
		dir=$tmp/lib/modules/$release
		mkdir -p "$tmp/lib/modules"
		cp -al "$base/root/lib/modules/$release" "$tmp/lib/modules/"
		mkdir -p "$dir/updates"
		for f; do
			cp "$f" "$dir/updates/"
			# remove the stock module of that name
			find "$dir/kernel" -name "${f##*/}" -delete
		done
		in_root bookworm depmod -b "/mnt/image/${tmp##*/}" "$release"
		rm -rf "$dir/kernel"
		ln -s "$release/updates" "$tmp/lib/modules/test"
		pack "$tmp" "$tmp.cpio"
		mv "$tmp.cpio" "$out"
		rm -rf "$tmp"
	fi
	touch "$out"
	# delete what was not used for a week, and what a killed run left behind
	find "$CACHE/image" -mindepth 1 -maxdepth 1 \( -name '*-*' -mtime +7 -o \
		-name 'tmp.*' -mmin +60 \) -exec rm -rf {} +
	echo "$out"
}

# add_file KERNEL DEST SPEC - adds one FILE argument of run to the tree DEST.  The path
# of a .ko is printed instead, because module_image packs modules.
add_file() {
	local kernel=$1 dest=$2 spec=$3 name='' path f
	case $spec in
	*=*) name=${spec%%=*} path=${spec#*=} ;;
	*) path=$spec ;;
	esac
	case $path in
	*.ko)
		if [ ! -e "$path" ]; then
			f=$("$TOP/tests/guest/build" "$kernel" "$TOP/tests/guest/modules" |
				grep -E "/${path##*/}\$") || die "no module ${path##*/} in tests/guest/modules"
			path=$f
		fi
		echo "$path"
		return
		;;
	*.c)
		name=${name:-$(basename "$path" .c)}
		mkdir -p "$dest/bin" "$CACHE/image"
		f=$(mktemp -d "$CACHE/image/tmp.XXXXXX")
		cp "$path" "$f/"
		in_root bookworm gcc -static -O2 -Wall -pthread -o "/mnt/image/${f##*/}/out" \
			"/mnt/image/${f##*/}/${path##*/}" >&2 || { rm -rf "$f"; die "$path does not compile"; }
		mv "$f/out" "$dest/bin/$name"
		rm -rf "$f"
		return
		;;
	esac
	if [ "${path#*/}" = "$path" ] && [ ! -e "$path" ]; then
		# a program by its name: not busybox's applet, which is there anyway
		f=$(PATH=$CACHE/root-bookworm/usr/sbin:$CACHE/root-bookworm/usr/bin type -P "$path") ||
			die "no program '$path' in $CACHE/root-bookworm"
		f=${f#"$CACHE/root-bookworm"}
		add_programs "$dest" "$f"
		# this directory is before /bin in the guest's PATH
		[ -z "$name" ] || ln -sf "$f" "$dest/usr/bin/$name"
		return
	fi
	[ -e "$path" ] || die "no file '$path'"
	if [ -d "$path" ] || [ ! -x "$path" ]; then
		name=/root/${name:-$(basename "$path")}
	else
		name=${name:-$(basename "$path")}
		case $name in */*) ;; *) name=bin/$name ;; esac
		# a program of the host needs the libraries of the host
		if ! ldd "$path" 2>&1 | grep -qE 'not a dynamic|statically linked'; then
			ldd "$path" | grep -oE '/[^ :]+ \(0x' | cut -d' ' -f1 | while read -r f; do
				mkdir -p "$dest/$(dirname "$f")"
				cp -L "$f" "$dest$f"
			done
		fi
	fi
	mkdir -p "$dest/$(dirname "$name")"
	cp -rL "$path" "$dest/$name"
}

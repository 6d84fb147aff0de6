# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# What every VM here needs: an initramfs, a kernel, QEMU. To be sourced after scripts/lib.sh.

VM=$TOP/tests/vm
QEMU=qemu-system-x86_64
# For later kernels: see scripts/kernels.
if [ -n "${KVER-}" ] && [ -x "$CACHE/chroot-trixie/qemu" ]; then QEMU=$CACHE/chroot-trixie/qemu; fi

# The libraries and the loader that a program names, to the same places below a root.
vm_copy_libraries()
{
	local root=$1 file
	# Static programs make ldd fail: nothing to copy then.
	{ ldd "$2" 2>/dev/null || true; } | { grep -o "/[^ ]*" || true; } | while read -r file; do
		[ -e "$root$file" ] || install -D "$(readlink -f "$file")" "$root$file"
	done
}

vm_copy_programs()
{
	local root=$1 prog
	shift
	for prog; do
		install -D -m 755 "$(readlink -f "$prog")" "$root$prog"
		vm_copy_libraries "$root" "$prog"
	done
}

# The kernel modules named, with all that they depend on; those the kernel has built in are no error.
vm_copy_modules()
{
	local root=$1 image=$2 rel=$3 dest
	shift 3
	dest=$root/lib/modules/$rel
	mkdir -p "$dest"
	cp "$image/lib/modules/$rel"/modules.{builtin,builtin.modinfo,order} "$dest/"
	modprobe -a -d "$image" -S "$rel" --show-depends "$@" |
		sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u |
		while read -r file; do
			install -D -m 644 "$file" "$root/lib/modules/${file#*/lib/modules/}"
		done
	depmod -b "$root" "$rel"
}

# A root of busybox alone, with the folders that any guest has.
vm_base_root()
{
	local root=$1
	rm -rf "$root"
	mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,etc,dev,proc,sys,tmp,run,root,mnt,srv,lib,lib64,var}
	install -m 755 /bin/busybox "$root/bin/busybox"
	"$root/bin/busybox" --list-full | while read -r applet; do
		[ -e "$root/$applet" ] || ln -s /bin/busybox "$root/$applet"
	done
	chmod 1777 "$root/tmp"
}

# Uncompressed: QEMU hands it over by DMA, unpacking is what would cost.
vm_pack()
{
	(cd "$1" && find . -print0 | LC_ALL=C sort -z | cpio --quiet -0 -o -H newc -R 0:0) >"$2.tmp"
	mv "$2.tmp" "$2"
}

vm_probe_kvm()
{
	local dir rel=$1 image=$2
	[ -w /dev/kvm ] || return 1
	dir=$(mktemp -d)
	vm_base_root "$dir/root"
	printf '#!/bin/sh\nmount -t devtmpfs dev /dev\necho alive >/dev/ttyS1\npoweroff -f\n' >"$dir/root/init"
	chmod +x "$dir/root/init"
	vm_pack "$dir/root" "$dir/initrd"
	timeout -k 1 15 "$QEMU" -accel kvm -cpu host -m 256 -nodefaults -no-user-config -display none -no-reboot \
		-kernel "$image/boot/vmlinuz-$rel" -initrd "$dir/initrd" -append 'quiet panic=-1 no_timer_check' \
		-serial null -serial "file:$dir/out" </dev/null >/dev/null 2>&1 || true
	grep -qs alive "$dir/out"
	set -- $?
	rm -rf "$dir"
	return "$1"
}

# KVM that opens may still not run a guest, so it is tried once per boot of this machine.
vm_accel()
{
	local cached boot=none
	read -r boot </proc/sys/kernel/random/boot_id || true
	cached=$CACHE/vm-accel-$boot
	if [ ! -s "$cached" ]; then
		rm -f "$CACHE"/vm-accel-* "$CACHE"/accel-*
		if vm_probe_kvm "$@"; then
			echo '-accel kvm -cpu host'
		else
			# QEMU 7.2 makes newer guests crash in cmpxchg16b. With a thread per CPU any QEMU may also run what it
			# translated before another CPU patched the kernel's text, and meet a breakpoint that is gone for ever:
			# seen with 7.2 and, in one of some hundred loads of a module, with 10.0.
			echo '-accel tcg,thread=single -cpu max,-cx16'
		fi >"$cached"
	fi
	cat "$cached"
}

# VM_THREADS=multi: a thread per CPU all the same, for who wants races, and has a QEMU of later kernels.
# vm_qemu SECONDS KERNEL INITRD APPEND OPTION...; returns QEMU's exit status, 124 or 137 when out of time.
vm_qemu()
{
	local seconds=$1 kernel=$2 initrd=$3 append=$4 accel
	shift 4
	accel=$(cat "$CACHE"/vm-accel-*)
	[ -z "${VM_THREADS-}" ] || accel=${accel/thread=single/thread=$VM_THREADS}
	# shellcheck disable=SC2086	# options
	timeout --foreground -k 5 "$seconds" "$QEMU" $accel -smp 2 -nodefaults -no-user-config -display none -no-reboot \
		-kernel "$kernel" -initrd "$initrd" -append "$append" "$@" </dev/null
}

# The initramfs of a VM with a disk; PAYLOAD becomes /run/payload, and its `start` runs when systemd is up.
vm_disk_initrd()
{
	local root=$1 initrd=$2 release=$3 image=$4 payload=$5
	vm_base_root "$root"
	vm_copy_programs "$root" /sbin/modprobe
	vm_copy_modules "$root" "$image" "$release" virtio_ring virtio virtio_pci virtio_blk
	install -m 755 "$VM/disk-init" "$root/init"
	cp -a "$payload" "$root/payload"
	vm_pack "$root" "$initrd"
}

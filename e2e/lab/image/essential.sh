#!/bin/sh
# essential.sh ROOTFS: runs before the packages are installed; keeps them from starting services and building initrds.
set -eu
rootfs=$1
mkdir -p "$rootfs/etc/initramfs-tools"
echo 'update_initramfs=no' >"$rootfs/etc/initramfs-tools/update-initramfs.conf"
printf '#!/bin/sh\nexit 101\n' >"$rootfs/usr/sbin/policy-rc.d"
chmod +x "$rootfs/usr/sbin/policy-rc.d"

#!/bin/sh
# make-initrd.sh ROOTFS OUT: a 2 MB initrd that loads virtio_blk and switches to /dev/vda.
set -eu
rootfs=$1
out=$2
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

version=$(basename "$(echo "$rootfs"/lib/modules/*cloud*)")
mkdir -p "$tree/bin" "$tree/dev" "$tree/proc" "$tree/modules" "$tree/root"
cp "$rootfs/bin/busybox" "$tree/bin/"

# In the order in which modprobe would load them.
number=10
for module in $(
  for name in virtio_pci virtio_blk; do
    chroot "$rootfs" modprobe -S "$version" --show-depends "$name" | awk '/^insmod/ { print $2 }'
  done | awk '!seen[$0]++'
); do
  plain=$tree/modules/$number-$(basename "$module" .xz)
  # Packed since Debian 13.
  case $module in
    *.xz) "$rootfs/bin/busybox" xzcat "$rootfs$module" >"$plain" ;;
    *) cp "$rootfs$module" "$plain" ;;
  esac
  number=$((number + 1))
done

cat >"$tree/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
for module in /modules/*; do /bin/busybox insmod "$module"; done
tries=0
while [ ! -b /dev/vda ] && [ $tries -lt 200 ]; do /bin/busybox usleep 50000; tries=$((tries + 1)); done
/bin/busybox mount -t ext4 -o rw,noatime /dev/vda /root
/bin/busybox umount /proc
/bin/busybox mount --move /dev /root/dev
exec /bin/busybox switch_root /root /sbin/init
INIT
chmod +x "$tree/init"
(cd "$tree" && find . | cpio -o -H newc --quiet) >"$out"

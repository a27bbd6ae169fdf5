#!/bin/sh
# libvirtd as on a real host, with QEMU and root's rights, and with everything that it keeps below $1: it sees its own /etc/libvirt,
# /var/lib/libvirt and so on. Debian's asks for a user that only its service package makes. Started by `unshare --mount`.
set -eu
mount --make-rprivate /
for place in /etc/libvirt /var/lib/libvirt /run/libvirt /var/log/libvirt /var/cache/libvirt; do
  mkdir -p "$place" "$1$place"
  mount --bind "$1$place" "$place"
done
cp /etc/passwd /etc/group "$1"
echo 'libvirt-qemu:x:64055:64055::/:/usr/sbin/nologin' >>"$1/passwd"
echo 'libvirt-qemu:x:64055:' >>"$1/group"
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/group" /etc/group
cat >/etc/libvirt/qemu.conf <<CONF
user = "root"
group = "root"
security_driver = "none"
namespaces = []
cgroup_controllers = []
remember_owner = 0
stdio_handler = "file"
CONF
cat >"$1/libvirtd.conf" <<CONF
unix_sock_dir = "$1"
auth_unix_rw = "none"
log_outputs = "3:file:$1/libvirtd.log"
CONF
exec /usr/sbin/libvirtd --config "$1/libvirtd.conf" --pid-file "$1/pid"

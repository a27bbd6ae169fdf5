#!/bin/sh
# customize.sh ROOTFS PUBLIC_KEY FILES: turns a fresh Debian tree into a lab guest. Run by mmdebstrap as a hook.
set -eu
rootfs=$1
public_key=$2
files=$3

rm -f "$rootfs/usr/sbin/policy-rc.d" "$rootfs/etc/resolv.conf"
cp -r --no-preserve=ownership "$files/." "$rootfs/"
install -D -m 0600 "$public_key" "$rootfs/root/.ssh/authorized_keys"
chmod 0700 "$rootfs/root/.ssh"

# A boot under emulation costs seconds per service: everything but the base is started by provisioning, on demand.
for unit in \
  nfs-server nfs-kernel-server nfs-client.target nfs-blkmap rpcbind.service rpcbind.socket \
  smbd nmbd samba-ad-dc winbind nginx \
  iscsid iscsid.socket open-iscsi rtslib-fb-targetctl lvm2-monitor blk-availability \
  docker docker.socket containerd lxc lxc-net machines.target dnsmasq \
  libvirtd libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirt-guests \
  virtlogd.socket virtlockd.socket virtlogd-admin.socket virtlockd-admin.socket \
  ceph.target ceph-mon.target ceph-osd.target ceph-mgr.target ceph-crash ceph-radosgw.target radosgw rbdmap \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap fstrim.timer \
  logrotate.timer man-db.timer systemd-timesyncd systemd-pstore getty@tty1; do
  chroot "$rootfs" systemctl -q disable "$unit" 2>/dev/null || true
done
chroot "$rootfs" systemctl -q mask systemd-networkd-wait-online systemd-resolved apt-daily.timer 2>/dev/null
chroot "$rootfs" systemctl -q enable lab-net systemd-networkd ssh
chroot "$rootfs" systemctl -q set-default multi-user.target

chroot "$rootfs" ssh-keygen -A >/dev/null
# From OpenSSH 9.8 on, who knocks too often before the guest is up is turned away for a while.
case $(. "$rootfs/etc/os-release" && echo "$VERSION_ID") in
  12) ;;
  *) echo 'PerSourcePenalties no' >>"$rootfs/etc/ssh/sshd_config.d/lab.conf" ;;
esac
echo 00000000000000000000000000001abc >"$rootfs/etc/machine-id"
rm -rf "$rootfs"/var/cache/apt/*.bin "$rootfs"/var/lib/apt/lists/*

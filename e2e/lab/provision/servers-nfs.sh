#!/bin/bash
# knfsd, NFS 3 and 4. Each export has its own option set; see the facts.
set -euo pipefail
segment=10.77.0.0/24

mkdir -p "$LAB_NFS_EXPORTS_SMALL"
truncate -s 16M /srv/small.img
mke2fs -q -t ext4 -O ^has_journal -m 0 /srv/small.img
mount -o loop /srv/small.img "$LAB_NFS_EXPORTS_SMALL"
rmdir "$LAB_NFS_EXPORTS_SMALL/lost+found"

for path in "$LAB_NFS_EXPORTS_READ_WRITE" "$LAB_NFS_EXPORTS_SECOND" "$LAB_NFS_EXPORTS_READ_ONLY" \
  "$LAB_NFS_EXPORTS_DENIED" "$LAB_NFS_EXPORTS_ELSEWHERE" "$LAB_NFS_EXPORTS_SMALL"; do
  mkdir -p "$path"
  echo "hello from $path" >"$path/hello"
done
chmod 0700 "$LAB_NFS_EXPORTS_DENIED"

cat >/etc/exports <<EXPORTS
$LAB_NFS_EXPORTS_READ_WRITE $segment(rw,sync,no_subtree_check,no_root_squash)
$LAB_NFS_EXPORTS_SECOND $segment(rw,sync,no_subtree_check,no_root_squash)
$LAB_NFS_EXPORTS_READ_ONLY $segment(ro,sync,no_subtree_check,no_root_squash)
$LAB_NFS_EXPORTS_DENIED $segment(rw,sync,no_subtree_check,root_squash)
$LAB_NFS_EXPORTS_ELSEWHERE 10.77.0.50(rw,sync,no_subtree_check,no_root_squash)
$LAB_NFS_EXPORTS_SMALL $segment(rw,sync,no_subtree_check,no_root_squash)
EXPORTS

# Clients that restart would wait for a grace period of 90 s; there is nothing to reclaim here.
mkdir -p /etc/nfs.conf.d
printf '[nfsd]\ngrace-time=10\nlease-time=10\n' >/etc/nfs.conf.d/lab.conf
systemctl start rpcbind nfs-server

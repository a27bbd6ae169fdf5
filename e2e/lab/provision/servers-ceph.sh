#!/bin/bash
# One monitor, one manager, one OSD on a file; small and without redundancy. Without cephadm: no containers, 25 s.
set -euo pipefail
address=$LAB_SERVERS_ADDRESS
host=$(hostname -s)
fsid=$(cat /proc/sys/kernel/random/uuid)

cat >/etc/ceph/ceph.conf <<CONF
[global]
fsid = $fsid
mon_host = $address
mon_initial_members = $host
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
auth_allow_insecure_global_id_reclaim = false
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pgp_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_memory_target = 939524096
osd_objectstore = bluestore
bluestore_block_size = 4294967296
bluestore_cache_size = 67108864
mon_allow_pool_size_one = true
mon_allow_pool_delete = true
mon_warn_on_pool_no_redundancy = false
mon_data_avail_warn = 1
mon_data_avail_crit = 1
# A restored snapshot starts with a clock that is hours behind, until it is set.
mon_clock_drift_allowed = 100000
mgr_modules =
[client]
rbd_default_features = 61
CONF

admin=/etc/ceph/ceph.client.admin.keyring
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "/var/lib/ceph/mon/ceph-$host" "/var/lib/ceph/mgr/ceph-$host" /var/lib/ceph/osd/ceph-0 /var/run/ceph

ceph-authtool --create-keyring "$work/mon.key" --gen-key -n mon. --cap mon 'allow *'
ceph-authtool --create-keyring "$admin" --gen-key -n client.admin \
  --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *' --cap mds 'allow *'
ceph-authtool "$work/mon.key" --import-keyring "$admin"
monmaptool --create --addv "$host" "[v2:$address:3300,v1:$address:6789]" --fsid "$fsid" "$work/monmap"
ceph-mon --mkfs -i "$host" --monmap "$work/monmap" --keyring "$work/mon.key"
ceph-mon -i "$host"

ceph auth get-or-create "mgr.$host" mon 'allow profile mgr' osd 'allow *' mds 'allow *' \
  >"/var/lib/ceph/mgr/ceph-$host/keyring"
ceph-mgr -i "$host"

key=$(ceph-authtool --gen-print-key)
uuid=$(cat /proc/sys/kernel/random/uuid)
id=$(echo "{\"cephx_secret\":\"$key\"}" | ceph osd new "$uuid" -i -)
ceph-authtool --create-keyring "/var/lib/ceph/osd/ceph-$id/keyring" --name "osd.$id" --add-key "$key"
ceph-osd -i "$id" --mkfs --osd-uuid "$uuid"
ceph-osd -i "$id"
for _ in $(seq 240); do
  ceph osd stat 2>/dev/null | grep -q '1 up' && break
  sleep 0.5
done
ceph osd stat | grep -q '1 up'

ceph osd pool create "$LAB_CEPH_POOL" 8 8
rbd pool init "$LAB_CEPH_POOL"

#!/bin/bash
# One monitor, one manager and one OSD on a file, on loopback; small and without redundancy, as the lab's. Everything lies in $1, the
# monitor listens on port $2. Ends when they serve.
set -euo pipefail
directory=$1 port=$2 address=127.0.0.1 host=test
export CEPH_CONF=$directory/ceph.conf
fsid=$(cat /proc/sys/kernel/random/uuid)
mkdir -p "$directory"/{mon,mgr,osd,run}
cat >"$CEPH_CONF" <<CONF
[global]
fsid = $fsid
mon_host = v2:$address:$port
mon_initial_members = $host
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
auth_allow_insecure_global_id_reclaim = false
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_memory_target = 939524096
bluestore_block_size = 4294967296
bluestore_cache_size = 67108864
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
mon_data_avail_warn = 1
mon_data_avail_crit = 1
mon_data = $directory/mon
mgr_data = $directory/mgr
osd_data = $directory/osd
run_dir = $directory/run
admin_socket = $directory/run/\$name.\$pid.asok
pid_file = $directory/run/\$type.pid
log_file = $directory/run/\$name.log
keyring = $directory/admin.keyring
public_addr = $address
cluster_addr = $address
public_network = 127.0.0.0/8
cluster_network = 127.0.0.0/8
[mgr]
keyring = $directory/mgr/keyring
[osd]
keyring = $directory/osd/keyring
[client]
admin_socket =
log_file =
CONF

ceph-authtool --create-keyring "$directory/mon.key" --gen-key -n mon. --cap mon 'allow *'
ceph-authtool --create-keyring "$directory/admin.keyring" --gen-key -n client.admin \
  --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
ceph-authtool "$directory/mon.key" --import-keyring "$directory/admin.keyring"
monmaptool --create --addv "$host" "[v2:$address:$port]" --fsid "$fsid" "$directory/monmap"
ceph-mon --mkfs -i "$host" --monmap "$directory/monmap" --keyring "$directory/mon.key"
ceph-mon -i "$host"
ceph auth get-or-create "mgr.$host" mon 'allow profile mgr' osd 'allow *' >"$directory/mgr/keyring"
ceph-mgr -i "$host"

key=$(ceph-authtool --gen-print-key)
uuid=$(cat /proc/sys/kernel/random/uuid)
id=$(echo "{\"cephx_secret\":\"$key\"}" | ceph osd new "$uuid" -i -)
ceph-authtool --create-keyring "$directory/osd/keyring" --name "osd.$id" --add-key "$key"
ceph-osd -i "$id" --mkfs --osd-uuid "$uuid"
ceph-osd -i "$id"
for _ in $(seq 240); do
  ceph osd stat | grep -q '1 up' && break
  sleep 0.5
done
ceph osd stat | grep -q '1 up'
ceph osd pool create rbd 8 8
rbd pool init rbd
ceph auth get-or-create client.holdfast mon 'profile rbd' osd 'profile rbd pool=rbd' mgr 'profile rbd pool=rbd' \
  >"$directory/holdfast.keyring"

#!/bin/bash
# S3 by Ceph's gateway: it checks signatures, unlike most small test servers.
set -euo pipefail
name=rgw.lab
keyring=/var/lib/ceph/radosgw/ceph-$name/keyring

mkdir -p "$(dirname "$keyring")"
ceph auth get-or-create "client.$name" mon 'allow rw' osd 'allow rwx' >"$keyring"
printf '[client.%s]\nrgw_frontends = beast port=%s\n' "$name" "$LAB_S3_PORT" >>/etc/ceph/ceph.conf

# As a unit, so that a test can stop and start it by name.
cat >/etc/systemd/system/lab-s3.service <<UNIT
[Unit]
Description=S3 gateway of the lab
[Service]
ExecStart=/usr/bin/radosgw -f -n client.$name -k $keyring
KillSignal=SIGKILL
UNIT
systemctl daemon-reload
systemctl start lab-s3
for _ in $(seq 240); do
  curl -s -o /dev/null "http://127.0.0.1:$LAB_S3_PORT/" && break
  sleep 0.5
done

radosgw-admin user create --uid=lab --display-name=lab \
  --access-key="$LAB_S3_ACCESS_KEY" --secret="$LAB_S3_SECRET_KEY" >/dev/null &
first=$!
radosgw-admin user create --uid=foreign --display-name=foreign \
  --access-key="$LAB_S3_FOREIGN_ACCESS_KEY" --secret="$LAB_S3_FOREIGN_SECRET_KEY" >/dev/null
wait "$first"

# rclone remotes from the environment: lab: and foreign:
remote() {
  local prefix=RCLONE_CONFIG_${1^^}
  export "${prefix}_TYPE=s3" "${prefix}_PROVIDER=Ceph" "${prefix}_ENDPOINT=http://127.0.0.1:$LAB_S3_PORT"
  export "${prefix}_ACCESS_KEY_ID=$2" "${prefix}_SECRET_ACCESS_KEY=$3"
}
remote lab "$LAB_S3_ACCESS_KEY" "$LAB_S3_SECRET_KEY"
remote foreign "$LAB_S3_FOREIGN_ACCESS_KEY" "$LAB_S3_FOREIGN_SECRET_KEY"
export RCLONE_CONFIG=/dev/null
rclone mkdir "lab:$LAB_S3_BUCKETS_FULL"
rclone mkdir "lab:$LAB_S3_BUCKETS_EMPTY"
rclone mkdir "foreign:$LAB_S3_BUCKETS_FOREIGN"
echo 'hello from S3' | rclone rcat "lab:$LAB_S3_BUCKETS_FULL/hello.txt"
echo 'inside a folder' | rclone rcat "lab:$LAB_S3_BUCKETS_FULL/folder/inside.txt"

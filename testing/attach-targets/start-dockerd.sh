#!/bin/sh
# Docker's engine with everything that it keeps below $1, no network, and programs from $2. It sees its own /srv. Started by
# `unshare --mount`.
set -eu
mount --make-rprivate /
mkdir -p /srv "$1/data" "$1/exec"
mount -t tmpfs -o size=16m tmpfs /srv
# As systemd has it: containers are given what is mounted below later.
mount --make-shared /srv
PATH="$2:/usr/sbin:/usr/bin:/sbin:/bin"
export PATH
exec dockerd --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" --host "unix://$1/sock" \
  --bridge=none --iptables=false --ip6tables=false --exec-opt native.cgroupdriver=cgroupfs

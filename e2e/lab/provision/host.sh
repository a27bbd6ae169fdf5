#!/bin/bash
# Runs in the hosts: a host as its owner has it before Holdfast comes. Client tools are installed, nothing is mounted.
set -euo pipefail

# Enabled on any Debian host with nfs-common; the image leaves it off for the sake of boot time.
# On a busy machine systemd can take longer over its reload than systemctl waits.
for attempt in 1 2 3; do
  systemctl enable --now rpcbind.socket nfs-client.target && break
  [ "$attempt" != 3 ]
done

sed -i "s/^InitiatorName=.*/InitiatorName=$LAB_ISCSI_INITIATOR/" /etc/iscsi/initiatorname.iscsi

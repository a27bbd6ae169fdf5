#!/bin/bash
# Runs in guest 2: a host as its owner has it before Holdfast comes. Client tools are installed, nothing is mounted.
set -euo pipefail

# Enabled on any Debian host with nfs-common; the image leaves it off for the sake of boot time.
systemctl enable --now rpcbind.socket nfs-client.target

sed -i "s/^InitiatorName=.*/InitiatorName=$LAB_ISCSI_INITIATOR/" /etc/iscsi/initiatorname.iscsi

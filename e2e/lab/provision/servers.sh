#!/bin/bash
# Runs in guest 1: every storage server of the lab. The LAB_ variables come from e2e/support/lab-facts.ts.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

for part in nfs samba iscsi ceph radosgw; do
  "$here/servers-$part.sh"
  echo "$part is ready after $SECONDS s"
done

#!/bin/bash
# Runs in guest 1: every storage server of the lab. The LAB_ variables come from e2e/support/lab-facts.ts.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

run() {
  for part in "$@"; do
    "$here/servers-$part.sh"
    echo "$part is ready after $SECONDS s"
  done
}

# Ceph waits more than it works, so the others go beside it.
run nfs samba http iscsi &
others=$!
run ceph radosgw
wait "$others"

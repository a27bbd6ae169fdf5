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

# Ceph is never idle, and most files of tests need none of it: it sleeps in the snapshot until `lab-ceph wake`.
cat >/usr/local/bin/lab-ceph <<SCRIPT
#!/bin/bash
set -euo pipefail
daemons='^(ceph-mon|ceph-mgr|ceph-osd|radosgw)\$'
case "\$1" in
sleep) pkill -STOP "\$daemons" ;;
wake)
  pkill -CONT "\$daemons"
  for _ in \$(seq 60); do
    timeout 60 ceph osd stat 2>/dev/null | grep -q '1 up' &&
      curl -s -m 30 -o /dev/null "http://127.0.0.1:$LAB_S3_PORT/" && exit 0
    sleep 0.5
  done
  exit 1
  ;;
esac
SCRIPT
chmod 755 /usr/local/bin/lab-ceph
lab-ceph sleep

#!/bin/bash
# LIO: one target with one 2 GiB LUN, CHAP demanded. The authority in an IQN must have a dot.
set -euo pipefail
target=$LAB_ISCSI_TARGET
acl=/iscsi/$target/tpg1/acls/$LAB_ISCSI_INITIATOR

mkdir -p /srv/iscsi
targetcli <<CLI
/backstores/fileio create lun0 $LAB_ISCSI_BACKING 2G write_back=true
/iscsi create $target
/iscsi/$target/tpg1/luns create /backstores/fileio/lun0
/iscsi/$target/tpg1/acls create $LAB_ISCSI_INITIATOR
$acl set auth userid=$LAB_ISCSI_CHAP_USER password=$LAB_ISCSI_CHAP_PASSWORD
$acl set auth mutual_userid=$LAB_ISCSI_MUTUAL_USER mutual_password=$LAB_ISCSI_MUTUAL_PASSWORD
/iscsi/$target/tpg1 set attribute authentication=1 generate_node_acls=0
CLI
ss -tln | grep -q ":$LAB_ISCSI_PORT "

// @ts-check
import { labFacts } from '../support/lab-facts.ts'

const { iscsi, nfs, servers } = labFacts
const PORTAL = `${servers.address}:${iscsi.port}`
// open-iscsi keeps its records below /var/lib since Debian 13, and below /etc before.
const NODES = '"$(ls -d /var/lib/iscsi/nodes /etc/iscsi/nodes 2>/dev/null | head -n 1)"'
const RECORD = `${NODES}/${iscsi.target}/${servers.address},${iscsi.port},1/holdfast`
const NODE = `iscsiadm -m node -T ${iscsi.target} -p ${PORTAL},1 -I holdfast`
const CHAP = {
  authmethod: 'CHAP',
  username: iscsi.chapUser,
  password: iscsi.chapPassword,
}
const LOGOUT = `${NODE} --logout; ${NODE} -o delete; iscsiadm -m iface -I holdfast -o delete`
const SCAN = 'until [ -b /dev/sda ]; do sleep 0.1; done'
const PVS =
  'lvm pvs --devices /dev/sda --reportformat json --units b --nosuffix -o pv_name,pv_uuid,vg_name,vg_uuid,vg_tags,vg_size,vg_free'
const LVS =
  'lvm lvs --devices /dev/sda --reportformat json --units b --nosuffix -o lv_name,lv_size,segtype,lv_active,lv_device_open,pool_lv,data_percent,metadata_percent -- vg_san'

/**
 * A node record as the driver leaves it, at a target that may not exist.
 * @param {Record<string, string>} settings of node.session.auth
 */
function record(settings, target = iscsi.target) {
  const path = RECORD.replace(iscsi.target, target)
  const lines = Object.entries(settings).map(([key, value]) => `node.session.auth.${key} = ${value}`)
  return [
    'iscsiadm -m iface -I holdfast -o new',
    NODE.replace(iscsi.target, target).concat(' -o new'),
    `sed -i -e 's/retry_max.*/retry_max = 0/; /^node.session.auth/d; /END RECORD/d' ${path}`,
    `printf '%s\\n' '${[...lines, '# END RECORD'].join("' '")}' >> ${path}`,
  ].join('; ')
}

/**
 * @param {string} name
 * @param {Record<string, string>} settings
 * @param {string} [target]
 */
function login(name, settings, target = iscsi.target) {
  const command = NODE.replace(iscsi.target, target)
  return {
    name: `iscsiadm-login.${name}`,
    before: record(settings, target),
    command: `${command} --login`,
    after: LOGOUT.replaceAll(iscsi.target, target),
  }
}

const LOGGED_IN = `${record(CHAP)}; ${NODE} --login; ${SCAN}`
const GROUP = `${LOGGED_IN}; lvm vgcreate --devices /dev/sda --setautoactivation n --addtag holdfast_bkd_lab --addtag holdfast_host_hst_lab -- vg_san /dev/sda`
const POOL = `${GROUP}; lvm lvcreate --devices /dev/sda --type thin-pool -l 90%FREE -n holdfast_pool -- vg_san`
const VOLUME = `${POOL}; lvm lvcreate --devices /dev/sda -T vg_san/holdfast_pool -V 100M -n vol_1`
const OPEN_VOLUME = [
  VOLUME,
  "systemd-run --unit=holder sh -c 'exec sleep 1000 </dev/vg_san/vol_1'",
  'until [ "$(lvm lvs --devices /dev/sda --noheadings -o lv_device_open vg_san/vol_1 | tr -d " ")" = open ]; do sleep 0.2; done',
].join('; ')
const CLEAR = `lvm vgremove -f -y --devices /dev/sda vg_san; lvm pvremove --devices /dev/sda /dev/sda; wipefs -a /dev/sda; ${LOGOUT}`

/** @returns {{ tools: string, recordings: import('./record.mjs').Recording[] }} */
export function iscsiLvmRecordings() {
  const discovery = `iscsiadm -m discovery -t st -p ${PORTAL} -o nonpersistent`
  const disk = { before: LOGGED_IN, after: CLEAR }
  return {
    tools:
      'cat /etc/debian_version; uname -r; iscsiadm --version; dpkg-query -W open-iscsi lvm2 thin-provisioning-tools',
    recordings: [
      { name: 'iscsiadm-discovery', command: discovery },
      { name: 'iscsiadm-discovery.not-iscsi', command: discovery.replace(`:${iscsi.port}`, `:${nfs.port}`) },
      { name: 'iscsiadm-discovery.refused', command: discovery.replace(`:${iscsi.port}`, ':3261') },
      {
        name: 'iscsiadm-discovery.chap-needed',
        serversBefore: 'targetcli /iscsi set discovery_auth enable=1 userid=disco password=not-a-real-disco',
        command: discovery,
        serversAfter: 'targetcli /iscsi set discovery_auth enable=0',
      },
      login('ok', CHAP),
      login('wrong-secret', { ...CHAP, password: 'not-the-real-pw' }),
      login('no-chap', { authmethod: 'None' }),
      login('mutual-refused', { ...CHAP, username_in: 'target', password_in: 'not-the-target' }),
      login('no-such-target', CHAP, 'iqn.2026-01.com.lab:none'),
      {
        name: 'iscsiadm-login.other-initiator',
        before: `sed -i s/:client$/:stranger/ /etc/iscsi/initiatorname.iscsi; systemctl restart iscsid; ${record(CHAP)}`,
        command: `${NODE} --login`,
        after: `${LOGOUT}; sed -i s/:stranger$/:client/ /etc/iscsi/initiatorname.iscsi; systemctl restart iscsid`,
      },
      { name: 'iscsiadm-logout.no-session', command: 'iscsiadm -m session -r 9999 --logout' },
      { name: 'iscsiadm-version', command: 'iscsiadm --version' },
      { name: 'lvm-version', command: 'lvm version' },
      { name: 'wipefs.empty', ...disk, command: 'wipefs --json -- /dev/sda' },
      { name: 'blkid.empty', ...disk, command: 'blkid -p -o export -- /dev/sda' },
      { name: 'lvm-pvs.empty', ...disk, command: PVS },
      {
        name: 'wipefs.ext4',
        ...disk,
        before: `${LOGGED_IN}; mkfs.ext4 -q -L data /dev/sda 64M`,
        command: 'wipefs --json -- /dev/sda',
      },
      {
        name: 'blkid.ext4',
        ...disk,
        before: `${LOGGED_IN}; mkfs.ext4 -q -L data /dev/sda 64M`,
        command: 'blkid -p -o export -- /dev/sda',
      },
      {
        name: 'wipefs.partitions',
        ...disk,
        before: `${LOGGED_IN}; parted -s /dev/sda mklabel gpt`,
        command: 'wipefs --json -- /dev/sda',
      },
      {
        name: 'blkid.partitions',
        ...disk,
        before: `${LOGGED_IN}; parted -s /dev/sda mklabel gpt`,
        command: 'blkid -p -o export -- /dev/sda',
      },
      {
        name: 'lvm-vgcreate.over-ext4',
        ...disk,
        before: `${LOGGED_IN}; mkfs.ext4 -q /dev/sda 64M`,
        command: 'lvm vgcreate --devices /dev/sda -- vg_san /dev/sda </dev/null',
      },
      {
        name: 'lvm-pvs.alone',
        ...disk,
        before: `${LOGGED_IN}; lvm pvcreate --devices /dev/sda /dev/sda`,
        command: PVS,
      },
      { name: 'lvm-pvs.group', ...disk, before: GROUP, command: PVS },
      { name: 'lvm-lvs.none', ...disk, before: GROUP, command: LVS },
      {
        name: 'lvm-lvs.open-volume',
        ...disk,
        before: OPEN_VOLUME,
        command: LVS,
        after: `systemctl stop holder; ${CLEAR}`,
      },
      {
        name: 'lvm-lvs.inactive',
        ...disk,
        before: `${VOLUME}; lvm vgchange --devices /dev/sda -an vg_san`,
        command: LVS,
      },
      {
        name: 'lvm-vgchange.busy',
        ...disk,
        before: OPEN_VOLUME,
        command: 'lvm vgchange --devices /dev/sda -an -- vg_san',
        after: `systemctl stop holder; ${CLEAR}`,
      },
    ],
  }
}

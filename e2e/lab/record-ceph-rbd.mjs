// @ts-check
import { cephNamespace, cephUsers, makeCephUsers, wrongCephKey } from '../support/lab-ceph.ts'
import { labFacts } from '../support/lab-facts.ts'

const { ceph, servers } = labFacts
const FILES = '/run/ceph-recording'
/** @param {string} user */
function common(user) {
  return `--conf ${FILES}/conf --keyring ${FILES}/${user} --name client.${user}`
}

/**
 * The settings as the driver writes them, and a keyring for each user of the facts.
 * @param {string} [monitor]
 */
function files(monitor = servers.address) {
  const users = [...Object.values(cephUsers), { name: 'nobody', key: wrongCephKey }]
  const keys = users.map(({ name, key }) => `printf '[client.${name}]\\n\\tkey = ${key}\\n' > ${FILES}/${name}`)
  const conf = `printf '[global]\\nmon_host = ${monitor}\\nlog_to_file = false\\nclient_mount_timeout = 10\\n' > ${FILES}/conf`
  return [`mkdir -p -m 700 ${FILES}`, conf, ...keys].join('; ')
}

/**
 * @param {string} user
 * @param {string} rest
 */
function cephLine(user, rest) {
  return `ceph ${common(user)} --connect-timeout 10 ${rest}`
}

/**
 * @param {string} user
 * @param {string} rest
 */
function rbdLine(user, rest) {
  return `rbd ${common(user)} ${rest}`
}

/** @returns {{ tools: string, recordings: import('./record.mjs').Recording[] }} */
export function cephRbdRecordings() {
  const { full, tenant, none } = cephUsers
  const wrong = `sed -i 's|key = .*|key = ${wrongCephKey}|' ${FILES}/${full.name}`
  // Each ceph command takes seconds in an emulated guest, so the users are made once for all recordings.
  const users = `[ -e /run/ceph-users ] || { ${makeCephUsers()} && touch /run/ceph-users; }`
  const usual = { serversBefore: users, before: files(), after: `rm -rf ${FILES}` }
  const recordings = [
    { name: 'ceph-version', command: 'ceph --version' },
    { name: 'ceph-fsid', command: cephLine(full.name, 'fsid') },
    { name: 'ceph-df', command: cephLine(full.name, 'df --format json') },
    { name: 'ceph-df.tenant', command: cephLine(tenant.name, 'df --format json') },
    { name: 'ceph-pools', command: cephLine(full.name, 'osd pool ls detail --format json') },
    { name: 'rbd-namespaces', command: rbdLine(full.name, `namespace ls --pool ${ceph.pool} --format json`) },
    { name: 'rbd-namespaces.tenant', command: rbdLine(tenant.name, `namespace ls --pool ${ceph.pool} --format json`) },
    { name: 'rbd-ls', command: rbdLine(full.name, `ls --pool ${ceph.pool} --format json`) },
    { name: 'rbd-ls.no-caps', command: rbdLine(none.name, `ls --pool ${ceph.pool} --format json`) },
    { name: 'rbd-ls.tenant-outside', command: rbdLine(tenant.name, `ls --pool ${ceph.pool} --format json`) },
    { name: 'rbd-ls.no-such-pool', command: rbdLine(full.name, 'ls --pool nowhere --format json') },
    {
      name: 'rbd-ls.no-such-namespace',
      command: rbdLine(full.name, `ls --pool ${ceph.pool} --namespace nowhere --format json`),
    },
    {
      name: 'rbd-du.namespace',
      command: rbdLine(full.name, `du --pool ${ceph.pool} --namespace ${cephNamespace} --format json`),
    },
    { name: 'ceph-fsid.wrong-key', before: `${files()}; ${wrong}`, command: cephLine(full.name, 'fsid') },
    { name: 'ceph-fsid.unknown-user', command: cephLine('nobody', 'fsid') },
    {
      name: 'rbd-ls.wrong-key',
      before: `${files()}; ${wrong}`,
      command: rbdLine(full.name, `ls --pool ${ceph.pool} --format json`),
    },
    { name: 'ceph-fsid.monitors-down', before: files('10.77.0.2'), command: cephLine(full.name, 'fsid') },
    { name: 'ceph-df.no-caps', command: cephLine(none.name, 'df --format json') },
  ]
  return {
    tools: 'cat /etc/debian_version; uname -r; ceph --version; dpkg-query -W ceph-common',
    recordings: recordings.map((one) => ({ ...usual, ...one })),
  }
}

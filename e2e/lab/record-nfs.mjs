// @ts-check
import { labFacts } from '../support/lab-facts.ts'

const { nfs, nobody, servers } = labFacts
const MOUNT_OPTIONS = 'hard,timeo=600,retrans=2,retry=0,nosuid,nodev'
const TARGET = '/mnt/probe'
const AWAY = { serversBefore: 'systemctl stop nfs-server', serversAfter: 'systemctl start nfs-server' }
const CUT = {
  serversBefore:
    "nft 'add table inet cut; add chain inet cut in { type filter hook input priority -300; }; add rule inet cut in iifname eth1 drop'",
  serversAfter: 'nft delete table inet cut',
}

/**
 * @param {string} version
 * @param {string} source
 */
function mount(version, source) {
  return `mount --no-canonicalize -t nfs -o vers=${version},${MOUNT_OPTIONS} -- ${source} ${TARGET}`
}

/** @param {string} path */
function at(path) {
  return `${servers.address}:${path}`
}

/**
 * `rpcinfo` as the driver asks it: the NFS program itself, without a port mapper.
 * @param {string} address
 * @param {number} version
 */
function rpcinfo(address, version) {
  return `rpcinfo -a ${address}.8.1 -T tcp 100003 ${version}`
}

/** @returns {{ tools: string, recordings: import('./record.mjs').Recording[] }} */
export function nfsRecordings() {
  const before = `mkdir -p ${TARGET}; umount ${TARGET} 2>/dev/null`
  const after = `umount ${TARGET} 2>/dev/null`
  const failures = ['3', '4.2'].flatMap((version) => {
    const name = (/** @type {string} */ word) => `mount.nfs${version.replace('.', '')}-${word}`
    return [
      { name: name('export-missing'), command: mount(version, at(nfs.missing)) },
      { name: name('export-not-for-this-host'), command: mount(version, at(nfs.exports.elsewhere)) },
      { name: name('export-is-a-file'), command: mount(version, at(`${nfs.exports.readWrite}/hello`)) },
      { name: name('server-down'), command: mount(version, at(nfs.exports.readWrite)), ...AWAY },
      { name: name('server-down-no-rpcbind'), command: mount(version, at(nfs.exports.readWrite)), ...noRpcbind() },
      { name: name('server-unreachable'), command: mount(version, `${nobody.address}:/srv/nfs/rw`), limitSeconds: 150 },
      { name: name('server-blackholed'), command: mount(version, at(nfs.exports.readWrite)), ...CUT, limitSeconds: 30 },
      { name: name('name-unknown'), command: mount(version, `${nobody.name}:/srv/nfs/rw`) },
      { name: name('ok'), command: mount(version, at(nfs.exports.readWrite)) },
    ]
  })
  const line = mount('4.2', at(nfs.exports.readWrite))
  const others = [
    { name: 'mount.version-unsupported', command: mount('4.1', at(nfs.exports.readWrite)), ...onlyVersions('+3 -4') },
    { name: 'mount.version-3-unsupported', command: mount('3', at(nfs.exports.readWrite)), ...onlyVersions('-3 +4') },
    { name: 'mount.version-unknown', command: mount('4.9', at(nfs.exports.readWrite)) },
    { name: 'mount.option-unknown', command: line.replace('retry=0', 'retry=0,zork=1') },
    { name: 'mount.sec-unsupported', command: line.replace('retry=0', 'retry=0,sec=krb5') },
    // mount.nfs takes the kernel's EBUSY for success: exit code 0, and nothing new is mounted.
    { name: 'mount.twice', before: `${before}; ${line}`, command: line, after: `umount ${TARGET}; umount ${TARGET}` },
    {
      name: 'mount.statd-missing',
      before: `${before}; systemctl mask --now rpcbind.socket rpcbind.service rpc-statd.service`,
      command: mount('3', at(nfs.exports.readWrite)),
      after: `${after}; systemctl unmask rpcbind.socket rpcbind.service rpc-statd.service; systemctl start rpcbind.socket`,
    },
    {
      name: 'mount.tool-missing',
      before: `${before}; mv /sbin/mount.nfs /sbin/mount.nfs.hidden`,
      command: line,
      after: 'mv /sbin/mount.nfs.hidden /sbin/mount.nfs',
    },
    { name: 'umount.not-mounted', command: `umount ${TARGET}` },
    { name: 'mount.nfs-version', command: 'mount.nfs -V' },
    {
      name: 'ls.permission-denied',
      before: `${before}; ${mount('4.2', at(nfs.exports.denied))}`,
      command: `ls ${TARGET}`,
    },
    {
      name: 'touch.read-only-export',
      before: `${before}; ${mount('4.2', at(nfs.exports.readOnly))}`,
      command: `touch ${TARGET}/new`,
    },
    {
      name: 'umount.busy',
      before: `${before}; ${line}; cd ${TARGET}; sleep 20 >/dev/null 2>&1 &`,
      command: `umount ${TARGET}`,
      after: `fuser -k -m ${TARGET}; sleep 1; umount ${TARGET}`,
    },
  ]
  const questions = [
    { name: 'showmount', command: `showmount --no-headers -e -- ${servers.address}` },
    { name: 'showmount.headers', command: `showmount --exports ${servers.address}` },
    { name: 'showmount.empty', command: `showmount --no-headers -e -- ${servers.address}`, ...noExports() },
    { name: 'showmount.server-down', command: `showmount --no-headers -e -- ${servers.address}`, ...AWAY },
    { name: 'showmount.no-rpcbind', command: `showmount --no-headers -e -- ${servers.address}`, ...noRpcbind() },
    { name: 'showmount.unreachable', command: `showmount --no-headers -e -- ${nobody.address}` },
    { name: 'showmount.name-unknown', command: `showmount --no-headers -e -- ${nobody.name}` },
    { name: 'rpcinfo.list', command: `rpcinfo -p ${servers.address}` },
    { name: 'rpcinfo.list-unreachable', command: `rpcinfo -p ${nobody.address}` },
    { name: 'rpcinfo.version-4', command: rpcinfo(servers.address, 4) },
    { name: 'rpcinfo.version-3', command: rpcinfo(servers.address, 3) },
    { name: 'rpcinfo.version-2', command: rpcinfo(servers.address, 2) },
    { name: 'rpcinfo.by-name', command: `rpcinfo -T tcp ${servers.address} nfs 4` },
    { name: 'rpcinfo.server-down', command: rpcinfo(servers.address, 4), ...AWAY },
    { name: 'rpcinfo.blackholed', command: rpcinfo(servers.address, 4), ...CUT },
    { name: 'rpcinfo.unreachable', command: rpcinfo(nobody.address, 4) },
    { name: 'rpcinfo.not-nfs', command: `rpcinfo -a ${servers.address}.0.111 -T tcp 100003 4` },
  ]
  return {
    tools: 'cat /etc/debian_version; uname -r; mount.nfs -V; dpkg-query -W nfs-common rpcbind mount',
    recordings: [...questions, ...[...failures, ...others].map((one) => ({ before, after, ...one })), ...mountinfo()],
  }
}

/** @param {string} vers */
function onlyVersions(vers) {
  return {
    serversBefore: `systemctl stop nfs-server; echo '${vers}' > /proc/fs/nfsd/versions; rpc.nfsd 4 ${vers
      .split(' ')
      .map((word) => (word.startsWith('+') ? `-V ${word.slice(1)}` : `-N ${word.slice(1)}`))
      .join(' ')}; exportfs -ra; rpc.mountd`,
    serversAfter: 'rpc.nfsd 0; pkill -x rpc.mountd; systemctl restart nfs-server',
  }
}

function noExports() {
  return { serversBefore: 'exportfs -ua', serversAfter: 'exportfs -ra' }
}

/** Nothing answers on port 111, and for mounts nothing on 2049 either. */
function noRpcbind() {
  return {
    serversBefore: 'systemctl stop nfs-server rpcbind.socket rpcbind.service',
    serversAfter: 'systemctl start rpcbind.socket rpcbind.service; systemctl restart nfs-server',
  }
}

/** @returns {import('./record.mjs').Recording[]} */
function mountinfo() {
  const place = (/** @type {string} */ version, /** @type {string} */ source, /** @type {string} */ target) =>
    `mkdir -p "${target}"; ${mount(version, source).replace(TARGET, `"${target}"`)}`
  const targets = ['/mnt/three', '/mnt/four', '/mnt/with space', '/mnt/read-only', '/mnt/stacked', '/mnt/second']
  return [
    {
      name: 'mountinfo.nfs',
      before: [
        place('3', at(nfs.exports.readWrite), '/mnt/three'),
        place('4.2', at(nfs.exports.readWrite), '/mnt/four'),
        place('4.0', at(nfs.exports.second), '/mnt/with space'),
        place('4.1', at(nfs.exports.readOnly), '/mnt/read-only'),
        place('4.2', at(nfs.exports.readWrite), '/mnt/stacked'),
        place('3', at(nfs.exports.second), '/mnt/stacked'),
        place('4.2', at(nfs.exports.second), '/mnt/second'),
      ].join('; '),
      command: 'cat /proc/self/mountinfo',
      after: [...targets, '/mnt/stacked'].map((target) => `umount "${target}"`).join('; '),
    },
  ]
}

// @ts-check
import { labFacts } from '../support/lab-facts.ts'

const { nobody, servers, smb } = labFacts
const TARGET = '/mnt/probe'
const FILE = '/run/credentials.lab'
const OPTIONS = 'nosharesock,uid=0,gid=0,forceuid,forcegid,file_mode=0644,dir_mode=0755,noexec,rw,nosuid,nodev'
const AWAY = { serversBefore: 'systemctl stop smbd', serversAfter: 'systemctl start smbd' }
const CUT = {
  serversBefore:
    "nft 'add table inet cut; add chain inet cut in { type filter hook input priority -300; }; add rule inet cut in iifname eth1 drop'",
  serversAfter: 'nft delete table inet cut',
}

/** @typedef {{ user?: string, password?: string, share?: string, folder?: string, address?: string, vers?: string, more?: string, guest?: boolean, anonymous?: boolean, only?: string }} Setting */

/** The settings that differ from the ones that work. @type {Record<string, Setting>} */
const SETTINGS = {
  ok: {},
  'ok-folder': { folder: 'inside' },
  'ok-space': { share: smb.readOnly },
  'ok-odd-password': smb.odd,
  'ok-guest': { guest: true, share: smb.public },
  'ok-anonymous': { anonymous: true, share: smb.public },
  'ok-2.0': { vers: '2.0' },
  'ok-3.0': { vers: '3.0' },
  'ok-seal': { more: 'seal,' },
  'wrong-password': { password: smb.wrongPassword },
  'unknown-user': { user: 'nobody-of-that-name' },
  'account-disabled': smb.disabled,
  'share-missing': { share: smb.missing },
  'share-foreign': { share: smb.foreign },
  'folder-missing': { folder: 'nothing' },
  'folder-is-a-file': { folder: 'hello' },
  'guest-refused': { guest: true },
  'anonymous-refused': { anonymous: true },
  'version-1': { vers: '1.0' },
  'version-too-old': { vers: '2.1', only: 'server min protocol = SMB3_00' },
  'version-too-new': { vers: '3.1.1', only: 'server max protocol = SMB2_10' },
  'seal-refused': { more: 'seal,', only: 'server max protocol = SMB2_10' },
  'option-unknown': { more: 'zork=1,' },
  unreachable: { address: nobody.address },
  'name-unknown': { address: nobody.name },
  'port-refused': { more: 'port=446,' },
}

const PROTOCOLS = /** @type {Record<string, string[]>} */ ({
  default: ['SMB2_10', 'SMB3_11'],
  '1.0': ['NT1', 'NT1'],
  '2.0': ['SMB2_02', 'SMB2_02'],
  2.1: ['SMB2_10', 'SMB2_10'],
  '3.0': ['SMB3_00', 'SMB3_00'],
  '3.1.1': ['SMB3_11', 'SMB3_11'],
})

/** @param {Setting} setting */
function credentials({ user = smb.user, password = smb.password }) {
  return `cat > ${FILE} <<'END'\nusername=${user}\npassword=${password}\nEND\ntrue`
}

/** @param {Setting} setting */
function place({ share = smb.share, folder, address = servers.address }) {
  return `'//${address}/${share}${folder === undefined ? '' : `/${folder}`}'`
}

/** @param {Setting} setting */
function mount(setting) {
  const { vers = 'default', more = '', guest, anonymous } = setting
  const who = guest ? 'username=guest,guest' : anonymous ? 'sec=none,guest' : `credentials=${FILE}`
  return `mount -c -t cifs -o ${who},vers=${vers},hard,${more}${OPTIONS} -- ${place(setting)} ${TARGET}`
}

/** @param {Setting} setting */
function connection({ vers = 'default', more = '', guest, anonymous, address = servers.address }) {
  const [lowest, highest] = PROTOCOLS[vers] ?? []
  const who = guest ? '--no-pass --user=guest%' : anonymous ? '--no-pass --user=%' : `--authentication-file=${FILE}`
  const seal = more.includes('seal') ? " '--option=client smb encrypt=required'" : ''
  const port = /port=(\d+)/.exec(more)?.[1] ?? smb.port
  const protocol = `'--option=client min protocol=${lowest}' '--option=client max protocol=${highest}'`
  const ip = address === nobody.name ? '' : ` --ip-address=${address}`
  return `--configfile=/dev/null ${protocol}${ip} --port=${port} --timeout=8${seal} ${who}`
}

/** @param {Setting} setting */
function look(setting) {
  const { share = smb.share, folder, address = servers.address } = setting
  const directory = folder === undefined ? '' : ` --directory=${folder}`
  return `smbclient '//${address}/${share}' ${connection(setting)}${directory} --command=exit`
}

/** @param {Setting} setting */
function list(setting) {
  return `smbclient --list=//${setting.address ?? servers.address} --grepable ${connection(setting)}`
}

/**
 * The server is another kind for a while.
 * @param {Setting} setting
 */
function server({ only }) {
  if (only === undefined) return {}
  const restart = 'systemctl restart smbd'
  return {
    serversBefore: `echo '${only}' > /etc/samba/lab.conf; ${restart}`,
    serversAfter: `: > /etc/samba/lab.conf; ${restart}`,
  }
}

/** @returns {{ tools: string, recordings: import('./record.mjs').Recording[] }} */
export function cifsRecordings() {
  const after = `umount ${TARGET} 2>/dev/null`
  const ready = (/** @type {Setting} */ setting) => `mkdir -p ${TARGET}; ${after}; ${credentials(setting)}`
  const cases = Object.entries(SETTINGS).map(([name, setting]) => ({ name, setting, fault: server(setting) }))
  cases.push({ name: 'server-down', setting: {}, fault: AWAY }, { name: 'blackholed', setting: {}, fault: CUT })
  const listed = new Set(['ok', 'ok-guest', 'ok-anonymous', 'wrong-password', 'version-too-new', 'port-refused'])
  return {
    tools: 'cat /etc/debian_version; uname -r; mount.cifs -V; smbclient --version; dpkg-query -W cifs-utils smbclient',
    recordings: [
      { name: 'mount.cifs-version', command: 'mount.cifs -V' },
      ...cases.flatMap(({ name, setting, fault }) => [
        { name: `mount.${name}`, before: ready(setting), command: mount(setting), after, ...fault, limitSeconds: 60 },
        { name: `smbclient.${name}`, before: credentials(setting), command: look(setting), ...fault, limitSeconds: 40 },
      ]),
      ...cases
        .filter(({ name }) => listed.has(name))
        .map(({ name, setting, fault }) => ({
          name: `smbclient-list.${name}`,
          before: credentials(setting),
          command: list(setting),
          ...fault,
        })),
      {
        name: 'mount.tool-missing',
        before: `${ready({})}; mv /sbin/mount.cifs /sbin/mount.cifs.hidden`,
        command: mount({}),
        after: 'mv /sbin/mount.cifs.hidden /sbin/mount.cifs',
      },
      {
        name: 'mountinfo.cifs',
        before: `${ready({})}; mkdir -p '/mnt/with space' /mnt/inside /mnt/guest; ${mount({})}; ${mount({ folder: 'inside' }).replace(TARGET, '/mnt/inside')}; ${mount({ share: smb.readOnly }).replace(TARGET, "'/mnt/with space'")}; ${mount({ guest: true, share: smb.public }).replace(TARGET, '/mnt/guest')}`,
        command: 'cat /proc/self/mountinfo',
        after: `umount '/mnt/with space' /mnt/inside /mnt/guest ${TARGET}`,
      },
    ],
  }
}

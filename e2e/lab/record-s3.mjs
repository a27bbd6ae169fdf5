// @ts-check
import { createHash, createHmac } from 'node:crypto'
import { labFacts } from '../support/lab-facts.ts'

const { nobody, s3, servers } = labFacts
const TARGET = '/mnt/probe'
const RC = '127.0.0.1:5599'
const AWAY = { serversBefore: 'systemctl stop lab-s3', serversAfter: `systemctl start lab-s3; ${untilServing()}` }
const CUT = {
  serversBefore:
    "nft 'add table inet cut; add chain inet cut in { type filter hook input priority -300; }; add rule inet cut in iifname eth1 drop'",
  serversAfter: 'nft delete table inet cut',
}

/** @typedef {{ accessKey?: string, secretKey?: string, endpoint?: string, bucket?: string }} Setting */

/** The settings that differ from the ones that work. @type {Record<string, Setting>} */
const SETTINGS = {
  ok: {},
  'wrong-key': { secretKey: s3.wrongSecretKey },
  'unknown-access-key': { accessKey: s3.unknownAccessKey },
  'bucket-missing': { bucket: s3.missing },
  'bucket-foreign': { bucket: s3.buckets.foreign },
  unreachable: { endpoint: `http://${nobody.address}:${s3.port}` },
  'name-unknown': { endpoint: `http://${nobody.name}:${s3.port}` },
  'not-s3': { endpoint: `http://${servers.address}:111` },
  'tls-expected': { endpoint: s3.endpoint.replace('http:', 'https:') },
}

function untilServing() {
  return `for i in $(seq 100); do curl -s -o /dev/null ${s3.endpoint} && break; sleep 0.2; done`
}

/**
 * Writes rclone.conf as the driver does, and answers the remote's path.
 * @param {Setting} setting
 */
function configure({ accessKey = s3.accessKey, secretKey = s3.secretKey, endpoint = s3.endpoint }) {
  const lines = ['[holdfast]', 'type = s3', 'provider = Ceph', 'env_auth = false', `endpoint = ${endpoint}`]
  lines.push(`access_key_id = ${accessKey}`, `secret_access_key = ${secretKey}`, 'force_path_style = true')
  return `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')} > /run/rclone.conf`
}

/** @param {Setting} setting */
function remote({ bucket = s3.buckets.full }) {
  return `holdfast:${bucket}`
}

/**
 * A signed request by curl. Its own `--aws-sigv4` makes signatures that S3 refuses in Debian 12, so the headers come from here.
 * @param {string} name
 * @param {string} path
 * @param {Record<string, string>} query
 * @param {Setting & { method?: 'GET' | 'HEAD', date?: Date, anonymous?: boolean, headers?: boolean }} [setting]
 * @returns {import('./record.mjs').Recording}
 */
function ask(name, path, query, setting = {}) {
  const { method = 'GET', anonymous = false, headers = method === 'HEAD' } = setting
  const search = new URLSearchParams(query).toString()
  const lines = () => {
    const signed = anonymous ? {} : sign(method, path, search, setting)
    return Object.entries(signed).map(([key, value]) => `'header = "${key}: ${value}"'`)
  }
  const flags = `${headers ? '-i ' : ''}${method === 'HEAD' ? '--head ' : ''}`
  return {
    name: `radosgw.${name}`,
    before: () => `printf '%s\\n' 'max-time = 20' ${lines().join(' ')} > /run/curl.conf`,
    command: `curl -s ${flags}-K /run/curl.conf '${s3.endpoint}${path}${search === '' ? '' : `?${search}`}'`,
  }
}

/**
 * AWS signature version 4 over a request without a body.
 * @param {string} method
 * @param {string} path
 * @param {string} search
 * @param {Setting & { date?: Date }} setting
 * @returns {Record<string, string>}
 */
function sign(method, path, search, { accessKey = s3.accessKey, secretKey = s3.secretKey, date = new Date() }) {
  const time = date.toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${time.slice(0, 8)}/us-east-1/s3/aws4_request`
  const empty = createHash('sha256').digest('hex')
  const headers = { host: new URL(s3.endpoint).host, 'x-amz-content-sha256': empty, 'x-amz-date': time }
  const names = Object.keys(headers).join(';')
  const lines = Object.entries(headers).map(([key, value]) => `${key}:${value}\n`)
  const request = [method, path, search, lines.join(''), names, empty].join('\n')
  const text = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(request).digest('hex')].join('\n')
  let key = Buffer.from(`AWS4${secretKey}`)
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest()
  const signature = createHmac('sha256', key).update(text).digest('hex')
  const Authorization = `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope},SignedHeaders=${names},Signature=${signature}`
  return { ...headers, Authorization }
}

/** @returns {{ tools: string, recordings: import('./record.mjs').Recording[] }} */
export function s3Recordings() {
  return {
    tools: 'cat /etc/debian_version; rclone version; dpkg-query -W rclone curl fuse3; radosgw --version',
    recordings: [
      { name: 'rclone-version', command: 'rclone version' },
      ...answers(),
      ...listings(),
      ...mounts(),
      ...queue(),
    ],
  }
}

/** What the server itself says. @returns {import('./record.mjs').Recording[]} */
function answers() {
  const page = { 'list-type': '2', 'max-keys': '1' }
  const full = `/${s3.buckets.full}`
  const wrong = { secretKey: s3.wrongSecretKey }
  return [
    ask('list-buckets', '/', {}),
    ask('list-objects', full, page),
    ask('list-objects-empty', `/${s3.buckets.empty}`, page),
    ask('head-bucket', full, {}, { method: 'HEAD' }),
    ask('wrong-key', full, page, wrong),
    ask('wrong-key-headers', full, page, { ...wrong, headers: true }),
    ask('wrong-key-head', full, {}, { ...wrong, method: 'HEAD' }),
    ask('unknown-access-key', full, page, { accessKey: s3.unknownAccessKey }),
    ask('bucket-missing', `/${s3.missing}`, page),
    ask('bucket-missing-head', `/${s3.missing}`, {}, { method: 'HEAD' }),
    ask('bucket-foreign', `/${s3.buckets.foreign}`, page),
    ask('object-missing', `${full}/nothing`, {}),
    ask('clock-wrong', full, page, { date: new Date(Date.now() - 2 * 60 * 60 * 1000) }),
    ask('anonymous', full, page, { anonymous: true }),
    ask('anonymous-root', '/', {}, { anonymous: true }),
  ]
}

/** `lsd` for buckets, `lsjson` for one of them. @returns {import('./record.mjs').Recording[]} */
function listings() {
  const flags = '--config=/run/rclone.conf --retries=1 --low-level-retries=1 --contimeout=10s --timeout=20s'
  const cases = Object.entries(SETTINGS).map(([name, setting]) => ({ name, setting, fault: {} }))
  cases.push({ name: 'server-down', setting: {}, fault: AWAY }, { name: 'blackholed', setting: {}, fault: CUT })
  return cases.flatMap(({ name, setting, fault }) => [
    {
      name: `rclone-lsd.${name}`,
      before: configure(setting),
      command: `rclone lsd holdfast: ${flags}`,
      ...fault,
      limitSeconds: 90,
    },
    {
      name: `rclone-lsjson.${name}`,
      before: configure(setting),
      command: `rclone lsjson ${remote(setting)} ${flags}`,
      ...fault,
      limitSeconds: 90,
    },
  ])
}

/**
 * The driver's own arguments.
 * @param {Setting} setting
 */
function rcloneMount(setting) {
  return [
    `rclone mount ${remote(setting)} ${TARGET} --config=/run/rclone.conf --cache-dir=/var/cache/rclone-lab`,
    '--vfs-cache-mode=writes --vfs-cache-max-size=1073741824B --vfs-cache-max-age=3600s --vfs-write-back=5s',
    '--dir-cache-time=60s --poll-interval=0 --allow-other --uid=0 --gid=0 --umask=022 --dir-perms=0777',
    '--file-perms=0666 --contimeout=10s --timeout=60s --low-level-retries=3 --ask-password=false',
    `--rc --rc-addr=${RC} --rc-no-auth`,
  ].join(' ')
}

/**
 * A daemon whose log goes to a file; waits until it is mounted or gone.
 * @param {Setting} setting
 */
function startDaemon(setting) {
  return [
    `mkdir -p ${TARGET}`,
    configure(setting),
    `${rcloneMount(setting)} > /run/rclone.log 2>&1 < /dev/null & pid=$!`,
    `for i in $(seq 100); do grep -q ' ${TARGET} ' /proc/self/mountinfo && break; kill -0 $pid || break; sleep 0.2; done`,
  ].join('; ')
}

/** What the daemon logs when its mount is looked at. @returns {import('./record.mjs').Recording[]} */
function mounts() {
  const after = `umount ${TARGET} 2>/dev/null || umount -l ${TARGET}; sleep 1`
  const look = (/** @type {Setting} */ setting) =>
    `${startDaemon(setting)}; timeout -s KILL 30 ls ${TARGET}; echo "ls ended with $?"; cat /run/rclone.log`
  const cases = Object.entries(SETTINGS).map(([name, setting]) => ({
    name: `rclone-mount.${name}`,
    command: look(setting),
    after,
    limitSeconds: 90,
  }))
  return [
    ...cases,
    { name: 'rclone-mount.server-down', command: look({}), after, ...AWAY, limitSeconds: 90 },
    { name: 'rclone-mount.blackholed', command: look({}), after, ...CUT, limitSeconds: 90 },
    {
      name: 'rclone-mount.target-missing',
      before: configure({}),
      command: rcloneMount({}).replace(TARGET, '/mnt/not-there'),
      limitSeconds: 30,
    },
    {
      name: 'rclone-mount.fuse-missing',
      before: `${configure({})}; mkdir -p ${TARGET}; mv /bin/fusermount3 /bin/fusermount3.hidden; mv /bin/fusermount /bin/fusermount.hidden`,
      command: rcloneMount({}),
      after: 'mv /bin/fusermount3.hidden /bin/fusermount3; mv /bin/fusermount.hidden /bin/fusermount',
      limitSeconds: 20,
    },
    {
      name: 'mountinfo.rclone',
      before: startDaemon({}),
      command: 'cat /proc/self/mountinfo',
      after,
    },
    {
      name: 'ls.rclone-killed',
      before: `${startDaemon({})}; kill -9 $pid`,
      command: `ls ${TARGET}`,
      after,
    },
    { name: 'df.rclone', before: startDaemon({}), command: `df -B1 ${TARGET}; stat -f ${TARGET}`, after },
  ]
}

/** The daemon's remote control, idle and with uploads that wait. @returns {import('./record.mjs').Recording[]} */
function queue() {
  const after = `umount ${TARGET} 2>/dev/null || umount -l ${TARGET}; sleep 1`
  const rc = (/** @type {string} */ method) => `rclone rc --rc-addr=${RC} ${method}`
  const slow = startDaemon({ bucket: s3.buckets.empty }).replace('--vfs-write-back=5s', '--vfs-write-back=600s')
  const write = `for i in 1 2 3; do head -c 100000 /dev/urandom > ${TARGET}/file-$i; done`
  return [
    { name: 'rclone-rc.vfs-stats-idle', before: startDaemon({}), command: rc('vfs/stats'), after },
    { name: 'rclone-rc.vfs-stats-queued', before: `${slow}; ${write}`, command: rc('vfs/stats'), after },
    {
      name: 'rclone-rc.vfs-stats-server-gone',
      before: `${startDaemon({ bucket: s3.buckets.empty })}; ${write}`,
      command: `sleep 12; ${rc('vfs/stats')}`,
      after,
      ...CUT,
    },
    { name: 'rclone-rc.vfs-list', before: startDaemon({}), command: rc('vfs/list'), after },
    { name: 'rclone-rc.core-version', before: startDaemon({}), command: rc('core/version'), after },
    { name: 'rclone-rc.core-stats', before: startDaemon({}), command: rc('core/stats'), after },
    { name: 'rclone-rc.nobody-there', command: rc('vfs/stats') },
  ]
}

// @ts-check
import { labFacts } from '../support/lab-facts.ts'

const { http, nobody, servers } = labFacts
const TARGET = '/mnt/probe'
const BASE = `http://${servers.address}:${http.port}`
const TLS = `https://${servers.address}:${http.tlsPort}`

/**
 * @param {string} name
 * @param {string} flags
 * @param {string} url
 * @returns {import('./record.mjs').Recording}
 */
function curl(name, flags, url) {
  return { name: `curl.${name}`, command: `curl -sS --max-time 20 ${flags} '${url}'` }
}

/**
 * A daemon as the driver starts it, with its log in a file; waits until it is mounted or gone.
 * @param {string} path
 */
function startDaemon(path) {
  const flags = [
    `--config=/run/rclone.conf --cache-dir=/var/cache/rclone-lab --vfs-cache-mode=off --dir-cache-time=300s`,
    '--poll-interval=0 --allow-other --uid=0 --gid=0 --umask=022 --dir-perms=0777 --file-perms=0666 --contimeout=10s',
    '--timeout=60s --low-level-retries=3 --ask-password=false --read-only',
  ]
  return [
    `mkdir -p ${TARGET}`,
    `printf '[holdfast]\\ntype = http\\nurl = ${BASE}${path}\\n' > /run/rclone.conf`,
    `rclone mount holdfast: ${TARGET} ${flags.join(' ')} > /run/rclone.log 2>&1 < /dev/null & pid=$!`,
    `for i in $(seq 100); do grep -q ' ${TARGET} ' /proc/self/mountinfo && break; kill -0 $pid || break; sleep 0.2; done`,
  ].join('; ')
}

/** @returns {{ tools: string, recordings: import('./record.mjs').Recording[] }} */
export function httpRecordings() {
  const { paths } = http
  const after = `umount ${TARGET} 2>/dev/null || umount -l ${TARGET}; sleep 1`
  return {
    tools:
      'cat /etc/debian_version; curl --version | head -1; rclone version | head -1; dpkg-query -W nginx-light rclone',
    recordings: [
      curl('listing', '', `${BASE}${paths.files}`),
      {
        ...curl('listing-empty', '', `${BASE}${paths.files}empty/`),
        serversBefore: 'mkdir -p /srv/http/files/empty',
        serversAfter: 'rmdir /srv/http/files/empty',
      },
      {
        ...curl('listing-odd', '', `${BASE}${paths.files}odd/`),
        serversBefore: `mkdir -p '/srv/http/files/odd/a folder'; cd /srv/http/files/odd; touch 'a b.txt' 'x&y.txt' '100%.txt' 'ümlaut.txt' "it's" 'a#b' 'q?x' '<b>'`,
        serversAfter: 'rm -r /srv/http/files/odd',
      },
      curl('page', '', `${BASE}${paths.page}`),
      curl('file', '', `${BASE}${paths.files}hello.txt`),
      ...Object.entries(paths).map(([name, path]) =>
        curl(`head-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, '--head', `${BASE}${path}`),
      ),
      curl('head-no-slash', '--head', `${BASE}${paths.files.slice(0, -1)}`),
      curl('head-basic-ok', `--head -u ${http.user}:${http.password}`, `${BASE}${paths.basic}`),
      curl('head-bearer-ok', `--head -H 'Authorization: Bearer ${http.token}'`, `${BASE}${paths.bearer}`),
      curl('tls-unknown-authority', '--head', `${TLS}${paths.files}`),
      curl('tls-on-plain-port', '--head', `${BASE.replace('http:', 'https:')}${paths.files}`),
      curl('plain-on-tls-port', '--head', `${TLS.replace('https:', 'http:')}${paths.files}`),
      curl('not-http', '--head', `http://${servers.address}:22/`),
      curl('unreachable', '--head', `http://${nobody.address}:${http.port}/`),
      {
        name: 'mountinfo.rclone-http',
        before: startDaemon(paths.files),
        command: 'cat /proc/self/mountinfo',
        after,
      },
      {
        name: 'rclone-mount.http-list',
        before: startDaemon(paths.files),
        command: `ls -lR ${TARGET}; cat ${TARGET}/hello.txt; touch ${TARGET}/new; df -B1 ${TARGET}`,
        after,
      },
      {
        name: 'rclone-mount.http-redirect',
        before: startDaemon(paths.trap),
        command: `timeout -s KILL 30 cat ${TARGET}/secret.txt; echo "cat ended with $?"; cat /run/rclone.log`,
        after,
        limitSeconds: 60,
      },
    ],
  }
}

import { createHash } from 'node:crypto'
import {
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { isWithin } from '@/agent/host/mounting/mountinfo'
import { errorCode } from '@/agent/host/mounting/paths'
import type { HostRecords } from '@/lib/drivers/contract/driver-host'
import { HoldfastError } from '@/lib/errors'
import { type RuntimeDirectory, writeSecret } from './runtime-directory'

/** Where open-iscsi keeps its records: Debian, SUSE and Arch below /etc, Red Hat below /var/lib. */
const ISCSI = ['/etc/iscsi', '/var/lib/iscsi']
/** Records of sessions and of discoveries; never its settings, which are the administrator's. */
const WRITABLE = ISCSI.flatMap((root) => ['nodes', 'send_targets', 'ifaces'].map((part) => join(root, part)))
const READABLE = [...ISCSI, '/sys']
const LARGEST = 65_536
/** Answers of a system call that mean "there is none". sysfs says EINVAL or ENXIO for a value that a device does not have. */
const NOTHING = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EINVAL', 'ENXIO', 'ENODEV', 'ELOOP'])

function check(path: string, roots: readonly string[]): void {
  const isClean = path.startsWith('/') && !path.split('/').some((part) => part === '..' || part === '.')
  if (isClean && roots.some((root) => isWithin(path, root))) return
  throw new HoldfastError('policy_denied', `Storage types may not use the file ${path.slice(0, 200)}.`)
}

function orNothing<T, N>(look: () => T, nothing: N): T | N {
  try {
    return look()
  } catch (error) {
    if (NOTHING.has(errorCode(error))) return nothing
    throw error
  }
}

/**
 * Local files only: nothing here can hang on a dead server. `base` stands before every path, for tests; a link that leads out of
 * the places that may be written to is not followed.
 */
export function createRecords(runtime: RuntimeDirectory, base = ''): HostRecords {
  const at = (path: string) => `${base}${path}`
  const kept = (path: string) =>
    join(runtime.directory('records'), createHash('sha256').update(path).digest('hex').slice(0, 32))
  const isOurs = (path: string) => orNothing(() => readlinkSync(at(path)), null) === kept(path)
  return {
    async read(path) {
      check(path, READABLE)
      return orNothing(() => readFileSync(at(path), 'utf8').slice(0, LARGEST), null)
    },
    async list(path) {
      check(path, READABLE)
      return orNothing(() => readdirSync(at(path)).sort(), [])
    },
    async writeSecret(path, content) {
      check(path, WRITABLE)
      const parent = realpathSync(at(dirname(path)))
      check(parent.slice(base.length), WRITABLE)
      const file = kept(path)
      writeSecret(file, content)
      rmSync(at(path), { force: true })
      symlinkSync(file, at(path))
    },
    async isOurs(path) {
      check(path, WRITABLE)
      return isOurs(path)
    },
    async remove(path) {
      check(path, WRITABLE)
      const found = orNothing(() => lstatSync(at(path)), null)
      if (found?.isDirectory()) rmdirSync(at(path))
      else if (found) {
        const wasOurs = isOurs(path)
        rmSync(at(path), { force: true })
        if (wasOurs) rmSync(kept(path), { force: true })
      }
    },
  }
}

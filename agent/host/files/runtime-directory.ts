import { randomBytes } from 'node:crypto'
import { chmodSync, lstatSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Runner } from '@/agent/host/exec/run'
import { coveringMount, readMounts } from '@/agent/host/mounting/mountinfo'
import { errorCode } from '@/agent/host/mounting/paths'
import { unmountArguments } from '@/lib/drivers/mounting/commands'
import { HoldfastError } from '@/lib/errors'
import { reveal, Secret } from '@/lib/secret'
import { makeDirectory, writeWhole } from './write-file'

const MEMORY_TYPES = new Set(['tmpfs', 'ramfs'])
const TMPFS_SOURCE = 'holdfast-agent'
const SAFE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/

export interface SecretFile {
  path: string
  done(): void
}

/**
 * The agent's directory in memory (0700): secret files, sockets, scratch mountpoints. Nothing in it survives a reboot or
 * reaches a disk. Where the given place is not a tmpfs, one is mounted there.
 */
export class RuntimeDirectory {
  readonly path: string
  /** `memory`: on tmpfs. `disk`: could not be had (no privilege to mount); to be reported to people. */
  readonly medium: 'memory' | 'disk'

  private constructor(path: string, medium: 'memory' | 'disk') {
    this.path = path
    this.medium = medium
  }

  /** Throws `policy_denied` when secrets would lie on a disk and `allowDisk` (namespace mode) is not set. */
  static async open(runner: Runner, path: string, options: { allowDisk: boolean }): Promise<RuntimeDirectory> {
    makeDirectory(path)
    const found = lstatSync(path)
    if (!found.isDirectory() || found.uid !== process.getuid?.()) {
      throw new HoldfastError(
        'policy_denied',
        `${path} is not a directory of the agent's own; remove it and start again.`,
      )
    }
    chmodSync(path, 0o700)
    if (!onMemory(path)) await mountMemory(runner, path)
    const medium = onMemory(path) ? 'memory' : 'disk'
    if (medium === 'disk' && !options.allowDisk) {
      throw new HoldfastError('policy_denied', `${path} is not on tmpfs, so secrets cannot be kept there.`)
    }
    return new RuntimeDirectory(path, medium)
  }

  directory(...parts: string[]): string {
    for (const part of parts) {
      if (!SAFE_NAME.test(part))
        throw new HoldfastError('internal', 'A name in the runtime directory is not acceptable.')
    }
    const path = join(this.path, ...parts)
    makeDirectory(path)
    return path
  }

  /** A 0600 file that nobody else can open, gone with `done()`. */
  secretFile(content: Secret | string): SecretFile {
    const path = join(this.directory('secrets'), randomBytes(12).toString('hex'))
    writeSecret(path, content)
    return { path, done: () => rmSync(path, { force: true }) }
  }

  /** Takes our own tmpfs away again when nothing is left in it: no daemon that outlives the agent, no scratch mountpoint. */
  async release(runner: Runner): Promise<void> {
    const ours = readMounts().some((mount) => mount.target === this.path && mount.source === TMPFS_SOURCE)
    const used = ['fuse', 'jobs', 'scratch', 'secrets', 'records'].some(
      (part) => readdirSync(this.directory(part)).length > 0,
    )
    if (!ours || used) return
    await runner.run('umount', unmountArguments(this.path))
    rmdirSync(this.path)
  }

  /** Secret files belong to running operations only; at start there are none. */
  clearSecretFiles(): void {
    const directory = this.directory('secrets')
    for (const name of readdirSync(directory)) rmSync(join(directory, name), { force: true })
  }
}

/** Exclusive: an existing file is removed first, never written through. */
export function writeSecret(path: string, content: Secret | string): void {
  rmSync(path, { force: true })
  writeWhole(path, content instanceof Secret ? reveal(content) : content, { mode: 0o600, isNew: true })
}

function onMemory(path: string): boolean {
  return MEMORY_TYPES.has(coveringMount(readMounts(), path)?.fsType ?? '')
}

async function mountMemory(runner: Runner, path: string): Promise<void> {
  const options = 'size=32m,mode=0700,nosuid,nodev,noexec'
  try {
    await runner.run('mount', ['-c', '-t', 'tmpfs', '-o', options, '--', TMPFS_SOURCE, path])
  } catch (error) {
    if (!(error instanceof HoldfastError) || errorCode(error) === 'internal') throw error
  }
}

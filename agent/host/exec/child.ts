import { readFileSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { execa } from 'execa'
import { pauseFor } from '@/lib/pause'

/** A process in a group of its own. */
export interface DetachedChild {
  pid: number
  stdin: Writable | null
  stdout: Readable | null
  stderr: Readable | null
  ended: Promise<{ exitCode: number | null; signal: string | null } | { spawnError: true }>
  /** The child and everything left in its process group. */
  gone: Promise<void>
  killGroup(): void
  closePipes(): void
  unref(): void
  isThere(): boolean
  /** Does it keep this process from ending, with its pipes? */
  hold(isHeld: boolean): void
}

export interface SpawnShape {
  env?: Record<string, string>
  inherit: readonly number[]
  stdin: 'ignore' | 'pipe'
  silent?: boolean
  /** See `CatalogueEntry`. */
  startsOthers?: boolean
}

const OOM = '/proc/self/oom_score_adj'

/** A process starts within the call that starts it, so nothing else of this one runs meanwhile. */
function asAnyService<T>(begin: () => T): T {
  const umask = process.umask(0o022)
  const score = readFileSync(OOM, 'utf8')
  try {
    writeFileSync(OOM, '0')
    return begin()
  } finally {
    writeFileSync(OOM, score)
    process.umask(umask)
  }
}

/** Absolute path, no shell, cleared environment. Nothing else starts a process. */
export function spawnDetached(path: string, args: readonly string[], shape: SpawnShape): DetachedChild {
  const out = shape.silent ? 'ignore' : 'pipe'
  const begin = () =>
    execa(path, [...args], {
      shell: false,
      extendEnv: false,
      env: { ...shape.env, LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      cwd: '/',
      detached: true,
      cleanup: false,
      buffer: false,
      reject: false,
      // execa's types know descriptors up to 9 only; it takes any.
      stdio: [shape.stdin, out, out, ...shape.inherit.map((fd) => ({ value: fd as 3, input: true }))],
    })
  const subprocess = shape.startsOthers ? asAnyService(begin) : begin()
  const child = subprocess.nodeChildProcess
  const pid = child.pid ?? 0
  const ended = new Promise<{ exitCode: number | null; signal: string | null } | { spawnError: true }>((resolve) => {
    child.once('error', () => resolve({ spawnError: true }))
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
  })
  child.stdin?.on('error', () => undefined)
  return {
    pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    gone: ended.then(() => groupGone(pid)),
    killGroup: () => signalGroup(pid),
    closePipes() {
      child.stdin?.destroy()
      child.stdout?.destroy()
      child.stderr?.destroy()
    },
    unref: () => child.unref(),
    isThere: () => child.exitCode === null && child.signalCode === null,
    hold(isHeld) {
      const pipes = [child.stdin, child.stdout, child.stderr].filter((pipe) => pipe instanceof Socket)
      for (const one of [child, ...pipes]) {
        if (isHeld) one.ref()
        else one.unref()
      }
    },
  }
}

function signalGroup(pid: number): void {
  if (pid <= 1) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left in the group.
  }
}

/** Grandchildren stay in the group after their parent has gone; there is no event for them. */
async function groupGone(pid: number): Promise<void> {
  while (pid > 1) {
    try {
      process.kill(-pid, 0)
    } catch {
      return
    }
    await pauseFor(250)
  }
}

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { MountWatcher } from './mount-events'
import { mountsAt } from './mounts'

let directory: string
let target: string
const runner = new Runner()

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-events-'))
  target = join(directory, 'target')
  mkdirSync(target)
})
afterEach(() => rmSync(directory, { recursive: true }))

async function changesAreSeen(lastSeen: () => number, withinMs: number): Promise<void> {
  for (const count of [1, 0]) {
    if (count === 1) await runner.run('mount', ['-t', 'tmpfs', 'none', target])
    else await runner.run('umount', [target])
    await vi.waitFor(() => expect(lastSeen()).toBe(count), { timeout: withinMs, interval: 5 })
  }
}

describe('MountWatcher', () => {
  it('sees mounts and unmounts, also while its child is dead, and starts another child', async () => {
    let seen = -1
    const watcher = new MountWatcher(runner, () => {
      seen = mountsAt(target).length
    })
    watcher.start()
    try {
      await changesAreSeen(() => seen, 2_000)
      const first = watcher.childPid
      expect(first).not.toBeNull()
      process.kill(first as number, 'SIGKILL')
      await changesAreSeen(() => seen, 2_000)
      await vi.waitFor(() => expect(watcher.childPid).not.toBeNull(), { timeout: 10_000 })
      expect(watcher.childPid).not.toBe(first)
      expect(watcher.mode).toBe('events')
    } finally {
      watcher.stop()
    }
  })

  it('looks every second where findmnt is not installed', async () => {
    let seen = -1
    const watcher = new MountWatcher(new Runner({ paths: { findmnt: join(directory, 'absent') } }), () => {
      seen = mountsAt(target).length
    })
    watcher.start()
    try {
      await changesAreSeen(() => seen, 5_000)
      expect(watcher.mode).toBe('polling')
    } finally {
      watcher.stop()
    }
  })
})

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MountWatcher } from './mount-events'
import { Runner } from './run'

let directory: string
let target: string
const runner = new Runner()

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-events-'))
  target = join(directory, 'target')
  mkdirSync(target)
})
afterEach(() => rmSync(directory, { recursive: true }))

async function changesSeenBy(watcher: MountWatcher, seen: () => number, withinMs: number): Promise<void> {
  for (const change of ['mount', 'umount'] as const) {
    const before = seen()
    if (change === 'mount') await runner.run('mount', ['-t', 'tmpfs', 'none', target])
    else await runner.run('umount', [target])
    await vi.waitFor(() => expect(seen()).toBeGreaterThan(before), { timeout: withinMs, interval: 5 })
  }
  expect(watcher.childPid === null).toBe(watcher.mode === 'polling')
}

describe('MountWatcher', () => {
  it('sees mounts and unmounts, also while its child is dead, and starts another child', async () => {
    let seen = 0
    const watcher = new MountWatcher(runner, () => seen++)
    watcher.start()
    try {
      await changesSeenBy(watcher, () => seen, 2_000)
      const first = watcher.childPid
      expect(first).not.toBeNull()
      process.kill(first as number, 'SIGKILL')
      await changesSeenBy(watcher, () => seen, 2_000)
      await vi.waitFor(() => expect(watcher.childPid).not.toBeNull(), { timeout: 10_000 })
      expect(watcher.childPid).not.toBe(first)
    } finally {
      watcher.stop()
    }
  })

  it('re-reads every second where findmnt is not installed', async () => {
    let seen = 0
    const watcher = new MountWatcher(new Runner({ paths: { findmnt: join(directory, 'absent') } }), () => seen++)
    watcher.start()
    try {
      await changesSeenBy(watcher, () => seen, 5_000)
      expect(watcher.mode).toBe('polling')
    } finally {
      watcher.stop()
    }
  })
})

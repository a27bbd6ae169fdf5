import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeWhole } from '@/agent/host/files/write-file'
import { pauseFor } from '@/lib/pause'

/** In the runtime directory, so it is gone after a reboot: since its start the agent has tried each mount once. */
const FILE = 'mounts-are-settled'
const LOOK_EVERY_MS = 25

export function forgetSettled(runDir: string): void {
  rmSync(join(runDir, FILE), { force: true })
}

export function markSettled(runDir: string): void {
  writeWhole(join(runDir, FILE), '', { mode: 0o600 })
}

/** True once every mount is up or known to have failed; false when `untilMs` of `performance.now()` came first. */
export async function waitUntilSettled(runDir: string, untilMs: number): Promise<boolean> {
  while (!existsSync(join(runDir, FILE))) {
    if (performance.now() >= untilMs) return false
    await pauseFor(LOOK_EVERY_MS)
  }
  return true
}

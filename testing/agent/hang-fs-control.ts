import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { readMounts } from '@/agent/host/mounting/mountinfo'

export const HANG_FS = fileURLToPath(new URL('./hang-fs.ts', import.meta.url))

export interface HangFs {
  pid: number
  /** Every call on it sits in D state from now on. */
  hang(): void
  /** Answers again, held calls first. */
  answer(): void
  fail(): void
  /** Leaves a dead endpoint. */
  kill(): Promise<void>
}

/** Mounts the misbehaving file system and resolves when it is there. */
export async function startHangFs(target: string, source = 'hangfs'): Promise<HangFs> {
  const child = spawn(process.execPath, [HANG_FS, source, target], { stdio: ['ignore', 'ignore', 'inherit'] })
  const exited = once(child, 'exit')
  const before = readMounts().filter((mount) => mount.target === target).length
  const deadline = performance.now() + 10_000
  while (readMounts().filter((mount) => mount.target === target).length === before) {
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error('The hanging file system did not mount.')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return {
    pid: child.pid ?? 0,
    hang: () => void child.kill('SIGUSR1'),
    answer: () => void child.kill('SIGUSR2'),
    fail: () => void child.kill('SIGHUP'),
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

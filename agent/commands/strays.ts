import { z } from 'zod'
import { isAlive, type ProcessIdentity } from '@/agent/host/exec/processes'
import { Runner } from '@/agent/host/exec/run'
import { MARK } from '@/agent/host/host'
import { pauseFor } from '@/lib/pause'
import { programText } from '@/lib/program-text'

/** A host on which agents are killed may be a busy one, and nobody waits for this. */
const SCAN_MS = 60_000

/** Runs in a child of its own, so it may use nothing from outside but its arguments. */
function scan(mark: string): void {
  const fs = process.getBuiltinModule('node:fs')
  const found: { pid: number; startedAt: string }[] = []
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid))) {
    try {
      if (!/^(u?mount(\..*)?|iscsiadm|lvm)$/.test(fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim())) continue
      if (!fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark)) continue
      const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
      const startedAt = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
      process.kill(Number(pid), 'SIGKILL')
      found.push({ pid: Number(pid), startedAt })
    } catch {
      // It ended while we looked.
    }
  }
  process.stdout.write(JSON.stringify(found))
}

const Found = z.array(z.object({ pid: z.int(), startedAt: z.string() }))

/**
 * Mounts, logins and changes of LVM that a killed agent left running: they are ended, since their work is about to be done again. Returns
 * those that the kernel does not let go; until they are gone, what they were doing is uncertain.
 */
export async function endStrays(mark: string): Promise<ProcessIdentity[]> {
  const script = programText(scan, [`${MARK}=${mark}`])
  const { stdout } = await new Runner().run('node', ['-e', script], { timeoutMs: SCAN_MS })
  let left = Found.parse(JSON.parse(stdout))
  for (let waitedMs = 0; left.length > 0 && waitedMs < 3_000; waitedMs += 50) {
    left = left.filter(isAlive)
    await pauseFor(50)
  }
  return left
}

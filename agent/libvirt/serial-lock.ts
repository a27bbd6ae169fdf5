import { readFile, unlink, writeFile } from 'node:fs/promises'
import { HoldfastError } from '@/lib/errors'

/** Where libvirt, and every other program that shares lines, marks who has one (`virchrdev.c`; of old, UUCP). */
const LOCKS = '/var/lock'

const held = new Set<string>()

/**
 * Takes the serial port of a machine for this process until what it gives is called. The mark of a terminal is the one that
 * `virsh console` makes and looks at; one whose process is gone counts for nothing. Throws `busy`.
 */
export async function holdLine(machine: string, terminal: string | null, locks = LOCKS): Promise<() => Promise<void>> {
  if (held.has(machine)) throw busy('Somebody')
  held.add(machine)
  const mark = terminal === null ? null : `${locks}/LCK..${terminal.slice('/dev'.length).replaceAll('/', '_')}`
  let isHeld = true
  const letGo = async () => {
    if (!isHeld) return
    isHeld = false
    held.delete(machine)
    if (mark !== null) await unlink(mark).catch(() => undefined)
  }
  try {
    if (mark !== null) await takeMark(mark)
    return letGo
  } catch (error) {
    // The mark is that of somebody else.
    isHeld = false
    held.delete(machine)
    throw error
  }
}

async function takeMark(mark: string): Promise<void> {
  const owner = await readFile(mark, 'utf8').then(Number, () => null)
  // Of this very process: left by one that had its number before, since this one has just looked at what it holds.
  if (owner !== null && owner !== process.pid && isAlive(owner))
    throw busy('A program on the host, as "virsh console",')
  if (owner !== null) await unlink(mark).catch(() => undefined)
  await writeFile(mark, `${String(process.pid).padStart(10)}\n`, { flag: 'wx', mode: 0o644 }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') throw busy('Somebody')
      // A host without that directory has no such marks either.
      if (error.code !== 'ENOENT') throw error
    },
  )
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function busy(who: string): HoldfastError {
  return new HoldfastError('busy', `${who} reads this serial console already: one at a time can.`)
}

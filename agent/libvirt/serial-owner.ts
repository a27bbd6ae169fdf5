import { readdir, readFile, readlink } from 'node:fs/promises'

/** Of `/proc/net/unix`: it listens (`SO_ACCEPTCON`). */
const LISTENS = '00010000'

/** Whether the other end of this terminal is in the hands of the QEMU of a machine. */
export async function holdsTerminal(machine: string, number: number): Promise<boolean> {
  for (const pid of await processesOf(machine)) {
    for (const fd of await entries(`/proc/${pid}/fdinfo`)) {
      const said = await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => '')
      // Only the end that made the terminal says which one it is.
      if (Number(/^tty-index:\s*(\d+)$/m.exec(said)?.[1] ?? Number.NaN) === number) return true
    }
  }
  return false
}

/** Whether the QEMU of a machine listens on this socket. */
export async function holdsSocket(machine: string, path: string): Promise<boolean> {
  const inodes = listeningAt(await readFile('/proc/net/unix', 'utf8'), path)
  for (const pid of await processesOf(machine)) {
    for (const fd of await entries(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')
      if (inodes.some((inode) => target === `socket:[${inode}]`)) return true
    }
  }
  return false
}

/** Inodes of the sockets that listen at this path, from a table of the kernel (`proc_pid_net(5)`). */
export function listeningAt(table: string, path: string): string[] {
  return table.split('\n').flatMap((line) => {
    const found = /^\S+ \S+ \S+ (\S+) \S+ \S+ +(\d+) (.+)$/.exec(line)
    return found?.[1] === LISTENS && found[3] === path ? (found[2] ?? []) : []
  })
}

/** libvirt starts QEMU with the UUID of the machine. */
async function processesOf(machine: string): Promise<string[]> {
  const found: string[] = []
  for (const pid of await entries('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
    const at = words.indexOf('-uuid')
    if (at !== -1 && words[at + 1] === machine) found.push(pid)
  }
  return found
}

const entries = (directory: string) => readdir(directory).catch((): string[] => [])

import { locateCommand } from '@/agent/host/exec/commands'
import { virshOn } from '@/agent/libvirt/virsh'
import type { LibvirtMessage } from '@/lib/agent-protocol/messages'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { toHoldfastError } from '@/lib/errors'
import { SYSTEM_LIBVIRT } from '@/lib/libvirt/system-uri'

/** A daemon that is started by the question has looked at its QEMU by then, also on a slow host. */
const VERSION_MS = 8_000

/**
 * The versions that answer on this host, read from the running daemon: the programs that are installed may be newer than it, and the
 * QEMU that it starts is its own choice. Null: there is no libvirt here.
 */
export async function readLibvirt(run: DriverHost['run'], uri = SYSTEM_LIBVIRT): Promise<LibvirtMessage | null> {
  if (locateCommand('virsh') === null) return null
  try {
    const { stdout } = await virshOn(run, uri)(['version', '--daemon'], { timeoutMs: VERSION_MS })
    return { ...parseVersions(stdout), error: null }
  } catch (error) {
    const said = error instanceof CommandError ? error.stderr : ''
    return { version: null, qemu: null, error: lastLine(said) ?? toHoldfastError(error).message }
  }
}

/** What `virsh version --daemon` prints. */
export function parseVersions(text: string): { version: string | null; qemu: string | null } {
  const after = (label: RegExp) => label.exec(text)?.[1] ?? null
  return {
    version: after(/^Running against daemon: (\d+(?:\.\d+)+)/m),
    qemu: after(/^Running hypervisor: QEMU (\d+(?:\.\d+)+)/m),
  }
}

function lastLine(text: string): string | null {
  const line = text.trim().split('\n').at(-1) ?? ''
  return line.replace(/^error: /, '') || null
}

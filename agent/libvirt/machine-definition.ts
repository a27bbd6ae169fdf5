import { parseXml } from '@rgrove/parse-xml'
import type { RunVirsh } from '@/agent/libvirt/virsh'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { HoldfastError } from '@/lib/errors'

const ASK_MS = 8_000

/**
 * The definition of a machine as libvirt writes it now: of one that runs, with where its devices are. Throws `not_found` for a machine
 * that libvirt does not know, and `backend_unreachable`. The words are short enough for the end of a WebSocket: 123 bytes.
 */
export async function machineDefinition(
  virsh: RunVirsh,
  machine: string,
  ...flags: readonly '--inactive'[]
): Promise<string> {
  try {
    return (await virsh(['dumpxml', '--domain', machine, ...flags], { timeoutMs: ASK_MS })).stdout
  } catch (error) {
    if (error instanceof CommandError && /^error: failed to get domain/m.test(error.stderr)) {
      throw new HoldfastError('not_found', 'libvirt on this host knows no such machine.')
    }
    if (error instanceof CommandError) {
      throw new HoldfastError('backend_unreachable', 'libvirt on this host does not answer.', { cause: error })
    }
    throw error
  }
}

/** libvirt numbers what runs. */
export function isRunning(xml: string): boolean {
  return parseXml(xml).root?.attributes.id !== undefined
}

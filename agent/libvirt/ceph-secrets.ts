import { locateCommand } from '@/agent/host/exec/commands'
import { type RunVirsh, virshOn, withFile } from '@/agent/libvirt/virsh'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { HoldfastError } from '@/lib/errors'
import { SYSTEM_LIBVIRT } from '@/lib/libvirt/system-uri'
import { xmlElement } from '@/lib/libvirt/xml-text'
import type { Secret } from '@/lib/secret'

/** Short, since a look at a pool waits for it: a daemon that is there answers at once. */
const VIRSH_MS = 5_000

export interface WantedSecret {
  /** The name by which disks of machines speak of it. */
  usage: string
  /** For one that is not there yet. */
  uuid: string
  /** As Ceph writes it, in base64. */
  key: Secret
}

export type SecretHost = Pick<DriverHost, 'run' | 'secretFile'>

/** Keys of Ceph that libvirt on this host is to know. */
export interface CephSecrets {
  /** Is there a libvirt here? */
  isThere(): boolean
  /** Makes it, or finds it; `isKeyNew`: its key is set also where it is there. Gives its UUID. */
  keep(wanted: WantedSecret, isKeyNew: boolean, host: SecretHost): Promise<string>
  /** Not there: success. */
  drop(usage: string, host: SecretHost): Promise<void>
}

/**
 * A secret is private, so that nobody reads its key back through libvirt, and it lasts, so that machines that start with the host
 * find it before the agent has begun. Both its definition and its key are handed over in files that only root reads.
 */
export function cephSecrets(uri = SYSTEM_LIBVIRT): CephSecrets {
  return {
    isThere: () => locateCommand('virsh') !== null,
    async keep({ usage, uuid, key }, isKeyNew, host) {
      const virsh = virshOn(host.run, uri)
      const found = await findSecret(virsh, usage)
      if (found === null) await withFile(host, definition(uuid, usage), (file) => ask(virsh, ['secret-define', file]))
      const known = found ?? uuid
      if (found === null || isKeyNew) {
        await withFile(host, key, (file) => ask(virsh, ['secret-set-value', known, '--file', file]))
      }
      return known
    },
    async drop(usage, host) {
      const virsh = virshOn(host.run, uri)
      const found = await findSecret(virsh, usage)
      if (found !== null) await ask(virsh, ['secret-undefine', found])
    },
  }
}

async function findSecret(virsh: RunVirsh, usage: string): Promise<string | null> {
  const { stdout } = await virsh(['secret-list'], { timeoutMs: VIRSH_MS })
  return parseSecrets(stdout).find((secret) => secret.usage === usage)?.uuid ?? null
}

/** Lines of `virsh --quiet secret-list`: ` UUID   ceph NAME`. Those of other types are left out. */
export function parseSecrets(text: string): { uuid: string; usage: string }[] {
  return text.split('\n').flatMap((line) => {
    const [, uuid, usage] = /^\s*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s+ceph (.*?)\s*$/.exec(line) ?? []
    return uuid === undefined || usage === undefined ? [] : [{ uuid, usage }]
  })
}

function definition(uuid: string, usage: string): string {
  return xmlElement('secret', { ephemeral: 'no', private: 'yes' }, [
    `<uuid>${uuid}</uuid>`,
    '<description>Kept by the Holdfast agent</description>',
    xmlElement('usage', { type: 'ceph' }, [`<name>${usage}</name>`]),
  ])
}

async function ask(virsh: RunVirsh, args: readonly string[]): Promise<void> {
  try {
    await virsh(args, { timeoutMs: VIRSH_MS })
  } catch (error) {
    if (error instanceof CommandError && /support option '?--file/.test(error.stderr)) {
      throw new HoldfastError(
        'unsupported',
        'This virsh takes a key only in its arguments, where everybody reads it.',
        {
          recovery:
            'Upgrade libvirt on the host (that of Debian 11, 7.0, reads it from a file), or make the secret by hand.',
        },
      )
    }
    throw error
  }
}

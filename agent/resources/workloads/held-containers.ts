import type { HeldWorkload } from '@/agent/resources/workloads/held-workloads'
import type { ContainerPower, FoundWorkload } from '@/lib/attach-targets/contract/target'
import type { ChangingTargetHost } from '@/lib/attach-targets/contract/target-host'

/** A container that its hook did not let start, by its name. */
export function heldContainer(host: ChangingTargetHost, power: ContainerPower, name: string): HeldWorkload {
  const stopped = async (): Promise<FoundWorkload | null> => {
    const found = await power.find(host, name)
    return found?.state === 'stopped' ? found : null
  }
  return {
    storage: async () => (await stopped())?.storage ?? null,
    async startsWithHost() {
      const found = await stopped()
      return found !== null && (await power.startsWithHost?.(host, found)) === true
    },
    async start() {
      const found = await stopped()
      if (found !== null) await power.act(host, found, 'start')
    },
  }
}

import type { Guest } from '@/e2e/support/lab'
import { agentAddress, installAgent, joinAgent, type LabProduct } from '@/e2e/support/lab-product'
import { until } from '@/e2e/support/product'
import type { HostRow } from '@/lib/hosts/schema'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'

/** A second member of the fleet of `useLabProduct`. */
export interface SecondHost {
  readonly hostId: string
  /** A new one after `powerOn`. */
  guest: Guest
  /** Pulls the plug, and waits until the controller has noticed. */
  powerOff(): Promise<void>
  /** Resolves when the controller can reach the machine again; whether its agent answers yet is another matter. */
  powerOn(): Promise<void>
  untilStatus(status: HostRow['status'], limitMs?: number): Promise<void>
  mountinfo(path: string): Promise<string[]>
  /** Takes it out of the fleet, for the files to come. */
  remove(): Promise<void>
}

/** Installs the agent as an administrator would, and joins. */
export async function addSecondHost(fleet: LabProduct, guest: Guest): Promise<SecondHost> {
  const { product, lab } = fleet
  await installAgent(guest)
  const hostId = await joinAgent(guest, product)
  const path = `/api/v1/hosts/${hostId}`
  const second: SecondHost = {
    hostId,
    guest,
    async powerOff() {
      await lab.stopSecondHost()
      await second.untilStatus('offline')
    },
    async powerOn() {
      second.guest = await lab.bootSecondHost()
      const moved = await product.request('PATCH', path, { address: agentAddress(second.guest) })
      if (moved.status !== 200) throw new Error(`the second host cannot be moved: ${JSON.stringify(moved.body)}`)
    },
    async untilStatus(status, limitMs = 120_000) {
      const look = async () => {
        const { body } = await product.request<{ data: HostRow }>('GET', path)
        return body.data.status === status || undefined
      }
      await until(`the second host is ${status}`, look, limitMs)
    },
    async mountinfo(target) {
      const found = await second.guest.exec(`grep -F ' ${target} ' /proc/self/mountinfo`)
      return found.stdout.split('\n').filter((line) => line !== '')
    },
    async remove() {
      await product.request('POST', `${path}/revoke`, {})
      await product.request('DELETE', path)
    },
  }
  await second.untilStatus('online')
  return second
}

/** A mount as the API shows it on one host; undefined: it is not on that host. */
export async function mountOn(
  fleet: LabProduct,
  mountId: string,
  hostId: string,
): Promise<MountOnHostView | undefined> {
  const { body } = await fleet.product.request<{ data: MountView }>('GET', `/api/v1/storage/mounts/${mountId}`)
  return body.data.hosts.find((row) => row.host_id === hostId)
}

/** Waits until the mount is there on all these hosts, as the API shows it. */
export async function untilMountedOn(
  fleet: LabProduct,
  mountId: string,
  hostIds: readonly string[],
  limitMs = 120_000,
): Promise<void> {
  let last: (string | undefined)[] = []
  const look = async () => {
    const rows = await Promise.all(hostIds.map((hostId) => mountOn(fleet, mountId, hostId)))
    last = rows.map((row) => row && `${row.state} (${row.error ?? 'no error'})`)
    return rows.every((row) => row?.state === 'mounted') || undefined
  }
  await until(`mount ${mountId} is mounted on ${hostIds.length} hosts`, look, limitMs).catch((error: Error) => {
    throw new Error(`${error.message}; it is ${last.join(', ')}`)
  })
}

import { expect } from 'vitest'
import { labFacts } from '@/e2e/support/lab-facts'
import type { LabProduct, ProblemBody } from '@/e2e/support/lab-product'
import { until } from '@/e2e/support/product'
import type { BackendView, ConnectionView } from '@/lib/backends/schema'
import type { OperationView } from '@/lib/operations/schema'

const { iscsi, servers } = labFacts

/** The LUN of the lab, with CHAP in both directions. */
export function labSan(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    portal: servers.address,
    target: iscsi.target,
    chap_enabled: true,
    chap_user: iscsi.chapUser,
    chap_password: iscsi.chapPassword,
    mutual_chap_enabled: true,
    mutual_chap_user: iscsi.mutualUser,
    mutual_chap_password: iscsi.mutualPassword,
    ...more,
  }
}

/**
 * Until the host (absent: the host guest) can log in to the target. The first login on a fresh guest loads the kernel's modules and
 * starts iscsid, for which a busy machine needs longer than it may.
 */
export async function untilLoginWorks(fleet: LabProduct, hostId = fleet.hostId): Promise<void> {
  await until(`host ${hostId} has logged in once`, async () => {
    const { success } = await fleet.test('iscsi-lvm', labSan(), hostId)
    return success || undefined
  })
}

/** Asks for it on the host guest, without waiting. Resolves to the operation's id. */
export async function askFor(fleet: LabProduct, verb: 'connect' | 'disconnect', backendId: string): Promise<string> {
  const path = `/api/v1/storage/backends/${backendId}/${verb}`
  const answer = await fleet.product.request<ProblemBody & { data: OperationView }>(
    'POST',
    path,
    { host_id: fleet.hostId },
    { prefer: 'respond-async' },
  )
  if (answer.status !== 202) throw new Error(`${verb}: ${JSON.stringify(answer.body)}`)
  return answer.body.data.id
}

/** Until the operation has ended, well or not. */
export function untilEnded(fleet: LabProduct, operationId: string, limitMs = 180_000): Promise<OperationView> {
  const ended = async () => {
    const operation = await fleet.operation(operationId)
    return operation.finished_at === null ? undefined : operation
  }
  return until(`operation ${operationId} has ended`, ended, limitMs)
}

/** `askFor`, until it has ended, well or not. */
export async function actOn(
  fleet: LabProduct,
  verb: 'connect' | 'disconnect',
  backendId: string,
): Promise<OperationView> {
  return untilEnded(fleet, await askFor(fleet, verb, backendId))
}

/** The connection to the host guest as the API shows it; undefined when there is none. */
export async function connectionOf(fleet: LabProduct, backendId: string): Promise<ConnectionView | undefined> {
  const path = `/api/v1/storage/backends/${backendId}`
  const { body } = await fleet.product.request<{ data: BackendView }>('GET', path)
  return body.data.connections.find(({ host_id }) => host_id === fleet.hostId)
}

/** Waits until the API shows this state of the connection. */
export async function untilConnection(
  fleet: LabProduct,
  backendId: string,
  state: ConnectionView['state'],
  limitMs = 180_000,
): Promise<ConnectionView> {
  let last: ConnectionView | undefined
  const look = async () => {
    last = await connectionOf(fleet, backendId)
    return last?.state === state ? last : undefined
  }
  return until(`the connection is ${state}`, look, limitMs).catch((error: Error) => {
    throw new Error(`${error.message}; it is ${JSON.stringify(last)}`)
  })
}

/** The kernel's own view of the host guest, which has the last word: sessions, their disks, and the thin pools that are active. */
export async function kernelView({
  lab,
}: LabProduct): Promise<{ sessions: string[]; disks: string[]; pools: string[] }> {
  const said = await lab.host.ok(
    [
      'cd /sys/class/iscsi_session && for one in *; do [ -e $one/state ] && cat $one/state $one/ifacename | paste -sd/; done',
      'echo --; cd /sys/block && for one in sd*; do [ -e $one ] && cat $one/device/state; done',
      "echo --; cat /sys/block/dm-*/dm/name 2>/dev/null | grep 'holdfast_pool$'; true",
    ].join('; '),
  )
  const [sessions = [], disks = [], pools = []] = said
    .split(/^--$/m)
    .map((part) => part.split('\n').filter((line) => line !== ''))
  return { sessions, disks, pools }
}

/** One session of ours, and the pool lies on the disk that is there now, and answers. */
export async function expectOpen(fleet: LabProduct, backendId: string): Promise<void> {
  const found = await kernelView(fleet)
  expect(found).toMatchObject({ sessions: ['LOGGED_IN/holdfast'], disks: ['running'] })
  expect(found.pools).toHaveLength(1)
  const { details } = await untilConnection(fleet, backendId, 'connected')
  const disk = details.Device?.slice('/dev/'.length)
  expect(await fleet.lab.host.ok(`ls /sys/block/${disk}/holders`)).toMatch(/dm-/)
  await fleet.lab.host.ok(`dd if=${details.Device} of=/dev/null bs=4096 count=1 iflag=direct`)
}

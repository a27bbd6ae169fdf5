import type { LabProduct } from '@/e2e/support/lab-product'
import type { PoolWalk } from '@/e2e/support/pool-walk'
import { until } from '@/e2e/support/product'

/** Sessions, disks and devices of LVM that the kernel of the host guest has, and records of open-iscsi. */
const TRACES =
  'ls -d /sys/class/iscsi_session/* /sys/block/sd* /sys/block/dm-* 2>/dev/null; ls /dev/mapper | grep -v control; ' +
  'find /etc/iscsi/nodes /etc/iscsi/ifaces /etc/iscsi/send_targets -mindepth 1 2>/dev/null; true'

/** Opens a pool on the host guest and deletes it, so often; afterwards nothing of it, and of any other one, is left there. */
export async function comeAndGo(fleet: LabProduct, walk: PoolWalk, backendId: string, times: number): Promise<void> {
  const started = performance.now()
  for (let at = 0; at < times; at++) {
    const one = await walk.createPool(`cycle-${at}`, backendId, { host_ids: [fleet.hostId] })
    await walk.remove(one.id)
  }
  console.log(`${times} pools came and went in ${Math.round((performance.now() - started) / 1000)} s`)
  let left = ''
  const look = async () => {
    left = (await fleet.lab.host.ok(TRACES)).trim()
    return left === '' || undefined
  }
  await until('nothing is left of them', look).catch((error: Error) => {
    throw new Error(`${error.message}; what is left:\n${left}`)
  })
}

import { cephRbdHost } from '@/lib/drivers/ceph-rbd/host'
import { cifsHost } from '@/lib/drivers/cifs/host'
import type { AnyHostDriver } from '@/lib/drivers/contract/host'
import { httpHost } from '@/lib/drivers/http/host'
import { iscsiLvmHost } from '@/lib/drivers/iscsi-lvm/host'
import { localDirHost } from '@/lib/drivers/local-dir/host'
import { nfsHost } from '@/lib/drivers/nfs/host'
import { type DriverId, driverById } from '@/lib/drivers/registry'
import { s3Host } from '@/lib/drivers/s3/host'
import { wolfdiskHost } from '@/lib/drivers/wolfdisk/host'
import { HoldfastError } from '@/lib/errors'

/** What each storage type does on a host. The compiler refuses a list with a gap. */
export const HOST_DRIVERS: { readonly [Id in DriverId]: AnyHostDriver } = {
  'local-dir': localDirHost,
  nfs: nfsHost,
  cifs: cifsHost,
  s3: s3Host,
  http: httpHost,
  wolfdisk: wolfdiskHost,
  'iscsi-lvm': iscsiLvmHost,
  'ceph-rbd': cephRbdHost,
}

/** Throws `unsupported`: the controller may be newer than this agent. */
export function hostDriver(id: string): AnyHostDriver {
  if (!Object.hasOwn(HOST_DRIVERS, id)) {
    throw new HoldfastError('unsupported', `This agent does not know the storage type ${id.slice(0, 40)}; upgrade it.`)
  }
  return HOST_DRIVERS[driverById(id).id]
}

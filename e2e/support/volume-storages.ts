import { cephUsers, makeCephUsers } from '@/e2e/support/lab-ceph'
import { labSan } from '@/e2e/support/lab-connections'
import { labFacts } from '@/e2e/support/lab-facts'
import type { LabProduct } from '@/e2e/support/lab-product'
import type { PoolView } from '@/lib/pools/schema'

const { ceph, nfs, servers, smb } = labFacts
const { full } = cephUsers

/** A storage of the lab that keeps volumes. */
export interface VolumeStorage {
  title: string
  type: string
  config(): Record<string, unknown>
  /** What the servers and the host need before. */
  prepare?(fleet: LabProduct): Promise<void>
  /** Capacity in bytes, as the storage itself says it. */
  measured(fleet: LabProduct, pool: PoolView): Promise<number>
  /** A command around one that works on the content of a volume, `$disk`, of format `$format`. */
  onDisk(pool: PoolView, volumeId: string, command: string): string
  /** Names of what Holdfast has there: none after its last pool has gone. */
  ours(fleet: LabProduct): Promise<string>
}

const fileOf = (pool: PoolView, volumeId: string, command: string) =>
  `format=qcow2; disk=${pool.mount_path}/${volumeId}/disk.qcow2; ${command}`

async function dfOf({ lab }: LabProduct, { mount_path }: PoolView): Promise<number> {
  return Number((await lab.host.ok(`df -B1 --output=size ${mount_path}`)).trim().split('\n').at(-1))
}

const filesIn =
  (folder: string) =>
  ({ lab }: LabProduct) =>
    lab.servers.ok(`find ${folder} -name "vol_*" -o -name "holdfast-pool*"`)

/** With what QEMU on the host opens an image of Ceph; the keyrings of the host have nothing for it. */
const CEPH_CONF = '/run/lab-volumes.conf'

const nfsExport: VolumeStorage = {
  title: 'an NFS export',
  type: 'nfs',
  config: () => ({ server: servers.address, export_path: nfs.exports.readWrite }),
  measured: dfOf,
  onDisk: fileOf,
  ours: filesIn(nfs.exports.readWrite),
}

const smbShare: VolumeStorage = {
  title: 'an SMB share',
  type: 'cifs',
  config: () => ({
    server: servers.address,
    share_name: smb.share,
    username: smb.user,
    password: smb.password,
    nobrl: true,
  }),
  measured: dfOf,
  onDisk: fileOf,
  ours: filesIn('/srv/smb/share'),
}

const thinLvm: VolumeStorage = {
  title: 'a thin pool of LVM on a LUN',
  type: 'iscsi-lvm',
  config: () => labSan(),
  measured: async ({ lab }) =>
    Number((await lab.host.ok('lvm lvs --noheadings --nosuffix --units b -o lv_size -S "segtype=thin-pool"')).trim()),
  onDisk: (_pool, volumeId, command) =>
    [
      `group=$(lvm lvs --noheadings -o vg_name -S lv_name=${volumeId} | tr -d ' ')`,
      `lvm lvchange -ay -K "$group/${volumeId}"`,
      `format=raw; disk=/dev/$group/${volumeId}; ${command}; said=$?`,
      `udevadm settle; lvm lvchange -an "$group/${volumeId}"; exit $said`,
    ].join('; '),
  ours: async ({ lab }) => (await lab.host.exec('lvm lvs --noheadings -o lv_name | grep -E "vol_|snp_"')).stdout,
}

const cephPool: VolumeStorage = {
  title: 'a pool of Ceph',
  type: 'ceph-rbd',
  config: () => ({ monitors: servers.address, pool: ceph.pool, user: full.name, keyring: full.key }),
  async prepare({ lab }) {
    await lab.servers.ok(makeCephUsers(), { timeoutMs: 300_000 })
    const conf = ['[global]', `mon_host = ${servers.address}`, 'keyring = /dev/null', `key = ${full.key}`]
    await lab.host.ok(`cat > ${CEPH_CONF}`, { input: `${conf.join('\n')}\n` })
  },
  async measured({ lab }) {
    const said = await lab.servers.ok('ceph df --format json', { timeoutMs: 120_000 })
    const { pools } = JSON.parse(said) as { pools: { name: string; stats: { stored: number; max_avail: number } }[] }
    const stats = pools.find(({ name }) => name === ceph.pool)?.stats
    return (stats?.stored ?? 0) + (stats?.max_avail ?? 0)
  },
  onDisk: (_pool, volumeId, command) =>
    `format=raw; disk=rbd:${ceph.pool}/${volumeId}:id=${full.name}:conf=${CEPH_CONF}; ${command}`,
  ours: async ({ lab }) => {
    const said = await lab.servers.exec(
      `(rbd ls ${ceph.pool}; rbd trash ls ${ceph.pool}) | grep -E "vol_|holdfast-pool"`,
    )
    return said.stdout
  },
}

export const volumeStorages = { nfsExport, smbShare, thinLvm, cephPool }

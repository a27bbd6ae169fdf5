import { stringify } from 'smol-toml'
import type { Peer, WolfdiskConfig, WolfdiskRole } from '@/lib/drivers/wolfdisk/config'

interface NodeSettings {
  nodeId: string
  role: WolfdiskRole
  bind: string
  dataDir: string
  target: string
  peers: readonly Peer[]
}

/** config.toml for one mount, as WolfDisk 2.2 reads it. The S3 gateway stays off. */
export function renderWolfdiskConfig(config: WolfdiskConfig, node: NodeSettings): string {
  return stringify({
    node: { id: node.nodeId, role: node.role, bind: node.bind, data_dir: node.dataDir },
    cluster: {
      peers: node.peers.map(({ host, port }) => `${host}:${port}`),
      ...(config.discovery === 'off' ? {} : { discovery: config.discovery }),
    },
    replication: {
      mode: config.replication,
      factor: config.replication_factor,
      chunk_size: config.chunk_size,
    },
    mount: { path: node.target, allow_other: true },
    s3: { enabled: false },
  })
}

import type { z } from 'zod'
import type { KernelMountRequest, Mounting, MountOption } from '@/lib/drivers/contract/mount-request'
import type { NfsConfig } from '@/lib/drivers/nfs/config'
import { nfsSource } from '@/lib/drivers/nfs/source'
import { mountOptions } from '@/lib/drivers/options/mount-options'

type Config = z.infer<typeof NfsConfig>

/**
 * The options of nfs(5) for these settings. `retry=0` always: without it mount.nfs keeps trying a refused port for two minutes,
 * and waiting is the agent's decision. A value that is not set is left to negotiation: without a version, mount.nfs begins with the
 * highest and goes down to what the server speaks.
 */
export function nfsOptions(config: Config): MountOption[] {
  return mountOptions({
    vers: config.version === 'auto' ? undefined : config.version,
    [config.on_outage]: true,
    timeo: config.timeo,
    retrans: config.retrans,
    retry: 0,
    proto: config.proto,
    port: config.port,
    sec: config.sec,
    nconnect: config.nconnect,
    rsize: config.rsize,
    wsize: config.wsize,
    actimeo: config.actimeo,
    lookupcache: config.lookupcache,
    nolock: config.nolock,
    sync: config.sync,
    noatime: config.noatime,
    nordirplus: config.nordirplus,
    noresvport: config.noresvport,
    noexec: config.noexec,
  })
}

export const nfsMounting: Mounting<Config, KernelMountRequest> = {
  // mountinfo says nfs for version 3.
  fsTypes: ['nfs4', 'nfs'],
  spoken(inForce) {
    const [, version] = /(?:^|,)vers=([\d.]+)/.exec(inForce) ?? []
    return version === undefined ? null : `NFS ${version}`
  },
  canBeForced: true,
  options: {
    alternatives: [['hard', 'soft', 'softerr']],
    negotiated: ['rsize', 'wsize', 'nconnect', 'port', 'mountport', 'sec'],
    synonyms: {
      'proto=tcp': ['proto=tcp6'],
      'proto=rdma': ['proto=rdma6'],
      'lookupcache=positive': ['lookupcache=pos'],
      // Of the fourth the highest that both sides speak.
      'vers=4': ['vers=4.0', 'vers=4.1', 'vers=4.2'],
    },
  },
  request: (config, { path, readOnly }) => ({
    kind: 'kernel',
    fsType: 'nfs',
    source: nfsSource(config),
    target: path,
    options: nfsOptions(config),
    readOnly: readOnly || config.read_only,
  }),
}

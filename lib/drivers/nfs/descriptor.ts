import { z } from 'zod'
import { defineDriver } from '@/lib/drivers/contract/descriptor'
import { NfsConfig } from '@/lib/drivers/nfs/config'
import { nfsExistingMounts } from '@/lib/drivers/nfs/existing-mounts'
import { nfsMounting } from '@/lib/drivers/nfs/mount-options'
import { parseNfsOptions } from '@/lib/drivers/nfs/option-words'
import { problems } from '@/lib/drivers/nfs/problems'
import { nfsSource, takeNfsApart } from '@/lib/drivers/nfs/source'
import { nfsWolfstack } from '@/lib/drivers/nfs/wolfstack'
import { MOUNT_FIELDS, NETWORK_MOUNT_FIELDS } from '@/lib/drivers/options/mount-fields'
import type { FieldProblem } from '@/lib/errors'

function check(config: z.infer<typeof NfsConfig>): FieldProblem[] {
  const problems: FieldProblem[] = []
  const isFourth = config.version.startsWith('4')
  if (config.nolock && isFourth) {
    problems.push({
      field: 'nolock',
      message: 'nolock exists only in version 3; in version 4 locking is part of the protocol. Switch it off.',
    })
  }
  if (config.nordirplus && isFourth) {
    problems.push({ field: 'nordirplus', message: 'nordirplus applies only to version 3. Switch it off.' })
  }
  return problems
}

export const nfs = defineDriver({
  id: 'nfs',
  title: 'NFS',
  olderTypes: ['NFS'],
  olderFields: { mount_point: z.string().max(1024) },
  summary: 'a share from a NAS or Linux server',
  access: 'file',
  config: NfsConfig,
  secrets: z.strictObject({}),
  fixedAfterCreate: {
    export_path: 'Another export is another storage: create a new backend for it. The server address may change.',
  },
  overridable: [
    'server',
    'version',
    'on_outage',
    'timeo',
    'retrans',
    'proto',
    'port',
    'sec',
    'nconnect',
    'rsize',
    'wsize',
    'actimeo',
    'lookupcache',
    'nolock',
    'nordirplus',
    'sync',
    'noatime',
    'noresvport',
    'noexec',
  ],
  fields: {
    server: {
      label: 'Server',
      help: 'Host name or IP address of the NFS server, as the hosts reach it.',
      placeholder: 'nas.example.com',
      group: 'essential',
      control: 'text',
    },
    export_path: {
      label: 'Export path',
      help: 'The exported directory, as the server names it.',
      placeholder: '/export/media',
      group: 'essential',
      control: 'path',
      optionsFrom: 'exports',
    },
    version: {
      label: 'Protocol version',
      help: 'Automatic takes the highest that both sides speak, from 4.2 down to 3, and shows which one it was.',
      group: 'essential',
      control: 'select',
      choices: {
        auto: 'Automatic',
        '3': 'NFS 3',
        '4': 'NFS 4, the highest',
        '4.0': 'NFS 4.0',
        '4.1': 'NFS 4.1',
        '4.2': 'NFS 4.2',
      },
    },
    on_outage: {
      label: 'When the server is away',
      help: 'Waiting never loses a write. With an error, programs that ignore errors can lose data.',
      group: 'advanced',
      control: 'select',
      choices: {
        hard: 'Programs wait until it is back (hard)',
        soft: 'Programs get an I/O error (soft)',
        softerr: 'Programs get a time-out error (softerr)',
      },
    },
    timeo: {
      label: 'Time-out',
      help: 'Tenths of a second before a request is sent again (timeo).',
      group: 'advanced',
      control: 'number',
    },
    retrans: {
      label: 'Retries',
      help: 'How often a request is sent again before the next step (retrans).',
      group: 'advanced',
      control: 'number',
    },
    proto: {
      label: 'Transport',
      help: 'Leave empty unless the network needs a particular one (proto).',
      group: 'advanced',
      control: 'select',
      choices: { tcp: 'TCP', tcp6: 'TCP over IPv6', rdma: 'RDMA' },
    },
    port: { label: 'Port', help: 'Leave empty for the usual port, 2049.', group: 'advanced', control: 'number' },
    sec: {
      label: 'Security',
      help: 'How requests are signed; Kerberos needs a keytab on each host (sec).',
      group: 'advanced',
      control: 'select',
      choices: {
        sys: 'User and group ids (sys)',
        krb5: 'Kerberos sign-in (krb5)',
        krb5i: 'Kerberos with integrity (krb5i)',
        krb5p: 'Kerberos with encryption (krb5p)',
      },
    },
    nconnect: {
      label: 'Connections',
      help: 'TCP connections to the server, 1 to 16 (nconnect).',
      group: 'advanced',
      control: 'number',
    },
    ...NETWORK_MOUNT_FIELDS,
    lookupcache: {
      label: 'Name cache',
      help: 'Which looked-up names are kept (lookupcache).',
      group: 'advanced',
      control: 'select',
      choices: { all: 'All', positive: 'Only names that exist', none: 'None' },
    },
    nolock: {
      label: 'Without lock service',
      help: 'Locks hold only on this host (nolock). For servers without a lock service.',
      group: 'advanced',
      control: 'switch',
      visibleWhen: { field: 'version', is: ['auto', '3'] },
    },
    nordirplus: {
      label: 'Plain directory reads',
      help: 'Do not ask for attributes with each listing (nordirplus).',
      group: 'advanced',
      control: 'switch',
      visibleWhen: { field: 'version', is: ['auto', '3'] },
    },
    sync: {
      label: 'Write at once',
      help: 'Each write reaches the server before it returns; slow (sync).',
      group: 'advanced',
      control: 'switch',
    },
    noatime: {
      label: 'No access times',
      help: 'Reading does not update the access time (noatime).',
      group: 'advanced',
      control: 'switch',
    },
    noresvport: {
      label: 'Any source port',
      help: 'Reconnects faster after an outage; the export must allow it with "insecure" (noresvport).',
      group: 'advanced',
      control: 'switch',
    },
    ...MOUNT_FIELDS,
  },
  capabilities: ['mount', 'usage', 'discover', 'volumes'],
  discoveries: { exports: 'Look for exports' },
  scope: 'fleet',
  hostFileSystems: { nfs: 'nfs', nfs4: 'nfsv4' },
  hostCommands: ['mount', 'umount', 'mount.nfs', 'showmount', 'rpcinfo', 'ls'],
  servers: (config) => [config.server],
  problems,
  describeSource: nfsSource,
  takeApart: takeNfsApart,
  parseFreeTextOptions: parseNfsOptions,
  mounting: nfsMounting,
  volumes: {
    engine: 'image-files',
    refuses: (config) =>
      config.read_only ? 'It is read-only: turn that off, since a pool writes its volumes there.' : null,
  },
  existingMounts: nfsExistingMounts,
  wolfstack: nfsWolfstack,
  check,
})

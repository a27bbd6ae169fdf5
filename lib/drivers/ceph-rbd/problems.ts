import type { Problem } from '@/lib/drivers/problems/definition'

/** What can be wrong with a Ceph cluster, its pool and the user. */
export const problems = {
  'ceph.no_key': {
    title: 'The key is not set',
    advice:
      'Enter the key of the [user client.{user}; on the cluster it is shown by: ceph auth print-key client.{user}|user].',
    code: 'credentials_rejected',
  },
  'ceph.wrong_key': {
    title: 'The cluster refuses the key',
    advice:
      'The key is not that of [client.{user}|the user], or there is no such user: compare with [ceph auth get client.{user}|ceph auth ls] on the cluster, and replace it here.',
    command: 'ceph auth get client.{user}',
    code: 'credentials_rejected',
  },
  'ceph.monitors_down': {
    title: 'No monitor answers',
    advice:
      'Check that the monitors[ {monitors}] run and have a quorum, and that no firewall between them and this host drops ports 3300 and 6789.',
    command: 'nc -vz {server} 3300; nc -vz {server} 6789',
    code: 'backend_unreachable',
  },
  'ceph.no_answer': {
    title: 'The cluster does not answer in time',
    advice:
      'The monitors accept connections but give no answer: they may have lost their quorum, or the pool its storage daemons. Look at ceph -s on the cluster.',
    command: 'ceph -s',
    code: 'timed_out',
  },
  'ceph.other_cluster': {
    title: 'This is another cluster',
    detail: 'The cluster at {monitors} has the id {found}, not {cluster_id}.',
    advice: 'Correct the monitors or the cluster id.',
    command: 'ceph fsid',
    code: 'conflict',
  },
  'ceph.no_pool': {
    title: 'The cluster has no such pool',
    advice: 'Check the spelling of the pool[ {pool}].[ The cluster has: {found}.]',
    command: 'ceph osd pool ls',
    code: 'backend_unreachable',
  },
  'ceph.no_caps': {
    title: 'The user may not use this pool',
    advice:
      'Give [client.{user} the right to it: ceph auth caps client.{user} mon "profile rbd" osd "profile rbd pool={scope}" mgr "profile rbd pool={scope}"|the user the right to it: the profile rbd for mon, osd and mgr].',
    command: 'ceph auth get client.{user}',
    code: 'credentials_rejected',
  },
  'ceph.no_namespace': {
    title: 'The pool has no such namespace',
    advice: 'Check the spelling of {namespace}, or make it[: rbd namespace create {pool}/{namespace}].',
    command: 'rbd namespace ls {pool}',
    code: 'backend_unreachable',
  },
  'ceph.failed': {
    title: 'Ceph could not do it',
    advice: 'Read what the tool says, and the state of the cluster.',
    command: 'ceph -s',
    code: 'command_failed',
  },
  'ceph.mapped': {
    title: 'Images are mapped on this host',
    detail: 'Images are mapped on this host: {found}.',
    advice: 'Take them away from what uses them, then disconnect again.',
    command: 'rbd device list',
    code: 'busy',
  },
} as const satisfies Record<string, Problem>

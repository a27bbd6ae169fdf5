import type { Problem } from '@/lib/drivers/problems/definition'

/** What can be wrong with a WolfDisk node. */
export const problems = {
  'wolfdisk.ended': {
    title: 'WolfDisk ended by itself',
    advice:
      'Its last lines say why: often its port is taken by another node on this host, or no other node can be reached.',
    code: 'command_failed',
  },
  'wolfdisk.data_in_use': {
    title: 'Another WolfDisk works on this directory',
    advice:
      'A node on this host uses ["{data_dir}"|this directory] already. Stop that service (systemctl stop wolfdisk), or choose another data directory.',
    command: 'systemctl status wolfdisk',
    code: 'conflict',
  },
  'wolfdisk.no_status': {
    title: 'WolfDisk writes no status',
    advice:
      'There is no readable cluster_status.json[ in "{data_dir}"]: check the data directory and the log of the node.',
    command: 'wolfdiskctl --status-file {data_dir}/cluster_status.json status',
    code: 'backend_unreachable',
  },
  'wolfdisk.stale': {
    title: 'The WolfDisk node has stopped',
    advice: 'Its status[ in "{data_dir}"] is older than 10 seconds: start the node, or look at its log.',
    command: 'wolfdiskctl --status-file {data_dir}/cluster_status.json status',
    code: 'backend_unreachable',
  },
  'wolfdisk.peer_missing': {
    title: 'Not every WolfDisk node answers',
    advice: 'The mount works with those that do; files whose data is only on a missing node cannot be read.',
    command: 'wolfdiskctl list servers',
    code: 'backend_unreachable',
  },
  'wolfdisk.alone': {
    title: 'No leading WolfDisk node answers',
    advice:
      'The node of this host hears nothing of the node that leads, so files that are not on this host cannot be read: look at the other nodes and at the network between them.',
    command: 'wolfdiskctl list servers',
    code: 'backend_unreachable',
  },
  'wolfdisk.out_of_sync': {
    title: 'The WolfDisk nodes differ',
    advice:
      'Their indexes are at different versions. Wait a moment and test again; if it stays so, look at the leader.',
    command: 'wolfdiskctl status',
    code: 'backend_unreachable',
  },
} as const satisfies Record<string, Problem>

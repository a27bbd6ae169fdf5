import { DISK_FAMILIES } from '@/lib/monitoring/exposition/disk-families'
import type { Family } from '@/lib/monitoring/exposition/family'
import { REACH_FAMILIES } from '@/lib/monitoring/exposition/reach-families'

/**
 * Every metric of Holdfast that `GET /metrics` has; those of the process itself come from the client library. Names and units are
 * what dashboards and rules of others are built on: they are not changed. Labels are names that people have given and closed lists of
 * ours, never a text of a tool, an address or a setting.
 */
export const FAMILIES = {
  build: {
    name: 'holdfast_build_info',
    help: 'Version of the web process that answers. Always 1.',
    labels: ['version'],
  },

  hostOnline: {
    name: 'holdfast_host_online',
    help: 'Does the agent of the host answer: 1 or 0. Absent: it has not been asked yet.',
    labels: ['host'],
  },
  hostInfo: {
    name: 'holdfast_host_info',
    help: 'Id of the host, and the version of its agent as it told it last. Always 1.',
    labels: ['host', 'id', 'agent_version'],
  },
  hostSeen: {
    name: 'holdfast_host_seen_timestamp_seconds',
    help: 'When the host was last heard of.',
    labels: ['host'],
  },
  hostClock: {
    name: 'holdfast_host_clock_offset_seconds',
    help: 'How far the clock of the host is ahead of that of the controller. Absent: the host does not answer.',
    labels: ['host'],
  },
  hostCertificate: {
    name: 'holdfast_host_certificate_expiry_timestamp_seconds',
    help: 'Until when the certificate of the host holds.',
    labels: ['host'],
  },

  ...DISK_FAMILIES,

  backendInfo: {
    name: 'holdfast_backend_info',
    help: 'Id and storage type of the backend. Always 1.',
    labels: ['backend', 'id', 'type'],
  },
  backendStatus: {
    name: 'holdfast_backend_status',
    help: 'Status of the backend: 1 for the one that it has, 0 for the others.',
    labels: ['backend', 'status'],
  },
  backendConnection: {
    name: 'holdfast_backend_connection',
    help: 'How a block storage stands on a host that is to have it open. 1 for the state that it has; the others are absent.',
    labels: ['backend', 'host', 'state'],
  },
  backendSize: {
    name: 'holdfast_backend_size_bytes',
    help: 'Size of the storage. With a host: of the storage that this host has for itself.',
    labels: ['backend', 'host'],
  },
  backendUsed: {
    name: 'holdfast_backend_used_bytes',
    help: 'What is used of the storage.',
    labels: ['backend', 'host'],
  },
  backendAvailable: {
    name: 'holdfast_backend_available_bytes',
    help: 'What may still be written to the storage.',
    labels: ['backend', 'host'],
  },
  backendFull: {
    name: 'holdfast_backend_used_ratio',
    help: 'How full the storage is, from 0 to 1, as df counts: used by what can be used.',
    labels: ['backend', 'host'],
  },
  backendMeasured: {
    name: 'holdfast_backend_measured_timestamp_seconds',
    help: 'When the storage was measured.',
    labels: ['backend', 'host'],
  },
  backendInodes: {
    name: 'holdfast_backend_inodes',
    help: 'Inodes of the file system that the storage lies on.',
    labels: ['backend', 'host'],
  },
  backendUsedInodes: {
    name: 'holdfast_backend_used_inodes',
    help: 'Inodes in use of the file system that the storage lies on.',
    labels: ['backend', 'host'],
  },

  ...REACH_FAMILIES,

  mountInfo: {
    name: 'holdfast_mount_info',
    help: 'Id and backend of the mount. Always 1.',
    labels: ['mount', 'id', 'backend'],
  },
  mountHosts: {
    name: 'holdfast_mount_hosts',
    help: 'On how many hosts the mount has this status. Absent: on none.',
    labels: ['mount', 'status', 'tone'],
  },
  mountStatus: {
    name: 'holdfast_mount_status',
    help: 'Status of the mount on a host. 1 for the one that it has; the others are absent.',
    labels: ['mount', 'host', 'status', 'tone'],
  },
  mountSize: {
    name: 'holdfast_mount_size_bytes',
    help: 'Size of what the mount shows on a host, where that is another storage than its backend.',
    labels: ['mount', 'host'],
  },
  mountUsed: {
    name: 'holdfast_mount_used_bytes',
    help: 'What is used of what the mount shows on a host, where that is another storage than its backend.',
    labels: ['mount', 'host'],
  },
  mountAvailable: {
    name: 'holdfast_mount_available_bytes',
    help: 'What may still be written to what the mount shows on a host, where that is another storage than its backend.',
    labels: ['mount', 'host'],
  },
  mountFull: {
    name: 'holdfast_mount_used_ratio',
    help: 'How full that is which the mount shows on a host, where it is another storage than its backend.',
    labels: ['mount', 'host'],
  },
  mountMeasured: {
    name: 'holdfast_mount_measured_timestamp_seconds',
    help: 'When it was measured what the mount shows on a host, where that is another storage than its backend.',
    labels: ['mount', 'host'],
  },
  mountInodes: {
    name: 'holdfast_mount_inodes',
    help: 'Inodes of the file system that the mount shows on a host, where that is another storage than its backend.',
    labels: ['mount', 'host'],
  },
  mountUsedInodes: {
    name: 'holdfast_mount_used_inodes',
    help: 'Inodes in use of the file system that the mount shows on a host, where that is another storage than its backend.',
    labels: ['mount', 'host'],
  },

  mountLatency: {
    name: 'holdfast_mount_latency_seconds',
    help: 'How long looks at the storage of the mount took, in the mean of the last minutes. Only with speed.',
    labels: ['mount', 'host'],
  },
  mountLatencyMost: {
    name: 'holdfast_mount_latency_max_seconds',
    help: 'The same, at the worst.',
    labels: ['mount', 'host'],
  },
  mountRead: {
    name: 'holdfast_mount_read_bytes_per_second',
    help: 'What is read from the mount, or from the disk that it lies on. Absent: the kernel does not count it. Only with speed.',
    labels: ['mount', 'host', 'of'],
  },
  mountWritten: {
    name: 'holdfast_mount_written_bytes_per_second',
    help: 'What is written to the mount, or to the disk that it lies on. Only with speed.',
    labels: ['mount', 'host', 'of'],
  },
  mountOperations: {
    name: 'holdfast_mount_operations_per_second',
    help: 'Operations on the mount, or on the disk that it lies on. Only with speed.',
    labels: ['mount', 'host', 'of'],
  },
  mountResponse: {
    name: 'holdfast_mount_response_seconds',
    help: 'How long one of these operations waited for its answer. Absent: there was none. Only with speed.',
    labels: ['mount', 'host', 'of'],
  },

  poolInfo: {
    name: 'holdfast_pool_info',
    help: 'Id, backend and engine of the pool. Always 1.',
    labels: ['pool', 'id', 'backend', 'engine'],
  },
  poolPhase: {
    name: 'holdfast_pool_phase',
    help: 'Phase of the pool over all its hosts: 1 for the one that it has, 0 for the others.',
    labels: ['pool', 'phase'],
  },
  poolHostPhase: {
    name: 'holdfast_pool_host_phase',
    help: 'Phase of the pool on a host. 1 for the one that it has; the others are absent.',
    labels: ['pool', 'host', 'phase'],
  },
  poolSize: {
    name: 'holdfast_pool_size_bytes',
    help: 'Size of what the pool lies on. With a host: of what this host has for itself.',
    labels: ['pool', 'host'],
  },
  poolUsed: {
    name: 'holdfast_pool_used_bytes',
    help: 'What is used of what the pool lies on.',
    labels: ['pool', 'host'],
  },
  poolAvailable: {
    name: 'holdfast_pool_available_bytes',
    help: 'What may still be written to what the pool lies on.',
    labels: ['pool', 'host'],
  },
  poolFull: {
    name: 'holdfast_pool_used_ratio',
    help: 'How full that is which the pool lies on, from 0 to 1, as df counts: used by what can be used.',
    labels: ['pool', 'host'],
  },
  poolMeasured: {
    name: 'holdfast_pool_measured_timestamp_seconds',
    help: 'When the pool was measured.',
    labels: ['pool', 'host'],
  },
  poolInodes: {
    name: 'holdfast_pool_inodes',
    help: 'Inodes of the file system that the pool lies on.',
    labels: ['pool', 'host'],
  },
  poolUsedInodes: {
    name: 'holdfast_pool_used_inodes',
    help: 'Inodes in use of the file system that the pool lies on.',
    labels: ['pool', 'host'],
  },
  poolMetadata: {
    name: 'holdfast_pool_metadata_used_ratio',
    help: 'How full the metadata of a thin pool of LVM are, from 0 to 1.',
    labels: ['pool', 'host'],
  },
  poolProvisioned: {
    name: 'holdfast_pool_provisioned_bytes',
    help: 'Sizes of all volumes of the pool, those in the trash too.',
    labels: ['pool'],
  },
  poolVolumes: {
    name: 'holdfast_pool_volumes',
    help: 'Volumes of the pool in this phase. Absent: none.',
    labels: ['pool', 'phase'],
  },

  alerts: {
    name: 'holdfast_alerts',
    help: 'Alerts that are not over, by what people have said of them.',
    labels: ['severity', 'state'],
  },

  operations: {
    name: 'holdfast_operations',
    help: 'Operations that have not ended.',
    labels: ['status'],
  },
  operationsOldest: {
    name: 'holdfast_operations_oldest_queued_timestamp_seconds',
    help: 'When the operation was asked for that has waited longest. Absent: none waits.',
    labels: [],
  },
  operationsEnded: {
    name: 'holdfast_operations_ended_total',
    help: 'Operations that the controller has brought to an end since it was started.',
    labels: ['controller', 'kind', 'outcome'],
    type: 'counter',
  },

  sweepAsked: {
    name: 'holdfast_sweep_hosts',
    help: 'Hosts that the controller asked in its last round.',
    labels: ['controller'],
  },
  sweepLate: {
    name: 'holdfast_sweep_late_hosts',
    help: 'Hosts that did not answer in the last round of the controller.',
    labels: ['controller'],
  },
  sweepDuration: {
    name: 'holdfast_sweep_duration_seconds',
    help: 'How long the last round of the controller took.',
    labels: ['controller'],
  },
  sweepInterval: {
    name: 'holdfast_sweep_interval_seconds',
    help: 'How often a round is to begin.',
    labels: ['controller'],
  },
  sweepEnded: {
    name: 'holdfast_sweep_ended_timestamp_seconds',
    help: 'When the last round of the controller ended.',
    labels: ['controller'],
  },

  controllerInfo: {
    name: 'holdfast_controller_info',
    help: 'Version of the controller. Always 1.',
    labels: ['controller', 'version'],
  },
  controllerHeard: {
    name: 'holdfast_controller_heard_timestamp_seconds',
    help: 'When the controller told of itself last. Of one that is silent the figures below are absent.',
    labels: ['controller'],
  },
  controllerLeads: {
    name: 'holdfast_controller_leader',
    help: 'Is it the controller that leads: 1 or 0.',
    labels: ['controller'],
  },
  controllerStarted: {
    name: 'holdfast_controller_start_timestamp_seconds',
    help: 'When the controller was started.',
    labels: ['controller'],
  },
  controllerCpu: {
    name: 'holdfast_controller_cpu_seconds_total',
    help: 'Processor time of the controller, user and system.',
    labels: ['controller'],
    type: 'counter',
  },
  controllerMemory: {
    name: 'holdfast_controller_resident_memory_bytes',
    help: 'Memory of the controller.',
    labels: ['controller'],
  },
  controllerHeap: {
    name: 'holdfast_controller_heap_used_bytes',
    help: 'What is used of the heap of the controller.',
    labels: ['controller'],
  },
  controllerHeapLimit: {
    name: 'holdfast_controller_heap_limit_bytes',
    help: 'How large the heap of the controller may become.',
    labels: ['controller'],
  },
  controllerLoopMean: {
    name: 'holdfast_controller_eventloop_delay_mean_seconds',
    help: 'How late the controller came to what was due, in the mean over the last seconds.',
    labels: ['controller'],
  },
  controllerLoopP99: {
    name: 'holdfast_controller_eventloop_delay_p99_seconds',
    help: 'The same, for 99 in 100.',
    labels: ['controller'],
  },
  controllerLoopMax: {
    name: 'holdfast_controller_eventloop_delay_max_seconds',
    help: 'The same, at the worst.',
    labels: ['controller'],
  },
  certificates: {
    name: 'holdfast_certificate_expiry_timestamp_seconds',
    help: 'Until when the certificates of the controller that leads hold.',
    labels: ['certificate'],
  },
} as const satisfies Record<string, Family>

export type FamilyKey = keyof typeof FAMILIES
export type LabelsOf<Key extends FamilyKey> = Partial<Record<(typeof FAMILIES)[Key]['labels'][number], string>>

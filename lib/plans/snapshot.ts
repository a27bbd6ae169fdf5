import type { ObservedState } from '@/lib/mounts/schema'

/** What plans are made of: the part of the stored state that a change of a mount or a backend rests on. */

export interface HostPart {
  hostId: string
  hostName: string
  hostStatus: 'unknown' | 'online' | 'offline' | 'error'
  desiredState: 'mounted' | 'unmounted'
  desiredGeneration: number
  removed: boolean
  /** What was mounted there already is taken over as it is. */
  adopted: boolean
  overrides: unknown
  observedState: ObservedState
  observedGeneration: number | null
  observedOptions: string | null
  observedPlace: string | null
  usage: unknown
}

export interface MountPart {
  id: string
  name: string
  backendId: string
  mountPoint: string
  readOnly: boolean
  autoMount: boolean
  targets: 'hosts' | 'labels' | 'all'
  targetLabels: unknown
  onDrift: 'report' | 'repair' | 'adopt'
  desiredState: 'mounted' | 'unmounted'
  generation: number
  isDeleted: boolean
  hosts: HostPart[]
}

export interface BackendPart {
  id: string
  name: string
  driver: string
  config: Record<string, unknown>
  generation: number
  /** By field: tells two secrets apart without showing either. */
  secrets: Record<string, string>
}

/** A block storage on one host that has it open, or had. */
export interface ConnectionPart {
  hostId: string
  hostName: string
  hostStatus: HostPart['hostStatus']
  desired: 'connected' | 'disconnected'
  desiredGeneration: number
  observedState: 'connected' | 'connecting' | 'disconnecting' | 'disconnected' | 'error'
}

export interface Snapshot {
  backend: BackendPart | null
  mounts: MountPart[]
  /** Other mounts of the backend. */
  others: { id: string; name: string }[]
  /** Of the backend, where that is what is changed. */
  connections: ConnectionPart[]
}

/** What is changed: one mount, or a backend with all of its mounts. */
export interface Subject {
  kind: 'mount' | 'backend'
  id: string
}

import type { SweepSettings } from '@/lib/controller/fleet/sweep'
import type { EpochSettings } from '@/lib/controller/leadership/epoch'
import type { LeadershipSettings } from '@/lib/controller/leadership/leadership'
import type { AlertCareSettings } from '@/lib/controller/monitoring/alert-care'
import type { AvailabilitySettings } from '@/lib/controller/monitoring/availability-care'
import type { CapacityHistorySettings } from '@/lib/controller/monitoring/capacity-history'
import type { ReachCareSettings } from '@/lib/controller/monitoring/reach-care'
import type { DeliverySettings } from '@/lib/controller/notifiers/deliveries'
import type { HeartbeatSettings } from '@/lib/controller/notifiers/heartbeat'
import type { RunnerSettings } from '@/lib/controller/operations/runner'
import type { PoolCareSettings } from '@/lib/controller/pools/pool-care'
import type { RelayListen } from '@/lib/controller/relay/relay'
import type { ReconcilerSettings } from '@/lib/controller/resources/reconcile'

export interface ControllerSettings {
  controllerDir: string
  fleetHost: string
  fleetPort: number
  fleetUrl: string
  agentDirectory: string
  /** Where people reach the console, for links in messages. */
  publicUrl: string
  /** Local networks that messages may go to; default: none. */
  notifierNetworks?: readonly string[]
  /** Where web processes bring their tickets; default: any free port of this machine. */
  relay?: RelayListen
  sweep?: Partial<SweepSettings>
  runner?: Partial<RunnerSettings>
  reconciler?: Partial<ReconcilerSettings>
  leadership?: Partial<LeadershipSettings>
  epoch?: Partial<EpochSettings>
  pools?: Partial<PoolCareSettings>
  monitoring?: Partial<CapacityHistorySettings>
  alerts?: Partial<AlertCareSettings>
  reach?: Partial<ReachCareSettings>
  availability?: Partial<AvailabilitySettings>
  deliveries?: Partial<DeliverySettings>
  heartbeat?: Partial<HeartbeatSettings>
  /** News may be lost; the list of hosts is read again this often, so that a revocation holds within a minute in any case. */
  directoryMs?: number
}

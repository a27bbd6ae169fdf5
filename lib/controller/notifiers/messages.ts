import type { ControllerSettings } from '@/lib/controller/controller-settings'
import type { SealingKeys } from '@/lib/controller/keys/sealing-keys'
import { Deliveries, type DeliveryParts } from '@/lib/controller/notifiers/deliveries'
import { Heartbeat, type HeartbeatParts } from '@/lib/controller/notifiers/heartbeat'
import { openHeartbeat, openNotifier } from '@/lib/controller/notifiers/open-notifier'
import { GuardedOutside } from '@/lib/controller/notifiers/outside'

type Parts = Pick<DeliveryParts, 'prisma' | 'bus' | 'log' | 'installation' | 'isLeader'> &
  Pick<HeartbeatParts, 'unwell'> & { keys: Pick<SealingKeys, 'openFor'> }

/** All that leaves the controller for people, by one door. */
export function openMessages(
  { keys, unwell, ...parts }: Parts,
  settings: Pick<ControllerSettings, 'notifierNetworks' | 'publicUrl' | 'deliveries' | 'heartbeat'>,
): { deliveries: Deliveries; heartbeat: Heartbeat } {
  const outside = new GuardedOutside({ opened: settings.notifierNetworks ?? [] })
  const { publicUrl } = settings
  const open = (notifier: Parameters<typeof openNotifier>[1]) => openNotifier(keys, notifier)
  return {
    deliveries: new Deliveries({ ...parts, outside, publicUrl, open }, settings.deliveries),
    heartbeat: new Heartbeat(
      { ...parts, outside, unwell, open: (sealed) => openHeartbeat(keys, sealed) },
      settings.heartbeat,
    ),
  }
}

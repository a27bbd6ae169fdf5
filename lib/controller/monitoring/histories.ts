import { ActivityHistory } from '@/lib/controller/monitoring/activity-history'
import {
  CapacityHistory,
  type CapacityHistoryParts,
  type CapacityHistorySettings,
} from '@/lib/controller/monitoring/capacity-history'

/** All that is kept of what agents measure. */
export class Histories {
  readonly capacity: CapacityHistory
  readonly activity: ActivityHistory

  constructor(parts: CapacityHistoryParts, settings: Partial<CapacityHistorySettings> = {}) {
    this.capacity = new CapacityHistory(parts, settings)
    this.activity = new ActivityHistory(parts, settings)
  }

  start(): void {
    this.capacity.start()
    this.activity.start()
  }

  async stop(): Promise<void> {
    await Promise.all([this.capacity.stop(), this.activity.stop()])
  }

  /** Deletes what nobody asks for any more; returns how many rows went, by kind. */
  async prune(now: Date): Promise<Record<string, number>> {
    return { ...(await this.capacity.prune(now)), ...(await this.activity.prune(now)) }
  }
}

import { ActivityHistory } from '@/lib/controller/monitoring/activity-history'
import { AvailabilityCare, type AvailabilitySettings } from '@/lib/controller/monitoring/availability-care'
import {
  CapacityHistory,
  type CapacityHistoryParts,
  type CapacityHistorySettings,
} from '@/lib/controller/monitoring/capacity-history'

export interface HistorySettings {
  monitoring?: Partial<CapacityHistorySettings>
  availability?: Partial<AvailabilitySettings>
}

/** All that is kept of what agents measure and show. */
export class Histories {
  readonly capacity: CapacityHistory
  readonly activity: ActivityHistory
  readonly availability: AvailabilityCare

  constructor(parts: CapacityHistoryParts, { monitoring = {}, availability = {} }: HistorySettings = {}) {
    this.capacity = new CapacityHistory(parts, monitoring)
    this.activity = new ActivityHistory(parts, monitoring)
    this.availability = new AvailabilityCare(parts, availability)
  }

  start(): void {
    this.capacity.start()
    this.activity.start()
    this.availability.start()
  }

  async stop(): Promise<void> {
    await Promise.all([this.capacity.stop(), this.activity.stop(), this.availability.stop()])
  }

  /** Deletes what nobody asks for any more; returns how many rows went, by kind. */
  async prune(now: Date): Promise<Record<string, number>> {
    return {
      ...(await this.capacity.prune(now)),
      ...(await this.activity.prune(now)),
      ...(await this.availability.prune(now)),
    }
  }
}

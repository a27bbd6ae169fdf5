import type { ActivitySample } from '@/lib/monitoring/activity/samples'
import type { Exposition } from '@/lib/monitoring/exposition/exposition'
import type { Names } from '@/lib/monitoring/exposition/storages'

/** How fast mounts are on hosts, as it was measured since then. */
export async function addSpeed(
  figures: Exposition,
  told: AsyncIterable<ActivitySample>,
  since: Date,
  names: Record<'mount' | 'host', Names>,
): Promise<void> {
  for await (const { mountId, hostId, at, activity } of told) {
    const [mount, host] = [names.mount.get(mountId), names.host.get(hostId)]
    if (mount === undefined || host === undefined || at < since) continue
    const { latencyMs, io } = activity
    figures.add('mountLatency', { mount, host }, seconds(latencyMs?.mean))
    figures.add('mountLatencyMost', { mount, host }, seconds(latencyMs?.most))
    if (io === null) continue
    const labels = { mount, host, of: io.of }
    figures.add('mountRead', labels, io.readBytesPerSecond)
    figures.add('mountWritten', labels, io.writtenBytesPerSecond)
    figures.add('mountOperations', labels, io.operationsPerSecond)
    figures.add('mountResponse', labels, seconds(io.responseMs))
  }
}

function seconds(ms: number | null | undefined): number | null {
  return ms == null ? null : ms / 1_000
}

import type { ObservedMount } from '@/lib/agent-protocol/messages'

type Figure = (mount: ObservedMount) => number | null | undefined

const PER_SECOND = 1000

/** What a host tells of a mount, by the name that Prometheus would know it by. Times are seconds since 1970. */
const FIGURES: Readonly<Record<string, Figure>> = {
  mount_up: ({ state }) => Number(state === 'mounted'),
  mount_since_seconds: ({ since }) => Date.parse(since) / PER_SECOND,
  mount_measured_seconds: ({ usageAt }) => (usageAt === null ? null : Date.parse(usageAt) / PER_SECOND),
  storage_size_bytes: ({ usage }) => usage?.totalBytes,
  storage_used_bytes: ({ usage }) => usage?.usedBytes,
  storage_available_bytes: ({ usage }) => usage?.availableBytes,
  storage_files: ({ usage }) => usage?.fileCount,
  look_seconds: ({ usage }) => inSeconds(usage?.activity?.latencyMs?.mean),
  look_most_seconds: ({ usage }) => inSeconds(usage?.activity?.latencyMs?.most),
  read_bytes_per_second: ({ usage }) => usage?.activity?.io?.readBytesPerSecond,
  written_bytes_per_second: ({ usage }) => usage?.activity?.io?.writtenBytesPerSecond,
  operations_per_second: ({ usage }) => usage?.activity?.io?.operationsPerSecond,
  response_seconds: ({ usage }) => inSeconds(usage?.activity?.io?.responseMs),
}

function inSeconds(ms: number | null | undefined): number | null {
  return ms === null || ms === undefined ? null : ms / PER_SECOND
}

/** The figures of the mounts of a host as an exporter on it would say them, with one label each; what is not known is left out. */
export function expositionOf(mounts: readonly ObservedMount[]): string {
  const lines = Object.entries(FIGURES).flatMap(([name, of]) => [
    `# TYPE ${name} gauge`,
    ...mounts.flatMap((mount) => {
      const value = of(mount)
      return value === null || value === undefined ? [] : [`${name}{mount="${mount.mountId}"} ${value}`]
    }),
  ])
  return `${lines.join('\n')}\n`
}

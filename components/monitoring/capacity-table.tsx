'use client'

import { PointTable } from '@/components/monitoring/point-table'
import { overcommitWords } from '@/components/pools/pool-words'
import { Bytes } from '@/components/ui/bytes'
import type { CsvValue } from '@/components/ui/table/csv'
import { inodePercent } from '@/lib/fullness'
import type { CapacityPointView } from '@/lib/monitoring/schema'

/** As a spreadsheet takes it: bytes, and times in ISO 8601. */
export function csvOfPoints(points: readonly CapacityPointView[]): CsvValue[][] {
  return [
    [
      ...['Time', 'Used', 'Least used', 'Most used', 'Free', 'Total', 'Metadata used (%)', 'Inodes used', 'Inodes'],
      'Provisioned',
    ],
    ...points.map((point) => [
      point.at,
      point.used_bytes,
      point.least_used_bytes,
      point.most_used_bytes,
      point.available_bytes,
      point.total_bytes,
      point.metadata_percent,
      point.used_inodes,
      point.total_inodes,
      point.provisioned_bytes,
    ]),
  ]
}

function inodesIn({ total_inodes, used_inodes }: CapacityPointView): string {
  const percent = inodePercent({ totalInodes: total_inodes, usedInodes: used_inodes })
  return percent === null ? 'unknown' : `${percent} %`
}

/** The points of the chart in figures, the newest first. */
export function CapacityTable({ points, label }: { points: readonly CapacityPointView[]; label: string }) {
  const hasMetadata = points.some((point) => point.metadata_percent !== null)
  const hasInodes = points.some((point) => point.total_inodes !== null)
  const hasVolumes = points.some((point) => point.provisioned_bytes !== null)
  return (
    <PointTable
      points={points}
      label={label}
      heads={[
        ...['Used', 'Least', 'Most', 'Free', 'Total'],
        ...(hasMetadata ? ['Metadata'] : []),
        ...(hasInodes ? ['Inodes'] : []),
        ...(hasVolumes ? ['Provisioned', 'Overcommit'] : []),
      ]}
      cellsOf={(point) => [
        <Bytes key="used" value={point.used_bytes} />,
        <Bytes key="least" value={point.least_used_bytes} />,
        <Bytes key="most" value={point.most_used_bytes} />,
        <Bytes key="free" value={point.available_bytes} />,
        <Bytes key="total" value={point.total_bytes} />,
        ...(hasMetadata
          ? [point.metadata_percent === null ? 'unknown' : `${point.metadata_percent.toFixed(1)} %`]
          : []),
        ...(hasInodes ? [inodesIn(point)] : []),
        ...(hasVolumes
          ? [<Bytes key="provisioned" value={point.provisioned_bytes} />, overcommitWords(point) ?? 'unknown']
          : []),
      ]}
    />
  )
}

import { Download } from 'lucide-react'
import { downloadHref } from '@/components/files/download-href'
import { buttonClass } from '@/components/ui/button'
import { Bytes } from '@/components/ui/bytes'
import { Facts, Panel } from '@/components/ui/feedback'
import { VolumeWorkResult } from '@/lib/agent-protocol/pools'
import type { OperationView } from '@/lib/operations/schema'

/** The image that a volume was exported to; nothing for other work. */
export function ExportResult({ operation }: { operation: Pick<OperationView, 'result' | 'hosts'> }) {
  const exported = VolumeWorkResult.safeParse(operation.result).data?.exported
  if (exported === undefined) return null
  const { path, bytes, sha256, download } = exported
  return (
    <Panel title="Image">
      <Facts
        items={[
          [
            'File',
            <code key="file" className="break-all">
              {path}
            </code>,
          ],
          ['Size', <Bytes key="size" value={bytes} />],
          [
            'SHA-256',
            <code key="sum" className="break-all">
              {sha256}
            </code>,
          ],
        ]}
      />
      {download && (
        <p className="mt-3 flex flex-wrap items-center gap-3 text-12 text-muted">
          <a
            className={buttonClass({})}
            href={downloadHref(download.poolId, download.path, operation.hosts[0]?.host_id ?? null)}
          >
            <Download className="size-4" aria-hidden /> Download
          </a>
          It goes by itself after a day.
        </p>
      )}
    </Panel>
  )
}

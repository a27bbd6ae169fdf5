import { Bytes } from '@/components/ui/bytes'
import { Facts, Panel } from '@/components/ui/feedback'
import { MountCheckResult } from '@/lib/agent-protocol/messages'
import { formatBytes } from '@/lib/units'

/** What the check of a mount has found. */
export function CheckResult({ result }: { result: unknown }) {
  const found = MountCheckResult.safeParse(result)
  if (!found.success) return null
  const { sizeBytes, writeBytesPerSecond, readBytesPerSecond, readMode } = found.data
  return (
    <Panel title="What was found">
      <Facts
        items={[
          ['Content', 'What was read back is what was written.'],
          ['Written', `${formatBytes(writeBytesPerSecond)}/s`],
          ['Read', `${formatBytes(readBytesPerSecond)}/s`],
          ['File', <Bytes key="file" value={sizeBytes} />],
        ]}
      />
      <p className="mt-3 text-12 text-muted">
        {readMode === 'direct'
          ? 'It was read past the memory of the host.'
          : 'The host was told to forget the file before it was read; this file system cannot be read past its memory.'}{' '}
        A storage that keeps a cache on the host, such as S3, was measured up to that cache.
      </p>
    </Panel>
  )
}

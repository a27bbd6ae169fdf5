'use client'

import { useSyncExternalStore } from 'react'
import { CodeBlock } from '@/components/ui/code-block'
import { Panel } from '@/components/ui/feedback'

/** Reads an object of the API from a shell. The token is named, never written. */
export function curlLine(origin: string, path: string): string {
  return `curl -H "Authorization: Bearer $TOKEN" ${origin}${path}`
}

const never = () => () => undefined

/** Of this console; empty until the browser has taken over. */
function useOrigin(): string {
  return useSyncExternalStore(
    never,
    () => window.location.origin,
    () => '',
  )
}

/** An object as the API gives it, and the line that asks for it. */
export function RawObject({ path, value }: { path: string; value: unknown }) {
  return (
    <div className="space-y-5">
      <Panel title="From a shell">
        <CodeBlock text={curlLine(useOrigin(), path)} label="Command" />
        <p className="mt-2 text-12 text-muted">
          TOKEN is an API token that may read it. An administrator makes one in Settings.
        </p>
      </Panel>
      <Panel title="As the API gives it">
        <CodeBlock text={JSON.stringify(value, null, 2)} label="JSON" />
      </Panel>
    </div>
  )
}

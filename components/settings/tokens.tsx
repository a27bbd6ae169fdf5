'use client'

import { useQuery } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { tokenList } from '@/components/data/account-queries'
import { request } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { SettingsPage } from '@/components/settings/settings-page'
import { Button } from '@/components/ui/button'
import { AlertDialog } from '@/components/ui/dialog'
import { EmptyState, Note } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { Badge, Status } from '@/components/ui/status'
import type { CsvValue } from '@/components/ui/table/csv'
import { CsvButton } from '@/components/ui/table/csv-button'
import type { StatusWord } from '@/lib/tones'
import type { TokenView } from '@/lib/users/schema'

const MakeToken = dynamic(() => import('@/components/settings/make-token').then((module) => module.MakeToken), {
  ssr: false,
})

function tokenStatus(token: TokenView, now: number): StatusWord {
  if (token.revoked_at) return { tone: 'off', word: 'Revoked' }
  if (token.expires_at && Date.parse(token.expires_at) < now) return { tone: 'off', word: 'Expired' }
  return { tone: 'healthy', word: 'Valid' }
}

function TokenRow({ token, onRevoke }: { token: TokenView; onRevoke: () => void }) {
  const state = tokenStatus(token, Date.now())
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-2.5 text-13 md:grid-cols-[minmax(0,1fr)_128px_minmax(0,220px)_96px]">
      <span className="min-w-0">
        <span className="flex items-center gap-2">
          <span className="truncate font-medium">{token.name}</span>
          <Badge>{token.role}</Badge>
        </span>
        <span className="block truncate text-12 text-muted">
          <span className="font-mono">{token.prefix}…</span> by {token.created_by}
        </span>
      </span>
      <Status {...state} />
      <span className="text-12 text-muted" suppressHydrationWarning>
        {token.expires_at ? (
          <>
            expires <RelativeTime at={token.expires_at} />
          </>
        ) : (
          'never expires'
        )}
        {' · '}used <RelativeTime at={token.last_used_at} />
      </span>
      <span className="justify-self-end">
        {state.tone === 'healthy' && (
          <Button size="sm" onClick={onRevoke}>
            Revoke
          </Button>
        )}
      </span>
    </li>
  )
}

function tokenRows(tokens: readonly TokenView[]): CsvValue[][] {
  return [
    ['Name', 'Begins with', 'Role', 'Scopes', 'Made by', 'Made', 'Expires', 'Used last', 'Revoked'],
    ...tokens.map((token) => [
      token.name,
      token.prefix,
      token.role,
      token.scopes?.join(' '),
      token.created_by,
      token.created_at,
      token.expires_at,
      token.last_used_at,
      token.revoked_at,
    ]),
  ]
}

export function TokensPage() {
  const { data } = useQuery(tokenList())
  const [making, setMaking] = useState(false)
  const [doomed, setDoomed] = useState<TokenView | null>(null)
  const revoke = useAction<string, void>({
    run: (id) => request(`/api/v1/tokens/${id}`, { method: 'DELETE' }),
    topics: ['token'],
    done: () => 'The token is revoked',
    onSuccess: () => setDoomed(null),
  })
  const add = (
    <Button variant="primary" icon={Plus} onClick={() => setMaking(true)}>
      New token
    </Button>
  )
  return (
    <SettingsPage
      title="API tokens"
      actions={
        <>
          <CsvButton noun="tokens" rows={() => tokenRows(data?.data ?? [])} />
          {add}
        </>
      }
    >
      {data && data.data.length === 0 && (
        <EmptyState icon={KeyRound} title="Let a script use the API" action={add}>
          A token stands for a role, can expire, and can be revoked at any time. Everything done with it is in the
          audit.
        </EmptyState>
      )}
      {data && data.data.length > 0 && (
        <ul className="panel divide-y divide-line">
          {data.data.map((token) => (
            <TokenRow key={token.id} token={token} onRevoke={() => setDoomed(token)} />
          ))}
        </ul>
      )}
      <Note className="mt-5">
        Every path of the API is described in the API reference, which also tells what each role may do.
      </Note>
      {making && <MakeToken onClose={() => setMaking(false)} />}
      {doomed && (
        <AlertDialog
          open
          onOpenChange={(open) => !open && setDoomed(null)}
          title={`Revoke ${doomed.name}?`}
          description="Whatever uses it is refused from now on. A revoked token cannot come back; make a new one instead."
          footer={
            <>
              <Button onClick={() => setDoomed(null)}>Keep it</Button>
              <Button variant="danger" pending={revoke.isPending} onClick={() => revoke.mutate(doomed.id)}>
                Revoke token
              </Button>
            </>
          }
        />
      )}
    </SettingsPage>
  )
}

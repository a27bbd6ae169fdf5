'use client'

import { zodResolver } from '@hookform/resolvers/zod'
import { useQuery } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { Controller, useForm } from 'react-hook-form'
import type { z } from 'zod'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { tokenList } from '@/components/data/queries'
import { request, requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { tellFields } from '@/components/forms/tell-fields'
import { SettingsPage } from '@/components/settings/settings-page'
import { RoleField } from '@/components/settings/users'
import { Button } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { AlertDialog, Dialog } from '@/components/ui/dialog'
import { EmptyState, Note } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { RelativeTime } from '@/components/ui/relative-time'
import { Select } from '@/components/ui/select'
import { Badge, Status } from '@/components/ui/status'
import type { CsvValue } from '@/components/ui/table/csv'
import { CsvButton } from '@/components/ui/table/csv-button'
import type { StatusWord } from '@/lib/tones'
import { CreateToken, type NewToken, type TokenView } from '@/lib/users/schema'

const LIFETIMES = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: 'never', label: 'Never expires' },
]

type Values = z.input<typeof CreateToken>

function tokenStatus(token: TokenView, now: number): StatusWord {
  if (token.revoked_at) return { tone: 'off', word: 'Revoked' }
  if (token.expires_at && Date.parse(token.expires_at) < now) return { tone: 'off', word: 'Expired' }
  return { tone: 'healthy', word: 'Valid' }
}

function MakeToken({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<NewToken | null>(null)
  const { register, control, handleSubmit, formState, setError } = useForm<Values>({
    resolver: zodResolver(CreateToken),
    mode: 'onTouched',
    defaultValues: { name: '', role: 'viewer', expires_in_days: 90 },
  })
  const create = useAction<Values, NewToken>({
    run: (body) => requestOne<NewToken>('/api/v1/tokens', { method: 'POST', body }),
    topics: ['token'],
    quiet: true,
    onSuccess: setMade,
  })
  const submit = handleSubmit(async (values) => {
    try {
      await create.mutateAsync(values)
    } catch (error) {
      tellFields(error, values, setError)
    }
  })
  if (made) {
    return (
      <Dialog
        open
        onOpenChange={(open) => !open && onClose()}
        title={`The token ${made.name}`}
        description="Copy it now. It is shown this once; only its hash is kept."
        footer={
          <Button variant="primary" onClick={onClose}>
            I have copied it
          </Button>
        }
      >
        <CodeBlock text={made.token} label="Token" />
        <p className="mt-3 mb-1 text-12 text-muted">Send it with every request:</p>
        <CodeBlock
          text={`curl -H 'Authorization: Bearer ${made.token}' ${window.location.origin}/api/v1/hosts`}
          label="Command"
        />
      </Dialog>
    )
  }
  return (
    <FormDialog
      title="New API token"
      submit={{ label: 'Make token', pending: formState.isSubmitting }}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <Field
        label="Name"
        help="What it is for, such as the script that uses it."
        error={formState.errors.name?.message}
      >
        {(attributes) => <Input {...attributes} {...register('name')} placeholder="nightly report" />}
      </Field>
      <Controller
        control={control}
        name="role"
        render={({ field }) => <RoleField value={field.value} onChange={field.onChange} />}
      />
      <Controller
        control={control}
        name="expires_in_days"
        render={({ field }) => (
          <Field label="Expires">
            {(attributes) => (
              <Select
                {...attributes}
                value={field.value === null ? 'never' : String(field.value)}
                onChange={(value) => field.onChange(value === 'never' ? null : Number(value))}
                choices={LIFETIMES}
              />
            )}
          </Field>
        )}
      />
      {create.isError && !problemOf(create.error).fields && <ProblemNote error={create.error} />}
    </FormDialog>
  )
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

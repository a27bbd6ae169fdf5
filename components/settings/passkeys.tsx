'use client'

import { useQuery } from '@tanstack/react-query'
import { Fingerprint, Plus } from 'lucide-react'
import { useEffect, useState } from 'react'
import { makePasskey, passkeyFailure, whyNoPasskeys } from '@/components/auth/passkey'
import { passkeyList } from '@/components/data/account-queries'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { request, requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { PasswordAgainDialog } from '@/components/settings/password-again'
import { Button } from '@/components/ui/button'
import { Note, Panel, Skeleton } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { RelativeTime } from '@/components/ui/relative-time'
import type { PasskeyPlace } from '@/lib/auth/passkey-place'
import type { PasskeyView } from '@/lib/users/passkey-schema'

interface Values {
  name: string
  password: string
}

async function addPasskey({ name, password }: Values): Promise<PasskeyView> {
  const options = await requestOne('/api/v1/account/passkeys/options', {
    method: 'POST',
    body: { current_password: password },
  })
  const response = await makePasskey(options)
  return requestOne<PasskeyView>('/api/v1/account/passkeys', { method: 'POST', body: { name, response } })
}

function AddPasskey({ onClose }: { onClose: () => void }) {
  const [values, setValues] = useState<Values>({ name: '', password: '' })
  const add = useAction<Values, PasskeyView>({
    run: addPasskey,
    topics: ['passkey'],
    done: ({ name }) => `${name} lets you in now`,
    quiet: true,
    onSuccess: onClose,
  })
  const failure = add.isError ? passkeyFailure(add.error) : undefined
  const fields = add.isError && !failure ? problemOf(add.error).fields : undefined
  const errorOf = (name: string) => fields?.find(({ field }) => field === name)?.message
  return (
    <FormDialog
      title="New passkey"
      description="The browser asks where to keep it: on this device, on a phone nearby, or on a security key."
      submit={{ label: 'Continue', pending: add.isPending }}
      onSubmit={() => add.mutate(values)}
      onClose={onClose}
    >
      <Field label="Name" help="So that you know it when you remove it." error={errorOf('name')}>
        {(attributes) => (
          <Input
            {...attributes}
            autoFocus
            placeholder="work laptop"
            maxLength={100}
            value={values.name}
            onChange={(event) => setValues({ ...values, name: event.target.value })}
          />
        )}
      </Field>
      <Field label="Current password" error={errorOf('current_password')}>
        {(attributes) => (
          <Input
            {...attributes}
            type="password"
            autoComplete="current-password"
            value={values.password}
            onChange={(event) => setValues({ ...values, password: event.target.value })}
          />
        )}
      </Field>
      {failure && <Note kind="critical" title={failure} />}
      {add.isError && !failure && !errorOf('name') && !errorOf('current_password') && <ProblemNote error={add.error} />}
    </FormDialog>
  )
}

function RemovePasskey({ passkey, onClose }: { passkey: PasskeyView; onClose: () => void }) {
  return (
    <PasswordAgainDialog
      title={`Remove the passkey ${passkey.name}?`}
      description="It lets nobody in any more. Open sessions go on. Delete it on the device, too: Holdfast cannot."
      label="Remove"
      run={(body) => request(`/api/v1/account/passkeys/${passkey.id}`, { method: 'DELETE', body })}
      topics={['passkey']}
      done={() => `${passkey.name} lets nobody in any more`}
      onSuccess={onClose}
      onClose={onClose}
    />
  )
}

/** Why there can be none here: what the address is set to, or how this page is open; undefined until that is known. */
function useObstacle(place: PasskeyPlace): string | null | undefined {
  const [obstacle, setObstacle] = useState<string | null | undefined>('problem' in place ? place.problem : undefined)
  useEffect(() => {
    if (!('problem' in place)) setObstacle(whyNoPasskeys(place.rpId))
  }, [place])
  return obstacle
}

/** Devices that let this person in without a password. */
export function PasskeysPanel({ place }: { place: PasskeyPlace }) {
  const { data } = useQuery(passkeyList())
  const [isAdding, setIsAdding] = useState(false)
  const [removing, setRemoving] = useState<PasskeyView | null>(null)
  const obstacle = useObstacle(place)
  const passkeys = data?.data ?? []
  return (
    <Panel
      title="Passkeys"
      flush
      action={
        obstacle === null && (
          <Button size="sm" icon={Plus} onClick={() => setIsAdding(true)}>
            Add a passkey
          </Button>
        )
      }
    >
      {!data && <Skeleton className="m-4 h-10" />}
      {passkeys.length > 0 && (
        <ul className="divide-y divide-line">
          {passkeys.map((passkey) => (
            <li key={passkey.id} className="flex items-center justify-between gap-4 px-4 py-3 text-13">
              <span className="flex min-w-0 items-center gap-3">
                <Fingerprint aria-hidden className="size-4 shrink-0 text-muted" />
                <span className="min-w-0">
                  <span className="block truncate font-medium">{passkey.name}</span>
                  <span className="block text-12 text-muted">
                    added <RelativeTime at={passkey.created_at} /> ·{' '}
                    {passkey.last_used_at ? (
                      <>
                        used <RelativeTime at={passkey.last_used_at} />
                      </>
                    ) : (
                      'not used yet'
                    )}
                  </span>
                </span>
              </span>
              <Button size="sm" onClick={() => setRemoving(passkey)} aria-label={`Remove ${passkey.name}`}>
                Remove
              </Button>
            </li>
          ))}
        </ul>
      )}
      {data && passkeys.length === 0 && !obstacle && (
        <p className="max-w-[60ch] p-4 text-13 text-muted">
          A device lets you in with its PIN, your finger or your face, without a password and without a code. A page
          that only looks like Holdfast gets nothing out of it.
        </p>
      )}
      {obstacle && (
        <div className="p-4">
          <Note title={obstacle}>
            {'problem' in place &&
              'An administrator serves it over HTTPS under a name, and sets HOLDFAST_PUBLIC_URL to that address.'}
          </Note>
        </div>
      )}
      {isAdding && <AddPasskey onClose={() => setIsAdding(false)} />}
      {removing && <RemovePasskey passkey={removing} onClose={() => setRemoving(null)} />}
    </Panel>
  )
}

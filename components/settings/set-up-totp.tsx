'use client'

import dynamic from 'next/dynamic'
import { useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { PasswordAgainDialog } from '@/components/settings/password-again'
import { RecoveryCodesDialog } from '@/components/settings/recovery-codes'
import { CodeBlock } from '@/components/ui/code-block'
import { Skeleton } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import type { RecoveryCodes, TotpSetup } from '@/lib/users/second-factor-schema'

const QrCode = dynamic(() => import('@/components/ui/qr-code'), { loading: () => <Skeleton className="size-44" /> })

function Scan({
  setup,
  onConfirmed,
  onClose,
}: {
  setup: TotpSetup
  onConfirmed: (codes: string[]) => void
  onClose: () => void
}) {
  const [code, setCode] = useState('')
  const confirm = useAction<void, RecoveryCodes>({
    run: () => requestOne<RecoveryCodes>('/api/v1/account/totp/confirm', { method: 'POST', body: { code } }),
    topics: ['second-factor', 'session'],
    quiet: true,
    onSuccess: ({ recovery_codes }) => onConfirmed(recovery_codes),
  })
  const error = confirm.isError ? problemOf(confirm.error).fields?.[0]?.message : undefined
  return (
    <FormDialog
      title="Scan this with your app"
      description="Any app for one-time codes will do, or a password manager that has them."
      submit={{ label: 'Turn on', pending: confirm.isPending }}
      onSubmit={() => confirm.mutate()}
      onClose={onClose}
    >
      <div className="flex justify-center">
        <QrCode text={setup.uri} label="QR code for your app" />
      </div>
      <div>
        <p className="mb-1.5 text-12 text-muted">Or type this secret into it:</p>
        <CodeBlock text={setup.secret.replace(/(.{4})(?=.)/g, '$1 ')} label="Secret" />
      </div>
      <Field label="Code" help="The six digits that the app shows now." error={error}>
        {(attributes) => (
          <Input
            {...attributes}
            autoFocus
            inputMode="numeric"
            autoComplete="one-time-code"
            className="font-mono"
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
        )}
      </Field>
      {confirm.isError && !error && <ProblemNote error={confirm.error} />}
    </FormDialog>
  )
}

/** Password, then the QR code and a first code, then the recovery codes. */
export function SetUpTotp({ onClose }: { onClose: () => void }) {
  const [setup, setSetup] = useState<TotpSetup | null>(null)
  const [codes, setCodes] = useState<string[] | null>(null)
  if (codes) return <RecoveryCodesDialog codes={codes} onClose={onClose} />
  if (setup) return <Scan setup={setup} onConfirmed={setCodes} onClose={onClose} />
  return (
    <PasswordAgainDialog
      title="Set up two-step sign-in"
      description="Your password first, so that nobody else at this screen can do it."
      label="Continue"
      run={(body) => requestOne<TotpSetup>('/api/v1/account/totp', { method: 'POST', body })}
      topics={[]}
      onSuccess={setSetup}
      onClose={onClose}
    />
  )
}

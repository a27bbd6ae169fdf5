'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { secondFactor } from '@/components/data/account-queries'
import { request, requestOne } from '@/components/data/request'
import { PasswordAgainDialog } from '@/components/settings/password-again'
import { RecoveryCodesDialog } from '@/components/settings/recovery-codes'
import { Button } from '@/components/ui/button'
import { Note, Panel, Skeleton } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { Status } from '@/components/ui/status'
import type { RecoveryCodes, SecondFactorView } from '@/lib/users/second-factor-schema'

const SetUpTotp = dynamic(() => import('@/components/settings/set-up-totp').then((module) => module.SetUpTotp), {
  ssr: false,
})

/** So few left are worth a word. */
const FEW = 3

function RenewCodes({ onClose }: { onClose: () => void }) {
  const [codes, setCodes] = useState<string[] | null>(null)
  if (codes) return <RecoveryCodesDialog codes={codes} onClose={onClose} />
  return (
    <PasswordAgainDialog
      title="New recovery codes"
      description="You get ten new ones. Those that you have kept so far work no more."
      label="Make new codes"
      run={(body) => requestOne<RecoveryCodes>('/api/v1/account/recovery-codes', { method: 'POST', body })}
      topics={['second-factor']}
      onSuccess={({ recovery_codes }) => setCodes(recovery_codes)}
      onClose={onClose}
    />
  )
}

function RemoveTotp({ onClose }: { onClose: () => void }) {
  return (
    <PasswordAgainDialog
      title="Turn off two-step sign-in?"
      description="Your password alone lets you in then. The app and the recovery codes work no more."
      label="Turn off"
      run={(body) => request('/api/v1/account/totp', { method: 'DELETE', body })}
      topics={['second-factor']}
      done={() => 'Two-step sign-in is off'}
      onSuccess={onClose}
      onClose={onClose}
    />
  )
}

function On({ totp, onDialog }: { totp: SecondFactorView; onDialog: (dialog: 'renew' | 'remove') => void }) {
  const left = totp.recovery_codes_left
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3 text-13">
        <span className="min-w-0">
          <Status tone="healthy" word="On" />
          <span className="mt-0.5 block text-12 text-muted">
            set up <RelativeTime at={totp.totp_since} /> · {left} recovery {left === 1 ? 'code' : 'codes'} left
          </span>
        </span>
        <span className="flex flex-wrap gap-2">
          <Button size="sm" onClick={() => onDialog('renew')}>
            New recovery codes
          </Button>
          <Button size="sm" onClick={() => onDialog('remove')}>
            Turn off
          </Button>
        </span>
      </div>
      {left <= FEW && (
        <Note
          kind="warning"
          title={left === 0 ? 'No recovery code is left' : 'Few recovery codes are left'}
          className="mt-4"
        >
          Without one, and without the app, only an administrator can let you in again.
        </Note>
      )}
    </>
  )
}

/** One-time codes of an app besides the password. */
export function SecondFactorPanel() {
  const { data } = useQuery(secondFactor())
  const [dialog, setDialog] = useState<'set-up' | 'renew' | 'remove' | null>(null)
  const close = () => setDialog(null)
  return (
    <Panel title="Two-step sign-in">
      {!data && <Skeleton className="h-10" />}
      {data?.totp_since && <On totp={data} onDialog={setDialog} />}
      {data && !data.totp_since && (
        <div className="flex flex-wrap items-center justify-between gap-3 text-13">
          <p className="min-w-0 max-w-[52ch] text-muted">
            A code of an app on your phone is asked for besides the password. Whoever learns the password alone does not
            get in.
          </p>
          <Button size="sm" onClick={() => setDialog('set-up')}>
            Set up
          </Button>
        </div>
      )}
      {dialog === 'set-up' && <SetUpTotp onClose={close} />}
      {dialog === 'renew' && <RenewCodes onClose={close} />}
      {dialog === 'remove' && <RemoveTotp onClose={close} />}
    </Panel>
  )
}

/** In place of password and second factor, for people of single sign-on. */
export function SignInElsewhere() {
  return (
    <Panel title="Sign-in">
      <p className="max-w-[60ch] text-13 text-muted">
        You come in by single sign-on. Password, second factor and passkeys are set up at your identity provider;
        Holdfast asks for none of its own.
      </p>
    </Panel>
  )
}

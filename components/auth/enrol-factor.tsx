'use client'

import { useQuery } from '@tanstack/react-query'
import { signOut } from '@/components/auth/auth-requests'
import { passkeyList, secondFactor } from '@/components/data/account-queries'
import { PasskeysPanel } from '@/components/settings/passkeys'
import { SecondFactorPanel } from '@/components/settings/second-factor'
import { Button } from '@/components/ui/button'
import type { PasskeyPlace } from '@/lib/auth/passkey-place'

/** The panels of the account's settings, and the way on once one of them is done. */
export function EnrolFactor({ place }: { place: PasskeyPlace }) {
  const totp = useQuery(secondFactor()).data?.totp_since
  const passkeys = useQuery(passkeyList()).data?.data.length ?? 0
  const isDone = Boolean(totp) || passkeys > 0
  return (
    <div className="space-y-4">
      <SecondFactorPanel />
      {!('problem' in place) && <PasskeysPanel place={place} />}
      {isDone && (
        <Button variant="primary" size="lg" className="w-full" onClick={() => window.location.assign('/')}>
          Go on
        </Button>
      )}
      <Button variant="ghost" size="sm" onClick={() => void signOut()}>
        Sign out
      </Button>
    </div>
  )
}

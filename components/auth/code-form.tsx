'use client'

import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Note } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'

/** The second step: a code of the app, or a recovery code. */
export function CodeForm({
  username,
  message,
  pending,
  onSubmit,
  onBack,
}: {
  username: string
  /** What was wrong with the last try. */
  message: string | null
  pending: boolean
  onSubmit: (code: string) => void
  onBack: () => void
}) {
  const [isRecovery, setIsRecovery] = useState(false)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit(String(new FormData(event.currentTarget).get('code')))
      }}
      className="space-y-4"
    >
      <p className="text-13 text-muted">
        Signing in as <span className="font-medium text-ink">{username}</span>.{' '}
        {isRecovery
          ? 'Each recovery code works once.'
          : 'Open the app for one-time codes, and type what it shows for Holdfast.'}
      </p>
      <Field label={isRecovery ? 'Recovery code' : 'Code'}>
        {(control) => (
          <Input
            {...control}
            key={isRecovery ? 'recovery' : 'code'}
            name="code"
            required
            autoFocus
            autoCapitalize="none"
            className="font-mono"
            {...(isRecovery ? {} : { autoComplete: 'one-time-code', inputMode: 'numeric' as const })}
          />
        )}
      </Field>
      {message && <Note kind="critical" title={message} />}
      <Button type="submit" variant="primary" size="lg" pending={pending} className="w-full">
        Sign in
      </Button>
      <div className="flex justify-between gap-3">
        <Button variant="ghost" size="sm" onClick={onBack}>
          Back
        </Button>
        <Button variant="ghost" size="sm" onClick={() => setIsRecovery(!isRecovery)}>
          {isRecovery ? 'Use a code of the app' : 'Use a recovery code'}
        </Button>
      </div>
    </form>
  )
}

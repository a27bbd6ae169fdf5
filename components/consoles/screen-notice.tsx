import { LoaderCircle } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { ScreenState } from '@/components/consoles/screen-state'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'

interface Props {
  state: ScreenState
  onRetry: () => void
  /** Only screens ask for one. */
  onPassword?: (password: string) => void
}

/** What stands over the picture while there is none. */
export function ScreenNotice({ state, onRetry, onPassword }: Props) {
  if (state.name === 'open') return null
  return (
    <div className="absolute inset-0 flex items-center justify-center bg-scrim p-4">
      <div className="panel max-w-[52ch] bg-raised px-5 py-4 text-13" role="status">
        {state.name === 'password' ? (
          <Password onPassword={(password) => onPassword?.(password)} />
        ) : (
          <Told state={state} onRetry={onRetry} />
        )}
      </div>
    </div>
  )
}

function Told({ state, onRetry }: { state: Exclude<ScreenState, { name: 'open' | 'password' }>; onRetry: () => void }) {
  if (state.name === 'connecting' || state.name === 'reconnecting') {
    return (
      <p className="flex items-center gap-2">
        <LoaderCircle aria-hidden className="size-4 shrink-0 animate-spin text-muted" />
        {state.name === 'connecting' ? 'Connecting …' : `${state.words} Trying again …`}
      </p>
    )
  }
  return (
    <>
      <p className="break-words">{state.words}</p>
      <Button className="mt-3" onClick={onRetry}>
        {state.name === 'ended' ? 'Connect again' : 'Try again'}
      </Button>
    </>
  )
}

function Password({ onPassword }: { onPassword: (password: string) => void }) {
  const [password, setPassword] = useState('')
  const send = (event: FormEvent) => {
    event.preventDefault()
    onPassword(password)
  }
  return (
    <form onSubmit={send}>
      <Field
        label="Password of the screen"
        help="The VNC server of this machine asks for it; it goes there and is not kept."
      >
        {(control) => (
          <Input {...control} type="password" value={password} onChange={(event) => setPassword(event.target.value)} />
        )}
      </Field>
      <Button type="submit" variant="primary" className="mt-3">
        Connect
      </Button>
    </form>
  )
}

import { z } from 'zod'
import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { resetPassword } from '@/lib/users/password-reset'
import { ResetPassword } from '@/lib/users/schema'

export const POST = defineRoute({
  permission: 'public',
  summary: 'Set a new password with a one-time link. All sessions of that user end.',
  body: ResetPassword,
  response: single(z.object({ done: z.literal(true) })),
  mayRefuse: ['rate_limited'],
  handle: async ({ actor, body }) => {
    await resetPassword(actor, body)
    return { body: { data: { done: true as const }, message: 'The password is set. Sign in with it.' } }
  },
})

import { z } from 'zod'
import { Timestamp } from '@/lib/http/envelope'

/** One's own second factor. */
export const SecondFactorView = z.object({
  /** Codes of an app are asked for at sign-in, since then. */
  totp_since: Timestamp.nullable(),
  recovery_codes_left: z.int(),
})
export type SecondFactorView = z.infer<typeof SecondFactorView>

/** Of whom a second factor is required, among those who sign in with a password here. */
export const SignInRules = z.strictObject({ second_factor: z.enum(['optional', 'administrators', 'everyone']) })
export type SignInRules = z.infer<typeof SignInRules>

const CurrentPassword = z.string().min(1, 'Give your current password.').max(1024)

/** Whoever only has an open session must not change how its owner signs in. */
export const PasswordAgain = z.strictObject({ current_password: CurrentPassword })
export type PasswordAgain = z.infer<typeof PasswordAgain>

/** The only answer that carries the secret. */
export const TotpSetup = z.object({
  /** Base 32, to be typed into an app. */
  secret: z.string(),
  /** The same as a QR code holds it. */
  uri: z.string(),
})
export type TotpSetup = z.infer<typeof TotpSetup>

export const ConfirmTotp = z.strictObject({
  code: z.string().trim().min(1, 'Give the code that the app shows.').max(64),
})
export type ConfirmTotp = z.infer<typeof ConfirmTotp>

/** The only answer that carries them. */
export const RecoveryCodes = z.object({ recovery_codes: z.array(z.string()) })
export type RecoveryCodes = z.infer<typeof RecoveryCodes>

/** One of the two shows that it is the owner who removes a factor. */
export const RemoveFactor = z
  .strictObject({
    current_password: CurrentPassword.optional(),
    /** Of the app, or a recovery code. */
    code: z.string().trim().min(1).max(64).optional(),
  })
  .refine(({ current_password, code }) => (current_password === undefined) !== (code === undefined), {
    path: ['current_password'],
    message: 'Give your current password or a code.',
  })
export type RemoveFactor = z.infer<typeof RemoveFactor>

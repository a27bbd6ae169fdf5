import { z } from 'zod'
import { Timestamp } from '@/lib/http/envelope'

export const PasskeyView = z.object({
  id: z.string(),
  name: z.string(),
  created_at: Timestamp,
  last_used_at: Timestamp.nullable(),
})
export type PasskeyView = z.infer<typeof PasskeyView>

const Base64Url = z
  .string()
  .max(8192)
  .regex(/^[\w-]*$/, 'This is not base64url.')

/** What the browser is to be asked for, as WebAuthn's own JSON (`PublicKeyCredentialCreationOptionsJSON`, `…RequestOptionsJSON`). */
export const PasskeyOptions = z.looseObject({ challenge: z.string() })

/** What the browser has answered to it (`RegistrationResponseJSON`). */
export const RegisterPasskey = z.strictObject({
  name: z.string().trim().min(1, 'Give the passkey a name.').max(100),
  response: z.object({
    id: Base64Url,
    rawId: Base64Url,
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON: Base64Url,
      attestationObject: Base64Url,
      transports: z
        .array(z.string().regex(/^[a-z-]{1,20}$/))
        .max(10)
        .optional(),
    }),
    clientExtensionResults: z.looseObject({}).default({}),
  }),
})
export type RegisterPasskey = z.infer<typeof RegisterPasskey>

/** What the browser answers at sign-in (`AuthenticationResponseJSON`). */
export const PasskeyAssertion = z.object({
  id: Base64Url.min(1),
  rawId: Base64Url,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: Base64Url,
    authenticatorData: Base64Url,
    signature: Base64Url,
    userHandle: Base64Url.optional(),
  }),
  clientExtensionResults: z.looseObject({}).default({}),
})
export type PasskeyAssertion = z.infer<typeof PasskeyAssertion>

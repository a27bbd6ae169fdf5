import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { HoldfastError } from '@/lib/errors'
import { Secret } from '@/lib/secret'

/** Single sign-on, as `HOLDFAST_OIDC_*` describe it. */
export interface OidcSettings {
  /** The identity provider's address, without a slash at the end. */
  issuer: string
  clientId: string
  /** The secret itself, or the file that holds it. */
  clientSecret: Secret | { file: string }
  /** What people call it: "Sign in with …". */
  name: string
  scopes: string
  /** The claim that decides the role; dots lead into objects, as in `realm_access.roles`. */
  roleClaim: string
  /** The values of that claim that give each role. */
  values: { admin: readonly string[]; operator: readonly string[]; viewer: readonly string[] }
}

/** The client secret is sent there, and the answer decides who comes in. */
function isSafeAddress(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname, search, hash } = new URL(address)
  if (search !== '' || hash !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname))
}

const Values = z.string().transform((text) =>
  text
    .split(',')
    .map((value) => value.trim())
    .filter(Boolean),
)

export const OidcVariables = {
  HOLDFAST_OIDC_ISSUER: z
    .string()
    .refine(isSafeAddress, 'must be an address that begins with https:// (http:// only on this machine)')
    .optional(),
  HOLDFAST_OIDC_CLIENT_ID: z.string().optional(),
  HOLDFAST_OIDC_CLIENT_SECRET: z
    .string()
    .transform((text) => new Secret(text))
    .optional(),
  HOLDFAST_OIDC_CLIENT_SECRET_FILE: z.string().startsWith('/', 'must be an absolute path').optional(),
  HOLDFAST_OIDC_NAME: z.string().max(40, 'must have at most 40 characters').optional(),
  HOLDFAST_OIDC_SCOPES: z
    .string()
    .regex(/^openid( |$)/, 'must begin with openid; separate more with blanks')
    .optional(),
  HOLDFAST_OIDC_ROLE_CLAIM: z.string().optional(),
  HOLDFAST_OIDC_ADMINS: Values.optional(),
  HOLDFAST_OIDC_OPERATORS: Values.optional(),
  HOLDFAST_OIDC_VIEWERS: Values.optional(),
}
type Variables = z.output<z.ZodObject<typeof OidcVariables>>

function valuesOf(v: Variables): OidcSettings['values'] {
  return {
    admin: v.HOLDFAST_OIDC_ADMINS ?? [],
    operator: v.HOLDFAST_OIDC_OPERATORS ?? [],
    viewer: v.HOLDFAST_OIDC_VIEWERS ?? [],
  }
}

/** For the schema of all settings: either nothing of single sign-on is set, or all that it needs. */
export function requireWholeOidc(v: Variables, context: z.RefinementCtx): void {
  const given = Object.keys(OidcVariables).find((name) => v[name as keyof Variables] !== undefined)
  if (given === undefined) return
  const refuse = (name: keyof Variables, message: string) => context.addIssue({ code: 'custom', path: [name], message })
  const missing = `is missing: ${given} is set, and single sign-on needs both`
  for (const name of ['HOLDFAST_OIDC_ISSUER', 'HOLDFAST_OIDC_CLIENT_ID'] as const) {
    if (v[name] === undefined) refuse(name, missing)
  }
  const secrets = [v.HOLDFAST_OIDC_CLIENT_SECRET, v.HOLDFAST_OIDC_CLIENT_SECRET_FILE].filter((one) => one !== undefined)
  if (secrets.length === 0) refuse('HOLDFAST_OIDC_CLIENT_SECRET', `${missing} (or HOLDFAST_OIDC_CLIENT_SECRET_FILE)`)
  if (secrets.length === 2) {
    refuse('HOLDFAST_OIDC_CLIENT_SECRET', 'and HOLDFAST_OIDC_CLIENT_SECRET_FILE are both set; keep one of them')
  }
  if (Object.values(valuesOf(v)).every((values) => values.length === 0)) {
    refuse(
      'HOLDFAST_OIDC_ADMINS',
      'is missing: without it, HOLDFAST_OIDC_OPERATORS or HOLDFAST_OIDC_VIEWERS nobody would get a role',
    )
  }
}

/** Undefined when single sign-on is not set up. */
export function oidcSettings(v: Variables): OidcSettings | undefined {
  const { HOLDFAST_OIDC_ISSUER: issuer, HOLDFAST_OIDC_CLIENT_ID: clientId } = v
  const { HOLDFAST_OIDC_CLIENT_SECRET: secret, HOLDFAST_OIDC_CLIENT_SECRET_FILE: file } = v
  const clientSecret = secret ?? (file === undefined ? undefined : { file })
  if (issuer === undefined || clientId === undefined || clientSecret === undefined) return undefined
  return {
    issuer: issuer.replace(/\/+$/, ''),
    clientId,
    clientSecret,
    name: v.HOLDFAST_OIDC_NAME ?? 'single sign-on',
    scopes: v.HOLDFAST_OIDC_SCOPES ?? 'openid profile email',
    roleClaim: v.HOLDFAST_OIDC_ROLE_CLAIM ?? 'groups',
    values: valuesOf(v),
  }
}

/** Read each time, so that a new secret in the file counts at once. Throws `unavailable` that names the file. */
export function oidcClientSecret({ clientSecret }: OidcSettings): Secret {
  if (!('file' in clientSecret)) return clientSecret
  const { file } = clientSecret
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new HoldfastError('unavailable', `HOLDFAST_OIDC_CLIENT_SECRET_FILE: ${file} cannot be read (${code}).`, {
      cause: error,
    })
  }
  if (text === '') throw new HoldfastError('unavailable', `HOLDFAST_OIDC_CLIENT_SECRET_FILE: ${file} is empty.`)
  return new Secret(text)
}

import { z } from 'zod'
import { Timestamp } from '@/lib/http/envelope'

export const Role = z.enum(['viewer', 'operator', 'admin'])
export type Role = z.infer<typeof Role>

export const Username = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._@-]{0,63}$/, 'Use lower-case letters, digits, dots, dashes, underscores or @.')

export const Password = z
  .string()
  .min(10, 'The password must have at least 10 characters.')
  .max(256, 'The password must have at most 256 characters.')

export const CreateUser = z.strictObject({
  username: Username,
  display_name: z.string().trim().max(100).optional(),
  password: Password,
  role: Role,
})
export const UpdateUser = z.strictObject({
  display_name: z.string().trim().max(100).nullable().optional(),
  role: Role.optional(),
  password: Password.optional(),
  disabled: z.boolean().optional(),
})
export type CreateUser = z.infer<typeof CreateUser>
export type UpdateUser = z.infer<typeof UpdateUser>
export const UserView = z.object({
  id: z.string(),
  username: z.string(),
  display_name: z.string().nullable(),
  role: Role,
  /** `single_sign_on`: there is no password here, and the role comes with each sign-in. */
  sign_in: z.enum(['password', 'single_sign_on']),
  disabled: z.boolean(),
  /** A code is asked for besides the password. */
  second_factor: z.boolean(),
  /** With these they come in without a password. */
  passkey_count: z.int(),
  last_sign_in_at: Timestamp.nullable(),
  session_count: z.int(),
  created_at: Timestamp,
})
export type UserView = z.infer<typeof UserView>

export const SetUp = z.strictObject({ token: z.string().min(20).max(128), username: Username, password: Password })

/** The only answer that carries the link. */
export const ResetLink = z.object({ link: z.string(), expires_at: Timestamp })
export type ResetLink = z.infer<typeof ResetLink>
export const ResetPassword = z.strictObject({ token: z.string().min(20).max(128), password: Password })
export type ResetPassword = z.infer<typeof ResetPassword>

export const CreateToken = z.strictObject({
  name: z.string().trim().min(1, 'Give the token a name.').max(100),
  role: Role,
  /** Permission names; without it, all that the role has. */
  scopes: z.array(z.string().max(64)).max(64).optional(),
  /** Days until it expires; `null` never. */
  expires_in_days: z.int().min(1).max(3650).nullable().default(90),
})
export type CreateToken = z.input<typeof CreateToken>
export const TokenView = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  role: Role,
  scopes: z.array(z.string()).nullable(),
  created_by: z.string(),
  created_at: Timestamp,
  expires_at: Timestamp.nullable(),
  last_used_at: Timestamp.nullable(),
  revoked_at: Timestamp.nullable(),
})
export type TokenView = z.infer<typeof TokenView>
/** The only answer that carries the token itself. */
export const NewToken = TokenView.extend({ token: z.string() })
export type NewToken = z.infer<typeof NewToken>

export const SessionView = z.object({
  id: z.string(),
  /** The session that this request came with. */
  is_current: z.boolean(),
  address: z.string().nullable(),
  user_agent: z.string().nullable(),
  created_at: Timestamp,
  last_seen_at: Timestamp,
  expires_at: Timestamp,
})
export type SessionView = z.infer<typeof SessionView>

/** Who the caller is, and what they may do. */
export const AccountView = z.object({
  kind: z.enum(['user', 'token']),
  id: z.string(),
  name: z.string(),
  role: Role,
  permissions: z.array(z.string()),
})
export type AccountView = z.infer<typeof AccountView>

/** One's own password. The current one is asked for again. */
export const ChangePassword = z.strictObject({
  current_password: z.string().min(1, 'Give your current password.').max(1024),
  new_password: Password,
})

import { z } from 'zod'
import type { HostBackend } from '@/lib/drivers/contract/host'
import {
  type BackendChange,
  type BackendInput,
  expandFreeText,
  type InputOptions,
  isBlank,
  type Pasted,
  parseInput,
  parseParts,
  partialOf,
  pastedInput,
  refuse,
  replaceInput,
  separate,
} from '@/lib/drivers/descriptor-input'
import { type AnyDescriptor, driverById } from '@/lib/drivers/registry'
import type { FieldProblem } from '@/lib/errors'
import { Secret } from '@/lib/secret'

// For those who have the id of a type. Who has its descriptor, such as a form in the browser, takes `descriptor-input.ts`.

type Config = Record<string, unknown>

const NO_SECRETS = z.object({})

/** What people paste, put into the fields that it belongs to, with a word about each. */
export function takenApart(type: string, given: Config): Pasted {
  return pastedInput(driverById(type), given)
}

/** Parses the flat `config` of a create or test request. Throws `invalid_input` with one entry per bad field. */
export function parseBackendInput(type: string, flat: Config, options: InputOptions = {}): BackendInput {
  return parseInput(driverById(type), flat, options)
}

/** The flat `config` of a PATCH in place of what is stored, see `replaceInput`. Throws `invalid_input` with one entry per bad field. */
export function replaceBackendInput(type: string, stored: Config, flat: Config, words: Config = {}): BackendChange {
  return replaceInput(driverById(type), { config: stored, words }, flat)
}

/**
 * Config fields of one host on top of what is stored, parsed with the type's own schema: only what the type lets differ, never a
 * secret. Returns just these fields. Throws `invalid_input` with one entry per bad field.
 */
export function parseOverrides(type: string, stored: Config, flat: Config): Config {
  const descriptor = driverById(type)
  const given = Object.fromEntries(Object.entries(flat).filter(([, value]) => !isBlank(value)))
  const keys = Object.keys(given)
  const allowed: readonly string[] = descriptor.overridable ?? []
  const problems = keys
    .filter((key) => !allowed.includes(key))
    .map((key) => ({ field: `config.${key}`, message: whyNotOverridable(descriptor, key) }))
  if (problems.length > 0) refuse(problems)
  const { config } = parseParts({ ...descriptor, secrets: NO_SECRETS }, { ...stored, ...given }, {}, [])
  return Object.fromEntries(keys.map((key) => [key, config[key]]))
}

function whyNotOverridable(descriptor: AnyDescriptor, key: string): string {
  if (Object.hasOwn(descriptor.secrets.shape, key)) return 'A secret is the same on every host; set it on the backend.'
  const word = descriptor.fields[key]?.label
  const allowed = descriptor.overridable ?? []
  const rest = allowed.length > 0 ? ` What may differ: ${allowed.join(', ')}.` : ''
  return word === undefined
    ? `There is no such setting.${rest}`
    : `${word} is the same on every host; set it on the backend.${rest}`
}

/** What may be shown: the declared config keys and nothing else. */
export function publicConfig(type: string, config: Config): Config {
  const declared = driverById(type).config.shape
  return Object.fromEntries(Object.entries(config).filter(([key]) => Object.hasOwn(declared, key)))
}

/**
 * The host's side of the wire: everything is parsed again, secrets are wrapped. `partial` is for discoveries, which are asked
 * before the form is complete: only the given fields are checked. Throws `invalid_input`.
 */
export function toHostBackend(
  id: string,
  type: string,
  config: Config,
  secrets: Record<string, string>,
  { partial = false } = {},
): HostBackend {
  const descriptor = driverById(type)
  const parsed = parseParts(partial ? partialOf(descriptor) : descriptor, config, secrets, [])
  const wrapped = Object.entries(parsed.secrets).map(([key, value]) => [key, new Secret(value)] as const)
  return { id, config: parsed.config, secrets: Object.fromEntries(wrapped) }
}

/** The flat, possibly incomplete input of a discovery, checked as far as it is given. Throws `invalid_input`. */
export function parsePartialInput(type: string, flat: Config, options: InputOptions = {}): BackendInput {
  const descriptor = driverById(type)
  const problems: FieldProblem[] = []
  const { config, secrets } = separate(descriptor, expandFreeText(descriptor, flat, problems, options))
  return parseParts(partialOf(descriptor), config, secrets, problems)
}

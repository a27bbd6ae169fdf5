'use client'

import { createContext, type ReactNode, useContext } from 'react'

/** Who is signed in, and which storage types there are: known to every page without a request. */
export interface ConsoleContext {
  person: { id: string; name: string; role: string; permissions: string[] }
  types: StorageType[]
  /** Hosts and storages are simulated. */
  isDemo: boolean
}

export interface StorageType {
  id: string
  title: string
  summary: string
  access: 'file' | 'block' | 'object'
  capabilities: string[]
  scope: 'host' | 'fleet'
}

const Context = createContext<ConsoleContext | null>(null)

export function ConsoleProvider({ value, children }: { value: ConsoleContext; children: ReactNode }) {
  return <Context value={value}>{children}</Context>
}

function useConsole(): ConsoleContext {
  const value = useContext(Context)
  if (!value) throw new Error('ConsoleProvider is missing above this component.')
  return value
}

export function usePerson(): ConsoleContext['person'] {
  return useConsole().person
}

/** May this person do that? Decides what is offered; the service decides what is done. */
export function useMay(permission: string): boolean {
  return useConsole().person.permissions.includes(permission)
}

export function useStorageTypes(): StorageType[] {
  return useConsole().types
}

export function useTypeTitle(): (id: string) => string {
  const { types } = useConsole()
  return (id) => types.find((type) => type.id === id)?.title ?? id
}

export function useIsDemo(): boolean {
  return useConsole().isDemo
}

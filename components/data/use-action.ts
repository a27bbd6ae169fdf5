'use client'

import { type MutateOptions, type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'
import { useCallback, useRef } from 'react'
import { toast } from 'sonner'
import { problemOf } from '@/components/data/problem-note'

/**
 * Something that a person does and that the API may refuse. Success and refusal are told in a toast, unless `quiet` (the caller
 * shows them in place). What is asked for while the same is under way is not asked for twice: the second click of a double click comes
 * before the page has shown the first.
 */
export function useAction<Input, Output>({
  run,
  done,
  topics,
  onSuccess,
  quiet = false,
}: {
  run: (input: Input) => Promise<Output>
  /** What to say when it has worked. */
  done?: (output: Output, input: Input) => string | null
  /** Topics whose queries are read again at once, without waiting for the event stream. */
  topics: readonly string[]
  onSuccess?: (output: Output, input: Input) => void
  quiet?: boolean
}) {
  const client = useQueryClient()
  const underWay = useRef(new Set<Input>())
  const mutation = useMutation({
    mutationFn: run,
    onSuccess: (output, input) => {
      for (const topic of topics) void client.invalidateQueries({ queryKey: [topic] satisfies QueryKey })
      const message = done?.(output, input)
      if (message) toast.success(message)
      onSuccess?.(output, input)
    },
    onError: (error) => {
      if (quiet) return
      const { detail, recovery } = problemOf(error)
      toast.error(detail, { description: recovery })
    },
    onSettled: (_output, _error, input) => void underWay.current.delete(input),
  })
  const { mutate } = mutation
  const once = useCallback(
    (input: Input, options?: MutateOptions<Output, Error, Input>) => {
      if (underWay.current.has(input)) return
      underWay.current.add(input)
      if (options === undefined) mutate(input)
      else mutate(input, options)
    },
    [mutate],
  )
  return { ...mutation, mutate: once }
}

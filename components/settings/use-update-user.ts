import type { z } from 'zod'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import type { UpdateUser, UserView } from '@/lib/users/schema'

export function useUpdateUser(user: UserView, onSuccess?: () => void) {
  return useAction<z.input<typeof UpdateUser>, UserView>({
    run: (body) => requestOne<UserView>(`/api/v1/users/${user.id}`, { method: 'PATCH', body }),
    topics: ['user'],
    done: () => `Saved ${user.username}`,
    ...(onSuccess ? { onSuccess } : {}),
  })
}

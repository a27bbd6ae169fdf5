'use client'

import { useQuery } from '@tanstack/react-query'
import { Ellipsis, KeyRound, Link as LinkIcon, LogOut, Plus, ShieldOff, Trash2, UserCheck, UserX } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { userList } from '@/components/data/account-queries'
import { request } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { usePerson } from '@/components/layout/person'
import { ResetLinkDialog } from '@/components/settings/reset-link'
import { ResetSecondFactor } from '@/components/settings/reset-second-factor'
import { ROLE_CHOICES } from '@/components/settings/role-choices'
import { SettingsPage } from '@/components/settings/settings-page'
import { SignInRulesPanel } from '@/components/settings/sign-in-rules'
import { useUpdateUser } from '@/components/settings/use-update-user'
import { Button, IconButton } from '@/components/ui/button'
import { AlertDialog } from '@/components/ui/dialog'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import { RelativeTime } from '@/components/ui/relative-time'
import { Select } from '@/components/ui/select'
import { Badge, Status } from '@/components/ui/status'
import type { CsvValue } from '@/components/ui/table/csv'
import { CsvButton } from '@/components/ui/table/csv-button'
import type { UserView } from '@/lib/users/schema'

const AddUser = dynamic(() => import('@/components/settings/add-user').then((module) => module.AddUser), { ssr: false })
const SetPassword = dynamic(() => import('@/components/settings/set-password').then((module) => module.SetPassword), {
  ssr: false,
})

function UserRow({ user }: { user: UserView }) {
  const { id: ownId } = usePerson()
  const [dialog, setDialog] = useState<UserDialog | null>(null)
  const update = useUpdateUser(user)
  const isSelf = user.id === ownId
  const isForeign = user.sign_in === 'single_sign_on'
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1.5 px-4 py-2.5 text-13 md:grid-cols-[minmax(0,1fr)_168px_160px_auto]">
      <span className="min-w-0">
        <span className="flex items-center gap-2">
          <span className="truncate font-medium">{user.username}</span>
          {isSelf && <Badge>you</Badge>}
          {isForeign && <Badge>single sign-on</Badge>}
          {user.second_factor && <Badge>two-step</Badge>}
          {user.passkey_count > 0 && <Badge>passkey</Badge>}
          {user.disabled && <Status tone="off" word="Disabled" className="text-12" />}
        </span>
        {user.display_name && <span className="block truncate text-12 text-muted">{user.display_name}</span>}
      </span>
      <Select
        aria-label={`Role of ${user.username}`}
        value={user.role}
        choices={ROLE_CHOICES}
        disabled={isSelf || isForeign || update.isPending}
        className="h-8 text-13 max-md:order-3"
        onChange={(value) => {
          const role = ROLE_CHOICES.find((choice) => choice.value === value)?.value
          if (role) update.mutate({ role })
        }}
      />
      <span className="text-12 text-muted max-md:order-4 max-md:justify-self-end">
        {user.last_sign_in_at ? (
          <>
            signed in <RelativeTime at={user.last_sign_in_at} />
          </>
        ) : (
          'never signed in'
        )}
      </span>
      <UserMenu user={user} isSelf={isSelf} isForeign={isForeign} update={update} onOpen={setDialog} />
      {dialog === 'reset' && <ResetLinkDialog user={user} onClose={() => setDialog(null)} />}
      {dialog === 'password' && <SetPassword user={user} onClose={() => setDialog(null)} />}
      {dialog === 'factor' && <ResetSecondFactor user={user} onClose={() => setDialog(null)} />}
      {dialog === 'delete' && <DeleteUser user={user} onClose={() => setDialog(null)} />}
    </li>
  )
}

type UserDialog = 'reset' | 'password' | 'factor' | 'delete'

/** What can be done with a user beyond the role. */
function UserMenu({
  user,
  isSelf,
  isForeign,
  update,
  onOpen,
}: {
  user: UserView
  isSelf: boolean
  isForeign: boolean
  update: ReturnType<typeof useUpdateUser>
  onOpen: (dialog: UserDialog) => void
}) {
  const endSessions = useAction<void, unknown>({
    run: () => request(`/api/v1/users/${user.id}/revoke-sessions`, { method: 'POST', body: {} }),
    topics: ['user'],
    done: () => `Ended all sessions of ${user.username}`,
  })
  return (
    <Menu trigger={<IconButton icon={Ellipsis} label={`Actions for ${user.username}`} className="justify-self-end" />}>
      {!isForeign && (
        <MenuItem icon={LinkIcon} disabled={isSelf || user.disabled} onSelect={() => onOpen('reset')}>
          Make a password reset link
        </MenuItem>
      )}
      {!isForeign && (
        <MenuItem icon={KeyRound} disabled={isSelf} onSelect={() => onOpen('password')}>
          Set a new password
        </MenuItem>
      )}
      {(user.second_factor || user.passkey_count > 0) && (
        <MenuItem icon={ShieldOff} disabled={isSelf} onSelect={() => onOpen('factor')}>
          Reset the second factor
        </MenuItem>
      )}
      <MenuItem icon={LogOut} disabled={user.session_count === 0} onSelect={() => endSessions.mutate()}>
        End {user.session_count === 1 ? '1 session' : `${user.session_count} sessions`}
      </MenuItem>
      <MenuSeparator />
      <MenuItem
        icon={user.disabled ? UserCheck : UserX}
        disabled={isSelf}
        onSelect={() => update.mutate({ disabled: !user.disabled })}
      >
        {user.disabled ? 'Enable' : 'Disable'}
      </MenuItem>
      <MenuItem icon={Trash2} danger disabled={isSelf} onSelect={() => onOpen('delete')}>
        Delete
      </MenuItem>
    </Menu>
  )
}

function DeleteUser({ user, onClose }: { user: UserView; onClose: () => void }) {
  const remove = useAction<void, void>({
    run: () => request(`/api/v1/users/${user.id}`, { method: 'DELETE' }),
    topics: ['user'],
    done: () => `Deleted ${user.username}`,
    onSuccess: onClose,
  })
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete ${user.username}?`}
      description="Their sessions end at once. What they did stays in the audit under their name."
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button variant="danger" pending={remove.isPending} onClick={() => remove.mutate()}>
            Delete user
          </Button>
        </>
      }
    />
  )
}

function userRows(users: readonly UserView[]): CsvValue[][] {
  return [
    [
      'Username',
      'Name',
      'Role',
      'Signs in by',
      'Second factor',
      'Passkeys',
      'Disabled',
      'Signed in last',
      'Sessions',
      'Created',
    ],
    ...users.map((user) => [
      user.username,
      user.display_name,
      user.role,
      user.sign_in,
      user.second_factor ? 'yes' : 'no',
      user.passkey_count,
      user.disabled ? 'yes' : 'no',
      user.last_sign_in_at,
      user.session_count,
      user.created_at,
    ]),
  ]
}

export function UsersPage() {
  const { data } = useQuery(userList())
  const [adding, setAdding] = useState(false)
  return (
    <SettingsPage
      title="Users"
      actions={
        <>
          <CsvButton noun="users" rows={() => userRows(data?.data ?? [])} />
          <Button variant="primary" icon={Plus} onClick={() => setAdding(true)}>
            New user
          </Button>
        </>
      }
    >
      <ul className="panel divide-y divide-line">
        {data?.data.map((user) => (
          <UserRow key={user.id} user={user} />
        ))}
      </ul>
      <SignInRulesPanel users={data?.data ?? []} />
      {adding && <AddUser onClose={() => setAdding(false)} />}
    </SettingsPage>
  )
}

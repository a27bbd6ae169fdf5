export { default, metadata } from '@/app/(console)/settings/page'

-- AlterTable
ALTER TABLE "PoolOnHost" ADD COLUMN "libvirtSecret" JSONB;

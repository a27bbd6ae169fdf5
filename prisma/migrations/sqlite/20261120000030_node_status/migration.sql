-- AlterTable
ALTER TABLE "MountOnHost" ADD COLUMN "node" JSONB;

-- AlterTable
ALTER TABLE "PoolOnHost" ADD COLUMN "templates" JSONB;
ALTER TABLE "PoolOnHost" ADD COLUMN "templateCount" INTEGER;

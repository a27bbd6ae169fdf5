-- AlterTable
ALTER TABLE "PoolOnHost" ADD COLUMN     "templateCount" INTEGER,
ADD COLUMN     "templates" JSONB;

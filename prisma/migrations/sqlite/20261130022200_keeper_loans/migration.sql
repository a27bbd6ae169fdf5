-- AlterTable
ALTER TABLE "Pool" ADD COLUMN "lentTo" TEXT;
ALTER TABLE "Pool" ADD COLUMN "lentUntil" DATETIME;

-- AlterTable
ALTER TABLE "PoolOnHost" ADD COLUMN "activeVolumes" JSONB;

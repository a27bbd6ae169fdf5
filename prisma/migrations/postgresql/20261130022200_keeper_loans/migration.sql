-- AlterTable
ALTER TABLE "Pool" ADD COLUMN     "lentTo" TEXT,
ADD COLUMN     "lentUntil" TIMESTAMP(3);

-- AlterTable
ALTER TABLE "PoolOnHost" ADD COLUMN     "activeVolumes" JSONB;
